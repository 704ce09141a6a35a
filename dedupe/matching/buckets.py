"""Buckets of the LSH bands: which paragraphs are proposed as pairs, in work that is linear in the members."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import U64

_Members = np.ndarray
"""Names of paragraphs: an array of any type, one a paragraph."""


class Buckets:
    """Proposes pairs among members that come sorted by bucket key and then by the order of their documents.

    A member is paired with the `window` before it in its bucket and with the bucket's first, the representative. So all
    pairs of a bucket of up to `window + 2` members are seen; of a larger one `bounded` counts the members that were not
    compared with all others. It does not matter where a batch ends.
    """

    def __init__(self, window: int) -> None:
        self.window = window
        self.bounded = 0
        self._keys = np.zeros(0, np.uint64)
        self._members: _Members | None = None
        self._count = 0
        self._head: _Members | None = None

    def pairs(self, keys: U64, members: _Members) -> tuple[_Members, _Members]:
        """Return the pairs (earlier, later) whose later member is in this batch."""
        carried = len(self._keys)
        keys = np.concatenate([self._keys, keys])
        members = members if self._members is None else np.concatenate([self._members, members])
        if not len(keys):
            return members, members
        places = np.arange(len(keys))
        new = np.append(True, keys[1:] != keys[:-1])
        begins = np.flatnonzero(new)
        group = np.cumsum(new) - 1
        rank = places - begins[group]
        # What is carried of the open bucket are its last members, and how many there were before.
        first = group == 0
        before = max(0, self._count - carried) if carried else 0
        rank[first] += before
        earlier, later = [], []
        for distance in range(1, self.window + 1):
            right = np.flatnonzero(rank >= distance)
            right = right[(right >= carried) & (right - distance >= 0)]
            if not len(right):
                break
            earlier.append(members[right - distance])
            later.append(members[right])
        far = np.flatnonzero(rank > self.window)
        far = far[far >= carried]
        if len(far):
            heads = members[begins[group[far]]]
            if before and self._head is not None:
                heads[first[far]] = self._head
            earlier.append(heads)
            later.append(members[far])
            self.bounded += int((rank[far] > self.window + 1).sum())
        self._carry(keys, members, begins[-1], int(rank[-1]) + 1)
        if not earlier:
            return members[:0], members[:0]
        return np.concatenate(earlier), np.concatenate(later)

    def _carry(self, keys: U64, members: _Members, begin: int, count: int) -> None:
        if begin or self._head is None or not self._count:
            self._head = members[begin : begin + 1].copy()
        self._count = count
        kept = max(begin, len(keys) - self.window)
        self._keys, self._members = keys[kept:].copy(), members[kept:].copy()


def sorted_by(*columns: np.ndarray) -> np.ndarray:
    """Return the order that sorts by the first column, then the second, and so on."""
    return np.lexsort(columns[::-1])
