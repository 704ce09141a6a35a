"""Clean a column of texts of a Dask DataFrame."""

from __future__ import annotations

import dedupe
from dedupe.integrations import _columns

try:
    import dask.dataframe as dd
    from dask.dataframe.dispatch import make_meta

    from dedupe.integrations import pandas
except ImportError:
    raise dedupe.MissingExtraError("Dask", "dask") from None


def clean(
    frame: dd.DataFrame, text: str = "text", *, options: dedupe.Options | None = None, findings: str = ""
) -> dd.DataFrame:
    """Clean a column, each text on its own, a partition at a time.

    Nothing is computed before the result is used. Nulls stay as they are; so do the index and the other columns.

    Args:
        frame: a frame.
        text: the name of the column with the texts.
        options: how duplicates are found and judged; None for the default options.
        findings: the name of a new column with the findings of each text as a JSON array; "" for none.

    Returns:
        A frame with the cleaned texts.

    Raises:
        OptionError: there is no such column, it is not of strings, or the one for the findings is there already.
        TypeError: `frame` is something else.
    """
    _columns.require_type(frame, dd.DataFrame, "frame", "a dask.dataframe.DataFrame")
    empty = make_meta(frame)
    cleaned = pandas.clean(empty, text, options=options, findings=findings)
    pandas.require_strings(empty[text], text)
    return frame.map_partitions(pandas.clean, text, options=options, findings=findings, meta=cleaned)
