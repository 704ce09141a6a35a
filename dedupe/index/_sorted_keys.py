"""Keys of paragraphs in sorted arrays in memory, searched by bisection and merged by powers of two."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dedupe._arrays import U64, Ints
from dedupe.matching.proposer import MOST_ALIKE
from dedupe.matching.runs import FEW_KEYS, NEEDED_KEYS, NO_KEY

_LOW = np.uint64(0xFFFFFFFF)


class SortedKeys:
    """A `Proposer` whose entries are the upper 32 bits of a key and the number of its paragraph in one uint64.

    Keys are equal if those 32 bits are: the caller verifies.
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
        flat = keys.ravel()
        level = np.sort(((flat & ~_LOW) | numbers)[flat != NO_KEY])
        while self._levels and len(self._levels[-1]) < 2 * len(level):
            level = np.concatenate([self._levels.pop(), level])
            level.sort()
        self._levels.append(level)

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share enough keys, at most `MOST_ALIKE` for a key."""
        return candidates(*self.find(keys.ravel()), keys)

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


def candidates(positions: Ints, paragraphs: Ints, keys: U64) -> tuple[Ints, Ints]:
    """Return the (query, paragraph) pairs that share enough keys, sorted.

    `positions`, `paragraphs`: the paragraphs that were found for keys, by position; `keys`: uint64, shape (queries,
    keys of each). Of one key the `MOST_ALIKE` earliest count. The first key of a query is enough alone; of the others
    `NEEDED_KEYS` are needed, but one if the query has few.
    """
    width = keys.shape[1]
    asked = np.flatnonzero(keys.ravel()[positions] != NO_KEY)
    packed = np.sort(positions[asked] << 32 | paragraphs[asked])
    positions = packed >> 32
    packed = packed[np.arange(len(packed)) - np.searchsorted(positions, positions) < MOST_ALIKE]
    queries, columns = np.divmod(packed >> 32, width)
    weights = np.where(columns == 0, NEEDED_KEYS, 1)
    pairs = queries << 32 | packed & 0xFFFFFFFF
    order = np.argsort(pairs, kind="stable")
    pairs = pairs[order]
    begins = np.flatnonzero(np.diff(pairs, prepend=-1))
    shared = np.add.reduceat(weights[order], begins) if len(begins) else begins
    pairs = pairs[begins]
    needed = np.where((keys[:, 1:] != NO_KEY).sum(axis=1) < FEW_KEYS, 1, NEEDED_KEYS)
    enough = np.flatnonzero(shared >= needed[pairs >> 32])
    return pairs[enough] >> 32, pairs[enough] & 0xFFFFFFFF
