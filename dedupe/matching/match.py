"""From shingles to verified matches: the gate, exact copies, candidate pairs, verification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U64, Bools, Floats, Ints
from dedupe.matching.lsh import (
    MAX_SIFTED_KEYS,
    MIN_SIFTED_KEYS,
    WINDOW,
    beside_equal,
    distinct,
    ordered_pairs,
    packed_pairs,
    share_slots,
    signature_pairs,
    slot_bits,
    slots_of,
    unpacked_pairs,
)
from dedupe.matching.minhash import bands, signatures
from dedupe.matching.similarity import elements_of, shared_shingles
from dedupe.text.shingles import Shingles
from dedupe.text.words import HALF, M1, M2, M3


@dataclass(frozen=True, slots=True)
class Matches:
    """Matches among the paragraphs of a chunk of documents; paragraphs are numbered as in the chunk.

    `copies`, `originals`: int64, paragraphs whose shingle sequence equals that of an earlier paragraph of the scope,
    and the first such paragraph. `earlier`, `later`: int64, verified pairs of paragraphs, none of them a copy.
    `shared`: int64, shape (pairs,), the number of distinct shingles that both have. `shingle_counts`: int64, shape
    (paragraphs,), distinct shingles of each paragraph. `crowded`: int64, paragraphs with a shingle that is in too many
    paragraphs of the scope to pair them all.
    """

    copies: Ints
    originals: Ints
    earlier: Ints
    later: Ints
    shared: Ints
    shingle_counts: Ints
    crowded: Ints

    @property
    def jaccard(self) -> Floats:
        """Exact Jaccard similarity of each pair, float64, shape (pairs,)."""
        counts = self.shingle_counts
        return self.shared / (counts[self.earlier] + counts[self.later] - self.shared)

    @property
    def containments(self) -> tuple[Floats, Floats]:
        """The share of the earlier paragraph's shingles that the later one has, and the other way round."""
        return self.shared / self.shingle_counts[self.earlier], self.shared / self.shingle_counts[self.later]

    def without(self, first: int, last: int) -> Matches:
        """Return the matches outside the paragraphs of one document, from `first` to `last` (exclusive)."""
        copies, pairs, crowded = (
            (paragraphs < first) | (paragraphs >= last) for paragraphs in (self.copies, self.earlier, self.crowded)
        )
        near = self.earlier[pairs], self.later[pairs], self.shared[pairs]
        return Matches(self.copies[copies], self.originals[copies], *near, self.shingle_counts, self.crowded[crowded])

    def among(self, kept: Bools) -> Matches:
        """Return the matches, all of them among paragraphs that are kept, with these numbered anew."""
        number = np.cumsum(kept) - 1
        copies, pairs = (number[self.copies], number[self.originals]), (number[self.earlier], number[self.later])
        return Matches(*copies, *pairs, self.shared, self.shingle_counts[kept], number[self.crowded])


_NONE = np.zeros(0, np.intp)
NO_MATCHES = Matches(_NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE)

CROWDED_WINDOW = 8
"""The window of LSH for crowded paragraphs in a small scope: 42 bands times 32 neighbours a paragraph would take
gigabytes."""

CROWDED_PAIRS = 1 << 22
"""Most pairs that LSH proposes among crowded paragraphs. For more than 11,000 paragraphs it uses fewer bands, one at
least, and a paragraph is then a filled-in form if it is near proportionally fewer others."""

VARIANTS = 16
"""A crowded paragraph that is near more others than this counts as a filled-in form: judging each pair of 100,000
variants of one sentence would take hours, and none may be removed. Exact copies still match."""


def in_order(paragraphs: Ints, keys: U64) -> tuple[Ints, U64]:
    """Return paragraphs and their keys sorted by key and then by paragraph.

    `paragraphs`: int64, in order; `keys`: uint64, any order. Both are sorted as one number where they fit into one.
    """
    bits = int(paragraphs[-1]).bit_length() if len(paragraphs) else 0
    if int(keys.max(initial=0)).bit_length() + bits > 64:
        order = keys.argsort(kind="stable")
        return paragraphs[order], keys[order]
    packed = keys << np.uint64(bits)
    packed |= paragraphs.astype(np.int64, copy=False).view(np.uint64)
    packed.sort()
    ordered = (packed & np.uint64((1 << bits) - 1)).view(np.int64)
    return ordered.astype(np.intp, copy=False), packed >> np.uint64(bits)


