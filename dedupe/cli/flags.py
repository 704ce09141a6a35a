"""Flags from option classes: every field is a flag of the same name, so an option is said once."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, TypeVar

import typer

from dedupe.config import Setting, resolve
from dedupe.corpus.scaling import Scaling
from dedupe.formats import Reading
from dedupe.options import Options, option, validate


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """How a command goes about its work."""

    scope: str = option("document", "where repeats are looked for", choices=("document", "corpus"))
    jobs: int = option(1, "processes that work at once", low=1, high=256)
    on_error: str = option("skip", "what to do after a bad record", choices=("skip", "stop"))

    def __post_init__(self) -> None:
        validate(self)


CLASSES: tuple[type, ...] = (Options, Reading, Running, Scaling)
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
    def running(self) -> Running:
        """How the command goes about its work."""
        return self._made(Running)

    @property
    def scaling(self) -> Scaling:
        """How a large corpus is gone about."""
        return self._made(Scaling)

    def _made(self, cls: type[Made]) -> Made:
        return cls(**{one.name: self.settings[one.name].value for one in fields(cls)})  # type: ignore[arg-type]  # an option class


def takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's first parameter, `settings`, by a flag for each field of the common option classes."""
    return _taking(command, COMMON)


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
    text = f"{allowed['meaning'][0].upper()}{allowed['meaning'][1:]}"
    if "choices" in allowed:
        text += f": {', '.join(allowed['choices'])}"
    elif "low" in allowed:
        text += f" ({allowed['low']} to {allowed['high']})"
    text += f" [default: {default}]." if default != "" else "."
    several = isinstance(one.default, tuple)
    if several:
        text += " May be given more than once."
    kind: Any = list[str] if several else type(one.default)
    letter = {int: "N", float: "X"}.get(type(one.default), "NAME" if several else "VALUE")
    flag = typer.Option(f"--{one.name.replace('_', '-')}", help=text, show_default=False, metavar=letter)
    annotation = Annotated[kind | None, flag]
    return inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
