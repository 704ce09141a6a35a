"""Exchange with datasketch: our signatures as `MinHash` objects, a `MinHashLSH` as an index."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe.errors import InputError, OptionError
from dedupe.matching.lsh import distinct, unpacked_pairs
from dedupe.matching.minhash import SCHEME, signatures
from dedupe.matching.proposer import MOST_ALIKE
from dedupe.options import options_of
from dedupe.text.shingles import shingles

if TYPE_CHECKING:
    import datasketch

KEY_PREFIX = b"dedupe:"
"""The first bytes of the keys of our paragraphs. Keys are bytes, which every storage of datasketch takes."""

LSH_NAME = "the datasketch.MinHashLSH"
"""The name of such an index in errors."""


def is_lsh(value: Any) -> bool:
    """Say whether a value is a `datasketch.MinHashLSH`, without importing datasketch, which takes 0.5 s."""
    loaded = sys.modules.get("datasketch")
    return loaded is not None and isinstance(value, loaded.MinHashLSH)


def to_datasketch(text: str, *, permutations: int = 128, seed: int = 1) -> list[datasketch.MinHash]:
    r"""Return a `datasketch.MinHash` (scheme "affine32") for each paragraph of a text that has words, in order.

    They equal what datasketch makes of the same 32-bit shingle hashes. They do not match an index that was built from
    strings with datasketch's default hash function (SHA-1), since that hashes the shingles differently.

    Args:
        text: any text; it is split into paragraphs as `check` splits it.
        permutations: values of each signature, 16 to 1024.
        seed: seed of the permutations; only signatures of one seed are comparable.

    Returns:
        The signatures, one a paragraph.

    Raises:
        OptionError: `permutations` or `seed` is out of range.
        TypeError: the text is no `str`.

    Example:
        >>> import dedupe
        >>> same, capitals = dedupe.to_datasketch("The ferry leaves at nine.\n\nTHE FERRY LEAVES AT NINE")
        >>> float(same.jaccard(capitals))
        1.0
    """
    if not isinstance(text, str):
        raise TypeError(f"a text is a str, not {type(text).__name__}")
    options_of(None, {"permutations": permutations, "seed": seed})
    import datasketch  # loads scipy: 0.5 s that only this function costs

    chunk = shingles([text])
    with_words = np.flatnonzero(chunk.starts[1:] > chunk.starts[:-1])
    values = signatures(chunk.hashes, chunk.starts, permutations, seed)[with_words]
    template = datasketch.MinHash(permutations, seed, scheme=SCHEME)
    return [
        datasketch.MinHash(seed=seed, hashvalues=signature, permutations=template.permutations, scheme=SCHEME)
        for signature in values
    ]


class DatasketchIndex:
    """Propose paragraphs from a `datasketch.MinHashLSH`; the keys of a paragraph are its fingerprint and signature.

    See `Proposer`. An inserted paragraph can be found through the LSH itself, under `KEY_PREFIX` and its number. What
    others insert into the LSH is not proposed, since its text is not known and could not be verified.
    """

    def __init__(self, lsh: datasketch.MinHashLSH, permutations: int, seed: int) -> None:
        """Raise `OptionError` if the LSH takes another number of permutations or is not empty."""
        if lsh.h != permutations:
            raise OptionError(
                f"{LSH_NAME} takes {lsh.h} permutations, and permutations is {permutations}; give "
                f"Options(permutations={lsh.h}) or MinHashLSH(num_perm={permutations})"
            )
        with _storage_errors():
            empty = lsh.is_empty()
        if not empty:
            raise OptionError(
                f"{LSH_NAME} holds keys already, whose paragraphs are not known here; give an empty one, and put the "
                "documents into it with Deduper.add"
            )
        self._lsh = lsh
        self._seed = seed
        self._by_fingerprint: dict[int, list[int]] = {}

    @property
    def nbytes(self) -> int:
        """About how many bytes the keys take: for each paragraph its band keys and its entry in each bucket."""
        each: int = 8 + self._lsh.b * (4 * self._lsh.r + 8)
        return each * sum(map(len, self._by_fingerprint.values()))

    def append(self, keys: U64, first: int) -> None:
        """Add paragraphs, numbered from `first` on."""
        for paragraph, (fingerprint, sketch) in enumerate(self._sketches(keys), first):
            self._by_fingerprint.setdefault(fingerprint, []).append(paragraph)
            with _storage_errors():
                self._lsh.insert(_key(paragraph), sketch)

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share a key: a fingerprint, or a bucket of the LSH."""
        found = [np.zeros(0, np.int64)]
        if keys.shape[1] == 1:  # fingerprints alone
            proposals = [self._by_fingerprint.get(fingerprint, [])[:MOST_ALIKE] for fingerprint in keys[:, 0].tolist()]
        else:
            most = MOST_ALIKE * self._lsh.b
            proposals = [self._proposals(fingerprint, sketch)[:most] for fingerprint, sketch in self._sketches(keys)]
        found += [query << 32 | np.array(paragraphs, np.int64) for query, paragraphs in enumerate(proposals)]
        packed = distinct(np.concatenate(found))
        return unpacked_pairs(packed)

    def _proposals(self, fingerprint: int, sketch: datasketch.LeanMinHash) -> list[int]:
        """Return the paragraphs with this fingerprint and those that the LSH proposes, in order."""
        with _storage_errors():
            keys = self._lsh.query(sketch)
        paragraphs = [
            int(key[len(KEY_PREFIX) :]) for key in keys if isinstance(key, bytes) and key.startswith(KEY_PREFIX)
        ]
        return sorted({*paragraphs, *self._by_fingerprint.get(fingerprint, [])})

    def remove(self, paragraphs: Iterable[int]) -> None:
        """Remove paragraphs, given by number, from the LSH."""
        for paragraph in paragraphs:
            with _storage_errors():
                self._lsh.remove(_key(paragraph))

    def _sketches(self, keys: U64) -> Iterator[tuple[int, datasketch.LeanMinHash]]:
        """Yield the fingerprint and the sketch of each paragraph, of keys uint64, shape (paragraphs, 1 + permutations).

        Where keys come without fingerprints, the first value of the signature is returned in its place. It has 32 bits
        and a fingerprint 64, so no paragraph is found by it.
        """
        import datasketch  # loaded already, with the LSH

        values: U32 = keys[:, -self._lsh.h :].astype(np.uint32)
        for fingerprint, signature in zip(keys[:, 0].tolist(), values, strict=True):
            yield fingerprint, datasketch.LeanMinHash(seed=self._seed, hashvalues=signature, scheme=SCHEME)


def _key(paragraph: int) -> bytes:
    return b"%s%d" % (KEY_PREFIX, paragraph)


@contextmanager
def _storage_errors() -> Iterator[None]:
    """Raise `InputError` for any error of the storage of an LSH, without its message, which may hold a password."""
    try:
        yield
    except Exception as error:
        kind = type(error).__name__
        raise InputError(LSH_NAME, f"failed ({kind}); check its storage, and add the documents again") from None
