"""A Parquet file as it is read, by record or as part of a corpus: opened, its columns checked, some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from dedupe._places import as_text
from dedupe.errors import InputError, MissingExtraError
from dedupe.io.formats.record import ReadOptions, keys_named

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


@contextmanager
def opened(path: str, place: str, elsewhere: Callable[[], Any] | None = None) -> Iterator[pq.ParquetFile]:
    """Open the file of a name, or what is opened elsewhere: a stream that can seek, closed in the end."""
    try:
        import pyarrow.parquet as pq  # 250 ms that only Parquet pays for
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    with ExitStack() as stack:
        with readable(place):
            if elsewhere is not None:
                source = stack.enter_context(elsewhere())
            else:  # pyarrow opens no file whose name is not UTF-8
                source = path if path == as_text(path) else stack.enter_context(open(path, "rb"))
            file = stack.enter_context(pq.ParquetFile(source))
        yield file


@contextmanager
def readable(place: str) -> Iterator[None]:
    """Turn what pyarrow raises at broken bytes into the error that names the place."""
    import pyarrow as pa  # loaded already

    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(place, f"cannot be read as Parquet, it is broken or cut short: {reason}") from None


def columns_of(schema: pa.Schema, place: str, read_options: ReadOptions) -> list[str]:
    """Return the columns that are wanted; raise `InputError` for one that is missing or holds no text."""
    for name in read_options.field:
        kind = schema.field(name).type if name in schema.names else None
        if kind is not None and not _is_text(kind) and not is_texts(kind):
            problem = f"has {kind} in the column {name!r}, where text is needed"
            raise InputError(place, f"{problem}; name another with --field, of {keys_named(schema.names)}")
    wanted = [name for name in (*read_options.field, read_options.id, read_options.url, read_options.date) if name]
    for name in wanted:
        if name not in schema.names:
            shown = keys_named(schema.names)
            raise InputError(place, f"has no column {name!r}; name one of {shown} with --field, --id, --url or --date")
    return list(dict.fromkeys(wanted))


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa  # loaded already

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_texts(kind: pa.DataType) -> bool:
    """Say whether a column of this type holds lists of texts."""
    import pyarrow as pa  # loaded already

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_text(kind.value_type)


def batches(
    file: pq.ParquetFile, place: str, rows: int, columns: Sequence[str] | None = None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield at most so many rows at a time, with the number of their row group; only these columns are decoded."""
    for group in range(file.num_row_groups):
        with readable(_group_named(place, group)):
            found = file.iter_batches(rows, row_groups=[group], columns=columns)
        while True:
            with readable(_group_named(place, group)):
                batch = next(found, None)
            if batch is None:
                break
            yield group, batch


def values_of(batch: pa.RecordBatch, place: str, group: int, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a batch of this row group as values by column."""
    with readable(_group_named(place, group)):
        lists = [batch.column(name).to_pylist() for name in columns]
    return [dict(zip(columns, values, strict=True)) for values in zip(*lists, strict=True)]


def _group_named(place: str, group: int) -> str:
    return f"{place}: row group {group + 1}"
