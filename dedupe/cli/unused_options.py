"""Refuse flags that have no effect with the other settings, and say what they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from dedupe.cli.config import Setting, flag_name
from dedupe.cli.option_classes import ACROSS_OPTIONS, CLASSES
from dedupe.errors import OptionError

Values = Mapping[str, Any]


class Need(NamedTuple):
    """A condition under which flags have an effect, and the advice where it is not met."""

    names: tuple[str, ...]
    verbs: tuple[str, ...]
    met: Callable[[Values], Any]
    advice: str


_READERS = ("check", "clean", "review")
_EVERY: tuple[str, ...] = ()


def _given(*names: str) -> Callable[[Values], bool]:
    """Return the condition that one of these options is given."""
    return lambda values: any(values[name] for name in names)


_INDEX = "name the index: --index PLACE"
_OF_SETS = "name other documents: --index PLACE or --scope corpus"
_DATED = "add --scope corpus, or --index PLACE and --remember"
_REMEMBERED = "add --index PLACE and --remember"
_LOCAL = "leave it out with --engine spark, or say how many with --master 'local[N]'"

NEEDS = (
    Need(("cross_document",), _READERS, lambda values: values["index"] or values["scope"] == "corpus", _OF_SETS),
    Need(
        ("keep_copies",),
        (*_READERS, "corpus"),
        lambda values: values["cross_document"] == "remove",
        "add --cross-document remove",
    ),
    Need(("date",), _READERS, lambda values: values["remember"] or values["scope"] == "corpus", _DATED),
    Need((*ACROSS_OPTIONS, "url", "remember", "index_optional"), _READERS, _given("index"), _INDEX),
    Need(("store_text",), _READERS, lambda values: values["index"] and values["remember"], _REMEMBERED),
    Need(
        ("pattern_timeout",),
        _EVERY,
        _given("keep_matching", "remove_matching"),
        "add --keep-matching or --remove-matching",
    ),
    Need(
        ("overwrite",),
        ("check", "review"),
        _given("report", "write_baseline"),
        "add --report FILE or --write-baseline FILE",
    ),
    Need(("undo_dir",), ("clean",), _given("undo_keep"), "leave out --undo-keep 0"),
    Need(("master",), ("corpus",), lambda values: values["engine"] == "spark", "add --engine spark"),
    Need(("jobs",), ("corpus",), lambda values: values["engine"] != "spark", _LOCAL),
)
"""The flags that need others. A value from the environment or a file is for all runs, and is not refused."""


SWITCHED_ON = frozenset(one.name for cls in CLASSES for one in fields(cls) if one.default is True)
"""Switches that are on by default."""


def refuse_idle(verb: str, settings: Mapping[str, Setting]) -> None:
    """Raise `OptionError` for the first flag without an effect."""
    values = {name: one.value for name, one in settings.items()}
    for need in NEEDS:
        if verb == "settings" or (need.verbs and verb not in need.verbs):
            continue
        for name in need.names:
            if settings[name].source == "flag" and _changes_something(name, values[name]) and not need.met(values):
                raise OptionError(f"{flag_name(name)} needs more to have an effect; {need.advice}")


def _changes_something(name: str, value: Any) -> bool:
    """Return whether a flag changes something; a switch set to its default does not."""
    return not isinstance(value, bool) or value is not (name in SWITCHED_ON)


def flags_given(settings: Mapping[str, Setting], *names: str) -> list[str]:
    """Return those of the options that are given as flags."""
    return [name for name in names if settings[name].source == "flag"]
