"""Separated values (CSV, TSV): a header that names columns, then a row a record, texts in some of its cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import regex

from dedupe._failures import unexpected
from dedupe.errors import InputError
from dedupe.io.formats._decoding import UTF_8, advice
from dedupe.io.formats._values import read_value, rebuild_from_values
from dedupe.io.formats.record import ReadOptions, Record, findings, keys_named, named, oversize
from dedupe.io.formats.transcoding import transcoded
from dedupe.model import Document, Report, Span, without
from dedupe.text.bounds import CELL, over

BOM = b"\xef\xbb\xbf"

CHUNK = 1 << 20
"""Bytes read at once: large against a row, small against memory."""

CELLS = 1 << 18
"""Delimiters in a line up to which it is read whatever they part."""

_LINE = regex.compile(rb"[^\r\n]*+(?:\r\n?+|\n)")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its bytes, where its cells stand in them, quotation marks included; or what is wrong with it.

    Without cells it is no whole row, but a line of one that cannot be read.
    """

    raw: bytes
    cells: Sequence[tuple[int, int]] = ()
    problem: str = ""


class Dialect:
    """How rows are written with one delimiter: a cell that begins with a quotation mark ends with one, doubled inside.

    Elsewhere a quotation mark is a character like any other, as the standard library's `csv` reads it too. All that is
    repeated is possessive, so no input backtracks.
    """

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter.encode()
        mark = regex.escape(self.delimiter)
        cell = rb'(?P<cell>(?>"[^"]*+(?:""[^"]*+)*+"|[^"\r\n%b][^\r\n%b]*+|))' % (mark, mark)
        cells = rb"%b(?:%b%b)*+" % (cell, mark, cell)
        self.row = regex.compile(rb"%b(?:\r\n?+|\n|\Z)" % cells.replace(b"?P<cell>", b"?:"))
        """A row without its cells: where each of a million stands takes a hundred times their size."""
        self.cells = regex.compile(cells)


COMMA, TAB = Dialect(","), Dialect("\t")
DIALECTS = (COMMA, Dialect(";"), TAB, Dialect("|"))
"""What a .csv file may be written with: the first one by which the header has the columns that are wanted."""


class Rows:
    """The rows of a stream, one after the other; never more than a chunk and a row of it are in memory."""

    def __init__(self, stream: BinaryIO, read_options: ReadOptions) -> None:
        self.stream = stream
        self.read_options = read_options
        self.buffer = stream.read(CHUNK)
        self.ended = not self.buffer
        self.at = len(BOM) if self.buffer.startswith(BOM) else 0
        self.line = 1

    def more(self) -> bool:
        """Read on; say whether there was more. A row of many chunks is not scanned more often than it has doubled."""
        read = self.stream.read(max(CHUNK, len(self.buffer) - self.at))
        self.ended = not read
        self.buffer, self.at = self.buffer[self.at :] + read, 0
        return not self.ended

    def next(self, dialect: Dialect) -> TableRow | None:
        """Return the next row without taking it, or None at the end."""
        while True:
            end = self.buffer.find(b"\n", self.at)
            delimiters = self.buffer.count(dialect.delimiter, self.at, end if end >= 0 else len(self.buffer))
            if delimiters > CELLS and (why := over(self.buffer[self.at : end], CELL * delimiters)):
                return TableRow(self.a_line(), problem=why)
            match = dialect.row.match(self.buffer, self.at)
            if match is not None and (match.end() < len(self.buffer) or self.ended):
                if match.end() == self.at:
                    return None
                raw = match.group()
                if len(raw) > self.read_options.max_record:
                    return TableRow(raw, [(0, len(raw))], oversize(self.read_options))
                if why := over(raw, CELL * raw.count(dialect.delimiter)):
                    return TableRow(raw, [(0, len(raw))], why)
                cells = dialect.cells.match(raw)
                assert cells is not None
                return TableRow(raw, cells.spans("cell"))
            if match is None:
                cells = dialect.cells.match(self.buffer, self.at)
                assert cells is not None  # an empty cell is one
                number = len(cells.captures("cell"))
                if self.buffer[cells.end() : cells.end() + 1] != b'"':
                    return TableRow(
                        self.a_line(), problem=f"has text behind the quotation mark that ends cell {number}"
                    )
                if self.ended:
                    return TableRow(
                        self.a_line(), problem=f"has a quotation mark before cell {number}, and none behind it"
                    )
            if len(self.buffer) - self.at > self.read_options.max_record + CHUNK:
                return TableRow(self.a_line(), problem=oversize(self.read_options))
            self.more()

    def a_line(self) -> bytes:
        """Return the bytes up to the next line end: all that is given up of a row that cannot be read."""
        while (match := _LINE.match(self.buffer, self.at)) is None or match.end() == len(self.buffer):
            if len(self.buffer) - self.at > self.read_options.max_record + CHUNK or not self.more():
                break
        return self.buffer[self.at :] if match is None else match.group()

    def take(self, row: TableRow) -> None:
        """Go on behind a row."""
        self.at += len(row.raw)
        self.line += row.raw.count(b"\n") + row.raw.count(b"\r") - row.raw.count(b"\r\n")


