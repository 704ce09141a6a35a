"""Turn documents into the batch that an index adds or looks up, and number its paragraphs as those of the index."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe._places import as_text, host
from dedupe.index.protocol import IndexBatch, Occurrence, Store, StoredDocument
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


def number_paragraphs(store: Store, batch: IndexBatch, first: int) -> tuple[dict[int, int], Ints]:
    """Return the number in the index of each paragraph of a batch, and the positions of new ones, int64.

    New paragraphs are numbered from `first`; equal ones in the batch get one number.
    """
    numbers = _stored_numbers(store, batch)
    texts = batch.texts if store.spec.texts else None
    seen: dict[tuple[int, bytes, str], int] = {}
    new: list[int] = []
    for position in np.flatnonzero(numbers < 0).tolist():
        text = texts[position] if texts is not None else ""
        identity = (int(batch.keys[position, 0]), batch.shingles(position).tobytes(), text)
        number = seen.get(identity)
        if number is None:
            number = seen[identity] = first + len(new)
            new.append(position)
        numbers[position] = number
    return dict(enumerate(numbers.tolist())), np.array(new, np.int64)


def assign_owners(
    documents: Sequence[StoredDocument], first: int, new: range
) -> tuple[dict[int, int], list[tuple[int, int]]]:
    """Return the first document of each new paragraph, and all other (paragraph, document) pairs.

    `first`: the number of the first document. `new`: the numbers of new paragraphs.
    """
    first_owners: dict[int, int] = {}
    later_owners: list[tuple[int, int]] = []
    for owner, document in enumerate(documents, first):
        for number in document.paragraphs:
            if number in new and number not in first_owners:
                first_owners[number] = owner
            else:
                later_owners.append((number, owner))
    return first_owners, later_owners


def _stored_numbers(store: Store, batch: IndexBatch) -> Ints:
    """Return the number of the equal stored paragraph for each paragraph of a batch, or -1; int64."""
    numbers = np.full(len(batch.keys), -1, np.int64)
    queries, candidates = store.propose(batch.keys[:, :1])
    stored = store.paragraphs(sorted(set(candidates.tolist())))
    for position, number in zip(queries.tolist(), candidates.tolist(), strict=True):
        paragraph = stored.get(number)
        if numbers[position] < 0 and paragraph is not None:
            same_text = not store.spec.texts or batch.texts is None or batch.texts[position] == paragraph.text
            if same_text and np.array_equal(batch.shingles(position), paragraph.shingles):
                numbers[position] = number
    return numbers
