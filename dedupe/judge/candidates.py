"""Candidates: the pairs (duplicate, original) of a chunk of documents that the model scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe.judge.texts import Texts
from dedupe.matching.lsh import packed_pairs
from dedupe.matching.match import Matches

MAX_PARTNERS = 6
"""Most near-duplicates of a paragraph, the most similar first, that are candidates for its original."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of paragraphs of one document, in both directions, sorted by duplicate and then by original.

    `duplicate`, `original`: int64, shape (candidates,), paragraphs of the chunk. `equal`: bool, whether both have the
    same words. `jaccard`: float64, the similarity of their shingles. `containment`: float64, the share of the
    duplicate's shingles that are in the original. The others have the shape (paragraphs,), int64. `group`: the first
    paragraph with the same words. `copies`: how many have them. `near`: the number of near-duplicates, equal ones
    counted once. `ordinal`: the copies above. `order`: the paragraphs sorted by group and position.
    """

    duplicate: Ints
    original: Ints
    equal: Bools
    jaccard: Floats
    containment: Floats
    group: Ints
    copies: Ints
    near: Ints
    ordinal: Ints
    order: Ints

    def __len__(self) -> int:
        return len(self.duplicate)

    @property
    def follows(self) -> Bools:
        """Whether the duplicate is the next copy below the original, if both have the same words."""
        found: Bools = self.ordinal[self.duplicate] == self.ordinal[self.original] + 1
        return found


def find_candidates(texts: Texts, matches: Matches) -> Candidates:
    """Return the candidates of a chunk from its matches, which number blank paragraphs too."""
    count = len(texts)
    paragraph = np.full(int(texts.first_number[-1]), -1, np.intp)
    paragraph[texts.numbers] = np.arange(count)
    group = np.arange(count)
    group[paragraph[matches.copies]] = paragraph[matches.originals]
    copies = np.bincount(group, minlength=count)
    order = group.argsort(kind="stable")
    begin = np.zeros(count, np.intp)  # where the members of a group begin in the order
    copies[:-1].cumsum(out=begin[1:])
    ordinal = np.empty(count, np.intp)
    ordinal[order] = np.arange(count) - begin[group[order]]
    left, right = paragraph[matches.earlier], paragraph[matches.later]
    forth, back = matches.containments
    jaccard = matches.jaccard
    near = np.bincount(left, minlength=count) + np.bincount(right, minlength=count)
    pairs = [
        *_equal_pairs(group, copies, ordinal, order, begin),
        *_near_pairs(
            np.concatenate([left, right]),
            np.concatenate([right, left]),
            np.concatenate([jaccard, jaccard]),
            np.concatenate([forth, back]),
            copies,
            order,
            begin,
        ),
    ]
    duplicate, original = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    scores = [np.concatenate([pair[side] for pair in pairs]) for side in (2, 3)]
    apart = (duplicate != original).nonzero()[0]
    kept = apart[_first_of_each(packed_pairs(duplicate[apart], original[apart]))]
    duplicate, original = duplicate[kept], original[kept]
    return Candidates(
        duplicate,
        original,
        group[duplicate] == group[original],
        scores[0][kept],
        scores[1][kept],
        group,
        copies[group],
        near[group],
        ordinal,
        order,
    )


Pairs = tuple[Ints, Ints, Floats, Floats]


def _first_of_each(keys: Ints) -> Ints:
    """Return the position of each distinct key, in the order of the keys."""
    order = keys.argsort(kind="stable")
    ordered = keys[order]
    new = np.ones(len(keys), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    found: Ints = order[new]
    return found


def _equal_pairs(group: Ints, copies: Ints, ordinal: Ints, order: Ints, begin: Ints) -> list[Pairs]:
    """Return pairs of each copy with the first, previous, next and last copy."""
    several = (copies[group] > 1).nonzero()[0]
    start, above, last = begin[group[several]], ordinal[several], copies[group[several]] - 1
    ones = np.ones(len(several))
    return [
        (several, order[start + which], ones, ones)
        for which in (0, np.maximum(above - 1, 0), np.minimum(above + 1, last), last)
    ]


def _near_pairs(
    one: Ints, other: Ints, jaccard: Floats, share: Floats, copies: Ints, order: Ints, begin: Ints
) -> list[Pairs]:
    """Pair each copy of one paragraph with three of the other: the first, the nearest before and the nearest after."""
    if not len(one):
        return []
    ranked = np.lexsort((other, -jaccard, one))
    firsts = one[ranked].searchsorted(one[ranked])
    ranked = ranked[np.arange(len(ranked)) - firsts < MAX_PARTNERS]
    ranked = np.sort(ranked)
    one, other, jaccard, share = one[ranked], other[ranked], jaccard[ranked], share[ranked]
    times = copies[one]
    pair = np.arange(len(one)).repeat(times)
    within = np.arange(len(pair)) - (np.cumsum(times) - times).repeat(times)
    copy = order[begin[one[pair]] + within]
    first = begin[other[pair]]
    last = copies[other[pair]] - 1
    # The copies of the other are sorted, so the number of those above a copy gives its neighbours.
    before = _count_before(order, first, last + 1, copy)
    jaccard, share = jaccard[pair], share[pair]
    return [
        (copy, order[first + which], jaccard, share)
        for which in (0, np.maximum(before - 1, 0), np.minimum(before, last))
    ]


def _count_before(order: Ints, start: Ints, length: Ints, value: Ints) -> Ints:
    """Return how many of the ascending numbers `order[start:start + length]` are less than each value."""
    low, high = np.zeros_like(length), length.copy()
    while (low < high).any():
        middle = (low + high) // 2
        below = (order[np.minimum(start + middle, len(order) - 1)] < value) & (low < high)
        high = np.where(below | (low >= high), high, middle)
        low = np.where(below, middle + 1, low)
    return low
