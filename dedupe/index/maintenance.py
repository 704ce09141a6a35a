"""The life of an index after documents were added: merging, expiring, verifying; the same for every kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from dedupe._places import lines_named
from dedupe.errors import InputError
from dedupe.index.batch import keys
from dedupe.index.protocol import IndexBatch, Store, StoredDocument
from dedupe.text.shingles import shingles

BATCH = 256
"""Documents that are read at once."""


def merge(into: Store, other: Store) -> int:
    """Add every document of another index and return how many; of equal names that one stays.

    Raises `InputError` when the two were made differently, or texts are wanted that the other does not keep.
    """
    differences = into.spec.differences(other.spec)
    if differences:
        raise InputError(other.where, f"is incompatible with {into.where}: {differences}; build one of them anew")
    if into.spec.texts and not other.spec.texts:
        raise InputError(other.where, f"keeps no texts, which {into.where} does; build one of them anew")
    count = 0
    for batch in _batches(other):
        count += len(batch)
        into.add(exported(other, batch))
    return count


def expire(store: Store, before: int) -> int:
    """Remove documents that were added before a time, in seconds since 1970, and return how many."""
    count = 0
    names = [entry.id for entry in store.entries() if entry.added < before]
    for at in range(0, len(names), BATCH):
        count += store.remove(names[at : at + BATCH])
    return count


def problems(store: Store) -> Iterator[str]:
    """Yield a sentence for everything in an index that is not as it must be."""
    yield from store.problems()
    texts = store.spec.texts
    for batch in _batches(store):
        rows = sorted({place.row for entry in batch for place in entry.places})
        contents = store.contents(rows)
        occurrences = store.occurrences(rows, 1 << 62)
        for entry in batch:
            missing = [place for place in entry.places if place.row not in contents]
            if missing:
                yield f"{entry.id}: {len(missing)} of its {len(entry.places)} paragraphs are missing; add it again"
            for place in entry.places:
                said = occurrences.get(place.row, [])
                if place.row in contents and len(said) < 256 and not any(one.id == entry.id for one, _ in said):
                    lines = lines_named((place.first_line, place.last_line))
                    yield f"{entry.id}: does not stand at its paragraph in {lines}; add it again"
        held = [row for row in rows if row in contents]
        all_batch = _sheet(store, (), held, [contents[row].shingles for row in held])
        asked, found = store.propose(all_batch.keys[:, :1])
        reached = set(zip(asked.tolist(), found.tolist(), strict=True))
        asked, found = store.propose(all_batch.keys[:, 1:])
        similar = set(zip(asked.tolist(), found.tolist(), strict=True))
        for at, row in enumerate(held):
            if (at, row) not in reached or ((at, row) not in similar and _rare(asked, at)):
                yield f"paragraph {row}: cannot be found by its words; build the index anew"
            if texts:
                text = contents[row].text
                same = text is not None and np.array_equal(
                    shingles([text.replace("\r", " ").replace("\n", " ")]).hashes,
                    contents[row].shingles,
                )
                if not same:
                    yield f"paragraph {row}: its text is not what its shingles are of; build the index anew"


def _rare(asked: np.ndarray, at: int) -> bool:
    """Say whether all of an asked one's neighbours were looked at: a bucket is not read to its end when it is full."""
    return int(np.count_nonzero(asked == at)) < 128


def exported(store: Store, entries: Sequence[StoredDocument]) -> IndexBatch:
    """Return documents of a store as a sheet for another; what is damaged in them is left out."""
    rows = sorted({place.row for entry in entries for place in entry.places})
    contents = store.contents(rows)
    held = [row for row in rows if row in contents]
    numbers = {row: at for at, row in enumerate(held)}
    moved = [
        replace(
            entry,
            places=tuple(replace(place, row=numbers[place.row]) for place in entry.places if place.row in numbers),
        )
        for entry in entries
    ]
    all_batch = _sheet(store, moved, held, [contents[row].shingles for row in held])
    texts = [contents[row].text or "" for row in held] if store.spec.texts else None
    return replace(all_batch, texts=texts)


def _sheet(
    store: Store, entries: Sequence[StoredDocument], rows: Sequence[int], shingles: Sequence[np.ndarray]
) -> IndexBatch:
    hashes = np.concatenate([np.zeros(0, np.uint32), *shingles])
    starts = np.cumsum([0, *map(len, shingles)])
    return IndexBatch(entries, hashes, starts, keys(hashes, starts, store.spec), None)


def _batches(store: Store) -> Iterator[list[StoredDocument]]:
    stream = store.entries()
    while batch := list(islice(stream, BATCH)):
        yield batch
