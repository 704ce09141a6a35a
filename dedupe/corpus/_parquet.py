"""Read and rewrite Parquet files of a corpus, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dedupe._failures import unexpected
from dedupe.corpus._new_files import Folders
from dedupe.corpus._parts import DecideRecords, InputPart, Item, WantedRecords, filesystem, is_remote
from dedupe.errors import InputError
from dedupe.io.formats import ReadOptions
from dedupe.io.formats.parquet_file import batches, columns_of, opened, readable, values_of
from dedupe.io.formats.record import plain_value
from dedupe.io.formats.strings import remaining, text_of
from dedupe.model import Document, without

if TYPE_CHECKING:
    import pyarrow.parquet as pq

BATCH_ROWS = 1024
"""Rows of a Parquet file that are decoded at a time."""


def _open_file(part: InputPart) -> AbstractContextManager[pq.ParquetFile]:
    name = part.names[0]
    return opened(name, part.place, (lambda: filesystem(name).open(name, "rb")) if is_remote(name) else None)


class RowGroup(NamedTuple):
    """The rows of a row group, and the bytes of their values before compression."""

    rows: int
    size: int


def row_groups(part: InputPart) -> list[RowGroup]:
    """Return the row groups of a file, from its end."""
    with _open_file(part) as file, readable(part.place):
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        return [RowGroup(group.num_rows, group.total_byte_size) for group in groups]


def _groups_of(part: InputPart) -> range | None:
    """Return the numbers of the row groups of a part; None for all."""
    return range(part.start, part.stop) if part.stop else None


def items(part: InputPart, read_options: ReadOptions) -> Iterator[Item | InputError | None]:
    """Yield the rows of a part as records, None for one without text; only the columns needed are decoded."""
    number = 0
    with _open_file(part) as file:
        columns = columns_of(file.schema_arrow, part.place, read_options)
        for group, batch in batches(file, part.place, BATCH_ROWS, columns, _groups_of(part)):
            for values in values_of(batch, part.place, group, columns):
                try:
                    item: Item | InputError | None = _item(values, number, read_options)
                except Exception as error:
                    item = unexpected(f"{part.place}:row {part.line + number}", error)
                yield item
                number += 1


def _item(values: dict[str, Any], number: int, read_options: ReadOptions) -> Item | None:
    text = text_of(values[read_options.field[0]])
    if text is None:
        return None
    id_, date, url = (plain_value(values.get(name)) for name in (read_options.id, read_options.date, read_options.url))
    return Item(number, text, id_, date, url)


def write(
    part: InputPart, read_options: ReadOptions, folders: Folders, wanted: WantedRecords, decide: DecideRecords
) -> None:
    """Write the rows of a part, the wanted ones as `decide` decides."""
    import pyarrow as pa  # loaded already
    import pyarrow.parquet as pq

    name = f"part-{part.number:05d}.parquet"
    column = read_options.field[0]
    number = 0
    dropped = []
    with (
        _open_file(part) as file,
        pq.ParquetWriter(folders.open_documents(name), file.schema_arrow) as writer,
    ):
        columns = columns_of(file.schema_arrow, part.place, read_options)
        for group, batch in batches(file, part.place, BATCH_ROWS, groups=_groups_of(part)):
            table = pa.Table.from_batches([batch])
            column_index = table.schema.get_field_index(column)
            stays = np.ones(batch.num_rows, bool)
            rows = [row for row in range(batch.num_rows) if number + row in wanted]
            values = values_of(batch, part.place, group, columns) if rows else []
            texts = [one[column] for one in values]
            documents: list[tuple[int, Document]] = []
            for row in rows:
                item = _item(values[row], number + row, read_options)
                assert item is not None
                documents.append((item.number, item.document))
            for row, (_, document), (cuts, is_dropped) in zip(rows, documents, decide(documents), strict=True):
                stays[row] = not is_dropped
                if isinstance(texts[row], list):
                    texts[row] = texts[row] if is_dropped else remaining(texts[row], cuts)
                else:
                    texts[row] = document.text if is_dropped else without(document.text, cuts)
            number += batch.num_rows
            if rows:
                table = table.set_column(
                    column_index,
                    table.schema.field(column_index),
                    pa.array(texts, table.schema.field(column_index).type),
                )
            writer.write_table(table.filter(pa.array(stays)))
            if not stays.all():
                dropped.append(table.filter(pa.array(~stays)))
    if dropped:
        pq.write_table(pa.concat_tables(dropped), folders.open_dropped(name))