def candidate_documents(chunk: Shingles, least_share: float) -> Ints:
    """Return the numbers of documents in which a paragraph may share at least this part of itself with others."""
    return candidate_shingles(chunk, least_share)[0]


def candidate_shingles(chunk: Shingles, least_share: float) -> tuple[Ints, Ints]:
    """Return the numbers of documents in which a paragraph may share at least this part of itself with others, and the
    positions, in order, of the shingles of all documents that may be equal to others of their document.

    This is the gate for nearly all documents, so it is cheap: it sorts the shingles that share a slot with others, as
    many bits of each as fit beside the number of its paragraph into 32 bits. Different shingles that are equal in these
    bits may let a document pass without a match; no document with a match is held back.
    """
    starts, documents = chunk.starts, chunk.documents
    bits = (len(starts) - 1).bit_length()
    high, step = np.uint32(0xFFFFFFFF << bits & 0xFFFFFFFF), np.uint32(1 << bits)
    salts = np.arange(len(documents) - 1, dtype=np.uint32) * np.uint32(0x9E3779B1) & high
    paragraphs = salts.repeat(documents[1:] - documents[:-1])
    paragraphs |= np.arange(len(paragraphs), dtype=np.uint32)
    lengths = starts[1:] - starts[:-1]
    packed = paragraphs.repeat(lengths)
    packed ^= chunk.hashes & high
    if MIN_SIFTED_KEYS <= len(packed) <= MAX_SIFTED_KEYS:
        packed_bits = min(slot_bits(len(packed)), 32 - bits)
        positions = share_slots((packed >> np.uint32(32 - packed_bits)).astype(np.intp), packed_bits)
        packed = packed[positions]
    else:
        positions = np.arange(len(packed))
    packed.sort()
    equal = np.zeros(len(packed) + 1, bool)
    np.less(packed[1:] ^ packed[:-1], step, out=equal[1:-1])
    repeated = packed[(equal[1:] | equal[:-1]).nonzero()[0]] & ~high
    shared = np.bincount(repeated.astype(np.intp), minlength=len(paragraphs))
    enough = ((shared >= least_share * lengths) & (shared > 0)).nonzero()[0]
    return np.bincount(documents.searchsorted(enough, "right") - 1).nonzero()[0], positions


