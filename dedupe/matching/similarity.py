"""Exact overlaps of the shingle sets of paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe._arrays import U32, U64, Bools, Ints
from dedupe.text.words import HALF

_BLOCK_PAIRS = 1 << 15
"""Pairs that are verified at once."""

ROUNDING = 1e-9
"""More than a quotient of two counts may differ from their product, and less than the difference of two quotients."""


def shared_shingles(hashes: U32, starts: Ints, left: Ints, right: Ints) -> Ints:
    """Return how many distinct shingles the two paragraphs of each pair share, int64, shape (pairs,)."""
    counts = [
        _shared(hashes, starts, left[at : at + _BLOCK_PAIRS], right[at : at + _BLOCK_PAIRS])
        for at in range(0, len(left), _BLOCK_PAIRS)
    ]
    return np.concatenate(counts) if counts else np.zeros(0, np.intp)


def similar_pairs(hashes: U32, starts: Ints, left: Ints, right: Ints, jaccard: float) -> Bools:
    """Return which pairs of paragraphs may have this Jaccard similarity, by their hashes; bool, shape (pairs,)."""
    paragraphs = np.arange(len(starts) - 1)
    sets = _distinct_sets(hashes, starts, paragraphs, paragraphs.astype(np.uint64) << HALF)
    counts = np.bincount((sets >> HALF).astype(np.intp), minlength=len(paragraphs))
    lefts, rights = counts[left], counts[right]
    least = jaccard - ROUNDING
    similar: Bools = np.minimum(lefts, rights) >= least * np.maximum(lefts, rights)
    left, right = left[similar], right[similar]
    shared = shared_shingles(hashes, starts, left, right)
    similar[similar] = shared >= least * (counts[left] + counts[right] - shared)
    return similar


def _shared(hashes: U32, starts: Ints, left: Ints, right: Ints) -> Ints:
    """Return what `shared_shingles` does, for one block of pairs."""
    pairs = np.arange(len(left), dtype=np.uint64) << HALF
    both = np.concatenate([_distinct_sets(hashes, starts, paragraphs, pairs) for paragraphs in (left, right)])
    both.sort()
    equal = both[1:][both[1:] == both[:-1]] >> HALF
    counts: Ints = np.bincount(equal.astype(np.intp), minlength=len(left))
    return counts


def _distinct_sets(hashes: U32, starts: Ints, paragraphs: Ints, pairs: U64) -> U64:
    """Return the distinct shingles of each paragraph, packed with its pair (`pair | hash`), concatenated and sorted."""
    elements = elements_of(starts, paragraphs)
    packed = pairs.repeat(starts[paragraphs + 1] - starts[paragraphs]) | hashes[elements]
    packed.sort()
    new = np.ones(len(packed), bool)
    new[1:] = packed[1:] != packed[:-1]
    return packed[new]


def elements_of(starts: Ints, paragraphs: Ints) -> Ints:
    """Return the positions of all shingles of the paragraphs, one paragraph after another."""
    lengths = starts[paragraphs + 1] - starts[paragraphs]
    ends = np.cumsum(lengths)
    elements: Ints = (starts[paragraphs] - ends + lengths).repeat(lengths)
    elements += np.arange(len(elements))
    return elements


def word_scores(left: Sequence[str], right: Sequence[str]) -> tuple[float, float]:
    """Return the Jaccard similarity, and the share of left's shingles that right has, counted on words, not hashes."""
    ours, theirs = (
        set(zip(("", *words), words, (*words[1:], ""), strict=False)) for words in (tuple(left), tuple(right))
    )
    shared = len(ours & theirs)
    return shared / max(1, len(ours) + len(theirs) - shared), shared / max(1, len(ours))
