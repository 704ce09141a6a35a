"""SARIF 2.1.0: findings for code scanning and for editors (https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

from dedupe import __version__
from dedupe.judge.relations import RELATIONS
from dedupe.model import Finding, Report, Span
from dedupe.reporters.github import file_lines
from dedupe.reporters.style import problem_of, report_named

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"remove": "warning", "flag": "note"}


def render(reports: Iterable[Report], *, colour: bool) -> Iterator[str]:
    """Yield one log with one run, a result a line, as the reports come."""
    rules = [{"id": name, "shortDescription": {"text": one.meaning}} for name, one in RELATIONS.items()]
    tool = {"driver": {"name": "dedupe", "version": __version__, "rules": rules}}
    yield (
        f'{{"$schema": {json.dumps(SCHEMA)}, "version": "2.1.0", "runs": [{{"tool": {json.dumps(tool)}, '
        '"columnKind": "unicodeCodePoints", "results": ['
    )
    before = "\n"
    problems = []
    for report in reports:
        if report.problem:
            problems.append(_notification(report))
        for finding in report.findings:
            yield before + json.dumps(_result(report, finding))
            before = ",\n"
    invocation = {"executionSuccessful": not problems, "toolExecutionNotifications": problems}
    yield f'\n], "invocations": [{json.dumps(invocation)}]}}]}}\n'


def _notification(report: Report) -> dict[str, Any]:
    """Return the notification about a document that was not judged."""
    path = str(report.place.get("document") or report.document.id) or "-"
    return {
        "level": "error",
        "message": {"text": str(problem_of(report))},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(path)}}}],
    }


def _result(report: Report, finding: Finding) -> dict[str, Any]:
    from dedupe.review.decisions import fingerprint  # 5 ms, with hashlib, that only this format costs

    names = list(RELATIONS)
    known = {"ruleIndex": names.index(finding.rule)} if finding.rule in RELATIONS else {}
    original = finding.original
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        **known,
        "level": LEVELS[finding.action],
        "rank": round(100 * finding.confidence, 1),
        "message": {"text": f"{finding.action} ({finding.kind}): {finding.reason}"},
        "locations": [_location(report, report.document.id, finding.span, finding.lines, finding.column)],
        "partialFingerprints": {"paragraph/v1": fingerprint(report.excerpt(finding.span))},
        "properties": {"action": finding.action, "kind": finding.kind, "jaccard": round(finding.jaccard, 4)},
    }
    if original.document == report.document.id:
        place = _location(report, original.document, original.span, original.lines, original.column)
        result["relatedLocations"] = [{"id": 0, "message": {"text": "the original, which stays"}, **place}]
    return result


def _location(report: Report, document: str, span: Span, lines: tuple[int, int], column: int) -> dict[str, Any]:
    """Return a place in the file; a document of a file of records is named beside it."""
    first, last = file_lines(report, lines)
    region = {"startLine": first, "endLine": last}
    path = str(report.place.get("document") or document) or "-"
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}
    if "record" in report.place:
        place["logicalLocations"] = [{"name": document, "fullyQualifiedName": report_named(report), "kind": "member"}]
    else:
        if column:
            region["startColumn"] = column
        region["charOffset"] = span.start
        region["charLength"] = span.end - span.start
    return place


def _uri(path: str) -> str:
    """Return a path as a relative reference, or as an address of a file when it is absolute."""
    from urllib.parse import quote  # 2 ms that only this format costs

    name = PurePath(path)
    try:
        text = quote(name.as_posix(), errors="surrogateescape")  # the bytes of a file's name
    except UnicodeEncodeError:  # an id of some record
        text = quote(name.as_posix(), errors="surrogatepass")
    return f"file://{text}" if name.is_absolute() else text
