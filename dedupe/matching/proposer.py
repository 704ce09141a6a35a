"""What an index of signatures must do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dedupe._arrays import U32


class Index(Protocol):
    """Remembers signatures under keys and proposes, for others, the keys whose bands collide with theirs.

    Proposals are candidates, to be verified; two indexes of the same bands propose the same.
    """

    number: int
    rows: int

    def insert(self, keys: Sequence[str], signatures: U32) -> None:
        """Remember signatures, uint32, shape (keys, permutations). Raises `ValueError` for a key that is there."""
        ...

    def query(self, signatures: U32) -> list[list[str]]:
        """Return for each signature, uint32, shape (n, permutations), the keys proposed, sorted."""
        ...
