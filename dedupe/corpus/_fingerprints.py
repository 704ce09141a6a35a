"""Fingerprints: what is known of each paragraph and document of a chunk, and all that is shuffled of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U8, U32, U64, Bools, Ints
from dedupe._places import host
from dedupe.corpus._parts import Item
from dedupe.deduper import Deduper
from dedupe.judge.content import SHORT
from dedupe.matching.match import candidate_documents
from dedupe.matching.minhash import banded
from dedupe.model import Document, Report
from dedupe.text.paragraphs import one_paragraph_a_line, split
from dedupe.text.quoting import may_quote
from dedupe.text.shingles import HALF, M1, M2, M3, M4, Shingles, chunks, joined, perhaps_wrapped, shingles

CHUNK = 1 << 22
"""Characters of documents that are fingerprinted together: signatures of rows of one length share a tile."""

_BEGUN = hashlib.blake2b(digest_size=16)

_CACHED = 1 << 14
"""Words whose hashes are summed at once."""

ROW = np.dtype(
    [
        ("high", "<u8"),  # the paragraph's key: 128 bits of its canonical words
        ("low", "<u8"),
        ("document", "<u4"),  # number of its document in the chunk or part
        ("number", "<u4"),  # number of its row in the text as it remains
        ("words", "<u4"),
        ("start", "<u4"),  # its place in the text as given, in code points
        ("stop", "<u4"),
        ("first", "<u4"),  # its lines there
        ("last", "<u4"),
        ("length", "<u4"),  # bytes of its text
        ("offset", "<u8"),  # place of its text among the texts, in bytes
    ]
)
"""A paragraph: 56 bytes."""

DOCUMENT = np.dtype(
    [
        ("digest", "V16"),  # of id, date and text as given
        ("host", "<u8"),  # of its address, hashed; 0 without one
        ("high", "<u8"),  # 128 bits of its text as it remains, a row a line
        ("low", "<u8"),
        ("words", "<u4"),  # in the rows that are compared
        ("points", "<u4"),  # code points of its text as given
        ("lines", "<u4"),
        ("length", "<u4"),  # bytes of its text as it remains
        ("offset", "<u8"),
    ]
)
"""A document: 64 bytes."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """A chunk of documents, cleaned each for itself, and the paragraphs that are compared with other documents'.

    `rows`: `ROW`, shape (rows,), in order of document and place. `documents`: `DOCUMENT`, shape (documents,). `texts`:
    the texts as they remain, a row a line, in UTF-8. `bands`: uint64, shape (bands, rows), or None. `alone`: bool,
    shape (documents,), those whose rows are their lines and of which none is like another.
    """

    rows: np.ndarray
    documents: np.ndarray
    texts: bytes
    bands: U64 | None
    alone: Bools


def digest(document: Document | Item) -> bytes:
    """Return 128 bits of a document's id, date and text."""
    return _digest(document, document.text.encode("utf-8", "surrogatepass"))


def _digest(document: Document | Item, text: bytes) -> bytes:
    known, date = document.id, document.date
    hashed = _BEGUN.copy()
    hashed.update(f"{len(known)} {len(date)} {known}{date}".encode("utf-8", "surrogatepass") + text)
    return hashed.digest()


def fingerprint(
    documents: Sequence[Item], deduper: Deduper, banding: tuple[int, int] | None
) -> tuple[Fingerprints, dict[int, Report]]:
    """Clean each document for itself; return the prints of what remains, and the reports that may have findings.

    Rows that are too short to be judged across documents are left out. `banding`: bands and rows a band, or None to
    leave the band keys for later (`band_keys_of`).
    """
    given = [document.text for document in documents]
    chunk, reports = _cleaned(documents, given, deduper)
    lines = _Lines(given, {number: report.text for number, report in reports.items() if report.changed})
    words = np.diff(chunk.starts)
    high, low = _keys(chunk.hashes, chunk.starts)
    owners = np.repeat(np.arange(len(given)), np.diff(chunk.documents))
    begins, ends = lines.begins, lines.ends
    # A size is never above the bytes of a text and one, so nothing is lost here that the judgement would look at.
    wanted = np.flatnonzero((words > 0) & (ends - begins + 1 >= SHORT))
    rows = np.zeros(len(wanted), ROW)
    rows["high"], rows["low"] = high[wanted], low[wanted]
    rows["document"] = owners[wanted]
    rows["number"] = wanted - chunk.documents[owners[wanted]]
    rows["words"] = words[wanted]
    rows["offset"], rows["length"] = begins[wanted], (ends - begins)[wanted]
    heads = begins[chunk.documents[:-1]]
    _place(rows, lines.data, heads, documents, reports, lines.odd)
    made = np.zeros(len(given), DOCUMENT)
    digests = b"".join(map(_digest, documents, lines.given))
    made["digest"] = np.frombuffer(digests, "V16")
    made["words"] = np.bincount(rows["document"], rows["words"], len(given))
    if any(document.url for document in documents):
        made["host"] = [host_of(document.url) for document in documents]
    made["points"] = np.fromiter(map(len, given), np.int64, len(given))
    made["lines"] = lines.counted(np.diff(chunk.documents))
    made["offset"] = heads
    made["length"] = ends[chunk.documents[1:] - 1] - heads
    made["high"], made["low"] = _document_keys(lines.blob, made)
    bands = None
    if banding is not None:
        bands = banded(chunk.hashes, chunk.starts[wanted], words[wanted], *banding)
    alone = np.ones(len(given), bool)
    alone[[*reports, *lines.odd]] = False
    return Fingerprints(rows, made, lines.blob, bands, alone), reports


