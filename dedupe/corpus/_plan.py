"""The plan of a run over a corpus: options, inputs, output folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dedupe.corpus.settings import CorpusOptions
from dedupe.errors import OptionError
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.judge.policy import Policy
from dedupe.matching.minhash import BANDING, least_bands
from dedupe.options import Options
from dedupe.text.shingles import SHINGLING
from dedupe.text.tokens import NORMALISATION

FINGERPRINT_VERSION = {"banding": BANDING, "shingling": SHINGLING, "normalisation": NORMALISATION, "documents": 4}
"""The versions of what fingerprints depend on; fingerprints of different versions cannot be compared."""


def banding(options: Options, corpus_options: CorpusOptions) -> tuple[int, int]:
    """Return the number of bands and of values in a band: those of the options, else as few as `jaccard` needs."""
    bands, band_rows = least_bands(options.jaccard)
    return corpus_options.bands or bands, corpus_options.band_rows or band_rows


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a run, the same for each of its processes; `out`: the output folder, "" for a DataFrame."""

    options: Options
    read_options: ReadOptions
    corpus_options: CorpusOptions
    out: str = ""
    on_error: str = "skip"
    jobs: int = 1
    walk_options: WalkOptions = field(default_factory=WalkOptions)

    def __post_init__(self) -> None:
        if len(self.read_options.field) != 1:
            raise OptionError(
                f"field must name one field of a corpus, not {len(self.read_options.field)}; give --field once"
            )

    def folder(self, name: str) -> Path:
        """Return a folder below OUT."""
        return Path(self.out) / name

    @property
    def identity(self) -> dict[str, Any]:
        """The settings that must be equal for an interrupted run to be continued."""
        corpus_options = {
            name: value for name, value in asdict(self.corpus_options).items() if name not in ("memory", "master")
        }
        return {
            "options": asdict(self.options),
            "reading": asdict(self.read_options),
            "corpus": corpus_options,
            "banding": self.banding,
            "version": FINGERPRINT_VERSION,
        }

    @property
    def banding(self) -> tuple[int, int]:
        """The number of bands, and of values in a band."""
        return banding(self.options, self.corpus_options)

    @property
    def policy(self) -> Policy:
        """The words that a removal may lose."""
        return Policy.of(self.options)
