"""Rule: paragraphs of the text set above it as highlights."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from dedupe.judgement.context import SHORT, is_template
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import UNLESS_CONSERVATIVE, Rule
from dedupe.judgement.verdicts import Verdicts

SWAPPED_SHARE = 0.85
"""The same for paragraphs that stand below in another order, as highlights often do and copies seldom."""

TOP = 12
"""Rows in which highlights stand at the latest."""

REPEATED_SHARE = 0.6
"""Share of a stretch at the top that must stand again below for it to be highlights."""

SCATTERED_SHARE = 0.6
"""Where more than this of the stretch below is repeated, in order, it is a doubled part and no highlights."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove two or more paragraphs at the top that stand below, scattered among others, as they are or fuller."""
    rows = evidence.rows
    alike = [place for place in range(min(TOP, len(rows))) if place in evidence.group or place in evidence.partners]
    if len(alike) < 2:
        return
    homes = {place: home for place in alike if (home := _home(evidence, place)) is not None}
    if len(homes) < 2:
        return
    shared = Counter(homes.values())
    homes = {place: home for place, home in homes.items() if shared[home] == 1}  # else a refrain, an entry
    run = list(homes)
    best: list[int] = []
    repeated = stretch = 0.0
    for at, last in enumerate(run):
        repeated += rows[last].size
        stretch += sum([row.size for row in rows[run[at - 1] + 1 if at else last : last + 1]])
        if at and repeated >= REPEATED_SHARE * stretch:
            best = run[: at + 1]
    below = [homes[place] for place in best]
    if not best or min(below) <= best[-1]:
        return
    span = range(min(below), max(below) + 1)
    again = sum(rows[at].size for at in span if _stands_above(evidence, at, min(below)))
    in_order = 2 * sum(one < other for one, other in pairwise(below)) >= len(below) - 1
    if in_order:
        limit = SCATTERED_SHARE
    else:  # a copied half ends the text; where as much again follows, the later copies are the body
        behind = sum(row.size for row in rows[span.stop :] if row.prose)
        limit = SWAPPED_SHARE if behind < sum(rows[place].size for place in best) else 1.0
    if again > limit * sum(rows[at].size for at in span):
        return
    for place in best:
        verdicts.remove(place, homes[place], RULE.name)


def _stands_above(evidence: Evidence, place: int, limit: int) -> bool:
    """Say whether a row above the limit is this one's copy, near it, or a part of it as large as half."""
    row = evidence.rows[place]
    return evidence.first(place) < limit or any(
        other < limit and 2 * evidence.rows[other].size >= row.size for other in evidence.alike(place)
    )


def _home(evidence: Evidence, place: int) -> int | None:
    """Return the later row that says all that this paragraph says, if there is one."""
    rows = evidence.rows
    row = rows[place]
    if not row.sentence or not row.reaches(SHORT) or row.question or is_template(evidence, place):
        return None
    for copy in reversed(evidence.copies(place)):
        if copy > place and rows[copy].sentence:
            return copy
    for host in sorted(evidence.alike(place)):
        if host > place and rows[host].sentence and evidence.pair(place, host).lossless:
            return host
    return None


RULE = Rule(
    "highlights",
    "Two or more paragraphs at the top that stand again below, scattered through the text.",
    "is a highlight of the text below, where {lines} says it{words}",
    UNLESS_CONSERVATIVE,
    decide,
)
