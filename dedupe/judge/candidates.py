"""Candidates: every (duplicate, original) of a chunk of documents that is worth a look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe.judge.texts import Texts
from dedupe.matching.match import Matches

MOST_PARTNERS = 6
"""Near or containing paragraphs, the most alike first, that are looked at as originals of one duplicate."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of paragraphs of one document, by duplicate and then by original; every paragraph of a pair is the
    duplicate of one.

    `duplicate`, `original`: int64, numbers of paragraphs of the chunk. `equal`: bool, whether both have the same words.
    `jaccard`, `containment`: float64, of their shingles; the second is the share of the duplicate's that the original
    has. `group`: int64, shape (paragraphs,), the first paragraph with the same words. `copies`: int64, shape
    (paragraphs,), how many have them. `near`: int64, shape (paragraphs,), how many other paragraphs, equal ones counted
    once, are near each. `ordinal`: int64, shape (paragraphs,), which of its copies it is, from 0. `order`: int64, shape
    (paragraphs,), the paragraphs by group and place.
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
        """Whether the duplicate is the next copy behind the original, where both have the same words."""
        found: Bools = self.ordinal[self.duplicate] == self.ordinal[self.original] + 1
        return found


def find_candidates(texts: Texts, matches: Matches) -> Candidates:
    """Return the candidates of a chunk whose matches are given by rows."""
    count = len(texts)
    paragraph = np.full(int(texts.first_row[-1]), -1, np.int64)
    paragraph[texts.numbers] = np.arange(count)
    group = np.arange(count)
    group[paragraph[matches.copies]] = paragraph[matches.originals]
    copies = np.bincount(group, minlength=count)
    order = group.argsort(kind="stable")
    begin = np.zeros(count, np.int64)  # where the members of a group begin in the order
    copies[:-1].cumsum(out=begin[1:])
    ordinal = np.empty(count, np.int64)
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
    key = duplicate[apart] * count + original[apart]
    kept = apart[_first_of_each(key)]
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
    """Return each copy with the first, the previous, the next and the last one."""
    several = (copies[group] > 1).nonzero()[0]
    start, mine, last = begin[group[several]], ordinal[several], copies[group[several]] - 1
    ones = np.ones(len(several))
    return [
        (several, order[start + which], ones, ones)
        for which in (0, np.maximum(mine - 1, 0), np.minimum(mine + 1, last), last)
    ]


def _near_pairs(
    one: Ints, other: Ints, jaccard: Floats, share: Floats, copies: Ints, order: Ints, begin: Ints
) -> list[Pairs]:
    """Return each copy of one with the first copy of the other, and with the copies before and behind it."""
    if not len(one):
        return []
    ranked = np.lexsort((other, -jaccard, one))
    firsts = one[ranked].searchsorted(one[ranked])
    ranked = ranked[np.arange(len(ranked)) - firsts < MOST_PARTNERS]
    ranked = np.sort(ranked)
    one, other, jaccard, share = one[ranked], other[ranked], jaccard[ranked], share[ranked]
    times = copies[one]
    pair = np.arange(len(one)).repeat(times)
    within = np.arange(len(pair)) - (np.cumsum(times) - times).repeat(times)
    mine = order[begin[one[pair]] + within]
    theirs = begin[other[pair]]
    last = copies[other[pair]] - 1
    # The copies of the other are in order, so those beside mine are found by counting the ones before it.
    before = _count_before(order, theirs, last + 1, mine)
    jaccard, share = jaccard[pair], share[pair]
    return [
        (mine, order[theirs + which], jaccard, share)
        for which in (0, np.maximum(before - 1, 0), np.minimum(before, last))
    ]


def _count_before(order: Ints, start: Ints, length: Ints, value: Ints) -> Ints:
    """Return how many of the ascending numbers `order[start:start + length]` are below each value."""
    low, high = np.zeros_like(length), length.copy()
    while (low < high).any():
        middle = (low + high) // 2
        below = (order[np.minimum(start + middle, len(order) - 1)] < value) & (low < high)
        high = np.where(below | (low >= high), high, middle)
        low = np.where(below, middle + 1, low)
    return low
