"""Propose pairs of paragraphs by bands and verify them by words, with as many processes as a run has."""

from __future__ import annotations

from functools import partial
from typing import IO

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe._concurrency import shared
from dedupe.across.pair import judge_pair_safely, paragraph_text
from dedupe.across.succession import Edges
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._plan import Plan
from dedupe.judge.policy import Policy
from dedupe.matching.buckets import Buckets
from dedupe.matching.lsh import distinct, shared_keys, unpacked_pairs
from dedupe.matching.similarity import similar_pairs
from dedupe.matching.sketches import perhaps_similar
from dedupe.text.shingles import joined, shingles
from dedupe.text.words import chunks

_BYTES_A_PARAGRAPH = 96
"""Memory that sorting takes for a paragraph of a share: four columns of eight bytes, their sorted copies, the order."""

_VERIFIED_PAIRS = 1 << 15
"""Pairs whose texts are read and hashed together: they take a few ten megabytes."""

_SKETCHED_PAIRS = 1 << 13
"""Pairs whose sketches are read together: where each is on a page of its own, these take 128 megabytes."""

_SHARED_PARAGRAPHS = 1 << 16
"""Paragraphs from which on several processes take less time than their start."""

Verified = tuple[int, int, bytes, bool]
"""A similar pair (later, earlier), how it compares, as a line, and whether removing the later one loses nothing."""


def shares_of(paragraphs: int, memory: int) -> int:
    """Return the number of shares into which paragraphs are split so that one is sorted in half of the memory."""
    return max(1, -(-paragraphs * _BYTES_A_PARAGRAPH * 2 // memory))


def candidate_pairs(store: FingerprintStore, ordered: np.ndarray, owners: np.ndarray, plan: Plan) -> tuple[Ints, int]:
    """Return the pairs of paragraphs that share a bucket, and the number of bounded members of buckets.

    Pairs are packed as `later << 32 | earlier`, int64, positions in `ordered`: the first paragraphs of their keys, in
    the order of their documents. A bounded member is compared with some members of its bucket only.
    """
    jobs = _jobs_of(plan, ordered)
    shares = shares_of(len(ordered), plan.corpus_options.memory_bytes // jobs)
    work = partial(_pairs_of_band, store, ordered, owners, plan.corpus_options.window, shares)
    found = np.zeros(0, np.int64)
    bounded = 0
    for _, (pairs, count) in shared(work, ((None, band) for band in range(plan.banding[0])), jobs):
        found = distinct(np.concatenate([found, pairs]))
        bounded += count
    return found, bounded


def _jobs_of(plan: Plan, ordered: np.ndarray) -> int:
    """Return the number of processes for so many paragraphs."""
    return plan.jobs if len(ordered) >= _SHARED_PARAGRAPHS else 1


def _pairs_of_band(
    store: FingerprintStore, ordered: np.ndarray, owners: np.ndarray, window: int, shares: int, band: int
) -> tuple[Ints, int]:
    """Return the pairs of one band, and its bounded members; a share of it is sorted at a time."""
    keys = store.band(band)[ordered]
    found = [np.zeros(0, np.int64)]
    bounded = 0
    for share in range(shares):
        positions = np.flatnonzero(keys % np.uint64(shares) == share) if shares > 1 else np.arange(len(keys))
        order = positions[shared_keys(keys[positions])]
        buckets = Buckets(window)
        earlier, later = buckets.pairs(keys[order], order)
        bounded += buckets.bounded
        apart = owners[ordered[earlier]] != owners[ordered[later]]
        found.append(distinct(later[apart] << 32 | earlier[apart]))
    return np.concatenate(found), bounded


def verify(store: FingerprintStore, ordered: np.ndarray, pairs: Ints, plan: Plan, comparisons: IO[bytes]) -> Edges:
    """Compare candidate pairs word by word; return those that are similar.

    `comparisons`: the file that the comparison of each similar pair is written to, a line each;
    `Edges.comparison_offsets` has the offsets.
    """
    found: list[tuple[int, int, int, bool]] = []
    offset = 0
    blocks = (pairs[first : first + _VERIFIED_PAIRS] for first in range(0, len(pairs), _VERIFIED_PAIRS))
    work = partial(_verified, store, ordered, plan.policy, plan.options.jaccard)
    for _, verified in shared(work, ((None, block) for block in blocks), _jobs_of(plan, ordered)):
        for later, earlier, line, is_lossless in verified:
            found.append((later, earlier, offset, is_lossless))
            offset += comparisons.write(line)
    columns = np.array(found, np.int64).reshape(-1, 4).T
    return Edges(columns[0], columns[1], columns[2], columns[3] > 0)


def _verified(
    store: FingerprintStore, ordered: np.ndarray, policy: Policy, jaccard: float, pairs: Ints
) -> list[Verified]:
    """Return those of the pairs that are similar; most are told apart by their sketches, many of the others by hashes.

    Their words are compared last.
    """
    later, earlier = (ordered[column] for column in unpacked_pairs(pairs))
    similar = _perhaps_similar(store, later, earlier, jaccard)
    later, earlier = later[similar], earlier[similar]
    paragraphs = distinct(np.concatenate([later, earlier]))
    texts = store.texts(paragraphs)
    chunk = joined([shingles(part) for part in chunks(texts)])
    left, right = np.searchsorted(paragraphs, later), np.searchsorted(paragraphs, earlier)
    found: list[Verified] = []
    for pair in np.flatnonzero(similar_pairs(chunk.hashes, chunk.starts, left, right, jaccard)).tolist():
        text, other_text = paragraph_text(texts[left[pair]]), paragraph_text(texts[right[pair]])
        comparison = judge_pair_safely(text, other_text, policy, jaccard)
        if comparison is not None:
            found.append((int(later[pair]), int(earlier[pair]), comparison.to_json(), not comparison.loss))
    return found


def _perhaps_similar(store: FingerprintStore, later: Ints, earlier: Ints, jaccard: float) -> Bools:
    """Return which pairs of paragraphs may be similar by their sketches; bool, shape (pairs,)."""
    similar = np.empty(len(later), bool)
    for first in range(0, len(later), _SKETCHED_PAIRS):
        block = slice(first, first + _SKETCHED_PAIRS)
        paragraphs = distinct(np.concatenate([later[block], earlier[block]]))
        found, sizes = store.sketches(paragraphs)
        left, right = np.searchsorted(paragraphs, later[block]), np.searchsorted(paragraphs, earlier[block])
        similar[block] = perhaps_similar(found[left], found[right], sizes[left], sizes[right], jaccard)
    return similar
