"""What an index is: the choices that make two of them comparable."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace

from dedupe.errors import InputError, OptionError
from dedupe.matching.minhash import SCHEME, least_bands
from dedupe.options import Options
from dedupe.text.shingles import SHINGLING
from dedupe.text.tokens import NORMALISATION

FORMAT = 1
"""Counts up with every change that an older program could not read."""

UNBANDED = 0
"""The rows a band of an index that is given whole signatures, since the library behind it makes the bands."""


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """The choices of an index, kept inside it: what cannot be read or compared is a sentence, not a wrong answer."""

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
        """Return the header of a new index: the least bands that reach the recall at the threshold of the options."""
        number, rows = least_bands(options.jaccard, options.permutations)
        return cls(
            FORMAT,
            NORMALISATION,
            SHINGLING,
            SCHEME,
            options.permutations,
            options.seed,
            options.jaccard,
            number,
            rows,
            texts,
        )

    def to_json(self) -> str:
        """Return the header as JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str, place: str) -> IndexSpec:
        """Return the header that an index holds; raise `InputError` for one of another version or scheme."""
        try:
            held = json.loads(text)
            version = held["format"]
        except (ValueError, KeyError, TypeError):
            raise InputError(place, "is damaged: its header cannot be read; restore a backup") from None
        if version != FORMAT:
            raise InputError(
                place, f"is an index of format {version!r}, and this program reads {FORMAT}; build it anew with it"
            )
        try:
            spec = cls(**{one.name: held[one.name] for one in fields(cls)})
        except KeyError as error:
            raise InputError(place, f"is damaged: its header lacks {error}; restore a backup") from None
        for name, ours in (("scheme", SCHEME), ("shingling", SHINGLING), ("normalisation", NORMALISATION)):
            if held[name] != ours:
                raise InputError(
                    place, f"was made with the {name} {held[name]!r}, and this program has {ours!r}; build it anew"
                )
        numbers = (spec.permutations, spec.seed, spec.bands, spec.rows)
        if any(type(one) is not int for one in numbers) or not spec.bands * spec.rows <= spec.permutations:
            raise InputError(place, "is damaged: its header makes no sense; restore a backup")
        return spec

    def accept(self, options: Options, place: str) -> None:
        """Raise `OptionError` for options that the index cannot serve."""
        if options.jaccard < self.jaccard:
            raise OptionError(
                f"{place} finds repeats from Jaccard {self.jaccard} on, not from {options.jaccard}; raise jaccard, or "
                "build an index for it"
            )

    def differences(self, other: IndexSpec) -> str:
        """Return what keeps two indexes apart, but for whether texts are kept; empty when nothing does."""
        if replace(self, texts=other.texts) == other:
            return ""
        mine, theirs = asdict(self), asdict(other)
        return ", ".join(
            f"{name} {mine[name]!r} and {theirs[name]!r}"
            for name in mine
            if mine[name] != theirs[name] and name != "texts"
        )