def _cleaned(documents: Sequence[Item], texts: Sequence[str], deduper: Deduper) -> tuple[Shingles, dict[int, Report]]:
    """Return the shingles of what remains of documents, and the reports of those whose rows may be like each other.

    The gate of the deduper is asked here, with shingles that are needed anyway: what it holds back has no report.
    """
    least = min(deduper.options.jaccard, deduper.options.containment)
    parts: list[Shingles] = []
    passed: list[int] = []
    done = 0
    for part in chunks(texts):
        found = shingles(part)
        if len(found.starts) > len(found.documents):  # there are documents of more than one row
            passed += (candidate_documents(found, least) + done).tolist()
        parts.append(found)
        done += len(part)
    if deduper.options.remove_quoted_history:  # it goes from documents in which nothing repeats, too
        passed = sorted({*passed, *(number for number, text in enumerate(texts) if may_quote(text))})
    reports = dict(zip(passed, deduper.check_many([documents[number].document for number in passed]), strict=True))
    left = {number: report.text for number, report in reports.items() if report.changed}
    chunk = joined(parts)
    return (_replaced(chunk, left) if left else chunk), reports


def _replaced(chunk: Shingles, texts: Mapping[int, str]) -> Shingles:
    """Return the shingles of documents of which some, by number, have these texts now."""
    new = joined([shingles(part) for part in chunks(map(one_paragraph_a_line, texts.values()))])
    pieces: list[Shingles] = []
    done = 0
    for at, number in enumerate(texts):
        pieces += [_stretch(chunk, done, number), _stretch(new, at, at + 1)]
        done = number + 1
    return joined([*pieces, _stretch(chunk, done, len(chunk.documents) - 1)])


def _stretch(chunk: Shingles, first: int, stop: int) -> Shingles:
    """Return the shingles of the documents `first` to `stop`."""
    begin, end = int(chunk.documents[first]), int(chunk.documents[stop])
    start = int(chunk.starts[begin])
    return Shingles(
        chunk.hashes[start : int(chunk.starts[end])],
        chunk.starts[begin : end + 1] - start,
        chunk.documents[first : stop + 1] - begin,
    )


class _Lines:
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


def host_of(url: str) -> int:
    """Return 64 bits of the host in an address, 0 without one."""
    name = host(url)
    return _number(name.encode("utf-8", "surrogatepass")) if name else 0


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def lines_of(text: str) -> int:
    """Return how many lines a text has; an end of a line at its end opens none."""
    ends = text.count("\n")
    if "\r" in text:
        ends += text.count("\r") - text.count("\r\n")
    return max(1, ends + (not text.endswith(("\n", "\r"))))


def band_keys_of(texts: Sequence[str], number: int, rows: int) -> U64:
    """Return the band keys of paragraphs, one row a line each, uint64, shape (number, paragraphs)."""
    chunk = joined([shingles(part) for part in chunks(texts)])
    return banded(chunk.hashes, chunk.starts[:-1], np.diff(chunk.starts), number, rows)


def _keys(hashes: U32, starts: Ints) -> tuple[U64, U64]:
    """Return two independent hashes of each row's sequence of shingles: each word takes part in three of them."""
    high, low = np.empty(len(starts) - 1, np.uint64), np.empty(len(starts) - 1, np.uint64)
    first = 0
    while first < len(high):  # in stretches that stay in the cache
        stop = max(first + 1, int(np.searchsorted(starts, starts[first] + _CACHED, "right")) - 1)
        bounds = starts[first : stop + 1] - starts[first]
        places = np.arange(bounds[-1], dtype=np.uint64)
        places -= np.repeat(bounds[:-1], np.diff(bounds)).view(np.uint64)
        places <<= HALF
        places |= hashes[starts[first] : starts[stop]]
        high[first:stop] = _summed(places, M1, M2, bounds)
        low[first:stop] = _summed(places, M3, M4, bounds)
        first = stop
    return high, low


def _summed(terms: U64, one: np.uint64, other: np.uint64, starts: Ints) -> U64:
    mixed = terms * one
    mixed ^= mixed >> HALF
    mixed *= other
    mixed ^= mixed >> np.uint64(29)
    mixed *= one
    sums = np.zeros(len(mixed) + 1, np.uint64)
    np.cumsum(mixed, out=sums[1:])
    return sums[starts[1:]] - sums[starts[:-1]]


def _document_keys(texts: bytes, made: np.ndarray) -> tuple[U64, U64]:
    """Return 128 bits of each document's text as it remains."""
    begins, lengths = made["offset"].tolist(), made["length"].tolist()
    whole = memoryview(texts)
    digests = b"".join(
        hashlib.blake2b(whole[begin : begin + length], digest_size=16).digest()
        for begin, length in zip(begins, lengths, strict=True)
    )
    pairs = np.frombuffer(digests, "<u8").reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _place(
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
