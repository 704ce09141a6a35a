"""The settings of an index, stored in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace

from dedupe.errors import InputError, OptionError
from dedupe.matching.runs import SCHEME, sampling
from dedupe.options import Options
from dedupe.text.shingles import SHINGLING
from dedupe.text.tokens import NORMALISATION

FORMAT = 2
"""Version of the stored form; raised when an older program could not read it."""

MAX_KEYS = 1024
"""Most keys of a paragraph that a header can speak of."""

SIGNATURES = 0
"""The run of an index whose keys are whole MinHash signatures, since the library behind it makes bands of them."""


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """The settings of an index: only indexes with equal settings can be compared or merged.

    Attributes:
        format: the version of the stored form.
        normalisation: the version of what makes words equal.
        shingling: the version of what makes shingles of words.
        scheme: what makes keys of shingles.
        permutations: the number of values of a signature, for a library that takes signatures.
        seed: the seed of the hash of keys, or of the permutations.
        jaccard: the least Jaccard similarity that the index finds, with recall 0.99.
        keys: the number of keys that are stored of a paragraph, beside the hash of all its shingles.
        run: the number of consecutive shingles that a key is made of.
        texts: whether the index keeps texts.
    """

    format: int
    normalisation: str
    shingling: str
    scheme: str
    permutations: int
    seed: int
    jaccard: float
    keys: int
    run: int
    texts: bool

    @classmethod
    def of(cls, options: Options, *, texts: bool) -> IndexSpec:
        """Return the settings of a new index: the fewest keys that reach the recall at their threshold."""
        versions = FORMAT, NORMALISATION, SHINGLING, SCHEME
        return cls(*versions, options.permutations, options.seed, options.jaccard, *sampling(options.jaccard), texts)

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
                where,
                f"is an index of format {version!r}, and this program reads {FORMAT}; make another one with: dedupe "
                "index add PATHS --index FILE",
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
        numbers = (spec.permutations, spec.seed, spec.keys, spec.run)
        if any(type(number) is not int for number in numbers) or not (0 < spec.keys <= MAX_KEYS and spec.run > 0):
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
        """Return the settings in which the paragraphs or keys of two indexes differ; empty if none."""
        if replace(self, texts=other.texts, permutations=other.permutations) == other:
            return ""
        mine, theirs = asdict(self), asdict(other)
        return ", ".join(
            f"{name} {mine[name]!r} and {theirs[name]!r}"
            for name in mine
            if mine[name] != theirs[name] and name not in ("texts", "permutations")
        )
