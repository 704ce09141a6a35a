"""Keys of paragraphs in sorted arrays in memory, searched by bisection and merged by powers of two."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dedupe._arrays import U64, Ints
from dedupe.matching.lsh import distinct
from dedupe.matching.proposer import MOST_ALIKE

_LOW = np.uint64(0xFFFFFFFF)


class SortedKeys:
    """A `Proposer` whose entries are the upper 32 bits of a key and the number of its paragraph in one uint64.

    It also proposes pairs of which only those 32 bits are equal: the caller verifies.
    """

    def __init__(self) -> None:
        self._levels: list[U64] = []

    def __len__(self) -> int:
        return sum(map(len, self._levels))

    @property
    def nbytes(self) -> int:
        """The bytes of the entries."""
        return 8 * len(self)

    def append(self, keys: U64, first: int) -> None:
        """Add paragraphs numbered from `first`, with keys of shape (paragraphs, keys of each)."""
        if not len(keys):
            return
        numbers = np.repeat(np.arange(first, first + len(keys), dtype=np.uint64), keys.shape[1])
        level = np.sort((keys.ravel() & ~_LOW) | numbers)
        while self._levels and len(self._levels[-1]) < 2 * len(level):
            level = np.concatenate([self._levels.pop(), level])
            level.sort()
        self._levels.append(level)

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share a key, at most `MOST_ALIKE` for a key."""
        return distinct_pairs(*self.find(keys.ravel()), keys.shape[1])

    def remove(self, numbers: Iterable[int]) -> None:
        """Do nothing: callers skip removed paragraphs, and a sorted array is cheaper to keep than to cut."""

    def find(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (position of the key, paragraph) pairs for keys, uint64, flat: `MOST_ALIKE` of a key in each level."""
        low = keys & ~_LOW
        positions, paragraphs = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for level in self._levels:
            found, entries = positions_between(level, low, low | _LOW)
            positions.append(found)
            paragraphs.append((level[entries] & _LOW).astype(np.int64))
        return np.concatenate(positions), np.concatenate(paragraphs)


def positions_between(ordered: U64, low: U64, high: U64) -> tuple[Ints, Ints]:
    """Return (position of the bounds, position in `ordered`) pairs of what lies within bounds, both included."""
    left = np.searchsorted(ordered, low)
    counts = np.minimum(np.searchsorted(ordered, high, "right") - left, MOST_ALIKE)
    hits = np.flatnonzero(counts)
    counts, left = counts[hits], left[hits]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(hits, counts), np.arange(total) - np.repeat(ends - counts - left, counts)


def distinct_pairs(positions: Ints, paragraphs: Ints, width: int) -> tuple[Ints, Ints]:
    """Return distinct (query, paragraph) pairs of found keys, `width` keys a query, at most `MOST_ALIKE` for a key."""
    order = np.argsort(positions << 32 | paragraphs)
    positions, paragraphs = positions[order], paragraphs[order]
    rank = np.arange(len(positions)) - np.searchsorted(positions, positions)
    first = rank < MOST_ALIKE
    packed = distinct(positions[first] // width << 32 | paragraphs[first])
    return packed >> 32, packed & 0xFFFFFFFF
