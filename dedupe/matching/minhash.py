"""MinHash signatures and LSH band keys.

Signatures equal those of datasketch 2's scheme "affine32" for the same 32-bit shingle hashes: h = fmix32(shingle), then
value k is the least of (a_k * h + b_k) mod 2^32. Broder, "On the resemblance and containment of documents" (1997);
banding as in Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from random import Random
from typing import TypeVar

import numpy as np

from dedupe._arrays import U16, U32, U64, Ints
from dedupe.text.words import HALF, M1, M2, M3

SCHEME = "affine32"
"""The scheme of the signatures; an index of another scheme is refused."""

BANDING = "min-max16"
"""The scheme of the band keys of a corpus (`banded`)."""

_STATE_NUMBERS = 624
"""Numbers in the state of the generator MT19937."""

Shingle = TypeVar("Shingle", U16, U32)

_TILE_SHINGLES = 1 << 17
"""Shingles that are permuted at once: a tile of 32-bit values stays in the cache, and a reduction over fewer values
would mostly be the cost of its call."""

_ONE_CALL_SHINGLES = 1 << 13
"""Shingles up to which all permutations are made in one call."""

_PADDING_SHINGLES = 1 << 14
"""Most shingles of padding that are permuted in one tile; beyond it another tile is cheaper."""


@lru_cache(maxsize=8)  # a pure function, 0.2 ms of each small document
def permutations(count: int, seed: int = 1) -> tuple[U32, U32]:
    """Return the multipliers (odd) and the offsets of `count` permutations of 32-bit values, as read-only arrays."""
    numbers = _random_numbers(seed, 2 * count)
    multipliers = (numbers[:count] & np.uint32(0x7FFFFFFF)) * np.uint32(2) + np.uint32(1)
    offsets = numbers[count:]
    for values in (multipliers, offsets):
        values.setflags(write=False)
    return multipliers, offsets


def _random_numbers(seed: int, count: int) -> U32:
    """Return the first numbers of 32 bits of numpy's `RandomState(seed)`, which datasketch draws from.

    The generator of Python is the same one (MT19937), of which numpy begins with a state made from the seed alone;
    loading `numpy.random` for it takes 15 ms.
    """
    if not 0 <= seed < 1 << 32:
        raise ValueError(f"seed must be a number of 32 bits, not {seed}")
    state = [seed]
    while len(state) < _STATE_NUMBERS:
        state.append((0x6C078965 * (state[-1] ^ state[-1] >> 30) + len(state)) & 0xFFFFFFFF)
    generator = Random()
    generator.setstate((3, (*state, _STATE_NUMBERS), None))
    return np.array([generator.getrandbits(32) for _ in range(count)], np.uint32)


def _mixed(hashes: U32) -> U32:
    """Return fmix32 (the finaliser of MurmurHash3) of each hash."""
    mixed = hashes ^ (hashes >> np.uint32(16))
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def signatures(hashes: U32, starts: Ints, count: int = 128, seed: int = 1) -> U32:
    """Return MinHash signatures, uint32, shape (paragraphs, count).

    Paragraph p has the shingles `starts[p]` to `starts[p + 1]`. A paragraph without shingles gets the
    largest value everywhere, as an empty MinHash of datasketch does.
    """
    multipliers, offsets = permutations(count, seed)
    lengths = np.diff(starts)
    mixed = _mixed(hashes)
    result = np.full((len(lengths), count), 0xFFFFFFFF, np.uint32)
    filled = np.flatnonzero(lengths)
    if len(mixed) <= _ONE_CALL_SHINGLES:  # the number of calls is the cost: make all permutations in one
        if len(filled):
            values = mixed[:, None] * multipliers + offsets
            result[filled] = np.minimum.reduceat(values, starts[filled], axis=0)
        return result
    least, order = _minima(mixed, starts[filled], lengths[filled], multipliers, offsets)
    result[filled[order]] = least.T
    return result


def _minima(mixed: U32, begins: Ints, lengths: Ints, multipliers: U32, offsets: U32) -> tuple[U32, Ints]:
    """Return the least value of each paragraph under each permutation, uint32, shape (permutations, paragraphs).

    The second array, int64, shape (paragraphs,), is the paragraph of each column: the longest comes first.
    """
    order = np.argsort(-lengths, kind="stable")
    least = np.empty((len(multipliers), len(order)), np.uint32)
    for columns, tile in _tiles(mixed, begins[order], lengths[order]):
        work = np.empty_like(tile)
        for permutation in range(len(multipliers)):
            np.multiply(tile, multipliers[permutation], out=work)
            work += offsets[permutation]
            np.minimum.reduce(work, axis=0, out=least[permutation, columns])
    return least, order


def _tiles(mixed: Shingle, begins: Ints, lengths: Ints) -> Iterator[tuple[slice, Shingle]]:
    """Yield slices of paragraphs of similar length, and their shingles, shape (length, paragraphs), that fit the cache.

    Paragraph p has the shingles `begins[p]` to `begins[p] + lengths[p]`, one at least; the longest come first.
    """
    position = 0
    while position < len(lengths):
        width = int(lengths[position])
        sizes = lengths[position : position + max(1, _TILE_SHINGLES // width)]
        # Shorter paragraphs are padded with their last shingle, which changes no minimum.
        sizes = sizes[: int(np.searchsorted(np.cumsum(width - sizes), _PADDING_SHINGLES, "right"))]
        columns = slice(position, position + len(sizes))
        yield columns, mixed[np.minimum(np.arange(width)[:, None], sizes - 1) + begins[columns]]
        position = columns.stop


def bands(threshold: float, count: int = 128, recall: float = 0.99) -> tuple[int, int]:
    """Return (bands, rows a band) that propose pairs at the threshold itself with at least this probability.

    Of those that reach the recall, the most rows a band propose the fewest pairs below the threshold.

    >>> bands(0.5), bands(0.8)
    ((42, 3), (21, 6))
    """
    for rows in range(count, 0, -1):
        band_count = count // rows
        if 1 - (1 - threshold**rows) ** band_count >= recall:
            return band_count, rows
    return count, 1


RECALL = 0.99
"""The share of the pairs at the threshold itself that the bands of an index or a corpus propose."""


def least_bands(threshold: float, count: int = 128) -> tuple[int, int]:
    """Return (bands, rows a band) as `bands` does, with no more bands than the recall needs.

    >>> least_bands(0.5), least_bands(0.8)
    ((35, 3), (16, 6))
    """
    most, rows = bands(threshold, count, RECALL)
    return next((n for n in range(1, most) if 1 - (1 - threshold**rows) ** n >= RECALL), most), rows


def band_keys(signatures: U32, band_count: int, band_rows: int, salts: U64) -> U64:
    """Return the key of each band of each signature, uint64, shape (band_count, signatures).

    `salts`: uint64, one a signature; equal bands under different salts have different keys, which separates scopes.
    """
    values = signatures[:, : band_count * band_rows].reshape(len(signatures), band_count, band_rows).transpose(1, 0, 2)
    keys: U64 = (salts + np.arange(band_count, dtype=np.uint64)[:, None] * M3) * M1
    return _mix_in(keys, (values[:, :, column] for column in range(band_rows)))


def _mix_in(keys: U64, columns: Iterable[U16] | Iterable[U32]) -> U64:
    """Mix columns of values, one value a key, into the keys in place, and return them."""
    for values in columns:
        keys ^= keys >> HALF
        keys += values
        keys *= M2
    keys ^= keys >> HALF
    return keys


def banded(hashes: U32, begins: Ints, lengths: Ints, band_count: int, band_rows: int) -> U64:
    """Return the band keys of paragraphs, uint64, shape (band_count, paragraphs), without a salt.

    Paragraph p has the shingles `begins[p]` to `begins[p] + lengths[p]`, one at least. The values are not those of
    `signatures`: each permutation gives two values, the least and the greatest, and permutations multiply 16 bits by
    odd numbers, so a value costs a quarter. The least values make the first half of the bands, the greatest the second,
    so the values of one band come from different permutations. Ji, Li, Yan, Tian, Zhang, "Min-Max Hash for Jaccard
    Similarity" (2013). Paragraphs of more than 65,536 different shingles would be equal in all bands.
    """
    multipliers = permutations((band_count + 1) // 2 * band_rows)[0].astype(np.uint16)
    order = np.argsort(-lengths, kind="stable")
    least = np.empty((len(multipliers), len(order)), np.uint16)
    greatest = np.empty_like(least)
    mixed = np.maximum(_mixed(hashes).astype(np.uint16), np.uint16(1))  # any multiple of 0 is 0, the least value
    for columns, tile in _tiles(mixed, begins[order], lengths[order]):
        work = np.empty_like(tile)
        for permutation in range(len(multipliers)):
            np.multiply(tile, multipliers[permutation], out=work)
            np.minimum.reduce(work, axis=0, out=least[permutation, columns])
            np.maximum.reduce(work, axis=0, out=greatest[permutation, columns])
    values = np.concatenate([least, greatest])
    keys = np.empty((band_count, len(order)), np.uint64)
    initial = (np.arange(band_count, dtype=np.uint64) * M3) * M1
    for band in range(band_count):
        keys[band, order] = _mix_in(
            np.full(len(order), initial[band]), values[band * band_rows : (band + 1) * band_rows]
        )
    return keys
