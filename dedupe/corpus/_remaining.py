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
            positions = remaining_positions(reports.get(number) or Report(documents[number].document))
            chosen = [positions[paragraph] for paragraph in of_document["number"].tolist()]
            of_document["start"], of_document["stop"], of_document["first"], of_document["last"] = np.array(chosen).T


def remaining_positions(report: Report) -> dict[int, tuple[int, int, int, int]]:
    """Return the positions in the text as given of the paragraphs of the remaining text, by number, without blank ones.

    A position is start, stop, first line and last line.
    """
    text, cleaned = report.document.text, report.text
    cuts = [(cut.start, cut.end) for cut in report.cuts] + [(len(text) + 1, 0)]
    next_cut = 0
    positions = []
    paragraphs = split(text)
    for number, (start, stop, _) in enumerate(paragraphs.bounds):
        while cuts[next_cut][1] <= start and cuts[next_cut][1]:
            next_cut += 1
        if start < cuts[next_cut][0] and text[start:stop].strip():
            first = last = number + 1
            if paragraphs.wrapped:
                first, last = paragraphs[number].first_line, paragraphs[number].last_line
            positions.append((start, stop, first, last))
    numbers = [number for number, (start, stop, _) in enumerate(split(cleaned).bounds) if cleaned[start:stop].strip()]
    return dict(zip(numbers, positions, strict=True))
