"""Paths to the values of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dedupe.errors import InputError
from dedupe.formats.record import keys_named, plain_value


def kind(value: Any) -> str:
    """Return what a value is, as a sentence calls it."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _steps(value: Any, path: str) -> list[str | int] | None:
    """Return the keys and indices a path leads along, or None; a key that is the whole path goes before its parts."""
    if isinstance(value, dict) and path in value:
        return [path]
    head, _, rest = path.partition(".")
    step: str | int | None = head if isinstance(value, dict) and head in value else None
    if isinstance(value, list) and len(head) < 10 and head.isdecimal() and int(head) < len(value):
        step = int(head)
    if not rest:
        return [step] if isinstance(step, int) else None
    if step is None:
        return None
    onward = _steps(value[step], rest)
    return None if onward is None else [step, *onward]


def way(value: Any, path: str, where: str, option: str, known: str) -> list[str | int]:
    """Return the steps a path leads along; raise `InputError` with the fields there are where it leads nowhere."""
    steps = _steps(value, path)
    if steps is None:
        there = f"the fields are {keys_named(list(value))}" if value else "it has no fields at all"
        raise InputError(where, f"has no field {path!r}; name another with {option}: {there}", known)
    return steps


def led(value: Any, steps: Sequence[str | int]) -> Any:
    """Return the value that the steps lead to."""
    for step in steps:
        value = value[step]
    return value


def found(value: Any, path: str, where: str, option: str, known: str = "") -> str:
    """Return the id, address or date at a path; without a path none is wanted."""
    return plain_value(led(value, way(value, path, where, option, known))) if path else ""
