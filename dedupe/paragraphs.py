"""Splitting a text into paragraphs that lose no character of it."""

from __future__ import annotations

import itertools

import regex

from dedupe.model import Document, Paragraph

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
    found = []
    start = 0
    for line in text.split("\n"):
        stop = start + len(line)
        found.append((start, stop, stop + 1))
        start = stop + 1
    found[-1] = (*found[-1][:2], len(text))
    return found


def is_wrapped(text: str) -> bool:
    """Say whether the text is hard-wrapped: inside its runs nearly every line is full and ends in mid-sentence.

    A line is full when the first word of the next would not have fitted into the width of the text.
    """
    if "\r" not in text and text.count("\n") - 2 * text.count("\n\n") < MIN_INNER_LINES:
        return False  # too few single line ends, counted without splitting: the way out for nearly all articles
    rows = [line.rstrip() for line in regex.split(r"\r\n|\n|\r", text)]
    inner = [(row, after) for row, after in itertools.pairwise(rows) if row and after.strip()]
    if len(inner) < MIN_INNER_LINES:
        return False
    width = max(len(row) for row in rows if row)
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        return False
    full = sum(len(row) + 1 + len(after.split(None, 1)[0]) > width for row, after in inner)
    ended = sum(row[-1] in ".!?。！？؟۔।" for row, _ in inner)
    return full >= FULL_SHARE * len(inner) and ended <= len(inner) / 2


def split(text: str) -> list[Paragraph]:
    r"""Return the rows of a text in order, blank ones included: its lines, or its runs when it is hard-wrapped.

    >>> [text[row.start:row.stop] for row in split(text := "one\\r\\n\\r\\ntwo")]
    ['one', '', 'two']
    """
    found = lines(text)
    if not is_wrapped(text):
        return [Paragraph(n, start, stop, end, n + 1, n + 1) for n, (start, stop, end) in enumerate(found)]
    rows: list[Paragraph] = []
    open_run = False
    for n, (start, stop, end) in enumerate(found):
        blank = not text[start:stop].strip()
        if open_run and not blank:
            last = rows[-1]
            rows[-1] = Paragraph(last.number, last.start, stop, end, last.first_line, n + 1)
        else:
            rows.append(Paragraph(len(rows), start, stop, end, n + 1, n + 1))
        open_run = not blank
    return rows


def placed(document: Document) -> list[tuple[Paragraph, Paragraph]]:
    """Return each row of a document's text that is not blank: where it stands in the text, and where in the source."""
    rows = [row for row in split(document.text) if document.text[row.start : row.stop].strip()]
    return list(zip(rows, document.layout.paragraphs if document.layout else rows, strict=True))


def one_row_a_line(text: str) -> str:
    """Return a text of as many lines as `split` gives rows, each with its row's words; for the batch kernels only."""
    if not is_wrapped(text):
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    rows = (text[row.start : row.stop] for row in split(text))
    return "\n".join(row.replace("\r\n", " ").replace("\r", " ").replace("\n", " ") for row in rows)
