"""Plain text: a file is one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.io.formats._decoding import Decoded, decode_text
from dedupe.io.formats._paged import FEED, paged, without_removed
from dedupe.io.formats.record import ReadOptions, Record, oversize
from dedupe.model import Document, Report


def read_whole(stream: BinaryIO, place: str, read_options: ReadOptions) -> tuple[bytes, Decoded]:
    """Return the bytes of a whole stream, and its text without a byte order mark."""
    data = stream.read(read_options.max_record + 1)
    if len(data) > read_options.max_record:
        raise InputError(place, oversize(read_options))
    return data, decode_text(data, place, read_options.encoding)


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the whole stream as one record; a text with form feeds gets the roles of running heads."""
    data, content = read_whole(stream, place, read_options)
    pages = paged(content.text, place) if FEED in content.text else None
    document, source = pages or (Document(content.text, place), None)

    def rebuild(reports: Sequence[Report]) -> bytes:
        (report,) = reports
        return content.encoded(report.text if source is None else without_removed(source, report))

    yield Record(data, (document,), rebuild, ({},), encoding=content.encoding)
