"""Reports as worker processes send them: without their documents, which the other process has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dedupe.model import Block, Document, Finding, Report, Span

ReportPayload = tuple[tuple[Span, ...], tuple[Finding, ...], tuple[Block, ...], str, bool]
"""A report without its document, as a worker process sends it: cuts, findings, blocks, problem, bounded."""


def encode_report(report: Report) -> ReportPayload | None:
    """Return the payload of a report; None for an empty one."""
    if not (report.cuts or report.findings or report.bounded or report.problem):
        return None
    return report.cuts, report.findings, report.blocks, report.problem, report.bounded


_LOST_PROBLEM = "two processes ended while it was judged, so it is left as it was; ask for fewer jobs"

LOST: ReportPayload = ((), (), (), _LOST_PROBLEM, False)
"""The report of a document in a batch over which two worker processes ended, perhaps for lack of memory."""


def decode_report(document: Document, payload: ReportPayload | None, place: Mapping[str, Any] | None = None) -> Report:
    """Return the report of a document from its payload."""
    cuts, findings, blocks, problem, bounded = payload or ((), (), (), "", False)
    return Report(document, cuts, findings, blocks, {} if place is None else place, problem, bounded)
