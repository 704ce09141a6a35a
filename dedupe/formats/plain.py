"""Plain text: the file is the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.formats.decoding import Decoded, text_of
from dedupe.formats.record import Reading, Record, oversize
from dedupe.model import Document, Report


def whole(stream: BinaryIO, place: str, reading: Reading) -> tuple[bytes, Decoded]:
    """Return the bytes of a whole stream, and the text that they are; a byte order mark is kept apart from it."""
    data = stream.read(reading.max_record + 1)
    if len(data) > reading.max_record:
        raise InputError(place, oversize(reading))
    return data, text_of(data, place, reading.encoding)


def read(stream: BinaryIO, place: str, reading: Reading) -> Iterator[Record]:
    """Yield the whole stream as one record."""
    data, content = whole(stream, place, reading)

    def rebuild(reports: Sequence[Report]) -> bytes:
        return content.encoded(reports[0].text)

    yield Record(data, (Document(content.text, place),), rebuild, ({},), encoding=content.encoding)
