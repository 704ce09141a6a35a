"""Parquet files of a corpus: read and written again a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from dedupe._failures import unexpected
from dedupe._places import as_text
from dedupe.corpus._new_files import Folders
from dedupe.corpus._parts import DecideRecords, Item, Part, Wanted, filesystem, is_remote
from dedupe.errors import InputError, MissingExtraError
from dedupe.io.formats import ReadOptions
from dedupe.io.formats.record import keys_named, named, plain_value
from dedupe.io.formats.strings import remaining, text_of
from dedupe.model import Document, without

ROWS = 1024
"""Rows of a Parquet file that are decoded at once."""


@contextmanager
def _parquet(part: Part) -> Iterator[Any]:
    try:
        import pyarrow as pa  # 250 ms that only Parquet pays for
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    name = part.names[0]
    with ExitStack() as stack:
        try:
            if is_remote(name):
                source = filesystem(name).open(name, "rb")
            else:  # pyarrow opens no file whose name is not UTF-8
                source = name if name == as_text(name) else stack.enter_context(open(name, "rb"))
            file = stack.enter_context(pq.ParquetFile(source))
        except (pa.ArrowException, OSError) as error:
            problem = f"cannot be read as Parquet, it is broken or cut short: {_said(error)}"
            raise InputError(part.place, problem) from None
        yield file


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _batches(part: Part, file: Any, columns: Sequence[str] | None) -> Iterator[Any]:
    import pyarrow as pa

    try:
        yield from file.iter_batches(ROWS, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise InputError(part.place, f"cannot be read as Parquet, it is broken or cut short: {_said(error)}") from None


def items(part: Part, read_options: ReadOptions) -> Iterator[Item | InputError | None]:
    """Yield the rows of a part, None for one that has no text; only the columns that are wanted are decoded."""
    with _parquet(part) as file:
        names = file.schema_arrow.names
        wanted = _columns(read_options)
        for name in wanted:
            if name not in names:
                shown = keys_named(names)
                raise InputError(
                    part.place, f"has no column {name!r}; name one of {shown} with --field, --id or --date"
                )
        number = 0
        for batch in _batches(part, file, wanted):
            columns = {name: batch.column(name).to_pylist() for name in wanted}
            for row in range(batch.num_rows):
                try:
                    item = _parquet_item({name: columns[name][row] for name in columns}, part, number, read_options)
                except Exception as error:
                    item = unexpected(f"{part.place}:row {number + 1}", error)
                yield item
                number += 1


def _parquet_item(
    values: dict[str, Any], part: Part, number: int, read_options: ReadOptions
) -> Item | InputError | None:
    text = text_of(values[read_options.field[0]])
    if text is None:
        return None
    id_, date, url = (plain_value(values.get(name)) for name in (read_options.id, read_options.date, read_options.url))
    if not isinstance(text, str):
        problem = f"has {type(text).__name__} in the column {read_options.field[0]!r}, where text is needed"
        return InputError(f"{part.place}:row {number + 1}", f"{problem}; name another with --field", named(id=id_))
    return Item(number, text, id_, date, url)


def write(part: Part, read_options: ReadOptions, folders: Folders, wanted: Wanted, fates: DecideRecords) -> None:
    """Write a part, texts cut as their fates say."""
    import pyarrow as pa  # loaded already
    import pyarrow.parquet as pq

    name = f"part-{part.number:05d}.parquet"
    column = read_options.field[0]
    number = 0
    gone = []
    with (
        _parquet(part) as file,
        pq.ParquetWriter(folders.staying(name), file.schema_arrow) as writer,
    ):
        for batch in _batches(part, file, None):
            table = pa.Table.from_batches([batch])
            at = table.schema.get_field_index(column)
            texts = batch.column(at).to_pylist()
            stay = np.ones(len(texts), bool)
            rows = [row for row in range(len(texts)) if number + row in wanted]
            known = {key: batch.column(key).to_pylist() for key in _columns(read_options)} if rows else {}
            chosen: list[tuple[int, Document]] = []
            for row in rows:
                item = _parquet_item({key: known[key][row] for key in known}, part, number + row, read_options)
                assert isinstance(item, Item)
                chosen.append((item.number, item.document))
            for row, (_, document), (cuts, is_dropped) in zip(rows, chosen, fates(chosen), strict=True):
                stay[row] = not is_dropped
                if isinstance(texts[row], list):
                    texts[row] = texts[row] if is_dropped else remaining(texts[row], cuts)
                else:
                    texts[row] = document.text if is_dropped else without(document.text, cuts)
            number += len(texts)
            if rows:
                table = table.set_column(at, table.schema.field(at), pa.array(texts, table.schema.field(at).type))
            writer.write_table(table.filter(pa.array(stay)))
            if not stay.all():
                gone.append(table.filter(pa.array(~stay)))
    if gone:
        pq.write_table(pa.concat_tables(gone), folders.going(name))


def _columns(read_options: ReadOptions) -> list[str]:
    """Return the columns that are read."""
    return list(
        dict.fromkeys(
            one for one in (read_options.field[0], read_options.id, read_options.date, read_options.url) if one
        )
    )
