"""Changing values in the text of an object, and not a byte beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]  # public in CPython

import regex

from dedupe.errors import InputError
from dedupe.formats.record import findings
from dedupe.model import Report, Span, without

_SPACE = regex.compile(r"[ \t\n\r]*+")
_PAIR = regex.compile(r"\\u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F]")
_DECODER = JSONDecoder()


def rebuilt(mark: str, body: str, ways: Sequence[Sequence[str | int]], reports: Sequence[Report]) -> bytes:
    """Return the line without what goes from its texts, and not a byte changed beside, not even how it is escaped.

    `ways`: the steps that lead to the text of each report.
    """
    changes: dict[tuple[int, int], tuple[Span, ...]] = {}
    for report, steps in zip(reports, ways, strict=True):
        if report.changed:
            changes[extent(body, steps)] = report.cuts
    for (start, end), cuts in sorted(changes.items(), reverse=True):
        body = body[:start] + without(body[start:end], escaped(body[start:end], cuts)) + body[end:]
    return (mark + body).encode("utf-8")


def annotated(mark: str, body: str, where: str, reports: Sequence[Report], column: str) -> bytes:
    """Return the line with the findings as the last member of its object."""
    if column in json.loads(body):
        raise InputError(where, f"has a field {column!r} already; name another one with --annotate")
    stop = len(body[: body.rindex("}")].rstrip(" \t\n\r"))
    member = f"{', ' if body[stop - 1] != '{' else ''}{json.dumps(column)}: {json.dumps(findings(reports))}"
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


def extent(body: str, steps: Sequence[str | int]) -> tuple[int, int]:
    """Return where the value that the steps lead to stands in the JSON text; of equal keys the last counts."""
    at, end = _space(body, 0), 0
    for step in steps:
        at, end = _member(body, at, step) if isinstance(step, str) else (_element(body, at, step), 0)
    return at, end or _DECODER.raw_decode(body, at)[1]


def _space(body: str, at: int) -> int:
    if body[at : at + 1] > " ":
        return at  # nearly always
    match = _SPACE.match(body, at)
    assert match is not None
    return int(match.end())


def _member(body: str, at: int, key: str) -> tuple[int, int]:
    """Return where the value of a key begins and ends in the object at this place."""
    found = (-1, -1)
    at = _space(body, at + 1)
    while body[at] != "}":
        name, at = scanstring(body, at + 1, True)
        value = _space(body, _space(body, at) + 1)
        end = _DECODER.raw_decode(body, value)[1]
        if name == key:
            found = value, end
        at = _space(body, end)
        if body[at] == ",":
            at = _space(body, at + 1)
    return found


def _element(body: str, at: int, index: int) -> int:
    """Return where an element begins in the array at this place."""
    at = _space(body, at + 1)
    for _ in range(index):
        at = _space(body, _space(body, _DECODER.raw_decode(body, at)[1]) + 1)
    return at
