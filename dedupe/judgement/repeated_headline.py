"""Rule: the headline, printed again."""

from __future__ import annotations

from dedupe.judgement.context import SHORT, touches_prose
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import ALWAYS, Rule
from dedupe.judgement.verdicts import Verdicts

LEAST, LEAST_WORDS = 24, 3
"""Anything smaller may be a label."""

LEAST_BELOW = 30
"""Below the beginning of the body a copy must be larger: credits and labels are not."""

LEAST_BYLINE = 12
"""The least size of a by-line or a date, which is no headline, but printed below one."""

RUNNING = 3
"""Paragraphs that follow one another where the body runs on."""

NEAR = 2
"""Rows below the headline within which a copy of it heads nothing of its own."""

TOP = 5
"""Rows within which a headline stands at the latest."""

LABEL = 6
"""Words that may stand before the headline where it is the label of a player, a gallery or a share bar."""

BODY = 120
"""A row of prose of this size begins the body."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove later copies of a line that stands at the top, unless they head a section deep in the text."""
    groups = [members for members in evidence.groups if members[0] <= TOP]
    if not groups and not any(left <= TOP for left, _ in evidence.matches):
        return
    body = next((at for at, row in enumerate(evidence.rows) if row.size >= BODY), 2)
    for members in groups:
        first = members[0]
        row = evidence.rows[first]
        if first > min(body, TOP) or (row.sentence) or row.listed or row.tabular:
            continue
        if row.size < LEAST or len(row.words) < LEAST_WORDS or (row.label and len(row.words) < LEAST_WORDS + 2):
            continue
        is_headline = len(row.words) >= 5 and row.size >= LEAST_BELOW and not row.text[0].islower()
        if row.slashed or (first > 0 and row.named):
            is_headline = False  # perhaps the credit of the first picture
        for place in members[1:]:
            if verdicts.decided(place):
                continue
            if place <= body or place - first <= NEAR or (is_headline and touches_prose(evidence, place) < 2):
                verdicts.remove(place, first, RULE.name)
    _remove_bylines(evidence, verdicts, groups)
    _flag_labelled(evidence, verdicts, min(body, TOP))


def _remove_bylines(evidence: Evidence, verdicts: Verdicts, groups: list[list[int]]) -> None:
    """Remove the second of two short lines below the headline that stand around the first paragraph or standfirst.

    What follows must be the body: among headings, dates and names below, the line may be one of them.
    """
    rows = evidence.rows
    for first, *others in groups:
        row = rows[first]
        if len(others) != 1 or not 0 < first < others[0] <= min(TOP, first + NEAR) or verdicts.decided(others[0]):
            continue
        if not LEAST_BYLINE <= row.size < LEAST_BELOW or len(row.words) < (4 if row.tabular else LEAST_WORDS):
            continue
        if (
            row.sentence
            or row.question
            or row.listed
            or row.quoted
            or row.label
            or row.slashed
            or not (row.tabular or row.named)
            or "\t" in row.text
        ):
            continue
        behind = rows[others[0] + 1 : others[0] + 1 + RUNNING]
        if len(behind) == RUNNING and all(one.sentence and one.size >= SHORT for one in behind) and not evidence.verse:
            verdicts.remove(others[0], first, RULE.name)


def _flag_labelled(evidence: Evidence, verdicts: Verdicts, top: int) -> None:
    """Flag a line that is the headline with a label in front: the label would be lost, so an editor decides."""
    for first, row in enumerate(evidence.rows[: top + 1]):
        partners = evidence.alike(first)
        if not partners or (row.sentence and first) or row.listed or row.tabular or row.size >= BODY:
            continue
        if row.size < LEAST_BELOW or len(row.words) < LEAST_WORDS + 2:
            continue
        for place in partners:
            labelled = evidence.rows[place].words
            front = len(labelled) - len(row.words)
            if place > first and 0 < front <= LABEL and labelled[front:] == row.words:
                verdicts.flag(place, first, "near", RULE.name, labelled[:front])


RULE = Rule(
    "repeated-headline",
    "A line at the top of the text, printed again before the body, beside it or after it.",
    "is the headline in {lines} again{words}",
    ALWAYS,
    decide,
)
