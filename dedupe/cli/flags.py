"""Flags from option classes: every field is a flag of the same name, so an option is said once."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, TypeVar

import typer

from dedupe.config import Setting, resolve, with_source
from dedupe.corpus.scaling import Scaling
from dedupe.errors import OptionError
from dedupe.formats import Reading
from dedupe.options import Options, option, validate
from dedupe.walking import Walking


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """How a command goes about its work."""

    scope: str = option("document", "where repeats are looked for", choices=("document", "corpus"))
    jobs: int = option(1, "processes that work at once", low=1, high=256)
    on_error: str = option("skip", "what to do after a bad record", choices=("skip", "stop"))
    report: str = option("", "file to write the findings to, as a page for a browser")
    decisions: str = option("", "file of decisions to obey, made on that page or by dedupe review")
    baseline: str = option("", "file of known findings, which are left out")
    write_baseline: str = option("", "file to write all findings to, as known ones")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Keeping:
    """What is kept of that which is taken out of files."""

    undo_keep: int = option(
        10, "how many changes of a file made in place can be undone; 0 keeps no record", low=0, high=1000
    )
    undo_dir: str = option("", "folder of the undo records; by default .dedupe/undo in the folder of each path")
    removed: str = option("", "file to append what is removed to, as JSON lines")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembering:
    """Which index is asked and what is written to it."""

    index: str = option("", "the index to compare with: a file, or redis://HOST:PORT/DATABASE?index=NAME")
    remember: bool = option(False, "write each document to the index after it was checked")
    store_text: bool = option(False, "keep texts in an index that is made, so that repeats can be removed")
    index_optional: bool = option(False, "go on without the index when it fails")

    def __post_init__(self) -> None:
        validate(self)


CLASSES: tuple[type, ...] = (Options, Reading, Walking, Keeping, Running, Remembering, Scaling)
"""The option classes, in the order of their flags."""

COMMON = CLASSES[:-1]
"""Those that every verb has flags for."""


Made = TypeVar("Made")


class Settings:
    """Every setting in force; `options` and `reading` are made of them, and validated, on first use."""

    def __init__(self, settings: dict[str, Setting]) -> None:
        self.settings = settings

    @property
    def options(self) -> Options:
        """How repeats are judged."""
        return self._made(Options)

    @property
    def reading(self) -> Reading:
        """How files are read."""
        return self._made(Reading)

    @property
    def walking(self) -> Walking:
        """Which files of a folder are taken."""
        return self._made(Walking)

    @property
    def keeping(self) -> Keeping:
        """What is kept of that which is taken out of files."""
        return self._made(Keeping)

    @property
    def running(self) -> Running:
        """How the command goes about its work."""
        return self._made(Running)

    @property
    def remembering(self) -> Remembering:
        """Which index is asked and what is written to it."""
        return self._made(Remembering)

    @property
    def scaling(self) -> Scaling:
        """How a large corpus is gone about."""
        return self._made(Scaling)

    def _made(self, cls: type[Made]) -> Made:
        try:
            return cls(**{one.name: self.settings[one.name].value for one in fields(cls)})  # type: ignore[arg-type]  # an option class
        except OptionError as error:
            raise with_source(error, self.settings) from None


def takes_settings(command: Callable[..., None], classes: tuple[type, ...] = ()) -> Callable[..., None]:
    """Replace a command's first parameter, `settings`, by a flag for each field of the common option classes."""
    return _taking(command, classes or COMMON)


def takes_all_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's first parameter, `settings`, by a flag for each field of all option classes."""
    return _taking(command, CLASSES)


def _taking(command: Callable[..., None], classes: tuple[type, ...]) -> Callable[..., None]:
    # get_type_hints would make every annotation with the default None optional before Python 3.11.
    kept = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    flags = [_flag(one) for cls in classes for one in fields(cls)]

    @wraps(command)
    def run(**given: Any) -> None:
        chosen = {flag.name: given.pop(flag.name) for flag in flags}
        chosen = {name: value for name, value in chosen.items() if value not in (None, [])}
        start = next(iter(given.get("paths") or []), "")
        command(Settings(resolve(CLASSES, chosen, os.environ, start)), **given)

    run.__signature__ = inspect.Signature(kept + flags)  # type: ignore[attr-defined]  # typer reads it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in kept + flags}
    return run


def _flag(one: Any) -> inspect.Parameter:
    """Return the parameter for a field; None when the flag is not given, so that other sources can speak."""
    allowed = one.metadata
    default = ", ".join(one.default) if isinstance(one.default, tuple) else one.default
    if isinstance(default, bool):
        default = "yes" if default else "no"
    text = f"{allowed['meaning'][0].upper()}{allowed['meaning'][1:]}"
    if "choices" in allowed:
        text += f": {', '.join(allowed['choices'])}"
    elif "low" in allowed:
        text += f" ({allowed['low']} to {allowed['high']})"
    switch = isinstance(one.default, bool)
    text += f" [default: {default}]." if default != "" and not switch else "."
    several = isinstance(one.default, tuple)
    if several:
        text += " May be given more than once."
    kind: Any = list[str] if several else type(one.default)
    letter = {int: "N", float: "X", bool: None}.get(type(one.default), "NAME" if several else "VALUE")
    name = one.name.replace("_", "-")
    choices = allowed.get("choices", ())

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    flag = typer.Option(
        f"--{name}/--no-{name}" if kind is bool else f"--{name}",
        help=text,
        show_default=False,
        metavar=letter,
        autocompletion=complete if choices else None,
    )
    annotation = Annotated[kind | None, flag]
    return inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
