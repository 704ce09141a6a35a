"""JSON lines: one ASCII-escaped object a document, with or without findings."""

from __future__ import annotations

import json

from dedupe.model import Report


def render(report: Report, *, colour: bool) -> str:
    """Return the report's object on one line."""
    return json.dumps(report.to_dict(), ensure_ascii=True) + "\n"