@dataclass(frozen=True, slots=True)
class Table:
    """What the header says: the dialect, the number of columns, and which of them are wanted.

    `encoding`: what was asked for, to say what to do about a cell that is not UTF-8.
    """

    place: str
    dialect: Dialect
    width: int
    fields: Sequence[tuple[int, str]]
    id: int | None
    url: int | None
    date: int | None
    headed: bool
    names: Sequence[str] = ()
    encoding: str = UTF_8


def _read(
    stream: BinaryIO, place: str, read_options: ReadOptions, dialects: Sequence[Dialect] = DIALECTS
) -> Iterator[Record]:
    """Yield a record for each row; a row that cannot be read is a record with an error and its bytes as they are."""
    rows = Rows(stream, read_options)
    mark = rows.buffer[: rows.at]
    table = _table(rows, place, read_options, dialects)
    if table is None:
        yield Record(mark)
        return
    if mark:
        yield Record(mark)
    if table.headed:
        header = rows.next(table.dialect)
        assert header is not None
        rows.take(header)
        yield Record(header.raw, annotate=partial(_annotated_header, table, header))
    number = 0
    seen: set[str] = set()
    lost = False
    while (row := rows.next(table.dialect)) is not None:
        line = rows.line
        if row.problem and not row.raw.endswith((b"\n", b"\r")) and not rows.ended:
            raise InputError(f"{place}:{line}", row.problem)  # not even a line of it ends
        if lost and (row.problem or len(row.cells) != table.width):
            # Behind a stray quotation mark, lines are taken as they are until one is a row again.
            row = TableRow(rows.a_line())
            rows.take(row)
            yield Record(row.raw)
            continue
        rows.take(row)
        lost = bool(row.problem) and not row.cells
        if not row.problem and not row.raw.strip(b"\r\n"):
            yield Record(row.raw)
            continue
        number += 1
        try:
            yield _record(row, table, place, read_options, line, number, seen)
        except InputError as error:
            yield Record(row.raw, error=error)
        except Exception as error:
            yield Record(row.raw, error=unexpected(f"{place}:{line}", error, named(record=number)))


def _table(rows: Rows, place: str, read_options: ReadOptions, dialects: Sequence[Dialect]) -> Table | None:
    """Return what the header says in the first dialect in which it has the columns; None for an empty file."""
    headers = []
    for dialect in dialects:
        header = rows.next(dialect)
        if header is None:
            return None
        try:
            names = [_cell(header.raw[start:end]) for start, end in header.cells]
        except UnicodeDecodeError as error:
            value, way = error.object[error.start], advice(read_options.encoding)
            raise InputError(f"{place}:1", f"is not UTF-8: byte 0x{value:02x}; {way}") from None
        headers.append((header, names))
        found = {
            name: _column(name, names)
            for name in (*read_options.field, read_options.id, read_options.url, read_options.date)
            if name
        }
        if header.problem or None in found.values():
            continue
        return Table(
            place,
            dialect,
            len(names),
            tuple({found[name] or 0: name for name in read_options.field}.items()),
            found.get(read_options.id),
            found.get(read_options.url),
            found.get(read_options.date),
            any(name in names for name in found),
            names,
            read_options.encoding,
        )
    header, names = headers[0]
    if header.problem:
        raise InputError(f"{place}:1", header.problem)
    wanted = [name for name in (*read_options.field, read_options.id, read_options.url, read_options.date) if name]
    missing = next((name for name in wanted if _column(name, names) is None), wanted[0])
    option = next((one for one in ("id", "url", "date") if getattr(read_options, one) == missing), "field")
    problem = f"has no column {missing!r}; name with --{option} one of {keys_named(names)}, or give its number"
    raise InputError(f"{place}:1", problem)


