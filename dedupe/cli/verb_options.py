"""The options of each verb."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from dedupe.cli.option_classes import CLASSES, IndexOptions, RunOptions, UndoOptions
from dedupe.corpus.settings import CorpusOptions
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.options import Options


def names_of(*classes: type) -> tuple[str, ...]:
    """Return the names of all fields of option classes, in order."""
    return tuple(one.name for cls in classes for one in fields(cls))


def _without(names: Iterable[str], *excluded: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in excluded)


ACROSS_OPTIONS = (
    "boilerplate_min_docs",
    "boilerplate_min_share",
    "boilerplate_min_global_share",
    "syndicated_share",
)
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
