"""Rule: a line set into the text again and again that is no part of it: advertisement markers, promotions, players."""

from __future__ import annotations

import itertools

from dedupe.judgement.context import SHORT, in_cycle, labels_many
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import UNLESS_CONSERVATIVE, Rule
from dedupe.judgement.verdicts import Verdicts

LEAST = 24
"""Smaller lines must come back oftener, or stand between prose every time, to count as inserted."""

OFTEN = 3
"""With fewer copies of a line of one to three words all neighbours must be running text."""

VERY_OFTEN = 6
"""Copies from which a line of capitalised words is no credit, and from which fewer neighbours need be prose."""

BETWEEN_PROSE = 0.7
"""Share of the copies' neighbours that must be running text."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove later copies of a line that is not a sentence and comes back between paragraphs of prose."""
    for members in evidence.groups:
        row = evidence.rows[members[0]]
        places = [place for place in members if not verdicts.decided(place)]
        if len(places) < 2 or row.sentence or row.listed or row.tabular or row.quoted or row.size >= SHORT:
            continue
        if (
            row.bracketed
            or (row.label and row.text[0].islower())
            or labels_many(evidence, members[0])
            or row.slashed
            or (row.named and len(members) < VERY_OFTEN)
        ):
            continue
        if in_cycle(evidence, members):
            continue
        if row.size < LEAST and len(members) < OFTEN:
            needed = 1.0
        else:
            needed = BETWEEN_PROSE if len(members) < VERY_OFTEN else 0.5
        if _between_prose(evidence, members) < needed:
            continue
        if row.size < LEAST and _heads_sections(evidence, members):
            continue
        for place in places:
            if place != members[0]:
                verdicts.remove(place, members[0], RULE.name)


def _between_prose(evidence: Evidence, members: list[int]) -> float:
    """Return the share of neighbours, copies of the line left out, that are running text."""
    rows = evidence.rows
    sides = [side for place in members for side in (place - 1, place + 1) if 0 <= side < len(rows)]
    sides = [side for side in sides if rows[side].words != rows[members[0]].words]
    return sum(rows[side].prose for side in sides) / max(1, len(sides))


def _heads_sections(evidence: Evidence, members: list[int]) -> bool:
    """Say whether other headings stand between the copies as often as not: then the line may be one of them."""
    rows = evidence.rows
    gaps = list(itertools.pairwise(members))
    headed = sum(
        any(rows[place].size < SHORT and not rows[place].sentence and rows[place].words for place in range(a + 1, b))
        for a, b in gaps
    )
    return headed > len(gaps) / 2


RULE = Rule(
    "inserted-line",
    "A line that is not a sentence and comes back between paragraphs of prose: an advertisement marker, a promotion.",
    "is the line in {lines}, set between paragraphs again",
    UNLESS_CONSERVATIVE,
    decide,
)
