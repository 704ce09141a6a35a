"""Texts that are several strings in their source: one document, and what goes from each string of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from dedupe.model import Span, without
from dedupe.text import removal
from dedupe.text.paragraphs import is_blank, split

BETWEEN = "\n\n"
"""What stands between two strings in the text of their document: no paragraph reaches from one into the next."""


def joined(strings: Sequence[str]) -> str:
    """Return the text of a document whose paragraphs are these strings."""
    return BETWEEN.join(strings)


def text_of(value: Any) -> Any:
    """Return the text of a cell that holds one or a list of strings; None for no string, any other value as it is."""
    if not isinstance(value, list) or not all(one is None or isinstance(one, str) for one in value):
        return value
    strings = [one for one in value if one is not None]
    return joined(strings) if strings else None


def cuts_of_each(strings: Sequence[str], cuts: Sequence[Span]) -> Iterator[Sequence[Span] | None]:
    """Yield for each string what goes from it with these cuts of the joined text; None where no paragraph is left.

    Each string is cut as a text of its own: its paragraphs are those of the joined text, its line ends its own.
    """
    text = joined(strings)
    bounds = split(text).bounds
    starts = [cut.start for cut in cuts]
    row = begin = 0
    for string in strings:
        end = begin + len(string)
        own: list[tuple[int, int, int]] = []
        removed: set[int] = set()
        stays = False
        while row < len(bounds) and bounds[row][0] < end + len(BETWEEN):
            start, stop, after = bounds[row]
            row += 1
            if start > end:
                continue  # the blank line between
            if not is_blank(text, start, stop):
                at = bisect_right(starts, start) - 1
                if at >= 0 and start < cuts[at].end:
                    removed.add(len(own))
                else:
                    stays = True
            own.append((start - begin, min(stop, end) - begin, min(after, end) - begin))
        yield None if removed and not stays else removal.cuts(string, own, removed)
        begin = end + len(BETWEEN)


def remaining(strings: Sequence[str | None], cuts: Sequence[Span]) -> list[str | None]:
    """Return what these cuts in the joined text leave of the strings; what is left with nothing goes, nulls stay."""
    each = cuts_of_each([string for string in strings if string is not None], cuts)
    left: list[str | None] = []
    for string in strings:
        if string is None:
            left.append(None)
        elif (own := next(each)) is not None:
            left.append(without(string, own))
    return left
