"""Which paragraphs say the same: copies, candidate pairs and originals, out of arrays sorted a share at a time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np

from dedupe.arrays import Bools, Ints
from dedupe.corpus.across import compared
from dedupe.corpus.buckets import Buckets, sorted_by
from dedupe.corpus.store import Store
from dedupe.index.memory import alike, distinct
from dedupe.judgement import Policy

NONE = -1

_BYTES_A_ROW = 96
"""Memory that sorting takes a row of a share: four columns of eight bytes, their sorted copies, the order."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Verified pairs of unlike keys: int64 rows `later` and `earlier`, the least of their keys, sorted by later
    and then by the order of the earlier one's document; `seen`: where in a file it stands how they are alike;
    `bearable`: whether the earlier may stand for the later one.
    """

    later: Ints
    earlier: Ints
    seen: Ints
    bearable: Bools


def ranks_of(orders: list[bytes]) -> Ints:
    """Return the rank of each document by its order key; equal documents are in the order given."""
    ranks = np.empty(len(orders), np.int64)
    ranks[sorted(range(len(orders)), key=orders.__getitem__)] = np.arange(len(orders))
    return ranks


def copied_documents(store: Store, ranks: Ints, whole: Bools) -> Ints:
    """Return for each document the least one with the same words from end to end, or `NONE`; int64.

    `whole`: bool, shape (documents,), those of which nothing is missing in the output that they stand in.
    """
    high, low, words = store.column("high"), store.column("low"), store.column("words")
    among = np.flatnonzero((words > 0) & whole)
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


def least_of_equals(store: Store, owners: np.ndarray, ranks: Ints, alive: Bools, memory: int) -> np.ndarray:
    """Return for each living row the least row with its key by document order; `NONE` for others; int32 or 64."""
    least = np.full(store.rows, NONE, np.int32 if store.rows < 1 << 31 else np.int64)
    shares = shares_of(int(alive.sum()), memory)
    for share in range(shares):
        rows, high, low, numbers = store.keys(share, shares, alive)
        least[rows] = rows
        among = alike(high)  # few: finding an order takes several times what finding these does
        rows, high, low, numbers = rows[among], high[among], low[among], numbers[among]
        order = sorted_by(high, low, ranks[owners[rows]], numbers)
        firsts = _firsts(high[order], low[order])
        least[rows[order]] = rows[order[firsts]]
    return least


def boilerplate(store: Store, owners: np.ndarray, alive: Bools, least: int, memory: int) -> Bools:
    """Return which rows are said in at least so many documents of the host of their own."""
    found = np.zeros(store.rows, bool)
    if not least:
        return found
    hosts = store.column("host")
    shares = shares_of(int(alive.sum()), memory)
    for share in range(shares):
        rows, high, low, _ = store.keys(share, shares, alive)
        mine = hosts[owners[rows]]
        order = sorted_by(high, low, mine, owners[rows])
        firsts = _firsts(high[order], low[order], mine[order])
        new = np.append(True, owners[rows[order]][1:] != owners[rows[order]][:-1]) if len(order) else order.astype(bool)
        new |= firsts == np.arange(len(order))
        counts = np.bincount(firsts, new, len(order))
        found[rows[order]] = (counts[firsts] >= least) & (mine[order] > 0)
    return found


def candidates(
    store: Store, ordered: np.ndarray, owners: np.ndarray, bands: int, window: int, memory: int
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
            order = among[alike(keys[among])]
            buckets = Buckets(window)
            earlier, later = buckets.pairs(keys[order], order)
            bounded += buckets.bounded
            apart = owners[ordered[earlier]] != owners[ordered[later]]
            found.append(distinct(later[apart] << 32 | earlier[apart]))
        if len(found) > 4:
            found = [distinct(np.concatenate(found))]
    return distinct(np.concatenate([np.zeros(0, np.int64), *found])), bounded


def verified(store: Store, ordered: np.ndarray, pairs: Ints, judged: tuple[Policy, float], seen: IO[bytes]) -> Edges:
    """Compare the proposed pairs word by word; return those that hold.

    `judged`: what may be lost, and the least similarity. `seen`: a file that takes how the pairs that hold are alike.
    """
    policy, near = judged
    later, earlier, bearable, places = array("q"), array("q"), array("b"), array("q")
    last, text, at = NONE, "", 0
    for pair in _numbers(pairs):
        mine, theirs = pair >> 32, pair & 0xFFFFFFFF
        if mine != last:
            last, text = mine, store.text(int(ordered[mine]))
        found = compared(text, store.text(int(ordered[theirs])), policy, near)
        if found is not None:
            later.append(int(ordered[mine]))
            earlier.append(int(ordered[theirs]))
            bearable.append(found.bearable)
            places.append(at)
            at += seen.write(found.to_json())
    lates, earlies, lines = (np.array(column, np.int64) for column in (later, earlier, places))
    return Edges(lates, earlies, lines, np.array(bearable, bool))


def _numbers(pairs: Ints) -> Iterator[int]:
    """Yield numbers of an array as Python's, a stretch at a time."""
    for at in range(0, len(pairs), 1 << 16):
        yield from pairs[at : at + (1 << 16)].tolist()


def kept_likenesses(edges: Edges, found: Ints) -> Ints:
    """Return row and place in the file of `verified` for each row whose original it was compared with; by row."""
    used = np.flatnonzero(found[edges.later] == edges.earlier)
    used = used[np.argsort(edges.later[used], kind="stable")]
    return np.stack([edges.later[used], edges.seen[used]], axis=1)


def originals(edges: Edges, least: np.ndarray, locked: Bools, removing: bool) -> Ints:
    """Return for each row the row that may be its original, or `NONE`; int64, shape (rows,).

    For the least row of a key that is the least earlier one that stays and may stand for it, else the least that is
    nearly the same; for the others what the key has of the first kind, else the least of the key. Where paragraphs are
    removed only one that has no original itself can be one, so that nothing goes for the sake of what goes too.
    `locked`: rows that stay whatever they are like.
    """
    rows = len(least)
    stays = np.ones(rows, bool)
    if removing:
        stays[edges.later[edges.bearable]] = False
        stays |= locked
    home = np.full(rows, NONE, np.int64)
    nearly = np.full(rows, NONE, np.int64)
    for found, bearable in ((home, True), (nearly, False)):
        # Written from last to first, the least is what remains.
        chosen = np.flatnonzero(stays[edges.earlier] & (edges.bearable == bearable))[::-1]
        found[edges.later[chosen]] = edges.earlier[chosen]
    alive = np.flatnonzero(least != NONE)
    own = least[alive].astype(np.int64)
    target = np.where(home[own] != NONE, home[own], np.where(own == alive, nearly[alive], own))
    found = np.full(rows, NONE, np.int64)
    found[alive] = target
    return found
