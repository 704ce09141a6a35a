"""Rule: paragraphs of the text set above it as highlights."""

from __future__ import annotations

from dedupe.judgement.context import SHORT, is_template
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import UNLESS_CONSERVATIVE, Rule
from dedupe.judgement.verdicts import Verdicts

TOP = 12
"""Rows in which highlights stand at the latest."""

REPEATED_SHARE = 0.6
"""Share of the top that must stand again below for it to be highlights."""

SCATTERED_SHARE = 0.6
"""Where more than this of the stretch below is repeated, it is a doubled part, and no text with highlights."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove two or more paragraphs at the top that stand below, scattered among others, as they are or fuller."""
    rows = evidence.rows
    homes: dict[int, int] = {}
    best: list[int] = []
    repeated = size = 0.0
    for place in range(min(TOP, len(rows))):
        size += rows[place].size
        home = _home(evidence, place)
        if home is not None:
            homes[place] = home
            repeated += rows[place].size
            if len(homes) > 1 and repeated >= REPEATED_SHARE * size:
                best = list(homes)
    below = [homes[place] for place in best]
    if not best or min(below) <= best[-1]:
        return
    stretch = rows[min(below) : max(below) + 1]
    if sum(rows[place].size for place in set(below)) > SCATTERED_SHARE * sum(row.size for row in stretch):
        return
    for place in best:
        verdicts.remove(place, homes[place], RULE.name)


def _home(evidence: Evidence, place: int) -> int | None:
    """Return the later row that says all that this paragraph says, if there is one."""
    row = evidence.rows[place]
    if row.size < SHORT or not row.sentence or row.question or is_template(evidence, place):
        return None
    later = [copy for copy in evidence.copies(place) if copy > place and evidence.rows[copy].sentence]
    if later:
        return later[-1]
    hosts = [host for host in evidence.alike(place) if host > place and evidence.rows[host].sentence]
    hosts = [host for host in hosts if evidence.pair(place, host).lossless]
    return min(hosts, default=None)


RULE = Rule(
    "highlights",
    "Two or more paragraphs at the top that stand again below, scattered through the text.",
    "is a highlight of the text below, where {lines} says it{words}",
    UNLESS_CONSERVATIVE,
    decide,
)
