"""Which paragraphs say the same: copies, candidate pairs and originals, out of arrays sorted a share at a time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import IO

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.across.pair import judge_pair_safely, paragraph_text
from dedupe.across.succession import NONE, Edges
from dedupe.across.whole import LEAST_PARAGRAPHS
from dedupe.corpus._columns import FingerprintStore
from dedupe.judge.policy import Policy
from dedupe.matching.buckets import Buckets, sorted_by
from dedupe.matching.lsh import distinct, shared_keys

_BYTES_A_ROW = 96
"""Memory that sorting takes a row of a share: four columns of eight bytes, their sorted copies, the order."""


def ranks_of(orders: list[bytes]) -> Ints:
    """Return the rank of each document by its order key; equal documents are in the order given."""
    ranks = np.empty(len(orders), np.int64)
    ranks[sorted(range(len(orders)), key=orders.__getitem__)] = np.arange(len(orders))
    return ranks


def copied_documents(store: FingerprintStore, owners: np.ndarray, ranks: Ints, whole: Bools) -> Ints:
    """Return for each document of some paragraphs the least one with the same text, or `NONE`; int64.

    `whole`: bool, shape (documents,), those of which nothing is missing in the output that they stand in.
    """
    high, low = store.column("high"), store.column("low")
    among = np.flatnonzero((np.bincount(owners, minlength=store.documents) >= LEAST_PARAGRAPHS) & whole)
    order = among[sorted_by(high[among], low[among], ranks[among])]
    firsts = _firsts(high[order], low[order])
    copied = np.full(store.documents, NONE, np.int64)
    copied[order] = order[firsts]
    copied[copied == np.arange(store.documents)] = NONE
    return copied


def _firsts(*columns: np.ndarray) -> Ints:
    """Return for each place of sorted columns the first place that is equal to it."""
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    new = np.append(True, np.any([column[1:] != column[:-1] for column in columns], axis=0))
    firsts: Ints = np.flatnonzero(new)[np.cumsum(new) - 1]
    return firsts


def shares_of(rows: int, memory: int) -> int:
    """Return into how many shares so many rows are cut so that one can be sorted in half of the memory."""
    return max(1, -(-rows * _BYTES_A_ROW * 2 // memory))


def least_of_equals(store: FingerprintStore, owners: np.ndarray, ranks: Ints, alive: Bools, memory: int) -> np.ndarray:
    """Return for each living row the least row with its key by document order; `NONE` for others; int32 or 64."""
    least = np.full(store.rows, NONE, np.int32 if store.rows < 1 << 31 else np.int64)
    shares = shares_of(int(alive.sum()), memory)
    for share in range(shares):
        rows, high, low, numbers = store.keys(share, shares, alive)
        least[rows] = rows
        among = shared_keys(high)  # few: finding an order takes several times what finding these does
        rows, high, low, numbers = rows[among], high[among], low[among], numbers[among]
        order = sorted_by(high, low, ranks[owners[rows]], numbers)
        firsts = _firsts(high[order], low[order])
        least[rows[order]] = rows[order[firsts]]
    return least


def best_covering_documents(found: Ints, owners: np.ndarray, ranks: Ints, documents: int) -> Ints:
    """Return for each document the one where the most originals of its paragraphs are, half of them at least; int64.

    Of several the least by order; `NONE` where there is none. `found`: the original of each row, or `NONE`.
    """
    best = np.full(documents, NONE, np.int64)
    rows = np.flatnonzero(found != NONE)
    if not len(rows):
        return best
    mine, homes = owners[rows].astype(np.int64), owners[found[rows]].astype(np.int64)
    order = sorted_by(mine, ranks[homes])
    mine, homes = mine[order], homes[order]
    begins = np.flatnonzero(np.append(True, (mine[1:] != mine[:-1]) | (homes[1:] != homes[:-1])))
    counts = np.diff(np.append(begins, len(mine)))
    mine, homes = mine[begins], homes[begins]
    order = np.lexsort((-ranks[homes], counts, mine))  # the last of a document is the one
    totals = np.bincount(owners, minlength=documents)
    order = order[2 * counts[order] >= totals[mine[order]]]
    best[mine[order]] = homes[order]
    return best


def pages(store: FingerprintStore, owners: np.ndarray, alive: Bools, memory: int) -> tuple[Ints, Ints]:
    """Return for each living row how many other documents say it, and how many of those are of its host; int64."""
    everywhere, here = np.zeros(store.rows, np.int64), np.zeros(store.rows, np.int64)
    hosts = store.column("host")
    shares = shares_of(int(alive.sum()), memory)
    for share in range(shares):
        rows, high, low, _ = store.keys(share, shares, alive)
        among = shared_keys(high)
        rows, high, low = rows[among], high[among], low[among]
        mine = hosts[owners[rows]]
        order = sorted_by(high, low, mine, owners[rows])
        high, low, mine, documents = high[order], low[order], mine[order], owners[rows[order]]
        for counts, columns in ((everywhere, (high, low)), (here, (high, low, mine))):
            firsts = _firsts(*columns)
            new = np.append(True, documents[1:] != documents[:-1]) if len(order) else order.astype(bool)
            new |= firsts == np.arange(len(order))
            counts[rows[order]] = np.bincount(firsts, new, len(order))[firsts] - 1
        here[rows[order]] *= mine > 0
    return everywhere, here


def candidates(
    store: FingerprintStore, ordered: np.ndarray, owners: np.ndarray, bands: int, window: int, memory: int
) -> tuple[Ints, int]:
    """Return the pairs that the bands propose, packed `later << 32 | earlier` as places in `ordered`, and how many
    members of buckets were bounded.

    `ordered`: the rows that are the least of their keys, in the order of their documents.
    """
    found: list[Ints] = []
    bounded = 0
    shares = shares_of(len(ordered), memory)
    for band in range(bands):
        keys = store.band(band)[ordered]
        for share in range(shares):
            among = np.flatnonzero(keys % np.uint64(shares) == share)
            order = among[shared_keys(keys[among])]
            buckets = Buckets(window)
            earlier, later = buckets.pairs(keys[order], order)
            bounded += buckets.bounded
            apart = owners[ordered[earlier]] != owners[ordered[later]]
            found.append(distinct(later[apart] << 32 | earlier[apart]))
        if len(found) > 4:
            found = [distinct(np.concatenate(found))]
    return distinct(np.concatenate([np.zeros(0, np.int64), *found])), bounded


def verified(
    store: FingerprintStore, ordered: np.ndarray, pairs: Ints, judged: tuple[Policy, float], seen: IO[bytes]
) -> Edges:
    """Compare the proposed pairs word by word; return those that hold.

    `judged`: what may be lost, and the least similarity. `seen`: a file that takes how the pairs that hold are alike.
    """
    policy, jaccard = judged
    later, earlier, within_budget, places = array("q"), array("q"), array("b"), array("q")
    last, text, at = NONE, "", 0
    for pair in _numbers(pairs):
        mine, theirs = pair >> 32, pair & 0xFFFFFFFF
        if mine != last:
            last, text = mine, store.text(int(ordered[mine]))
        found = judge_pair_safely(
            paragraph_text(text), paragraph_text(store.text(int(ordered[theirs]))), policy, jaccard
        )
        if found is not None:
            later.append(int(ordered[mine]))
            earlier.append(int(ordered[theirs]))
            within_budget.append(not found.loss)
            places.append(at)
            at += seen.write(found.to_json())
    lates, earlies, lines = (np.array(column, np.int64) for column in (later, earlier, places))
    return Edges(lates, earlies, lines, np.array(within_budget, bool))


def _numbers(pairs: Ints) -> Iterator[int]:
    """Yield numbers of an array as Python's, a stretch at a time."""
    for at in range(0, len(pairs), 1 << 16):
        yield from pairs[at : at + (1 << 16)].tolist()


def kept_comparisons(edges: Edges, found: Ints) -> Ints:
    """Return row and place in the file of `verified` for each row whose original it was compared with; by row."""
    used = np.flatnonzero(found[edges.later] == edges.earlier)
    used = used[np.argsort(edges.later[used], kind="stable")]
    return np.stack([edges.later[used], edges.comparison_offsets[used]], axis=1)
