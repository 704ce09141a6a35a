"""GitHub workflow commands: annotations beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dedupe._places import lines_numbered
from dedupe.model import Report
from dedupe.reporters.style import lines_of, problem_of, record_named, safe

LEVELS = {"remove": "error", "flag": "warning"}


def render(reports: Iterable[Report], *, colour: bool) -> Iterator[str]:
    """Yield a workflow command for each problem and finding, see "Workflow commands for GitHub Actions"."""
    for report in reports:
        name = str(report.place.get("document", report.document.id)) or "-"
        if report.problem:
            line = f",line={report.place['line']}" if "line" in report.place else ""
            message = _message(str(problem_of(report)))
            yield f"::error file={_property(name)}{line},title=dedupe%3A not judged::{message}\n"
        for finding in report.findings:
            first, last = file_lines(report, finding.lines)
            title = f"dedupe: {finding.kind} [{finding.rule}]"
            properties = {"file": name, "line": str(first), "endLine": str(last), "title": title}
            if finding.column and "record" not in report.place:
                properties["col"] = str(finding.column)
            pairs = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
            lines_shown = lines_numbered(finding.lines, finding.column) + record_named(report)
            if "record" in report.place:  # else the file is shown beside them
                lines_shown = lines_of(report, finding.lines, finding.column)
            message = f"{finding.action} {lines_shown}: {finding.reason}"
            yield f"::{LEVELS[finding.action]} {pairs}::{_message(message)}\n"


def file_lines(report: Report, lines: tuple[int, int]) -> tuple[int, int]:
    """Return lines of the file: in a file of records, where the record begins; without lines, its number."""
    record = report.place.get("line", report.place.get("record"))
    return lines if record is None else (int(record), int(record))


def _message(text: str) -> str:
    return safe(text).replace("%", "%25")  # what ends a line is spelt out


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
