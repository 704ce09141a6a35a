"""WARC: the pages of a web archive, or their texts (WET), in order; cleaned, they are written as JSON lines."""

from __future__ import annotations

import io
import json
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from typing import Any, BinaryIO

from dedupe.errors import InputError, MissingExtraError, damaged
from dedupe.io.formats import html, plain
from dedupe.io.formats._labels import codec_of
from dedupe.io.formats.record import JudgedChunk, ReadOptions, Record, as_input_error, named, oversize

PAGE_TYPES = ("text/html", "application/xhtml+xml")
"""Media types of the responses that are read."""

CONVERSION = "conversion"
"""Type of the records of a WET archive."""

TEXT_TYPES = ("text/plain",)
"""Media types of the conversions that are read."""

HEADER_BYTES = 1 << 20
"""Bytes of headers and of buffers that are allowed in addition to a record."""


class _Archive(io.RawIOBase):
    """The bytes of an archive; an error in them never looks like their end, and a header cannot be endless."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self.stream = stream
        self.where = ""
        self.remaining_bytes = 0

    def read(self, size: int = -1) -> bytes:
        try:
            piece = getattr(self.stream, "read1", self.stream.read)(size)  # returns what comes before an error
        except (EOFError, OSError, zlib.error) as error:  # warcio takes an EOFError for the end of the archive
            raise damaged(self.where, f"the compressed file is broken or cut short: {error}") from None
        except InputError as error:
            raise InputError(self.where, error.problem) from None
        self.remaining_bytes -= len(piece)
        if self.remaining_bytes < 0:
            raise damaged(self.where, "is no WARC record: its header does not end")
        return piece


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a record for each response that is an HTML page, and each conversion that is a text; others are skipped."""
    try:
        from warcio.archiveiterator import WARCIterator  # 40 ms
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError:
        raise MissingExtraError("warcio", "warc") from None
    archive = _Archive(stream)
    number = 0
    warc_record: Any = None
    records = None
    while True:
        number += 1
        archive.where = where = f"{place}:record {number}"
        archive.remaining_bytes = read_options.max_record + HEADER_BYTES
        try:
            with redirect_stderr(io.StringIO()):  # warcio writes there what it mends in headers, such as spaces
                records = records or WARCIterator(archive, no_record_parse=True)
                warc_record = next(records, None)
        except ArchiveLoadFailed as error:
            raise damaged(where, f"is no WARC record: {' '.join(str(error).split())[:100]}") from None
        if warc_record is None:
            return
        if warc_record.length is None or warc_record.rec_type is None:
            raise damaged(where, "is cut short, or no WARC record: its header names no type or length")
        archive.remaining_bytes = warc_record.length + read_options.max_record + HEADER_BYTES
        page = _page_or_error(warc_record, where, read_options)
        with redirect_stderr(io.StringIO()):  # warcio writes there what is reported below, with the place
            records.read_to_end()
        if warc_record.raw_stream.limit > 0:
            raise damaged(
                where, f"is cut short: {warc_record.raw_stream.limit:,} of its {warc_record.length:,} bytes are missing"
            )
        if records.err_count:
            raise InputError(where, "is not followed by an empty line; its Content-Length may be wrong")
        if isinstance(page, InputError):
            yield Record(b"", error=page)
        elif page is not None:
            yield from _documents(page, warc_record, place, number, read_options)


def _target_uri(warc_record: Any) -> str:
    return str(warc_record.rec_headers.get_header("WARC-Target-URI") or "")


def _page_or_error(warc_record: Any, where: str, read_options: ReadOptions) -> bytes | InputError | None:
    """Return the page or text of a record, or the error if it cannot be read; None if it has neither."""
    content = _converted_text if warc_record.rec_type == CONVERSION else _page
    try:
        return content(warc_record, where, read_options)
    except Exception as error:
        return InputError(where, as_input_error(error, where).problem, named(id=_target_uri(warc_record)))


