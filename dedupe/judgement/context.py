"""Where a row stands: what surrounds it and its copies, and whether that makes the repetition legitimate."""

from __future__ import annotations

from itertools import pairwise

from dedupe.judgement.evidence import OPENING, Evidence, is_heading, names_first
from dedupe.judgement.rows import PROSE, Row

SHORT = 60
"""Below this size a lone repeat proves little: headings, refrains, labels and answers are that short."""

VERSE = 16
"""Lines of verse are at least this long, nearly all of them; labels, menus and tables are shorter."""


ANNOUNCEMENT, REFRAIN = 50, 24
"""Sentences of at least these sizes may be promotions: that come back thrice, or oftener and far apart."""

PROMOTION, APART = 40, 3
"""A short sentence of this size may be a promotion if it comes back, inside the prose, after so many rows."""

STEM, UNSHARED = 5, 3
"""Letters by which words of weight are told apart, and the fewest of which the text around a promotion uses none."""

LONG = 140
"""A row of this size that is said twice in the same words was scraped twice, even in a transcript."""

UNITS = 4
"""Paragraphs that must each stand alone under a heading for a text to be a row of entries."""


def alone_under_headings(evidence: Evidence, copies: list[int]) -> bool:
    """Say whether each copy is all that stands under a heading of its own: one sentence said of several things.

    The text as a whole must be a row of such entries, not one in which two headings happen to stand so.
    """
    if not all(evidence.is_unit(place) for place in copies):
        return False
    heads = {evidence.rows[place - 1].words for place in copies}
    if len(heads) < len(copies):
        return False
    prose = sum(row.size >= SHORT for row in evidence.rows)
    return len(evidence.units) >= UNITS and 2 * len(evidence.units) >= prose


def in_verse(evidence: Evidence, place: int) -> bool:
    """Say whether the row stands among lines of verse: nothing long around it, nearly every line of several words."""
    if evidence.verse:
        return True
    if evidence.rows[place].reaches(PROSE):
        return False
    around = evidence.rows[max(0, place - 3) : place + 4]
    return (
        len(around) >= 5
        and not any(row.reaches(PROSE) for row in around)
        and sum(row.size >= VERSE for row in around) >= 0.8 * len(around)
    )


def is_spoken(evidence: Evidence, place: int) -> bool:
    """Say whether the row is a short line in a dialogue whose speakers are labelled."""
    row = evidence.rows[place]
    if not row.label or row.size >= 1.5 * PROSE:
        return False
    return len(evidence.labels[row.label]) > 1 and sum(len(said) > 1 for said in evidence.labels.values()) > 1


def labels_many(evidence: Evidence, place: int) -> bool:
    """Say whether the row is a label with a value, and the label takes other values elsewhere: an entry of a form."""
    row = evidence.rows[place]
    return bool(row.label) and len(evidence.labels[row.label]) > 1


MANY = 400
"""Groups of copies beyond which a document is no form that somebody filled in."""


def in_cycle(evidence: Evidence, copies: list[int]) -> bool:
    """Say whether the copies take turns with those of another short row, under headings of their own: a form filled in.

    Questions put to several people, the same headings under each product: A .. B .. between one name and the next. Two
    rows that always stand side by side are one inserted piece; two that take turns without headings are two of them.
    """
    if not 1 < len(evidence.groups) <= MANY:
        return False
    rows = evidence.rows
    headed = sum(
        any(is_heading(rows[place]) and place not in evidence.group for place in range(one + 1, other))
        for one, other in pairwise(copies)
    )
    if 2 * headed < len(copies) - 1 or not headed:
        return False
    for others in evidence.groups:
        if abs(len(others) - len(copies)) > 1 or others == copies or rows[others[0]].size >= 1.5 * PROSE:
            continue
        turns = sorted([(place, 0) for place in copies] + [(place, 1) for place in others])
        if len(turns) >= 4 and all(one[1] != other[1] for one, other in pairwise(turns)):
            steps = {other[0] - one[0] for one, other in pairwise(turns) if one[1] == turns[0][1]}
            if steps != {1}:
                return True
    return False


