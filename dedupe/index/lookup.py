"""Where paragraphs were seen before: what an index proposes, verified by exact counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import Ints
from dedupe.index.protocol import IndexBatch, Occurrence, Store, StoredDocument, StoredParagraph
from dedupe.matching.similarity import shared_shingles


@dataclass(frozen=True, slots=True)
class IndexHit:
    """A paragraph of the index that is like one of a document, and the documents that say it.

    `jaccard` and `missing` (distinct shingles of the asked one that it lacks) are exact; `same`: all shingles equal, in
    order. `text` is that of the index, None if it keeps no texts.
    """

    jaccard: float
    missing: int
    same: bool
    text: str | None
    occurrences: tuple[tuple[StoredDocument, Occurrence], ...]


def look_up(store: Store, batch: IndexBatch, jaccard: float, before: int) -> list[list[IndexHit]]:
    """Return for each row of a sheet where it was seen, in documents of numbers below `before`; the likest first.

    A document is never seen in itself: those of the name of the row's own are left out. A row whose very words stand
    elsewhere is not looked for in other versions.
    """
    found: list[list[IndexHit]] = [[] for _ in batch.keys]
    _look(store, batch, np.arange(len(found)), slice(0, 1), 1.0, before, found)
    rest = np.array([at for at, seen in enumerate(found) if not any(_stays(one) for one in seen)], np.int64)
    for at in rest.tolist():
        found[at] = []
    if len(rest):
        _look(store, batch, rest, slice(0, None), jaccard, before, found)
    for several in found:
        several.sort(key=lambda one: (not one.same, -one.jaccard, one.text or "", one.occurrences[0][0].id))
    return found


def _stays(sighting: IndexHit) -> bool:
    return sighting.same and any(place.stays for _, place in sighting.occurrences)


def _look(
    store: Store,
    batch: IndexBatch,
    rows: Ints,
    columns: slice,
    jaccard: float,
    before: int,
    found: list[list[IndexHit]],
) -> None:
    """Look for these rows of a sheet by some of their keys, and note what was found."""
    asked, there = store.propose(batch.keys[rows, columns])
    contents = store.contents(sorted(set(there.tolist())))
    pairs = [(int(rows[at]), row) for at, row in zip(asked.tolist(), there.tolist(), strict=True) if row in contents]
    alike = [one for one in _scores(batch, pairs, contents) if one[2] >= jaccard]
    occurrences = store.occurrences(list(dict.fromkeys(row for _, row, _, _ in alike)), before)
    owners = {place.row: entry.id for entry in batch.entries for place in entry.places}
    for at, row, score, missing in alike:
        saying = tuple(one for one in occurrences[row] if not owners[at] or one[0].id != owners[at])
        if saying:
            mine = batch.hashes[batch.starts[at] : batch.starts[at + 1]]
            same = np.array_equal(mine, contents[row].shingles)
            found[at].append(IndexHit(score, missing, same, contents[row].text, saying))


def _scores(
    batch: IndexBatch, pairs: Sequence[tuple[int, int]], contents: dict[int, StoredParagraph]
) -> list[tuple[int, int, float, int]]:
    """Return (row of the sheet, row of the store, Jaccard, shingles that the latter lacks) of each pair."""
    if not pairs:
        return []
    numbers = {row: len(batch.keys) + at for at, row in enumerate(contents)}
    held = [content.shingles for content in contents.values()]
    hashes = np.concatenate([batch.hashes, *held])
    starts = np.concatenate([batch.starts, batch.starts[-1] + np.cumsum([len(one) for one in held])])
    left = np.array([at for at, _ in pairs], np.int64)
    right = np.array([numbers[row] for _, row in pairs], np.int64)
    shared = shared_shingles(hashes, starts, left, right).tolist()
    sizes = {row: len(set(hashes[starts[row] : starts[row + 1]].tolist())) for row in {*left.tolist(), *right.tolist()}}
    return [
        (at, row, both / (sizes[at] + sizes[numbers[row]] - both), sizes[at] - both)
        for (at, row), both in zip(pairs, shared, strict=True)
    ]
