"""Paths to the values of a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dedupe.errors import InputError
from dedupe.io.formats.record import keys_named, plain_value
from dedupe.text.bounds import over

Steps = Sequence[str | int]
"""The keys and indices that lead to a value."""

EACH = "[]"
"""What stands behind a name in a path for every element of the array of that name."""


STRING = 400
"""Bytes that a string of an array takes, with the steps that lead to it and the paragraph that it is."""


class String(NamedTuple):
    """Where a string is; `loose`: whether it is an array's and goes from it when nothing is left of it."""

    steps: Steps
    loose: bool


class Text(NamedTuple):
    """Where the text of a field is: its strings; `several`: whether the path leads to any number of them."""

    strings: Sequence[String]
    several: bool


def kind(value: Any) -> str:
    """Return what a value is, as a sentence calls it."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _ways(value: Any, path: str) -> list[list[str | int]] | None:
    """Return the steps to each value a path leads to, or None; a key that is the whole path goes before its parts."""
    if isinstance(value, dict) and path in value:
        return [[path]]
    head, _, rest = path.partition(".")
    step: str | int | None = head if isinstance(value, dict) and head in value else None
    if isinstance(value, list) and len(head) < 10 and head.isdecimal() and int(head) < len(value):
        step = int(head)
    if step is None:
        return _ways_of_each(value, head[: -len(EACH)], rest) if head.endswith(EACH) else None
    if not rest:
        return [[step]] if isinstance(step, int) else None
    onward = _ways(value[step], rest)
    return None if onward is None else [[step, *way] for way in onward]


def _ways_of_each(value: Any, name: str, rest: str) -> list[list[str | int]] | None:
    """Return the steps on from each element of an array; those it does not lead on from are passed over, if not all."""
    found: list[list[str | int]] = []
    arrays = elements = 0
    for way in (_ways(value, name) if name else [[]]) or ():
        array = led(value, way)
        if isinstance(array, list):
            arrays += 1
            elements += len(array)
            for number, element in enumerate(array):
                onward = _ways(element, rest) if rest else [[]]
                found += [[*way, number, *more] for more in onward or ()]
    return found if found or (arrays and not elements) else None


def led(value: Any, steps: Steps) -> Any:
    """Return the value that the steps lead to."""
    for step in steps:
        value = value[step]
    return value


def present(value: Any, paths: Sequence[str]) -> Sequence[str]:
    """Return the paths among several that lead to something in a record; all of them if none does."""
    return [path for path in paths if _ways(value, path) is not None] or paths if len(paths) > 1 else paths


def missing(value: Any, paths: Sequence[str]) -> frozenset[str] | None:
    """Return the paths that lead to nothing in a record; None for one plain path, without which it cannot be read."""
    if len(paths) == 1 and EACH not in paths[0]:
        return None
    return frozenset(path for path in paths if not _ways(value, path))


def text_of(value: Any, path: str, where: str, known: str, raw: bytes) -> Text:
    """Return where the text at a path is; what is null is none of it.

    Raises `InputError` for what is no string, and for more strings than fit into the bound for a record of these bytes.
    """
    crowded = over(raw, STRING * raw.count(b","))
    if crowded and EACH in path:
        raise InputError(where, crowded, known)
    ways = _ways(value, path)
    if ways is None:
        raise _missing(value, path, where, "--field", known)
    strings: list[String] = []
    several = len(ways) != 1 or EACH in path
    for way in ways:
        one = led(value, way)
        if isinstance(one, list):
            if crowded:
                raise InputError(where, crowded, known)
            several = True
            strings += _strings_in(one, way, path, where, known)
        elif isinstance(one, str):
            strings.append(String(way, path.endswith(EACH)))
        elif one is not None:
            problem = f"has {kind(one)} in the field {path!r}, where a string is needed"
            raise InputError(where, f"{problem}; name another with --field, of {keys_named(list(value))}", known)
    return Text(strings, several)


def _strings_in(array: Sequence[Any], way: Steps, path: str, where: str, known: str) -> Iterator[String]:
    """Yield the steps to each string of an array that has nothing but these and nulls."""
    for number, element in enumerate(array):
        if isinstance(element, str):
            yield String([*way, number], True)
        elif element is not None:
            hint = "; name another with --field"
            if isinstance(element, dict):
                hint = f"; name a string in it with --field {path}{EACH}.NAME, of {keys_named(list(element))}"
            problem = f"has {kind(element)} in the array {path!r}, where strings are needed"
            raise InputError(where, problem + hint, known)


def _missing(value: Any, path: str, where: str, option: str, known: str) -> InputError:
    there = f"the fields are {keys_named(list(value))}" if value else "it has no fields at all"
    arrays = ((name, one) for name, one in value.items() if isinstance(one, list))
    if inner := next((name for name, one in arrays if one and isinstance(one[0], dict)), ""):
        there += f"; to have each object in {inner!r} as a record, make that array the file"
    return InputError(where, f"has no field {path!r}; name another with {option}: {there}", known)


def found(value: Any, path: str, where: str, option: str, known: str) -> str:
    """Return the id, address or date at a path; without a path none is wanted."""
    if not path:
        return ""
    ways = _ways(value, path)
    if ways is None or len(ways) != 1:
        raise _missing(value, path, where, option, known)
    return plain_value(led(value, ways[0]))
