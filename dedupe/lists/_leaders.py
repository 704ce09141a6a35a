"""Clusters by leaders: a row is left out for the first earlier row that stays and is near it."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Ints
from dedupe.lists._join import BLOCK, Join

FIRST_BATCH = 64
"""Rows that are compared with one another first; a batch is twice as large as the one before it."""


def leaders(join: Join) -> Ints:
    """Return for each row the first row that stays and is near it, or the row itself if it stays; int64.

    The first rows that are left are compared with one another, then all others with those of them that stay; what is
    near one is left out before the next batch. So a hundred thousand variants of one text take linear time.
    """
    count = len(join.rows.texts)
    leader = np.arange(count)
    pending = leader.copy()
    size = FIRST_BATCH
    while len(pending):
        batch = _affordable(join, pending[:size])
        stay = _resolve(join, batch, leader)
        pending = pending[len(batch) :]
        stop = int(batch[-1]) + 1
        while len(stay) and len(pending):
            costs = np.cumsum(join.costs(stay, stop, count))
            first = max(1, int(costs.searchsorted(BLOCK, "right")))
            for left, right, _ in join.near(stay[:first], stop, count):
                left, right = left[::-1], right[::-1]  # of several leaders the first one is written last
                free = leader[right] == right
                leader[right[free]] = left[free]
            stay = stay[first:]
            alive = np.zeros(count, bool)
            pending = pending[leader[pending] == pending]
            alive[pending] = True
            join.keep(alive)
        size = 2 * len(batch)
    return leader


def _affordable(join: Join, batch: Ints) -> Ints:
    """Return the first rows of a batch whose candidates among themselves fit into a block."""
    while len(batch) > 1 and join.costs(batch, 0, int(batch[-1]) + 1).sum() > BLOCK:
        batch = batch[: len(batch) // 2]
    return batch


def _resolve(join: Join, batch: Ints, leader: Ints) -> Ints:
    """Write the leaders of a batch, as far as they are in it, and return the rows of it that stay."""
    # One by one: whether a row stays depends on whether earlier ones do. Pairs come in the order of their first rows.
    for left, right, _ in join.near(batch, 0, int(batch[-1]) + 1):
        for earlier, later in zip(left.tolist(), right.tolist(), strict=True):
            if leader[later] == later and leader[earlier] == earlier:
                leader[later] = earlier
    stay: Ints = batch[leader[batch] == batch]
    return stay
