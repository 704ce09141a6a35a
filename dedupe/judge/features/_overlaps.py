"""Find which words of one paragraph stand in another, of many pairs at once, by hashes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U32, U64, Bools, Ints
from dedupe.judge.texts import Texts, positions_of
from dedupe.matching.lsh import distinct, packed_pairs, slots_of, unpacked_pairs
from dedupe.text.words import HALF, M1, M2, M3, offsets

_SLOT_BITS_PER_KEY, _MOST_SLOT_BITS = 3, 22
"""Base-2 logarithms of the slots for each key, and of the most slots of a table."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Which words of paragraphs stand in others; a view is one paragraph compared with another one of other words.

    `begins`: int64, shape (views + 1,), the first word of each view. `covered`: bool, shape (words,), whether each word
    is in a run of three words, counting both ends, that the other paragraph has. `known`: bool, shape (words,), whether
    the other paragraph has the word. `of_duplicate`, `of_original`: int64, shape (candidates,), the view of a duplicate
    compared with its original, and the reverse; for equal paragraphs the one behind the last, whose totals are 0.
    """

    begins: Ints
    covered: Bools
    known: Bools
    of_duplicate: Ints
    of_original: Ints

    def total(self, flags: Bools) -> Ints:
        """Return how many words of each view have a flag."""
        sums = offsets(flags)[self.begins]
        totals = np.zeros(len(sums), np.intp)
        np.subtract(sums[1:], sums[:-1], out=totals[:-1])
        return totals

    def trailing(self) -> Ints:
        """Return the number of words behind the last covered one of each view; all words if none is covered."""
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
        longest = np.zeros(len(self.begins), np.intp)
        np.maximum.at(longest, self.begins.searchsorted(at, "right") - 1, ends - at)
        return longest

    def unknown(self) -> tuple[Ints, Ints]:
        """Return the candidate of each word that an original does not have, and its position in the duplicate."""
        unknown = (~self.known).nonzero()[0]
        firsts = unknown.searchsorted(np.append(self.begins, self.begins[-1]))
        found, spans = positions_of(firsts, self.of_duplicate)
        candidate = np.arange(len(self.of_duplicate)).repeat(np.diff(spans))
        return candidate, unknown[found] - self.begins[self.of_duplicate[candidate]]


def overlap(texts: Texts, group: Ints, duplicate: Ints, original: Ints) -> Overlap:
    """Return which words of duplicates stand in their originals, and the reverse.

    Paragraphs of one group have the same words, so each pair of groups is compared once, in both directions.
    """
    one, other = group[duplicate], group[original]
    unequal = (one != other).nonzero()[0]
    one, other = one[unequal], other[unequal]
    keys = packed_pairs(np.minimum(one, other), np.maximum(one, other))
    pairs = distinct(keys)
    count = len(pairs)
    of_duplicate, of_original = np.full((2, len(duplicate)), 2 * count)
    at, turned = pairs.searchsorted(keys), one > other
    of_duplicate[unequal], of_original[unequal] = at + count * turned, at + count * ~turned

    positions, begins = positions_of(texts.first_word, np.concatenate(unpacked_pairs(pairs)))
    lengths = np.diff(begins)
    pair = np.tile(np.arange(count, dtype=np.uint64) << HALF, 2).repeat(lengths)
    words = texts.hashes.take(positions)
    known = _stand_in_other(pair | words, begins[count])
    covered = _spread(_stand_in_other(pair | _triples(words, begins), begins[count]), begins) & known
    return Overlap(begins, covered, known, of_duplicate, of_original)


def _triples(hashes: U32, begins: Ints) -> U64:
    """Return a hash of 32 bits of each word with its neighbours or the ends of its paragraph."""
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
    """Return the flags, set for a word if the word before or behind it in its paragraph has one."""
    spread = flags.copy()
    edge = np.zeros(len(flags) + 1, bool)
    edge[begins] = True
    inner = ~edge[1:-1]
    spread[1:] |= flags[:-1] & inner
    spread[:-1] |= flags[1:] & inner
    return spread


def _stand_in_other(keys: U64, half: int) -> Bools:
    """Return which keys of each half are in the other half."""
    found = np.empty(len(keys), bool)
    found[:half] = stand_in(keys[:half], keys[half:])
    found[half:] = stand_in(keys[half:], keys[:half])
    return found


def stand_in(keys: U64, others: U64) -> Bools:
    """Return which keys are among others.

    A hash table of one position a slot finds most of them; keys that were overwritten in it are searched for sorted.
    """
    if not len(others):
        return np.zeros(len(keys), bool)
    bits = min((len(others) << _SLOT_BITS_PER_KEY).bit_length(), _MOST_SLOT_BITS)
    slots = np.full(1 << bits, -1, np.int32)
    other_slots = slots_of(others, bits)
    slots[other_slots] = np.arange(len(others), dtype=np.int32)
    there = slots.take(slots_of(keys, bits))
    found: Bools = others.take(there) == keys  # -1 asks the last one, whose slot is another
    hidden = others[others.take(slots.take(other_slots)) != others]
    if len(hidden):
        unsure = (~found & (there >= 0)).nonzero()[0]
        hidden.sort()
        at = hidden.searchsorted(keys[unsure])
        found[unsure] = hidden[np.minimum(at, len(hidden) - 1)] == keys[unsure]
    return found
