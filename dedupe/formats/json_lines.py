"""JSON lines: one object a line, texts in some of its fields."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from functools import partial
from json.decoder import JSONDecodeError, JSONDecoder, scanstring  # type: ignore[attr-defined]  # public in CPython
from typing import Any, BinaryIO, cast

import regex

from dedupe.bounds import unparsed
from dedupe.errors import InputError
from dedupe.failures import unexpected
from dedupe.formats.decoding import advice
from dedupe.formats.record import Reading, Record, Stretch, Unread, findings, keys_named, named, oversize, plain_value
from dedupe.formats.transcoding import transcoded
from dedupe.model import Document, Report, Span, without

_SPACE = regex.compile(r"[ \t\n\r]*+")
_SURROGATE = regex.compile(rb"\\u[dD][89a-fA-F]")
_PAIR = regex.compile(r"\\u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F]")
_DECODER = JSONDecoder()
_scanned = _DECODER.scan_once  # type: ignore[attr-defined]  # what `raw_decode` calls

STRETCH = 1 << 18
"""Bytes read at once; the lines in them go on together."""


def _read(stream: BinaryIO, place: str, reading: Reading) -> Iterator[Stretch]:
    """Yield lines, to be read by whom it may concern; raise `InputError` at one that is too long."""
    lines = Lines(place, reading)
    number = 1
    for raw in _stretches(stream, reading.max_record):
        if len(raw) <= reading.max_record:
            yield Unread(raw, number, lines)
            number += len(lines.split(raw))  # 9 us for 35 of them, where `bytes.count` takes 216
            continue
        for line in lines.split(raw):
            if len(line) > reading.max_record:
                raise InputError(f"{place}:{number}", oversize(reading))
            yield Unread(line, number, lines)
            number += 1


def _stretches(stream: BinaryIO, most: int) -> Iterator[bytes]:
    """Yield what there is in whole lines, as it comes; of a line longer than `most` only so much that this shows."""
    rest = bytearray()
    while piece := cast(io.BufferedReader, stream).read1(STRETCH):
        end = piece.rfind(b"\n") + 1
        view = memoryview(piece)
        if end:
            yield b"".join((rest, view[:end]))
            rest.clear()
        rest += view[end:]
        if len(rest) > most:
            break
    if rest:
        yield bytes(rest)


class Lines:
    """What reads the lines of one file; the ids of those that went by stay with the process that reads the file."""

    def __init__(self, place: str, reading: Reading) -> None:
        self.place = place
        self.reading = reading
        self._seen: set[str] = set()

    def __reduce__(self) -> tuple[type[Lines], tuple[str, Reading]]:
        return Lines, (self.place, self.reading)

    def split(self, raw: bytes) -> list[bytes]:
        """Return the lines of a stretch."""
        return io.BytesIO(raw).readlines()

    def read(self, raw: bytes, number: int) -> tuple[Sequence[Document], str | None]:
        """Return the documents of a line, and its id if it is to have one; raise `InputError` if it cannot be read."""
        if raw.isspace():
            return (), None
        reading = self.reading
        where = f"{self.place}:{number}"
        if len(reading.field) == 1 and (known := plain(raw, reading)) is not None:
            text, name, date, url = known
            return (Document(text, name or where, date, url),), name if reading.id else None
        record = record_of(raw, self.place, number, reading)
        return record.documents, record.places[0]["id"] if reading.id and record.places else None

    def record(self, raw: bytes, number: int) -> Record:
        """Return the record of a line; one that cannot be read is a record with an error and its bytes as they are."""
        if raw.isspace():
            return Record(raw)
        try:
            return record_of(raw, self.place, number, self.reading)
        except InputError as error:
            return Record(raw, error=error)

    def passed(self, number: int, name: str) -> InputError | None:
        """Return what is wrong with the id of a line that goes by: an earlier one had it."""
        reading = self.reading
        if not reading.id or not name:
            return None
        if name in self._seen:
            problem = f"has the {reading.id} {name!r} of an earlier record; ids must be unique"
            return InputError(f"{self.place}:{number}", problem)
        self._seen.add(name)
        return None


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
        value, way = raw[error.start], advice(reading.encoding)
        raise InputError(where, f"is not UTF-8: byte 0x{value:02x} at offset {error.start}; {way}") from None
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
        raise InputError(where, f"is {_kind(value)}, where an object is needed")
    documents, ways = [], []
    name = _found(value, reading.id, where, "--id")
    known = named(id=name)
    url = _found(value, reading.url, where, "--url", known)
    date = _found(value, reading.date, where, "--date", known)
    places = []
    for path in reading.field:
        steps = _way(value, path, where, "--field", known)
        text = _led(value, steps)
        if text is None:
            continue
        if not isinstance(text, str):
            problem = f"has {_kind(text)} in the field {path!r}, where a string is needed"
            raise InputError(where, f"{problem}; name another with --field, of {keys_named(list(value))}", known)
        if (alone := _lone_surrogate(raw, text)) is not None:
            raise InputError(where, f"has a lone surrogate \\u{ord(alone):04x} in the field {path!r}", known)
        identity = name or where
        documents.append(Document(text, identity if len(reading.field) == 1 else f"{identity}#{path}", date, url))
        ways.append(steps)
        places.append({"document": place, "record": number, "field": path, "id": name})
    mark = line[: len(line) - len(body)]
    rebuild, annotate = partial(_rebuilt, mark, body, ways), partial(_annotated, mark, body, where)
    return Record(raw, documents, rebuild, places, annotate=annotate, absent=not documents)


def plain(raw: bytes, reading: Reading) -> tuple[str, str, str, str] | None:
    """Return text, id, date and url of a plain line as `record_of` does; None for a line which that must look at.

    Plain is a record that can be read, with one field of text and all fields in its outermost object.
    """
    if unparsed(raw):
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
    start, end = _extent(body, [reading.field[0]])
    literal = body[start:end]
    return (body[:start] + without(literal, _escaped(literal, cuts)) + body[end:]).encode("utf-8")


def _lone_surrogate(raw: bytes, text: str) -> str | None:
    """Return the first lone surrogate of a text that stands in this JSON, where only an escape can be one."""
    if not text.isascii() and _SURROGATE.search(raw):
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            return text[error.start]
    return None


def _kind(value: Any) -> str:
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


def _way(value: Any, path: str, where: str, option: str, known: str) -> list[str | int]:
    steps = _steps(value, path)
    if steps is None:
        there = f"the fields are {keys_named(list(value))}" if value else "it has no fields at all"
        raise InputError(where, f"has no field {path!r}; name another with {option}: {there}", known)
    return steps


def _led(value: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        value = value[step]
    return value


def _found(value: Any, path: str, where: str, option: str, known: str = "") -> str:
    """Return the id, address or date at a path; without a path none is wanted."""
    return plain_value(_led(value, _way(value, path, where, option, known))) if path else ""


def _rebuilt(mark: str, body: str, ways: Sequence[Sequence[str | int]], reports: Sequence[Report]) -> bytes:
    """Return the line without what goes from its texts, and not a byte changed beside, not even how it is escaped.

    `ways`: the steps that lead to the text of each report.
    """
    changes: dict[tuple[int, int], tuple[Span, ...]] = {}
    for report, steps in zip(reports, ways, strict=True):
        if report.changed:
            changes[_extent(body, steps)] = report.cuts
    for (start, end), cuts in sorted(changes.items(), reverse=True):
        body = body[:start] + without(body[start:end], _escaped(body[start:end], cuts)) + body[end:]
    return (mark + body).encode("utf-8")


def _annotated(mark: str, body: str, where: str, reports: Sequence[Report], column: str) -> bytes:
    """Return the line with the findings as the last member of its object."""
    if column in json.loads(body):
        raise InputError(where, f"has a field {column!r} already; name another one with --annotate")
    stop = len(body[: body.rindex("}")].rstrip(" \t\n\r"))
    member = f"{', ' if body[stop - 1] != '{' else ''}{json.dumps(column)}: {json.dumps(findings(reports))}"
    return (mark + body[:stop] + member + body[stop:]).encode("utf-8")


def _escaped(literal: str, cuts: Sequence[Span]) -> list[Span]:
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


def _extent(body: str, steps: Sequence[str | int]) -> tuple[int, int]:
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


read = transcoded(_read)
