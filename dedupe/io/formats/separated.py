"""Separated values (CSV, TSV): a header that names columns, then one row a record, with texts in some cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.io.formats._decoding import UTF_8, encoding_advice
from dedupe.io.formats._rows import DIALECTS, TAB, Dialect, Rows, TableRow
from dedupe.io.formats._values import read_value, rebuild_from_values
from dedupe.io.formats.record import ReadOptions, Record, as_input_error, findings, keys_named, named
from dedupe.io.formats.transcoding import transcoded
from dedupe.model import Document, Report, Span, without


@dataclass(frozen=True, slots=True)
class Table:
    """The header: the dialect, the number of columns, and the indices of the requested ones.

    `encoding`: the requested one, for the advice about a cell that is not UTF-8.
    """

    place: str
    dialect: Dialect
    width: int
    fields: Sequence[tuple[int, str]]
    id: int | None
    url: int | None
    date: int | None
    has_header: bool
    names: Sequence[str] = ()
    encoding: str = UTF_8


def _read(
    stream: BinaryIO, place: str, read_options: ReadOptions, dialects: Sequence[Dialect] = DIALECTS
) -> Iterator[Record]:
    """Yield a record for each row; a row that cannot be read is a record with an error and unchanged bytes."""
    reader = Rows(stream, read_options)
    bom = reader.buffer[: reader.position]
    table = _parse_header(reader, place, read_options, dialects)
    if table is None:
        yield Record(bom)
        return
    if bom:
        yield Record(bom)
    if table.has_header:
        header = reader.next(table.dialect)
        assert header is not None
        reader.advance(header)
        yield Record(header.raw, annotate=partial(_annotated_header, table, header))
    number = 0
    seen_ids: set[str] = set()
    is_recovering = False
    while (row := reader.next(table.dialect)) is not None:
        line = reader.line
        if row.problem and not row.raw.endswith((b"\n", b"\r")) and not reader.is_at_end:
            raise InputError(f"{place}:{line}", row.problem)  # its line does not end
        if is_recovering and (row.problem or len(row.cells) != table.width):
            # After a stray quotation mark, lines are passed on unchanged until one is a row again.
            row = TableRow(reader.next_line_bytes())
            reader.advance(row)
            yield Record(row.raw)
            continue
        reader.advance(row)
        is_recovering = bool(row.problem) and not row.cells
        if not row.problem and not row.raw.strip(b"\r\n"):
            yield Record(row.raw)
            continue
        number += 1
        try:
            yield _record(row, table, place, read_options, line, number, seen_ids)
        except Exception as error:
            yield Record(row.raw, error=as_input_error(error, f"{place}:{line}", named(record=number)))


def _parse_header(reader: Rows, place: str, read_options: ReadOptions, dialects: Sequence[Dialect]) -> Table | None:
    """Return the header in the first dialect in which it has the requested columns; None for an empty file."""
    headers = []
    for dialect in dialects:
        header = reader.next(dialect)
        if header is None:
            return None
        try:
            columns = [_cell_text(header.raw[start:end]) for start, end in header.cells]
        except UnicodeDecodeError as error:
            value, advice = error.object[error.start], encoding_advice(read_options.encoding)
            raise InputError(f"{place}:1", f"is not UTF-8: byte 0x{value:02x}; {advice}") from None
        headers.append((header, columns))
        indices = {name: _column_index(name, columns) for name in read_options.columns}
        if header.problem or None in indices.values():
            continue
        if twice := next((name for name in indices if columns.count(name) > 1), ""):
            raise InputError(f"{place}:1", f"has {columns.count(twice)} columns {twice!r}; rename all but one")
        return Table(
            place,
            dialect,
            len(columns),
            tuple({indices[name] or 0: name for name in read_options.field}.items()),
            indices.get(read_options.id),
            indices.get(read_options.url),
            indices.get(read_options.date),
            any(name in columns for name in indices),
            columns,
            read_options.encoding,
        )
    header, columns = headers[0]
    if header.problem:
        raise InputError(f"{place}:1", header.problem)
    names = read_options.columns
    missing = next((name for name in names if _column_index(name, columns) is None), names[0])
    option = next((one for one in ("id", "url", "date") if getattr(read_options, one) == missing), "field")
    problem = f"has no column {missing!r}; name with --{option} one of {keys_named(columns)}, or give its number"
    raise InputError(f"{place}:1", problem)


def _column_index(name: str, columns: Sequence[str]) -> int | None:
    """Return the index of the column of this name, or of this number, counted from 1."""
    if name in columns:
        return columns.index(name)
    return int(name) - 1 if name.isascii() and name.isdigit() and 1 <= int(name[:9]) <= len(columns) else None


def _record(
    row: TableRow, table: Table, place: str, read_options: ReadOptions, line: int, number: int, seen_ids: set[str]
) -> Record:
    where = f"{place}:{line}"
    label = named(number)
    if row.problem:
        raise InputError(where, row.problem, label)
    cells = len(row.cells)
    if cells != table.width:
        raise InputError(
            where, f"has {cells} cell{'s' * (cells != 1)}, where the first row has {table.width}; correct it", label
        )

    def cell(column: int) -> str:
        start, end = row.cells[column]
        try:
            return _cell_text(row.raw[start:end])
        except UnicodeDecodeError as decode_error:
            value = decode_error.object[decode_error.start]
            advice = encoding_advice(table.encoding)
            raise InputError(where, f"is not UTF-8: byte 0x{value:02x} in cell {column + 1}; {advice}", label) from None

    id_ = "" if table.id is None else cell(table.id)
    error = None
    if id_:
        if id_ in seen_ids:
            error = InputError(where, f"has the id {id_!r} of an earlier row; ids must be unique", label)
        seen_ids.add(id_)
        label = named(number, id_)
    url = "" if table.url is None else cell(table.url)
    date = "" if table.date is None else cell(table.date)
    documents, places, values = [], [], []
    for column, field in table.fields:
        document_id = id_ or where
        document_id = document_id if len(table.fields) == 1 else f"{document_id}#{field}"
        values.append(cell(column))
        documents.append(read_value(Document(values[-1], document_id, date, url), read_options.field_format, where))
        places.append({"document": place, "record": number, "field": field, "id": id_, "line": line})
    extents = [row.cells[column] for column, _ in table.fields]
    rebuild = rebuild_from_values(partial(_rebuilt, row.raw, extents), values, read_options.field_format, where)
    annotate = partial(_annotated, table, row)
    record = Record(row.raw, documents, rebuild, places, error, annotate=annotate, missing=frozenset())
    return record.as_one(read_options, where)


def _cell_text(raw: bytes) -> str:
    """Return the text of a cell."""
    return (raw[1:-1].replace(b'""', b'"') if raw[:1] == b'"' else raw).decode("utf-8")


def _rebuilt(raw: bytes, extents: Sequence[tuple[int, int]], reports: Sequence[Report]) -> bytes:
    """Return the row without the cuts in its cells; the quoting of what remains is unchanged."""
    changed = {extent: report for extent, report in zip(extents, reports, strict=True) if report.changed}
    for (start, end), report in sorted(changed.items(), reverse=True):
        literal = raw[start:end].decode("utf-8")
        cuts = _escaped_cuts(report.document.text, report.cuts) if literal.startswith('"') else report.cuts
        remaining = without(literal, cuts).encode("utf-8")
        if not remaining and not raw.strip(b"\r\n")[end - start :]:
            remaining = b'""'  # an empty line would be no row
        raw = raw[:start] + remaining + raw[end:]
    return raw


def _escaped_cuts(text: str, cuts: Sequence[Span]) -> list[Span]:
    """Return the spans of cuts in the quoted cell, in which each quotation mark of the text is doubled."""
    escaped = []
    shift, done = 1, 0  # the quotation mark in front
    for cut in cuts:
        start = cut.start + (shift := shift + text.count('"', done, cut.start))
        end = cut.end + (shift := shift + text.count('"', cut.start, cut.end))
        escaped.append(Span(start, end))
        done = cut.end
    return escaped


def _annotated(table: Table, row: TableRow, reports: Sequence[Report], column: str) -> bytes:
    """Return the row with the findings, as JSON, in a last cell."""
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
