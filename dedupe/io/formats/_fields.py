"""Several fields of one record as one document: joined to be judged, and the report split into one a field."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

from dedupe.io.formats.strings import SEPARATOR, cuts_of_each, join_strings
from dedupe.model import Block, Document, Finding, Layout, Paragraph, Part, Report, Role, Span, without
from dedupe.text.bounds import over
from dedupe.text.paragraphs import Paragraphs, lines, split

LINE_BYTES = 600
"""Bytes of memory for a line of a field and its paragraph, before it is judged."""

NOT_ORIGINALS: frozenset[Role] = frozenset(("code", "cell", "hidden", "navigation", "matter", "history"))
"""Roles of text that is no original for text a reader sees, in any field."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: its text as a document, the keys that locate it, and whether it is cleaned."""

    document: Document
    place: Mapping[str, Any]
    cleaned: bool = True


def join_problem(fields: Sequence[Field]) -> str:
    """Return why fields have too many lines to be one document; empty if they do not."""
    text = max((field.document.text for field in fields), key=len)
    ends = sum(field.document.text.count(end) for field in fields for end in "\n\r")
    return over(text, LINE_BYTES * ends)


def join_fields(fields: Sequence[Field], id: str) -> Document:
    """Return the fields as one document; visible text of a field that is not cleaned has the role `kept`."""
    text = join_strings([field.document.text for field in fields])
    joined_paragraphs = split(text)
    paragraphs: list[Paragraph] = []
    roles: list[Role] = []
    parts: list[Part] = []
    start = line = 0
    for field, (offset, numbers) in zip(fields, _paragraph_numbers(joined_paragraphs, fields), strict=True):
        layout = field.document.layout
        parts.append(Part(str(field.place["field"]), len(paragraphs), start, line))
        lines_before = joined_paragraphs[bisect_left(joined_paragraphs.bounds, (offset,))].first_line - 1
        if layout:
            own_paragraphs: Sequence[Paragraph] = layout.paragraphs
            own_roles: Sequence[Role] = layout.roles
            length = max((paragraph.end for paragraph in own_paragraphs), default=0)
            line_count = max((paragraph.last_line for paragraph in own_paragraphs), default=0)
        else:
            own_paragraphs = [_moved(joined_paragraphs[number], -offset, -lines_before) for number in numbers]
            own_roles = [""] * len(own_paragraphs)
            length, line_count = len(field.document.text), len(lines(field.document.text))
        paragraphs += [_moved(paragraph, start, line) for paragraph in own_paragraphs]
        roles += [role if field.cleaned or role in NOT_ORIGINALS else "kept" for role in own_roles]
        start += len(SEPARATOR) + length
        line += 1 + line_count
    first = fields[0].document
    return Document(text, id, first.date, first.url, Layout(tuple(paragraphs), tuple(roles), tuple(parts)))


def _paragraph_numbers(paragraphs: Paragraphs, fields: Sequence[Field]) -> list[tuple[int, list[int]]]:
    """Return the start of each field in the joined text, and the numbers of its paragraphs that are not blank."""
    starts = [paragraphs.bounds[number][0] for number in paragraphs.filled]
    numbers_by_field = []
    start = 0
    for field in fields:
        end = start + len(field.document.text)
        own_numbers = paragraphs.filled[bisect_left(starts, start) : bisect_left(starts, end)]
        numbers_by_field.append((start, own_numbers))
        start = end + len(SEPARATOR)
    return numbers_by_field


def _moved(paragraph: Paragraph, characters: int, lines: int) -> Paragraph:
    start, stop, end = (position + characters for position in (paragraph.start, paragraph.stop, paragraph.end))
    first, last = paragraph.first_line + lines, paragraph.last_line + lines
    return Paragraph(paragraph.number, start, stop, end, first, last, paragraph.column)


