"""Split a text into paragraphs; together they hold every character of it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import regex

from dedupe._properties import cached_property
from dedupe.model import Document, Layout, Paragraph, Span, without

MIN_WIDTH, MAX_WIDTH = 40, 130
"""Widths, in characters, at which people and programs hard-wrap text."""

FULL_SHARE = 0.9
"""Share of a text's inner lines that must be full (the next word does not fit) for it to count as hard-wrapped."""

MIN_INNER_LINES = 4
"""Inner lines that are needed to tell whether a text is hard-wrapped."""

MANY_LINES = 1000
"""Lines of a text whose bounds are made on access, to save memory; those of fewer are made at once, to save time."""

_LINE = regex.compile(r"([^\r\n]*+)(\r\n|\n|\r|$)")


Bounds = tuple[int, int, int]
"""Start, stop (without line end) and end of a paragraph or line."""


def lines(text: str) -> Sequence[Bounds]:
    r"""Return start, stop (without line end) and end of each line; lines end at \n, \r\n or \r only.

    A text that ends with a line end has an empty last line. Joined, the lines are the text.
    """
    if "\r" in text:
        found = [(match.start(), match.end(1), match.end()) for match in _LINE.finditer(text)]
        ended = len(found) > 1 and found[-1][0] == found[-2][2] and found[-2][1] == found[-2][2]
        return found[:-1] if ended else found
    return _LineBounds(text.split("\n"))


