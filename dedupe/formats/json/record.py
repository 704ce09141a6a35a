"""An object of JSON as a record: its documents, and what names them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from json.decoder import JSONDecodeError, JSONDecoder
from typing import Any

import regex

from dedupe.bounds import unparsed
from dedupe.errors import InputError
from dedupe.failures import unexpected
from dedupe.formats.decoding import advice
from dedupe.formats.json.cutting import annotated, escaped, extent, rebuilt
from dedupe.formats.json.paths import found, kind, led, way
from dedupe.formats.record import Reading, Record, keys_named, named, plain_value
from dedupe.formats.values import TEXT, of_values, read_value
from dedupe.model import Document, Span, without

_SURROGATE = regex.compile(rb"\\u[dD][89a-fA-F]")
_scanned = JSONDecoder().scan_once  # type: ignore[attr-defined]  # what `raw_decode` calls


def record_of(raw: bytes, place: str, number: int, reading: Reading) -> Record:
    """Return the record of a line; raise `InputError` for one that cannot be read."""
    try:
        return _record_of(raw, place, number, reading)
    except InputError:
        raise
    except Exception as error:
        raise unexpected(f"{place}:{number}", error) from None


def _record_of(raw: bytes, place: str, number: int, reading: Reading) -> Record:
    where = f"{place}:{number}"
    if why := unparsed(raw):
        raise InputError(where, why)
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}; {advice(reading.encoding)}"
        raise InputError(where, problem) from None
    body = line.lstrip("\ufeff") if number == 1 else line
    try:
        value = json.loads(body)
    except JSONDecodeError as error:
        raise InputError(where, f"is not JSON: {error.msg} at character {error.pos + 1}") from None
    except ValueError:
        raise InputError(where, "has a number of thousands of digits") from None
    except RecursionError:
        raise InputError(where, "is nested too deeply") from None
    if not isinstance(value, dict):
        raise InputError(where, f"is {kind(value)}, where an object is needed")
    documents, values = [], []
    ways: list[Sequence[str | int]] = []
    name = found(value, reading.id, where, "--id")
    known = named(id=name)
    url = found(value, reading.url, where, "--url", known)
    date = found(value, reading.date, where, "--date", known)
    places: list[dict[str, Any]] = []
    for path in reading.field:
        steps = way(value, path, where, "--field", known)
        text = led(value, steps)
        if text is None:
            continue
        if steps in ways:  # one that is named twice is one
            places[ways.index(steps)]["field"] = path
            continue
        if not isinstance(text, str):
            problem = f"has {kind(text)} in the field {path!r}, where a string is needed"
            raise InputError(where, f"{problem}; name another with --field, of {keys_named(list(value))}", known)
        if (alone := _lone_surrogate(raw, text)) is not None:
            raise InputError(where, f"has a lone surrogate \\u{ord(alone):04x} in the field {path!r}", known)
        identity = name or where
        identity = identity if len(reading.field) == 1 else f"{identity}#{path}"
        documents.append(read_value(Document(text, identity, date, url), reading.field_format, where))
        values.append(text)
        ways.append(steps)
        places.append({"document": place, "record": number, "field": path, "id": name})
    mark = line[: len(line) - len(body)]
    rebuild = of_values(partial(rebuilt, mark, body, ways), values, reading.field_format, where)
    annotate = partial(annotated, mark, body, where)
    made = Record(raw, documents, rebuild, places, annotate=annotate, absent=not documents)
    return made.as_one(reading, where)


def plain(raw: bytes, reading: Reading) -> tuple[str, str, str, str] | None:
    """Return text, id, date and url of a plain line as `record_of` does; None for a line which that must look at.

    Plain is a record that can be read, with one field of text and all fields in its outermost object.
    """
    if reading.field_format != TEXT or unparsed(raw):
        return None
    try:
        body = raw.decode("utf-8")
        value, end = _scanned(body, 0)
        text = value[reading.field[0]]
        name = plain_value(value[reading.id]) if reading.id else ""
        url = plain_value(value[reading.url]) if reading.url else ""
        date = plain_value(value[reading.date]) if reading.date else ""
        if not text.isascii() and _lone_surrogate(raw, text) is not None:
            return None
    except Exception:  # whatever it is, it is said when the record is read
        return None
    if type(value) is not dict or type(text) is not str or (end < len(body) - 1 and body[end:].strip(" \t\n\r")):
        return None
    return text, name, date, url


def cut_of(raw: bytes, reading: Reading, cuts: Sequence[Span]) -> bytes:
    """Return a line that `plain` reads without these stretches of its text, and not a byte changed beside."""
    body = raw.decode("utf-8")
    start, end = extent(body, [reading.field[0]])
    literal = body[start:end]
    return (body[:start] + without(literal, escaped(literal, cuts)) + body[end:]).encode("utf-8")


def _lone_surrogate(raw: bytes, text: str) -> str | None:
    """Return the first lone surrogate of a text that stands in this JSON, where only an escape can be one."""
    if not text.isascii() and _SURROGATE.search(raw):
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            return text[error.start]
    return None
