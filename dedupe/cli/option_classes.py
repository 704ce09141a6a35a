"""The option classes of the command, beside those of the library."""

from __future__ import annotations

from dataclasses import dataclass

from dedupe.corpus.settings import CorpusOptions
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.options import Options, option, validate


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """How a command goes about its work."""

    scope: str = option("document", "where repeats are looked for", choices=("document", "corpus"))
    jobs: int = option(1, "processes that work at once", low=1, high=256)
    on_error: str = option("skip", "what to do after a bad record", choices=("skip", "stop"))
    report: str = option("", "file to write the findings to, as a page for a browser")
    decisions: str = option("", "file of decisions to obey, made on that page or by dedupe review")
    baseline: str = option("", "file of known findings, which are left out")
    write_baseline: str = option("", "file to write all findings to, as known ones")
    overwrite: bool = option(True, "write over output files that are there; if not, each of them is said, and stays")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoOptions:
    """What is kept of that which is taken out of files."""

    undo_keep: int = option(
        10, "how many changes of a file made in place can be undone; 0 keeps no record", low=0, high=1000
    )
    undo_dir: str = option("", "folder of the undo records; by default .dedupe/undo in the folder of each path")
    removed: str = option("", "file to append what is removed to, as JSON lines")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexOptions:
    """Which index is asked and what is written to it."""

    index: str = option("", "the index to compare with: a file, or redis://HOST:PORT/DATABASE?index=NAME")
    remember: bool = option(False, "write each document to the index after it was checked")
    store_text: bool = option(False, "keep texts in an index that is made, so that repeats can be removed")
    index_optional: bool = option(False, "go on without the index when it fails")

    def __post_init__(self) -> None:
        validate(self)


CLASSES: tuple[type, ...] = (Options, ReadOptions, WalkOptions, UndoOptions, RunOptions, IndexOptions, CorpusOptions)
"""The option classes, in the order of their flags."""
