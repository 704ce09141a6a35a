"""Options for corpora larger than memory."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from dedupe.errors import OptionError
from dedupe.options import option, validate

_MEMORY = regex.compile(r"(\d++(?:\.\d++)?)\s?(K|M|G|T)B?", regex.IGNORECASE)
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusOptions:
    """How duplicates across the documents of a large corpus are found, and with which engine."""

    engine: str = option("local", "what runs the steps", choices=("local", "spark"))
    master: str = option("", "address of a Spark cluster (local[2], spark://host:7077); by default the session's")
    memory: str = option("1GB", "memory that sorting may take (500MB, 4GB)")
    bands: int = option(0, "bands of the signatures across documents; 0: as jaccard needs", low=0, high=128)
    band_rows: int = option(0, "values in a band; 0: as jaccard needs", low=0, high=32)
    window: int = option(16, "paragraphs of one bucket that each is compared with, besides the first", low=1, high=1000)
    first: str = option("date", "which of two documents is the original", choices=("date", "id", "longest"))
    prefer: tuple[str, ...] = option((), "texts in an address or id whose documents are originals before all others")
    drop: float = option(1.0, "least share known elsewhere at which a document is dropped; 0: never", low=0.0, high=1.0)
    against: str = option("", "folder of an earlier run whose paragraphs are all originals")
    sample: float = option(0.0, "share of documents for a trial that only gives an estimate", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        validate(self)
        _ = self.memory_bytes

    @property
    def memory_bytes(self) -> int:
        """The memory that sorting may take, in bytes; raises `OptionError` if `memory` is not a size."""
        match = _MEMORY.fullmatch(self.memory.strip())
        if match is None or float(match[1]) * _UNITS[match[2].upper()] < 1 << 26:
            raise OptionError(f"memory must be a size of at least 64MB, as in 500MB or 4GB, not {self.memory!r}")
        return int(float(match[1]) * _UNITS[match[2].upper()])
