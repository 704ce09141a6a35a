"""Option classes of the command, besides those of the library."""

from __future__ import annotations

from dataclasses import dataclass

from dedupe.corpus.settings import CorpusOptions
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.options import Options, option, validate


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """Options of a run: scope, processes, errors, report and decisions."""

    scope: str = option(
        "document", "where to look for repeats: in each document, or across all of them", choices=("document", "corpus")
    )
    jobs: int = option(1, "number of parallel processes", low=1, high=256)
    on_error: str = option("skip", "what to do after a bad record", choices=("skip", "stop"))
    report: str = option("", "write the findings to this file, as a page for a browser")
    decisions: str = option("", "apply the decisions in this file, made on the report page or by dedupe review")
    baseline: str = option("", "leave out the findings in this file")
    write_baseline: str = option("", "write all findings to this file, as a baseline")
    overwrite: bool = option(True, "overwrite existing output files; if not, each of them is an error and stays")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoOptions:
    """Undo settings: how many changes can be undone, and where removed text is written."""

    undo_keep: int = option(10, "changes of a file in place that can be undone; 0 keeps no record", low=0, high=1000)
    undo_dir: str = option("", "folder of the undo records; by default .dedupe/undo in the folder of each path")
    removed: str = option("", "append removed paragraphs to this file, as JSON lines")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexOptions:
    """Options of the indexes to query, and of what is written to the first."""

    index: tuple[str, ...] = option(
        (), "index to compare with: a file, a pattern of files, or redis://HOST:PORT/DATABASE?index=NAME"
    )
    remember: bool = option(False, "add each document to the index, the first of several, after it is checked")
    store_text: bool = option(False, "store texts in a new index, so that repeats can be removed")
    index_optional: bool = option(False, "go on without the index if it fails")

    def __post_init__(self) -> None:
        validate(self)


CLASSES: tuple[type, ...] = (Options, ReadOptions, WalkOptions, UndoOptions, RunOptions, IndexOptions, CorpusOptions)
"""The option classes, in the order of their flags."""
