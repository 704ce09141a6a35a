"""WARC: the pages of a web archive, or their texts (WET), one after the other; cleaned, they become JSON lines."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from typing import Any, BinaryIO

from dedupe._failures import unexpected
from dedupe.errors import InputError, MissingExtraError
from dedupe.io.formats import html, plain
from dedupe.io.formats.record import JudgedChunk, ReadOptions, Record, named, oversize
from dedupe.io.formats.separated import BOM

PAGES = ("text/html", "application/xhtml+xml")
"""Media types of responses that are read."""

CONVERSION = "conversion"
"""Type of the records of a WET archive."""

TEXTS = ("text/plain",)
"""Media types of conversions that are read."""

SLACK = 1 << 20
"""Bytes of headers and of the archive's own buffers that may come on top of a record."""


class _Archive(io.RawIOBase):
    """The bytes of an archive; trouble in them is never taken for their end, nor read without bound."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self.stream = stream
        self.where = ""
        self.allowed = 0

    def read(self, size: int = -1) -> bytes:
        try:
            piece = getattr(self.stream, "read1", self.stream.read)(size)  # what comes before the trouble is given
        except (EOFError, OSError, zlib.error) as error:  # warcio takes an EOFError for the end of the archive
            raise InputError(self.where, f"the compressed file is broken or cut short: {error}") from None
        except InputError as error:
            raise InputError(self.where, error.problem) from None
        self.allowed -= len(piece)
        if self.allowed < 0:
            raise InputError(self.where, "is no WARC record: its header does not end")
        return piece


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a record for each response that is an HTML page, and each conversion that is a text; what else is in the
    archive is passed over.
    """
    try:
        from warcio.archiveiterator import WARCIterator  # 40 ms that only WARC pays for
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError:
        raise MissingExtraError("warcio", "warc") from None
    archive = _Archive(stream)
    number = 0
    found: Any = None
    records = None
    while True:
        number += 1
        archive.where = where = f"{place}:record {number}"
        archive.allowed = read_options.max_record + SLACK
        try:
            if records is None:
                records = WARCIterator(archive, no_record_parse=True)
            found = next(records, None)
        except ArchiveLoadFailed as error:
            raise InputError(where, f"is no WARC record: {' '.join(str(error).split())[:100]}") from None
        if found is None:
            return
        if found.length is None or found.rec_type is None:
            raise InputError(where, "is cut short, or no WARC record: its header names no type or length")
        archive.allowed = found.length + read_options.max_record + SLACK
        try:
            page = (
                _text(found, where, read_options) if found.rec_type == CONVERSION else _page(found, where, read_options)
            )
            problem = None
        except InputError as error:
            page, problem = None, InputError(where, error.problem, named(id=_address(found)))
        except Exception as error:
            page, problem = None, unexpected(where, error, named(id=_address(found)))
        with redirect_stderr(io.StringIO()):  # what warcio says there is said below, with the place
            records.read_to_end()
        if found.raw_stream.limit > 0:
            raise InputError(
                where, f"is cut short: {found.raw_stream.limit:,} of its {found.length:,} bytes are missing"
            )
        if records.err_count:
            raise InputError(where, "is not followed by an empty line; its Content-Length may be wrong")
        if problem is not None:
            yield Record(b"", error=problem)
        elif page is not None:
            yield from _documents(page, found, place, number, read_options)


def _address(found: Any) -> str:
    return str(found.rec_headers.get_header("WARC-Target-URI") or "")


