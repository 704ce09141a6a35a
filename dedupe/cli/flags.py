"""Flags from `Options`: every field is a flag of the same name, so an option is said once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from dedupe.options import Options


def takes_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's first parameter, `options`, by a flag for each field of `Options`."""
    hints = get_type_hints(command, include_extras=True)
    own = list(inspect.signature(command).parameters.values())[1:]
    kept = [parameter.replace(annotation=hints[parameter.name]) for parameter in own]
    flags = [_flag(one) for one in fields(Options)]

    @wraps(command)
    def run(**given: Any) -> None:
        chosen = {one.name: given.pop(one.name) for one in fields(Options)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()
        }
        command(Options(**{name: value for name, value in values.items() if value is not None}), **given)

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
    kind: Any = list[str] if isinstance(one.default, tuple) else type(one.default)
    option = typer.Option(f"--{one.name.replace('_', '-')}", help=text, show_default=False, rich_help_panel="Judgement")
    return inspect.Parameter(
        one.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )
