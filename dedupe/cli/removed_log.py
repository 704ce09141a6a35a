"""Write removed paragraphs to a file, as JSON lines."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

from dedupe.errors import InputError, OptionError, cause
from dedupe.io.files import STDIN, unreadable
from dedupe.model import Finding, Report

SPOOLED_BYTES = 1 << 20
"""Bytes about one file that are held in memory; more are spooled to the disk."""


class RemovedLog:
    """A file with a line for each removed paragraph, appended once the cleaned file is written.

    Use it in a `with` statement.
    """

    def __init__(self, path: str) -> None:
        if path == STDIN:
            raise OptionError("--removed must be a file, since standard output has the cleaned text; name one")
        self.path = path
        try:
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115  for as long as the command runs
        except OSError as error:
            raise unreadable(path, error) from None
        self._spool: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOLED_BYTES)  # noqa: SIM115  likewise

    def __enter__(self) -> RemovedLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._spool.close()
        with suppress(OSError):  # reported when it was appended
            self._file.close()

    def note(self, source: str, reports: Iterable[Report]) -> None:
        """Spool the removed paragraphs of a record."""
        if os.path.realpath(source) == os.path.realpath(self.path):
            raise InputError(source, "is the file of --removed, so it is not cleaned; name another")
        for report in reports:
            if report.changed:
                for finding in report.findings:
                    if finding.action == "remove":
                        self._spool.write(json.dumps(_line(report, finding)).encode("ascii") + b"\n")

    def append(self, source: str) -> None:
        """Append what is spooled about a source, whole or not at all: the cleaned file is written."""
        self._spool.seek(0)
        end = os.fstat(self._file.fileno())
        try:
            while piece := self._spool.read(SPOOLED_BYTES):
                while piece:
                    piece = piece[self._file.write(piece) or 0 :]
        except OSError as error:
            if stat.S_ISREG(end.st_mode):
                with suppress(OSError):
                    os.truncate(self._file.fileno(), end.st_size)
            raise InputError(self.path, f"what was removed from {source} is not in it: {cause(error)}") from None

    def forget(self) -> None:
        """Clear the spool: it is appended, or the file was left as it was."""
        self._spool.seek(0)
        self._spool.truncate()


def _line(report: Report, finding: Finding) -> dict[str, Any]:
    """Return the object of one removed paragraph: its place, its text and its original."""
    whole = report.to_dict()
    fields = finding.to_dict()
    original = fields["original"]
    if original["document"] == report.document.id:
        original["document"] = whole["document"]
    place = {key: value for key, value in whole.items() if key not in ("schema", "findings")}
    chosen: dict[str, Any] = {
        key: fields[key] for key in ("lines", "column", "span", "kind", "rule", "reason") if key in fields
    }
    return {"schema": 1, **place, **chosen, "text": report.excerpt(finding.span), "original": original}
