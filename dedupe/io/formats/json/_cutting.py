"""Change values in the text of an object without changing any other byte."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]  # public in CPython
from typing import Any, NamedTuple, cast

import regex

from dedupe.errors import InputError
from dedupe.io.formats.json._paths import Steps, Text
from dedupe.io.formats.record import findings
from dedupe.io.formats.strings import cuts_of_each
from dedupe.model import Report, Span, without
from dedupe.text.removal import merged

StepPath = tuple[str | int, ...]

_SPACE = regex.compile(r"[ \t\n\r]*+")
_PAIR = regex.compile(r"\\u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F]")
_DECODER = JSONDecoder()


def rebuilt(mark: str, body: str, texts: Sequence[Text], reports: Sequence[Report]) -> bytes:
    """Return the object without the cuts in its texts; every other byte stays, escapes included.

    An array's string that becomes empty is removed, with its comma and the white space on that side.
    """
    changes = [(text, report.cuts) for text, report in zip(texts, reports, strict=True) if report.changed]
    extents = _locate(body, [string.steps for text, _ in changes for string in text.strings])
    spans: list[tuple[int, int]] = []
    removed: dict[StepPath, set[int]] = {}
    for text, cuts in changes:
        string_extents = [extents.values[tuple(string.steps)] for string in text.strings]
        each: Iterable[Sequence[Span] | None] = [cuts]
        if text.is_multiple:
            each = cuts_of_each([scanstring(body, start + 1, True)[0] for start, _ in string_extents], cuts)
        for (steps, in_array), (start, end), string_cuts in zip(text.strings, string_extents, each, strict=True):
            if string_cuts:
                spans += ((start + cut.start, start + cut.end) for cut in escaped(body[start:end], string_cuts))
            elif string_cuts is None and in_array:
                removed.setdefault(tuple(steps[:-1]), set()).add(cast(int, steps[-1]))
            elif string_cuts is None:
                spans.append((start + 1, end - 1))
    for path, indices in removed.items():
        spans += _removed_elements(extents.arrays[path], indices)
    return (mark + without(body, merged(spans))).encode("utf-8")


def _removed_elements(extents: Sequence[tuple[int, int]], removed: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield the extents to remove with elements of an array: a comma each; white space at the brackets stays.

    `extents`: those of the elements, and last the positions of the two brackets.
    """
    *element_extents, (opening, closing) = extents
    first_kept = next((index for index in range(len(element_extents)) if index not in removed), None)
    if first_kept is None:
        yield opening + 1, closing
        return
    yield element_extents[0][0], element_extents[first_kept][0]
    yield from ((element_extents[index - 1][1], element_extents[index][1]) for index in removed if index > first_kept)


def annotated(mark: str, body: str, where: str, reports: Sequence[Report], column: str) -> bytes:
    """Return the object with the findings as its last member, on its own line if the others are."""
    if column in json.loads(body):
        raise InputError(where, f"has a field {column!r} already; name another one with --annotate")
    start = body.index("{") + 1
    leading_space = body[start : _skip_space(body, start)]
    end = len(body[: body.rindex("}")].rstrip(" \t\n\r"))
    comma = "" if end == start else "," + (leading_space if "\n" in leading_space else " ")
    member = f"{comma}{json.dumps(column)}: {json.dumps(findings(reports))}"
    return (mark + body[:end] + member + body[end:]).encode("utf-8")


def escaped(literal: str, cuts: Sequence[Span]) -> list[Span]:
    """Return the spans of cuts in the JSON literal of a text, in which a character may be an escape."""
    shifted: list[int] = []
    shift = 1  # the quotation mark
    escape = literal.find("\\")
    for position in [position for cut in cuts for position in (cut.start, cut.end)]:
        while -1 < escape < position + shift:
            end = escape + 2
            if literal[escape + 1] == "u":
                end += 10 if _PAIR.match(literal, escape) else 4
            shift += end - escape - 1
            escape = literal.find("\\", end)
        shifted.append(position + shift)
    return [Span(start, end) for start, end in zip(shifted[::2], shifted[1::2], strict=True)]


def extent(body: str, steps: Steps) -> tuple[int, int]:
    """Return the extent of the value at the end of the steps; of equal keys the last counts."""
    return _locate(body, [steps]).values[tuple(steps)]


class _Extents(NamedTuple):
    """The extents of values in a JSON text, and of the elements of the arrays that hold them."""

    values: dict[StepPath, tuple[int, int]]
    arrays: dict[StepPath, Sequence[tuple[int, int]]]


def _locate(body: str, paths: Iterable[Steps]) -> _Extents:
    """Return the extents of the values at the ends of these paths, found in one pass."""
    tree: dict[Any, Any] = {}
    for steps in paths:
        branch = tree
        for step in steps:
            branch = branch.setdefault(step, {})
    extents = _Extents({}, {})
    _visit(body, _skip_space(body, 0), tree, (), extents)
    return extents


def _visit(body: str, position: int, tree: dict[Any, Any], path: StepPath, extents: _Extents) -> None:
    """Record the extents below the value at this position."""
    if not tree:
        extents.values[path] = position, _DECODER.raw_decode(body, position)[1]
        return
    children: dict[Any, int] = {}
    if body[position] == "{":
        # Of equal keys the last counts.
        children = {name: value for name, value in _members(body, position) if name in tree}
    else:
        elements = extents.arrays[path] = _elements(body, position)
        children = {number: elements[number][0] for number in tree}
    for step, value in children.items():
        _visit(body, value, tree[step], (*path, step), extents)


def _skip_space(body: str, position: int) -> int:
    if body[position : position + 1] > " ":
        return position  # nearly always
    match = _SPACE.match(body, position)
    assert match is not None
    return int(match.end())


def _members(body: str, position: int) -> Iterator[tuple[str, int]]:
    """Yield each key and the position of its value in the object at this position."""
    position = _skip_space(body, position + 1)
    while body[position] != "}":
        name, position = scanstring(body, position + 1, True)
        value = _skip_space(body, _skip_space(body, position) + 1)
        yield name, value
        position = _skip_space(body, _DECODER.raw_decode(body, value)[1])
        if body[position] == ",":
            position = _skip_space(body, position + 1)


def _elements(body: str, position: int) -> list[tuple[int, int]]:
    """Return the extents of the elements of the array at this position, and last the positions of its brackets."""
    extents = []
    opening, position = position, _skip_space(body, position + 1)
    while body[position] != "]":
        end = _DECODER.raw_decode(body, position)[1]
        extents.append((position, end))
        position = _skip_space(body, end)
        if body[position] == ",":
            position = _skip_space(body, position + 1)
    return [*extents, (opening, position)]
