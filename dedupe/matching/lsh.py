"""The LSH index in memory: band keys in arrays, looked up by sorting."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe.matching.minhash import band_keys
from dedupe.text.shingles import M1

WINDOW = 32
"""A member of a bucket is paired with this many before it and with the bucket's first: all pairs of a bucket of up to
33, and linear work in a larger one."""

_BLOCK = 1 << 21
"""Pairs that are made at once, at most, if each band key is one of a full window."""

Pairs = tuple[Ints, Ints]


def bucket_pairs(keys: U64, window: int = WINDOW) -> tuple[Ints, Pairs]:
    """Return positions as `shared_keys` does, and pairs of them that have equal keys, at most `window` apart.

    Beyond the window a place is paired with the first of its key. `keys`: uint64, any order.
    """
    order = shared_keys(keys)
    return order, ordered_pairs(keys[order], window)


def shared_keys(keys: U64) -> Ints:
    """Return the places whose key (uint64) another one has too, by key and then by place.

    As many bits of a key as stand beside its place in 64 are sorted: numpy sorts plain numbers several times as fast
    as it finds an order, and few places are left for that.
    """
    bits = np.uint64(len(keys).bit_length())
    packed = keys >> bits << bits
    packed |= np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    packed = packed[beside_equal(packed >> bits)]
    packed &= (np.uint64(1) << bits) - np.uint64(1)
    packed.sort()
    places = packed.view(np.int64)
    order = places[keys[places].argsort(kind="stable")]
    found: Ints = order[beside_equal(keys[order])]
    return found


def slots_of(keys: U64, bits: int) -> Ints:
    """Return a number of so many bits for each key, equal ones the same."""
    mixed = keys * M1
    mixed >>= np.uint64(64 - bits)
    return mixed.view(np.int64)


def beside_equal(ordered: U64) -> Ints:
    """Return the places of keys, given in order, that another one has too."""
    same = np.zeros(len(ordered) + 1, bool)
    np.equal(ordered[1:], ordered[:-1], out=same[1:-1])
    return (same[1:] | same[:-1]).nonzero()[0]


def ordered_pairs(ordered: U64, window: int = WINDOW) -> Pairs:
    """Return pairs of places that have equal keys, as `bucket_pairs` does, of keys that are in order."""
    left = (ordered[1:] == ordered[:-1]).nonzero()[0]
    if not len(left):
        return left, left
    # What stands in a row in `left`, and the place behind it, is one bucket.
    new = np.ones(len(left) + 1, bool)
    np.not_equal(left[1:] - left[:-1], 1, out=new[1:-1])
    starts = new.nonzero()[0]
    starts, sizes = starts[:-1], starts[1:] - starts[:-1]
    places = np.arange(len(left)) - starts.repeat(sizes)
    times = np.minimum(sizes.repeat(sizes) - places, window)
    one = left.repeat(times)
    other = one + np.arange(1, len(one) + 1) - (np.cumsum(times) - times).repeat(times)
    far = (places >= window).nonzero()[0]
    return np.concatenate([one, left[far] - places[far]]), np.concatenate([other, left[far] + 1])


class MemoryIndex:
    """Signatures of the paragraphs of a batch, in memory: `pairs` proposes among what was added."""

    def __init__(self, number: int, rows: int) -> None:
        self.number = number
        self.rows = rows
        self._signatures: list[U32] = []
        self._salts: list[U64] = []

    def add(self, signatures: U32, salts: U64) -> None:
        """Add signatures, uint32, shape (n, permutations); only equal salts (uint64, shape (n,)) can collide."""
        self._signatures.append(signatures)
        self._salts.append(salts)

    def pairs(self, window: int = WINDOW) -> Pairs:
        """Return every proposed pair among what was added, as (earlier, later) rows, each pair once, in order."""
        signatures, salts = np.concatenate(self._signatures), np.concatenate(self._salts)
        keys = band_keys(signatures, self.number, self.rows, salts)
        packed = []
        step = max(1, _BLOCK // max(1, len(signatures) * (window + 1)))
        for band in range(0, self.number, step):
            order, (left, right) = bucket_pairs(keys[band : band + step].ravel(), window)
            one, other = order[left] % len(signatures), order[right] % len(signatures)
            packed.append(distinct(np.minimum(one, other) << 32 | np.maximum(one, other)))
        found = distinct(np.concatenate(packed))
        return found >> 32, found & 0xFFFFFFFF


def distinct(values: Ints) -> Ints:
    """Return the sorted distinct values; as np.unique does, without its cost at millions of values."""
    values = np.sort(values)
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return values[new]
