"""Functions of DuckDB that clean texts and list what was found: `select dedupe_clean(text) from articles`."""

from __future__ import annotations

from contextlib import suppress

import dedupe
from dedupe.integrations import _columns

try:
    import duckdb
    import pyarrow as pa

    from dedupe.integrations import arrow
except ImportError:
    raise dedupe.MissingExtraError("DuckDB", "duckdb") from None


def register(
    connection: duckdb.DuckDBPyConnection, *, prefix: str = "dedupe_", options: dedupe.Options | None = None
) -> None:
    """Add two functions to a connection: `dedupe_clean(VARCHAR)`, and `dedupe_findings(VARCHAR)` as a JSON array.

    Each judges a text on its own, two thousand rows at a time, and passes NULL. Call it twice with different prefixes
    for different options; with the same one, functions that it made before are replaced.

    Args:
        connection: a connection.
        prefix: what the names of the functions begin with.
        options: how duplicates are found and judged; None for the default options.

    Raises:
        TypeError: `connection` is something else.

    Example:
        >>> connection = duckdb.connect()
        >>> register(connection)
        >>> connection.sql("select dedupe_clean(NULL)").fetchall()
        [(None,)]
    """
    _columns.require_type(connection, duckdb.DuckDBPyConnection, "connection", "a connection of DuckDB")

    def clean(texts: pa.ChunkedArray) -> pa.ChunkedArray:
        return arrow.clean_array(texts, options=options)

    def findings(texts: pa.ChunkedArray) -> pa.Array:
        return pa.array(_columns.clean_each(texts.to_pylist(), "text", options).findings, pa.string())

    for function in (clean, findings):
        name = f"{prefix}{function.__name__}"
        with suppress(duckdb.InvalidInputException):  # there is none of this name yet
            connection.remove_function(name)
        connection.create_function(name, function, ["VARCHAR"], "VARCHAR", type="arrow")
