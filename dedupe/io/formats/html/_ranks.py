"""Ranks of tags whose order in the tree differs from that in the source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe._arrays import Ints


def extremes(numbers: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return the least and the greatest number in each range of positions, `last` included (int64, shape (ranges,))."""
    low, high = numbers[first], numbers[first]
    least = greatest = numbers
    size = 1
    while size <= len(numbers):
        rows = np.flatnonzero((last - first + 1 >= size) & (last - first + 1 < 2 * size))
        left, right = first[rows], last[rows] - size + 1
        low[rows] = np.minimum(least[left], least[right])
        high[rows] = np.maximum(greatest[left], greatest[right])
        least = np.minimum(least[:-size], least[size:])
        greatest = np.maximum(greatest[:-size], greatest[size:])
        size *= 2
    return low, high


def inverse(order: Sequence[int]) -> list[int]:
    """Return the rank of each number in an order."""
    ranks = [0] * len(order)
    for rank, number in enumerate(order):
        ranks[number] = rank
    return ranks
