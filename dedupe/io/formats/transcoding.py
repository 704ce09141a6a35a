"""Formats made of lines in other encodings than UTF-8: UTF-8 on the way in, the bytes they were on the way out."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import BinaryIO, Protocol, cast

from dedupe.errors import InputError
from dedupe.io.formats._decoding import AUTO, MARKS, UTF_8, advice, guessed, known, writes
from dedupe.io.formats._labels import shown, spellings
from dedupe.io.formats.record import Chunk, ReadOptions, Record
from dedupe.model import Report

Read = Callable[[BinaryIO, str, ReadOptions], Iterator[Chunk]]

CHUNK = 1 << 16
"""Bytes decoded at once."""


def transcoded(read: Read) -> Read:
    """Return a reader of any encoding, made of one that reads UTF-8.

    The encoding is that of the byte order mark, or else `ReadOptions.encoding`; `auto` tells it from the first bytes.
    Bytes that would not come back as they were are an `InputError` with their offset.
    """

    def read_any(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Chunk]:
        source = as_utf8(stream, place, read_options.encoding)
        if source is None:
            yield from read(stream, place, read_options)
            return
        if source.mark:
            yield Record(source.mark)
        buffered = cast(BinaryIO, io.BufferedReader(source, CHUNK))
        for record in (record for stretch in read(buffered, place, read_options) for record in stretch.records()):
            codec = source.writes
            yield replace(
                record,
                raw=_back(record.raw, codec),
                encoding=codec,
                rebuild=record.rebuild and partial(_rebuilt, record.rebuild, codec),
                annotate=record.annotate and partial(_annotated, record.annotate, codec),
            )

    return read_any


def as_utf8(stream: BinaryIO, place: str, encoding: str) -> AsUtf8 | None:
    """Return a stream in another encoding as UTF-8, begun behind its byte order mark; None for one that is UTF-8."""
    head = _head(stream)
    mark, codec = next(((mark, name) for mark, name in MARKS if head.startswith(mark)), (b"", known(encoding)))
    if codec == AUTO:
        codec = _told(stream, head, place)
    if codec == UTF_8:
        return None
    stream.read(len(mark))
    return AsUtf8(stream, place, codec, mark)


def _head(stream: BinaryIO) -> bytes:
    """Return the first bytes of a stream, which stay in it."""
    if hasattr(stream, "peek"):
        return bytes(stream.peek(CHUNK))
    head = stream.read(CHUNK)
    stream.seek(-len(head), io.SEEK_CUR)
    return head


def _told(stream: BinaryIO, head: bytes, place: str) -> str:
    """Return the codec of a stream without a mark, told from the first bytes that are not UTF-8.

    What cannot be wound back, such as standard input, is told from its first bytes alone.
    """
    if not stream.seekable():
        return UTF_8 if _is_utf8(codecs.getincrementaldecoder(UTF_8)(), head) else guessed(head, place)
    start = stream.tell()
    decoder = codecs.getincrementaldecoder(UTF_8)()
    before = b""
    try:
        while piece := stream.read(CHUNK):
            if not _is_utf8(decoder, piece):
                return guessed(before + piece + stream.read(CHUNK), place)
            before = piece
        return UTF_8
    finally:
        stream.seek(start)


def _is_utf8(decoder: codecs.IncrementalDecoder, piece: bytes) -> bool:
    """Say whether a piece goes on as UTF-8; a character that is cut off at its end is none to complain of."""
    try:
        decoder.decode(piece)
    except UnicodeDecodeError:
        return False
    return True


class AsUtf8(io.RawIOBase):
    """A stream in another encoding, read as UTF-8.

    `mark`: its byte order mark, which is passed. `writes`: the codec by which what was read so far becomes the same
    bytes again.
    """

    def __init__(self, stream: BinaryIO, place: str, codec: str, mark: bytes) -> None:
        super().__init__()
        self.stream = stream
        self.place = place
        self.mark = mark
        self.writes = codec
        self._codecs = spellings(codec)
        self._done = len(mark)
        self._decoder = codecs.getincrementaldecoder(codec)()
        self._rest = b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        """Fill a buffer; raise `InputError` for bytes that would not come back as they were."""
        while not self._rest:
            piece = self.stream.read(CHUNK)
            kept = self._decoder.getstate()[0]
            self._rest = self._decoded(kept, piece).encode(UTF_8)
            self._done += len(piece)
            if not piece:
                break
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _decoded(self, kept: bytes, piece: bytes) -> str:
        """Decode a piece behind the bytes of a character that the one before began."""
        at = self._done - len(kept)
        named = shown(self.writes)
        try:
            text = self._decoder.decode(piece, final=not piece)
        except UnicodeError as error:
            start = at + getattr(error, "start", 0)
            way = advice(self.writes, bool(self.mark))
            raise InputError(self.place, f"is not {named} at offset {start}; {way}") from None
        whole = kept + piece
        whole = whole[: len(whole) - len(self._decoder.getstate()[0])]
        self._codecs = tuple(codec for codec in self._codecs if writes(codec, text, whole))
        if not self._codecs:
            raise InputError(
                self.place,
                f"would not stay the same bytes when read as {named}, from about offset {at} on; "
                "convert it to UTF-8 first",
            )
        self.writes = self._codecs[0]
        return text


class Writer(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Append."""


@contextmanager
def encoded(file: Writer, stream: io.BufferedReader) -> Iterator[Writer]:
    """Give what writes UTF-8 to a file as the stream that it comes from has it; for UTF-8 the file itself."""
    if not isinstance(stream.raw, AsUtf8):
        yield file
        return
    writer = _Encoding(file, stream.raw)
    yield writer
    writer.end()


class _Encoding:
    """Writes what is UTF-8 in the encoding of its source, a line at a time, behind that one's mark."""

    def __init__(self, file: Writer, source: AsUtf8) -> None:
        self._file = file
        self._source = source
        self._begun = False
        self._rest = b""

    def write(self, data: bytes) -> None:
        """Append; a line that has not ended waits."""
        whole, feed, self._rest = (self._rest + data).rpartition(b"\n")
        self._encode(whole + feed)

    def end(self) -> None:
        """Append a last line that has no end."""
        self._encode(self._rest)

    def _encode(self, lines: bytes) -> None:
        if lines:
            self._file.write((b"" if self._begun else self._source.mark) + _back(lines, self._source.writes))
            self._begun = True


def _back(data: bytes, codec: str) -> bytes:
    return data.decode(UTF_8).encode(codec)


def _rebuilt(rebuild: Callable[[Sequence[Report]], bytes], codec: str, reports: Sequence[Report]) -> bytes:
    return _back(rebuild(reports), codec)


def _annotated(
    annotate: Callable[[Sequence[Report], str], bytes], codec: str, reports: Sequence[Report], column: str
) -> bytes:
    return _back(annotate(reports, column), codec)
