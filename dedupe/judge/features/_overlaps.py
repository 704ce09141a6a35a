"""Which words of one paragraph stand in another, of many pairs at once, as far as hashes tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U32, U64, Bools, Ints
from dedupe.judge.texts import Texts, positions_of
from dedupe.matching.lsh import distinct, slots_of
from dedupe.text.shingles import HALF, M1, M2, M3, offsets

_SPARE, _MOST_SLOTS = 3, 22
"""Slots for a key are two to the power of the first; of all there are two to the power of the second at most."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the words of paragraphs stand in others: a view is one paragraph beside another one with other words.

    `begins`: int64, shape (views + 1,), where the words of each view begin among those of all. `covered`: bool, of each
    word, whether it stands in the other paragraph in a run of three words, or between an end of both and a word.
    `known`: bool, whether it stands there at all. `mine`, `theirs`: int64, shape (candidates,), the view of a duplicate
    beside its original, and back; of equal paragraphs the one behind the last, of which all totals are 0.
    """

    begins: Ints
    covered: Bools
    known: Bools
    mine: Ints
    theirs: Ints

    def total(self, flags: Bools) -> Ints:
        """Return how many words of each view have a flag."""
        sums = offsets(flags)[self.begins]
        totals = np.zeros(len(sums), np.int64)
        np.subtract(sums[1:], sums[:-1], out=totals[:-1])
        return totals

    def behind(self) -> Ints:
        """Return the number of words behind the last covered one; all, where none is."""
        hits = self.covered.nonzero()[0]
        at = np.append(-1, hits)[hits.searchsorted(self.begins[1:])]
        return np.append(self.begins[1:] - 1 - np.maximum(at, self.begins[:-1] - 1), 0)

    def longest(self) -> Ints:
        """Return the length of the longest run of covered words of each view."""
        covered = self.covered
        begins = np.zeros(len(covered) + 1, bool)
        begins[self.begins] = True
        starts = covered.copy()
        starts[1:] &= ~covered[:-1] | begins[1:-1]
        at = starts.nonzero()[0]
        breaks = (~covered | starts).nonzero()[0]
        ends = np.append(breaks, len(covered))[breaks.searchsorted(at, "right")]
        longest = np.zeros(len(self.begins), np.int64)
        np.maximum.at(longest, self.begins.searchsorted(at, "right") - 1, ends - at)
        return longest

    def unknown(self) -> tuple[Ints, Ints]:
        """Return the candidate of each word of a duplicate that its original does not have, and its place in it."""
        unknown = (~self.known).nonzero()[0]
        firsts = unknown.searchsorted(np.append(self.begins, self.begins[-1]))
        found, spans = positions_of(firsts, self.mine)
        candidate = np.arange(len(self.mine)).repeat(np.diff(spans))
        return candidate, unknown[found] - self.begins[self.mine[candidate]]


def overlap(texts: Texts, group: Ints, duplicate: Ints, original: Ints) -> Overlap:
    """Return how the words of duplicates and originals stand in one another.

    Paragraphs of one group have the same words: each two groups are looked at once, both ways.
    """
    one, other = group[duplicate], group[original]
    unequal = (one != other).nonzero()[0]
    one, other = one[unequal], other[unequal]
    keys = np.minimum(one, other) * len(texts) + np.maximum(one, other)
    pairs = distinct(keys)
    count = len(pairs)
    mine, theirs = np.full((2, len(duplicate)), 2 * count)
    at, turned = pairs.searchsorted(keys), one > other
    mine[unequal], theirs[unequal] = at + count * turned, at + count * ~turned

    positions, begins = positions_of(texts.first_word, np.concatenate(divmod(pairs, max(len(texts), 1))))
    lengths = np.diff(begins)
    pair = np.tile(np.arange(count, dtype=np.uint64) << HALF, 2).repeat(lengths)
    words = texts.words.hashes.take(positions)
    known = _stand_in_other(pair | words, begins[count])
    covered = _spread(_stand_in_other(pair | _triples(words, begins), begins[count]), begins) & known
    return Overlap(begins, covered, known, mine, theirs)


def _triples(hashes: U32, begins: Ints) -> U64:
    """Return a hash of 32 bits of each word with its neighbours, or the paragraph's edges."""
    words = hashes.astype(np.uint64)
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


def _stand_in_other(keys: U64, half: int) -> Bools:
    """Say which keys of the first half are among those of the second, and back."""
    found = np.empty(len(keys), bool)
    found[:half] = stand_in(keys[:half], keys[half:])
    found[half:] = stand_in(keys[half:], keys[:half])
    return found


def stand_in(keys: U64, others: U64) -> Bools:
    """Say which keys are among others.

    Each of the others writes its place into the slot of its key, and a key looks there; where another key stands in its
    slot it is looked for among those that were written over.
    """
    if not len(others):
        return np.zeros(len(keys), bool)
    bits = min((len(others) << _SPARE).bit_length(), _MOST_SLOTS)
    slots = np.full(1 << bits, -1, np.int32)
    mine = slots_of(others, bits)
    slots[mine] = np.arange(len(others), dtype=np.int32)
    there = slots.take(slots_of(keys, bits))
    found: Bools = others.take(there) == keys  # -1 asks the last one, whose slot is another
    hidden = others[others.take(slots.take(mine)) != others]
    if len(hidden):
        unsure = (~found & (there >= 0)).nonzero()[0]
        hidden.sort()
        at = hidden.searchsorted(keys[unsure])
        found[unsure] = hidden[np.minimum(at, len(hidden) - 1)] == keys[unsure]
    return found
