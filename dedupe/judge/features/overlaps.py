"""Which words of one paragraph stand in another, of many pairs at once, as far as hashes tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.arrays import U32, U64, Bools, Ints
from dedupe.judge.texts import Texts, positions_of
from dedupe.shingles import HALF, M1, M2, M3, offsets


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the words of one side of each pair stand in the other side.

    `positions`: int64, positions of the words of the paragraphs, pair after pair; `begins`: int64, shape (pairs + 1,).
    `covered`: bool, of each word, whether it stands in the other paragraph in a run of three words, or between an end
    of both and a word. `known`: bool, whether the word stands there at all.
    """

    positions: Ints
    begins: Ints
    covered: Bools
    known: Bools

    @property
    def pair(self) -> Ints:
        """The number of each word's pair."""
        return np.repeat(np.arange(len(self.begins) - 1), np.diff(self.begins))

    def total(self, flags: Bools) -> Ints:
        """Return how many words of each pair have a flag."""
        sums = offsets(flags)
        found: Ints = sums[self.begins[1:]] - sums[self.begins[:-1]]
        return found

    def first(self, flags: Bools) -> Ints:
        """Return the number of words before the first with a flag; all, where none has it."""
        hits = np.flatnonzero(flags)
        at = np.append(hits, len(flags))[np.searchsorted(hits, self.begins[:-1])]
        found: Ints = np.minimum(at, self.begins[1:]) - self.begins[:-1]
        return found

    def last(self, flags: Bools) -> Ints:
        """Return the number of words behind the last with a flag; all, where none has it."""
        hits = np.flatnonzero(flags)
        at = np.append(-1, hits)[np.searchsorted(hits, self.begins[1:])]
        found: Ints = self.begins[1:] - 1 - np.maximum(at, self.begins[:-1] - 1)
        return found


def overlap(texts: Texts, duplicate: Ints, original: Ints, equal: Bools) -> tuple[Overlap, Overlap]:
    """Return how the duplicates' words stand in the originals, and the originals' in the duplicates.

    `equal`: of which pairs both have the same words: nothing is looked up for them.
    """
    unequal = np.flatnonzero(~equal)
    hashes = texts.words.hashes
    sides = [positions_of(texts.first_word, paragraphs[unequal]) for paragraphs in (duplicate, original)]
    pairs = [np.repeat(np.arange(len(unequal), dtype=np.uint64), np.diff(begins)) for _, begins in sides]
    words = [pair << HALF | hashes[positions] for pair, (positions, _) in zip(pairs, sides, strict=True)]
    triples = [
        pair << HALF | _triples(hashes, positions, begins)
        for pair, (positions, begins) in zip(pairs, sides, strict=True)
    ]
    found = []
    for mine, theirs, paragraphs in ((0, 1, duplicate), (1, 0, original)):
        covered = _spread(_stands_in(triples[mine], triples[theirs]), sides[mine][1])
        known = _stands_in(words[mine], words[theirs])
        positions, begins = positions_of(texts.first_word, paragraphs)
        whole = np.ones((2, len(positions)), bool)
        whole[:, np.repeat(~equal, np.diff(begins))] = covered & known, known
        found.append(Overlap(positions, begins, *whole))
    return found[0], found[1]


def _triples(hashes: U32, positions: Ints, begins: Ints) -> U64:
    """Return a hash of 32 bits of each word with its neighbours, or the paragraph's edges."""
    words = hashes[positions].astype(np.uint64)
    before, after = np.empty_like(words), np.empty_like(words)
    before[1:], after[:-1] = words[:-1], words[1:]
    filled = begins[:-1][begins[1:] > begins[:-1]]
    before[filled] = 0
    after[begins[1:][begins[1:] > begins[:-1]] - 1] = 1
    mixed: U64 = words * M1 + before * M2 + after * M3
    mixed ^= mixed >> HALF
    mixed *= M1
    mixed >>= HALF
    return mixed


def _spread(flags: Bools, begins: Ints) -> Bools:
    """Give a word the flag of the words beside it in its paragraph."""
    spread = flags.copy()
    edge = np.zeros(len(flags) + 1, bool)
    edge[begins] = True
    inner = ~edge[1:-1]
    spread[1:] |= flags[:-1] & inner
    spread[:-1] |= flags[1:] & inner
    return spread


def _stands_in(keys: U64, others: U64) -> Bools:
    """Say which keys are among others."""
    if not len(others):
        return np.zeros(len(keys), bool)
    others = np.sort(others)
    at = np.searchsorted(others, keys)
    found: Bools = others[np.minimum(at, len(others) - 1)] == keys
    return found
