"""Several fields of one record as one document: put together to be judged, and taken apart into a report a field."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

from dedupe.io.formats.strings import BETWEEN, cuts_of_each, joined
from dedupe.model import Block, Document, Finding, Layout, Paragraph, Part, Report, Role, Span, without
from dedupe.text.bounds import over
from dedupe.text.paragraphs import Paragraphs, lines, split

LINE = 600
"""Bytes that a line of a field takes, with what is made of it, before it is judged."""

UNSEEN: frozenset[Role] = frozenset(("code", "cell", "hidden", "navigation", "matter", "history"))
"""Roles of what is no original for a reader's text, in whatever field."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: its text as a document, what names it in a report, and whether repeats go from it."""

    document: Document
    place: Mapping[str, Any]
    cleaned: bool = True


def unjoined(fields: Sequence[Field]) -> str:
    """Return why fields have too many lines to be one document; empty if they have not."""
    text = max((one.document.text for one in fields), key=len)
    ends = sum(one.document.text.count(end) for one in fields for end in "\n\r")
    return over(text, LINE * ends)


def together(fields: Sequence[Field], id: str) -> Document:
    """Return the fields as one document. What a reader sees of one that is not cleaned has the role `kept`."""
    text = joined([one.document.text for one in fields])
    rows = split(text)
    paragraphs: list[Paragraph] = []
    roles: list[Role] = []
    parts: list[Part] = []
    start = line = 0
    for one, (base, numbers) in zip(fields, _numbers(rows, fields), strict=True):
        layout = one.document.layout
        parts.append(Part(str(one.place["field"]), len(paragraphs), start, line))
        before = rows[bisect_left(rows.bounds, (base,))].first_line - 1
        own = layout.paragraphs if layout else [_moved(rows[number], -base, -before) for number in numbers]
        said: Sequence[Role] = layout.roles if layout else [""] * len(own)
        paragraphs += [_moved(there, start, line) for there in own]
        roles += [role if one.cleaned or role in UNSEEN else "kept" for role in said]
        start += len(BETWEEN) + (max([0, *(there.end for there in own)]) if layout else len(one.document.text))
        line += 1 + (max([0, *(there.last_line for there in own)]) if layout else len(lines(one.document.text)))
    first = fields[0].document
    return Document(text, id, first.date, first.url, Layout(tuple(paragraphs), tuple(roles), tuple(parts)))


def _numbers(rows: Paragraphs, fields: Sequence[Field]) -> list[tuple[int, list[int]]]:
    """Return where each field begins in the text of all of them, and its rows that are not blank."""
    starts = [rows.bounds[number][0] for number in rows.filled]
    found = []
    base = 0
    for one in fields:
        end = base + len(one.document.text)
        found.append((base, rows.filled[bisect_left(starts, base) : bisect_left(starts, end)]))
        base = end + len(BETWEEN)
    return found


def _moved(one: Paragraph, by: int, lines: int) -> Paragraph:
    first, last = one.first_line + lines, one.last_line + lines
    return Paragraph(one.number, one.start + by, one.stop + by, one.end + by, first, last, one.column)


def apart(report: Report, fields: Sequence[Field]) -> list[Report]:
    """Return what a report says of each field; its places are those in the field."""
    layout = report.document.layout
    assert layout is not None  # `together` gave it one
    starts = [part.start for part in layout.parts]
    found: list[list[Finding]] = [[] for _ in fields]
    for finding in report.findings:
        found[bisect_right(starts, finding.span.start) - 1].append(finding)
    gone = _cuts(report, fields) if report.cuts else repeat((), len(fields))
    reports = []
    for number, (one, spans) in enumerate(zip(fields, gone, strict=True)):
        blocks, block_of = _blocks(report.blocks, layout.parts, number)
        findings = [
            _located(replace(finding, block=block_of.get(finding.block or 0)), report, layout.parts, number, fields)
            for finding in found[number]
        ]
        made = Report(one.document, tuple(spans or ()), tuple(findings), blocks, one.place)
        reports.append(flagged(made) if spans is None else made)
    reports[0] = replace(reports[0], problem=report.problem, bounded=report.bounded)
    return reports


def _cuts(report: Report, fields: Sequence[Field]) -> Iterator[Sequence[Span] | None]:
    """Yield what goes from the text of each field; None where what is left would have other paragraphs."""
    texts = [one.document.text for one in fields]
    rows = split(report.document.text)
    for text, (_, numbers), own in zip(texts, _numbers(rows, fields), cuts_of_each(texts, report.cuts), strict=True):
        spans = [Span(0, len(text))] if own is None else own
        left = [rows.texts[number].strip() for number in numbers if not _in(rows.bounds[number][0], report.cuts)]
        yield spans if split(without(text, spans)).contents == left else None


OTHERWISE = "without it the rest of the source would read differently, so it stays"


def flagged(report: Report, why: str = OTHERWISE) -> Report:
    """Return a report of which nothing can be carried out: all that would go stays, flagged."""
    findings = tuple(
        replace(one, action="flag", reason=f"{one.reason}; {why}") if one.action == "remove" else one
        for one in report.findings
    )
    return replace(report, cuts=(), findings=findings)


def _in(place: int, spans: Sequence[Span]) -> bool:
    at = bisect_right(spans, place, key=lambda span: span.start) - 1
    return at >= 0 and place < spans[at].end


def _blocks(blocks: Sequence[Block], parts: Sequence[Part], number: int) -> tuple[tuple[Block, ...], Mapping[int, int]]:
    """Return the blocks that lie in one field, and their new numbers by the old ones."""
    first = parts[number].first
    end = parts[number + 1].first if number + 1 < len(parts) else None
    found: list[Block] = []
    block_of: dict[int, int] = {}
    for at, block in enumerate(blocks, 1):
        if all(first <= row and (end is None or row < end) for pair in block.pairs for row in pair):
            found.append(Block(tuple((one - first, other - first) for one, other in block.pairs)))
            block_of[at] = len(found)
    return tuple(found), block_of


def _located(finding: Finding, report: Report, parts: Sequence[Part], number: int, fields: Sequence[Field]) -> Finding:
    """Return a finding with its places in its field, and in that of its original if that stands in this record."""
    part, original = parts[number], finding.original
    if original.document == report.document.id:
        home = bisect_right([one.start for one in parts], original.span.start) - 1
        there = parts[home]
        original = replace(
            original,
            document=fields[home].document.id,
            span=Span(original.span.start - there.start, original.span.end - there.start),
            lines=(original.lines[0] - there.line, original.lines[1] - there.line),
            field="" if home == number else there.name,
        )
    return replace(
        finding,
        span=Span(finding.span.start - part.start, finding.span.end - part.start),
        lines=(finding.lines[0] - part.line, finding.lines[1] - part.line),
        original=original,
    )