def match(
    chunk: Shingles,
    scopes: U64,
    *,
    jaccard: float,
    containment: float | None,
    permutations: int = 128,
    seed: int = 1,
    positions: Ints | None = None,
) -> Matches:
    """Return the matches within each scope: pairs at this Jaccard, or with this containment one way or the other.

    With a containment (small scopes) the shingles that paragraphs share propose all pairs, and their count is exact;
    LSH adds pairs where a shingle is in too many paragraphs to pair them all. Without a containment (large scopes) only
    LSH proposes, which costs less.

    `scopes`: uint64, shape (paragraphs,), counted from 0, below 2^32; only paragraphs of one scope match. In buckets
    larger than the window not every pair is proposed; every pair returned is counted exactly. `positions`: those of all
    shingles, in order, that may be equal to others of their scope, if they are known.
    """
    starts, hashes = chunk.starts, chunk.hashes
    least_share = jaccard if containment is None else min(jaccard, containment)
    lengths = starts[1:] - starts[:-1]
    paragraphs = np.arange(len(lengths)).repeat(lengths)
    if positions is not None and len(positions) < len(hashes):
        paragraphs, hashes = paragraphs[positions], hashes[positions]
    keys = (scopes << HALF)[paragraphs]
    keys |= hashes
    paragraphs, keys = _repeated(*in_order(*_without_most_unique(paragraphs, keys)))
    if not len(keys):
        return NO_MATCHES
    # A shingle that a paragraph has twice counts once.
    new = np.ones(len(keys), bool)
    new[1:] = (keys[1:] != keys[:-1]) | (paragraphs[1:] != paragraphs[:-1])
    shingle_counts = lengths - np.bincount(paragraphs[~new], minlength=len(lengths))
    paragraphs, keys = _repeated(paragraphs[new], keys[new])
    # The gate: a paragraph that shares too little of itself can neither reach the Jaccard threshold nor be contained.
    share = np.bincount(paragraphs, minlength=len(lengths)) / np.maximum(shingle_counts, 1)
    owners = scopes.astype(np.intp)
    is_candidate = np.zeros(int(owners[-1]) + 1, bool)  # np.unique would load numpy.ma, 18 ms
    is_candidate[owners[share >= least_share]] = True
    in_candidate = is_candidate[owners[paragraphs]]
    paragraphs, keys = paragraphs[in_candidate], keys[in_candidate]
    if not len(paragraphs):
        return NO_MATCHES
    copies, originals = _copies(chunk, scopes, ((share == 1) & is_candidate[owners]).nonzero()[0])
    is_copy = np.zeros(len(lengths), bool)
    is_copy[copies] = True
    kept = ~is_copy[paragraphs]
    paragraphs, keys = _repeated(paragraphs[kept], keys[kept])
    if not len(paragraphs):
        return Matches(copies, originals, _NONE, _NONE, _NONE, shingle_counts, _NONE)
    if containment is None:
        pairs, shared, crowded = _NONE, _NONE, _NONE
    else:
        pairs, shared, crowded = _pairs_by_shingles(paragraphs, keys)
        earlier, later = unpacked_pairs(pairs)
        enough = shared >= least_share * np.minimum(shingle_counts[earlier], shingle_counts[later])
        pairs, shared = pairs[enough], shared[enough]
    if containment is None or len(crowded):
        share = np.bincount(paragraphs, minlength=len(lengths)) / np.maximum(shingle_counts, 1)
        window = WINDOW if containment is None else CROWDED_WINDOW
        proposed, band_share = _pairs_by_index(chunk, scopes, share >= jaccard, jaccard, permutations, seed, window)
        pairs = distinct(np.concatenate([pairs, proposed]))
        shared = shared_shingles(chunk.hashes, starts, *unpacked_pairs(pairs))
    earlier, later = unpacked_pairs(pairs)
    enough = shared >= jaccard * (shingle_counts[earlier] + shingle_counts[later] - shared)
    if containment is not None:
        enough |= shared >= containment * np.minimum(shingle_counts[earlier], shingle_counts[later])
        if len(crowded):
            enough &= ~_are_forms(earlier, later, enough, crowded, VARIANTS * band_share)
    return Matches(copies, originals, earlier[enough], later[enough], shared[enough], shingle_counts, crowded)


def _are_forms(earlier: Ints, later: Ints, enough: Bools, crowded: Ints, variants: float) -> Bools:
    """Say which pairs are of two filled-in forms: crowded paragraphs that are near more than so many others."""
    count = int(max(earlier.max(initial=0), later.max(initial=0), crowded.max())) + 1
    partners = np.bincount(earlier[enough], minlength=count) + np.bincount(later[enough], minlength=count)
    is_form = np.zeros(count, bool)
    is_form[crowded] = True
    is_form &= partners > variants
    both: Bools = is_form[earlier] & is_form[later]
    return both


