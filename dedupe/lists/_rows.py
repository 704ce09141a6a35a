"""Sets of shingles as rows of an array, the rarest shingle first, one row for texts with the same set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U64, Bools, Ints
from dedupe.lists._sets import Occurrences, needed
from dedupe.text.words import HALF, M1, M2, offsets

MAX_PASSES = 4
"""How often shingles without a partner are left out: each time, texts may have too few shared shingles from then on."""

_LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class ShingleRows:
    """The texts that may be near another one, but for those with the set of an earlier one.

    `first`: int64, shape (texts,), the first text with the same set of shingles. `texts`: int64, the text of each row,
    in order. `tokens`: int64, the shingles that a row shares with others, numbered from the rarest on, in order.
    `starts`: int64, shape (rows + 1,). `counts`: int64, the number of tokens of each row. `sizes`: int64, all distinct
    shingles of each row. `narrow`, `wide`: int64; so many first tokens of the smaller row of a pair at the threshold,
    and so many of the larger one, have one in common.
    """

    first: Ints
    texts: Ints
    tokens: Ints
    starts: Ints
    counts: Ints
    sizes: Ints
    narrow: Ints
    wide: Ints


def rows_of(found: Occurrences, threshold: float, *, contained: bool) -> ShingleRows:
    """Return the rows of texts. With `contained`, a row that is too large to reach the threshold stays."""
    packed = found.texts.astype(np.uint64) << HALF | found.shingles.astype(np.uint64)
    packed.sort()
    texts, shingles = (packed >> HALF).view(np.int64), (packed & _LOW).view(np.int64)
    first = _first_of_equal(texts, shingles, found.sizes)
    kept = first[texts] == texts
    texts, shingles = texts[kept], shingles[kept]
    for _ in range(MAX_PASSES):
        kept = _may_count(texts, shingles, found.sizes, threshold, contained)
        texts, shingles = texts[kept], shingles[kept]
        if kept.all():
            break
    return _ranked(first, texts, shingles, found.sizes, threshold, contained)


def _may_count(texts: Ints, shingles: Ints, sizes: Ints, threshold: float, contained: bool) -> Bools:
    """Say which shingles may be shared by a pair at the threshold."""
    shared = (np.bincount(shingles) > 1)[shingles]
    enough = np.bincount(texts[shared], minlength=len(sizes)) >= needed(threshold, sizes)
    kept: Bools = shared & enough[texts]
    if contained:
        kept = shared & (np.bincount(shingles[kept], minlength=int(shingles.max(initial=0)) + 1) > 0)[shingles]
    return kept


def _ranked(first: Ints, texts: Ints, shingles: Ints, sizes: Ints, threshold: float, contained: bool) -> ShingleRows:
    """Return the rows of these texts, their shingles numbered from the rarest on."""
    frequencies = np.bincount(shingles)
    order = frequencies.argsort(kind="stable")
    ranks = np.empty(len(order), np.uint64)
    ranks[order] = np.arange(len(order), dtype=np.uint64)
    counts = np.bincount(texts, minlength=len(sizes))
    chosen = counts.nonzero()[0]
    counts = counts[chosen]
    packed = np.arange(len(chosen), dtype=np.uint64).repeat(counts) << HALF | ranks[shingles]
    packed.sort()
    sizes = sizes[chosen]
    rare = np.maximum(counts - needed(threshold, sizes) + 1, 0)
    narrow, wide = rare, counts
    if not contained:  # two rows of Jaccard t share 2 t / (1 + t) of the smaller one, or more
        narrow, wide = np.maximum(counts - needed(2 * threshold / (1 + threshold), sizes) + 1, 0), rare
    return ShingleRows(first, chosen, (packed & _LOW).view(np.int64), offsets(counts), counts, sizes, narrow, wide)


def _first_of_equal(texts: Ints, shingles: Ints, sizes: Ints) -> Ints:
    """Return for each text the first one with the same set of shingles; both are given in order."""
    first = np.arange(len(sizes))
    counts = np.bincount(texts, minlength=len(sizes))
    starts = offsets(counts)
    whole = ((counts == sizes) & (counts > 0)).nonzero()[0]  # all its shingles are in other texts, too
    if len(whole) < 2:
        return first
    sums = np.add.reduceat(_mixed(shingles), starts[:-1][counts > 0])[np.cumsum(counts > 0)[whole] - 1]
    order = sums.argsort(kind="stable")
    whole, sums = whole[order], sums[order]
    new = np.append(True, sums[1:] != sums[:-1])
    originals = whole[new][np.cumsum(new) - 1]
    later, originals = whole[~new], originals[~new]
    fits = counts[later] == counts[originals]
    later, originals = later[fits], originals[fits]
    if len(later):
        lengths = counts[later]
        equal = shingles[spans(starts[later], lengths)] == shingles[spans(starts[originals], lengths)]
        fits = np.add.reduceat(equal.astype(np.int64), offsets(lengths)[:-1]) == lengths  # sums may be equal by chance
        first[later[fits]] = originals[fits]
    return first


def _mixed(shingles: Ints) -> U64:
    mixed: U64 = (shingles.view(np.uint64) + np.uint64(1)) * M1
    mixed ^= mixed >> HALF
    mixed *= M2
    mixed ^= mixed >> HALF
    return mixed


def blocks(costs: Ints, limit: int) -> Iterator[slice]:
    """Yield parts of a series whose costs are at most so much together, or that have one member."""
    sums = np.cumsum(costs)
    begin = done = 0
    while begin < len(sums):
        end = max(begin + 1, int(sums.searchsorted(done + limit, "right")))
        yield slice(begin, end)
        begin, done = end, int(sums[end - 1])


def spans(begins: Ints, lengths: Ints) -> Ints:
    """Return the positions of parts that begin here and are so long, one part after another."""
    ends = np.cumsum(lengths)
    positions: Ints = (begins - ends + lengths).repeat(lengths)
    positions += np.arange(len(positions))
    return positions
