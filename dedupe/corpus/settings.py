"""Options for out-of-core corpora."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from dedupe.errors import OptionError
from dedupe.options import option, refuse_unknown, validate

_MEMORY = regex.compile(r"(\d++(?:\.\d++)?)\s?(K|M|G|T)B?", regex.IGNORECASE)
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@refuse_unknown
@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusOptions:
    """Options of `dedupe corpus`: which documents are originals, and what the run may use.

    Args:
        engine: what a run of files is processed with: "local" or "spark".
        master: the address of a Spark cluster; "" for that of the session.
        memory: the memory for sorting, as in "500MB" or "4GB".
        bands: the number of bands of a signature; 0: as many as `Options.jaccard` needs.
        band_rows: the number of values in a band; 0: likewise.
        window: the number of paragraphs of a bucket that each is compared with, besides the first, 1 to 1000.
        keep_order: which of two documents is the original: the first by "date" or by "id", or the "longest".
        prefer_originals: texts in an address or id; documents with one are originals before all others.
        drop_covered: the share of a document in other documents at which it is dropped, 0 to 1; 0: never.
        against: the folder of an earlier run; all its paragraphs are originals.
        sample: the share of documents for a trial run of files that only prints an estimate, 0 to 1.

    Raises:
        OptionError: a value is not allowed.
    """

    engine: str = option("local", "what the corpus is processed with", choices=("local", "spark"))
    master: str = option(
        "", "address of a Spark cluster (local[2], spark://host:7077); by default the one of the session"
    )
    memory: str = option("1GB", "memory for sorting (500MB, 4GB)")
    bands: int = option(0, "bands of a signature; 0: chosen for jaccard", low=0, high=128)
    band_rows: int = option(0, "values in a band; 0: chosen for jaccard", low=0, high=32)
    window: int = option(
        16,
        "how many neighbours each paragraph is compared with among those that share a band of its signature, besides "
        "the first; more finds more and takes longer",
        low=1,
        high=1000,
    )
    keep_order: str = option(
        "date",
        "which of two documents is the original: by date, by id, or the longest",
        choices=("date", "id", "longest"),
    )
    prefer_originals: Sequence[str] = option(
        (), "text in an address or id; documents with it are originals before all others"
    )
    drop_covered: float = option(
        1.0, "share of a document in other documents at which it is dropped; 0: never", low=0.0, high=1.0
    )
    against: str = option("", "folder of an earlier run; all its paragraphs are originals")
    sample: float = option(0.0, "share of documents for a trial run that only prints an estimate", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        validate(self)
        _ = self.memory_bytes

    @property
    def memory_bytes(self) -> int:
        """The memory for sorting in bytes; raises `OptionError` for what is no size."""
        match = _MEMORY.fullmatch(self.memory.strip())
        if match is None or float(match[1]) * _UNITS[match[2].upper()] < 1 << 26:
            raise OptionError(f"memory must be a size of at least 64MB, as in 500MB or 4GB, not {self.memory!r}")
        return int(float(match[1]) * _UNITS[match[2].upper()])
