"""Sorted (key, row) entries in memory, looked up by `searchsorted`, merged by powers of two."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dedupe._arrays import U64, Ints
from dedupe.matching.lsh import distinct
from dedupe.matching.proposer import MOST_ALIKE

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Entries:
    """Rows under the upper 32 bits of their keys: an entry is one uint64, so that sorting is the whole index.

    See `Index`. Of the pairs that meet by those 32 bits alone nothing comes: whoever asks verifies.
    """

    def __init__(self) -> None:
        self._levels: list[U64] = []

    def __len__(self) -> int:
        return sum(map(len, self._levels))

    @property
    def nbytes(self) -> int:
        """How many bytes the keys take."""
        return 8 * len(self)

    def append(self, keys: U64, first: int) -> None:
        """Add rows from `first` on, with keys of shape (rows, keys of each)."""
        if not len(keys):
            return
        rows = np.repeat(np.arange(first, first + len(keys), dtype=np.uint64), keys.shape[1])
        level = np.sort((keys.ravel() & ~_LOW) | rows)
        while self._levels and len(self._levels[-1]) < 2 * len(level):
            level = np.concatenate([self._levels.pop(), level])
            level.sort()
        self._levels.append(level)

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (asked, row) pairs of rows that share a key, at most `MOST_ALIKE` a key."""
        return pairs(*self.find(keys.ravel()), keys.shape[1])

    def remove(self, rows: Iterable[int]) -> None:
        """Do nothing: who asks leaves out what is gone, and a sorted array is cheaper to keep than to cut."""

    def find(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (place of the key, row) for each of the keys, uint64, flat: the `MOST_ALIKE` least rows of a level."""
        low = keys & ~_LOW
        places, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for level in self._levels:
            found, at = stretches(level, low, low | _LOW)
            places.append(found)
            rows.append((level[at] & _LOW).astype(np.int64))
        return np.concatenate(places), np.concatenate(rows)


def stretches(ordered: U64, low: U64, high: U64) -> tuple[Ints, Ints]:
    """Return (place of the bounds, position) of what lies within each pair of bounds, both included."""
    left = np.searchsorted(ordered, low)
    counts = np.minimum(np.searchsorted(ordered, high, "right") - left, MOST_ALIKE)
    hit = np.flatnonzero(counts)
    counts, left = counts[hit], left[hit]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(hit, counts), np.arange(total) - np.repeat(ends - counts - left, counts)


def pairs(places: Ints, rows: Ints, width: int) -> tuple[Ints, Ints]:
    """Return distinct (asked, row) pairs of keys found, `width` keys an asked one, at most `MOST_ALIKE` a key."""
    order = np.argsort(places << 32 | rows)
    places, rows = places[order], rows[order]
    rank = np.arange(len(places)) - np.searchsorted(places, places)
    near = rank < MOST_ALIKE
    packed = distinct(places[near] // width << 32 | rows[near])
    return packed >> 32, packed & 0xFFFFFFFF
