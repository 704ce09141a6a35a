"""Texts that are several strings in their source: joined into one document, and cut string by string."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from dedupe.model import Report, Span, without
from dedupe.text import removal
from dedupe.text.paragraphs import is_blank, split

SEPARATOR = "\n\n"
"""Text between two strings of a document, so that no paragraph reaches from one into the next."""


def join_strings(strings: Sequence[str]) -> str:
    """Return the text of a document made of these strings."""
    return SEPARATOR.join(strings)


def cut_numbers(report: Report) -> set[int]:
    """Return the numbers of the strings that a report removes from a joined text, if each is one paragraph."""
    starts = [paragraph.start for paragraph in split(report.document.text)[::2]]
    cut_starts = [cut.start for cut in report.cuts]
    return {
        number
        for number, start in enumerate(starts)
        if (nearest := bisect_right(cut_starts, start) - 1) >= 0 and start < report.cuts[nearest].end
    }


def text_of(value: Any) -> Any:
    """Return the text of a cell, a string or a list of strings; None for no string, other values unchanged."""
    if not isinstance(value, list) or not all(item is None or isinstance(item, str) for item in value):
        return value
    strings = [item for item in value if item is not None]
    return join_strings(strings) if strings else None


def cuts_of_each(strings: Sequence[str], cuts: Sequence[Span]) -> Iterator[Sequence[Span] | None]:
    """Yield for each string its own cuts, given those of the joined text; None if no paragraph of it remains.

    Each string is cut as a text of its own: it has the paragraphs of the joined text, but its own line ends.
    """
    text = join_strings(strings)
    bounds = split(text).bounds
    starts = [cut.start for cut in cuts]
    number = offset = 0
    for string in strings:
        end = offset + len(string)
        own_bounds: list[tuple[int, int, int]] = []
        removed: set[int] = set()
        is_kept = False
        while number < len(bounds) and bounds[number][0] < end + len(SEPARATOR):
            start, stop, line_end = bounds[number]
            number += 1
            if start > end:
                continue  # the separator
            if not is_blank(text, start, stop):
                nearest = bisect_right(starts, start) - 1
                if nearest >= 0 and start < cuts[nearest].end:
                    removed.add(len(own_bounds))
                else:
                    is_kept = True
            own_bounds.append((start - offset, min(stop, end) - offset, min(line_end, end) - offset))
        yield None if removed and not is_kept else removal.cuts(string, own_bounds, removed)
        offset = end + len(SEPARATOR)


def remaining(strings: Sequence[str | None], cuts: Sequence[Span]) -> list[str | None]:
    """Return the strings without these cuts of the joined text; emptied strings are dropped, nulls stay."""
    each = cuts_of_each([string for string in strings if string is not None], cuts)
    kept: list[str | None] = []
    for string in strings:
        if string is None:
            kept.append(None)
        elif (own_cuts := next(each)) is not None:
            kept.append(without(string, own_cuts))
    return kept
