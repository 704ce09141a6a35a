"""Rule: a line set into the text again and again that is no part of it: advertisement markers, promotions, players."""

from __future__ import annotations

import itertools

from dedupe.judgement.context import (
    SHORT,
    beside,
    between_prose,
    in_cycle,
    is_announcement,
    is_running,
    is_sentence,
    is_set_in_with,
    labels_many,
)
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rows import Row
from dedupe.judgement.rule import UNLESS_CONSERVATIVE, Rule
from dedupe.judgement.verdicts import Verdicts

LEAST = 24
"""Smaller lines must come back oftener, or stand between prose every time, to count as inserted."""

OFTEN = 3
"""With fewer copies of a line of one to three words all neighbours must be running text."""

APART = 3
"""Rows that two copies of such a line are apart at least if it ends in a colon: "And:" announces what follows."""

VERY_OFTEN = 6
"""Copies from which a line of capitalised words is no credit, and from which fewer neighbours need be prose."""

BETWEEN_PROSE = 0.7
"""Share of the copies' neighbours that must be running text."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove later copies of a line that is no sentence, or an announcement, and comes back between paragraphs."""
    for members in evidence.groups:
        row = evidence.rows[members[0]]
        places = [place for place in members if not verdicts.decided(place)]
        if len(places) > 1 and is_announcement(evidence, members):
            _remove_later(verdicts, members)
            continue
        if (
            len(places) < 2
            or is_sentence(evidence, members)
            or row.listed
            or row.tabular
            or row.quoted
            or row.reaches(SHORT)
        ):
            continue
        if (
            row.bracketed
            or (row.label and row.text[0].islower())
            or labels_many(evidence, members[0])
            or row.slashed
            or (row.named and len(members) < VERY_OFTEN)
        ):
            continue
        if in_cycle(evidence, members) or _is_answered(evidence, members):
            continue
        if row.size < LEAST and len(members) < OFTEN and not _is_between(evidence, members):
            continue
        if between_prose(evidence, members) < (BETWEEN_PROSE if len(members) < VERY_OFTEN else 0.5):
            continue
        if row.size < LEAST and _heads_sections(evidence, members):
            continue
        _remove_later(verdicts, members)


def _remove_later(verdicts: Verdicts, members: list[int]) -> None:
    """Remove all copies but the first, where nothing has been decided."""
    for place in members[1:]:
        if not verdicts.decided(place):
            verdicts.remove(place, members[0], RULE.name)


def _is_answered(evidence: Evidence, members: list[int]) -> bool:
    """Say whether all that follow the copies open with the same words, as the answers to a question do."""
    rows = evidence.rows
    behind = [place + 1 for place in members if place + 1 < len(rows)]
    if len(behind) < 3 or not evidence.templates.isdisjoint(behind):
        return False
    after = [rows[place].words for place in behind]
    return len({words[:2] for words in after}) == 1 and len(set(after)) == len(after)


def _is_between(evidence: Evidence, members: list[int]) -> bool:
    """Say whether each of two copies stands between running text, and neither announces what follows the other."""
    if members[-1] - members[0] < APART and evidence.rows[members[0]].text.endswith((":", "：")):
        return False
    return all(map(is_running, beside(evidence, members)))


def _heads_sections(evidence: Evidence, members: list[int]) -> bool:
    """Say whether other headings stand between the copies as often as not: then the line may be one of them."""
    rows = evidence.rows
    gaps = list(itertools.pairwise(members))
    gaps = [(a + is_set_in_with(evidence, a, 1), b - is_set_in_with(evidence, b, -1)) for a, b in gaps]
    headed = sum(any(map(_is_heading, rows[a + 1 : b])) for a, b in gaps)
    return headed > len(gaps) / 2


def _is_heading(row: Row) -> bool:
    return not row.sentence and row.size < SHORT and len(row.words) > 0


RULE = Rule(
    "inserted-line",
    "A line that comes back between paragraphs of prose and is no part of them: an advertisement marker, a promotion.",
    "is the line in {lines}, set between paragraphs again",
    UNLESS_CONSERVATIVE,
    decide,
)
