"""The remaining texts of a chunk, a paragraph a line, and the positions of paragraphs in the texts as given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dedupe._arrays import U8, Ints
from dedupe.corpus._parts import Item
from dedupe.model import Report
from dedupe.text.paragraphs import one_paragraph_a_line, split
from dedupe.text.words import perhaps_wrapped


class Lines:
    """The remaining texts of a chunk, a paragraph a line, in UTF-8.

    `blob`: all of them, each with a line feed behind it. `data`: `blob` as uint8. `begins`, `ends`: int64, the range of
    each paragraph in it. `encoded`: the texts as given, in UTF-8. `irregular`: the documents whose paragraphs are not
    the lines of their texts as given; those `cleaned` are among them.
    """

    def __init__(self, texts: Sequence[str], cleaned: Mapping[int, str]) -> None:
        self.texts = texts
        self.encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        remaining = list(self.encoded)
        self.irregular = dict.fromkeys(cleaned)
        for number in cleaned:
            remaining[number] = cleaned[number].encode("utf-8", "surrogatepass")
        self._join(remaining)
        for number in self._may_be_irregular().tolist():
            if number not in cleaned and (paragraphs := one_paragraph_a_line(texts[number])) is not texts[number]:
                self.irregular[number] = None
                remaining[number] = paragraphs.encode("utf-8", "surrogatepass")
        if len(self.irregular) > len(cleaned):
            self._join(remaining)

    def _join(self, remaining: Sequence[bytes]) -> None:
        self.blob = b"\n".join(remaining) + b"\n" if remaining else b""
        self.data = np.frombuffer(self.blob, np.uint8)
        self.ends = np.flatnonzero(self.data == 10)
        self.begins = np.append(0, self.ends + 1)[:-1]
        sizes = np.fromiter(map(len, remaining), np.int64, len(remaining))
        self.stops = np.cumsum(sizes + 1) - 1

    def _may_be_irregular(self) -> Ints:
        """Return the documents with a line end other than a line feed, or with enough lines to be hard-wrapped."""
        first = np.append(0, np.searchsorted(self.ends, self.stops) + 1)
        found = perhaps_wrapped(self.ends, first)
        if b"\r" in self.blob:
            found |= np.array(["\r" in text for text in self.texts])
        numbers: Ints = np.flatnonzero(found)
        return numbers

    def line_counts(self, paragraphs: Ints) -> Ints:
        """Return the number of lines of each text as given, int64; a line end at the end opens no line."""
        last = self.data[np.maximum(self.stops - 1, 0)]
        counts: Ints = np.maximum(1, paragraphs - ((last == 10) & (paragraphs > 1)))
        for number in self.irregular:
            counts[number] = line_count(self.texts[number])
        return counts


def line_count(text: str) -> int:
    """Return the number of lines of a text; a line end at the end opens no line."""
    ends = text.count("\n")
    if "\r" in text:
        ends += text.count("\r") - text.count("\r\n")
    return max(1, ends + (not text.endswith(("\n", "\r"))))


def fill_positions(
    paragraphs: np.ndarray,
    data: U8,
    begins: Ints,
    documents: Sequence[Item],
    reports: Mapping[int, Report],
    irregular: Iterable[int],
) -> None:
    """Fill in the positions and lines of paragraphs in the texts as given.

    `data`: the remaining texts, uint8. `begins`: int64, where each document begins there. `irregular`: the documents
    whose paragraphs are not the lines of their texts as given.
    """
    starts = paragraphs["offset"].astype(np.int64)
    stops = starts + paragraphs["length"]
    origins = begins[paragraphs["document"]]
    continuation = np.flatnonzero((data & 0xC0) == 0x80)
    if len(continuation):  # positions count code points, each by its first byte
        starts, stops, origins = (at - np.searchsorted(continuation, at) for at in (starts, stops, origins))
    paragraphs["start"], paragraphs["stop"] = starts - origins, stops - origins
    paragraphs["first"] = paragraphs["last"] = paragraphs["number"] + 1
    edges = np.searchsorted(paragraphs["document"], np.arange(len(documents) + 1))
    for number in irregular:
        of_document = paragraphs[edges[number] : edges[number + 1]]
        if len(of_document):
            numbers, positions = remaining_positions(reports.get(number) or Report(documents[number].document))
            chosen = positions[np.searchsorted(numbers, of_document["number"])]
            for name, column in zip(("start", "stop", "first", "last"), chosen.T, strict=True):
                of_document[name] = column


def remaining_positions(report: Report) -> tuple[Ints, Ints]:
    """Return the numbers of the paragraphs of the remaining text that are not blank, and their positions as given.

    A position is start, stop, first line and last line; shape (paragraphs, 4).
    """
    paragraphs = split(report.document.text)
    filled = np.array(paragraphs.filled, np.intp)
    starts = np.array(paragraphs.starts, np.intp)[filled]
    sizes = np.array([len(text) for text in paragraphs.texts], np.intp)[filled]
    edges = np.array([(cut.start, cut.end) for cut in report.cuts], np.intp).reshape(-1, 2)
    begins = np.append(edges[:, 0], len(report.document.text) + 1)
    stays = starts < begins[np.searchsorted(edges[:, 1], starts, "right")]
    first = last = filled + 1
    if paragraphs.wrapped:
        made = [paragraphs[number] for number in filled.tolist()]
        first, last = (np.array([one.lines[end] for one in made], np.intp) for end in (0, 1))
    positions = np.stack([starts, starts + sizes, first, last], axis=1)[stays]
    numbers = np.array(split(report.text).filled, np.intp)
    if len(numbers) != len(positions):
        raise ValueError("the remaining text has other paragraphs than those that were not removed")
    return numbers, positions