def _page(warc_record: Any, where: str, read_options: ReadOptions) -> bytes | None:
    """Return the page of a record without transfer and content encodings; None if it has none."""
    from warcio.bufferedreaders import ChunkedDataReader  # imported already
    from warcio.statusandheaders import StatusAndHeadersParser

    if warc_record.rec_type != "response" or not _target_uri(warc_record).startswith("http"):
        return None
    if warc_record.length > read_options.max_record + HEADER_BYTES:
        raise InputError(where, oversize(read_options))
    block = warc_record.raw_stream.read()
    stream = io.BytesIO(block)
    try:
        headers = StatusAndHeadersParser(["HTTP/"], verify=False).parse(stream)
    except EOFError:
        return None
    media_type, _, parameters = (headers.get_header("Content-Type") or "").lower().partition(";")
    if media_type.strip() not in PAGE_TYPES:
        return None
    body = stream.read()
    if "chunked" in (headers.get_header("Transfer-Encoding") or "").lower():
        body = ChunkedDataReader(io.BytesIO(body)).read()
    for coding in reversed((headers.get_header("Content-Encoding") or "").lower().split(",")):
        body = _without_content_encoding(body, coding.strip(), where, read_options)
    if len(body) > read_options.max_record:
        raise InputError(where, oversize(read_options))
    return _as_utf8(body, parameters)


def _converted_text(warc_record: Any, where: str, read_options: ReadOptions) -> bytes | None:
    """Return the text that a page was converted to; None if the record has none."""
    media_type, _, parameters = (warc_record.rec_headers.get_header("Content-Type") or "").lower().partition(";")
    if media_type.strip() not in TEXT_TYPES:
        return None
    if warc_record.length > read_options.max_record:
        raise InputError(where, oversize(read_options))
    return _as_utf8(warc_record.raw_stream.read(), parameters)


def _without_content_encoding(body: bytes, coding: str, where: str, read_options: ReadOptions) -> bytes:
    """Undo a content encoding; many archives keep its header for content that they store decoded."""
    limit = read_options.max_record + 1
    try:
        if coding in ("gzip", "x-gzip", "deflate"):
            body = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(body, limit)
        elif coding == "br":
            body = _from_brotli(body, limit)
        elif coding not in ("", "identity"):
            raise InputError(
                where, f"has the content encoding {coding!r}, where gzip, deflate, br or none is read; decode it first"
            )
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


def _as_utf8(body: bytes, parameters: str) -> bytes:
    """Return a page in the charset of its response as UTF-8 with a mark, which overrides the page's own charset."""
    name = next((item.split("=", 1)[1] for item in parameters.split(";") if item.strip().startswith("charset=")), "")
    if not name or body.startswith(BOM_UTF8):
        return body
    try:
        return BOM_UTF8 + body.decode(codec_of(name.strip(" \"'"))).encode("utf-8")
    except (LookupError, ValueError):  # unknown or wrong, so the page's own charset counts
        return body


def _documents(page: bytes, warc_record: Any, place: str, number: int, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a page parsed as HTML, or a text parsed as plain text, with the archive's address and date."""
    where = f"{place}:record {number}"
    url = _target_uri(warc_record)
    date = str(warc_record.rec_headers.get_header("WARC-Date") or "")
    format_module, column = (plain, "text") if warc_record.rec_type == CONVERSION else (html, "html")
    keys = {"document": place, "record": number, "field": column, "id": url}
    try:
        for record in format_module.read(io.BytesIO(page), where, read_options):
            documents = [replace(item, id=where, url=url, date=date) for item in record.documents]
            yield replace(record, documents=documents, places=[keys] * len(documents))
    except Exception as error:
        yield Record(b"", error=InputError(where, as_input_error(error, where).problem, named(id=url)))


def write(judged: Iterable[JudgedChunk], _: str) -> Iterator[bytes]:
    r"""Yield a JSON line for each page: {"url": ..., "date": ..., "html": ...}; for a text with "text" instead."""
    for record, reports in judged:
        if isinstance(record, Record) and record.documents and record.error is None:
            document = record.documents[0]
            page = record.without_repeats(reports).decode(record.encoding).removeprefix("\ufeff")
            column = record.places[0]["field"]
            yield json.dumps({"url": document.url, "date": document.date, column: page}).encode("ascii") + b"\n"
