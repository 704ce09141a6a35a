"""Exchange with datasketch: our signatures as its objects, its LSH as an index of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dedupe._arrays import U32
from dedupe.matching.minhash import SCHEME, bands, signatures
from dedupe.text.paragraphs import split
from dedupe.text.shingles import shingles

if TYPE_CHECKING:
    import datasketch


def to_datasketch(text: str, *, permutations: int = 128, seed: int = 1) -> list[datasketch.MinHash]:
    """Return a `datasketch.MinHash` (scheme "affine32") for each paragraph of a text that has words, in order.

    They equal those that datasketch makes of the same 32-bit shingle hashes. An index that was built from strings with
    datasketch's default hash function (SHA-1) does not match them: the shingles are hashed differently.
    """
    import datasketch  # loads scipy: 0.5 s that only this function costs

    chunk = shingles([text])
    rows = [row.number for row in split(text) if chunk.starts[row.number + 1] > chunk.starts[row.number]]
    values = signatures(chunk.hashes, chunk.starts, permutations, seed)[rows]
    first = datasketch.MinHash(permutations, seed, scheme=SCHEME)
    return [
        datasketch.MinHash(seed=seed, hashvalues=row, permutations=first.permutations, scheme=SCHEME) for row in values
    ]


class DatasketchIndex:
    """A `datasketch.MinHashLSH` as an index: what was put into either can be found through the other.

    `lsh` must have been made for the permutations of the signatures; without one, a new one is made for the threshold
    with our bands, whose recall at the threshold is 0.99 (those that datasketch chooses find 40 % at 0.8).
    """

    def __init__(
        self,
        lsh: datasketch.MinHashLSH | None = None,
        *,
        threshold: float = 0.5,
        permutations: int = 128,
        seed: int = 1,
    ) -> None:
        import datasketch  # loads scipy: 0.5 s that only this class costs

        if lsh is None:
            lsh = datasketch.MinHashLSH(num_perm=permutations, params=bands(threshold, permutations))
        self.lsh = lsh
        self.number, self.rows = lsh.b, lsh.r
        self.seed = seed
        self._empty = datasketch.LeanMinHash(datasketch.MinHash(lsh.h, seed, scheme=SCHEME))

    def insert(self, keys: Sequence[str], signatures: U32) -> None:
        """Remember signatures under keys; raise `ValueError` for a key that is there."""
        for key, row in zip(keys, signatures, strict=True):
            if key in self.lsh:
                raise ValueError(f"the index has the key {key!r} already")
            self.lsh.insert(key, self._sketch(row))

    def query(self, signatures: U32) -> list[list[str]]:
        """Return for each signature the keys in whose buckets it falls, sorted."""
        return [sorted(self.lsh.query(self._sketch(row))) for row in signatures]

    def _sketch(self, row: U32) -> datasketch.LeanMinHash:
        import datasketch

        return datasketch.LeanMinHash(seed=self.seed, hashvalues=np.ascontiguousarray(row), scheme=SCHEME)
