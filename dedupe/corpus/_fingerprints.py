"""Fingerprint the paragraphs and documents of a chunk: keys, positions, band keys, order keys."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U8, U32, U64, Bools, Ints
from dedupe._places import host
from dedupe.corpus._cleaning import clean_alone, replace_texts, without_failing
from dedupe.corpus._parts import Item
from dedupe.corpus._remaining import Lines, fill_positions
from dedupe.deduper import Deduper
from dedupe.judge.content import SHORT
from dedupe.matching.minhash import banded
from dedupe.matching.sketches import sketches
from dedupe.model import Document, Report
from dedupe.text.paragraphs import one_paragraph_a_line
from dedupe.text.words import HALF, M1, M2, M3, M4

CHUNK_CHARACTERS = 1 << 22
"""Characters of documents that are fingerprinted together: signatures of paragraphs of one length share a tile."""

_EMPTY_HASH = hashlib.blake2b(digest_size=16)

_CACHED_WORDS = 1 << 14
"""Words whose hashes are summed at a time: they stay in the cache."""

PARAGRAPH = np.dtype(
    [
        ("high", "<u8"),  # the paragraph's key: 128 bits of its canonical words
        ("low", "<u8"),
        ("document", "<u4"),  # number of its document in the chunk or part
        ("number", "<u4"),  # its number in the remaining text
        ("words", "<u4"),
        ("start", "<u4"),  # its position in the text as given, in code points
        ("stop", "<u4"),
        ("first", "<u4"),  # its lines there, from 1
        ("last", "<u4"),
        ("length", "<u4"),  # bytes of its text
        ("offset", "<u8"),  # position of its text in the texts, in bytes
    ]
)
"""A paragraph: 56 bytes."""

DOCUMENT = np.dtype(
    [
        ("digest", "V16"),  # of id, date and text as given
        ("host", "<u8"),  # of its address, hashed; 0 without one
        ("high", "<u8"),  # 128 bits of its remaining text, a paragraph a line
        ("low", "<u8"),
        ("words", "<u4"),  # in the paragraphs that are compared
        ("points", "<u4"),  # code points of its text as given
        ("lines", "<u4"),
        ("length", "<u4"),  # bytes of its remaining text
        ("offset", "<u8"),
    ]
)
"""A document: 64 bytes."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """A chunk of documents, each cleaned alone, and their paragraphs that are compared with other documents.

    `paragraphs`: `PARAGRAPH`, shape (paragraphs,), in the order of documents and positions. `documents`: `DOCUMENT`,
    shape (documents,). `texts`: the remaining texts, a paragraph a line, in UTF-8. `bands`: uint64, shape (bands,
    paragraphs), and `sketches`: as `matching.sketches` makes them, or None for both. `alone`: bool, shape (documents,),
    true if the paragraphs are lines and none is similar to another one of the document.
    """

    paragraphs: np.ndarray
    documents: np.ndarray
    texts: bytes
    bands: U64 | None
    sketches: U8 | None
    alone: Bools


def digest(document: Document | Item) -> bytes:
    """Return 128 bits of a document's id, date and text."""
    return _digest(document, document.text.encode("utf-8", "surrogatepass"))


def _digest(document: Document | Item, text: bytes) -> bytes:
    id_, date = document.id, document.date
    hashed = _EMPTY_HASH.copy()
    hashed.update(f"{len(id_)} {len(date)} {id_}{date}".encode("utf-8", "surrogatepass") + text)
    return hashed.digest()


def fingerprint(
    documents: Sequence[Item], deduper: Deduper, banding: tuple[int, int] | None
) -> tuple[Fingerprints, dict[int, Report]]:
    """Clean each document alone; return the fingerprints of the remaining texts, and reports that may have findings.

    Paragraphs that are too short to be judged across documents are left out. `banding`: the number of bands and of
    values in a band, or None to leave out band keys and sketches.
    """
    texts = [document.text for document in documents]
    chunk, reports = clean_alone(
        documents, deduper.options, lambda some: deduper.check_many(item.document for item in some)
    )
    cleaned = {number: one_paragraph_a_line(report.text) for number, report in reports.items() if report.changed}
    chunk = replace_texts(chunk, cleaned)
    lines = Lines(texts, cleaned)
    word_counts = np.diff(chunk.starts)
    high, low = _paragraph_keys(chunk.hashes, chunk.starts)
    owners = np.repeat(np.arange(len(texts)), np.diff(chunk.documents))
    begins, ends = lines.begins, lines.ends
    # A size is at most the bytes of a text and one, so this leaves out nothing that would be judged.
    wanted = np.flatnonzero((word_counts > 0) & (ends - begins + 1 >= SHORT))
    paragraphs = np.zeros(len(wanted), PARAGRAPH)
    paragraphs["high"], paragraphs["low"] = high[wanted], low[wanted]
    paragraphs["document"] = owners[wanted]
    paragraphs["number"] = wanted - chunk.documents[owners[wanted]]
    paragraphs["words"] = word_counts[wanted]
    paragraphs["offset"], paragraphs["length"] = begins[wanted], (ends - begins)[wanted]
    document_begins = begins[chunk.documents[:-1]]
    fill_positions(paragraphs, lines.data, document_begins, documents, reports, lines.irregular)
    table = np.zeros(len(texts), DOCUMENT)
    digests = b"".join(map(_digest, documents, lines.encoded))
    table["digest"] = np.frombuffer(digests, "V16")
    table["words"] = np.bincount(paragraphs["document"], paragraphs["words"], len(texts))
    if any(document.url for document in documents):
        table["host"] = [host_of(document.url) for document in documents]
    table["points"] = np.fromiter(map(len, texts), np.int64, len(texts))
    table["lines"] = lines.line_counts(np.diff(chunk.documents))
    table["offset"] = document_begins
    table["length"] = ends[chunk.documents[1:] - 1] - document_begins
    table["high"], table["low"] = _document_keys(lines.blob, table)
    bands = paragraph_sketches = None
    if banding is not None:
        bands = banded(chunk.hashes, chunk.starts[wanted], word_counts[wanted], *banding)
        paragraph_sketches = sketches(chunk.hashes, chunk.starts, wanted)
    alone = np.ones(len(texts), bool)
    alone[[*reports, *lines.irregular]] = False
    return Fingerprints(paragraphs, table, lines.blob, bands, paragraph_sketches, alone), reports


