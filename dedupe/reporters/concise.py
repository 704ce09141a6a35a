"""One line a finding: place, action, kind, reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dedupe._places import lines_numbered
from dedupe.model import Report
from dedupe.reporters.style import paint, place_named, record_named, safe


def render(reports: Iterable[Report], *, colour: bool) -> Iterator[str]:
    """Yield a line for each finding."""
    for report in reports:
        for one in report.findings:
            yield (
                f"{paint(place_named(report), 'bold', colour)}:{lines_numbered(one.lines, one.column)}: "
                f"{paint(one.action, 'red' if one.action == 'remove' else 'yellow', colour)} "
                f"{one.kind} [{one.rule}]{record_named(report)} {safe(one.reason)}\n"
            )
