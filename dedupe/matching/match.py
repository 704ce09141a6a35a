"""From shingles to verified matches: gate, exact copies, what index and shared shingles propose, verification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U64, Bools, Floats, Ints
from dedupe.matching.lsh import WINDOW, MemoryIndex, beside_equal, distinct, ordered_pairs, slots_of
from dedupe.matching.minhash import bands, signatures
from dedupe.matching.similarity import elements_of, shared_shingles
from dedupe.text.shingles import HALF, M1, M2, M3, Shingles


@dataclass(frozen=True, slots=True)
class Matches:
    """What matches in a chunk of documents; rows are those of the chunk.

    `copies`, `firsts`: int64, rows whose shingle sequence equals that of an earlier row of the scope, and that first
    row. `left`, `right`: int64, verified pairs of rows of which neither is a copy, left before right; `shared`: the
    number of shingles both have; `sizes`: int64, shape (rows,), distinct shingles of each row. `crowded`: int64, rows
    with a shingle in too many rows of the scope to pair them all.
    """

    copies: Ints
    firsts: Ints
    left: Ints
    right: Ints
    shared: Ints
    sizes: Ints
    crowded: Ints

    @property
    def jaccard(self) -> Floats:
        """Exact Jaccard similarity of each pair."""
        return self.shared / (self.sizes[self.left] + self.sizes[self.right] - self.shared)

    @property
    def containments(self) -> tuple[Floats, Floats]:
        """The share of left's shingles that right has, and of right's that left has."""
        return self.shared / self.sizes[self.left], self.shared / self.sizes[self.right]

    def without(self, first: int, last: int) -> Matches:
        """Return the matches outside the rows of one document, from `first` to `last` (exclusive)."""
        copies, left = ((rows < first) | (rows >= last) for rows in (self.copies, self.left))
        crowded = self.crowded[(self.crowded < first) | (self.crowded >= last)]
        pairs = self.left[left], self.right[left], self.shared[left]
        return Matches(self.copies[copies], self.firsts[copies], *pairs, self.sizes, crowded)


_NONE = np.zeros(0, np.int64)
NOTHING = Matches(_NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE)
_LOW = 0xFFFFFFFF

FEWEST_SIFTED, MOST_SIFTED = 1 << 12, 1 << 20
"""Keys of which those that stand alone are left out before they are sorted, at least and at most."""

CROWDED_WINDOW = 8
"""The index's window where rows are crowded in a small scope: 42 bands times 32 neighbours a row would be gigabytes."""

CROWDED_PAIRS = 1 << 22
"""Pairs that the index may propose among crowded rows: of more than 11,000 rows it asks fewer bands, at least one, and
rows near so much fewer others are then forms filled in."""

VARIANTS = 16
"""Rows near more others than this, in a document with more like rows than are paired, are forms filled in: judging
each pair of 100,000 variants of one sentence would take hours, and none may go. Equal copies are still matched."""


def in_order(rows: Ints, keys: U64) -> tuple[Ints, U64]:
    """Return rows and their keys ordered by key and then by row.

    `rows`: int64, in order; `keys`: uint64, any order. Both are sorted as one number where they fit into one.
    """
    bits = int(rows[-1]).bit_length() if len(rows) else 0
    if int(keys.max(initial=0)).bit_length() + bits > 64:
        order = keys.argsort(kind="stable")
        return rows[order], keys[order]
    packed = keys << np.uint64(bits)
    packed |= rows.view(np.uint64)
    packed.sort()
    return (packed & np.uint64((1 << bits) - 1)).view(np.int64), packed >> np.uint64(bits)


def candidate_documents(chunk: Shingles, least: float) -> Ints:
    """Return the numbers of documents in which a row may share at least this part of itself with other rows.

    This is the gate for nearly all documents, so it is made cheap: as many bits of each shingle as stand beside the
    number of its row in 32 bits are sorted. Shingles that are alike in these bits only let a document pass in vain;
    none with a match is held back.
    """
    starts, documents = chunk.starts, chunk.documents
    bits = (len(starts) - 1).bit_length()
    high, step = np.uint32(0xFFFFFFFF << bits & 0xFFFFFFFF), np.uint32(1 << bits)
    salts = np.arange(len(documents) - 1, dtype=np.uint32) * np.uint32(0x9E3779B1) & high
    rows = salts.repeat(documents[1:] - documents[:-1])
    rows |= np.arange(len(rows), dtype=np.uint32)
    lengths = starts[1:] - starts[:-1]
    packed = rows.repeat(lengths)
    packed ^= chunk.hashes & high
    packed.sort()
    alike = np.zeros(len(packed) + 1, bool)
    np.less(packed[1:] ^ packed[:-1], step, out=alike[1:-1])
    again = packed[(alike[1:] | alike[:-1]).nonzero()[0]] & ~high
    shared = np.bincount(again, minlength=len(rows))
    enough = ((shared >= least * lengths) & (shared > 0)).nonzero()[0]
    return np.bincount(documents.searchsorted(enough, "right") - 1).nonzero()[0]


