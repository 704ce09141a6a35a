"""Clean a column of texts of an Arrow table or batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

import dedupe
from dedupe.integrations import _columns

try:
    import pyarrow as pa
except ImportError:
    raise dedupe.MissingExtraError("pyarrow", "arrow") from None

Rows = TypeVar("Rows", bound="pa.Table | pa.RecordBatch")
Array = TypeVar("Array", bound="pa.Array | pa.ChunkedArray")


def clean(rows: Rows, text: str = "text", *, options: dedupe.Options | None = None, findings: str = "") -> Rows:
    """Return a table or batch with a column cleaned, each text on its own. Nulls stay null, the rest as it is.

    Args:
        rows: a table or a record batch.
        text: the name of the column with the texts, strings of any type that Arrow has.
        options: how duplicates are found and judged; None for the default options.
        findings: the name of a new column with the findings of each text as a JSON array; "" for none.

    Raises:
        OptionError: there is no such column, it is not of strings, or the one for the findings is there already.
        TypeError: `rows` is something else.
    """
    _columns.require_type(rows, (pa.Table, pa.RecordBatch), "rows", "a pyarrow.Table or RecordBatch")
    _columns.require_names(rows.schema.names, [text], findings)
    return _replaced(rows, text, _columns.clean_each(_strings(rows[text], text), text, options), findings)


def clean_corpus(
    rows: Rows,
    text: str = "text",
    id: str = "",
    date: str = "",
    url: str = "",
    *,
    options: dedupe.Options | None = None,
    findings: str = "",
) -> Rows:
    """Return a table or batch with a column cleaned as one set, as `dedupe.corpus.clean` does, in memory.

    Duplicates of other texts are removed with `Options(cross_document="remove")` only; otherwise they are findings.

    Args:
        rows: a table or a record batch.
        text: the name of the column with the texts.
        id: the name of the column with the ids, by which findings name texts; "" for none.
        date: the name of the column with the dates; "" for none. The original is in the text that is first by date.
        url: the name of the column with the addresses; "" for none.
        options: how duplicates are found and judged; None for the default options.
        findings: the name of a new column with the findings of each text as a JSON array; "" for none.

    Raises:
        OptionError: as `clean`, or two texts have the same id.
        TypeError: `rows` is something else.
    """
    _columns.require_type(rows, (pa.Table, pa.RecordBatch), "rows", "a pyarrow.Table or RecordBatch")
    _columns.require_names(rows.schema.names, [text, id, date, url], findings)
    keys = [rows[name].to_pylist() if name else None for name in (id, date, url)]
    return _replaced(rows, text, _columns.clean_together(_strings(rows[text], text), text, options, keys), findings)


def clean_array(array: Array, *, options: dedupe.Options | None = None, column: str = "text") -> Array:
    """Clean an array of strings, each on its own; nulls stay null. Messages call it by the name of its column."""
    return _like(array, _columns.clean_each(_strings(array, column), column, options).texts)


def _strings(array: pa.Array | pa.ChunkedArray, column: str) -> Iterator[object]:
    """Return the values of an array of strings; raise `OptionError` if it is none."""
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    if not any(is_kind(kind) for is_kind in tests):
        raise _columns.wrong_type(column, array.type)
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    return chain.from_iterable(chunk.to_pylist() for chunk in chunks)


def _like(array: Array, texts: Iterable[str | None]) -> Array:
    """Return texts as an array of the type, and with the chunks, of another one."""
    if not isinstance(array, pa.ChunkedArray):
        return pa.array(texts, array.type)
    remaining = iter(texts)
    chunks = [pa.array(list(islice(remaining, len(chunk))), array.type) for chunk in array.chunks]
    return pa.chunked_array(chunks, array.type)


def _replaced(rows: Rows, text: str, cleaned: _columns.CleanColumn, findings: str) -> Rows:
    place = rows.schema.get_field_index(text)
    rows = rows.set_column(place, rows.schema.field(place), _like(rows[text], cleaned.texts))
    return rows.append_column(findings, pa.array(cleaned.findings, "string")) if findings else rows
