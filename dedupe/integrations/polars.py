"""A namespace of Polars expressions: `pl.col("text").dedupe.clean()`. Importing this module registers it."""

from __future__ import annotations

from functools import partial

import dedupe
from dedupe.integrations import _columns

try:
    import polars as pl
except ImportError:
    raise dedupe.MissingExtraError("polars", "polars") from None


@pl.api.register_expr_namespace("dedupe")
class DedupeNamespace:
    r"""Expressions on a column of texts, each judged on its own.

    Nulls stay null. A column that is not of strings is an `OptionError` when the frame is computed.

    Args:
        expression: the expression of the column.

    Example:
        >>> frame = pl.DataFrame({"text": ["The old bridge is closed to all traffic until May.\n" * 2, None]})
        >>> frame.select(pl.col("text").dedupe.clean()).to_series().to_list()
        ['The old bridge is closed to all traffic until May.\n', None]
    """

    def __init__(self, expression: pl.Expr) -> None:
        self._expression = expression

    def clean(self, *, options: dedupe.Options | None = None) -> pl.Expr:
        """Return an expression of the cleaned texts.

        Args:
            options: how duplicates are found and judged; None for the default options.
        """
        return self._mapped("texts", options)

    def findings(self, *, options: dedupe.Options | None = None) -> pl.Expr:
        """Return an expression of the findings of each text, as a JSON array.

        Args:
            options: how duplicates are found and judged; None for the default options.
        """
        return self._mapped("findings", options)

    def _mapped(self, wanted: str, options: dedupe.Options | None) -> pl.Expr:
        judge = partial(_judged, wanted=wanted, options=options)
        return self._expression.map_batches(judge, return_dtype=pl.String, is_elementwise=True)


def _judged(texts: pl.Series, *, wanted: str, options: dedupe.Options | None) -> pl.Series:
    if texts.dtype not in (pl.String, pl.Null):
        raise _columns.wrong_type(texts.name, texts.dtype)
    column = _columns.clean_each(texts, texts.name, options)
    return pl.Series(texts.name, getattr(column, wanted), pl.String)
