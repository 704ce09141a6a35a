"""Rule: consecutive paragraphs that repeat consecutive ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from dedupe.blocks import MAX_GAP, chain
from dedupe.judge.guard import guard
from dedupe.judgement.context import SHORT, follow_entries, in_transcript, in_verse
from dedupe.judgement.evidence import Evidence, is_heading
from dedupe.judgement.page_furniture import is_furniture
from dedupe.judgement.rows import PROSE, Row
from dedupe.judgement.rule import ALWAYS, Rule
from dedupe.judgement.verdicts import Verdicts
from dedupe.model import Block

LONG = 100
"""Lines of verse are hardly ever of this size."""

MANY = 12
"""Groups of more copies than this are chained with their neighbours and their first only: linear work."""

PROSE_WEIGHT = 300.0
"""Matched prose of this size in one block is no coincidence."""

WHOLE = 0.5
"""Jaccard similarity from which two paragraphs are versions of one, and not one a part of the other."""

MUCH_PROSE = 800.0
"""Matched prose of this size is a copy even under another heading."""

LISTED = 4
"""Lines that stand in one order twice, and only twice: a list of links or a menu printed again."""

MATCHED_SHARE = 0.6
"""Share of both stretches that must be matched when a block is taken for its prose."""

LEAST = 24
"""The size that one row must have in a run that is doubled on the spot."""

TIGHT_SHARE = 0.95
"""Share of both stretches that must be matched when a block is short."""


def find_blocks(evidence: Evidence) -> list[Block]:
    """Return the blocks of a document, the heaviest first."""
    blocks = (_trimmed(evidence, block.pairs) for block in chain(_links(evidence)))
    return [Block(pairs) for pairs in blocks if len(pairs) > 1]


def _trimmed(evidence: Evidence, pairs: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Leave out pairs at both ends that are alike in part only: nothing beyond them says that they belong."""
    whole = [at for at, (a, b) in enumerate(pairs) if evidence.jaccard(a, b) >= WHOLE]
    if not whole:
        return ()
    found = pairs[whole[0] : whole[-1] + 1]
    before = found[0][0] - 1, found[0][1] - 1
    if whole[0] and before[0] >= 0 and evidence.rows[before[0]].words == evidence.rows[before[1]].words:
        return before, *found  # a line whose copy was held to be a part of another row
    return found


