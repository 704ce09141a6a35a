"""Markdown: paragraphs, headings, items and quotes are found by a CommonMark parser and cut from the source."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.io.formats import plain
from dedupe.io.formats._markdown_blocks import MarkdownBlock, MarkdownSource, parse
from dedupe.io.formats.record import ReadOptions, Record, as_input_error
from dedupe.io.formats.strings import cut_numbers, join_strings
from dedupe.model import Document, Layout, Paragraph, Report, Span, without
from dedupe.text import removal
from dedupe.text.bounds import over

BLOCK_BYTES, MARK_BYTES = 2600, 800
"""Bytes of memory for a line of a block, and for a mark in it, with their tokens."""


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the whole stream as one record, whose document is the visible text."""
    for plain_record in plain.read(stream, place, read_options):
        try:
            record = _with_layout(plain_record)
        except Exception as error:
            record = Record(plain_record.raw, error=as_input_error(error, place), encoding=plain_record.encoding)
        yield record


def _with_layout(record: Record) -> Record:
    (document,) = record.documents
    source = _parse_within_bounds(document.text, document.id)
    return replace(record, documents=(_document(document, source),), rebuild=partial(_rebuilt, record, source))


def _document(document: Document, source: MarkdownSource) -> Document:
    paragraphs = tuple(
        Paragraph(number, block.start, *source.lines[block.stop - 1][1:], block.first + 1, block.stop)
        for number, block in enumerate(source.paragraphs)
    )
    layout = Layout(paragraphs, tuple(block.role for block in source.paragraphs))
    return replace(document, text=join_strings([block.text for block in source.paragraphs]), layout=layout)


def read_value(document: Document, place: str) -> Document:
    """Return the visible text of a value in a record as a document; raise `InputError` for one that is too large."""
    return _document(document, _parse_within_bounds(document.text, place))


def value_cuts(value: str, report: Report) -> list[Span] | None:
    """Return the cuts of a value that `read_value` parsed; None if the rest would then parse differently."""
    return _cuts(parse(value), report)


def _parse_within_bounds(text: str, place: str) -> MarkdownSource:
    """Return the block structure of a text; raise `InputError` if its blocks and tokens would take too much memory."""
    blocks = text.count("\n") - text.count("\n\n")
    if why := over(text, BLOCK_BYTES * blocks + MARK_BYTES * sum(map(text.count, "*_`[]<!~\\&"))):
        raise InputError(place, why)
    return parse(text)


def _rebuilt(record: Record, source: MarkdownSource, reports: Sequence[Report]) -> bytes:
    """Return the bytes without the cuts; unchanged if the rest would then parse differently."""
    (report,) = reports
    cuts = _cuts(source, report)
    if cuts is None:
        return record.raw
    (document,) = record.documents
    return record.without_repeats([Report(document, tuple(cuts))])


def _cuts(source: MarkdownSource, report: Report) -> list[Span] | None:
    numbers = cut_numbers(report)
    return cuts_of(source, [block for number, block in enumerate(source.paragraphs) if number in numbers])


def cuts_of(source: MarkdownSource, removed: Sequence[MarkdownBlock]) -> list[Span] | None:
    """Return the spans that are removed with these blocks; None if the rest would then parse differently.

    They include blank lines, the marks of an item or a quote that becomes empty, and a rule (`---`) that no longer
    separates anything: one beside another rule or at an end.
    """
    if not all(block.removable for block in removed):
        return None
    all_removed = frozenset([*removed, *_dangling_rules(source, frozenset(removed))])
    remaining = [block for block in source.blocks if block not in all_removed]
    spans = _removed_spans(source, all_removed, remaining)
    after = parse(without(source.text, spans))
    same = [block.identity for block in after.blocks] == [block.identity for block in remaining]
    return spans if same and after.references == source.references else None


def _dangling_rules(source: MarkdownSource, removed: Collection[MarkdownBlock]) -> list[MarkdownBlock]:
    """Return the rules that no longer separate anything."""
    dangling = []
    previous: MarkdownBlock | None = None
    is_cut = False
    for block in source.blocks:
        if block in removed:
            is_cut = True
        elif is_cut and block.kind == "hr" and (previous is None or previous.kind == "hr"):
            dangling.append(block)
        else:
            previous, is_cut = block, False
    if is_cut and previous is not None and previous.kind == "hr":
        dangling.append(previous)
    return dangling


def _removed_spans(
    source: MarkdownSource, removed: Collection[MarkdownBlock], remaining: Sequence[MarkdownBlock]
) -> list[Span]:
    """Return the spans to remove: whole lines, or those from the mark of an item to the block that remains in it."""
    dropped: set[int] = set()
    within_lines: list[tuple[int, int]] = []
    # The first block that remains in an item, by the item's depth and line.
    followers: dict[tuple[int, int], MarkdownBlock] = {}
    for block in reversed(remaining):
        for depth, (kind, line) in enumerate(zip(block.containers, block.container_lines, strict=True)):
            if kind == "item":
                followers[depth, line] = block
    for block in removed:
        items = [depth for depth, line in enumerate(block.container_lines) if line == block.first]
        follower = next((followers[depth, block.first] for depth in items if (depth, block.first) in followers), None)
        if follower is None:
            dropped.update(range(block.first, block.stop))
        else:
            start, stop, _ = source.lines[follower.first]
            indent = len(source.text[start:stop]) - len(source.text[start:stop].lstrip())
            within_lines.append((block.start, follower.start if "quote" in block.containers else start + indent))
    blank_lines = _blank_lines(source, removed, remaining, dropped)
    return removal.merged([*removal.line_cuts(source.lines, blank_lines, dropped), *within_lines])


def _blank_lines(
    source: MarkdownSource, removed: Collection[MarkdownBlock], remaining: Sequence[MarkdownBlock], dropped: set[int]
) -> set[int]:
    """Return the lines that are blank but for marks of quotes, and add to `dropped` those whose quote is removed."""
    owners = {line: block for block in remaining for line in range(block.first, block.stop)}
    removed_lines = {line for block in removed for line in range(block.first, block.stop)}
    blank_lines: set[int] = set()
    previous: MarkdownBlock | None = None
    pending: list[int] = []
    first_pending = 0
    for number, (start, stop, _) in enumerate([*source.lines, (0, 0, 0)]):
        is_past_end = number == len(source.lines)
        is_blank = not is_past_end and number not in owners and not source.text[start:stop].strip(" \t>")
        if is_blank and number not in removed_lines:
            pending.append(number)
        elif number not in removed_lines:
            following = owners.get(number)
            shared_quotes = previous and following and set(_open_quotes(previous)) & set(_open_quotes(following))
            if pending and not shared_quotes and not dropped.isdisjoint(range(first_pending, number)):
                dropped.update(line for line in pending if ">" in source.text[slice(*source.lines[line][:2])])
            blank_lines.update(pending)
            previous, pending, first_pending = following, [], number + 1
    return blank_lines - dropped


def _open_quotes(block: MarkdownBlock) -> list[tuple[int, int]]:
    return [(depth, block.container_lines[depth]) for depth, kind in enumerate(block.containers) if kind == "quote"]
