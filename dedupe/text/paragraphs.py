"""Splitting a text into paragraphs that lose no character of it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import regex

from dedupe.model import Document, Layout, Paragraph, Span, without

MIN_WIDTH, MAX_WIDTH = 40, 130
"""Widths in characters at which people and programs wrap text by hand."""

FULL_SHARE = 0.9
"""Share of a text's inner lines that must be full (the next word would not have fitted) for it to count as wrapped."""

MIN_INNER_LINES = 4
"""Fewer inner lines than this say nothing about wrapping."""

_LINE = regex.compile(r"([^\r\n]*+)(\r\n|\n|\r|$)")


def lines(text: str) -> list[tuple[int, int, int]]:
    r"""Return start, stop (without line end) and end of each line; lines end at \\n, \\r\\n or \\r only.

    A text that ends with a line end has an empty last line: joined, the lines are the text.
    """
    if "\r" in text:
        found = [(match.start(), match.end(1), match.end()) for match in _LINE.finditer(text)]
        ended = len(found) > 1 and found[-1][0] == found[-2][2] and found[-2][1] == found[-2][2]
        return found[:-1] if ended else found
    return _bounds(text.split("\n"))


def _bounds(texts: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return start, stop and end of lines with a line feed between any two."""
    ends = list(itertools.accumulate([len(line) + 1 for line in texts]))
    starts = [0, *ends[:-1]]
    found = list(zip(starts, [end - 1 for end in ends], ends, strict=True))
    found[-1] = (starts[-1], ends[-1] - 1, ends[-1] - 1)
    return found


def is_wrapped(text: str) -> bool:
    """Say whether the text is hard-wrapped: inside its runs nearly every line is full and ends in mid-sentence.

    A line is full when the first word of the next would not have fitted into the width of the text.
    """
    return _are_wrapped([text[start:stop] for start, stop, _ in lines(text)] if "\r" in text else text.split("\n"))


def _are_wrapped(texts: Sequence[str]) -> bool:
    if max(map(len, texts)) > MAX_WIDTH and any(len(line.rstrip()) > MAX_WIDTH for line in texts):
        return False  # the way out for nearly all articles
    filled = bytes([False, *map(bool, texts)])
    if filled.count(1) - filled.count(b"\0\1") < MIN_INNER_LINES:
        return False  # too few lines stand right behind another
    rows = [line.rstrip() for line in texts]
    inner = [(row, after) for row, after in itertools.pairwise(rows) if row and after]
    if len(inner) < MIN_INNER_LINES:
        return False
    width = max(len(row) for row in rows if row)
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        return False
    full = len(inner)
    for row, after in inner:
        full -= len(row) + 1 + len(after.split(None, 1)[0]) <= width
        if full < FULL_SHARE * len(inner):
            return False  # most others are found out after a few lines
    return sum(row[-1] in ".!?。！？؟۔।" for row, _ in inner) <= len(inner) / 2


class Paragraphs(Sequence[Paragraph]):
    """The rows of a text by number; each is made when it is asked for, since few of a document ever are."""

    def __init__(
        self,
        texts: list[str],
        bounds: list[tuple[int, int, int]] | None = None,
        runs: list[tuple[int, int]] | None = None,
    ) -> None:
        self.texts = texts
        """What each row says, line ends left out."""
        self.wrapped = runs is not None
        self._bounds = bounds
        self._runs = runs
        self._filled: list[int] | None = None

    @property
    def bounds(self) -> list[tuple[int, int, int]]:
        """Start, stop (without line end) and end of each row."""
        if self._bounds is None:
            self._bounds = _bounds(self.texts)
        return self._bounds

    @property
    def filled(self) -> list[int]:
        """The numbers of the rows that are not blank."""
        if self._filled is None:
            self._filled = [number for number, text in enumerate(self.texts) if text and not text.isspace()]
        return self._filled

    @property
    def contents(self) -> list[str]:
        """What the rows that are not blank say, without the white space around them."""
        return list(filter(None, map(str.strip, self.texts)))

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, number: int) -> Paragraph: ...
    @overload
    def __getitem__(self, number: slice) -> list[Paragraph]: ...
    def __getitem__(self, number: int | slice) -> Paragraph | list[Paragraph]:
        if isinstance(number, slice):
            return [self[at] for at in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        start, stop, end = self.bounds[number]
        first, last = (number + 1, number + 1) if self._runs is None else self._runs[number]
        return Paragraph(number, start, stop, end, first, last)

    def extent(self, first: int, last: int) -> tuple[Span, tuple[int, int]]:
        """Return from where to where these rows and what is between them stand, and their first and last line."""
        bounds = self.bounds
        span = Span(bounds[first][0], bounds[last][1])
        return span, (first + 1, last + 1) if self._runs is None else (self._runs[first][0], self._runs[last][1])


def split(text: str) -> Paragraphs:
    r"""Return the rows of a text in order, blank ones included: its lines, or its runs when it is hard-wrapped.

    >>> [text[row.start:row.stop] for row in split(text := "one\\r\\n\\r\\ntwo")]
    ['one', '', 'two']
    """
    found = lines(text) if "\r" in text else None
    texts = text.split("\n") if found is None else [text[start:stop] for start, stop, _ in found]
    if not _are_wrapped(texts):
        return Paragraphs(texts, found)
    rows: list[tuple[int, int, int]] = []
    runs: list[tuple[int, int]] = []
    open_run = False
    for n, (start, stop, end) in enumerate(found or _bounds(texts), 1):
        blank = not text[start:stop].strip()
        if open_run and not blank:
            rows[-1] = (rows[-1][0], stop, end)
            runs[-1] = (runs[-1][0], n)
        else:
            rows.append((start, stop, end))
            runs.append((n, n))
        open_run = not blank
    return Paragraphs([text[start:stop] for start, stop, _ in rows], rows, runs)


def is_blank(text: str, start: int, stop: int) -> bool:
    """Say whether nothing but white space stands in this stretch of a text."""
    return start == stop or text[start:stop].isspace()


def placed(document: Document) -> list[tuple[Paragraph, Paragraph]]:
    """Return each row of a document's text that is not blank: where it stands in the text, and where in the source."""
    rows = [row for row in split(document.text) if document.text[row.start : row.stop].strip()]
    return list(zip(rows, document.layout.paragraphs if document.layout else rows, strict=True))


def remaining(document: Document, cuts: Sequence[Span]) -> Document:
    """Return a document as these cuts of its text would leave it."""
    layout = document.layout
    if layout is not None:
        stays = [not any(span.start <= row.start < span.end for span in cuts) for row, _ in placed(document)]
        before = [0, *itertools.accumulate(stays)]
        layout = Layout(
            tuple(itertools.compress(layout.paragraphs, stays)),
            tuple(itertools.compress(layout.roles, stays)),
            tuple(replace(part, first=before[part.first]) for part in layout.parts),
        )
    return replace(document, text=without(document.text, cuts), layout=layout)


def one_paragraph_a_line(text: str) -> str:
    """Return a text of as many lines as `split` gives rows, each with its row's words; for the batch kernels only."""
    if not is_wrapped(text):
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return "\n".join(row.replace("\r\n", " ").replace("\r", " ").replace("\n", " ") for row in split(text).texts)