def _links(evidence: Evidence) -> Iterator[tuple[int, int, float]]:
    for members in evidence.groups:
        weight = evidence.rows[members[0]].size
        for at, one in enumerate(members):
            later = members[at + 1 :] if len(members) <= MANY else members[at + 1 : at + 2]
            for other in later:
                yield one, other, weight
            if len(members) > MANY and at > 1:
                yield members[0], one, weight
    for (left, right), match in evidence.matches.items():
        ones, others = evidence.copies(left), evidence.copies(right)
        if len(ones) > 1 and len(others) > 1:
            continue  # both have equal partners; a chain through a merely similar pair would lead astray
        weight = max(match.left_in_right, match.right_in_left) * evidence.rows[left].size
        for one in ones[:MANY]:
            for other in others[:MANY]:
                yield min(one, other), max(one, other), weight


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove the later part of every block whose prose, or whose tightness, shows that it was copied as a whole."""
    if not _may_be_copied(evidence):
        return
    for number, block in enumerate(find_blocks(evidence), 1):
        if _is_copied(evidence, block.pairs) or _is_known(evidence, verdicts, block.pairs):
            _remove(evidence, verdicts, [pair for pair in block.pairs if verdicts.stays(pair[1])], number)


def _may_be_copied(evidence: Evidence) -> bool:
    """Say whether any block can be copied: the quick way out for texts in which only single lines come back.

    A block has two pairs that are whole, and either prose enough, or equal rows, not all of them very short, with next
    to nothing between two of them.
    """
    whole = sum(match.jaccard >= WHOLE for match in evidence.matches.values())
    if whole + sum(len(members) - 1 for members in evidence.groups) < 2:
        return False
    rows = evidence.rows
    places = sorted({*evidence.group, *evidence.partners})
    prose = [rows[place].size for place in places if _is_said(rows[place])]
    if len(prose) >= 2 and sum(prose) >= PROSE_WEIGHT:
        return True
    if sum(len(members) == 2 for members in evidence.groups) < 2 and all(
        not rows[place].reaches(LEAST) for place in evidence.group
    ):
        return False
    slack = 2 * (1 - TIGHT_SHARE) * sum(rows[place].size for place in places)  # twice what may be left unmatched
    return any(
        other - one <= MAX_GAP + 1 and not any(rows[between].reaches(slack) for between in range(one + 1, other))
        for one, other in pairwise(places)
    )


def _is_same(evidence: Evidence, one: int, other: int) -> bool:
    """Say whether two rows say the same words, spaces and the order of dates aside."""
    rows = evidence.rows
    if rows[one].says(rows[other]):
        return True
    return (
        rows[one].letters == rows[other].letters
        and not evidence.pair(one, other).lost
        and not evidence.pair(other, one).lost
    )


def _is_copied(evidence: Evidence, pairs: Sequence[tuple[int, int]]) -> bool:
    rows = evidence.rows
    prose = [rows[b].size for _, b in pairs if _is_said(rows[b]) and not _is_entry(evidence, b)]
    if len(prose) < 2 or sum(prose) < PROSE_WEIGHT:
        return _are_lines_copied(evidence, pairs, len(prose))
    if sum(prose) < 0.5 * sum(rows[b].size for _, b in pairs) or not _are_matched(evidence, pairs, MATCHED_SHARE):
        return False
    return sum(prose) >= MUCH_PROSE or not _differently_headed(evidence, pairs)


def _are_lines_copied(evidence: Evidence, pairs: Sequence[tuple[int, int]], said: int) -> bool:
    """Say whether lines, which prove less than prose, stand so tight that they were copied as a whole.

    `said`: how many of them are prose.
    """
    rows = evidence.rows
    exact = [(a, b) for a, b in pairs if _is_same(evidence, a, b)]
    if len(exact) < 2:
        return len(exact) + 1 == len(pairs) == said and _is_doubled_nearly(evidence, pairs)
    if not _are_matched(evidence, pairs, TIGHT_SHARE):
        return False
    if is_furniture(evidence, pairs):
        return True
    if in_verse(evidence, pairs[0][1]) and not _is_headed(evidence, pairs):
        return False
    if pairs[0][1] == pairs[-1][0] + 1 and len(exact) == len(pairs):  # doubled on the spot
        return any(rows[b].size >= LEAST and not rows[b].tabular for _, b in pairs)
    if 2 * sum(_is_entry(evidence, b) for _, b in exact) >= len(exact):
        return False
    if len(exact) >= LISTED and all(len(evidence.copies(a)) == 2 for a, _ in exact):
        return not _differently_headed(evidence, pairs)
    prose = any((rows[b].prose or _is_said(rows[b])) and not _is_entry(evidence, b) for _, b in exact)
    return prose and not _differently_headed(evidence, pairs)


def _is_doubled_nearly(evidence: Evidence, pairs: Sequence[tuple[int, int]]) -> bool:
    """Say whether two paragraphs stand directly behind the same two, to one of which a word was added."""
    (first, then), (last, end) = pairs
    if (last, then, end) != (first + 1, first + 2, first + 3):
        return False
    forth = [evidence.pair(b, a) for a, b in pairs]
    back = [evidence.pair(a, b) for a, b in pairs]
    return all(
        len(pair.lost) < 2 and not pair.facts and not pair.swapped and not pair.exchanged for pair in (*forth, *back)
    ) and all(evidence.rows[b].prose for _, b in pairs)


def _is_headed(evidence: Evidence, pairs: Sequence[tuple[int, int]]) -> bool:
    """Say whether the run brings its heading with it, and what stands in no verse: a long paragraph, or figures."""
    rows = [evidence.rows[b] for _, b in pairs]
    if not is_heading(rows[0]):
        return False
    figures = len(rows) >= LISTED and any(row.tabular for row in rows)
    return figures or any(row.prose and row.size >= LONG for row in rows)


def _is_said(row: Row) -> bool:
    return row.sentence and row.reaches(SHORT)


def _is_known(evidence: Evidence, verdicts: Verdicts, pairs: Sequence[tuple[int, int]]) -> bool:
    """Say whether these lines stand together once more, after the same lines went twice as part of longer runs."""
    if any(b - a != pairs[0][1] - pairs[0][0] for a, b in pairs) or pairs[-1][1] - pairs[0][1] != len(pairs) - 1:
        return False
    gone = [
        {copy for copy in evidence.copies(a) if not verdicts.stays(copy) and verdicts.by_place[copy].rule == RULE.name}
        for a, _ in pairs
    ]
    together = {copy for copy in gone[0] if all(copy + at in later for at, later in enumerate(gone))}
    return len(together) >= 2


def _is_entry(evidence: Evidence, place: int) -> bool:
    row = evidence.rows[place]
    return row.question or row.listed or row.tabular or (bool(row.label) and in_transcript(evidence, place))


def _are_matched(evidence: Evidence, pairs: Sequence[tuple[int, int]], least: float) -> bool:
    """Say whether at least this share of both stretches is matched."""
    rows = evidence.rows
    for side in (0, 1):
        places = [pair[side] for pair in pairs]
        whole = matched = sum([rows[place].size for place in places])
        for one, other in pairwise(places):
            for place in range(one + 1, other):
                whole += rows[place].size
                if matched / whole < least:
                    return False
    return True


def _differently_headed(evidence: Evidence, pairs: Sequence[tuple[int, int]]) -> bool:
    """Say whether both parts are entries: the same lines under two headings, with lines of their own behind them."""
    rows = evidence.rows
    first, second = pairs[0][0] - 1, pairs[0][1] - 1
    if first < 0 or is_heading(rows[pairs[0][1]]) or rows[pairs[0][1]].question:
        return False  # the run brings its heading with it
    if not (is_heading(rows[first]) and is_heading(rows[second])) or rows[first].says(rows[second]):
        return follow_entries(evidence, list(pairs[0]))
    before = [place for place in evidence.copies(pairs[-1][0]) if place < pairs[0][1]]
    return bool(before) and pairs[0][1] - max(before) > 2  # else the parts run into one another


def _remove(evidence: Evidence, verdicts: Verdicts, pairs: Sequence[tuple[int, int]], number: int) -> None:
    if not pairs:
        return
    taken: set[int] = set()
    highlights = _is_fuller_later(evidence, verdicts, pairs)
    prose = sum(evidence.rows[b].size for _, b in pairs if _is_said(evidence.rows[b]))
    for a, b in pairs:
        taken.update((a, b))
        if evidence.rows[b].slashed and evidence.rows[b].size < PROSE and prose < MUCH_PROSE:
            continue  # a credit may be that of another picture
        if highlights and verdicts.remove(a, b, RULE.name, number):
            continue
        if not _remove_one(evidence, verdicts, a, b, number) and evidence.pair(b, a).facts:
            verdicts.flag(b, a, "variant", "facts", evidence.pair(b, a).changed)
    if not highlights:
        verdicts.settle(a for a, _ in pairs)
    inner = range(pairs[0][0], pairs[-1][0] + 1)
    for place in range(pairs[0][1], pairs[-1][1] + 1):
        if place in taken or not verdicts.stays(place):
            continue
        # Swapped rows, and what was split from or merged into rows of the original's stretch.
        for host in sorted({*evidence.copies(place), *evidence.alike(place)} & set(inner)):
            if _remove_one(evidence, verdicts, host, place, number):
                break


def _is_fuller_later(evidence: Evidence, verdicts: Verdicts, pairs: Sequence[tuple[int, int]]) -> bool:
    """Say whether the later rows as a whole say more: then the earlier ones are highlights of the text.

    One row that says more is a lead with something glued to it.
    """
    rows = evidence.rows
    fuller = 0
    for a, b in pairs:
        if not rows[a].says(rows[b]) and evidence.pair(a, b).lossless:
            around = rows[max(0, a - 1) : a + 2]  # what was merged from neighbours says no more than they
            fuller += bool(guard(rows[b], around, (), verdicts.policy).lost)
    return fuller >= 2 and 2 * fuller >= len(pairs)


def _remove_one(evidence: Evidence, verdicts: Verdicts, host: int, place: int, number: int) -> bool:
    """Remove a row for its partner, or for its partner and a neighbour of that, when it was merged from both."""
    for first, last in ((host, host), (host, host + 1), (host - 1, host)):
        if first >= 0 and last < place and verdicts.remove(place, first, RULE.name, number, last):
            return True
    return False


RULE = Rule(
    "doubled-part",
    "Two or more paragraphs in a row that repeat earlier ones in order; short lines inside the run go with it.",
    "repeats {lines} as part of a run of paragraphs that stands there already{words}",
    ALWAYS,
    decide,
)
