"""Baselines: findings of an earlier run, which later runs leave out."""

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
FindingKey = tuple[str, str, str]
"""What a finding is recognised by: document, action and fingerprint of its paragraph; its position may change."""


class Baseline:
    """The findings of an earlier run with their counts; paths are relative to the folder of the file."""

    def __init__(self, place: str, known: Counter[FindingKey] | None = None) -> None:
        self.place = place
        self.known: Counter[FindingKey] = Counter() if known is None else known
        self._remaining = Counter(self.known)

    def add(self, report: Report) -> None:
        """Add the findings of a report."""
        self.known.update(self._key(report, finding) for finding in report.findings)

    def new(self, report: Report) -> Report:
        """Return the report without known findings; each known one is left out as often as it was counted."""
        kept = []
        for finding in report.findings:
            name = self._key(report, finding)
            if self._remaining[name] > 0:
                self._remaining[name] -= 1
            else:
                kept.append(finding)
        return report if len(kept) == len(report.findings) else replace(report, findings=tuple(kept))

    def dumps(self) -> str:
        """Return the baseline as a file: JSON, ASCII, sorted, a finding a line for readable diffs."""
        rows = [
            json.dumps({"document": document, "action": action, "text": text, "count": count})
            for (document, action, text), count in sorted(self.known.items())
        ]
        return f'{{"schema": {SCHEMA}, "findings": [\n' + ",\n".join(rows) + "\n]}\n"

    def _key(self, report: Report, finding: Finding) -> FindingKey:
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
        known: Counter[FindingKey] = Counter()
        for item in value["findings"]:
            known[_parsed_finding(item)] += int(item["count"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputError(place, "is not a baseline; write one with --write-baseline") from None
    return Baseline(place, known)


def _parsed_finding(item: Any) -> FindingKey:
    document, action, text = item["document"], item["action"], item["text"]
    if not all(isinstance(one, str) for one in (document, action, text)):
        raise ValueError("document, action and text are strings")
    return document, action, text
