"""Plain text: the file is the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.formats.record import Format, Reading, Record
from dedupe.model import Document, Report

MAX_BYTES = 1 << 28
"""A single text larger than this is refused: one article is never that large, and it would have to fit in memory."""

BOM = b"\xef\xbb\xbf"


def decode(data: bytes, place: str) -> str:
    """Decode UTF-8; raise `InputError` with the byte offset for anything else."""
    zero = data.find(b"\0")
    if zero >= 0:
        raise InputError(
            place, f"has a NUL byte at offset {zero}, so it is no text; leave it out, or extract its text first"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            place, f"is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}; convert it with iconv first"
        ) from None


def read(stream: BinaryIO, place: str, reading: Reading) -> Iterator[Record]:
    """Yield the whole stream as one record; a byte order mark is kept apart from the text."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(place, f"is larger than {MAX_BYTES >> 20} MB; split it into articles first")
    mark = BOM if data.startswith(BOM) else b""
    text = decode(data[len(mark) :], place)

    def rebuild(reports: Sequence[Report]) -> bytes:
        return mark + reports[0].text.encode("utf-8")

    yield Record(data, (Document(text, place),), rebuild, ({},))


FORMAT = Format("text", (".txt", ".text"), read)
