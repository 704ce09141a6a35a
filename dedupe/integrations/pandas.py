"""Clean a column of texts of a pandas DataFrame."""

from __future__ import annotations

import dedupe
from dedupe.integrations import _columns

try:
    import pandas as pd
except ImportError:
    raise dedupe.MissingExtraError("pandas", "pandas") from None


def clean(
    frame: pd.DataFrame, text: str = "text", *, options: dedupe.Options | None = None, findings: str = ""
) -> pd.DataFrame:
    r"""Clean a column, each text on its own. Nulls stay as they are; so do the index and the other columns.

    Args:
        frame: a frame; it is not changed.
        text: the name of the column with the texts.
        options: how duplicates are found and judged; None for the default options.
        findings: the name of a new column with the findings of each text as a JSON array; "" for none.

    Returns:
        A frame with the cleaned texts.

    Raises:
        OptionError: there is no such column, it is not of strings, or the one for the findings is there already.
        TypeError: `frame` is something else.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"text": ["The old bridge is closed to all traffic until May.\n" * 2, None]})
        >>> clean(frame)["text"][0]
        'The old bridge is closed to all traffic until May.\n'
    """
    _columns.require_type(frame, pd.DataFrame, "frame", "a pandas.DataFrame")
    _columns.require_names(frame.columns, [text], findings)
    return _replaced(frame, text, _columns.clean_each(_strings(frame[text], text), text, options), findings)


def clean_corpus(
    frame: pd.DataFrame,
    text: str = "text",
    id: str = "",
    date: str = "",
    url: str = "",
    *,
    options: dedupe.Options | None = None,
    findings: str = "",
) -> pd.DataFrame:
    """Return a frame with a column cleaned as one set, as `dedupe.corpus.clean` does.

    Duplicates of other texts are removed with `Options(cross_document="remove")` only; otherwise they are findings.

    The names of columns are those of `dedupe.integrations.arrow.clean_corpus`.

    Raises:
        OptionError: as `clean`, or two texts have the same id.
        TypeError: `frame` is something else.
    """
    _columns.require_type(frame, pd.DataFrame, "frame", "a pandas.DataFrame")
    _columns.require_names(frame.columns, [text, id, date, url], findings)
    keys = [_values(frame[name]) if name else None for name in (id, date, url)]
    return _replaced(frame, text, _columns.clean_together(_strings(frame[text], text), text, options, keys), findings)


def _values(column: pd.Series) -> list[object]:
    """Return the values of a column, None for what pandas takes for missing."""
    return [None if missing else value for value, missing in zip(column, column.isna(), strict=True)]


def _strings(column: pd.Series, name: str) -> list[object]:
    if not column.isna().all():
        require_strings(column, name)
    return _values(column)


def require_strings(column: pd.Series, name: str) -> None:
    """Raise `OptionError` unless a column is of strings, or of objects, which are checked one by one."""
    if column.dtype != object and not pd.api.types.is_string_dtype(column.dtype):
        raise _columns.wrong_type(name, column.dtype)


def _replaced(frame: pd.DataFrame, text: str, cleaned: _columns.CleanColumn, findings: str) -> pd.DataFrame:
    old, frame = frame[text], frame.copy(deep=False)
    texts = [value if new is None else new for value, new in zip(old, cleaned.texts, strict=True)]
    frame[text] = type(old)(texts, index=old.index, dtype=old.dtype)
    if findings:
        kind = old.dtype if pd.api.types.is_string_dtype(old.dtype) else object
        frame[findings] = type(old)(cleaned.findings, index=old.index, dtype=kind)
    return frame
