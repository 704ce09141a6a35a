"""What an index of rows under keys must do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from dedupe._arrays import U64, Ints

MOST_ALIKE = 128
"""Rows taken from one bucket, the earliest: a template with a hundred thousand fillings has as many in it."""


class Index(Protocol):
    """Remembers rows under keys and proposes, for others, the rows that share a key with them.

    Proposals are candidates, to be verified. The first key of a row is the print of its whole sequence of shingles, the
    others are those of its signature; whoever asks may give the first alone.
    """

    @property
    def nbytes(self) -> int:
        """About how many bytes the keys take."""
        ...

    def append(self, keys: U64, first: int) -> None:
        """Add rows from `first` on, with their keys, uint64, shape (rows, keys of each)."""
        ...

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (asked, row) pairs, sorted and distinct, of rows that share a key, uint64, shape (asked, keys)."""
        ...

    def remove(self, rows: Iterable[int]) -> None:
        """Forget rows. One that is proposed all the same is held by nobody, and left out by whoever asks."""
        ...
