"""The group of each option in `--help`, and the name of its value."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from dedupe.cli.option_classes import CLASSES, IndexOptions, RunOptions, UndoOptions
from dedupe.corpus.settings import CorpusOptions
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.options import Options

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
    "scope": JUDGING,
    "decisions": JUDGING,
    "baseline": JUDGING,
    "report": OUTPUT,
    "write_baseline": OUTPUT,
    "overwrite": OUTPUT,
    "engine": RUNNING,
    "master": RUNNING,
    "memory": RUNNING,
    "sample": RUNNING,
}
"""Options in another group than the rest of their class."""

VALUE_NAMES = {
    "model": "FILE",
    "keep_matching": "REGEX",
    "remove_matching": "REGEX",
    "pattern_timeout": "SECONDS",
    "encoding": "NAME",
    "field": "FIELD",
    "clean_field": "FIELD",
    "id": "FIELD",
    "url": "FIELD",
    "date": "FIELD",
    "max_record": "BYTES",
    "include": "PATTERN",
    "exclude": "PATTERN",
    "undo_dir": "FOLDER",
    "removed": "FILE",
    "decisions": "FILE",
    "baseline": "FILE",
    "report": "FILE",
    "write_baseline": "FILE",
    "index": "PLACE",
    "master": "ADDRESS",
    "memory": "SIZE",
    "prefer_originals": "TEXT",
    "against": "FOLDER",
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
