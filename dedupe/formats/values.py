"""Values of records that are written in a format of their own: a page or Markdown in a field."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from dedupe.errors import InputError
from dedupe.model import Document, Report, Span

TEXT = "text"
VALUE_FORMATS = (TEXT, "html", "markdown")
"""Formats of values. A module of the format's name has `read_value` and `value_cuts`."""


def read_value(document: Document, format: str, place: str) -> Document:
    """Return the document of a value; raise `InputError` where it cannot be read."""
    made: Document = document if format == TEXT else _of(format).read_value(document, place)
    return made


def value_cuts(value: str, report: Report, format: str, place: str) -> Sequence[Span]:
    """Return what goes from a value; raise `InputError` where that would do harm to what stays."""
    if format == TEXT or not report.changed:
        return report.cuts
    spans: Sequence[Span] | None = _of(format).value_cuts(value, report)
    if spans is None:
        raise InputError(place, f"would not read as it should without what goes from its {format}")
    return spans


def _of(format: str) -> Any:
    return import_module(f"dedupe.formats.{format}")
