"""Paths to the values of a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dedupe.errors import InputError
from dedupe.io.formats.record import keys_named, plain_value
from dedupe.text.bounds import over

Steps = Sequence[str | int]
"""The keys and indices that lead to a value."""

EACH = "[]"
"""Suffix of a name in a path that stands for every element of that array."""

STRING_BYTES = 400
"""Bytes of memory for a string of an array, with its steps and its paragraph."""


class String(NamedTuple):
    """The steps to a string; `in_array`: whether it is an element that is removed when it becomes empty."""

    steps: Steps
    in_array: bool


class Text(NamedTuple):
    """The strings of a field's text; `is_multiple`: whether its path leads to any number of them."""

    strings: Sequence[String]
    is_multiple: bool


class RepeatingObject(dict[str, Any]):
    """An object that has a key more than once; of their values it has the last. `repeated`: those keys."""

    repeated: frozenset[str]


def object_of(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object made of its members."""
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    repeating = RepeatingObject(value)
    repeating.repeated = frozenset(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return repeating


def check_keys(value: Any, path: str, where: str, label: str) -> None:
    """Raise `InputError` if a key on the path to a value is in its object more than once: readers disagree on it."""
    for steps in _paths_to(value, path) or ():
        holder = value
        for step in steps:
            if isinstance(holder, RepeatingObject) and step in holder.repeated:
                raise InputError(where, f"has the key {step!r} more than once in an object; leave one of them", label)
            holder = holder[step]


def kind_name(value: Any) -> str:
    """Return the kind of a value, as errors name it."""
    names = {
        dict: "an object",
        RepeatingObject: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        type(None): "null",
    }
    return names.get(type(value), "a number")


def _paths_to(value: Any, path: str) -> list[list[str | int]] | None:
    """Return the steps to each value of a path, or None; a key equal to the whole path has precedence."""
    if isinstance(value, dict) and path in value:
        return [[path]]
    head, _, rest = path.partition(".")
    step: str | int | None = head if isinstance(value, dict) and head in value else None
    if isinstance(value, list) and len(head) < 10 and head.isdecimal() and int(head) < len(value):
        step = int(head)
    if step is None:
        return _paths_to_each(value, head[: -len(EACH)], rest) if head.endswith(EACH) else None
    if not rest:
        return [[step]] if isinstance(step, int) else None
    further = _paths_to(value[step], rest)
    return None if further is None else [[step, *steps] for steps in further]


def _paths_to_each(value: Any, name: str, rest: str) -> list[list[str | int]] | None:
    """Return the steps to the values below each element of an array; None if no element has any."""
    paths: list[list[str | int]] = []
    arrays = elements = 0
    for steps in (_paths_to(value, name) if name else [[]]) or ():
        array = follow_steps(value, steps)
        if isinstance(array, list):
            arrays += 1
            elements += len(array)
            for number, element in enumerate(array):
                further = _paths_to(element, rest) if rest else [[]]
                paths += [[*steps, number, *further_steps] for further_steps in further or ()]
    return paths if paths or (arrays and not elements) else None


def follow_steps(value: Any, steps: Steps) -> Any:
    """Return the value at the end of the steps."""
    for step in steps:
        value = value[step]
    return value


def present(value: Any, paths: Sequence[str]) -> Sequence[str]:
    """Return the paths among several that lead to something in a record; all of them if none does."""
    return [path for path in paths if _paths_to(value, path) is not None] or paths if len(paths) > 1 else paths


def missing(value: Any, paths: Sequence[str]) -> frozenset[str] | None:
    """Return the paths among several that lead to nothing in a record; None for one, without which it is not read."""
    if len(paths) == 1:
        return None
    return frozenset(path for path in paths if _paths_to(value, path) is None)


def locate_text(value: Any, path: str, where: str, label: str, raw: bytes) -> Text:
    """Return the strings at a path; nulls are skipped.

    Raises `InputError` for other values, and for more strings than the bound on memory for these bytes allows.
    """
    bound_problem = over(raw, STRING_BYTES * raw.count(b","))
    if bound_problem and EACH in path:
        raise InputError(where, bound_problem, label)
    paths = _paths_to(value, path)
    if paths is None:
        raise _missing_field(value, path, where, "--field", label)
    strings: list[String] = []
    is_multiple = len(paths) != 1 or EACH in path
    for steps in paths:
        item = follow_steps(value, steps)
        if isinstance(item, list):
            if bound_problem:
                raise InputError(where, bound_problem, label)
            is_multiple = True
            strings += _strings_in(item, steps, path, where, label)
        elif isinstance(item, str):
            strings.append(String(steps, path.endswith(EACH)))
        elif item is not None:
            problem = f"has {kind_name(item)} in the field {path!r}, where a string is needed"
            raise InputError(where, f"{problem}; {_way_out(value, path, item)}", label)
    return Text(strings, is_multiple)


def _way_out(value: dict[str, Any], path: str, item: Any) -> str:
    """Return what to do about a value that is no string."""
    if isinstance(item, dict) and item:
        return f"name a string in it with --field {path}.NAME, of {keys_named(list(item))}"
    others = [name for name, other in value.items() if isinstance(other, str)]
    return "correct this record" + (f", or name another field with --field, of {keys_named(others)}" if others else "")


def _strings_in(array: Sequence[Any], steps: Steps, path: str, where: str, label: str) -> Iterator[String]:
    """Yield each string of an array of strings and nulls."""
    for number, element in enumerate(array):
        if isinstance(element, str):
            yield String([*steps, number], True)
        elif element is not None:
            hint = "; correct this record, or name another field with --field"
            if isinstance(element, dict) and element:
                hint = f"; name a string in it with --field {path}{EACH}.NAME, of {keys_named(list(element))}"
            problem = f"has {kind_name(element)} in the array {path!r}, where strings are needed"
            raise InputError(where, problem + hint, label)


def _missing_field(value: Any, path: str, where: str, option: str, label: str) -> InputError:
    hint = f"the fields are {keys_named(list(value))}" if value else "it has no fields at all"
    arrays = ((name, item) for name, item in value.items() if isinstance(item, list))
    if array_name := next((name for name, item in arrays if item and isinstance(item[0], dict)), ""):
        hint += f"; to have each object in {array_name!r} as a record, make that array the file"
    return InputError(where, f"has no field {path!r}; name another with {option}: {hint}", label)


def read_scalar(value: Any, path: str, where: str, option: str, label: str) -> str:
    """Return the id, address or date at a path; empty without a path."""
    if not path:
        return ""
    paths = _paths_to(value, path)
    if paths is None or len(paths) != 1:
        raise _missing_field(value, path, where, option, label)
    return plain_value(follow_steps(value, paths[0]))
