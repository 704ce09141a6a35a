"""Findings that are known: only what is not among them counts."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from typing import Any

from dedupe.errors import InputError
from dedupe.model import Finding, Report
from dedupe.review.decisions import fingerprint

SCHEMA = 1
Known = tuple[str, str, str]
"""A finding as it is recognised: document, action, fingerprint of its paragraph. Its place may change."""


class Baseline:
    """The findings of an earlier run, each as often as it was found. Paths are kept relative to the file's folder."""

    def __init__(self, place: str, known: Counter[Known] | None = None) -> None:
        self.place = place
        self.known: Counter[Known] = Counter() if known is None else known
        self._left = Counter(self.known)

    def add(self, report: Report) -> None:
        """Take a report's findings as known."""
        self.known.update(self._named(report, finding) for finding in report.findings)

    def new(self, report: Report) -> Report:
        """Return the report with the findings that are not known; each known one is met as often as it was found."""
        kept = []
        for finding in report.findings:
            name = self._named(report, finding)
            if self._left[name] > 0:
                self._left[name] -= 1
            else:
                kept.append(finding)
        return report if len(kept) == len(report.findings) else replace(report, findings=tuple(kept))

    def dumps(self) -> str:
        """Return the baseline as a file: JSON, ASCII, sorted, a finding a line, so that its changes read well."""
        rows = [
            json.dumps({"document": document, "action": action, "text": text, "count": count})
            for (document, action, text), count in sorted(self.known.items())
        ]
        return f'{{"schema": {SCHEMA}, "findings": [\n' + ",\n".join(rows) + "\n]}\n"

    def _named(self, report: Report, finding: Finding) -> Known:
        path = str(report.place.get("document") or report.document.id)
        folder = os.path.dirname(os.path.abspath(self.place))
        name = path if path == "-" else os.path.relpath(path, folder).replace(os.sep, "/")
        if "record" in report.place:  # its number changes when a record is put before it
            name += f"#{report.place.get('id', '')}#{report.place.get('field', '')}"
        return name, finding.action, fingerprint(report.excerpt(finding.span))


def loads(data: bytes, place: str) -> Baseline:
    """Return the baseline in a file's bytes; raise `InputError` with what is wrong."""
    try:
        value = json.loads(data)
        if value["schema"] != SCHEMA:
            raise KeyError("schema")
        known: Counter[Known] = Counter()
        for row in value["findings"]:
            known[_known(row)] += int(row["count"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(place, f"is not a baseline; write one with --write-baseline: {error!r}") from None
    return Baseline(place, known)


def _known(row: Any) -> Known:
    document, action, text = row["document"], row["action"], row["text"]
    if not all(isinstance(one, str) for one in (document, action, text)):
        raise ValueError("document, action and text are strings")
    return document, action, text
