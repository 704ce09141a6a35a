"""Parquet: read and rewritten a row group at a time, with texts in some of the columns."""

from __future__ import annotations

import io
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, BinaryIO

from dedupe._places import as_text
from dedupe.errors import InputError
from dedupe.io.formats._values import TEXT, read_value, rebuild_from_values, report_on_value
from dedupe.io.formats._zips import path_of
from dedupe.io.formats.parquet_file import batches, columns_of, is_text_list, opened, values_of
from dedupe.io.formats.record import (
    Chunk,
    JudgedChunk,
    ReadOptions,
    Record,
    as_input_error,
    findings,
    named,
    oversize,
    plain_value,
)
from dedupe.io.formats.strings import remaining as remaining_strings
from dedupe.io.formats.strings import text_of
from dedupe.model import Document, Report

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_ROWS = 256
"""Rows decoded at once: some hundred articles fill a batch of the kernels."""

COPY_BYTES = 1 << 20
"""Bytes copied at once from a file in which nothing changes."""


@dataclass(frozen=True, slots=True)
class ParquetRow(Record):
    """A row of a Parquet file, identified by its row group and number there, as its bytes are not contiguous."""

    path: str = ""
    group: int = 0
    row: int = 0
    format: str = TEXT


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a record for each row; only the columns that are read are decoded."""
    path = path_of(stream, place)
    if not _is_parquet(path):
        raise InputError(
            place, "is not a Parquet file that can be read from its end; name the file itself, whole and not compressed"
        )
    number = 0
    ids: set[str] = set()
    with opened(path, place) as file:
        columns = columns_of(file.schema_arrow, place, read_options)
        if not file.metadata.num_rows:
            yield ParquetRow(b"PAR1", path=path)
        last, row = 0, 0
        for group, batch in batches(file, place, BATCH_ROWS, columns):
            row = row if group == last else 0
            last = group
            for values in values_of(batch, place, group, columns):
                number += 1
                row_of = partial(ParquetRow, path=path, group=group, row=row)
                try:
                    record = _record(values, row_of, place, number, read_options, ids)
                except Exception as error:
                    record = row_of(b"", error=as_input_error(error, f"{place}:row {number}"))
                yield record
                row += 1


def _is_parquet(path: str) -> bool:
    """Say whether the file itself, not its decompressed content, begins as Parquet does."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"PAR1"


def _record(
    values: dict[str, Any],
    row_of: Callable[..., ParquetRow],
    place: str,
    number: int,
    read_options: ReadOptions,
    ids: set[str],
) -> Record:
    where = f"{place}:row {number}"

    def value_of(column: str) -> str:
        return plain_value(values[column]) if column else ""

    error = None
    name = value_of(read_options.id)
    if name:
        if name in ids:
            error = InputError(where, f"has the {read_options.id} {name!r} of an earlier row; ids must be unique")
        ids.add(name)
    documents, places, texts = [], [], []
    size = 0
    for column in dict.fromkeys(read_options.field):
        if (value := text_of(values[column])) is None:
            continue
        text = plain_value(value)
        size += len(text)
        texts.append(text)
        identity = name or where
        identity = identity if len(read_options.field) == 1 else f"{identity}#{column}"
        document = Document(text, identity, value_of(read_options.date), value_of(read_options.url))
        documents.append(read_value(document, read_options.field_format, where))
        places.append({"document": place, "record": number, "field": column, "id": name})
    absent = not documents
    if size > read_options.max_record:
        documents, places, error = [], [], InputError(where, oversize(read_options), named(id=name))
    raw = bytes(size)  # as many bytes as the texts have characters, for the progress bar
    form = read_options.field_format
    # It shows whether the texts can be cut; the row group is rebuilt as a whole.
    rebuild = None if form == TEXT else rebuild_from_values(lambda _: b"", texts, form, where)
    record = row_of(raw, documents, rebuild, places, error, absent=absent, missing=frozenset(), format=form)
    return record.as_one(read_options, where)


def write(judged: Iterable[JudgedChunk], column: str) -> Iterator[bytes]:
    """Yield the bytes of the new file: those of the source if nothing changes, else a row group at a time."""
    path = ""
    rest = iter(judged)
    for record, reports in rest:
        assert isinstance(record, ParquetRow)
        path = record.path
        if column or any(report.changed for report in reports):
            yield from _rewritten(chain([(record, reports)], rest), path, column)
            return
    if path:
        with open(path, "rb") as file:
            while piece := file.read(COPY_BYTES):
                yield piece


def _rewritten(judged: Iterable[JudgedChunk], path: str, column: str) -> Iterator[bytes]:
    """Yield the bytes of a new file with the schema, metadata, compression and row groups of the old one."""
    import pyarrow.parquet as pq  # loaded already, by reading

    with opened(path, path) as file:
        schema = file.schema_arrow
        if column:
            if column in schema.names:
                raise InputError(path, f"has a column {column!r} already; name another one with --annotate")
            schema = schema.append(_findings_field(column))
        sink = _Buffer()
        with pq.ParquetWriter(sink, schema, **_writer_settings(file)) as writer:
            done = 0
            for group, rows in groupby(judged, key=lambda one: one[0].group):  # type: ignore[union-attr]  # a Row
                changes: dict[int, JudgedChunk] = {}
                for record, reports in rows:
                    assert isinstance(record, ParquetRow)
                    if column or any(report.changed for report in reports):
                        changes[record.row] = record, reports
                for number in range(done, min(group + 1, file.num_row_groups)):
                    table = _changed_group(file.read_row_group(number), changes if number == group else {}, column)
                    writer.write_table(table, row_group_size=max(1, table.num_rows))
                    yield sink.take()
                done = group + 1
        yield sink.take()


