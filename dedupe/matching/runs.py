"""Keys of paragraphs from runs of consecutive shingles: near-duplicates share two of a few keys.

The runs of a paragraph with the smallest hashes are its keys, so that two paragraphs choose the same among those that
they share: Broder, "On the resemblance and containment of documents" (1997). An edit leaves the words around it
together, so a run is shared nearly as often as a single shingle is, and far less often by chance.
"""

from __future__ import annotations

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe.text.words import HALF, M1, M2, M3

SCHEME = "smallest runs 1"
"""The scheme of the keys; an index of another scheme is refused."""

NO_KEY = np.uint64(0xFFFFFFFFFFFFFFFF)
"""Stands where a short paragraph has no further key; it is neither stored nor looked up."""

NEEDED_KEYS = 2
"""Keys that a near-duplicate has to share."""

FEW_KEYS = 8
"""A paragraph with fewer keys than this is a candidate by one of them: an edit can leave no second one."""

ASKED_SHARE = 2
"""A query asks so many times as many keys as are stored: of a longer paragraph the stored ones are not the smallest."""

RECALL = 0.99
"""The share of the pairs at the threshold that share enough keys, when single words at random are missing in one."""

_SHORT_RUN_BELOW = 0.5
"""Thresholds below it leave runs of too few shingles for a key of three."""

_BLOCK_PARAGRAPHS = 1 << 22
"""Paragraphs whose runs are sorted at once: their numbers fit beside the 40 bits of a hash."""

_HASH_BITS = np.uint64(40)
_HASH = np.uint64((1 << 40) - 1)


def sampling(threshold: float) -> tuple[int, int]:
    """Return (keys that are stored of a paragraph, shingles of a run) for the recall at a Jaccard threshold.

    >>> sampling(0.5), sampling(0.8)
    ((12, 3), (5, 3))
    """
    run = 2 if threshold < _SHORT_RUN_BELOW else 3
    shared = min(threshold, _unchanged_words(threshold) ** (run + 2))  # a run of n shingles is n + 2 words
    count = NEEDED_KEYS
    while 1 - (1 - shared) ** count - count * shared * (1 - shared) ** (count - 1) < RECALL:
        count += 1
    return count, run


def _unchanged_words(threshold: float) -> float:
    """Return the share of the words of a text that another one has when their Jaccard similarity is the threshold.

    Words at random are missing in the other one. A shingle of three words survives if all of them do.
    """
    low, high = 0.0, 1.0
    for _ in range(50):
        share = (low + high) / 2
        shared = share**3
        low, high = (share, high) if shared < threshold * (1 + share - shared) else (low, share)
    return high


def run_keys(hashes: U32, starts: Ints, count: int, run: int, seed: int) -> U64:
    """Return the `count` keys of each paragraph, uint64, shape (paragraphs, count), those of the smallest runs first.

    Paragraph p has the shingles `starts[p]` to `starts[p + 1]`. One with fewer different runs has `NO_KEY` at the end;
    one with fewer shingles than a run has one key, of all of them. A shingle that repeats the one before it is skipped,
    so that the key of "ha ha ha" is that of "ha ha ha ha".
    """
    paragraphs = len(starts) - 1
    keys = np.full((paragraphs, count), NO_KEY)
    for first in range(0, paragraphs, _BLOCK_PARAGRAPHS):
        block = starts[first : first + _BLOCK_PARAGRAPHS + 1]
        owners = np.repeat(np.arange(len(block) - 1), np.diff(block))
        ordered = _ordered_runs(hashes[block[0] : block[-1]], owners, run, seed)
        owners = (ordered >> _HASH_BITS).astype(np.int64)
        ranks = np.arange(len(owners)) - np.searchsorted(owners, np.arange(len(block) - 1))[owners]
        chosen = np.flatnonzero(ranks < count)
        keys[first + owners[chosen], ranks[chosen]] = _mixed(ordered[chosen] & _HASH)
    return keys


def _ordered_runs(hashes: U32, owners: Ints, run: int, seed: int) -> U64:
    """Return the owner and the hash of each different run, in one uint64 each, in order."""
    repeats = np.zeros(len(hashes), bool)
    repeats[1:] = (hashes[1:] == hashes[:-1]) & (owners[1:] == owners[:-1])
    kept = np.flatnonzero(~repeats)
    owners = owners[kept].astype(np.uint64)
    shingles = hashes[kept].astype(np.uint64)
    values = _mixed(shingles | np.uint64(seed) << HALF)
    starts_run = np.ones(len(owners), bool)
    for offset in range(1, run):
        inside = owners[offset:] == owners[:-offset]
        starts_run[: max(0, len(owners) - offset)] &= inside
        starts_run[len(owners) - offset :] = False
        follower = np.zeros_like(shingles)
        follower[:-offset][inside] = shingles[offset:][inside] + np.uint64(offset)
        values = _mixed(values + follower * M3)
    first = np.ones(len(owners), bool)
    first[1:] = owners[1:] != owners[:-1]
    packed = owners << _HASH_BITS | values >> (np.uint64(64) - _HASH_BITS)
    begins = np.flatnonzero(first)
    lengths = np.diff(begins, append=len(owners))
    starts_run[begins[lengths < run]] = True
    packed = packed[starts_run]
    packed.sort()
    different = np.ones(len(packed), bool)
    different[1:] = packed[1:] != packed[:-1]
    distinct: U64 = packed[different].astype(np.uint64, copy=False)
    return distinct


def _mixed(values: U64) -> U64:
    """Return values in which each bit depends on all of those given."""
    values = (values ^ values >> HALF) * M1
    values = (values ^ values >> np.uint64(29)) * M2
    mixed: U64 = values ^ values >> HALF
    return mixed
