"""Rule: consecutive paragraphs that repeat consecutive ones."""

from __future__ import annotations

from collections.abc import Iterator

from dedupe.blocks import chain
from dedupe.judgement.context import SHORT, in_verse, is_heading
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import Rule
from dedupe.judgement.verdicts import Verdicts
from dedupe.model import Block

MANY = 12
"""Groups of more copies than this are chained with their neighbours and their first only: linear work."""

PROSE_WEIGHT = 300.0
"""Matched prose of this size in one block is no coincidence."""

MATCHED_SHARE = 0.6
"""Share of both stretches that must be matched when a block is taken for its prose."""

TIGHT_SHARE = 0.95
"""Share of both stretches that must be matched when a block is short."""


def find_blocks(evidence: Evidence) -> list[Block]:
    """Return the blocks of a document, the heaviest first."""
    return chain(_links(evidence))


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
        if len(evidence.copies(left)) > 1 and len(evidence.copies(right)) > 1:
            continue  # both have equal partners; a chain through a merely similar pair would lead astray
        for one in evidence.copies(left)[:MANY]:
            for other in evidence.copies(right)[:MANY]:
                share = max(match.left_in_right, match.right_in_left)
                yield min(one, other), max(one, other), share * evidence.rows[left].size


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove the later part of every block whose prose, or whose tightness, shows that it was copied as a whole."""
    for number, block in enumerate(find_blocks(evidence), 1):
        pairs = [pair for pair in block.pairs if verdicts.stays(pair[1])]
        if len(pairs) > 1 and _is_copied(evidence, pairs):
            _remove(evidence, verdicts, pairs, number)


def _is_copied(evidence: Evidence, pairs: list[tuple[int, int]]) -> bool:
    rows = evidence.rows
    exact = [(a, b) for a, b in pairs if rows[a].words == rows[b].words]
    shares = [_matched_share(evidence, [pair[side] for pair in pairs]) for side in (0, 1)]
    prose = [
        rows[b].size for _, b in pairs if rows[b].sentence and not _is_entry(evidence, b) and rows[b].size >= SHORT
    ]
    if len(prose) >= 2 and sum(prose) >= PROSE_WEIGHT and min(shares) >= MATCHED_SHARE:
        return sum(prose) >= 0.5 * sum(rows[b].size for _, b in pairs)
    if len(exact) < 2 or min(shares) < TIGHT_SHARE or in_verse(evidence, pairs[0][1]):
        return False
    told = [b for a, b in exact if rows[b].sentence and rows[b].size >= SHORT and not _is_entry(evidence, b)]
    return bool(told) and not _differently_headed(evidence, pairs)


def _is_entry(evidence: Evidence, place: int) -> bool:
    row = evidence.rows[place]
    return row.question or row.listed or row.tabular


def _matched_share(evidence: Evidence, places: list[int]) -> float:
    rows = evidence.rows
    span = range(min(places), max(places) + 1)
    return sum(rows[place].size for place in set(places)) / max(1.0, sum(rows[place].size for place in span))


def _differently_headed(evidence: Evidence, pairs: list[tuple[int, int]]) -> bool:
    """Say whether both parts are entries: each under a heading of its own, with more of its own behind it."""
    rows = evidence.rows
    heads = [start - 1 for start in pairs[0]]
    if (
        min(heads) < 0
        or not all(is_heading(rows[head]) for head in heads)
        or rows[heads[0]].words == rows[heads[1]].words
    ):
        return False
    distance = pairs[0][1] - pairs[-1][0]
    return distance > 2


def _remove(evidence: Evidence, verdicts: Verdicts, pairs: list[tuple[int, int]], number: int) -> None:
    taken: set[int] = set()
    for a, b in pairs:
        taken.update((a, b))
        if verdicts.remove(b, a, RULE.name, number):
            continue
        if evidence.pair(a, b).lossless:  # the copy says more: the fuller one stays
            verdicts.remove(a, b, RULE.name, number)
        elif evidence.pair(b, a).facts:
            verdicts.flag(b, a, "variant", "facts", evidence.pair(b, a).changed)
    inner = range(pairs[0][0], pairs[-1][0] + 1)
    for place in range(pairs[0][1], pairs[-1][1] + 1):
        if place in taken or not verdicts.stays(place):
            continue
        # Swapped rows, and what was split from or merged into rows of the original's stretch.
        for host in sorted({*evidence.copies(place), *evidence.alike(place)} & set(inner)):
            if verdicts.remove(place, host, RULE.name, number):
                break


RULE = Rule(
    "doubled-part",
    "Two or more paragraphs in a row that repeat earlier ones in order; short lines inside the run go with it.",
    "repeats {lines} as part of a run of paragraphs that stands there already{words}",
    decide,
)