class _Buffer(io.RawIOBase):
    """Collects what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, piece: Any) -> int:
        self.pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        whole = b"".join(self.pieces)
        self.pieces = []
        return whole


def _writer_settings(file: pq.ParquetFile) -> dict[str, Any]:
    """Return the settings of `ParquetWriter` that the file was written with, as far as it shows them."""
    metadata = file.metadata
    settings: dict[str, Any] = {
        "version": metadata.format_version,
        "store_schema": b"ARROW:schema" in (metadata.metadata or {}),
    }
    if metadata.num_row_groups:
        group = metadata.row_group(0)
        chunks = [group.column(position) for position in range(group.num_columns)]
        compression = {one.path_in_schema: one.compression.replace("UNCOMPRESSED", "NONE") for one in chunks}
        settings |= {
            "compression": compression,
            "use_dictionary": [one.path_in_schema for one in chunks if one.has_dictionary_page],
            "write_statistics": [one.path_in_schema for one in chunks if one.is_stats_set],
            "write_page_index": any(one.has_column_index for one in chunks),
            "use_deprecated_int96_timestamps": any(one.physical_type == "INT96" for one in chunks),
            "sorting_columns": group.sorting_columns or None,
        }
    return settings


def _changed_group(table: pa.Table, changes: Mapping[int, JudgedChunk], column: str) -> pa.Table:
    """Return a row group with cleaned texts, or with the old texts and a column of findings."""
    import pyarrow as pa  # loaded already

    if column:
        rows = [findings(changes[row][1]) if row in changes else [] for row in range(table.num_rows)]
        for found in chain.from_iterable(rows):
            found["reason"] = as_text(found["reason"])
            found["original"]["document"] = as_text(found["original"]["document"])
        one = _findings_field(column)
        return table.append_column(one, pa.array(rows, one.type))
    by_column: defaultdict[str, dict[int, Report]] = defaultdict(dict)
    for row, (_, reports) in changes.items():
        for report in reports:
            if report.changed:
                by_column[report.place["field"]][row] = report
    for name, reported in by_column.items():
        position = table.schema.get_field_index(name)
        values = table.column(position)
        remaining = {
            row: _remaining_value(values[row].as_py(), report, changes[row][0]) for row, report in reported.items()
        }
        values = _with_lists(values, remaining) if is_text_list(values.type) else _with_texts(values, remaining)
        table = table.set_column(position, table.schema.field(position), values)
    return table


def _remaining_value(value: Any, report: Report, record: Chunk) -> Any:
    """Return what remains of a text or a list of texts."""
    assert isinstance(record, ParquetRow)
    report = report_on_value(report, text_of(value), record.format, record.path)
    return remaining_strings(value, report.cuts) if isinstance(value, list) else report.text


def _with_lists(values: pa.ChunkedArray, lists: Mapping[int, Sequence[str | None]]) -> pa.ChunkedArray:
    """Return a column of lists of texts with new lists in some rows; its type stays."""
    import pyarrow as pa  # loaded already

    rows = values.to_pylist()
    for row, strings in lists.items():
        rows[row] = strings
    return pa.chunked_array([pa.array(rows, values.type)])


def _with_texts(values: pa.ChunkedArray, texts: Mapping[int, str]) -> pa.ChunkedArray:
    """Return a column of texts with new texts in some rows; its type stays."""
    import numpy as np  # loaded already, with the kernels
    import pyarrow as pa  # likewise
    import pyarrow.compute as pc

    column_type = values.type
    plain = pa.concat_arrays(values.cast(pa.large_string()).chunks)
    changed = np.zeros(len(plain), np.bool_)
    changed[list(texts)] = True
    new = pc.replace_with_mask(plain, changed, pa.array([texts[row] for row in sorted(texts)], pa.large_string()))
    if pa.types.is_dictionary(column_type):
        new = new.cast(column_type.value_type).dictionary_encode()
    return pa.chunked_array([new.cast(column_type)])


def _findings_field(column: str) -> pa.Field:
    """Return the type of the column of findings: a list of structs, as in the json-lines output."""
    import pyarrow as pa  # loaded already

    text, numbers = pa.string(), pa.list_(pa.int64())
    original = pa.struct([("document", text), ("field", text), ("lines", numbers), ("span", numbers)])
    members = [("field", text), ("action", text), ("kind", text), ("rule", text), ("lines", numbers), ("span", numbers)]
    members += [("original", original), ("jaccard", pa.float64()), ("containment", pa.float64())]
    members += [
        ("changed_words", pa.list_(text)),
        ("block", pa.int64()),
        ("confidence", pa.float64()),
        ("reason", text),
    ]
    return pa.field(column, pa.list_(pa.struct(members)))