def split_report(report: Report, fields: Sequence[Field]) -> list[Report]:
    """Return a report for each field, with positions in that field."""
    layout = report.document.layout
    assert layout is not None  # set by `join_fields`
    starts = [part.start for part in layout.parts]
    by_field: list[list[Finding]] = [[] for _ in fields]
    for finding in report.findings:
        by_field[bisect_right(starts, finding.span.start) - 1].append(finding)
    cuts = _cuts(report, fields) if report.cuts else repeat((), len(fields))
    reports = []
    for number, (field, spans) in enumerate(zip(fields, cuts, strict=True)):
        blocks, block_of = _blocks(report.blocks, layout.parts, number)
        findings = [
            _relocated(replace(finding, block=block_of.get(finding.block or 0)), report, layout.parts, number, fields)
            for finding in by_field[number]
        ]
        own_report = Report(field.document, tuple(spans or ()), tuple(findings), blocks, field.place)
        reports.append(flagged(own_report) if spans is None else own_report)
    reports[0] = replace(reports[0], problem=report.problem, bounded=report.bounded)
    return reports


def _cuts(report: Report, fields: Sequence[Field]) -> Iterator[Sequence[Span] | None]:
    """Yield the cuts in the text of each field; None if the remaining text would split into other paragraphs."""
    texts = [field.document.text for field in fields]
    paragraphs = split(report.document.text)
    all_numbers = [numbers for _, numbers in _paragraph_numbers(paragraphs, fields)]
    for text, numbers, field_cuts in zip(texts, all_numbers, cuts_of_each(texts, report.cuts), strict=True):
        spans = [Span(0, len(text))] if field_cuts is None else field_cuts
        kept = [number for number in numbers if not _is_in(paragraphs.bounds[number][0], report.cuts)]
        remaining = [paragraphs.texts[number].strip() for number in kept]
        yield spans if split(without(text, spans)).contents == remaining else None


REPARSES_DIFFERENTLY = "without it the rest of the source would read differently, so it stays"


def flagged(report: Report, why: str = REPARSES_DIFFERENTLY) -> Report:
    """Return a report whose removals, which cannot be carried out, are flags instead."""
    findings = tuple(
        replace(finding, action="flag", reason=f"{finding.reason}; {why}") if finding.action == "remove" else finding
        for finding in report.findings
    )
    return replace(report, cuts=(), findings=findings)


def _is_in(position: int, spans: Sequence[Span]) -> bool:
    number = bisect_right(spans, position, key=lambda span: span.start) - 1
    return number >= 0 and position < spans[number].end


def _blocks(blocks: Sequence[Block], parts: Sequence[Part], number: int) -> tuple[tuple[Block, ...], Mapping[int, int]]:
    """Return the blocks that lie within one field, and their new numbers by their old ones."""
    first = parts[number].first
    end = parts[number + 1].first if number + 1 < len(parts) else None
    field_blocks: list[Block] = []
    new_numbers: dict[int, int] = {}
    for old, block in enumerate(blocks, 1):
        if all(first <= position and (end is None or position < end) for pair in block.pairs for position in pair):
            pairs = tuple((original - first, duplicate - first) for original, duplicate in block.pairs)
            field_blocks.append(Block(pairs))
            new_numbers[old] = len(field_blocks)
    return tuple(field_blocks), new_numbers


def _relocated(
    finding: Finding, report: Report, parts: Sequence[Part], number: int, fields: Sequence[Field]
) -> Finding:
    """Return a finding with positions in its field, and in that of its original if that is in this record."""
    part, original = parts[number], finding.original
    if original.document == report.document.id:
        owner = bisect_right(parts, original.span.start, key=lambda part: part.start) - 1
        owning_part = parts[owner]
        original = replace(
            original,
            document=fields[owner].document.id,
            span=Span(original.span.start - owning_part.start, original.span.end - owning_part.start),
            lines=(original.lines[0] - owning_part.line, original.lines[1] - owning_part.line),
            field="" if owner == number else owning_part.name,
        )
    return replace(
        finding,
        span=Span(finding.span.start - part.start, finding.span.end - part.start),
        lines=(finding.lines[0] - part.line, finding.lines[1] - part.line),
        original=original,
    )
