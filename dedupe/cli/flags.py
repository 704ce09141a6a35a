"""Flags from option classes: every field is a flag of the same name, so an option is said once."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from dedupe.cli.config import Setting, resolve, with_source
from dedupe.cli.option_classes import CLASSES, IndexOptions, RunOptions, UndoOptions
from dedupe.cli.unused_options import refuse_idle
from dedupe.cli.verb_options import TAKEN, verbs_with
from dedupe.corpus.settings import CorpusOptions
from dedupe.errors import OptionError
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.options import Options

Made = TypeVar("Made")


class Settings:
    """Every setting in force; `options` and `read_options` are made of them, and validated, on first use."""

    def __init__(self, settings: dict[str, Setting]) -> None:
        self.settings = settings

    @property
    def options(self) -> Options:
        """How repeats are judged."""
        return self._made(Options)

    @property
    def read_options(self) -> ReadOptions:
        """How files are read."""
        return self._made(ReadOptions)

    @property
    def walk_options(self) -> WalkOptions:
        """Which files of a folder are taken."""
        return self._made(WalkOptions)

    @property
    def undo_options(self) -> UndoOptions:
        """What is kept of that which is taken out of files."""
        return self._made(UndoOptions)

    @property
    def run_options(self) -> RunOptions:
        """How the command goes about its work."""
        return self._made(RunOptions)

    @property
    def index_options(self) -> IndexOptions:
        """Which index is asked and what is written to it."""
        return self._made(IndexOptions)

    @property
    def corpus_options(self) -> CorpusOptions:
        """How a large corpus is gone about."""
        return self._made(CorpusOptions)

    def _made(self, cls: type[Made]) -> Made:
        try:
            return cls(**{one.name: self.settings[one.name].value for one in fields(cls)})  # type: ignore[arg-type]  # an option class
        except OptionError as error:
            raise with_source(error, self.settings) from None


def takes_settings(verb: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replace a command's first parameter, `settings`, by a flag for each option that the verb takes.

    The others have their defaults there, whatever the environment or a file says: those speak to all verbs.
    """
    every = [one for cls in CLASSES for one in fields(cls)]
    taken = frozenset(TAKEN[verb])
    flags = [_flag(one) for one in every if one.name in taken]

    def taking(command: Callable[..., None]) -> Callable[..., None]:
        # get_type_hints would make every annotation with the default None optional before Python 3.11.
        kept = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @wraps(command)
        def run(**given: Any) -> None:
            chosen = {flag.name: given.pop(flag.name) for flag in flags}
            chosen = {name: value for name, value in chosen.items() if value not in (None, [])}
            start = next(iter(given.get("paths") or []), "")
            settings = resolve(CLASSES, chosen, os.environ, start)
            settings |= {one.name: Setting(one.name, one.default, "default") for one in every if one.name not in taken}
            refuse_idle(verb, settings)
            command(Settings(settings), **given)

        run.__signature__ = inspect.Signature(kept + flags)  # type: ignore[attr-defined]  # typer reads it
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in kept + flags}
        return run

    return taking


class Verb(TyperCommand):
    """A command that says which verb has an option that this one has not."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse; raise `OptionError` for an option of another verb."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:  # typer brings its own click, or the one that is installed
            name = str(getattr(error, "option_name", ""))
            others = verbs_with(name.removeprefix("--").removeprefix("no-").replace("-", "_"))
            above = ctx.parent.info_name if ctx.parent is not None else ""
            verb = f"index {ctx.info_name}" if above == "index" else ctx.info_name
            if type(error).__name__ != "NoSuchOption" or not others or verb in others:
                raise
            raise OptionError(
                f"dedupe {verb} has no {name}, which would do nothing there; it is for {_listed(others)}"
            ) from None


def _listed(verbs: list[str]) -> str:
    named = [f"dedupe {verb}" for verb in verbs if verb != "settings"]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


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
