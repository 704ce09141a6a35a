"""An object of JSON as a record: its documents, and what names them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from json.decoder import JSONDecodeError, JSONDecoder
from typing import Any

import regex

from dedupe._failures import unexpected
from dedupe.errors import InputError
from dedupe.io.formats._decoding import advice
from dedupe.io.formats._values import TEXT, of_values, read_value
from dedupe.io.formats.json._cutting import annotated, escaped, extent, rebuilt
from dedupe.io.formats.json._paths import Text, found, kind, led, present, text_of
from dedupe.io.formats.record import ReadOptions, Record, named, plain_value
from dedupe.io.formats.strings import joined
from dedupe.model import Document, Span, without
from dedupe.text.bounds import unparsed

_SURROGATE = regex.compile(rb"\\u[dD][89a-fA-F]")
_scanned = JSONDecoder().scan_once  # type: ignore[attr-defined]  # what `raw_decode` calls


def default_id(where: str, number: int, shares_line: bool) -> str:
    """Return the id of a record without one: file and line, and its number if an earlier one begins in that line."""
    return f"{where} (record {number})" if shares_line else where


def record_of(
    raw: bytes, place: str, number: int, read_options: ReadOptions, line: int = 0, shares_line: bool = False
) -> Record:
    """Return the record that an object is, which begins in this line; without one each line of the file is a record.

    `shares_line`: whether an earlier record begins in the same line. Raises `InputError` for one that cannot be read.
    """
    try:
        return _record_of(raw, place, number, read_options, line, shares_line)
    except InputError:
        raise
    except Exception as error:
        raise unexpected(f"{place}:{line or number}", error, named(number if line else 0)) from None


def _record_of(raw: bytes, place: str, number: int, read_options: ReadOptions, line: int, shares_line: bool) -> Record:
    where = f"{place}:{line or number}"
    known = named(number if line else 0)
    if why := unparsed(raw):
        raise InputError(where, why, known)
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = (
            f"is not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}; {advice(read_options.encoding)}"
        )
        raise InputError(where, problem, known) from None
    body = whole.lstrip("\ufeff") if number == 1 else whole
    try:
        value = json.loads(body)
    except JSONDecodeError as error:
        where = f"{place}:{line + error.lineno - 1}" if line else where
        raise InputError(where, f"is not JSON: {error.msg} at character {error.pos + 1}", known) from None
    except ValueError:
        raise InputError(where, "has a number of thousands of digits", known) from None
    except RecursionError:
        raise InputError(where, "is nested too deeply", known) from None
    if not isinstance(value, dict):
        hint = "; a file that is one array is read with --format json" if isinstance(value, list) and not line else ""
        raise InputError(where, f"is {kind(value)}, where an object is needed{hint}", known)
    documents: list[Document] = []
    texts: list[Text] = []
    values: list[str] = []
    places: list[dict[str, Any]] = []
    name = found(value, read_options.id, where, "--id", known)
    known = named(number if line else 0, name)
    url = found(value, read_options.url, where, "--url", known)
    date = found(value, read_options.date, where, "--date", known)
    for path in present(value, read_options.field):
        one = text_of(value, path, where, known, raw)
        if not one.strings:
            continue
        if one in texts:  # one that is named twice is one
            places[texts.index(one)]["field"] = path
            continue
        text = joined([led(value, string.steps) for string in one.strings])
        if (alone := _lone_surrogate(raw, text)) is not None:
            raise InputError(where, f"has a lone surrogate \\u{ord(alone):04x} in the field {path!r}", known)
        identity = name or default_id(where, number, shares_line)
        identity = identity if len(read_options.field) == 1 else f"{identity}#{path}"
        documents.append(read_value(Document(text, identity, date, url), read_options.field_format, where))
        values.append(text)
        texts.append(one)
        places.append({"document": place, "record": number, "field": path, "id": name})
        if line:
            places[-1]["line"] = line
    mark = whole[: len(whole) - len(body)]
    rebuild = of_values(partial(rebuilt, mark, body, texts), values, read_options.field_format, where)
    annotate = partial(annotated, mark, body, where)
    made = Record(raw, documents, rebuild, places, annotate=annotate, absent=not documents)
    return made.as_one(read_options, default_id(where, number, shares_line))


def plain(raw: bytes, read_options: ReadOptions) -> tuple[str, str, str, str] | None:
    """Return text, id, date and url of a plain line as `record_of` does; None for a line which that must look at.

    Plain is a record that can be read, with one field of text and all fields in its outermost object.
    """
    if read_options.field_format != TEXT or unparsed(raw):
        return None
    try:
        body = raw.decode("utf-8")
        value, end = _scanned(body, 0)
        text = value[read_options.field[0]]
        name = plain_value(value[read_options.id]) if read_options.id else ""
        url = plain_value(value[read_options.url]) if read_options.url else ""
        date = plain_value(value[read_options.date]) if read_options.date else ""
        if not text.isascii() and _lone_surrogate(raw, text) is not None:
            return None
    except Exception:  # whatever it is, it is said when the record is read
        return None
    if type(value) is not dict or type(text) is not str or (end < len(body) - 1 and body[end:].strip(" \t\n\r")):
        return None
    return text, name, date, url


def cut_of(raw: bytes, read_options: ReadOptions, cuts: Sequence[Span]) -> bytes:
    """Return a line that `plain` reads without these stretches of its text, and not a byte changed beside."""
    body = raw.decode("utf-8")
    start, end = extent(body, [read_options.field[0]])
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