def _pairs_by_index(
    chunk: Shingles, scopes: U64, chosen: Bools, jaccard: float, permutations: int, seed: int, window: int
) -> tuple[Ints, float]:
    """Return the pairs of chosen paragraphs (earlier, later), packed, that MinHash/LSH proposes, and the share of the
    bands that it used.
    """
    paragraphs = chosen.nonzero()[0]
    if len(paragraphs) < 2:
        return np.zeros(0, np.intp), 1.0
    starts = chunk.starts
    all_bands, band_rows = bands(jaccard, permutations)
    band_count = all_bands
    if window == CROWDED_WINDOW:
        band_count = max(1, min(all_bands, CROWDED_PAIRS // (len(paragraphs) * (window + 1))))
    offsets = np.append(0, np.cumsum(starts[paragraphs + 1] - starts[paragraphs]))
    hashes = chunk.hashes[elements_of(starts, paragraphs)]
    values = signatures(hashes, offsets, permutations, seed)
    earlier, later = signature_pairs(values, scopes[paragraphs], (band_count, band_rows), window)
    return packed_pairs(paragraphs[earlier], paragraphs[later]), band_count / all_bands


def _without_most_unique(paragraphs: Ints, keys: U64) -> tuple[Ints, U64]:
    """Remove most of the unique keys: those with which no other key shares a slot.

    Nothing is removed from few keys, nor from so many that the slots do not fit into the cache.
    """
    if not MIN_SIFTED_KEYS <= len(keys) <= MAX_SIFTED_KEYS:
        return paragraphs, keys
    bits = slot_bits(len(keys))
    kept = share_slots(slots_of(keys, bits), bits)
    return paragraphs[kept], keys[kept]


def _repeated(paragraphs: Ints, keys: U64) -> tuple[Ints, U64]:
    """Keep the keys, given in order, that occur more than once."""
    repeated = beside_equal(keys)
    return paragraphs[repeated], keys[repeated]


def _copies(chunk: Shingles, scopes: U64, paragraphs: Ints) -> tuple[Ints, Ints]:
    """Return the paragraphs whose shingle sequence equals that of an earlier one of their scope, and the first such."""
    if not len(paragraphs):
        return paragraphs, paragraphs
    elements = elements_of(chunk.starts, paragraphs)
    lengths = chunk.starts[paragraphs + 1] - chunk.starts[paragraphs]
    begins = np.cumsum(lengths) - lengths
    offsets = elements - chunk.starts[paragraphs].repeat(lengths)
    terms = (chunk.hashes[elements] | offsets.astype(np.uint64) << HALF) * M1
    terms ^= terms >> HALF
    terms *= M2
    fingerprints = np.add.reduceat(terms, begins) + scopes[paragraphs] * M3
    order = fingerprints.argsort(kind="stable")
    paragraphs, fingerprints = paragraphs[order], fingerprints[order]
    new = np.ones(len(paragraphs), bool)
    np.not_equal(fingerprints[1:], fingerprints[:-1], out=new[1:])
    originals = paragraphs[new][np.cumsum(new) - 1]
    return paragraphs[~new], originals[~new]


def _pairs_by_shingles(paragraphs: Ints, keys: U64) -> tuple[Ints, Ints, Ints]:
    """Return the pairs of paragraphs (earlier, later) with a common key, packed, and how many keys they share.

    `keys`: in order. The last array holds the crowded paragraphs: those with a key that is in too many paragraphs to
    pair them all. Their counts are too low.
    """
    edges = np.ones(len(keys) + 1, bool)
    np.not_equal(keys[1:], keys[:-1], out=edges[1:-1])
    begins = edges.nonzero()[0]
    occurrences = begins[1:] - begins[:-1]
    crowded = _NONE
    if occurrences.max(initial=0) > WINDOW + 1:
        is_crowded = (occurrences > WINDOW + 1).repeat(occurrences)
        crowded = distinct(paragraphs[is_crowded])
        # LSH pairs these paragraphs, by more than one shingle.
        paragraphs, keys = paragraphs[~is_crowded], keys[~is_crowded]
    left, right = ordered_pairs(keys)
    left, right = paragraphs[left], paragraphs[right]
    packed = packed_pairs(np.minimum(left, right), np.maximum(left, right))
    packed.sort()
    new = np.ones(len(packed) + 1, bool)
    np.not_equal(packed[1:], packed[:-1], out=new[1:-1])
    positions = new.nonzero()[0]
    return packed[positions[:-1]], positions[1:] - positions[:-1], crowded
