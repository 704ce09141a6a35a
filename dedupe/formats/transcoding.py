"""Formats made of lines in other encodings than UTF-8: UTF-8 on the way in, the bytes they were on the way out."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import BinaryIO, cast

from dedupe.errors import InputError
from dedupe.formats.decoding import AUTO, MARKS, UTF_8, decoded
from dedupe.formats.record import Reading, Record, Stretch
from dedupe.model import Report

Read = Callable[[BinaryIO, str, Reading], Iterator[Stretch]]

CHUNK = 1 << 16
"""Bytes decoded at once."""


def transcoded(read: Read) -> Read:
    """Return a reader of any encoding, made of one that reads UTF-8.

    The encoding is that of the byte order mark, or else `Reading.encoding`; `auto` tells it from the first bytes. Bytes
    that would not come back as they were are an `InputError` with their offset.
    """

    def read_any(stream: BinaryIO, place: str, reading: Reading) -> Iterator[Stretch]:
        head = _head(stream)
        mark, codec = next(((mark, name) for mark, name in MARKS if head.startswith(mark)), (b"", reading.encoding))
        if codec == AUTO:
            codec = _told(head, place)
        if codec == UTF_8:
            yield from read(stream, place, reading)
            return
        stream.read(len(mark))
        if mark:
            yield Record(mark)
        source = cast(BinaryIO, io.BufferedReader(_AsUtf8(stream, place, codec, len(mark)), CHUNK))
        for record in (record for stretch in read(source, place, reading) for record in stretch.records()):
            yield replace(
                record,
                raw=_back(record.raw, codec),
                encoding=codec,
                rebuild=record.rebuild and partial(_rebuilt, record.rebuild, codec),
                annotate=record.annotate and partial(_annotated, record.annotate, codec),
            )

    return read_any


def _head(stream: BinaryIO) -> bytes:
    """Return the first bytes of a stream, which stay in it."""
    if hasattr(stream, "peek"):
        return bytes(stream.peek(CHUNK))
    head = stream.read(CHUNK)
    stream.seek(-len(head), io.SEEK_CUR)
    return head


def _told(head: bytes, place: str) -> str:
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(head)  # a character cut off at the end is none to complain of
        return UTF_8
    except UnicodeDecodeError:
        return decoded(head, place, AUTO).encoding


class _AsUtf8(io.RawIOBase):
    """A stream in another encoding, read as UTF-8."""

    def __init__(self, stream: BinaryIO, place: str, codec: str, done: int) -> None:
        super().__init__()
        self.stream = stream
        self.place = place
        self.codec = codec
        self.done = done
        self.decoder = codecs.getincrementaldecoder(codec)()
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        while not self.rest:
            piece = self.stream.read(CHUNK)
            kept = self.decoder.getstate()[0]
            self.rest = self._decoded(kept, piece).encode(UTF_8)
            self.done += len(piece)
            if not piece:
                break
        taken, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _decoded(self, kept: bytes, piece: bytes) -> str:
        """Decode a piece behind the bytes of a character that the one before began."""
        at = self.done - len(kept)
        try:
            text = self.decoder.decode(piece, final=not piece)
        except UnicodeError as error:
            start = at + getattr(error, "start", 0)
            raise InputError(
                self.place, f"is not {self.codec.upper()} at offset {start}; name its encoding with --encoding"
            ) from None
        whole = kept + piece
        if _back(text.encode(UTF_8), self.codec) != whole[: len(whole) - len(self.decoder.getstate()[0])]:
            raise InputError(
                self.place,
                f"would not stay the same bytes when read as {self.codec.upper()}, from about offset {at} on; "
                "convert it to UTF-8 first",
            )
        return text


def _back(data: bytes, codec: str) -> bytes:
    return data.decode(UTF_8).encode(codec)


def _rebuilt(rebuild: Callable[[Sequence[Report]], bytes], codec: str, reports: Sequence[Report]) -> bytes:
    return _back(rebuild(reports), codec)


def _annotated(
    annotate: Callable[[Sequence[Report], str], bytes], codec: str, reports: Sequence[Report], column: str
) -> bytes:
    return _back(annotate(reports, column), codec)
