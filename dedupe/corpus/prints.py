"""Fingerprints: what is known of each paragraph and document of a chunk, and all that is shuffled of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import U8, U32, U64, Ints
from dedupe.deduper import Deduper
from dedupe.judgement.context import SHORT
from dedupe.minhash import band_keys, signatures
from dedupe.model import Document, Paragraph, Report
from dedupe.paragraphs import one_row_a_line, split
from dedupe.shingles import HALF, M1, M2, M3, M4, chunks, joined, shingles
from dedupe.similarity import elements_of

CHUNK = 1 << 22
"""Characters of documents that are fingerprinted together: signatures of rows of one length share a tile."""

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
        ("high", "<u8"),  # 128 bits of the canonical words of all its rows; 0 for a text without words
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
class Prints:
    """A chunk of documents, cleaned each for itself, and the paragraphs that are compared with other documents'.

    `rows`: `ROW`, shape (rows,), in order of document and place. `documents`: `DOCUMENT`, shape (documents,). `texts`:
    the texts as they remain, a row a line, in UTF-8. `bands`: uint64, shape (bands, rows), or None.
    """

    rows: np.ndarray
    documents: np.ndarray
    texts: bytes
    bands: U64 | None


def digest(document: Document) -> bytes:
    """Return 128 bits of a document's id, date and text."""
    parts = (document.id, document.date, document.text)
    hashed = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hashed.update(len(data).to_bytes(8, "little") + data)
    return hashed.digest()


def fingerprint(
    documents: Sequence[Document], deduper: Deduper, banding: tuple[int, int] | None
) -> tuple[Prints, list[Report]]:
    """Clean each document for itself; return the prints of what remains, and the reports.

    Rows that are too short to be judged across documents are left out. `banding`: bands and rows a band, or None to
    leave the band keys for later (`band_keys_of`).
    """
    reports = list(deduper.check_many(documents))
    texts = [one_row_a_line(report.text) for report in reports]
    chunk = joined([shingles(part) for part in chunks(texts)])
    blob = ("\n".join(texts) + "\n").encode("utf-8", "surrogatepass") if texts else b""
    data = np.frombuffer(blob, np.uint8)
    ends = np.flatnonzero(data == 10)
    begins = np.append(0, ends[:-1] + 1)
    words = np.diff(chunk.starts)
    high, low = _keys(chunk.hashes, chunk.starts)
    owners = np.repeat(np.arange(len(texts)), np.diff(chunk.documents))
    # A size is never above the bytes of a text and one, so nothing is lost here that the judgement would look at.
    wanted = np.flatnonzero((words > 0) & (ends - begins + 1 >= SHORT))
    rows = np.zeros(len(wanted), ROW)
    rows["high"], rows["low"] = high[wanted], low[wanted]
    rows["document"] = owners[wanted]
    rows["number"] = wanted - chunk.documents[owners[wanted]]
    rows["words"] = words[wanted]
    rows["offset"], rows["length"] = begins[wanted], (ends - begins)[wanted]
    odd = [at for at, report in enumerate(reports) if report.changed or texts[at] is not report.text]
    _place(rows, data, begins[chunk.documents[:-1]] if texts else begins[:0], reports, odd)
    made = np.zeros(len(texts), DOCUMENT)
    made["digest"] = np.frombuffer(b"".join(map(digest, documents)), "V16")
    made["words"] = np.bincount(rows["document"], rows["words"], len(texts))
    made["host"] = [host_of(document.url) for document in documents]
    made["points"] = [len(document.text) for document in documents]
    made["lines"] = [lines_of(document.text) for document in documents]
    made["offset"] = begins[chunk.documents[:-1]] if texts else 0
    made["length"] = ends[chunk.documents[1:] - 1] - made["offset"].astype(np.int64) if texts else 0
    filled = np.flatnonzero(words)
    made["high"], made["low"] = _document_keys(high[filled], low[filled], owners[filled], len(texts))
    bands = None
    if banding is not None:
        lengths = np.append(0, np.cumsum(words[wanted]))
        bands = _band_keys(chunk.hashes[elements_of(chunk.starts, wanted)], lengths, *banding)
    return Prints(rows, made, blob, bands), reports


def host_of(url: str) -> int:
    """Return 64 bits of the host in an address, 0 without one."""
    name = url.partition("://")[2].partition("/")[0].rpartition("@")[2].lower()
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") if name else 0


