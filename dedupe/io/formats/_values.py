"""Values of records that have a format of their own: HTML or Markdown in a field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from dedupe.errors import InputError
from dedupe.model import Document, Report, Span

Rebuild = Callable[[Sequence[Report]], bytes]

TEXT = "text"
VALUE_FORMATS = (TEXT, "html", "markdown")
"""Formats of values. A module of the format's name has `read_value` and `value_cuts`."""


def read_value(document: Document, format: str, place: str) -> Document:
    """Return the document parsed from a value; raise `InputError` if it cannot be read."""
    parsed: Document = document if format == TEXT else _module_of(format).read_value(document, place)
    return parsed


def report_on_value(report: Report, value: str, format: str, place: str) -> Report:
    """Return the report with cuts of the value itself; raise `InputError` if these would change what remains."""
    if format == TEXT:
        return report
    spans: Sequence[Span] | None = _module_of(format).value_cuts(value, report) if report.changed else ()
    if spans is None:
        raise InputError(
            place, f"would read differently after the removals from its {format}; remove the duplicates by hand"
        )
    return replace(report, document=replace(report.document, text=value, layout=None), cuts=tuple(spans))


def rebuild_from_values(rebuild: Rebuild, values: Sequence[str], format: str, place: str) -> Rebuild:
    """Return a function that rebuilds a record from the reports on its parsed values."""
    if format == TEXT:
        return rebuild

    def rebuild_values(reports: Sequence[Report]) -> bytes:
        pairs = zip(reports, values, strict=True)
        return rebuild([report_on_value(report, value, format, place) for report, value in pairs])

    return rebuild_values


def _module_of(format: str) -> Any:
    return import_module(f"dedupe.io.formats.{format}")
