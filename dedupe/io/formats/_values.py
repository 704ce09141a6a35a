"""Values of records that are written in a format of their own: a page or Markdown in a field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

from dedupe.errors import InputError
from dedupe.model import Document, Report, Span

Rebuild = Callable[[Sequence[Report]], bytes]

TEXT = "text"
VALUE_FORMATS = (TEXT, "html", "markdown")
"""Formats of values. A module of the format's name has `read_value` and `value_cuts`."""


def read_value(document: Document, format: str, place: str) -> Document:
    """Return the document of a value; raise `InputError` where it cannot be read."""
    made: Document = document if format == TEXT else _of(format).read_value(document, place)
    return made


def of_value(report: Report, value: str, format: str, place: str) -> Report:
    """Return what a report says of the value itself; raise `InputError` where what goes would do harm to what stays."""
    if format == TEXT:
        return report
    spans: Sequence[Span] | None = _of(format).value_cuts(value, report) if report.changed else ()
    if spans is None:
        raise InputError(place, f"would not read as it should without what goes from its {format}")
    return replace(report, document=replace(report.document, text=value, layout=None), cuts=tuple(spans))


def of_values(rebuild: Rebuild, values: Sequence[str], format: str, place: str) -> Rebuild:
    """Return what rebuilds a record from the reports of its values as they are read."""
    if format == TEXT:
        return rebuild
    return partial(_rebuilt, rebuild, values, format, place)


def _rebuilt(rebuild: Rebuild, values: Sequence[str], format: str, place: str, reports: Sequence[Report]) -> bytes:
    pairs = zip(reports, values, strict=True)
    return rebuild([of_value(report, value, format, place) for report, value in pairs])


def _of(format: str) -> Any:
    return import_module(f"dedupe.io.formats.{format}")
