"""From documents to sheets: what a store takes in and what it is asked for, computed the same way."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe._places import as_text, host
from dedupe.index.protocol import IndexBatch, Occurrence, StoredDocument
from dedupe.index.spec import UNBANDED, IndexSpec
from dedupe.matching.minhash import band_keys, signatures
from dedupe.matching.similarity import elements_of
from dedupe.model import Document
from dedupe.text.paragraphs import placed
from dedupe.text.shingles import HALF, M1, M2, M3, chunks, joined, shingles


def index_batch(
    documents: Sequence[Document],
    spec: IndexSpec,
    *,
    added: int = 0,
    gone: Sequence[Collection[int]] | None = None,
    once: bool = True,
) -> IndexBatch:
    """Return the sheet of documents: a row for each paragraph that has words; `once` in each document, or each time.

    `gone`: for each document where those begin, in its source, that it says twice; they are left out, and so is what a
    message quotes of an earlier one. `added`: seconds since 1970.
    """
    chunk = joined([shingles(texts) for texts in chunks(document.text for document in documents)])
    marks = paragraph_keys(chunk.hashes, chunk.starts).tolist()
    rows: list[int] = []
    texts: list[str] = []
    entries = []
    for number, document in enumerate(documents):
        left = frozenset(gone[number]) if gone else frozenset()
        places: list[Occurrence] = []
        seen: set[int] = set()
        first = int(chunk.documents[number])
        roles = document.layout.roles if document.layout else ()
        for position, (paragraph, home) in enumerate(placed(document)):
            row = first + paragraph.number
            if chunk.starts[row] == chunk.starts[row + 1] or (once and marks[row] in seen):
                continue
            if home.start in left or (roles and roles[position] == "history"):
                continue
            seen.add(marks[row])
            places.append(Occurrence(len(rows), home.first_line, home.last_line, home.start, home.stop, True))
            rows.append(row)
            texts.append(document.text[paragraph.start : paragraph.stop])
        entries.append(StoredDocument(name(document.id), host(document.url), document.date, added, tuple(places)))
    taken = np.array(rows, np.int64)
    starts = np.append(0, np.cumsum(chunk.starts[taken + 1] - chunk.starts[taken])) if rows else np.zeros(1, np.int64)
    hashes = chunk.hashes[elements_of(chunk.starts, taken)] if rows else np.zeros(0, np.uint32)
    return IndexBatch(entries, hashes, starts, keys(hashes, starts, spec), texts)


def name(identity: str) -> str:
    """Return a document's id as it is kept: names of files may hold bytes that are no text."""
    return as_text(identity).replace("\0", "\\x00")


def paragraph_keys(hashes: U32, starts: Ints) -> U64:
    """Return a hash of each row's whole sequence of shingles, uint64; 0 for a row without any."""
    lengths = np.diff(starts)
    result = np.zeros(len(lengths), np.uint64)
    filled = np.flatnonzero(lengths)
    if len(filled):
        offsets = (np.arange(len(hashes)) - np.repeat(starts[:-1], lengths)).astype(np.uint64)
        terms = (hashes | offsets << HALF) * M1
        terms ^= terms >> HALF
        terms *= M2
        sums = np.add.reduceat(terms, starts[filled]) * M3
        result[filled] = (sums ^ sums >> HALF) * M1
    return result


def keys(hashes: U32, starts: Ints, spec: IndexSpec) -> U64:
    """Return the print and the band keys of each row, uint64, shape (rows, 1 + bands); unbanded, the signature."""
    values = signatures(hashes, starts, spec.permutations, spec.seed)
    salts = np.zeros(len(values), np.uint64)
    result: U64 = np.empty((len(values), 1 + spec.bands), np.uint64)
    result[:, 0] = paragraph_keys(hashes, starts)
    banded = spec.rows != UNBANDED
    result[:, 1:] = band_keys(values, spec.bands, spec.rows, salts).T if banded else values
    return result
