"""The remaining texts of a chunk, a paragraph a line, and the positions of the paragraphs in the texts as given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dedupe._arrays import U8, Ints
from dedupe.corpus._parts import Item
from dedupe.model import Report
from dedupe.text.paragraphs import one_paragraph_a_line, split
from dedupe.text.shingles import perhaps_wrapped


class Lines:
    """The texts of a chunk as they remain, a row a line, in UTF-8.

    `data`: uint8, `blob` as an array. `begins`, `ends`: int64, where each row stands in it. `given`: the texts as they
    were, in UTF-8. `odd`: the documents whose rows are no lines of their texts as given.
    """

    def __init__(self, texts: Sequence[str], left: dict[int, str]) -> None:
        self.texts = texts
        self.given = [text.encode("utf-8", "surrogatepass") for text in texts]
        remaining = list(self.given)
        self.odd = dict.fromkeys(left)
        for number in left:
            remaining[number] = one_paragraph_a_line(left[number]).encode("utf-8", "surrogatepass")
        self._lay(remaining)
        for number in self._perhaps_no_lines().tolist():
            if number not in left and (rows := one_paragraph_a_line(texts[number])) is not texts[number]:
                self.odd[number] = None
                remaining[number] = rows.encode("utf-8", "surrogatepass")
        if len(self.odd) > len(left):
            self._lay(remaining)

    def _lay(self, remaining: Sequence[bytes]) -> None:
        self.blob = b"\n".join(remaining) + b"\n" if remaining else b""
        self.data = np.frombuffer(self.blob, np.uint8)
        self.ends = np.flatnonzero(self.data == 10)
        self.begins = np.append(0, self.ends + 1)[:-1]
        sizes = np.fromiter(map(len, remaining), np.int64, len(remaining))
        self.stops = np.cumsum(sizes + 1) - 1

    def _perhaps_no_lines(self) -> Ints:
        """Return the documents with another line end than a line feed, or with enough of them to be hard-wrapped."""
        first = np.append(0, np.searchsorted(self.ends, self.stops) + 1)
        found = perhaps_wrapped(self.ends, first)
        if b"\r" in self.blob:
            found |= np.array(["\r" in text for text in self.texts])
        numbers: Ints = np.flatnonzero(found)
        return numbers

    def counted(self, rows: Ints) -> Ints:
        """Return how many lines each text as given has; an end of a line at its end opens none."""
        last = self.data[np.maximum(self.stops - 1, 0)]
        counts: Ints = np.maximum(1, rows - ((last == 10) & (rows > 1)))
        for number in self.odd:
            counts[number] = lines_of(self.texts[number])
        return counts


def lines_of(text: str) -> int:
    """Return how many lines a text has; an end of a line at its end opens none."""
    ends = text.count("\n")
    if "\r" in text:
        ends += text.count("\r") - text.count("\r\n")
    return max(1, ends + (not text.endswith(("\n", "\r"))))


def fill_positions(
    rows: np.ndarray,
    data: U8,
    begins: Ints,
    documents: Sequence[Item],
    reports: Mapping[int, Report],
    odd: Iterable[int],
) -> None:
    """Fill in where the rows stand in the texts as given.

    `odd`: the documents whose rows are no lines of them.
    """
    starts = rows["offset"].astype(np.int64)
    stops = starts + rows["length"]
    origins = begins[rows["document"]]
    inner = np.flatnonzero((data & 0xC0) == 0x80)
    if len(inner):  # offsets count code points, of which only the first byte counts
        starts, stops, origins = (at - np.searchsorted(inner, at) for at in (starts, stops, origins))
    rows["start"], rows["stop"] = starts - origins, stops - origins
    rows["first"] = rows["last"] = rows["number"] + 1
    edges = np.searchsorted(rows["document"], np.arange(len(documents) + 1))
    for number in odd:
        mine = rows[edges[number] : edges[number + 1]]
        if len(mine):
            places = remaining(reports.get(number) or Report(documents[number].document))
            chosen = [places[one] for one in mine["number"].tolist()]
            mine["start"], mine["stop"], mine["first"], mine["last"] = np.array(chosen).T


def remaining(report: Report) -> dict[int, tuple[int, int, int, int]]:
    """Return where the rows of the text as it remains, by number, stand in the text as given; not the blank ones.

    A place is start, stop, first and last line.
    """
    text, left = report.document.text, report.text
    cuts = [(cut.start, cut.end) for cut in report.cuts] + [(len(text) + 1, 0)]
    at = 0
    stay = []
    rows = split(text)
    for number, (start, stop, _) in enumerate(rows.bounds):
        while cuts[at][1] <= start and cuts[at][1]:
            at += 1
        if start < cuts[at][0] and text[start:stop].strip():
            first, last = (
                (number + 1, number + 1) if not rows.wrapped else (rows[number].first_line, rows[number].last_line)
            )
            stay.append((start, stop, first, last))
    numbers = [number for number, (start, stop, _) in enumerate(split(left).bounds) if left[start:stop].strip()]
    return dict(zip(numbers, stay, strict=True))
