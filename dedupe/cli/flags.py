"""Flags from option classes: every field is a flag of the same name; one without an effect is refused."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, NamedTuple

import typer

from dedupe.cli.config import Setting, flag_name, resolve, with_source
from dedupe.cli.option_classes import (
    ACROSS_OPTIONS,
    CLASSES,
    MEANINGS,
    OF_OPTIONS,
    OPTIONS_OF_VERBS,
    IndexOptions,
    RunOptions,
    UndoOptions,
    value_name,
)
from dedupe.cli.usage import refuse_nothing
from dedupe.corpus.settings import CorpusOptions
from dedupe.errors import OptionError
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.options import Options

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


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings in force, and the instances of the option classes made of them, in the order of `CLASSES`."""

    settings: Mapping[str, Setting]
    options: Options
    read_options: ReadOptions
    walk_options: WalkOptions
    undo_options: UndoOptions
    run_options: RunOptions
    index_options: IndexOptions
    corpus_options: CorpusOptions


def made_of(settings: Mapping[str, Setting]) -> Settings:
    """Return settings with the option classes made of them; raise `OptionError` for what one of these refuses."""
    try:
        values = {name: one.value for name, one in settings.items()}
        made = [cls(**{one.name: values[one.name] for one in fields(cls)}) for cls in CLASSES]
    except OptionError as error:
        raise with_source(error, settings) from None
    return Settings(settings, *made)


def takes_settings(verb: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replace the first parameter of a command, `settings`, by a flag for each option of the verb.

    All other options have their defaults in `settings`, whatever the environment or a file sets for other verbs.
    """
    every = [one for cls in CLASSES for one in fields(cls)]
    taken = frozenset(OPTIONS_OF_VERBS[verb])
    flags = [_flag(one, MEANINGS.get((verb, one.name), "")) for one in every if one.name in taken]

    def taking(command: Callable[..., None]) -> Callable[..., None]:
        # get_type_hints would make every annotation with the default None optional before Python 3.11.
        kept = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @wraps(command)
        def run(**given: Any) -> None:
            if verb != "settings" and "paths" in given and not given["paths"]:
                refuse_nothing(verb)
            if "" in (given.get("paths") or ()):
                raise OptionError("a path is empty; name a file or a folder, or . for this one")
            chosen = {flag.name: given.pop(flag.name) for flag in flags}
            chosen = {name: value for name, value in chosen.items() if value not in (None, [])}
            start = next(iter(given.get("paths") or []), "")
            settings = resolve(CLASSES, chosen, os.environ, start)
            settings |= {one.name: Setting(one.name, one.default, "default") for one in every if one.name not in taken}
            refuse_idle(verb, settings)
            command(made_of(settings), **given)

        run.__signature__ = inspect.Signature(kept + flags)  # type: ignore[attr-defined]  # typer reads it
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in kept + flags}
        return run

    return taking


def _flag(one: Any, meaning: str) -> inspect.Parameter:
    """Return the parameter for a field; its value is None if the flag is not given. `meaning`: help to show instead."""
    allowed = one.metadata
    default = ", ".join(one.default) if isinstance(one.default, tuple) else one.default
    if isinstance(default, bool):
        default = "yes" if default else "no"
    text = f"{allowed['meaning'][0].upper()}{allowed['meaning'][1:]}"
    if "low" in allowed:
        text += f" ({allowed['low']} to {allowed['high']})"
    several = isinstance(one.default, tuple)
    text += ". May be given more than once." if several else "."
    text += f" [default: {default}]" if default != "" else ""
    kind: Any = list[str] if several else type(one.default)
    name = flag_name(one.name)
    choices = allowed.get("choices", ())

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    flag = typer.Option(
        f"{name}/--no-{name[2:]}" if kind is bool else name,
        help=meaning or text,
        show_default=False,
        metavar=value_name(one),
        rich_help_panel=OF_OPTIONS[one.name],
        autocompletion=complete if choices else None,
    )
    annotation = Annotated[kind | None, flag]
    return inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
