"""Rule: a paragraph said again with the lines broken elsewhere, as several rows or run together as one."""

from __future__ import annotations

from dedupe.judgement.context import in_verse
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import UNLESS_CONSERVATIVE, Rule
from dedupe.judgement.verdicts import Verdicts

LEAST = 60
"""A smaller row may be a label and its value."""

HEAD = 3
"""Rows of headline and by-line above what is set above the text."""

MOST = 0.8
"""Share of a text that a copy of all of it and its original have together."""

MATCHED = 0.5
"""Share of the one row that those near it have at least: a piece of a few words may be near nothing."""

COVERED = 0.95
"""Share of the one row that the several ones must say."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove the later of a row and of consecutive rows that say the same; of headlines, the one run together."""
    for whole, others in sorted(evidence.partners.items()):
        row = evidence.rows[whole]
        pieces = [letters for one in others if (letters := evidence.rows[one].letters) < row.letters]
        if sum(pieces) < MATCHED * row.letters or not row.reaches(LEAST) or row.tabular:
            continue
        for first, last in _stretches(evidence, whole):
            if any(verdicts.decided(place) for place in (whole, *range(first, last + 1))):
                continue
            if in_verse(evidence, first):
                continue
            parts = evidence.rows[first : last + 1]
            again = 2 * sum(part.size for part in parts) >= MOST * sum(part.size for part in evidence.rows)
            if again and 2 * sum(part.sentence for part in parts) > len(parts):
                verdicts.remove(whole, first, RULE.name, last=last)  # the text as one paragraph
            elif first > whole and row.sentence:
                for place in range(first, last + 1):
                    verdicts.remove(place, whole, RULE.name)
            elif first > min(whole, HEAD) or all(part.prose for part in parts):  # else points set above the text
                verdicts.remove(whole, first, RULE.name, last=last)
            break


def _stretches(evidence: Evidence, whole: int) -> list[tuple[int, int]]:
    """Return first and last of each run of rows that, run together, say nearly all of a row, in its own words."""
    rows = evidence.rows
    said = f" {' '.join(rows[whole].words)} "
    found: list[tuple[int, int]] = []
    last = -1
    for place in sorted(evidence.partners[whole]):
        if place <= last or rows[place].letters >= rows[whole].letters:
            continue
        mine = f" {' '.join(rows[place].words)} "
        begin = said.find(mine)
        if begin < 0:
            continue
        end = begin + len(mine) - 1
        first = last = place
        while first > 0 and first - 1 != whole:
            before = f" {' '.join(rows[first - 1].words)}"
            if not said.endswith(before, 0, begin) or len(before) == 1:
                break
            begin -= len(before)
            first -= 1
        while last + 1 < len(rows) and last + 1 != whole:
            after = f"{' '.join(rows[last + 1].words)} "
            if not said.startswith(after, end + 1) or len(after) == 1:
                break
            end += len(after)
            last += 1
        if last > first and end - begin >= COVERED * (len(said) - 1):
            found.append((first, last))
    return found


RULE = Rule(
    "split-otherwise",
    "A paragraph said again in the same words, but split into several, or several run together as one.",
    "says what {lines} says, with its lines broken elsewhere{words}",
    UNLESS_CONSERVATIVE,
    decide,
)