def match(
    chunk: Shingles, scopes: U64, *, jaccard: float, containment: float | None, permutations: int = 128, seed: int = 1
) -> Matches:
    """Return the matches within each scope: pairs at this Jaccard, or with this containment one way or the other.

    With a containment (small scopes) the shingles that rows share propose all pairs, and their count is exact; the
    index helps out where a shingle is in too many rows to pair them all. Without one only the index proposes, which is
    what a large scope can afford.

    `scopes`: uint64, shape (rows,), counted from 0, below 2^32; only rows of one scope match. In buckets larger than
    the index's window not every pair is seen; every pair returned is counted exactly.
    """
    starts, hashes = chunk.starts, chunk.hashes
    least = jaccard if containment is None else min(jaccard, containment)
    lengths = starts[1:] - starts[:-1]
    keys = (scopes << HALF).repeat(lengths)
    keys |= hashes
    rows, keys = _held_in_common(*in_order(*_perhaps_in_common(np.arange(len(lengths)).repeat(lengths), keys)))
    if not len(keys):
        return NOTHING
    # A row that says a shingle twice has it once.
    once = np.ones(len(keys), bool)
    once[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    sizes = lengths - np.bincount(rows[~once], minlength=len(lengths))
    rows, keys = _held_in_common(rows[once], keys[once])
    # The gate: a row that shares too little of itself can neither reach the Jaccard threshold nor be contained.
    share = np.bincount(rows, minlength=len(lengths)) / np.maximum(sizes, 1)
    owners = scopes.astype(np.intp)
    live = np.zeros(int(owners[-1]) + 1, bool)  # np.unique would load numpy.ma, 18 ms
    live[owners[share >= least]] = True
    alive = live[owners[rows]]
    rows, keys = rows[alive], keys[alive]
    if not len(rows):
        return NOTHING
    copies, firsts = _copies(chunk, scopes, ((share == 1) & live[owners]).nonzero()[0])
    folded = np.zeros(len(lengths), bool)
    folded[copies] = True
    keep = ~folded[rows]
    rows, keys = _held_in_common(rows[keep], keys[keep])
    if not len(rows):
        return Matches(copies, firsts, _NONE, _NONE, _NONE, sizes, _NONE)
    if containment is None:
        pairs, shared, crowded = _NONE, _NONE, _NONE
    else:
        pairs, shared, crowded = _by_common_shingles(rows, keys)
        enough = shared >= least * np.minimum(sizes[pairs >> 32], sizes[pairs & _LOW])
        pairs, shared = pairs[enough], shared[enough]
    if containment is None or len(crowded):
        share = np.bincount(rows, minlength=len(lengths)) / np.maximum(sizes, 1)
        window = WINDOW if containment is None else CROWDED_WINDOW
        proposed, asked = _by_index(chunk, scopes, share >= jaccard, jaccard, permutations, seed, window)
        pairs = distinct(np.concatenate([pairs, proposed]))
        shared = shared_shingles(hashes, starts, pairs >> 32, pairs & _LOW)
    left, right = pairs >> 32, pairs & _LOW
    enough = shared >= jaccard * (sizes[left] + sizes[right] - shared)
    if containment is not None:
        enough |= shared >= containment * np.minimum(sizes[left], sizes[right])
        if len(crowded):
            enough &= ~_among_variants(left, right, enough, crowded, VARIANTS * asked)
    return Matches(copies, firsts, left[enough], right[enough], shared[enough], sizes, crowded)


def _among_variants(left: Ints, right: Ints, enough: Bools, crowded: Ints, variants: float) -> Bools:
    """Say which pairs are of two crowded rows that are both near more than so many others: one wording of many."""
    rows = int(max(left.max(initial=0), right.max(initial=0), crowded.max())) + 1
    partners = np.bincount(left[enough], minlength=rows) + np.bincount(right[enough], minlength=rows)
    many = np.zeros(rows, bool)
    many[crowded] = True
    many &= partners > variants
    both: Bools = many[left] & many[right]
    return both


def _by_index(
    chunk: Shingles, scopes: U64, chosen: Bools, jaccard: float, permutations: int, seed: int, window: int
) -> tuple[Ints, float]:
    """Return the pairs of chosen rows, packed `left << 32 | right`, that the MinHash/LSH index proposes, and which
    share of its bands was asked.
    """
    rows = chosen.nonzero()[0]
    if len(rows) < 2:
        return np.zeros(0, np.int64), 1.0
    starts = chunk.starts
    number, each = bands(jaccard, permutations)
    asked = number
    if window == CROWDED_WINDOW:
        asked = max(1, min(number, CROWDED_PAIRS // (len(rows) * (window + 1))))
    index = MemoryIndex(asked, each)
    offsets = np.append(0, np.cumsum(starts[rows + 1] - starts[rows]))
    index.add(signatures(chunk.hashes[elements_of(starts, rows)], offsets, permutations, seed), scopes[rows])
    one, other = index.pairs(window)
    return rows[one] << 32 | rows[other], asked / number


def _perhaps_in_common(rows: Ints, keys: U64) -> tuple[Ints, U64]:
    """Leave out most of the keys that stand alone: those with which no other one shares a slot.

    Each key writes its place into its slot and reads it again, which takes less than to sort it. Of few keys, and of so
    many that the slots are in no cache, none is left out.
    """
    count = len(keys)
    if not FEWEST_SIFTED <= count <= MOST_SIFTED:
        return rows, keys
    bits = count.bit_length() + 1
    slots = slots_of(keys, bits)
    places, last = np.arange(count, dtype=np.int32), np.empty(1 << bits, np.int32)
    last[slots] = places
    shared = np.zeros(1 << bits, bool)
    shared[slots[last.take(slots) != places]] = True
    kept = shared.take(slots).nonzero()[0]
    return rows[kept], keys[kept]


def _held_in_common(rows: Ints, keys: U64) -> tuple[Ints, U64]:
    """Leave out the keys, given in order, that only one row has left."""
    common = beside_equal(keys)
    return rows[common], keys[common]


def _copies(chunk: Shingles, scopes: U64, rows: Ints) -> tuple[Ints, Ints]:
    """Return the rows whose shingle sequence equals that of an earlier row of their scope, and that first row."""
    if not len(rows):
        return rows, rows
    elements = elements_of(chunk.starts, rows)
    lengths = chunk.starts[rows + 1] - chunk.starts[rows]
    begins = np.cumsum(lengths) - lengths
    offsets = elements - chunk.starts[rows].repeat(lengths)
    terms = (chunk.hashes[elements] | offsets.astype(np.uint64) << HALF) * M1
    terms ^= terms >> HALF
    terms *= M2
    prints = np.add.reduceat(terms, begins) + scopes[rows] * M3
    order = prints.argsort(kind="stable")
    rows, prints = rows[order], prints[order]
    new = np.ones(len(rows), bool)
    np.not_equal(prints[1:], prints[:-1], out=new[1:])
    firsts = rows[new][np.cumsum(new) - 1]
    return rows[~new], firsts[~new]


def _by_common_shingles(rows: Ints, keys: U64) -> tuple[Ints, Ints, Ints]:
    """Return the pairs of rows with a common key, packed `left << 32 | right`, and how many keys they have in common.

    `keys`: in order. The last array holds the rows of keys that are in too many rows to pair them all; their counts are
    too low.
    """
    edges = np.ones(len(keys) + 1, bool)
    np.not_equal(keys[1:], keys[:-1], out=edges[1:-1])
    begins = edges.nonzero()[0]
    times = begins[1:] - begins[:-1]
    crowded = _NONE
    if times.max(initial=0) > WINDOW + 1:
        crowd = (times > WINDOW + 1).repeat(times)
        crowded = distinct(rows[crowd])
        rows, keys = rows[~crowd], keys[~crowd]  # the index pairs these rows, by more than one shingle
    one, other = ordered_pairs(keys)
    one, other = rows[one], rows[other]
    packed = np.minimum(one, other) << 32 | np.maximum(one, other)
    packed.sort()
    new = np.ones(len(packed) + 1, bool)
    np.not_equal(packed[1:], packed[:-1], out=new[1:-1])
    places = new.nonzero()[0]
    return packed[places[:-1]], places[1:] - places[:-1], crowded
