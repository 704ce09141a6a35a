"""Changing values in the text of an object, and not a byte beside them."""

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

Way = tuple[str | int, ...]

_SPACE = regex.compile(r"[ \t\n\r]*+")
_PAIR = regex.compile(r"\\u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F]")
_DECODER = JSONDecoder()


def rebuilt(mark: str, body: str, texts: Sequence[Text], reports: Sequence[Report]) -> bytes:
    """Return the object without what goes from its texts, and not a byte changed beside, not even how it is escaped.

    Of an array of strings one that is left with nothing goes, with its comma and the white space on that side.
    """
    changes = [(text, report.cuts) for text, report in zip(texts, reports, strict=True) if report.changed]
    found = _located(body, [string.steps for text, _ in changes for string in text.strings])
    spans: list[tuple[int, int]] = []
    gone: dict[Way, set[int]] = {}
    for text, cuts in changes:
        places = [found.values[tuple(string.steps)] for string in text.strings]
        each: Iterable[Sequence[Span] | None] = [cuts]
        if text.several:
            each = cuts_of_each([scanstring(body, start + 1, True)[0] for start, _ in places], cuts)
        for (steps, loose), (start, end), own in zip(text.strings, places, each, strict=True):
            if own:
                spans += ((start + cut.start, start + cut.end) for cut in escaped(body[start:end], own))
            elif own is None and loose:
                gone.setdefault(tuple(steps[:-1]), set()).add(cast(int, steps[-1]))
            elif own is None:
                spans.append((start + 1, end - 1))
    for way, numbers in gone.items():
        spans += _elements_out(found.arrays[way], numbers)
    return (mark + without(body, merged(spans))).encode("utf-8")


def _elements_out(elements: Sequence[tuple[int, int]], gone: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield what goes with elements of an array: a comma each; white space at the brackets stays.

    `elements`: where each of them is, and at last where the array's two brackets are.
    """
    *extents, (opened, closed) = elements
    first = next((number for number in range(len(extents)) if number not in gone), None)
    if first is None:
        yield opened + 1, closed
        return
    yield extents[0][0], extents[first][0]
    yield from ((extents[number - 1][1], extents[number][1]) for number in gone if number > first)


def annotated(mark: str, body: str, where: str, reports: Sequence[Report], column: str) -> bytes:
    """Return the object with the findings as its last member, on a line of its own if the others are."""
    if column in json.loads(body):
        raise InputError(where, f"has a field {column!r} already; name another one with --annotate")
    first = body.index("{") + 1
    before = body[first : _space(body, first)]
    stop = len(body[: body.rindex("}")].rstrip(" \t\n\r"))
    comma = "" if stop == first else "," + (before if "\n" in before else " ")
    member = f"{comma}{json.dumps(column)}: {json.dumps(findings(reports))}"
    return (mark + body[:stop] + member + body[stop:]).encode("utf-8")


def escaped(literal: str, cuts: Sequence[Span]) -> list[Span]:
    """Return where stretches of a text stand in the JSON literal that spells it; an escape is one character of it."""
    found: list[int] = []
    shift = 1  # the quotation mark
    escape = literal.find("\\")
    for place in [place for cut in cuts for place in (cut.start, cut.end)]:
        while -1 < escape < place + shift:
            end = escape + 2
            if literal[escape + 1] == "u":
                end += 10 if _PAIR.match(literal, escape) else 4
            shift += end - escape - 1
            escape = literal.find("\\", end)
        found.append(place + shift)
    return [Span(start, end) for start, end in zip(found[::2], found[1::2], strict=True)]


def extent(body: str, steps: Steps) -> tuple[int, int]:
    """Return where the value that the steps lead to stands in the JSON text; of equal keys the last counts."""
    return _located(body, [steps]).values[tuple(steps)]


class _Located(NamedTuple):
    """Where values stand in a JSON text, and the elements of the arrays on the way to them."""

    values: dict[Way, tuple[int, int]]
    arrays: dict[Way, Sequence[tuple[int, int]]]


def _located(body: str, ways: Iterable[Steps]) -> _Located:
    """Return where the values that these steps lead to stand, found on one walk."""
    tree: dict[Any, Any] = {}
    for steps in ways:
        branch = tree
        for step in steps:
            branch = branch.setdefault(step, {})
    found = _Located({}, {})
    _walk(body, _space(body, 0), tree, (), found)
    return found


def _walk(body: str, at: int, tree: dict[Any, Any], way: Way, found: _Located) -> None:
    """Find what stands below the value at this place."""
    if not tree:
        found.values[way] = at, _DECODER.raw_decode(body, at)[1]
        return
    below: dict[Any, int] = {}
    if body[at] == "{":
        below = {name: value for name, value in _members(body, at) if name in tree}  # of equal keys the last counts
    else:
        elements = found.arrays[way] = _elements(body, at)
        below = {number: elements[number][0] for number in tree}
    for step, value in below.items():
        _walk(body, value, tree[step], (*way, step), found)


def _space(body: str, at: int) -> int:
    if body[at : at + 1] > " ":
        return at  # nearly always
    match = _SPACE.match(body, at)
    assert match is not None
    return int(match.end())


def _members(body: str, at: int) -> Iterator[tuple[str, int]]:
    """Yield each key and the place of its value in the object at this place."""
    at = _space(body, at + 1)
    while body[at] != "}":
        name, at = scanstring(body, at + 1, True)
        value = _space(body, _space(body, at) + 1)
        yield name, value
        at = _space(body, _DECODER.raw_decode(body, value)[1])
        if body[at] == ",":
            at = _space(body, at + 1)


def _elements(body: str, at: int) -> list[tuple[int, int]]:
    """Return where each element of the array at this place stands, and at last where its two brackets do."""
    found = []
    opened, at = at, _space(body, at + 1)
    while body[at] != "]":
        end = _DECODER.raw_decode(body, at)[1]
        found.append((at, end))
        at = _space(body, end)
        if body[at] == ",":
            at = _space(body, at + 1)
    return [*found, (opened, at)]
