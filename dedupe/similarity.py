"""How alike are two paragraphs? Exact overlaps of shingle sets, and the word alignment of a pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np

from dedupe.arrays import U32, U64, Ints
from dedupe.shingles import HALF

Run = tuple[int, int, int]
"""A stretch that two sequences have in common: its place in one, its place in the other, its length."""

WORK = 1 << 22
"""Pairs of equal words that are looked at to align two paragraphs, about a second's work."""

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
    packed = np.repeat(numbers, starts[rows + 1] - starts[rows]) | hashes[elements]
    packed.sort()
    new = np.ones(len(packed), bool)
    new[1:] = packed[1:] != packed[:-1]
    return packed[new]


def elements_of(starts: Ints, rows: Ints) -> Ints:
    """Return the positions of all elements of the rows, row after row."""
    lengths = starts[rows + 1] - starts[rows]
    ends = np.cumsum(lengths)
    elements: Ints = np.repeat(starts[rows] - ends + lengths, lengths)
    elements += np.arange(len(elements))
    return elements


def align(one: Sequence[str], other: Sequence[str]) -> list[Run]:
    """Return runs (place in one, place in other, length) of equal words in the same order, first to last.

    Common ends are taken first where they are most of the shorter one, else a sentence and a paragraph around it would
    be held together by their first word; then Ratcliff and Obershelp's longest runs (difflib) in what lies between.
    """
    shorter = min(len(one), len(other))
    head = 0
    while head < shorter and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < shorter and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    if head == shorter:
        tail = 0
    elif 2 * (head + tail) <= shorter:
        head = tail = 0
    elif head + tail > shorter:  # an end of the one may be a stretch of both ends of the other
        head, tail = (0, tail) if tail == shorter else (head, shorter - head)
    runs = [(0, 0, head)] if head else []
    if head + tail < shorter:
        middle, rest = one[head : len(one) - tail], other[head : len(other) - tail]
        runs += [(a + head, b + head, size) for a, b, size in _longest_runs(middle, rest)]
    if tail:
        runs.append((len(one) - tail, len(other) - tail, tail))
    return runs


def _longest_runs(one: Sequence[str], other: Sequence[str]) -> list[Run]:
    """Return the longest run of equal words, the longest on either side of it, and so on; none if none is equal.

    In paragraphs of thousands of words the commonest ones are not looked for if they cost too much, and the search ends
    when it has cost too much: then less is aligned.
    """
    if set(one).isdisjoint(other):
        return []  # as where one word stands for another, for which nothing need be prepared
    if len(one) * len(other) <= WORK:
        matcher = SequenceMatcher(None, one, other, autojunk=False)
        return [(a, b, size) for a, b, size in matcher.get_matching_blocks() if size]
    mine, theirs = Counter(one), Counter(other)
    steps = {word: times * theirs[word] for word, times in mine.items() if word in theirs}
    common: set[str] = set()
    cost = sum(steps.values())
    for word in sorted(steps, key=lambda word: (-steps[word], word)):
        if cost <= WORK:
            break
        common.add(word)
        cost -= steps[word]
    matcher = SequenceMatcher(common.__contains__, one, other, autojunk=False)
    runs: list[Run] = []
    stretches = [(0, len(one), 0, len(other))]
    work = 0
    while stretches and work <= WORK:
        first, last, begin, end = stretches.pop()
        a, b, size = matcher.find_longest_match(first, last, begin, end)
        work += last - first + cost * (last - first) // len(one)
        if size:
            runs.append((a, b, size))
            stretches += [(first, a, begin, b), (a + size, last, b + size, end)]
    return sorted(runs)


def word_scores(one: Sequence[str], other: Sequence[str]) -> tuple[float, float]:
    """Return Jaccard similarity and the share of one's shingles that other has, counted on words, not on hashes."""
    mine, theirs = (set(zip(("", *side), side, (*side[1:], ""), strict=False)) for side in (tuple(one), tuple(other)))
    shared = len(mine & theirs)
    return shared / max(1, len(mine) + len(theirs) - shared), shared / max(1, len(mine))
