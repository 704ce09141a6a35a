"""How alike are two paragraphs? Exact overlaps of shingle sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe.text.shingles import HALF

_BLOCK = 1 << 15
"""Pairs that are verified at once."""


def shared_shingles(hashes: U32, starts: Ints, left: Ints, right: Ints) -> Ints:
    """Return how many distinct shingles both rows of each pair have, int64, shape (pairs,)."""
    counts = [
        _shared(hashes, starts, left[at : at + _BLOCK], right[at : at + _BLOCK]) for at in range(0, len(left), _BLOCK)
    ]
    return np.concatenate(counts) if counts else np.zeros(0, np.int64)


def _shared(hashes: U32, starts: Ints, left: Ints, right: Ints) -> Ints:
    numbers = np.arange(len(left), dtype=np.uint64) << HALF
    both = np.concatenate([_distinct_sets(hashes, starts, rows, numbers) for rows in (left, right)])
    both.sort()
    equal = both[1:][both[1:] == both[:-1]] >> HALF
    counts: Ints = np.bincount(equal.astype(np.int64), minlength=len(left))
    return counts


def _distinct_sets(hashes: U32, starts: Ints, rows: Ints, numbers: U64) -> U64:
    """Return each row's distinct shingles under its number (`number | hash`), concatenated and sorted."""
    elements = elements_of(starts, rows)
    packed = numbers.repeat(starts[rows + 1] - starts[rows]) | hashes[elements]
    packed.sort()
    new = np.ones(len(packed), bool)
    new[1:] = packed[1:] != packed[:-1]
    return packed[new]


def elements_of(starts: Ints, rows: Ints) -> Ints:
    """Return the positions of all elements of the rows, row after row."""
    lengths = starts[rows + 1] - starts[rows]
    ends = np.cumsum(lengths)
    elements: Ints = (starts[rows] - ends + lengths).repeat(lengths)
    elements += np.arange(len(elements))
    return elements


def word_scores(one: Sequence[str], other: Sequence[str]) -> tuple[float, float]:
    """Return Jaccard similarity and the share of one's shingles that other has, counted on words, not on hashes."""
    mine, theirs = (set(zip(("", *side), side, (*side[1:], ""), strict=False)) for side in (tuple(one), tuple(other)))
    shared = len(mine & theirs)
    return shared / max(1, len(mine) + len(theirs) - shared), shared / max(1, len(mine))
