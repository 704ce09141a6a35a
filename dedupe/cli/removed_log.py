"""What is removed, written aside as JSON lines."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

from dedupe.errors import InputError, OptionError
from dedupe.io.files import STDIN, unreadable
from dedupe.model import Finding, Report

HELD = 1 << 20
"""Bytes about one file that are held in memory; more of them wait on the disk."""


class Removed:
    """A file that gets a line for each paragraph that went, once the file it went from is written.

    Use it in a `with`.
    """

    def __init__(self, path: str) -> None:
        if path == STDIN:
            raise OptionError("--removed must be a file, since standard output has the cleaned text; name one")
        self.path = path
        try:
            self._file = open(path, "ab")  # noqa: SIM115  for as long as the command runs
        except OSError as error:
            raise unreadable(path, error) from None
        self._waiting: IO[bytes] = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115  likewise

    def __enter__(self) -> Removed:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._waiting.close()
        with suppress(OSError):  # said when it was appended
            self._file.close()

    def note(self, source: str, reports: Iterable[Report]) -> None:
        """Remember what goes from the documents of a record."""
        if os.path.realpath(source) == os.path.realpath(self.path):
            raise InputError(source, "is the file of --removed, so it is not cleaned; name another")
        for report in reports:
            if report.changed:
                for finding in report.findings:
                    if finding.action == "remove":
                        self._waiting.write(json.dumps(_line(report, finding)).encode("ascii") + b"\n")

    def append(self) -> None:
        """Write what is remembered: the file it went from is written."""
        self._waiting.seek(0)
        try:
            while piece := self._waiting.read(HELD):
                self._file.write(piece)
            self._file.flush()
        except OSError as error:
            raise unreadable(self.path, error) from None

    def forget(self) -> None:
        """Forget what is remembered: it is written, or the file it would have gone from is as it was."""
        self._waiting.seek(0)
        self._waiting.truncate()


def _line(report: Report, finding: Finding) -> dict[str, Any]:
    """Return the object for one removed paragraph: where it stood, what it said and where that is still said."""
    whole = report.to_dict()
    said = finding.to_dict()
    original = said["original"]
    if original["document"] == report.document.id:
        original["document"] = whole["document"]
    place = {key: value for key, value in whole.items() if key not in ("schema", "findings")}
    chosen: dict[str, Any] = {
        key: said[key] for key in ("lines", "column", "span", "kind", "rule", "reason") if key in said
    }
    return {"schema": 1, **place, **chosen, "text": report.excerpt(finding.span), "original": original}
