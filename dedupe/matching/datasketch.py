"""Exchange with datasketch: our signatures as its objects, its LSH as an index of ours."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe.errors import InputError, OptionError
from dedupe.matching.lsh import distinct
from dedupe.matching.minhash import SCHEME, signatures
from dedupe.matching.proposer import MOST_ALIKE
from dedupe.text.paragraphs import split
from dedupe.text.shingles import shingles

if TYPE_CHECKING:
    import datasketch

KEY = b"dedupe:"
"""What the keys of our rows begin with, as bytes, which every storage of datasketch takes; other keys are not ours."""

WHERE = "the datasketch.MinHashLSH"
"""What errors name such an index by."""


def is_lsh(value: Any) -> bool:
    """Say whether a value is a `datasketch.MinHashLSH`; who has one has loaded datasketch, which costs 0.5 s."""
    known = sys.modules.get("datasketch")
    return known is not None and isinstance(value, known.MinHashLSH)


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
    """A `datasketch.MinHashLSH` that proposes rows; see `Index`. Keys of a row are its print and its signature.

    What is inserted is found through the LSH itself, too, under `KEY` and the number of the row; what others insert
    into it is not proposed, since nothing is known of it to verify. Raises `OptionError` for an LSH that does not fit.
    """

    def __init__(self, lsh: datasketch.MinHashLSH, permutations: int, seed: int) -> None:
        if lsh.h != permutations:
            raise OptionError(
                f"{WHERE} takes {lsh.h} permutations, and permutations is {permutations}; give "
                f"Options(permutations={lsh.h}) or MinHashLSH(num_perm={permutations})"
            )
        with _errors():
            empty = lsh.is_empty()
        if not empty:
            raise OptionError(
                f"{WHERE} holds keys already, whose paragraphs are not known here; give an empty one, and put the "
                "documents into it with Deduper.add"
            )
        self._lsh = lsh
        self._seed = seed
        self._prints: dict[int, list[int]] = {}

    @property
    def nbytes(self) -> int:
        """About how many bytes the keys take: each bucket's, and the row in it."""
        each: int = 8 + self._lsh.b * (4 * self._lsh.r + 8)
        return each * sum(map(len, self._prints.values()))

    def append(self, keys: U64, first: int) -> None:
        """Add rows from `first` on."""
        for row, (mark, sketch) in enumerate(self._sketched(keys), first):
            self._prints.setdefault(mark, []).append(row)
            with _errors():
                self._lsh.insert(_key(row), sketch)

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (asked, row) pairs of rows that share a key: a print, or a bucket of the LSH."""
        found = [np.zeros(0, np.int64)]
        if keys.shape[1] == 1:  # prints alone
            several = [self._prints.get(mark, [])[:MOST_ALIKE] for mark in keys[:, 0].tolist()]
        else:
            most = MOST_ALIKE * self._lsh.b
            several = [self._of(mark, sketch)[:most] for mark, sketch in self._sketched(keys)]
        found += [asked << 32 | np.array(rows, np.int64) for asked, rows in enumerate(several)]
        packed = distinct(np.concatenate(found))
        return packed >> 32, packed & 0xFFFFFFFF

    def _of(self, mark: int, sketch: datasketch.LeanMinHash) -> list[int]:
        """Return the rows with this print, and those that the LSH proposes, in order."""
        with _errors():
            proposed = self._lsh.query(sketch)
        rows = [int(key[len(KEY) :]) for key in proposed if isinstance(key, bytes) and key.startswith(KEY)]
        return sorted({*rows, *self._prints.get(mark, [])})

    def remove(self, rows: Iterable[int]) -> None:
        """Take rows out of the LSH."""
        for row in rows:
            with _errors():
                self._lsh.remove(_key(row))

    def _sketched(self, keys: U64) -> Iterator[tuple[int, datasketch.LeanMinHash]]:
        """Yield the print and the sketch of each row, of keys uint64, shape (rows, 1 + permutations).

        Where keys come without prints, the first of each signature stands for it: it is the print of no row, since
        prints are of 64 bits.
        """
        import datasketch  # loaded already, with the LSH

        values: U32 = keys[:, -self._lsh.h :].astype(np.uint32)
        for mark, row in zip(keys[:, 0].tolist(), values, strict=True):
            yield mark, datasketch.LeanMinHash(seed=self._seed, hashvalues=row, scheme=SCHEME)


def _key(row: int) -> bytes:
    return b"%s%d" % (KEY, row)


@contextmanager
def _errors() -> Iterator[None]:
    """Turn what the storage of an LSH raises into a sentence without its words, which may hold a password."""
    try:
        yield
    except Exception as error:
        kind = type(error).__name__
        raise InputError(WHERE, f"failed ({kind}); see to its storage, and give the documents again") from None
