"""Merge, expire and verify indexes of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from dedupe._arrays import U64, Bools, Ints
from dedupe._places import lines_named
from dedupe.errors import InputError
from dedupe.index.batch import index_keys
from dedupe.index.protocol import MAX_OCCURRENCES, IndexBatch, Store, StoredDocument, StoredParagraph
from dedupe.index.spec import SIGNATURES
from dedupe.matching.proposer import MOST_ALIKE
from dedupe.matching.runs import NO_KEY
from dedupe.text.shingles import shingles

BATCH_DOCUMENTS = 256
"""Documents that are read, added or removed at once."""


def merge(into: Store, other: Store) -> int:
    """Add every document of another index and return how many; of equal ids that one's replaces.

    Raise `InputError` when the settings of the two differ, or when only the first keeps texts.
    """
    differences = into.spec.differences(other.spec)
    if differences:
        raise InputError(other.where, f"is incompatible with {into.where}: {differences}; build one of them anew")
    if into.spec.texts and not other.spec.texts:
        raise InputError(other.where, f"keeps no texts, which {into.where} does; build one of them anew")
    count = 0
    for documents in _batches(other):
        count += len(documents)
        into.add(export(other, documents))
    return count


def expire(store: Store, before: int, *, by_last_seen: bool = False) -> int:
    """Remove documents that were added, or last seen, before a time, in seconds since 1970, and return how many."""
    count = 0
    ids = [one.id for one in store.documents() if (one.last_seen if by_last_seen else one.added) < before]
    for first in range(0, len(ids), BATCH_DOCUMENTS):
        count += store.remove(ids[first : first + BATCH_DOCUMENTS])
    return count


def problems(store: Store) -> Iterator[str]:
    """Yield a sentence for each error in an index."""
    yield from store.problems()
    for documents in _batches(store):
        stored = _paragraphs(store, documents)
        yield from _document_problems(store, documents, stored)
        yield from _paragraph_problems(store, stored)


def _document_problems(
    store: Store, documents: Sequence[StoredDocument], stored: Mapping[int, StoredParagraph]
) -> Iterator[str]:
    """Yield a sentence for each paragraph of a document that the index lacks, or that lacks the document."""
    occurrences = store.occurrences(list(stored), 1 << 62)
    for document in documents:
        missing = sum(one.paragraph not in stored for one in document.occurrences)
        if missing:
            yield f"{document.id}: {missing} of its {len(document.occurrences)} paragraphs are missing; add it again"
        for occurrence in document.occurrences:
            found = occurrences.get(occurrence.paragraph, [])
            listed = len(found) >= MAX_OCCURRENCES or any(one.id == document.id for one, _ in found)
            if occurrence.paragraph in stored and not listed:
                lines = lines_named((occurrence.first_line, occurrence.last_line))
                yield f"{document.id}: does not stand at its paragraph in {lines}; add it again"


def _paragraph_problems(store: Store, stored: Mapping[int, StoredParagraph]) -> Iterator[str]:
    """Yield a sentence for each paragraph that its own keys do not find, or whose text has other shingles."""
    keys = _batch(store, (), stored).keys
    numbers = np.array(list(stored), np.int64)
    found = _finds_all(store, keys[:, :1], numbers)
    if store.spec.run == SIGNATURES:
        found &= _finds_all(store, keys[:, 1:], numbers)
    else:
        each = keys[:, 1 : 1 + store.spec.keys]
        found &= _finds_all(store, each.reshape(-1, 1), numbers.repeat(each.shape[1])).reshape(each.shape).all(axis=1)
    for is_found, (number, paragraph) in zip(found.tolist(), stored.items(), strict=True):
        if not is_found:
            yield f"paragraph {number}: cannot be found by its words; build the index anew"
        line = (paragraph.text or "").replace("\r", " ").replace("\n", " ")
        if store.spec.texts and not np.array_equal(shingles([line]).hashes, paragraph.shingles):
            yield f"paragraph {number}: its text is not what its shingles are of; build the index anew"


def _finds_all(store: Store, keys: U64, numbers: Ints) -> Bools:
    """Say for each query whether its own paragraph is proposed, or may stand behind those of a full bucket."""
    queries, paragraphs = store.propose(keys)
    found: Bools = np.bincount(queries, minlength=len(keys)) >= MOST_ALIKE
    found[queries[paragraphs == numbers[queries]]] = True
    found |= keys[:, 0] == NO_KEY
    return found


def export(store: Store, documents: Sequence[StoredDocument]) -> IndexBatch:
    """Return documents of an index as a batch for another one, without paragraphs that the index lacks."""
    stored = _paragraphs(store, documents)
    positions = {number: position for position, number in enumerate(stored)}
    return _batch(store, [document.renumber(positions) for document in documents], stored)


def _batch(store: Store, documents: Sequence[StoredDocument], stored: Mapping[int, StoredParagraph]) -> IndexBatch:
    hashes = np.concatenate([np.zeros(0, np.uint32), *(paragraph.shingles for paragraph in stored.values())])
    starts = np.cumsum([0, *(len(paragraph.shingles) for paragraph in stored.values())])
    texts = [paragraph.text or "" for paragraph in stored.values()] if store.spec.texts else None
    return IndexBatch(documents, hashes, starts, index_keys(hashes, starts, store.spec), texts)


def _paragraphs(store: Store, documents: Sequence[StoredDocument]) -> dict[int, StoredParagraph]:
    """Return the stored paragraphs of documents, in the order of their numbers."""
    numbers = sorted({number for document in documents for number in document.paragraphs})
    return dict(sorted(store.paragraphs(numbers).items()))


def _batches(store: Store) -> Iterator[list[StoredDocument]]:
    stream = store.documents()
    while batch := list(islice(stream, BATCH_DOCUMENTS)):
        yield batch
