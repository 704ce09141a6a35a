"""The settings of an index, stored in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace

from dedupe.errors import InputError, OptionError
from dedupe.matching.minhash import SCHEME, least_bands
from dedupe.options import Options
from dedupe.text.shingles import SHINGLING
from dedupe.text.tokens import NORMALISATION

FORMAT = 1
"""Version of the stored form; raised when an older program could not read it."""

UNBANDED = 0
"""The rows a band of an index that gets whole signatures, since the library behind it makes the bands."""


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """The settings of an index: only indexes with equal settings can be compared or merged.

    Attributes:
        format: the version of the stored form.
        normalisation: the version of what makes words equal.
        shingling: the version of what makes shingles of words.
        scheme: the hash functions of the signatures, as datasketch names them.
        permutations: the number of values of a signature.
        seed: the seed of the permutations.
        jaccard: the least Jaccard similarity that the index finds, with recall 0.99.
        bands: the number of bands of a signature.
        rows: the number of values in a band.
        texts: whether the index keeps texts.
    """

    format: int
    normalisation: str
    shingling: str
    scheme: str
    permutations: int
    seed: int
    jaccard: float
    bands: int
    rows: int
    texts: bool

    @classmethod
    def of(cls, options: Options, *, texts: bool) -> IndexSpec:
        """Return the settings of a new index: the fewest bands that reach the recall at their threshold."""
        bands, rows = least_bands(options.jaccard, options.permutations)
        return cls(
            FORMAT,
            NORMALISATION,
            SHINGLING,
            SCHEME,
            options.permutations,
            options.seed,
            options.jaccard,
            bands,
            rows,
            texts,
        )

    def to_json(self) -> str:
        """Return the settings as JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str, where: str) -> IndexSpec:
        """Return the settings stored in an index; raise `InputError` for those of another version or scheme."""
        try:
            stored = json.loads(text)
            version = stored["format"]
        except (ValueError, KeyError, TypeError):
            raise InputError(where, "is damaged: its header cannot be read; restore a backup") from None
        if version != FORMAT:
            raise InputError(
                where, f"is an index of format {version!r}, and this program reads {FORMAT}; build it anew with it"
            )
        try:
            spec = cls(**{field.name: stored[field.name] for field in fields(cls)})
        except KeyError as error:
            raise InputError(where, f"is damaged: its header lacks {error}; restore a backup") from None
        for name, ours in (("scheme", SCHEME), ("shingling", SHINGLING), ("normalisation", NORMALISATION)):
            if stored[name] != ours:
                raise InputError(
                    where, f"was made with the {name} {stored[name]!r}, and this program has {ours!r}; build it anew"
                )
        numbers = (spec.permutations, spec.seed, spec.bands, spec.rows)
        if any(type(number) is not int for number in numbers) or not spec.bands * spec.rows <= spec.permutations:
            raise InputError(where, "is damaged: its header makes no sense; restore a backup")
        return spec

    def accept(self, options: Options, where: str) -> None:
        """Raise `OptionError` for a Jaccard threshold that the index cannot serve."""
        if options.jaccard < self.jaccard:
            raise OptionError(
                f"{where} finds repeats from Jaccard {self.jaccard} on, not from {options.jaccard}; raise jaccard, or "
                "build an index for it"
            )

    def differences(self, other: IndexSpec) -> str:
        """Return the settings in which two indexes differ, but for whether texts are kept; empty if none."""
        if replace(self, texts=other.texts) == other:
            return ""
        mine, theirs = asdict(self), asdict(other)
        return ", ".join(
            f"{name} {mine[name]!r} and {theirs[name]!r}"
            for name in mine
            if mine[name] != theirs[name] and name != "texts"
        )
