"""Read a Parquet file, by record or for a corpus: open it, check its columns, read some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from dedupe._places import as_text
from dedupe.errors import InputError, MissingExtraError
from dedupe.io.formats.record import ReadOptions, keys_named

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


@contextmanager
def opened(path: str, place: str, open_source: Callable[[], Any] | None = None) -> Iterator[pq.ParquetFile]:
    """Open a file by its path, or the seekable stream that `open_source` returns, which is closed in the end."""
    try:
        import pyarrow.parquet as pq  # 250 ms, needed for Parquet only
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    with ExitStack() as stack:
        with readable(place):
            if open_source is not None:
                source = stack.enter_context(open_source())
            else:  # pyarrow opens no file whose name is not UTF-8
                source = path if path == as_text(path) else stack.enter_context(open(path, "rb"))
            file = stack.enter_context(pq.ParquetFile(source))
        yield file


@contextmanager
def readable(place: str) -> Iterator[None]:
    """Turn the errors of pyarrow at broken bytes into `InputError` with the place."""
    import pyarrow as pa  # loaded already

    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(place, f"cannot be read as Parquet; it is broken or cut short: {reason}") from None


def columns_of(schema: pa.Schema, place: str, read_options: ReadOptions) -> list[str]:
    """Return the columns to read; raise `InputError` for one that is missing or has no text."""
    columns = read_options.columns
    for name in columns:
        if (number := schema.names.count(name)) > 1:
            raise InputError(place, f"has {number} columns {name!r}; rename all but one")
    for name in read_options.field:
        column_type = schema.field(name).type if name in schema.names else None
        if column_type is not None and not _holds_text(column_type):
            problem = f"has {column_type} in the column {name!r}, where text is needed"
            texts = [column.name for column in schema if _holds_text(column.type)]
            advice = f"name another with --field, of {keys_named(texts)}" if texts else "no other column has any"
            raise InputError(place, f"{problem}; {advice}")
    for name in columns:
        if name not in schema.names:
            shown = keys_named(schema.names)
            raise InputError(place, f"has no column {name!r}; name one of {shown} with --field, --id, --url or --date")
    return list(dict.fromkeys(columns))


def _holds_text(column_type: pa.DataType) -> bool:
    return _is_text(column_type) or is_text_list(column_type)


def _is_text(column_type: pa.DataType) -> bool:
    import pyarrow as pa  # loaded already

    if pa.types.is_dictionary(column_type):
        column_type = column_type.value_type
    return bool(
        pa.types.is_string(column_type) or pa.types.is_large_string(column_type) or pa.types.is_string_view(column_type)
    )


def is_text_list(column_type: pa.DataType) -> bool:
    """Say whether a column of this type has lists of texts."""
    import pyarrow as pa  # loaded already

    return bool(pa.types.is_list(column_type) or pa.types.is_large_list(column_type)) and _is_text(
        column_type.value_type
    )


def batches(
    file: pq.ParquetFile,
    place: str,
    rows: int,
    columns: Sequence[str] | None = None,
    groups: Iterable[int] | None = None,
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield batches of at most `rows` rows of these columns and row groups, with the number of their row group."""
    for group in range(file.num_row_groups) if groups is None else groups:
        with readable(_group_place(place, group)):
            row_batches = file.iter_batches(rows, row_groups=[group], columns=columns)
        while True:
            with readable(_group_place(place, group)):
                batch = next(row_batches, None)
            if batch is None:
                break
            yield group, batch


def values_of(batch: pa.RecordBatch, place: str, group: int, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a batch as values by column."""
    with readable(_group_place(place, group)):
        lists = [batch.column(name).to_pylist() for name in columns]
    return [dict(zip(columns, values, strict=True)) for values in zip(*lists, strict=True)]


def _group_place(place: str, group: int) -> str:
    return f"{place}: row group {group + 1}"