def in_strophes(evidence: Evidence, copies: list[int]) -> bool:
    """Say whether three or more copies come back at even steps among rows not twice as large: a refrain."""
    steps = {other - one for one, other in pairwise(copies)}
    if len(copies) < 3 or len(steps) > 1 or steps == {1}:
        return False
    between = [evidence.rows[place].size for place in range(copies[0], copies[-1]) if place not in copies]
    return sum(between) <= 2 * len(between) * evidence.rows[copies[0]].size


def in_transcript(evidence: Evidence, place: int) -> bool:
    """Say whether lines of at least two labelled speakers stand within three rows of the row, which is not long."""
    around = evidence.rows[max(0, place - 3) : place + 4]
    return evidence.rows[place].size < LONG and len({row.label for row in around if row.label}) > 1


def is_template(evidence: Evidence, place: int) -> bool:
    """Say whether the row is one wording of several: at least two others differ from it and are near it, and differ
    from each other. Such rows are entries of a list, a litany, a set of statistics.
    """
    return evidence.first(place) in evidence.templates


def is_set_in_with(evidence: Evidence, place: int, step: int) -> bool:
    """Say whether the next row is a short line that is set in with this one: one of the two never stands alone.

    Three such lines in a row are a list.
    """
    side = place + step
    if side not in evidence.group or place not in evidence.group or place - step in evidence.group:
        return False
    row, mine, theirs = evidence.rows[side], evidence.group[place], evidence.group[side]
    if mine is theirs or row.size >= SHORT or row.sentence or row.label:
        return False
    pair = mine[0], theirs[0], step
    if pair not in evidence.set_in:
        group = evidence.group.get
        evidence.set_in[pair] = all(group(copy - step) is mine for copy in theirs) or all(
            group(copy + step) is theirs for copy in mine
        )
    return evidence.set_in[pair]


def is_sentence(evidence: Evidence, members: list[int]) -> bool:
    """Say whether most copies end as a sentence does: a promotion is set now as a line, now as a sentence."""
    return 2 * sum(evidence.rows[place].sentence for place in members) > len(members)


def is_running(row: Row) -> bool:
    """Say whether a row reads as running text, be it short: a sentence, and no item of a list."""
    return row.prose or (row.sentence and row.size >= SHORT and not (row.listed or row.tabular))


def beside(evidence: Evidence, members: list[int]) -> list[Row]:
    """Return the neighbours of a line that is set in again and again; a marker set in with it is none."""
    rows = evidence.rows
    sides = [place + step * (1 + is_set_in_with(evidence, place, step)) for place in members for step in (-1, 1)]
    return [rows[side] for side in sides if 0 <= side < len(rows) and not rows[side].says(rows[members[0]])]


def between_prose(evidence: Evidence, members: list[int]) -> float:
    """Return the share of neighbours, copies of the line left out, that are running text."""
    sides = beside(evidence, members)
    return sum(map(is_running, sides)) / max(1, len(sides))


def shares_nothing(evidence: Evidence, members: list[int]) -> bool:
    """Say whether the text around copies of a sentence uses none of its words: then it is of something else.

    Only words of weight count, told apart by how they begin. A refrain is about what its text is about.
    """
    row = evidence.rows[members[0]]
    told = {word[:STEM] for word in row.words if len(word) >= STEM}
    others = (other for other in evidence.rows if other.words != row.words)
    return len(told) >= UNSHARED and all(told.isdisjoint({word[:STEM] for word in other.words}) for other in others)


