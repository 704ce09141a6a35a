"""Parse a JSON object into a record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache, partial
from json.decoder import JSONDecodeError, JSONDecoder
from typing import Any

import regex

from dedupe.errors import InputError
from dedupe.io.formats._decoding import encoding_advice
from dedupe.io.formats._values import TEXT, read_value, rebuild_from_values
from dedupe.io.formats.json._cutting import annotated, escaped, extent, rebuilt
from dedupe.io.formats.json._paths import (
    Text,
    check_keys,
    follow_steps,
    kind_name,
    locate_text,
    missing,
    object_of,
    present,
    read_scalar,
)
from dedupe.io.formats.record import ReadOptions, Record, as_input_error, named, plain_value
from dedupe.io.formats.strings import join_strings
from dedupe.model import Document, Span, without
from dedupe.text.bounds import parsing_problem

_SURROGATE = regex.compile(rb"\\u[dD][89a-fA-F]")
_scan_once = JSONDecoder().scan_once  # type: ignore[attr-defined]  # what `raw_decode` calls


def default_id(where: str, number: int, shares_line: bool) -> str:
    """Return the id of a record without one: file and line, and its number if an earlier one begins in that line."""
    return f"{where} (record {number})" if shares_line else where


def record_of(
    raw: bytes, place: str, number: int, read_options: ReadOptions, line: int = 0, shares_line: bool = False
) -> Record:
    """Return the record parsed from an object.

    `line`: the line in which the object begins; 0 in JSON lines, where it is the record's number. `shares_line`:
    whether an earlier record begins in the same line. Raises `InputError` for an object that cannot be read.
    """
    try:
        return _record_of(raw, place, number, read_options, line, shares_line)
    except Exception as error:
        raise as_input_error(error, f"{place}:{line or number}", named(number if line else 0)) from None


def _record_of(raw: bytes, place: str, number: int, read_options: ReadOptions, line: int, shares_line: bool) -> Record:
    where = f"{place}:{line or number}"
    label = named(number if line else 0)
    decoded, body, value = _parsed(raw, place, number, read_options, line)
    documents: list[Document] = []
    texts: list[Text] = []
    values: list[str] = []
    places: list[dict[str, Any]] = []
    id_ = read_scalar(value, read_options.id, where, "--id", label)
    label = named(number if line else 0, id_)
    url = read_scalar(value, read_options.url, where, "--url", label)
    date = read_scalar(value, read_options.date, where, "--date", label)
    for path in present(value, read_options.field):
        text = locate_text(value, path, where, label, raw)
        if not text.strings:
            continue
        if text in texts:  # two paths lead to one text
            places[texts.index(text)]["field"] = path
            continue
        joined = join_strings([follow_steps(value, string.steps) for string in text.strings])
        if (surrogate := _lone_surrogate(raw, joined)) is not None:
            raise InputError(
                where, f"has a lone surrogate \\u{ord(surrogate):04x} in the field {path!r}; correct it", label
            )
        document_id = id_ or default_id(where, number, shares_line)
        document_id = document_id if len(read_options.field) == 1 else f"{document_id}#{path}"
        documents.append(read_value(Document(joined, document_id, date, url), read_options.field_format, where))
        values.append(joined)
        texts.append(text)
        places.append({"document": place, "record": number, "field": path, "id": id_})
        if line:
            places[-1]["line"] = line
    mark = decoded[: len(decoded) - len(body)]
    rebuild = rebuild_from_values(partial(rebuilt, mark, body, texts), values, read_options.field_format, where)
    annotate = partial(annotated, mark, body, where)
    record = Record(
        raw,
        documents,
        rebuild,
        places,
        annotate=annotate,
        absent=not documents,
        missing=missing(value, read_options.field),
    )
    return record.as_one(read_options, default_id(where, number, shares_line))


def _parsed(
    raw: bytes, place: str, number: int, read_options: ReadOptions, line: int
) -> tuple[str, str, dict[str, Any]]:
    """Return the text of an object, the same without a byte order mark, and its value, with each key that is read once.

    Raises `InputError` if it is no such object.
    """
    where = f"{place}:{line or number}"
    label = named(number if line else 0)
    if why := parsing_problem(raw):
        raise InputError(where, why, label)
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        problem, advice = f"is not UTF-8: byte 0x{raw[error.start]:02x}", encoding_advice(read_options.encoding)
        raise InputError(where, f"{problem} at offset {error.start}; {advice}", label) from None
    body = decoded.lstrip("\ufeff") if number == 1 else decoded
    try:
        value = json.loads(body, object_pairs_hook=object_of)
    except JSONDecodeError as error:
        where = f"{place}:{line + error.lineno - 1}" if line else where
        raise InputError(
            where, f"is not JSON: {error.msg} at character {error.pos + 1}; correct this record", label
        ) from None
    except ValueError:
        raise InputError(where, "has a number of thousands of digits; correct this record", label) from None
    except RecursionError:
        raise InputError(where, "is nested too deeply; correct this record", label) from None
    if not isinstance(value, dict):
        hint = (
            "; a file that is one array is read with --format json"
            if isinstance(value, list) and not line
            else "; make it one"
        )
        raise InputError(where, f"is {kind_name(value)}, where an object is needed{hint}", label)
    for path in read_options.columns:
        check_keys(value, path, where, label)
    return decoded, body, value


def plain(raw: bytes, read_options: ReadOptions) -> tuple[str, str, str, str] | None:
    """Return text, id, date and url of a plain line, faster than `record_of`; None for a line that is not plain.

    A plain line is readable, has one field of text, and all its fields are members of the outermost object.
    """
    if read_options.field_format != TEXT or parsing_problem(raw):
        return None
    try:
        body = raw.decode("utf-8")
        value, end = _scan_once(body, 0)
        text = value[read_options.field[0]]
        id_ = plain_value(value[read_options.id]) if read_options.id else ""
        url = plain_value(value[read_options.url]) if read_options.url else ""
        date = plain_value(value[read_options.date]) if read_options.date else ""
        if not text.isascii() and _lone_surrogate(raw, text) is not None:
            return None
        if _may_repeat_key(raw, text, read_options) and type(json.loads(body, object_pairs_hook=object_of)) is not dict:
            return None
    except Exception:  # `record_of` reports it
        return None
    if type(value) is not dict or type(text) is not str or (end < len(body) - 1 and body[end:].strip(" \t\n\r")):
        return None
    return text, id_, date, url


def _may_repeat_key(raw: bytes, text: str, read_options: ReadOptions) -> bool:
    """Say whether a key that is read may stand twice in a line, given the text in it.

    Searched are the bytes before and behind the text: it is the value of the last key of its name, and has at least as
    many bytes as characters. A key that is spelt with escapes counts as one that may.
    """
    names = (read_options.field[0], read_options.id, read_options.url, read_options.date)
    keys = [b'"%b"' % name.encode() for name in names if name]
    start = raw.rfind(keys[0], 0, len(raw) - len(text))
    if start < 0 or _escapes(names).search(raw):
        return True
    return any(raw.count(key, 0, start + len(keys[0])) + raw.count(key, start + len(text)) != 1 for key in keys)


@lru_cache(maxsize=16)
def _escapes(names: Sequence[str]) -> regex.Pattern[bytes]:
    """Return what finds an escape that a key of one of these names may be spelt with."""
    if not (text := "".join(names)).isascii():
        return regex.compile(rb"\\")
    numbers = {f"{ord(character):02x}" for character in text} | {f"{ord(character):02X}" for character in text}
    slash = r"|\\/" if "/" in text else ""
    return regex.compile(rf"\\u00(?:{'|'.join(sorted(numbers))}){slash}".encode())


def cut_of(raw: bytes, read_options: ReadOptions, cuts: Sequence[Span]) -> bytes:
    """Return a plain line without these cuts of its text; every other byte stays."""
    body = raw.decode("utf-8")
    start, end = extent(body, [read_options.field[0]])
    literal = body[start:end]
    return (body[:start] + without(literal, escaped(literal, cuts)) + body[end:]).encode("utf-8")


def _lone_surrogate(raw: bytes, text: str) -> str | None:
    """Return the first lone surrogate of a text of this JSON, in which only an escape can make one."""
    if not text.isascii() and _SURROGATE.search(raw):
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            return text[error.start]
    return None
