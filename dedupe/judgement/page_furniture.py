"""Short lines of the page that were printed twice: a menu, a share bar, tags, a by-line with its date."""

from __future__ import annotations

from collections.abc import Sequence

from dedupe.judgement.context import SHORT
from dedupe.judgement.evidence import Evidence
from dedupe.words import is_number

Lines = Sequence[tuple[int, int]]

LEAST = 3
"""Lines that a menu, a share bar or a list of tags has at least."""

WORDS = 2.5
"""Words that its lines have on average at most; lines of verse have more."""

TOP = 5
"""Rows within which what is set above the body begins."""

DATE = 4
"""Words from which a line full of figures is a date, and no cell of a table."""

CELL = 4
"""The size of what may be the head of a column: three letters."""

NAMED = 12
"""The size that a line of a by-line has at least."""


def is_furniture(evidence: Evidence, pairs: Lines) -> bool:
    """Say whether a run of equal lines, which stand together twice and only twice, is none of the text."""
    (first, then), (last, end) = pairs[0], pairs[-1]
    if last - first != len(pairs) - 1 or end - then != len(pairs) - 1:
        return False
    rows = [evidence.rows[one] for one, _ in pairs]
    if any(row.sentence or row.question or row.listed or row.quoted or row.size >= SHORT for row in rows):
        return False
    if any(
        len(evidence.copies(one)) != 2 or evidence.rows[other].words != evidence.rows[one].words for one, other in pairs
    ):
        return False
    on_the_spot = then == last + 1
    if on_the_spot and _is_byline(evidence, pairs):
        return True
    if (
        len(pairs) < LEAST
        or any(row.tabular for row in rows)
        or sum(len(row.words) for row in rows) > WORDS * len(rows)
    ):
        return False
    return _is_with_prose(evidence, then, end) if on_the_spot else _is_around_body(evidence, pairs)


def _is_byline(evidence: Evidence, pairs: Lines) -> bool:
    """Say whether two or three lines above the body may be who wrote it and when: one of them has figures."""
    rows = evidence.rows
    after = pairs[-1][1] + 1
    run = [rows[one] for one, _ in pairs]
    if len(run) > LEAST or after >= len(rows) or not rows[after].prose or any(row.prose for row in rows[:after]):
        return False
    if any(row.size < NAMED or len(row.words) < (DATE if row.tabular else 2) or "\t" in row.text for row in run):
        return False
    return any(map(is_number, (word for row in run for word in row.words))) and not all(row.tabular for row in run)


def _is_with_prose(evidence: Evidence, then: int, end: int) -> bool:
    """Say whether a text of several paragraphs follows or precedes the lines, and no table."""
    rows = evidence.rows
    if any(row.tabular for row in rows[max(0, then - 8) : end + 4]) or any(
        row.size <= CELL for row in rows[then : end + 1]
    ):
        return False
    return sum(row.prose for row in rows[:then]) > 1 or sum(row.prose for row in rows[end + 1 :]) > 1


def _is_around_body(evidence: Evidence, pairs: Lines) -> bool:
    """Say whether the lines stand once before all prose and once behind it."""
    rows = evidence.rows
    (first, then), (last, end) = pairs[0], pairs[-1]
    if first > TOP or any(row.prose for row in rows[:last]) or any(row.prose for row in rows[end:]):
        return False
    between = rows[last + 1 : then]
    return sum(row.prose for row in between) >= 3 and 2 * sum(row.prose for row in between) >= len(between)
