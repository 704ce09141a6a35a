"""HTML: texts are cut out of the source of a page; the rest of it keeps every character."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

import regex

from dedupe._failures import unexpected
from dedupe.errors import InputError
from dedupe.io.formats._decoding import AUTO, UTF_8, codec_named, decode_bytes
from dedupe.io.formats.html._blocks import HtmlPage, InlineText, layout
from dedupe.io.formats.html._cutting import cuts, is_rest, spans
from dedupe.io.formats.html._encoding import declared, decode
from dedupe.io.formats.html._nodes import is_blank, read_page
from dedupe.io.formats.html._structure import paragraphs
from dedupe.io.formats.html._tree import parse
from dedupe.io.formats.record import ReadOptions, Record, oversize
from dedupe.model import Document, Report, Span, without
from dedupe.text.bounds import FREE_BYTES, over

MAX_BYTES = 1 << 25
"""A page larger than this is refused: its tree would take a hundred times as much memory."""

NODE_BYTES, ATTRIBUTE_BYTES = 2000, 450
"""Memory for a tag and for an attribute, with the objects made of them."""

_LONG_TAG_CHARACTERS = 4096
"""Length from which the attributes of a tag are counted."""

_LONG_TAG = regex.compile(rf"<[A-Za-z][^>]{{{_LONG_TAG_CHARACTERS},}}+")
_APART = regex.compile(r"[\s/]++")


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the whole page as one record."""
    data = stream.read(min(MAX_BYTES, read_options.max_record) + 1)
    if len(data) > read_options.max_record:
        raise InputError(place, oversize(read_options))
    if len(data) > MAX_BYTES:
        raise InputError(place, f"is larger than {MAX_BYTES >> 20} MB; no page is")
    encoding = codec_named(read_options.encoding)
    try:
        if encoding == AUTO:
            page = record(data, place, _detected(data, place))
        else:
            page = record(data, place, "" if encoding == UTF_8 else encoding)
    except Exception as error:
        page = Record(data, error=unexpected(place, error))
    yield page


def _detected(data: bytes, place: str) -> str:
    """Return the codec of a page from its bytes; empty if they are what its mark or its `<meta>` says."""
    if declared(data):
        try:
            decode(data, place)
        except InputError:  # it is not what it says
            pass
        else:
            return ""
    return decode_bytes(data, place, AUTO).encoding


def record(data: bytes, place: str, encoding: str = "", read_as: Callable[[str], str] = str) -> Record:
    """Return a page as a record, with an error instead of documents if its tree would take too much memory.

    `read_as` turns the source into one of the same length for the HTML parser, as for XHTML. Raises `InputError` if the
    page cannot be decoded.
    """
    mark, source, codec = decode(data, place, encoding)
    if why := over(source, _tree_bytes(source)):
        return Record(data, error=InputError(place, why))
    page = _page(source, read_as)
    text, positions = layout(source, page.text_blocks)

    def rebuild(reports: Sequence[Report]) -> bytes:
        cleaned = without_paragraphs(page, _removed_starts(reports[0]), read_as)
        if cleaned is None:
            raise InputError(
                place,
                "would not be parsed as it should without its duplicates, so it is left as it was; "
                "please report it, with the page, as a bug",
            )
        return mark + cleaned.encode(codec)

    return Record(data, (Document(text, place, layout=positions),), rebuild, ({},), encoding=codec)


def read_value(document: Document, place: str) -> Document:
    """Return the visible text of a value of a record that is HTML; raise `InputError` if it is too large."""
    source = document.text
    if why := over(source, _tree_bytes(source)):
        raise InputError(place, why)
    text, positions = layout(source, _page(source).text_blocks)
    return replace(document, text=text, layout=positions)


def value_cuts(value: str, report: Report) -> list[Span] | None:
    """Return the cuts in a value that `read_value` read; None if they would change how the rest of it is parsed."""
    return _removal(_page(value), _removed_starts(report))


def _page(source: str, read_as: Callable[[str], str] = str) -> HtmlPage:
    nodes = parse(read_as(source))
    return HtmlPage(source, nodes, paragraphs(nodes))


def _removed_starts(report: Report) -> set[int]:
    """Return the offsets at which the removed paragraphs start."""
    return {finding.span.start for finding in report.findings if finding.action == "remove"}


def _tree_bytes(source: str) -> int:
    """Return an estimate, from above, of the memory that the tree of a page takes."""
    long_pieces = [piece for piece in source.split(">") if len(piece) > _LONG_TAG_CHARACTERS]
    attributes = ATTRIBUTE_BYTES * sum(
        len(_APART.findall(tag)) for piece in long_pieces for tag in _LONG_TAG.findall(piece)
    )
    tag_starts = source.count("<")
    if NODE_BYTES * tag_starts < FREE_BYTES // 2:
        return NODE_BYTES * tag_starts + attributes
    end_tags = source.count("</")
    # An end tag of a paragraph that is not open makes an empty one.
    opened_by_end_tags = max(0, source.count("</p") - source.count("<p"))
    return NODE_BYTES * (tag_starts - end_tags + opened_by_end_tags) + attributes


def without_paragraphs(page: HtmlPage, removed_starts: set[int], read_as: Callable[[str], str] = str) -> str | None:
    """Return a source without the paragraphs that start at these offsets; None if they cannot be removed."""
    spans_removed = _removal(page, removed_starts, read_as)
    return None if spans_removed is None else without(page.source, spans_removed)


def _removal(page: HtmlPage, removed_starts: set[int], read_as: Callable[[str], str] = str) -> list[Span] | None:
    """Return the cuts that remove the paragraphs that start at these offsets; None if no cuts keep the rest intact.

    The result is parsed again: its tree must be the old one without whole nodes. Where an end tag that would be cut has
    an effect on what stays, only texts are cut.
    """

    def is_removed(run: InlineText) -> bool:
        return run.texts[0].start in removed_starts

    for wrappers, reopened in ((True, True), (True, False), (False, True), (False, False)):
        removed = cuts(page, is_removed, wrappers=wrappers, reopened=reopened)
        found = spans(page.source, page.nodes, removed)
        if is_rest(page.nodes, removed, read_page(read_as(without(page.source, found)))):
            return found
    return None


__all__ = ["HtmlPage", "is_blank", "read", "read_value", "record", "value_cuts", "without_paragraphs"]