class _LineBounds(Sequence[Bounds]):
    """Start, stop and end of lines with a line feed between any two; made on access, since few of them are needed."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._ends = list(itertools.accumulate([len(line) + 1 for line in texts]))

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, number: int) -> Bounds: ...
    @overload
    def __getitem__(self, number: slice) -> list[Bounds]: ...
    def __getitem__(self, number: int | slice) -> Bounds | list[Bounds]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        end = self._ends[number]
        last = end == self._ends[-1]  # behind it is no line feed
        return end - 1 - len(self._texts[number]), end - 1, end - last


def _bounds_of(texts: Sequence[str]) -> list[Bounds]:
    """Return what `_LineBounds` does, made at once."""
    found: list[Bounds] = []
    start = 0
    for line in texts:
        stop = start + len(line)
        found.append((start, stop, stop + 1))
        start = stop + 1
    found[-1] = (found[-1][0], found[-1][1], found[-1][1])
    return found


def is_wrapped(text: str) -> bool:
    """Say whether a text is hard-wrapped: inside its runs of lines nearly every line is full and ends in mid-sentence.

    A line is full when the first word of the next line does not fit into the width of the text.
    """
    return _are_wrapped([text[start:stop] for start, stop, _ in lines(text)] if "\r" in text else text.split("\n"))


def _are_wrapped(texts: Sequence[str]) -> bool:
    """Say whether these lines are those of a hard-wrapped text."""
    if max(map(len, texts)) > MAX_WIDTH and any(len(line.rstrip()) > MAX_WIDTH for line in texts):
        return False  # true of nearly all articles
    filled = bytes([False, *map(bool, texts)])
    if filled.count(1) - filled.count(b"\0\1") < MIN_INNER_LINES:
        return False  # too few lines follow another without a blank line between
    stripped = [line.rstrip() for line in texts]
    inner = [(line, following) for line, following in itertools.pairwise(stripped) if line and following]
    if len(inner) < MIN_INNER_LINES:
        return False
    width = max(len(line) for line in stripped if line)
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        return False
    full = len(inner)
    for line, following in inner:
        full -= len(line) + 1 + len(following.split(None, 1)[0]) <= width
        if full < FULL_SHARE * len(inner):
            return False  # most texts that are not wrapped end here after a few lines
    return sum(line[-1] in ".!?。！？؟۔।" for line, _ in inner) <= len(inner) / 2


class Paragraphs(Sequence[Paragraph]):
    """The paragraphs of a text by number, blank ones included; each is made on access, since few of them are needed."""

    def __init__(
        self,
        texts: list[str],
        bounds: Sequence[Bounds] | None = None,
        runs: list[tuple[int, int]] | None = None,
    ) -> None:
        self.texts = texts
        """The text of each paragraph, without its last line end."""
        self.wrapped = runs is not None
        self._bounds = bounds
        self._runs = runs

    @cached_property
    def bounds(self) -> Sequence[Bounds]:
        """The bounds of each paragraph."""
        if self._bounds is not None:
            return self._bounds
        return _LineBounds(self.texts) if len(self.texts) > MANY_LINES else _bounds_of(self.texts)

    @property
    def starts(self) -> list[int]:
        """The start of each paragraph."""
        if self._bounds is None:
            return [0, *itertools.accumulate([len(text) + 1 for text in self.texts[:-1]])]
        return [start for start, _, _ in self._bounds]

    @cached_property
    def filled(self) -> list[int]:
        """The numbers of the paragraphs that are not blank."""
        return [number for number, text in enumerate(self.texts) if text and not text.isspace()]

    @property
    def contents(self) -> list[str]:
        """The texts of the paragraphs that are not blank, without the white space around them."""
        return list(filter(None, map(str.strip, self.texts)))

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, number: int) -> Paragraph: ...
    @overload
    def __getitem__(self, number: slice) -> list[Paragraph]: ...
    def __getitem__(self, number: int | slice) -> Paragraph | list[Paragraph]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        start, stop, end = self.bounds[number]
        first, last = (number + 1, number + 1) if self._runs is None else self._runs[number]
        return Paragraph(number, start, stop, end, first, last)

    def extent(self, first: int, last: int) -> tuple[Span, tuple[int, int]]:
        """Return the span from the first to the last of these paragraphs, and their first and last line."""
        start, stop, _ = self.bounds[first]
        span = Span(start, stop if first == last else self.bounds[last][1])
        return span, (first + 1, last + 1) if self._runs is None else (self._runs[first][0], self._runs[last][1])


def split(text: str) -> Paragraphs:
    r"""Return the paragraphs of a text, blank ones included: its lines, or its runs of lines where it is hard-wrapped.

    >>> split("one\r\n\r\ntwo").texts
    ['one', '', 'two']
    """
    found = lines(text) if "\r" in text else None
    texts = text.split("\n") if found is None else [text[start:stop] for start, stop, _ in found]
    if not _are_wrapped(texts):
        return Paragraphs(texts, found)
    bounds: list[Bounds] = []
    runs: list[tuple[int, int]] = []
    open_run = False
    for number, (start, stop, end) in enumerate(found or _LineBounds(texts), 1):
        blank = not text[start:stop].strip()
        if open_run and not blank:
            bounds[-1] = (bounds[-1][0], stop, end)
            runs[-1] = (runs[-1][0], number)
        else:
            bounds.append((start, stop, end))
            runs.append((number, number))
        open_run = not blank
    return Paragraphs([text[start:stop] for start, stop, _ in bounds], bounds, runs)


def is_blank(text: str, start: int, stop: int) -> bool:
    """Say whether a stretch of a text has nothing but white space."""
    return start == stop or text[start:stop].isspace()


def placed(document: Document) -> list[tuple[Paragraph, Paragraph]]:
    """Return each paragraph of a document that is not blank, with its position in the text and in the source."""
    paragraphs = split(document.text)
    filled = [paragraphs[number] for number in paragraphs.filled]
    return list(zip(filled, document.layout.paragraphs if document.layout else filled, strict=True))


def remaining(document: Document, cuts: Sequence[Span]) -> Document:
    """Return a document without these spans of its text."""
    layout = document.layout
    if layout is not None:
        starts = [paragraph.start for paragraph, _ in placed(document)]
        stays = [not any(span.start <= start < span.end for span in cuts) for start in starts]
        before = [0, *itertools.accumulate(stays)]
        layout = Layout(
            tuple(itertools.compress(layout.paragraphs, stays)),
            tuple(itertools.compress(layout.roles, stays)),
            tuple(replace(part, first=before[part.first]) for part in layout.parts),
        )
    return replace(document, text=without(document.text, cuts), layout=layout)


def one_paragraph_a_line(text: str) -> str:
    """Return a text with a line for each paragraph, and its words in it; for the batch kernels only."""
    if not is_wrapped(text):
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return "\n".join(
        paragraph.replace("\r\n", " ").replace("\r", " ").replace("\n", " ") for paragraph in split(text).texts
    )
