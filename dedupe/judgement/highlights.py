"""Rule: paragraphs of the text set above it as highlights."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import regex

from dedupe.judge.weight import QUOTES
from dedupe.judgement.context import SHORT, is_template
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.pair import Pair
from dedupe.judgement.rows import Row
from dedupe.judgement.rule import UNLESS_CONSERVATIVE, Rule
from dedupe.judgement.verdicts import Verdicts
from dedupe.words import words

SWAPPED_SHARE = 0.85
"""The same for paragraphs that stand below in another order, as highlights often do and copies seldom."""

_LINE = regex.compile(r"[\p{L}\p{N}].*[\p{L}\p{N}]")
_STOP = regex.compile(r"[.!?。！？।](?=[\s\p{P}]|$)")

LINE, LINE_WORDS = 30, 5
"""Lines that are no sentences, or smaller ones, must be of this size to be highlights."""

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
    lines = [place for place in homes if _is_line(rows[place])]
    if len(lines) == 1 and not rows[lines[0]].listed:
        del homes[lines[0]]  # a heading, a caption
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
    """Return the later row that says all that this paragraph says, if any; of a line, without a word between."""
    row = evidence.rows[place]
    if row.question or not row.reaches(LINE) or is_template(evidence, place):
        return None
    whole = not _is_line(row)
    if not whole and (not place or len(row.words) < LINE_WORDS):
        return None
    for copy in reversed(evidence.copies(place)):
        if copy > place and evidence.rows[copy].sentence:
            return copy if whole else None
    for host in sorted(evidence.alike(place)):
        if host < place or not evidence.rows[host].sentence:
            continue
        if (pair := evidence.pair(place, host)).lossless and (whole or (_says_in_passing(pair) and not row.named)):
            return host
    return None


def _is_line(row: Row) -> bool:
    """Say whether a row is no sentence, or a small one."""
    return not (row.sentence and row.reaches(SHORT))


def _says_in_passing(pair: Pair) -> bool:
    """Say whether the host is prose and says the guest without a word between, but neither as its title nor quoted.

    What the text quotes and speaks about stands above it in its own right: verse, articles of a law, claims.
    """
    if pair.gaps or not pair.host.prose:
        return False
    said, host = pair.guest.words, pair.host
    line = _LINE.search(pair.guest.text)
    if line and (at := host.text.find(line.group())) > 0 and host.text[at - 1] in QUOTES:
        return False
    if host.words[: len(said)] != said:
        return True
    return any(tuple(words(host.text[: stop.end()])) == said for stop in _STOP.finditer(host.text))


RULE = Rule(
    "highlights",
    "Two or more paragraphs or lines at the top that stand again in the text below, scattered through it.",
    "is a highlight of the text below, where {lines} says it{words}",
    UNLESS_CONSERVATIVE,
    decide,
)
