"""What an index that proposes paragraphs by their keys must do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from dedupe._arrays import U64, Ints

MOST_ALIKE = 128
"""Most paragraphs that are proposed from one bucket, the earliest ones: a template that was filled in a hundred
thousand times has as many paragraphs in it."""


class Proposer(Protocol):
    """Hold paragraphs, by number, under keys, and propose those that share keys with others.

    Proposals are candidates: the caller verifies them. The first key of a paragraph is the fingerprint of its whole
    sequence of shingles, the others are of runs of shingles, or its signature. A query may have the first key alone.
    """

    @property
    def nbytes(self) -> int:
        """About how many bytes the keys take."""
        ...

    def append(self, keys: U64, first: int) -> None:
        """Add paragraphs, numbered from `first` on, with keys uint64, shape (paragraphs, keys of each)."""
        ...

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share enough keys, sorted; keys: uint64, (queries, keys)."""
        ...

    def remove(self, paragraphs: Iterable[int]) -> None:
        """Remove paragraphs, given by number. One that is proposed all the same is ignored by the caller."""
        ...