def is_announcement(evidence: Evidence, members: list[int]) -> bool:
    """Say whether a sentence that comes back is set between paragraphs as promotions are, and not as refrains are.

    Both stand alone between prose. A refrain is short and answers the paragraph before it, so it comes back soon; a
    promotion is as long as it needs to be and comes back after a screen or two. Two copies prove neither.
    """
    row = evidence.rows[members[0]]
    if not row.sentence or row.size < REFRAIN:
        return False
    if row.size < SHORT and is_promotion(evidence, members):
        return True
    if len(members) < 3:
        return False
    step = sorted(other - one for one, other in pairwise(members))[(len(members) - 1) // 2]
    long = row.size >= ANNOUNCEMENT and len(members) >= 3 and step >= 3
    often = row.size >= REFRAIN and len(members) >= 4 and step >= 5
    return (
        (long or often)
        and not (row.question or row.quoted or row.listed or row.tabular or row.label)
        and between_prose(evidence, members) >= 0.8
        and not any(in_verse(evidence, place) for place in members)
        and not in_cycle(evidence, members)
    )


def is_promotion(evidence: Evidence, members: list[int]) -> bool:
    """Say whether a short sentence, each copy of it inside the prose, is of something else than the text around it.

    A frame opens or closes the text, an anaphora follows soon, a refrain is in the words of its text.
    """
    row = evidence.rows[members[0]]
    if row.size < PROMOTION or row.question or row.quoted or row.listed or row.tabular or row.label:
        return False
    if min(other - one for one, other in pairwise(members)) < APART:
        return False
    sides = beside(evidence, members)
    if len(sides) < 2 * len(members) or not all(map(is_running, sides)) or not shares_nothing(evidence, members):
        return False
    return not any(in_verse(evidence, place) for place in members) and not in_strophes(evidence, members)


def touches_prose(evidence: Evidence, place: int) -> int:
    """Return on how many sides (0 to 2) the nearest row is running text; the ends of the text are none."""
    rows = evidence.rows
    return sum(0 <= side < len(rows) and rows[side].prose for side in (place - 1, place + 1))


ABOVE = 8
"""Rows above a copy in which what it belongs to is looked for."""


def are_of_others(evidence: Evidence, copies: list[int]) -> bool:
    """Say whether the copies say the same of several things: each follows an entry of its own, or a row that differs
    from them in a fact says it of yet another.
    """
    rows = evidence.rows
    if rows[copies[0]].size >= 2 * PROSE or not _follow_unlike(evidence, copies):
        return False
    if not rows[copies[0]].sentence and not any(touches_prose(evidence, place) for place in copies):
        return True
    return _differ_elsewhere(evidence, copies) or follow_entries(evidence, copies)


def _head(evidence: Evidence, place: int) -> int:
    """Return the nearest row above that stands only once; -1 where none is near."""
    return next((before for before in range(place - 1, max(-1, place - ABOVE), -1) if before not in evidence.group), -1)


def _follow_unlike(evidence: Evidence, places: list[int]) -> bool:
    """Say whether the rows that head these are all different: else the part that they belong to stands twice."""
    before = [_head(evidence, place) for place in places]
    if before[0] < 0 or len(set(before)) < len(before):
        return False
    return not any(evidence.first(one) in evidence.alike(other) for one, other in pairwise(before))


def _differ_elsewhere(evidence: Evidence, copies: list[int]) -> bool:
    """Say whether another row, headed by one of its own, is the same but for a fact; or for words in the place of
    others, if all come at even steps.
    """
    for other in evidence.alike(copies[0]):
        if not other or evidence.jaccard(other, copies[0]) < 0.5:
            continue
        pair = evidence.pair(other, copies[0])
        if not pair.facts:
            places = sorted((*copies, other))
            if not pair.swapped or len({right - left for left, right in pairwise(places)}) > 1:
                continue
        if all(_follow_unlike(evidence, sorted((one, other))) for one in copies):
            return True
    return False


def follow_entries(evidence: Evidence, places: list[int]) -> bool:
    """Say whether each row follows an entry of its own, in a text of entries."""
    if not _follow_unlike(evidence, places):
        return False
    return all(names_first(evidence.rows[_head(evidence, place)], OPENING) for place in places) and evidence.entries


def frame(evidence: Evidence, copies: list[int]) -> bool:
    """Say whether a text opens and closes with the same few words, or with more that others in it open like."""
    rows = evidence.rows
    row = rows[0]
    if copies != [0, len(rows) - 1] or row.size >= 1.5 * PROSE:
        return False
    return row.size < PROSE or sum(other.words[:1] == row.words[:1] for other in rows) >= len(copies) + 2
