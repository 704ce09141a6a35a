"""HTML: the source of a page is edited, not written anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

import regex

from dedupe._failures import unexpected
from dedupe.errors import InputError
from dedupe.io.formats._decoding import AUTO, UTF_8, codec_named, decode_bytes
from dedupe.io.formats.html._comparison import is_rest
from dedupe.io.formats.html._cutting import cuts, spans
from dedupe.io.formats.html._encoding import declared, decode
from dedupe.io.formats.html._nodes import Node, read_page
from dedupe.io.formats.html._structure import paragraphs
from dedupe.io.formats.html._tree import parse
from dedupe.io.formats.html.blocks import InlineText, TextBlock, layout
from dedupe.io.formats.record import ReadOptions, Record, oversize
from dedupe.model import Document, Report, Span, without
from dedupe.text.bounds import FREE_BYTES, over

MAX_BYTES = 1 << 25
"""A page larger than this is refused: its tree would take a hundred times as much memory."""

NODE, ATTRIBUTE = 2000, 450
"""Bytes that a tag and an attribute take, with what is made of them."""

_LONG = 4096
"""Characters from which the attributes of a tag are counted."""

_LONG_TAG = regex.compile(rf"<[A-Za-z][^>]{{{_LONG},}}+")
_APART = regex.compile(r"[\s/]++")


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the whole page as one record."""
    data = stream.read(min(MAX_BYTES, read_options.max_record) + 1)
    if len(data) > read_options.max_record:
        raise InputError(place, oversize(read_options))
    if len(data) > MAX_BYTES:
        raise InputError(place, f"is larger than {MAX_BYTES >> 20} MB; no page is")
    encoding = codec_named(read_options.encoding)
    if encoding == AUTO and not declared(data):
        encoding = decode_bytes(data, place, AUTO).encoding
    try:
        page = record(data, place, "" if encoding in (AUTO, UTF_8) else encoding)
    except Exception as error:
        page = Record(data, error=unexpected(place, error))
    yield page


def record(data: bytes, place: str, encoding: str = "", read_as: Callable[[str], str] = str) -> Record:
    """Return a page as a record; one whose tree would take too much memory goes by unread. Raises `InputError` for what
    cannot be decoded. `read_as`: from a source to one of the same length that HTML reads as this is meant.
    """
    mark, source, codec = decode(data, place, encoding)
    if why := over(source, _taken(source)):
        return Record(data, error=InputError(place, why))
    nodes = parse(read_as(source))
    found = paragraphs(nodes)
    text, placed = layout(source, found)

    def rebuild(reports: Sequence[Report]) -> bytes:
        cleaned = without_paragraphs(source, nodes, found, _going(reports[0]), read_as)
        if cleaned is None:
            raise InputError(
                place,
                "would not read as it should without what goes, so it is left as it was; "
                "please report it, with the page, as a bug",
            )
        return mark + cleaned.encode(codec)

    return Record(data, (Document(text, place, layout=placed),), rebuild, ({},), encoding=codec)


def read_value(document: Document, place: str) -> Document:
    """Return what a reader sees of a document that is a value in a record; raise `InputError` for one too large."""
    source = document.text
    if why := over(source, _taken(source)):
        raise InputError(place, why)
    text, placed = layout(source, paragraphs(parse(source)))
    return replace(document, text=text, layout=placed)


def value_cuts(value: str, report: Report) -> list[Span] | None:
    """Return what goes from a value that `read_value` read; None when it cannot go without harm to the rest."""
    nodes = parse(value)
    return removal(value, nodes, paragraphs(nodes), _going(report))


def _going(report: Report) -> set[int]:
    """Return where the paragraphs begin that go."""
    return {finding.span.start for finding in report.findings if finding.action == "remove"}


def _taken(source: str) -> int:
    """Return about how many bytes the tree of a page takes, or more, told before there is one."""
    long = [piece for piece in source.split(">") if len(piece) > _LONG]
    attributes = ATTRIBUTE * sum(len(_APART.findall(tag)) for piece in long for tag in _LONG_TAG.findall(piece))
    marks = source.count("<")
    if NODE * marks < FREE_BYTES // 2:
        return NODE * marks + attributes
    ends = source.count("</")
    opened = max(0, source.count("</p") - source.count("<p"))  # the end tag of a paragraph makes one if there is none
    return NODE * (marks - ends + opened) + attributes


def without_paragraphs(
    source: str,
    nodes: Sequence[Node],
    found: Sequence[TextBlock],
    going: set[int],
    read_as: Callable[[str], str] = str,
) -> str | None:
    """Return a source without the paragraphs that begin at these places; None where they cannot go."""
    gone = removal(source, nodes, found, going, read_as)
    return None if gone is None else without(source, gone)


def removal(
    source: str,
    nodes: Sequence[Node],
    found: Sequence[TextBlock],
    going: set[int],
    read_as: Callable[[str], str] = str,
) -> list[Span] | None:
    """Return what goes of a source with the paragraphs that begin at these places; None if the tree of the rest were
    not what it should be.

    What comes out is read again: it must be the tree of before, but for whole nodes. Where the source is so broken that
    an end tag of what goes has a meaning for what stays, texts go alone.
    """

    def goes(run: InlineText) -> bool:
        return run.texts[0].start in going

    for wrappers, reopened in ((True, True), (True, False), (False, True), (False, False)):
        gone = cuts(source, nodes, found, goes, wrappers=wrappers, reopened=reopened)
        taken = spans(source, nodes, gone)
        if is_rest(nodes, gone, read_page(read_as(without(source, taken)))):
            return taken
    return None