def fingerprint_safely(
    documents: Sequence[Item], deduper: Deduper, banding: tuple[int, int] | None
) -> tuple[Fingerprints, dict[int, Report], dict[int, str]]:
    """Fingerprint documents; treat one that fails, or takes too much memory, as one without text.

    Returns the fingerprints and reports of `fingerprint`, and a sentence about each such document, by number.
    """
    fingerprints, reports, problems = without_failing(documents, lambda some: fingerprint(some, deduper, banding))
    for number in problems:
        fingerprints.documents["digest"][number] = np.frombuffer(digest(documents[number]), "V16")[0]
    return fingerprints, reports, problems


def host_of(url: str) -> int:
    """Return a 64-bit hash of the host in a URL, 0 without one."""
    name = host(url)
    return _hash64(name.encode("utf-8", "surrogatepass")) if name else 0


def _hash64(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def _paragraph_keys(hashes: U32, starts: Ints) -> tuple[U64, U64]:
    """Return two independent 64-bit hashes of the sequence of shingles of each paragraph."""
    high, low = np.empty(len(starts) - 1, np.uint64), np.empty(len(starts) - 1, np.uint64)
    first = 0
    while first < len(high):  # a few at a time, so that the arrays stay in the cache
        stop = max(first + 1, int(np.searchsorted(starts, starts[first] + _CACHED_WORDS, "right")) - 1)
        bounds = starts[first : stop + 1] - starts[first]
        terms = np.arange(bounds[-1], dtype=np.uint64)
        terms -= np.repeat(bounds[:-1], np.diff(bounds)).view(np.uint64)
        terms <<= HALF
        terms |= hashes[starts[first] : starts[stop]]
        high[first:stop] = _mixed_sums(terms, M1, M2, bounds)
        low[first:stop] = _mixed_sums(terms, M3, M4, bounds)
        first = stop
    return high, low


def _mixed_sums(terms: U64, factor: np.uint64, other_factor: np.uint64, starts: Ints) -> U64:
    """Return the sums of the mixed terms of each paragraph, modulo 2**64."""
    mixed = terms * factor
    mixed ^= mixed >> HALF
    mixed *= other_factor
    mixed ^= mixed >> np.uint64(29)
    mixed *= factor
    sums = np.zeros(len(mixed) + 1, np.uint64)
    np.cumsum(mixed, out=sums[1:])
    return sums[starts[1:]] - sums[starts[:-1]]


def _document_keys(texts: bytes, table: np.ndarray) -> tuple[U64, U64]:
    """Return a 128-bit hash of the remaining text of each document, as two columns."""
    begins, lengths = table["offset"].tolist(), table["length"].tolist()
    whole = memoryview(texts)
    digests = b"".join(
        hashlib.blake2b(whole[begin : begin + length], digest_size=16).digest()
        for begin, length in zip(begins, lengths, strict=True)
    )
    pairs = np.frombuffer(digests, "<u8").reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def order_of(document: Item, word_count: int, first: str, prefer: Sequence[str], digest: str) -> bytes:
    """Return the order key of a document.

    Preferred sources come first; then date and id decide, or id and date, or the number of compared words, more first.
    The digest, hexadecimal, decides between documents that are equal in all of these.
    """
    rank = 0
    if prefer:
        source = f"{document.url} {document.id}"
        rank = next((position for position, text in enumerate(prefer) if text in source), len(prefer))
    keys = f"{document.id}\0{document.date}" if first == "id" else f"{document.date}\0{document.id}"
    if first == "longest":
        keys = f"{0xFFFFFFFF - word_count:010d}\0{keys}"
    return f"{rank:04d}\0{keys}\0{digest}".encode("utf-8", "surrogatepass")


def orders_of(documents: Sequence[Item], table: np.ndarray, first: str, prefer: Sequence[str]) -> list[bytes]:
    """Return the order keys of documents; `table`: their `DOCUMENT` records."""
    joined_digests = table["digest"].tobytes().hex()
    digests = [joined_digests[start : start + 32] for start in range(0, len(joined_digests), 32)]
    if first == "date" and not prefer:  # what `order_of` returns then
        pairs = zip(documents, digests, strict=True)
        orders = [f"0000\0{document.date}\0{document.id}\0{digest}" for document, digest in pairs]
        return [order.encode("utf-8", "surrogatepass") for order in orders]
    word_counts = table["words"].tolist()
    each = zip(documents, word_counts, digests, strict=True)
    return [order_of(document, word_count, first, prefer, digest) for document, word_count, digest in each]
