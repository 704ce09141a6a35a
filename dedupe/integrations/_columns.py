"""Clean a column of texts: what the adapters of data frames and data sets share."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import dedupe

log = logging.getLogger(__name__)

SHOWN_NAMES = 20
"""Columns that the message about a missing one names at most."""


class CleanColumn(NamedTuple):
    """The cleaned texts of a column, and the findings of each as a JSON array; None where there is no text."""

    texts: list[str | None]
    findings: list[str | None]


def require_names(present: Iterable[object], wanted: Iterable[str], new: str = "") -> None:
    """Raise `OptionError` unless each wanted column is there once, and the new one not yet; "" is none."""
    names = list(present)
    for name in wanted:
        if name and names.count(name) != 1:
            shown = ", ".join(map(str, names[:SHOWN_NAMES])) + (", ..." if len(names) > SHOWN_NAMES else "")
            found = f"{names.count(name)} columns have the name" if name in names else "there is no column"
            raise dedupe.OptionError(f"{found} {name!r}; the columns are {shown or 'none'}")
    if new and new in names:
        raise dedupe.OptionError(f"there is a column {new!r} already; choose another name for the findings")


def require_type(value: object, kinds: type | tuple[type, ...], name: str, wanted: str) -> None:
    """Raise `TypeError` unless an argument of this name is what is wanted."""
    if not isinstance(value, kinds):
        raise TypeError(f"{name} must be {wanted}, not {type(value).__name__}")


def wrong_type(column: str, kind: object) -> dedupe.OptionError:
    """Return the error of a column that is not of strings."""
    return dedupe.OptionError(f"column {column!r} is of type {kind}; convert it to strings, or name another column")


def clean_each(values: Iterable[object], column: str, options: dedupe.Options | None = None) -> CleanColumn:
    """Clean each text on its own; raise `InputError` with the row, from 1, of what is neither a string nor None."""
    texts = list(_checked(values, column))
    reports = dedupe.Deduper(options).check_many(text for text in texts if text is not None)
    return _of_reports(texts, reports, column)


def clean_together(
    values: Iterable[object], column: str, options: dedupe.Options | None, keys: Sequence[Iterable[object] | None]
) -> CleanColumn:
    """Clean the texts as one set, as `dedupe.corpus.clean` does.

    `keys`: the ids, the dates and the addresses of the texts; None for a column that is not there.
    """
    texts = list(_checked(values, column))
    keyed = zip(texts, *([""] * len(texts) if key is None else map(_key, key) for key in keys), strict=True)
    documents = [dedupe.Document(text, id, date, url) for text, id, date, url in keyed if text is not None]
    return _of_reports(texts, dedupe.corpus.check(documents, options), column)


def _checked(values: Iterable[object], column: str) -> Iterator[str | None]:
    for row, value in enumerate(values, 1):
        if value is not None and not isinstance(value, str):
            place = f"row {row} of column {column!r}"
            raise dedupe.InputError(place, f"is of type {type(value).__name__}, where a string is needed")
        yield value


def _key(value: object) -> str:
    """Return an id, a date (ISO 8601) or an address as a string; "" for None."""
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _of_reports(texts: Sequence[str | None], reports: Iterable[dedupe.Report], column: str) -> CleanColumn:
    """Return the column from the reports of its texts, in order."""
    cleaned = CleanColumn([], [])
    remaining = iter(reports)
    for row, text in enumerate(texts, 1):
        if text is None:
            cleaned.texts.append(None)
            cleaned.findings.append(None)
            continue
        report = next(remaining)
        if report.problem:
            log.warning("row %d of column %r: %s", row, column, report.problem)
        cleaned.texts.append(report.text)
        cleaned.findings.append(json.dumps(report.to_dict()["findings"]))
    return cleaned
