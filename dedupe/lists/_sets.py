"""From elements to sets of shingles, numbered so that equal numbers are equal shingles, not equal hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from dedupe._arrays import I32, U64, Bools, Ints
from dedupe.lists._elements import Elements
from dedupe.text.words import HALF, M1, M4, offsets

_PAD = np.uint64(0)
"""The element before and after a text; no other one is 0."""

_GOLDEN, _MASK = 0x9E3779B97F4A7C15, 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Padded:
    """Texts with pads, so that every element begins, ends or is in the middle of a shingle.

    `values`: uint64, all elements, `size` - 1 pads between texts. `hashes`: uint64, one a shingle. `starts`: int64,
    shape (texts + 1,), the first shingle of each text: a text has as many shingles as elements. `is_exact`: the upper
    bits of hashes, but for as many as number all shingles, are the shingles themselves.
    """

    values: U64
    hashes: U64
    starts: Ints
    size: int
    is_exact: bool = False

    def windows(self, shingles: Ints, texts: Ints) -> Ints:
        """Return the position in `values` at which each of some shingles, of these texts, begins."""
        return shingles + texts * (self.size - 1)


def padded(parts: Iterable[Elements], size: int) -> Padded:
    """Return the shingles of `size` elements of texts, chunk by chunk."""
    made = [_padded_chunk(part, size) for part in parts]
    nothing = np.zeros(0, np.uint64)
    values = np.concatenate([nothing, *(part.values for part in made)])
    hashes = np.concatenate([nothing, *(part.hashes for part in made)])
    counts = np.concatenate([np.zeros(0, np.int64), *(np.diff(part.starts) for part in made)])
    return Padded(values, hashes, offsets(counts), size)


def spelled(texts: Padded) -> Padded:
    """Return texts of characters with the shingles themselves in place of their hashes, if there is room for them."""
    if not len(texts.hashes):
        return texts
    used = np.bincount(texts.values.view(np.int64))
    numbers = np.cumsum(used > 0, dtype=np.uint64) - np.uint64(1)
    width = int(numbers[-1]).bit_length()
    if width * texts.size + len(texts.hashes).bit_length() > 64:
        return texts
    dense = numbers[texts.values.view(np.int64)]
    packed = np.zeros(len(dense), np.uint64)
    for place in range(texts.size):
        packed <<= np.uint64(width)
        packed[: len(dense) - place] |= dense[place:]
    packed <<= np.uint64(64 - width * texts.size)
    counts = np.diff(texts.starts)
    windows = np.arange(len(texts.hashes)) + (np.arange(len(counts)) * (texts.size - 1)).repeat(counts)
    return replace(texts, hashes=packed[windows], is_exact=True)


def _padded_chunk(part: Elements, size: int) -> Padded:
    counts = np.diff(part.starts)
    pads = np.arange(len(counts)) * (size - 1)
    windows = np.arange(len(part.values)) + pads.repeat(counts)
    values = np.full(len(part.values) + len(counts) * (size - 1), _PAD)
    values[windows + size // 2] = part.values
    hashes = np.zeros(len(values), np.uint64)
    for at, factor in enumerate(_factors(size)):
        hashes[: len(values) - at] += values[at:] * factor
    hashes = hashes[windows]
    hashes ^= hashes >> HALF
    hashes *= M4
    return Padded(values, hashes, part.starts, size)


def _factors(size: int) -> U64:
    """Return an odd factor for each place in a shingle."""
    factors = ((_GOLDEN * (2 * place + 3) ^ place << 17) & _MASK | 1 for place in range(size))
    return np.fromiter(factors, np.uint64, size)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Shingles that may be shared: distinct (text, shingle) pairs sorted by shingle and then by text.

    `texts`, `shingles`: int64. `sizes`: int64, shape (texts,), the number of distinct shingles of each text, also of
    those that no other text has. Of a text that has too few shared ones to reach the threshold it may be too large.
    """

    texts: Ints
    shingles: Ints
    sizes: Ints


