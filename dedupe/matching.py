"""From shingles to verified matches: gate, exact copies, what index and shared shingles propose, verification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.arrays import U64, Floats, Ints
from dedupe.index.memory import MemoryIndex, bucket_pairs, distinct
from dedupe.minhash import bands, signatures
from dedupe.shingles import HALF, M1, M2, M3, Shingles
from dedupe.similarity import elements_of, shared_shingles


@dataclass(frozen=True, slots=True)
class Matches:
    """What matches in a chunk of documents; rows are those of the chunk.

    `copies`, `firsts`: int64, rows whose shingle sequence equals that of an earlier row of the scope, and that first
    row. `left`, `right`: int64, verified pairs of rows of which neither is a copy, left before right; `shared`: the
    number of shingles both have; `sizes`: int64, shape (rows,), distinct shingles of each row (0 where nothing was
    shared).
    """

    copies: Ints
    firsts: Ints
    left: Ints
    right: Ints
    shared: Ints
    sizes: Ints

    @property
    def jaccard(self) -> Floats:
        """Exact Jaccard similarity of each pair."""
        return self.shared / (self.sizes[self.left] + self.sizes[self.right] - self.shared)

    @property
    def containments(self) -> tuple[Floats, Floats]:
        """The share of left's shingles that right has, and of right's that left has."""
        return self.shared / self.sizes[self.left], self.shared / self.sizes[self.right]


def repeated(keys: U64) -> Ints:
    """Return the positions of keys that occur more than once, ordered by key and then by position.

    A table of slots throws out nearly all others first: the last writer of a slot is seen by every earlier one.
    """
    width = max(10, len(keys).bit_length() + 3)
    slots = (keys * M1 >> np.uint64(64 - width)).astype(np.intp)
    places = np.arange(len(keys), dtype=np.int32)
    table = np.empty(1 << width, np.int32)
    table[slots] = places
    shared = np.zeros(1 << width, bool)
    shared[slots[table[slots] != places]] = True
    maybe = np.flatnonzero(shared[slots])
    maybe = maybe[np.argsort(keys[maybe], kind="stable")]
    ordered = keys[maybe]
    same = ordered[1:] == ordered[:-1]
    again = np.zeros(len(maybe), bool)
    again[1:] = same
    again[:-1] |= same
    return maybe[again]


def match(
    chunk: Shingles, scopes: U64, *, jaccard: float, containment: float | None, permutations: int = 128, seed: int = 1
) -> Matches:
    """Return the matches within each scope: pairs at this Jaccard, or with this containment one way or the other.

    Without a containment only the index proposes pairs, which is what a large scope can afford.

    `scopes`: uint64, shape (rows,), counted from 0, below 2^32; only rows of one scope match. In buckets larger than
    the index's window not every pair is seen; every pair returned is counted exactly.
    """
    starts, hashes = chunk.starts, chunk.hashes
    least = jaccard if containment is None else min(jaccard, containment)
    lengths = np.diff(starts)
    keys = np.repeat(scopes << HALF, lengths) | hashes
    elements = repeated(keys)
    rows = np.searchsorted(starts, elements, "right") - 1
    keys = keys[elements]
    sizes = np.zeros(len(lengths), np.int64)
    sizes[rows] = lengths[rows]
    # A row that says a shingle twice has it once.
    once = np.ones(len(elements), bool)
    once[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    np.subtract.at(sizes, rows[~once], 1)
    rows, keys = _held_in_common(rows[once], keys[once])
    # The gate: a row that shares too little of itself can neither reach the Jaccard threshold nor be contained.
    share = np.bincount(rows, minlength=len(lengths)) / np.maximum(sizes, 1)
    owners = scopes.astype(np.intp)
    live = np.zeros(int(owners.max(initial=0)) + 1, bool)  # np.unique would load numpy.ma, 18 ms
    live[owners[share >= least]] = True
    alive = live[owners[rows]]
    rows, keys = rows[alive], keys[alive]
    copies, firsts = _copies(chunk, scopes, np.flatnonzero((share == 1) & live[owners]))
    folded = np.zeros(len(lengths), bool)
    folded[copies] = True
    keep = ~folded[rows]
    rows, keys = _held_in_common(rows[keep], keys[keep])
    pairs = np.zeros(0, np.int64) if containment is None else _by_common_shingles(rows, keys, sizes, containment)
    share = np.bincount(rows, minlength=len(lengths)) / np.maximum(sizes, 1)
    alike = np.flatnonzero(share >= jaccard)
    if len(alike) > 1:
        index = MemoryIndex(*bands(jaccard, permutations))
        offsets = np.append(0, np.cumsum(lengths[alike]))
        index.add(signatures(hashes[elements_of(starts, alike)], offsets, permutations, seed), scopes[alike])
        one, other = index.pairs()
        pairs = distinct(np.concatenate([pairs, alike[one] << 32 | alike[other]]))
    left, right = pairs >> 32, pairs & 0xFFFFFFFF
    shared = shared_shingles(hashes, starts, left, right)
    enough = shared >= jaccard * (sizes[left] + sizes[right] - shared)
    if containment is not None:
        enough |= shared >= containment * np.minimum(sizes[left], sizes[right])
    return Matches(copies, firsts, left[enough], right[enough], shared[enough], sizes)


def _held_in_common(rows: Ints, keys: U64) -> tuple[Ints, U64]:
    """Leave out the keys, given in order, that only one row has left."""
    same = np.zeros(len(keys) + 1, bool)
    same[1:-1] = keys[1:] == keys[:-1]
    common = same[1:] | same[:-1]
    return rows[common], keys[common]


def _copies(chunk: Shingles, scopes: U64, rows: Ints) -> tuple[Ints, Ints]:
    """Return the rows whose shingle sequence equals that of an earlier row of their scope, and that first row."""
    if not len(rows):
        return rows, rows
    elements = elements_of(chunk.starts, rows)
    begins = np.append(0, np.cumsum(chunk.starts[rows + 1] - chunk.starts[rows])[:-1])
    offsets = elements - np.repeat(chunk.starts[rows], np.diff(np.append(begins, len(elements))))
    terms = (chunk.hashes[elements] | offsets.astype(np.uint64) << HALF) * M1
    terms ^= terms >> HALF
    terms *= M2
    prints = np.add.reduceat(terms, begins) + scopes[rows] * M3
    order = np.argsort(prints, kind="stable")
    new = np.append(True, prints[order][1:] != prints[order][:-1])
    firsts = rows[order][np.flatnonzero(new)[np.cumsum(new) - 1]]
    return rows[order][~new], firsts[~new]


def _by_common_shingles(rows: Ints, keys: U64, sizes: Ints, containment: float) -> Ints:
    """Return the pairs, packed `left << 32 | right`, that may be contained in one another by their common shingles."""
    order, (one, other) = bucket_pairs(keys)
    one, other = rows[order[one]], rows[order[other]]
    packed = np.sort(np.minimum(one, other) << 32 | np.maximum(one, other))
    new = np.ones(len(packed), bool)
    new[1:] = packed[1:] != packed[:-1]
    pairs = packed[new]
    counts = np.diff(np.append(np.flatnonzero(new), len(packed)))
    enough: Ints = pairs[counts >= containment * np.minimum(sizes[pairs >> 32], sizes[pairs & 0xFFFFFFFF])]
    return enough