def _page(found: Any, where: str, read_options: ReadOptions) -> bytes | None:
    """Return the page of a record, transfer and content encodings undone; None when it holds none."""
    from warcio.bufferedreaders import ChunkedDataReader  # loaded already
    from warcio.statusandheaders import StatusAndHeadersParser

    if found.rec_type != "response" or not _address(found).startswith("http"):
        return None
    if found.length > read_options.max_record + SLACK:
        raise InputError(where, oversize(read_options))
    block = found.raw_stream.read()
    stream = io.BytesIO(block)
    try:
        headers = StatusAndHeadersParser(["HTTP/"], verify=False).parse(stream)
    except EOFError:
        return None
    kind, _, parameters = (headers.get_header("Content-Type") or "").lower().partition(";")
    if kind.strip() not in PAGES:
        return None
    body = stream.read()
    if "chunked" in (headers.get_header("Transfer-Encoding") or "").lower():
        body = ChunkedDataReader(io.BytesIO(body)).read()
    for coding in reversed((headers.get_header("Content-Encoding") or "").lower().split(",")):
        body = _decoded(body, coding.strip(), where, read_options)
    if len(body) > read_options.max_record:
        raise InputError(where, oversize(read_options))
    return _with_charset(body, parameters)


def _text(found: Any, where: str, read_options: ReadOptions) -> bytes | None:
    """Return the text that a page was converted to; None when the record holds none."""
    kind, _, parameters = (found.rec_headers.get_header("Content-Type") or "").lower().partition(";")
    if kind.strip() not in TEXTS:
        return None
    if found.length > read_options.max_record:
        raise InputError(where, oversize(read_options))
    return _with_charset(found.raw_stream.read(), parameters)


def _decoded(body: bytes, coding: str, where: str, read_options: ReadOptions) -> bytes:
    """Undo a content encoding; archives that keep the header of what they stored decoded are common."""
    limit = read_options.max_record + 1
    try:
        if coding in ("gzip", "x-gzip", "deflate"):
            body = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(body, limit)
        elif coding == "br":
            body = _from_brotli(body, limit)
        elif coding not in ("", "identity"):
            raise InputError(where, f"has the content encoding {coding!r}, where gzip, deflate, br or none is read")
    except zlib.error:
        pass
    if len(body) >= limit:
        raise InputError(where, oversize(read_options))
    return body


def _from_brotli(body: bytes, limit: int) -> bytes:
    try:
        import brotli  # 1 ms, and rare
    except ImportError:
        raise MissingExtraError("brotli", "warc") from None
    try:
        return bytes(brotli.Decompressor().process(body, output_buffer_limit=limit))
    except brotli.error:
        return body


def _with_charset(body: bytes, parameters: str) -> bytes:
    """Return a page in the charset its response names as UTF-8 with a mark, which goes before what the page says."""
    name = next((one.split("=", 1)[1] for one in parameters.split(";") if one.strip().startswith("charset=")), "")
    if not name or body.startswith(BOM):
        return body
    try:
        return BOM + body.decode(name.strip(" \"'")).encode("utf-8")
    except (LookupError, ValueError):  # unknown, or not true: then the page has the say
        return body


def _documents(page: bytes, found: Any, place: str, number: int, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a page as the HTML format reads it, a text as that of plain text does, with the archive's names for it."""
    where = f"{place}:record {number}"
    url = _address(found)
    date = str(found.rec_headers.get_header("WARC-Date") or "")
    form, column = (plain, "text") if found.rec_type == CONVERSION else (html, "html")
    names = {"document": place, "record": number, "field": column, "id": url}
    try:
        for record in form.read(io.BytesIO(page), where, read_options):
            documents = [replace(one, id=where, url=url, date=date) for one in record.documents]
            yield replace(record, documents=documents, places=[names] * len(documents))
    except InputError as error:
        yield Record(b"", error=InputError(where, error.problem, named(id=url)))
    except Exception as error:
        yield Record(b"", error=unexpected(where, error, named(id=url)))


def write(judged: Iterable[JudgedChunk], _: str) -> Iterator[bytes]:
    r"""Yield a JSON line for each page: {"url": ..., "date": ..., "html": ...}; for a text, "text" instead."""
    for record, reports in judged:
        if isinstance(record, Record) and record.documents and record.error is None:
            document = record.documents[0]
            page = record.without_repeats(reports).decode(record.encoding).removeprefix("\ufeff")
            column = record.places[0]["field"]
            yield json.dumps({"url": document.url, "date": document.date, column: page}).encode("ascii") + b"\n"
