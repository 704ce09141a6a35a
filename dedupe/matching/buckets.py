"""LSH buckets of a corpus: candidate pairs in work that is linear in the number of members."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import U64

_Members = np.ndarray
"""Identifiers of paragraphs: an array of any type, one a paragraph."""


class Buckets:
    """Propose pairs among members sorted by bucket key and then by the order of their documents.

    A member is paired with the `window` members before it in its bucket and with the first of the bucket, the
    representative. So all pairs of a bucket of up to `window + 2` members are proposed; in a larger bucket, `bounded`
    counts the members that are not compared with all others. Where a batch ends makes no difference.
    """

    def __init__(self, window: int) -> None:
        self.window = window
        self.bounded = 0
        self._keys = np.zeros(0, np.uint64)
        self._members: _Members | None = None
        self._count = 0
        self._representative: _Members | None = None

    def pairs(self, keys: U64, members: _Members) -> tuple[_Members, _Members]:
        """Return the pairs (earlier, later) whose later member is in this batch."""
        carried = len(self._keys)
        keys = np.concatenate([self._keys, keys])
        members = members if self._members is None else np.concatenate([self._members, members])
        if not len(keys):
            return members, members
        positions = np.arange(len(keys))
        is_first = np.append(True, keys[1:] != keys[:-1])
        begins = np.flatnonzero(is_first)
        bucket = np.cumsum(is_first) - 1
        rank = positions - begins[bucket]
        # Of the open bucket only the last members are carried over, and how many there were before them.
        in_open_bucket = bucket == 0
        before = max(0, self._count - carried) if carried else 0
        rank[in_open_bucket] += before
        earlier, later = [], []
        for distance in range(1, self.window + 1):
            paired = np.flatnonzero(rank >= distance)
            paired = paired[(paired >= carried) & (paired - distance >= 0)]
            if not len(paired):
                break
            earlier.append(members[paired - distance])
            later.append(members[paired])
        beyond = np.flatnonzero(rank > self.window)
        beyond = beyond[beyond >= carried]
        if len(beyond):
            representatives = members[begins[bucket[beyond]]]
            if before and self._representative is not None:
                representatives[in_open_bucket[beyond]] = self._representative
            earlier.append(representatives)
            later.append(members[beyond])
            self.bounded += int((rank[beyond] > self.window + 1).sum())
        self._carry(keys, members, begins[-1], int(rank[-1]) + 1)
        if not earlier:
            return members[:0], members[:0]
        return np.concatenate(earlier), np.concatenate(later)

    def _carry(self, keys: U64, members: _Members, begin: int, count: int) -> None:
        """Keep the last members of the open bucket, which begins at `begin` and has `count` members so far."""
        if begin or self._representative is None or not self._count:
            self._representative = members[begin : begin + 1].copy()
        self._count = count
        kept = max(begin, len(keys) - self.window)
        self._keys, self._members = keys[kept:].copy(), members[kept:].copy()


def sorted_by(*columns: np.ndarray) -> np.ndarray:
    """Return the order that sorts by the first column, then by the second, and so on."""
    return np.lexsort(columns[::-1])
