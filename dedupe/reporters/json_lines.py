"""JSON lines: one ASCII-escaped object a document, with or without findings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from dedupe.model import Report


def render(reports: Iterable[Report], *, colour: bool) -> Iterator[str]:
    """Yield each report's object on one line."""
    for report in reports:
        yield json.dumps(report.to_dict(), ensure_ascii=True) + "\n"
