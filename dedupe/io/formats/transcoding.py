"""Read formats made of lines in any encoding as UTF-8, and write them back in their own encoding."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, Protocol, cast

from dedupe.errors import InputError
from dedupe.io.formats._decoding import AUTO, MARKS, UTF_8, codec_named, encodes_to, encoding_advice, guess_codec
from dedupe.io.formats._labels import shown, spellings
from dedupe.io.formats.record import Chunk, ReadOptions, Record

Read = Callable[[BinaryIO, str, ReadOptions], Iterator[Chunk]]

PIECE_BYTES = 1 << 16
"""Bytes decoded at a time."""


def transcoded(read: Read) -> Read:
    """Return a reader of any encoding, given one of UTF-8.

    The encoding is that of the byte order mark, or else `ReadOptions.encoding`; `auto` detects it. Bytes that would not
    be written back unchanged raise `InputError` with their offset.
    """

    def read_any(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Chunk]:
        source = open_as_utf8(stream, place, read_options.encoding)
        if source is None:
            yield from read(stream, place, read_options)
            return
        if source.mark:
            yield Record(source.mark)
        buffered = cast(BinaryIO, io.BufferedReader(source, PIECE_BYTES))
        for record in (record for chunk in read(buffered, place, read_options) for record in chunk.records()):
            source_codec = source.codec
            yield replace(
                record,
                raw=_reencode(record.raw, source_codec),
                encoding=source_codec,
                rebuild=record.rebuild and partial(_reencoded, record.rebuild, source_codec),
                annotate=record.annotate and partial(_reencoded, record.annotate, source_codec),
            )

    return read_any


def open_as_utf8(stream: BinaryIO, place: str, encoding: str) -> Utf8Stream | None:
    """Return a stream as UTF-8, read from behind its byte order mark; None if it is UTF-8 already."""
    head = _head(stream)
    mark, codec = next(((mark, name) for mark, name in MARKS if head.startswith(mark)), (b"", codec_named(encoding)))
    if codec == AUTO:
        codec = _detect_codec(stream, head, place)
    if codec == UTF_8:
        return None
    stream.read(len(mark))
    return Utf8Stream(stream, place, codec, mark)


def _head(stream: BinaryIO) -> bytes:
    """Return the first bytes of a stream without consuming them."""
    if hasattr(stream, "peek"):
        return bytes(stream.peek(PIECE_BYTES))
    head = stream.read(PIECE_BYTES)
    stream.seek(-len(head), io.SEEK_CUR)
    return head


def _detect_codec(stream: BinaryIO, head: bytes, place: str) -> str:
    """Return the codec of a stream without a mark, guessed around the first bytes that are not UTF-8.

    Of a stream that cannot seek, such as standard input, only the first bytes are looked at.
    """
    if not stream.seekable():
        return UTF_8 if _is_utf8(codecs.getincrementaldecoder(UTF_8)(), head) else guess_codec(head, place)
    start = stream.tell()
    decoder = codecs.getincrementaldecoder(UTF_8)()
    before = b""
    try:
        while piece := stream.read(PIECE_BYTES):
            if not _is_utf8(decoder, piece):
                return guess_codec(before + piece + stream.read(PIECE_BYTES), place)
            before = piece
        return UTF_8
    finally:
        stream.seek(start)


def _is_utf8(decoder: codecs.IncrementalDecoder, piece: bytes) -> bool:
    """Say whether a piece continues valid UTF-8; its last character may be incomplete."""
    try:
        decoder.decode(piece)
    except UnicodeDecodeError:
        return False
    return True


class Utf8Stream(io.RawIOBase):
    """A stream in another encoding, read as UTF-8.

    `mark`: its byte order mark, which is skipped. `codec`: encodes the text read so far to the same bytes.
    """

    def __init__(self, stream: BinaryIO, place: str, codec: str, mark: bytes) -> None:
        super().__init__()
        self.stream = stream
        self.place = place
        self.mark = mark
        self.codec = codec
        self._codecs = spellings(codec)
        self._bytes_read = len(mark)
        self._decoder = codecs.getincrementaldecoder(codec)()
        self._pending = b""

    def readable(self) -> bool:
        """Return true: the stream can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader passes a memoryview
        """Fill a buffer; raise `InputError` for bytes that would not be written back unchanged."""
        while not self._pending:
            piece = self.stream.read(PIECE_BYTES)
            incomplete = self._decoder.getstate()[0]
            self._pending = self._decoded(incomplete, piece).encode(UTF_8)
            self._bytes_read += len(piece)
            if not piece:
                break
        part, self._pending = self._pending[: len(buffer)], self._pending[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _decoded(self, incomplete: bytes, piece: bytes) -> str:
        """Decode a piece that continues the incomplete character of the one before."""
        offset = self._bytes_read - len(incomplete)
        name = shown(self.codec)
        try:
            text = self._decoder.decode(piece, final=not piece)
        except UnicodeError as error:
            start = offset + getattr(error, "start", 0)
            advice = encoding_advice(self.codec, bool(self.mark))
            raise InputError(self.place, f"is not {name} at offset {start}; {advice}") from None
        consumed = incomplete + piece
        consumed = consumed[: len(consumed) - len(self._decoder.getstate()[0])]
        self._codecs = tuple(codec for codec in self._codecs if encodes_to(codec, text, consumed))
        if not self._codecs:
            raise InputError(
                self.place,
                f"would not stay the same bytes when read as {name}, from about offset {offset} on; "
                "convert it to UTF-8 first",
            )
        self.codec = self._codecs[0]
        return text


class Writer(Protocol):
    """A file that bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Append bytes."""


@contextmanager
def encode_like(file: Writer, stream: io.BufferedReader) -> Iterator[Writer]:
    """Yield a writer that takes UTF-8 and writes in the encoding of a source; the file itself if that is UTF-8."""
    if not isinstance(stream.raw, Utf8Stream):
        yield file
        return
    writer = _SourceEncoder(file, stream.raw)
    yield writer
    writer.end()


class _SourceEncoder:
    """Write UTF-8 in the encoding of its source, a line at a time, after the source's byte order mark."""

    def __init__(self, file: Writer, source: Utf8Stream) -> None:
        self._file = file
        self._source = source
        self._is_started = False
        self._pending = b""

    def write(self, data: bytes) -> None:
        """Append bytes; an incomplete line waits for its end."""
        complete, feed, self._pending = (self._pending + data).rpartition(b"\n")
        self._encode(complete + feed)

    def end(self) -> None:
        """Append a last line without a line end."""
        self._encode(self._pending)

    def _encode(self, lines: bytes) -> None:
        if lines:
            self._file.write((b"" if self._is_started else self._source.mark) + _reencode(lines, self._source.codec))
            self._is_started = True


def _reencode(data: bytes, codec: str) -> bytes:
    return data.decode(UTF_8).encode(codec)


def _reencoded(function: Callable[..., bytes], codec: str, *arguments: Any) -> bytes:
    return _reencode(function(*arguments), codec)