def _column(name: str, names: Sequence[str]) -> int | None:
    """Return the place of the column of this name, or of this number, counted from 1."""
    if name in names:
        return names.index(name)
    return int(name) - 1 if name.isascii() and name.isdigit() and 1 <= int(name[:9]) <= len(names) else None


def _record(
    row: TableRow, table: Table, place: str, read_options: ReadOptions, line: int, number: int, seen: set[str]
) -> Record:
    where = f"{place}:{line}"
    known = named(number)
    if row.problem:
        raise InputError(where, row.problem, known)
    cells = len(row.cells)
    if cells != table.width:
        raise InputError(where, f"has {cells} cell{'s' * (cells != 1)}, where the first row has {table.width}", known)

    def cell(column: int) -> str:
        start, end = row.cells[column]
        try:
            return _cell(row.raw[start:end])
        except UnicodeDecodeError as error:
            value = error.object[error.start]
            way = advice(table.encoding)
            raise InputError(where, f"is not UTF-8: byte 0x{value:02x} in cell {column + 1}; {way}", known) from None

    name = "" if table.id is None else cell(table.id)
    repeated = None
    if name:
        if name in seen:
            repeated = InputError(where, f"has the id {name!r} of an earlier row; ids must be unique", known)
        seen.add(name)
        known = named(number, name)
    url = "" if table.url is None else cell(table.url)
    date = "" if table.date is None else cell(table.date)
    documents, places, values = [], [], []
    for column, field in table.fields:
        identity = name or where
        identity = identity if len(table.fields) == 1 else f"{identity}#{field}"
        values.append(cell(column))
        documents.append(read_value(Document(values[-1], identity, date, url), read_options.field_format, where))
        places.append({"document": place, "record": number, "field": field, "id": name, "line": line})
    extents = [row.cells[column] for column, _ in table.fields]
    rebuild = rebuild_from_values(partial(_rebuilt, row.raw, extents), values, read_options.field_format, where)
    annotate = partial(_annotated, table, row)
    return Record(row.raw, documents, rebuild, places, repeated, annotate=annotate).as_one(read_options, where)


def _cell(raw: bytes) -> str:
    """Return the text of a cell."""
    return (raw[1:-1].replace(b'""', b'"') if raw[:1] == b'"' else raw).decode("utf-8")


def _rebuilt(raw: bytes, extents: Sequence[tuple[int, int]], reports: Sequence[Report]) -> bytes:
    """Return the row without what goes from its cells; the quotation marks of what stays are as they were."""
    changes = {extent: report for extent, report in zip(extents, reports, strict=True) if report.changed}
    for (start, end), report in sorted(changes.items(), reverse=True):
        literal = raw[start:end].decode("utf-8")
        cuts = _doubled(report.document.text, report.cuts) if literal.startswith('"') else report.cuts
        left = without(literal, cuts).encode("utf-8")
        if not left and not raw.strip(b"\r\n")[end - start :]:
            left = b'""'  # an empty line would be no row
        raw = raw[:start] + left + raw[end:]
    return raw


def _doubled(text: str, cuts: Sequence[Span]) -> list[Span]:
    """Return where stretches of a text stand in the quoted cell that spells it, each quotation mark twice."""
    found = []
    shift, before = 1, 0  # the quotation mark in front
    for cut in cuts:
        start = cut.start + (shift := shift + text.count('"', before, cut.start))
        end = cut.end + (shift := shift + text.count('"', cut.start, cut.end))
        found.append(Span(start, end))
        before = cut.end
    return found


def _annotated(table: Table, row: TableRow, reports: Sequence[Report], column: str) -> bytes:
    """Return the row with the findings, as JSON text, in a last cell."""
    return _with_cell(table, row, json.dumps(findings(reports)))


def _annotated_header(table: Table, header: TableRow, reports: Sequence[Report], column: str) -> bytes:
    if column in table.names:
        raise InputError(f"{table.place}:1", f"has a column {column!r} already; name another one with --annotate")
    plain = column and not any(mark in column for mark in ('"', "\r", "\n", table.dialect.delimiter.decode()))
    return _with_cell(table, header, column, quoted=not plain)


def _with_cell(table: Table, row: TableRow, text: str, *, quoted: bool = True) -> bytes:
    end = row.cells[-1][1]
    cell = '"{}"'.format(text.replace('"', '""')) if quoted else text
    return row.raw[:end] + table.dialect.delimiter + cell.encode("utf-8") + row.raw[end:]


read_csv = transcoded(_read)
read_tsv = transcoded(partial(_read, dialects=(TAB,)))