def shared_occurrences(texts: Padded, threshold: float, *, contained: bool) -> Occurrences:
    """Return the shingles that stand more than once, of texts that may reach the threshold.

    Shingles are sorted by the upper bits of their hashes; whether neighbours are equal is seen from their elements.
    `contained`: keep each text that may contain another one, too.
    """
    counts = np.diff(texts.starts)
    owners = np.arange(len(counts), dtype=np.int32).repeat(counts)
    shingles = _perhaps_shared(texts.hashes, owners, counts, threshold, contained)
    bits = max(1, len(owners)).bit_length()
    low = np.uint64((1 << bits) - 1)
    packed = texts.hashes[shingles] & ~low
    packed |= shingles.view(np.uint64)
    packed.sort()
    equal = np.zeros(len(packed) + 1, bool)
    np.less_equal(packed[1:] ^ packed[:-1], low, out=equal[1:-1])
    repeated = (equal[1:] | equal[:-1]).nonzero()[0]
    shingles = (packed[repeated] & low).view(np.int64)
    groups = np.cumsum(~equal[repeated]) - 1  # the first of each is not equal to the one before it
    del packed, equal, repeated
    found = owners[shingles]
    kept = _perhaps_near(found, groups, counts, threshold, contained)
    shingles, groups, having = shingles[kept], groups[kept], found[kept].astype(np.int64)
    order, new_shingle = _grouped(texts, groups, texts.windows(shingles, having))
    having = having[order]
    new = new_shingle.copy()
    new[1:] |= having[1:] != having[:-1]
    sizes = counts - np.bincount(having[~new], minlength=len(counts))
    numbers = np.cumsum(new_shingle) - 1
    return Occurrences(having[new], numbers[new], sizes)


def _perhaps_shared(hashes: U64, owners: I32, counts: Ints, threshold: float, contained: bool) -> Ints:
    """Return the shingles that stand more than once, of texts that have enough of them, and a few more.

    Each shingle writes its position into a slot of its hash and reads it again, which takes less time than sorting. A
    text with too few slots that are written more than once shares too few shingles.
    """
    bits = max(1, len(hashes)).bit_length() + 1
    slots = (hashes * M1 >> np.uint64(64 - bits)).view(np.int64)
    positions = np.arange(len(hashes), dtype=np.int32)
    last = np.empty(1 << bits, np.int32)
    last[slots] = positions
    marked = np.zeros(1 << bits, bool)
    marked[slots[last.take(slots) != positions]] = True
    shared = marked.take(slots)
    enough = np.bincount(owners[shared], minlength=len(counts)) >= needed(threshold, counts)
    shared &= enough.repeat(counts)
    if contained:
        marked[:] = False
        marked[slots[shared]] = True
        shared = marked.take(slots)
    found: Ints = shared.nonzero()[0]
    return found


def _perhaps_near(owners: I32, groups: Ints, counts: Ints, threshold: float, contained: bool) -> Bools:
    """Say which shingles that are not alone may count: the text has enough of them, or another text that has the same.

    A text of n shingles, r of which stand elsewhere too (here: their hashes), has r >= threshold * n, or no partner.
    """
    enough = np.bincount(owners, minlength=len(counts)) >= needed(threshold, counts)
    kept: Bools = enough[owners]
    if contained:
        kept = np.bincount(groups[kept], minlength=int(groups[-1]) + 1 if len(groups) else 0).astype(bool)[groups]
    return kept


def needed(threshold: float, sizes: Ints) -> Ints:
    """Return the least whole number of shingles that is this share of so many; one too few where rounding matters."""
    least: Ints = np.ceil(sizes * (threshold * (1 - 1e-12))).astype(np.int64)
    return least


def _grouped(texts: Padded, groups: Ints, windows: Ints) -> tuple[Ints, Bools]:
    """Return the order that puts equal shingles of each group side by side, and whether each is the first of its kind.

    `groups`: int64, in order; a group has more than one shingle only where different ones have equal hashes.
    """
    order = np.arange(len(groups))
    first = np.ones(len(groups), bool)
    first[1:] = groups[1:] != groups[:-1]
    differs = ~first
    if texts.is_exact:
        return order, first
    differs[1:] &= ~_are_equal(texts, windows)
    if differs.any():
        mixed = np.zeros(int(groups[-1]) + 1, bool)
        mixed[groups[differs]] = True
        at = mixed[groups].nonzero()[0]
        columns = [texts.values[windows[at] + place] for place in reversed(range(texts.size))]
        sorted_at = at[np.lexsort((at, *columns, groups[at]))]
        order[at] = sorted_at
        first[at[1:]] |= ~_are_equal(texts, windows[sorted_at])
    return order, first


def _are_equal(texts: Padded, windows: Ints) -> Bools:
    """Say for each shingle but the first whether it equals the one before it."""
    same = np.ones(max(0, len(windows) - 1), bool)
    for place in range(texts.size):
        values = texts.values[windows + place]
        same &= values[1:] == values[:-1]
    return same
