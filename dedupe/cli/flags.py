"""Flags from option classes: every field is a flag of the same name."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any

import typer

from dedupe.cli.config import Setting, flag_name, resolve, with_source
from dedupe.cli.option_classes import (
    CLASSES,
    MEANINGS,
    OF_OPTIONS,
    OPTIONS_OF_VERBS,
    IndexOptions,
    RunOptions,
    UndoOptions,
    value_name,
)
from dedupe.cli.unused_options import refuse_idle
from dedupe.cli.usage import refuse_nothing
from dedupe.corpus.settings import CorpusOptions
from dedupe.errors import OptionError
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.options import Options


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
