"""Groups of near-duplicates in a list of texts, and the texts that stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeVar, overload

import numpy as np

from dedupe._arrays import Ints
from dedupe.lists._arguments import Criteria, Measure, Shingling, TextLike, criteria, many
from dedupe.lists._join import BLOCK, Join, join_of

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


T = TypeVar("T", bound=TextLike)


@overload
def clusters(
    texts: Iterable[TextLike],
    threshold: float = ...,
    *,
    measure: Measure = ...,
    shingles: Shingling = ...,
    size: int | None = ...,
    as_arrays: Literal[False] = ...,
) -> list[list[int]]: ...


@overload
def clusters(
    texts: Iterable[TextLike],
    threshold: float = ...,
    *,
    measure: Measure = ...,
    shingles: Shingling = ...,
    size: int | None = ...,
    as_arrays: Literal[True],
) -> Ints: ...


def clusters(
    texts: Iterable[TextLike],
    threshold: float = 0.5,
    *,
    measure: Measure = "jaccard",
    shingles: Shingling = "words",
    size: int | None = None,
    as_arrays: bool = False,
) -> list[list[int]] | Ints:
    """Group each text with the first earlier text that stays and that it is a near-duplicate of.

    A text stays if it is near no earlier text that stays. So every text of a cluster is near its first one; two others
    of it need not be near each other, and texts are not joined through a chain of others. The result is exact. A
    hundred thousand equal texts, or variants of one, take linear time.

    Args:
        texts: texts, (id, text) pairs or documents; an iterable is read once. Line ends count as spaces.
        threshold: least similarity to the first text of the cluster, above 0 and at most 1.
        measure: "jaccard", or "containment", the share of the shingles of the text that has fewer.
        shingles: "words" or "characters"; see `near_duplicates`.
        size: words or characters of a shingle; 3 words or 5 characters by default.
        as_arrays: return one array instead of a list.

    Returns:
        The positions of each group of two texts or more, in order, the groups by their first text, which is the one
        that stays; or for each text the position of the one that stays for it, its own if it stays: int64, (texts,).

    Raises:
        TypeError: something is no text; its position is named.
        OptionError: an argument is out of its range.

    Example:
        >>> import dedupe
        >>> texts = ["The night ferry sails again.", "A dog barks.", "The night ferry sails again!"]
        >>> dedupe.clusters(texts)
        [[0, 2]]
        >>> dedupe.clusters(texts, as_arrays=True).tolist()
        [0, 1, 0]
    """
    stays_for = _stays_for(many(texts), criteria(threshold, measure, shingles, size))
    if as_arrays:
        return stays_for
    members = (np.bincount(stays_for, minlength=len(stays_for))[stays_for] > 1).nonzero()[0]
    members = members[stays_for[members].argsort(kind="stable")]
    edges = (np.diff(stays_for[members]) != 0).nonzero()[0] + 1
    return [group.tolist() for group in np.split(members, edges)] if len(members) else []


@overload
def unique(
    texts: Iterable[T],
    threshold: float = ...,
    *,
    measure: Measure = ...,
    shingles: Shingling = ...,
    size: int | None = ...,
    as_arrays: Literal[False] = ...,
) -> list[T]: ...


@overload
def unique(
    texts: Iterable[TextLike],
    threshold: float = ...,
    *,
    measure: Measure = ...,
    shingles: Shingling = ...,
    size: int | None = ...,
    as_arrays: Literal[True],
) -> Ints: ...


def unique(
    texts: Iterable[T],
    threshold: float = 0.5,
    *,
    measure: Measure = "jaccard",
    shingles: Shingling = "words",
    size: int | None = None,
    as_arrays: bool = False,
) -> list[T] | Ints:
    """Return the texts that stay: each near-duplicate of an earlier text that stays is left out.

    Which text each one is left out for: see `clusters`.

    Args:
        texts: texts, (id, text) pairs or documents, such as the chunks of a document; an iterable is read once.
        threshold: least similarity of a near-duplicate, above 0 and at most 1.
        measure: "jaccard", or "containment", the share of the shingles of the text that has fewer. Then a text is also
            left out if it contains an earlier, shorter one.
        shingles: "words" or "characters"; see `near_duplicates`.
        size: words or characters of a shingle; 3 words or 5 characters by default.
        as_arrays: return positions instead of texts.

    Returns:
        What was given, unchanged and in order, without what is left out; or the positions of what stays, int64.

    Raises:
        TypeError: something is no text; its position is named.
        OptionError: an argument is out of its range.

    Example:
        >>> import dedupe
        >>> dedupe.unique(["The night ferry sails again.", "A dog barks.", "The night ferry sails again!"])
        ['The night ferry sails again.', 'A dog barks.']
    """
    how = criteria(threshold, measure, shingles, size)
    listed = list(many(texts))
    stays_for = _stays_for(listed, how)
    stay = (stays_for == np.arange(len(stays_for))).nonzero()[0]
    return stay if as_arrays else [listed[position] for position in stay.tolist()]


def _stays_for(texts: Iterable[TextLike], how: Criteria) -> Ints:
    """Return for each text the position of the one that stays for it, its own if it stays."""
    join = join_of(texts, how)
    rows = join.rows
    stays_for = np.arange(len(rows.first))
    stays_for[rows.texts] = rows.texts[leaders(join)]
    return stays_for[rows.first]
