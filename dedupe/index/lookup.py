"""Look paragraphs up in an index: verify by exact counts what it proposes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedupe._arrays import Ints
from dedupe.index.batch import index_keys
from dedupe.index.protocol import MAX_OCCURRENCES, IndexBatch, Occurrence, Store, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec
from dedupe.matching.similarity import shared_shingles


@dataclass(frozen=True, slots=True)
class IndexHit:
    """A paragraph of the index that is similar to a query, and its occurrences.

    `jaccard` and `missing_shingles` (distinct shingles of the query that it lacks) are exact. `same`: all shingles are
    equal, in order. `text`: None if the index keeps no texts. `documents`: in how many documents of the index it is; of
    more than `MAX_OCCURRENCES` not all are in `occurrences`.
    """

    jaccard: float
    missing_shingles: int
    same: bool
    text: str | None
    occurrences: tuple[tuple[StoredDocument, Occurrence], ...]
    documents: int


@dataclass(frozen=True, slots=True)
class IndexState:
    """An index as it was when its next document had the number `before`."""

    store: Store
    before: int


def look_up_all(states: Sequence[IndexState], batch: IndexBatch, jaccard: float) -> list[list[IndexHit]]:
    """Return the hits of each paragraph of a batch in several indexes, as if one had the paragraphs of all.

    The most similar come first. The document with the id of the query's own is left out. A paragraph with an equal one
    that stays in its document gets no similar ones. The batch was made with the settings of the first index; those of
    the others may differ.
    """
    hits: list[list[IndexHit]] = [[] for _ in batch.keys]
    asked = [(state, _with_keys_of(batch, states[0].store.spec, state.store.spec)) for state in states]
    for state, keyed in asked:
        _find_hits(state.store, keyed, np.arange(len(hits)), slice(0, 1), 1.0, state.before, hits)
    others = [position for position, found in enumerate(hits) if not any(map(_is_equal_and_stays, found))]
    for position in others:
        hits[position] = []
    if others:
        for state, keyed in asked:
            _find_hits(state.store, keyed, np.array(others, np.int64), slice(0, None), jaccard, state.before, hits)
    for found in hits:
        found.sort(key=lambda hit: (not hit.same, -hit.jaccard, hit.text or "", hit.occurrences[0][0].id))
    return hits


def _with_keys_of(batch: IndexBatch, made_for: IndexSpec, spec: IndexSpec) -> IndexBatch:
    """Return a batch with the keys that an index with other settings has."""
    if not spec.differences(made_for):
        return batch
    return replace(batch, keys=index_keys(batch.hashes, batch.starts, spec))


def _is_equal_and_stays(hit: IndexHit) -> bool:
    """Say whether a hit is equal to its query and stays in one of its documents."""
    return hit.same and any(occurrence.stays for _, occurrence in hit.occurrences)


def _find_hits(
    store: Store,
    batch: IndexBatch,
    queries: Ints,
    columns: slice,
    jaccard: float,
    before: int,
    hits: list[list[IndexHit]],
) -> None:
    """Add the hits that these paragraphs of a batch have by some of their keys."""
    positions, candidates = store.propose(batch.keys[queries, columns])
    stored = store.paragraphs(sorted(set(candidates.tolist())))
    proposed = zip(queries[positions].tolist(), candidates.tolist(), strict=True)
    pairs = [(query, number) for query, number in proposed if number in stored]
    similar = [score for score in _scores(batch, pairs, stored) if score[2] >= jaccard]
    occurrences = store.occurrences(list(dict.fromkeys(number for _, number, _, _ in similar)), before)
    counts = store.document_counts([number for number, found in occurrences.items() if len(found) >= MAX_OCCURRENCES])
    owners = {one.paragraph: document.id for document in batch.documents for one in document.occurrences}
    for query, number, score, missing in similar:
        owner = owners[query]
        elsewhere = tuple(one for one in occurrences[number] if not owner or one[0].id != owner)
        if elsewhere:
            same = np.array_equal(batch.shingles(query), stored[number].shingles)
            documents = counts.get(number, len(elsewhere))
            hits[query].append(IndexHit(score, missing, same, stored[number].text, elsewhere, documents))


def _scores(
    batch: IndexBatch, pairs: Sequence[tuple[int, int]], stored: Mapping[int, StoredParagraph]
) -> list[tuple[int, int, float, int]]:
    """Return (query, paragraph, Jaccard, distinct shingles of the query that the paragraph lacks) of each pair."""
    if not pairs:
        return []
    positions = {number: len(batch.keys) + at for at, number in enumerate(stored)}
    shingles = [paragraph.shingles for paragraph in stored.values()]
    hashes = np.concatenate([batch.hashes, *shingles])
    starts = np.concatenate([batch.starts, batch.starts[-1] + np.cumsum([len(one) for one in shingles])])
    left = np.array([query for query, _ in pairs], np.int64)
    right = np.array([positions[number] for _, number in pairs], np.int64)
    shared = shared_shingles(hashes, starts, left, right).tolist()
    sizes = {at: len(set(hashes[starts[at] : starts[at + 1]].tolist())) for at in {*left.tolist(), *right.tolist()}}
    return [
        (query, number, both / (sizes[query] + sizes[positions[number]] - both), sizes[query] - both)
        for (query, number), both in zip(pairs, shared, strict=True)
    ]
