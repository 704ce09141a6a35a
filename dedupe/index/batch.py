"""Turn documents into the batch that an index adds or looks up."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe._places import as_text, host
from dedupe.index.protocol import IndexBatch, Occurrence, StoredDocument
from dedupe.index.spec import SIGNATURES, IndexSpec
from dedupe.matching.minhash import signatures
from dedupe.matching.runs import ASKED_SHARE, run_keys
from dedupe.matching.similarity import elements_of
from dedupe.model import Document
from dedupe.text.paragraphs import placed
from dedupe.text.shingles import joined, shingles
from dedupe.text.words import HALF, M1, M2, M3, chunks


def index_batch(
    documents: Sequence[Document],
    spec: IndexSpec,
    *,
    added: int = 0,
    removed: Sequence[Collection[int]] | None = None,
    repeats: bool = False,
) -> IndexBatch:
    """Return the batch of documents: their paragraphs that have words and are not quoted history.

    `removed`: for each document the starts, in its source, of paragraphs to leave out. `repeats`: keep a paragraph that
    repeats an earlier one of its document. `added`: seconds since 1970.
    """
    chunk = joined([shingles(texts) for texts in chunks(document.text for document in documents)])
    identities = sequence_hashes(chunk.hashes, chunk.starts).tolist()
    chosen: list[int] = []
    texts: list[str] = []
    stored = []
    for number, document in enumerate(documents):
        left_out = frozenset(removed[number]) if removed else frozenset()
        occurrences: list[Occurrence] = []
        seen: set[int] = set()
        first = int(chunk.documents[number])
        roles = document.layout.roles if document.layout else ()
        for position, (paragraph, source) in enumerate(placed(document)):
            shingled = first + paragraph.number
            if chunk.starts[shingled] == chunk.starts[shingled + 1] or (not repeats and identities[shingled] in seen):
                continue
            if source.start in left_out or (roles and roles[position] == "history"):
                continue
            seen.add(identities[shingled])
            lines = source.first_line, source.last_line
            occurrences.append(Occurrence(len(chosen), *lines, source.start, source.stop, True))
            chosen.append(shingled)
            texts.append(document.text[paragraph.start : paragraph.stop])
        identity = stored_id(document.id)
        stored.append(StoredDocument(identity, host(document.url), document.date, added, tuple(occurrences)))
    positions = np.array(chosen, np.int64)
    starts = np.append(0, np.cumsum(chunk.starts[positions + 1] - chunk.starts[positions]))
    hashes = chunk.hashes[elements_of(chunk.starts, positions)] if chosen else np.zeros(0, np.uint32)
    return IndexBatch(stored, hashes, starts, index_keys(hashes, starts, spec), texts)


def stored_id(identity: str) -> str:
    """Return a document's id as an index stores it; names of files may hold bytes that are no text."""
    return as_text(identity).replace("\0", "\\x00")


def sequence_hashes(hashes: U32, starts: Ints) -> U64:
    """Return a hash of all shingles of each paragraph in order, uint64; 0 for a paragraph without any."""
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


def index_keys(hashes: U32, starts: Ints, spec: IndexSpec) -> U64:
    """Return the sequence hash and the keys of each paragraph, uint64, shape (paragraphs, 1 + keys).

    These are the keys that a query asks for; the first `spec.keys` of them are stored. An index of signatures has whole
    signatures in their place, and stores all of them.
    """
    if spec.run == SIGNATURES:
        keys = signatures(hashes, starts, spec.keys, spec.seed).astype(np.uint64)
    else:
        keys = run_keys(hashes, starts, ASKED_SHARE * spec.keys, spec.run, spec.seed)
    return np.column_stack([sequence_hashes(hashes, starts), keys])
