"""Text that is safe on a terminal, colour, and names of places: shared by the reporters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import regex

from dedupe._places import lines_numbered
from dedupe.errors import InputError
from dedupe.model import Report

_UNSAFE = regex.compile(r"[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\uFEFF]")
_UNSAFE_IN_TEXT = regex.compile(r"(?!\r\n)[[\p{Cc}\p{Cs}\p{Bidi_Control}\uFEFF]--[\n\t]]", regex.V1)


class Render(Protocol):
    """A reporter: turns reports into pieces of text to print."""

    def __call__(self, reports: Iterable[Report], *, colour: bool) -> Iterator[str]:
        """Yield the text to print in pieces, as the reports come."""


def safe(text: str) -> str:
    """Return the text on one line, with control characters and bidirectional overrides escaped."""
    return _UNSAFE.sub(_escaped, text)


def safe_lines(text: str) -> str:
    """Return the text with all control characters but line ends and tabs escaped."""
    return _UNSAFE_IN_TEXT.sub(_escaped, text)


def _escaped(match: regex.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


_CODES = {"bold": "1", "dim": "2", "reverse": "7", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def paint(text: str, style: str, colour: bool) -> str:
    """Return the text in a style if `colour` is set."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if colour else text


def shortened(text: str, width: int) -> str:
    """Return the text cut to `width` characters, with an ellipsis."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def place_named(report: Report) -> str:
    """Return the name of the document, with the number of a record of a file."""
    name = safe(str(report.place.get("document", report.document.id)) or "-")
    return f"{name}:record {report.place['record']}" if "record" in report.place else name


def record_named(report: Report) -> str:
    """Return the id of a record and, where texts are in several fields, its field, in parentheses."""
    place = report.place
    known = [f"id {place['id']!r}"] if place.get("id") else []
    if "record" in place and report.document.id.endswith(f"#{place.get('field')}"):
        known.append(f"field {place['field']!r}")
    return safe(f" ({', '.join(known)})") if known else ""


def report_named(report: Report) -> str:
    """Return the name of the document of a report, with its record."""
    return place_named(report) + record_named(report)


def lines_of(report: Report, lines: tuple[int, int], column: int = 0) -> str:
    """Return the name of lines of a document, with its record."""
    return f"{place_named(report)}:{lines_numbered(lines, column)}{record_named(report)}"


def problem_of(report: Report) -> InputError:
    """Return the problem of a report as an error at its place."""
    return InputError(report_named(report), report.problem)
