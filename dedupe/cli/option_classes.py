"""Option classes of the command, the group of each option in `--help`, and the verbs that take it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

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


JUDGING, READING, OUTPUT, INDEX, RUNNING = "Judging", "Reading", "Output", "Index", "Running"

GROUPS = ("Arguments", OUTPUT, JUDGING, READING, INDEX, RUNNING)
"""The groups in the order of help; an option without a group is in the last one."""

_OF_CLASSES = {
    Options: JUDGING,
    ReadOptions: READING,
    WalkOptions: READING,
    UndoOptions: OUTPUT,
    RunOptions: RUNNING,
    IndexOptions: INDEX,
    CorpusOptions: JUDGING,
}

_EXCEPTIONS = {
    **dict.fromkeys(("scope", "decisions", "baseline"), JUDGING),
    **dict.fromkeys(("report", "write_baseline", "overwrite"), OUTPUT),
    **dict.fromkeys(("engine", "master", "memory", "sample"), RUNNING),
}
"""Options in another group than the rest of their class."""

VALUE_NAMES = {
    **dict.fromkeys(("model", "removed", "decisions", "baseline", "report", "write_baseline"), "FILE"),
    **dict.fromkeys(("undo_dir", "against"), "FOLDER"),
    **dict.fromkeys(("field", "clean_field", "id", "url", "date"), "FIELD"),
    **dict.fromkeys(("keep_matching", "remove_matching"), "REGEX"),
    **dict.fromkeys(("include", "exclude"), "PATTERN"),
    "pattern_timeout": "SECONDS",
    "encoding": "NAME",
    "max_record": "BYTES",
    "index": "PLACE",
    "master": "ADDRESS",
    "memory": "SIZE",
    "prefer_originals": "TEXT",
    "format": "FORMAT",
}
"""Names of the values of options that neither choices nor type describe."""

OF_OPTIONS = {one.name: _OF_CLASSES[cls] for cls in CLASSES for one in fields(cls)} | _EXCEPTIONS
"""The group of each option."""


def value_name(one: Any) -> str | None:
    """Return the name of the value of an option in help; None for a switch."""
    if isinstance(one.default, bool):
        return None
    if one.name in VALUE_NAMES:
        return VALUE_NAMES[one.name]
    if "choices" in one.metadata:
        return "|".join(one.metadata["choices"])
    return {int: "N", float: "NUMBER"}.get(type(one.default), "TEXT")


def names_of(*classes: type) -> tuple[str, ...]:
    """Return the names of all fields of option classes, in order."""
    return tuple(one.name for cls in classes for one in fields(cls))


def _without(names: Iterable[str], *excluded: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in excluded)


ACROSS_OPTIONS = ("boilerplate_min_docs", "boilerplate_min_share", "boilerplate_min_global_share", "syndicated_share")
"""Options of the judgement that need other documents: an index or a corpus."""

ONE_DOCUMENT_OPTIONS = _without(names_of(Options), "cross_document", "keep_copies", *ACROSS_OPTIONS)
"""Options of the judgement within one document."""

_CHECK = names_of(Options, ReadOptions, WalkOptions, RunOptions, IndexOptions)
_PLACE = ("index", "index_optional")
_ONE_INDEX = ("add", "remove", "merge", "expire", "stats", "verify", "compact")

OPTIONS_OF_VERBS: dict[str, tuple[str, ...]] = {
    "check": _CHECK,
    "clean": (*_CHECK, *names_of(UndoOptions)),
    "undo": ("include", "exclude", "follow", "undo_dir"),
    "corpus": (
        *names_of(Options),
        *_without(names_of(ReadOptions), "clean_field", "field_format"),
        *names_of(WalkOptions),
        *("jobs", "on_error"),
        *names_of(CorpusOptions),
    ),
    # Of two paragraphs no signatures are made, and neither quotes a message.
    "compare": (
        *_without(ONE_DOCUMENT_OPTIONS, "permutations", "seed", "remove_quoted_history"),
        "encoding",
        "max_record",
    ),
    "review": _CHECK,
    "tune": (
        *ONE_DOCUMENT_OPTIONS,
        *_without(names_of(ReadOptions), "url", "date"),
        *names_of(WalkOptions),
        *("jobs", "on_error", "decisions"),
    ),
    "settings": names_of(*CLASSES),
    "index add": (
        *("jaccard", "permutations", "seed"),
        *_without(names_of(ReadOptions), "clean_field"),
        *names_of(WalkOptions),
        *("on_error", "store_text"),
        *_PLACE,
    ),
    "index query": (
        "jaccard",
        *_without(names_of(ReadOptions), "url", "date", "clean_field"),
        *names_of(WalkOptions),
        "on_error",
        *_PLACE,
    ),
    **{f"index {verb}": _PLACE for verb in _ONE_INDEX if verb != "add"},
}
"""The options of each verb; help shows them in the order of the classes."""

MEANINGS = {
    (f"index {verb}", "index"): "Index: a file, or redis://HOST:PORT/DATABASE?index=NAME." for verb in _ONE_INDEX
}
"""The help of options that mean something else with a verb than with `check`."""


def verbs_with(name: str) -> list[str]:
    """Return the verbs that take an option."""
    return [verb for verb, names in OPTIONS_OF_VERBS.items() if name in names]
