"""Sketches of paragraphs: sets of bits, by which most dissimilar pairs are told apart without their shingles."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from dedupe._arrays import U8, U32, Bools, Ints
from dedupe.matching.similarity import ROUNDING, elements_of

SKETCH_BITS = 256
"""Bits of a sketch: of news paragraphs, 48 shingles long, one in a hundred proposed pairs is left by its sketches."""

_BLOCK_PARAGRAPHS = 1 << 12
"""Paragraphs whose bits are set together: a byte a bit, they stay in the cache."""


def sketches(hashes: U32, starts: Ints, paragraphs: Ints) -> U8:
    """Return the sketch of each paragraph, uint8, shape (paragraphs, `SKETCH_BITS` / 8): a bit for each shingle.

    Paragraph p has the shingles `starts[p]` to `starts[p + 1]`.
    """
    bits = (hashes >> np.uint32(24)).astype(np.uint8)
    found = np.empty((len(paragraphs), SKETCH_BITS // 8), np.uint8)
    for first in range(0, len(paragraphs), _BLOCK_PARAGRAPHS):
        chosen = paragraphs[first : first + _BLOCK_PARAGRAPHS]
        flags = np.zeros((len(chosen), SKETCH_BITS), np.uint8)
        places = np.arange(len(chosen)).repeat(starts[chosen + 1] - starts[chosen])
        places *= SKETCH_BITS
        places += bits[elements_of(starts, chosen)]
        flags.ravel()[places] = 1
        found[first : first + len(chosen)] = np.packbits(flags, axis=1)
    return found


def perhaps_similar(left: U8, right: U8, left_sizes: Ints, right_sizes: Ints, jaccard: float) -> Bools:
    """Return which pairs may have this Jaccard similarity, by their sketches and sizes; bool, shape (pairs,).

    Each bit that one of two has alone is a shingle at least that the other lacks, so no similar pair is left out.
    `left_sizes`, `right_sizes`: the numbers of shingles, int64; equal ones may be counted more than once.
    """
    only_left, only_right = _ones(left & ~right), _ones(right & ~left)
    shared = np.minimum(left_sizes - only_left, right_sizes - only_right)
    similar: Bools = shared >= (jaccard - ROUNDING) * (shared + only_left + only_right)
    return similar


def _ones(sketches: U8) -> Ints:
    """Return the number of ones of each sketch, int64."""
    counts: Ints = _ones_of_pairs_of_bytes()[sketches.view(np.uint16)].sum(axis=1, dtype=np.int64)
    return counts


@lru_cache(maxsize=1)  # a pure function
def _ones_of_pairs_of_bytes() -> U8:
    """Return the number of ones of each number of 16 bits: numpy counts them itself from version 2 on only."""
    numbers = np.arange(1 << 16, dtype=np.uint16)
    counts: U8 = np.unpackbits(numbers.view(np.uint8).reshape(-1, 2), axis=1).sum(axis=1, dtype=np.uint8)
    return counts
