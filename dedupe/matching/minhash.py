"""MinHash signatures and LSH band keys: the only place that knows permutations.

Signatures equal those of datasketch 2's scheme "affine32" for the same 32-bit shingle hashes: h = fmix32(shingle), then
slot k is the least of (a_k * h + b_k) mod 2^32. Broder, "On the resemblance and containment of documents" (1997);
banding as in Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

import numpy as np

from dedupe._arrays import U16, U32, U64, Ints
from dedupe.text.shingles import HALF, M1, M2, M3

SCHEME = "affine32"
"""How signatures are made; an index of another scheme is refused."""

BANDING = "min-max16"
"""How the band keys of a corpus are made (`banded`)."""

Shingle = TypeVar("Shingle", U16, U32)

_TILE = 1 << 17
"""Shingles that are permuted at once: a tile of 32-bit values stays in the cache, and a reduction over few rows would
be mostly calls."""

_FEW = 1 << 13
"""Shingles up to which all permutations are made in one call."""

_SPARE = 1 << 14
"""Shingles that are permuted in vain before another tile is cheaper."""


@lru_cache(maxsize=8)  # a pure function, 0.2 ms of each small document
def permutations(count: int, seed: int = 1) -> tuple[U32, U32]:
    """Return the multipliers (odd) and the offsets of `count` permutations of 32-bit values; not to be written to."""
    generator = np.random.RandomState(seed)
    multipliers = generator.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    offsets = generator.randint(0, 1 << 32, count, dtype=np.uint32)
    for values in (multipliers, offsets):
        values.setflags(write=False)
    return multipliers, offsets


def _mixed(hashes: U32) -> U32:
    """Return fmix32 of each hash: the finaliser of MurmurHash3."""
    mixed = hashes ^ (hashes >> np.uint32(16))
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def signatures(hashes: U32, starts: Ints, count: int = 128, seed: int = 1) -> U32:
    """Return MinHash signatures, uint32, shape (rows, count); row r has the shingles `starts[r]` to `starts[r + 1]`.

    A row without shingles gets the largest value everywhere, as an empty MinHash of datasketch does.
    """
    multipliers, offsets = permutations(count, seed)
    lengths = np.diff(starts)
    mixed = _mixed(hashes)
    result = np.full((len(lengths), count), 0xFFFFFFFF, np.uint32)
    if len(mixed) <= _FEW:  # so few that the number of calls is the cost: all permutations in one
        filled = np.flatnonzero(lengths)
        if len(filled):
            values = mixed[:, None] * multipliers + offsets
            result[filled] = np.minimum.reduceat(values, starts[filled], axis=0)
        return result
    filled = np.flatnonzero(lengths)
    least, order = _minima(mixed, starts[filled], lengths[filled], multipliers, offsets)
    result[filled[order]] = least.T
    return result


def _minima(mixed: U32, begins: Ints, lengths: Ints, multipliers: U32, offsets: U32) -> tuple[U32, Ints]:
    """Return the least value of each row under each permutation, uint32, shape (permutations, rows), longest row first.

    The second array, int64, shape (rows,), says which row each column is.
    """
    order = np.argsort(-lengths, kind="stable")
    least = np.empty((len(multipliers), len(order)), np.uint32)
    for rows, tile in _tiles(mixed, begins[order], lengths[order]):
        work = np.empty_like(tile)
        for slot in range(len(multipliers)):
            np.multiply(tile, multipliers[slot], out=work)
            work += offsets[slot]
            np.minimum.reduce(work, axis=0, out=least[slot, rows])
    return least, order


def _tiles(mixed: Shingle, begins: Ints, lengths: Ints) -> Iterator[tuple[slice, Shingle]]:
    """Yield rows of similar length, and their shingles, shape (length, rows), as much as stays in the cache.

    A row has the shingles `begins[r]` to `begins[r] + lengths[r]`, one at least; the longest come first.
    """
    position = 0
    while position < len(lengths):
        width = int(lengths[position])
        size = lengths[position : position + max(1, _TILE // width)]
        # Shorter rows repeat their last shingle, which no minimum sees, as long as that is less than a tile costs.
        size = size[: int(np.searchsorted(np.cumsum(width - size), _SPARE, "right"))]
        rows = slice(position, position + len(size))
        yield rows, mixed[np.minimum(np.arange(width)[:, None], size - 1) + begins[rows]]
        position = rows.stop


def bands(threshold: float, count: int = 128, recall: float = 0.99) -> tuple[int, int]:
    """Return (bands, rows a band) that find pairs at the threshold itself with at least this probability.

    The most rows that reach the recall are taken: they propose the fewest pairs in vain.

    >>> bands(0.5), bands(0.8)
    ((42, 3), (21, 6))
    """
    for rows in range(count, 0, -1):
        number = count // rows
        if 1 - (1 - threshold**rows) ** number >= recall:
            return number, rows
    return count, 1


RECALL = 0.99
"""The share of the pairs at the threshold itself that the bands of what remembers paragraphs find."""


def least_bands(threshold: float, count: int = 128) -> tuple[int, int]:
    """Return (bands, rows a band) as `bands` does, but no more bands than the recall takes.

    >>> least_bands(0.5), least_bands(0.8)
    ((35, 3), (16, 6))
    """
    most, rows = bands(threshold, count, RECALL)
    return next((n for n in range(1, most) if 1 - (1 - threshold**rows) ** n >= RECALL), most), rows


def band_keys(signatures: U32, number: int, rows: int, salts: U64) -> U64:
    """Return the key of each band of each signature, uint64, shape (number, rows of signatures).

    `salts`, uint64, one a signature, keeps scopes apart: equal bands under different salts have different keys.
    """
    values = signatures[:, : number * rows].reshape(len(signatures), number, rows).transpose(1, 0, 2)
    keys: U64 = (salts + np.arange(number, dtype=np.uint64)[:, None] * M3) * M1
    return _stirred(keys, (values[:, :, column] for column in range(rows)))


def _stirred(keys: U64, columns: Iterable[U16] | Iterable[U32]) -> U64:
    """Mix values, one a key in each column, into the keys, in place."""
    for values in columns:
        keys ^= keys >> HALF
        keys += values
        keys *= M2
    keys ^= keys >> HALF
    return keys


def banded(hashes: U32, begins: Ints, lengths: Ints, number: int, rows: int) -> U64:
    """Return the band keys of rows of shingles, uint64, shape (number, rows of shingles), without a salt.

    A row has the shingles `begins[r]` to `begins[r] + lengths[r]`, one at least. The values are not those of
    `signatures`: of each permutation the greatest counts as well as the least, and permutations are products of 16 bits
    by odd numbers, so a value costs a quarter. The least are the first half of the bands, the greatest the second, so
    those of one band are of different permutations. Ji, Li, Yan, Tian, Zhang, "Min-Max Hash for Jaccard Similarity"
    (2013). Rows of more than 65,536 different shingles would be alike in all bands.
    """
    multipliers = permutations((number + 1) // 2 * rows)[0].astype(np.uint16)
    order = np.argsort(-lengths, kind="stable")
    least = np.empty((len(multipliers), len(order)), np.uint16)
    most = np.empty_like(least)
    mixed = np.maximum(_mixed(hashes).astype(np.uint16), np.uint16(1))  # 0 would stay 0, the least of all
    for chosen, tile in _tiles(mixed, begins[order], lengths[order]):
        work = np.empty_like(tile)
        for slot in range(len(multipliers)):
            np.multiply(tile, multipliers[slot], out=work)
            np.minimum.reduce(work, axis=0, out=least[slot, chosen])
            np.maximum.reduce(work, axis=0, out=most[slot, chosen])
    values = np.concatenate([least, most])
    keys = np.empty((number, len(order)), np.uint64)
    begun = (np.arange(number, dtype=np.uint64) * M3) * M1
    for band in range(number):
        keys[band, order] = _stirred(np.full(len(order), begun[band]), values[band * rows : (band + 1) * rows])
    return keys