def lines_of(text: str) -> int:
    """Return how many lines a text has; an end of a line at its end opens none."""
    ends = text.count("\n")
    if "\r" in text:
        ends += text.count("\r") - text.count("\r\n")
    return max(1, ends + (not text.endswith(("\n", "\r"))))


def order_of(document: Document, words: int, first: str, prefer: Sequence[str], known: bytes) -> bytes:
    """Return what decides, compared as bytes, which of two documents is the original: the lesser one.

    Preferred sources go before all others; then date and id decide, or id and date, or the number of compared words;
    what is equal in all of them is told apart by the text. `known`: the document's digest.
    """
    named = f"{document.url} {document.id}"
    rank = next((place for place, text in enumerate(prefer) if text in named), len(prefer))
    keys = [document.id, document.date] if first == "id" else [document.date, document.id]
    if first == "longest":
        keys.insert(0, f"{0xFFFFFFFF - words:010d}")
    return "\0".join([f"{rank:04d}", *keys, known.hex()]).encode("utf-8", "surrogatepass")


def band_keys_of(texts: Sequence[str], number: int, rows: int) -> U64:
    """Return the band keys of paragraphs, one row a line each, uint64, shape (number, paragraphs)."""
    chunk = joined([shingles(part) for part in chunks(texts)])
    return _band_keys(chunk.hashes, chunk.starts, number, rows)


def _band_keys(hashes: U32, starts: Ints, number: int, rows: int) -> U64:
    count = len(starts) - 1
    return band_keys(signatures(hashes, starts, number * rows), number, rows, np.zeros(count, np.uint64))


def _keys(hashes: U32, starts: Ints) -> tuple[U64, U64]:
    """Return two independent hashes of each row's sequence of shingles: each word takes part in three of them."""
    lengths = np.diff(starts)
    places = np.arange(len(hashes), dtype=np.uint64) - np.repeat(starts[:-1], lengths).astype(np.uint64)
    terms = hashes | places << HALF
    return _summed(terms, M1, M2, starts), _summed(terms, M3, M4, starts)


def _summed(terms: U64, one: np.uint64, other: np.uint64, starts: Ints) -> U64:
    mixed = terms * one
    mixed ^= mixed >> HALF
    mixed *= other
    mixed ^= mixed >> np.uint64(29)
    mixed *= one
    sums = np.append(np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64))
    return sums[starts[1:]] - sums[starts[:-1]]


def _document_keys(high: U64, low: U64, owners: Ints, count: int) -> tuple[U64, U64]:
    starts = np.searchsorted(owners, np.arange(count + 1))
    places = np.arange(len(owners), dtype=np.uint64) - starts[owners].astype(np.uint64)
    return _summed(high + places * M3, M1, M2, starts), _summed(low + places * M1, M3, M4, starts)


def _place(rows: np.ndarray, data: U8, begins: Ints, reports: Sequence[Report], odd: Sequence[int]) -> None:
    """Fill in where the rows stand in the texts as given.

    `odd`: the documents whose rows are no lines of them.
    """
    starts = rows["offset"].astype(np.int64)
    stops = starts + rows["length"]
    origins = begins[rows["document"]]
    if (data > 127).any():  # offsets count code points, of which only the first byte counts
        points = np.append(0, np.cumsum((data & 0xC0) != 0x80))
        starts, stops, origins = points[starts], points[stops], points[origins]
    rows["start"], rows["stop"] = starts - origins, stops - origins
    rows["first"] = rows["last"] = rows["number"] + 1
    edges = np.searchsorted(rows["document"], np.arange(len(reports) + 1))
    for number in odd:
        mine = rows[edges[number] : edges[number + 1]]
        if len(mine):
            places = remaining(reports[number])
            chosen = [places[one] for one in mine["number"].tolist()]
            mine["start"], mine["stop"] = [one.start for one in chosen], [one.stop for one in chosen]
            mine["first"], mine["last"] = [one.first_line for one in chosen], [one.last_line for one in chosen]


def remaining(report: Report) -> dict[int, Paragraph]:
    """Return where the rows of the text as it remains, by number, stand in the text as given; not the blank ones."""
    text, left = report.document.text, report.text
    starts = {cut.start: cut.end for cut in report.cuts}
    stay = []
    for row in split(text):
        gone = any(begin <= row.start < end for begin, end in starts.items())
        if not gone and text[row.start : row.stop].strip():
            stay.append(row)
    numbers = [row.number for row in split(left) if left[row.start : row.stop].strip()]
    return dict(zip(numbers, stay, strict=True))
