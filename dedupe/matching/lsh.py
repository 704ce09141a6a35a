"""LSH in memory: pairs of equal keys, found by sorting."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe.matching.minhash import band_keys
from dedupe.text.words import M1

WINDOW = 32
"""A member of a bucket is paired with this many members before it and with the first of the bucket: all pairs of a
bucket of up to 33, and linear work in a larger one."""

MIN_SIFTED_KEYS, MAX_SIFTED_KEYS = 1 << 12, 1 << 20
"""Numbers of keys between which unique keys are sifted out before the keys are sorted."""

_MOST_SHARED_SIFTED_KEYS = 1 << 18
"""Likewise where sorting is all that is done with them: 6 ms instead of 9 where numpy sorts slowly, and no loss
elsewhere."""

_BLOCK_PAIRS = 1 << 21
"""Most pairs that are made at once, if the bucket of each band key fills the window."""

Pairs = tuple[Ints, Ints]


def bucket_pairs(keys: U64, window: int = WINDOW) -> tuple[Ints, Pairs]:
    """Return positions as `shared_keys` does, and pairs of them with equal keys, at most `window` apart.

    Beyond the window a position is paired with the first of its key. `keys`: uint64, any order.
    """
    order = shared_keys(keys)
    return order, ordered_pairs(keys[order], window)


def shared_keys(keys: U64) -> Ints:
    """Return the positions whose key (uint64) occurs more than once, sorted by key and then by position.

    Keys that share a slot with no other are sifted out first. Of the others as many bits as fit beside the position
    into 64 bits are sorted: numpy sorts plain numbers several times as fast as it finds an order, and few positions
    remain for that.
    """
    if MIN_SIFTED_KEYS <= len(keys) <= _MOST_SHARED_SIFTED_KEYS:
        bits = slot_bits(len(keys))
        sifted = share_slots(slots_of(keys, bits), bits)
        return sifted[_sorted_shared_keys(keys[sifted])]
    return _sorted_shared_keys(keys)


def _sorted_shared_keys(keys: U64) -> Ints:
    """Return what `shared_keys` does, by sorting alone."""
    bits = np.uint64(len(keys).bit_length())
    packed = keys >> bits << bits
    packed |= np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    packed = packed[beside_equal(packed >> bits)]
    packed &= (np.uint64(1) << bits) - np.uint64(1)
    packed.sort()
    positions = packed.view(np.int64).astype(np.intp, copy=False)
    order = positions[keys[positions].argsort(kind="stable")]
    found: Ints = order[beside_equal(keys[order])]
    return found


def slots_of(keys: U64, bits: int) -> Ints:
    """Return a slot number of so many bits for each key; equal keys have equal slots."""
    mixed = keys * M1
    mixed >>= np.uint64(64 - bits)
    return mixed.view(np.int64)


def slot_bits(count: int) -> int:
    """Return the bits of a slot number for so many keys; few keys get more slots, since these fit into the cache."""
    return count.bit_length() + (3 if count < 1 << 16 else 1)


def share_slots(slots: Ints, bits: int) -> Ints:
    """Return the positions of slots, numbers of so many bits, that occur more than once.

    Each writes its position into the slot and reads the slot again, which takes less time than sorting.
    """
    positions = np.arange(len(slots), dtype=np.min_scalar_type(len(slots)))
    last = np.empty(1 << bits, positions.dtype)
    last[slots] = positions
    shared = np.zeros(1 << bits, bool)
    shared[slots[last.take(slots) != positions]] = True
    return shared.take(slots).nonzero()[0]


def beside_equal(ordered: U64) -> Ints:
    """Return the positions of keys, given in order, that occur more than once."""
    same = np.zeros(len(ordered) + 1, bool)
    np.equal(ordered[1:], ordered[:-1], out=same[1:-1])
    return (same[1:] | same[:-1]).nonzero()[0]


def ordered_pairs(ordered: U64, window: int = WINDOW) -> Pairs:
    """Return pairs of positions with equal keys, as `bucket_pairs` does, of keys that are in order."""
    repeats = (ordered[1:] == ordered[:-1]).nonzero()[0]
    if not len(repeats):
        return repeats, repeats
    # Consecutive positions in `repeats`, and the position behind the last of them, are one bucket.
    is_first = np.ones(len(repeats) + 1, bool)
    np.not_equal(repeats[1:] - repeats[:-1], 1, out=is_first[1:-1])
    starts = is_first.nonzero()[0]
    starts, sizes = starts[:-1], starts[1:] - starts[:-1]
    ranks = np.arange(len(repeats)) - starts.repeat(sizes)
    partners = np.minimum(sizes.repeat(sizes) - ranks, window)
    earlier = repeats.repeat(partners)
    later = earlier + np.arange(1, len(earlier) + 1) - (np.cumsum(partners) - partners).repeat(partners)
    beyond = (ranks >= window).nonzero()[0]
    return np.concatenate([earlier, repeats[beyond] - ranks[beyond]]), np.concatenate([later, repeats[beyond] + 1])


def signature_pairs(signatures: U32, salts: U64, bands: tuple[int, int], window: int = WINDOW) -> Pairs:
    """Return every pair of positions (earlier, later) of signatures that share a bucket, each pair once, in order.

    `signatures`: uint32, shape (n, permutations). `salts`: uint64, shape (n,); only equal ones can share a bucket.
    `bands`: the number of bands, and the values of a signature (rows, in LSH) that make one band.
    """
    keys = band_keys(signatures, *bands, salts)
    packed = []
    step = max(1, _BLOCK_PAIRS // max(1, len(signatures) * (window + 1)))
    for band in range(0, len(keys), step):
        order, (left, right) = bucket_pairs(keys[band : band + step].ravel(), window)
        left, right = order[left] % len(signatures), order[right] % len(signatures)
        packed.append(distinct(packed_pairs(np.minimum(left, right), np.maximum(left, right))))
    found = distinct(np.concatenate(packed))
    return unpacked_pairs(found)


def packed_pairs(left: Ints, right: Ints) -> Ints:
    """Return pairs of numbers below 2^31 as one number each, int64, which are in the order of the pairs."""
    return left.astype(np.int64, copy=False) << 32 | right


def unpacked_pairs(packed: Ints) -> Pairs:
    """Return the pairs that `packed_pairs` made one number of."""
    return (packed >> 32).astype(np.intp, copy=False), (packed & 0xFFFFFFFF).astype(np.intp, copy=False)


def distinct(values: Ints) -> Ints:
    """Return the sorted distinct values, as `np.unique` does, at a fraction of its cost for millions of values."""
    values = np.sort(values)
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return values[new]
