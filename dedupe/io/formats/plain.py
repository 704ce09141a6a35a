"""Plain text: the file is the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.io.formats._decoding import Decoded, text_of
from dedupe.io.formats._paged import FEED, paged, remaining
from dedupe.io.formats.record import Reading, Record, oversize
from dedupe.model import Document, Report


def whole(stream: BinaryIO, place: str, reading: Reading) -> tuple[bytes, Decoded]:
    """Return the bytes of a whole stream, and the text that they are; a byte order mark is kept apart from it."""
    data = stream.read(reading.max_record + 1)
    if len(data) > reading.max_record:
        raise InputError(place, oversize(reading))
    return data, text_of(data, place, reading.encoding)


def read(stream: BinaryIO, place: str, reading: Reading) -> Iterator[Record]:
    """Yield the whole stream as one record; of a text of pages, running heads are known as such."""
    data, content = whole(stream, place, reading)
    pages = paged(content.text, place) if FEED in content.text else None
    document, source = pages or (Document(content.text, place), None)

    def rebuild(reports: Sequence[Report]) -> bytes:
        (report,) = reports
        return content.encoded(report.text if source is None else remaining(source, report))

    yield Record(data, (document,), rebuild, ({},), encoding=content.encoding)
