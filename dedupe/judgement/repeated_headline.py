"""Rule: the headline, printed again."""

from __future__ import annotations

from dedupe.judgement.context import SHORT, labels_many, touches_prose
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

BESIDE = 4
"""Rows below a headline with a label within which the bare headline is a second printing of it."""

BODY = 120
"""A row of prose of this size begins the body."""

LIKE = (0.5, 2.0)
"""Sizes, by that of the headline, of rows above the body that may be entries of one list with it."""

ENTRIES, SHARE = 3, 0.4
"""How many such rows, and what share of those above the body, make a list; one more where the headline comes first."""

SAID = 3
"""Sentences that a summary may set between a headline and its copy above the body."""

REACH = 4
"""Rows above the body within which the last copy above it stands."""

_GOES_ON = (",", "،", "、", "，", ";", "；", "؛")


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove later copies of a line that stands at the top, unless they head a section deep in the text."""
    groups = [members for members in evidence.groups if members[0] <= TOP]
    if not groups and not any(left <= TOP for left, _ in evidence.matches):
        return
    body = _body(evidence)
    for members in groups:
        first = members[0]
        row = evidence.rows[first]
        if first > min(body, TOP) or (row.sentence) or row.listed or row.tabular:
            continue
        if row.size < LEAST or len(row.words) < LEAST_WORDS or (row.label and len(row.words) < LEAST_WORDS + 2):
            continue
        if body == len(evidence.rows):
            continue
        heads = _may_head(evidence, first, body)
        if not heads and members[1] > first + 1:
            continue
        is_headline = len(row.words) >= 5 and row.size >= LEAST_BELOW and not row.text[0].islower()
        if row.slashed or (first > 0 and row.named):
            is_headline = False  # perhaps the credit of the first picture
        for place in members[1:]:
            if verdicts.decided(place):
                continue
            if not heads:
                again = place == first + 1
            elif place - first <= NEAR:
                again = True
            elif place <= body:
                again = _stands_above(evidence, members, place, body)
            else:
                again = is_headline and touches_prose(evidence, place) < 2
            if again:
                verdicts.remove(place, first, RULE.name)
    _remove_bylines(evidence, verdicts, groups)
    _judge_labelled(evidence, verdicts, min(body, TOP))


def _body(evidence: Evidence) -> int:
    """Return the place at which the body begins: at a paragraph that is short where all are, behind the end without."""
    rows = evidence.rows
    large = (place for place, row in enumerate(rows) if row.size >= BODY)
    said = (place for place, row in enumerate(rows) if row.prose)
    return next(large, next(said, len(rows)))


def _stands_above(evidence: Evidence, members: list[int], place: int, body: int) -> bool:
    """Say whether a copy above the body stands near it, or another does, and no more than a summary comes between."""
    if sum(row.sentence for row in evidence.rows[members[0] : place]) > SAID:
        return False
    return body - max(member for member in members if member <= body) <= REACH


def _may_head(evidence: Evidence, first: int, body: int) -> bool:
    """Say whether a row of the top may be the headline: no line that goes on, no entry of a list or form, and nothing
    has been said before it.
    """
    rows = evidence.rows
    row = rows[first]
    if row.text.endswith(_GOES_ON) or labels_many(evidence, first):
        return False
    if any(other.sentence for other in rows[:first]):
        return False
    if any(
        len(group) > 2 and group is not evidence.group[first] and _returns(group, body) for group in evidence.groups
    ):
        return False
    others = [other for other in rows[:body] if other.words != row.words and not other.tabular]
    like = sum(
        LIKE[0] * row.size <= other.size <= LIKE[1] * row.size and not other.sentence and other.size < BODY
        for other in others
    )
    return like < ENTRIES + (first == 0) or like < SHARE * len(others)


def _returns(group: list[int], body: int) -> bool:
    """Say whether a row stands three times above the body, not side by side: what is above it is a list or a form."""
    return group[2] < body and group[2] - group[0] > 2


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


def _judge_labelled(evidence: Evidence, verdicts: Verdicts, top: int) -> None:
    """Judge two lines near the top of which one is the headline, the other it with a label or a name of a site.

    The one above stays. If that is the longer one it says all of the other, which goes; if it is the shorter one the
    label would be lost, so an editor decides, but for a label of one word before a colon.
    """
    for first, row in enumerate(evidence.rows[: top + 1]):
        partners = evidence.alike(first)
        if not partners or row.listed or row.tabular or row.size >= BODY:
            continue
        for place in partners:
            other = evidence.rows[place]
            if place < first or (first and row.sentence):
                continue
            shorter, longer = (row, other) if len(row.words) < len(other.words) else (other, row)
            if shorter.size < LEAST_BELOW or len(shorter.words) < LEAST_WORDS + 2:
                continue
            if longer is row:
                near = first < 2 and place - first <= BESIDE and (other.question or not other.sentence)
                if near and evidence.pair(place, first).set_off and not _in_form(evidence, first, place):
                    verdicts.remove(place, first, RULE.name)
                continue
            front = len(longer.words) - len(shorter.words)
            if 0 < front <= LABEL and longer.words[front:] == shorter.words:
                if evidence.pair(place, first).labelled and not _in_form(evidence, place, first):
                    verdicts.remove(place, first, RULE.name)
                verdicts.flag(place, first, "near", RULE.name, longer.words[:front])


def _in_form(evidence: Evidence, place: int, headline: int) -> bool:
    """Say whether a row is an entry of a form: one beside it has a label too, or its own has other values."""
    rows = evidence.rows
    said = evidence.labels.get(rows[place].label, set()) - {rows[place].words, rows[headline].words}
    beside = (side for side in (place - 1, place + 1) if 0 <= side < len(rows) and side != headline)
    return bool(said) or any(rows[side].label for side in beside)


RULE = Rule(
    "repeated-headline",
    "A line at the top of the text, printed again, with a label or alone, before the body, beside it or after it.",
    "is the headline in {lines} again{words}",
    ALWAYS,
    decide,
)
