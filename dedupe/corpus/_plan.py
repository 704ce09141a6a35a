"""What a run over a corpus is asked to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dedupe.corpus.settings import Scaling
from dedupe.errors import OptionError
from dedupe.io.formats import Reading
from dedupe.io.walking import Walking
from dedupe.judge.policy import Policy
from dedupe.matching.minhash import BANDING, least_bands
from dedupe.options import Options
from dedupe.text.shingles import SHINGLING
from dedupe.text.tokens import NORMALISATION

MADE = {"banding": BANDING, "shingling": SHINGLING, "normalisation": NORMALISATION, "documents": 2}
"""How fingerprints are made; those that were made in another way are like none of ours."""


def banding(options: Options, scaling: Scaling) -> tuple[int, int]:
    """Return bands and values in a band: as given, else the least that find pairs at the threshold in force."""
    number, rows = least_bands(options.jaccard)
    return scaling.bands or number, scaling.band_rows or rows


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is asked to do; it is the same for each of its processes."""

    options: Options
    reading: Reading
    scaling: Scaling
    out: str
    on_error: str = "skip"
    jobs: int = 1
    walking: Walking = field(default_factory=Walking)

    def __post_init__(self) -> None:
        if len(self.reading.field) != 1:
            raise OptionError(f"field must name one field of a corpus, not {len(self.reading.field)}")

    def folder(self, name: str) -> Path:
        """Return a folder below OUT."""
        return Path(self.out) / name

    @property
    def identity(self) -> dict[str, Any]:
        """What a run must have in common with the one that it takes up again."""
        scaling = {name: value for name, value in asdict(self.scaling).items() if name not in ("memory", "master")}
        return {
            "options": asdict(self.options),
            "reading": asdict(self.reading),
            "scaling": scaling,
            "banding": self.banding,
            "made": MADE,
        }

    @property
    def banding(self) -> tuple[int, int]:
        """Bands of the signatures, and values in a band."""
        return banding(self.options, self.scaling)

    @property
    def policy(self) -> Policy:
        """What may be lost."""
        return Policy(self.options.level, self.options.keep, frozenset(self.options.ignore))
