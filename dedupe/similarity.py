"""How alike are two paragraphs? Exact overlaps of shingle sets, and the word alignment of a pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.arrays import U32, U64, Ints
from dedupe.shingles import HALF

Run = tuple[int, int, int]
"""A stretch that two sequences have in common: its place in one, its place in the other, its length."""

LETTERS = 0x110000 - 2
"""Different words that are aligned by a letter each: all of a paragraph below a gigabyte."""

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

    Common ends are taken first, then Ratcliff and Obershelp's longest runs in what lies between.
    """
    shorter = min(len(one), len(other))
    head = 0
    while head < shorter and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < shorter - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    runs = [(0, 0, head)] if head else []
    if head + tail < shorter:
        middle, rest = one[head : len(one) - tail], other[head : len(other) - tail]
        letters = {word: chr(code) for code, word in enumerate(dict.fromkeys(rest[:LETTERS]), 2)}
        spelled = (
            "".join([letters.get(word, absent) for word in words]) for words, absent in ((middle, "\0"), (rest, "\1"))
        )
        runs += [(a + head, b + head, size) for a, b, size in common_runs(*spelled)]
    if tail:
        runs.append((len(one) - tail, len(other) - tail, tail))
    return runs


def common_runs(one: str, other: str) -> list[Run]:
    """Return runs (place in one, place in other, length) of characters that both have in the same order.

    By Ratcliff and Obershelp: the longest run, the first of equals, then the longest on either side of it, and so on;
    as `difflib` without junk, by searching strings.
    """
    runs: list[Run] = []
    stretches = [(0, len(one), 0, len(other))]
    while stretches:
        first, last, begin, end = stretches.pop()
        longest = start = 0
        for at in range(first, last):
            while at + longest < last and other.find(one[at : at + longest + 1], begin, end) >= 0:
                longest += 1
                start = at
            if at + longest >= last:
                break
        if not longest:
            continue
        place = other.find(one[start : start + longest], begin, end)
        runs.append((start, place, longest))
        if first < start and begin < place:
            stretches.append((first, start, begin, place))
        if start + longest < last and place + longest < end:
            stretches.append((start + longest, last, place + longest, end))
    runs.sort()
    return _merged(runs)


def _merged(runs: list[Run]) -> list[Run]:
    """Return runs with those made one that follow one another on both sides."""
    merged: list[Run] = []
    for a, b, size in runs:
        if merged and merged[-1][0] + merged[-1][2] == a and merged[-1][1] + merged[-1][2] == b:
            merged[-1] = (*merged[-1][:2], merged[-1][2] + size)
        else:
            merged.append((a, b, size))
    return merged


def word_scores(one: Sequence[str], other: Sequence[str]) -> tuple[float, float]:
    """Return Jaccard similarity and the share of one's shingles that other has, counted on words, not on hashes."""
    mine, theirs = (set(zip(("", *side), side, (*side[1:], ""), strict=False)) for side in (tuple(one), tuple(other)))
    shared = len(mine & theirs)
    return shared / max(1, len(mine) + len(theirs) - shared), shared / max(1, len(mine))
