"""Fingerprints: what is known of each paragraph and document of a chunk, and all that is shuffled of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U32, U64, Bools, Ints
from dedupe._places import host
from dedupe.corpus._parts import Item
from dedupe.corpus._remaining import Lines, fill_positions
from dedupe.deduper import Deduper
from dedupe.judge.content import SHORT
from dedupe.matching.match import candidate_documents
from dedupe.matching.minhash import banded
from dedupe.model import Document, Report
from dedupe.text.paragraphs import one_paragraph_a_line
from dedupe.text.quoting import may_quote
from dedupe.text.shingles import HALF, M1, M2, M3, M4, Shingles, chunks, joined, shingles

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
    lines = Lines(given, {number: report.text for number, report in reports.items() if report.changed})
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
    fill_positions(rows, lines.data, heads, documents, reports, lines.odd)
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


def host_of(url: str) -> int:
    """Return 64 bits of the host in an address, 0 without one."""
    name = host(url)
    return _number(name.encode("utf-8", "surrogatepass")) if name else 0


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


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
