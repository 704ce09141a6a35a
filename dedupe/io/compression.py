"""Compressed streams: recognized by their first bytes, read and written."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import BinaryIO, Literal, cast

import regex

from dedupe.errors import InputError, MissingExtraError, damaged

HEAD_BYTES = 10
"""First bytes of a file in which every compression is recognized."""


@dataclass(frozen=True, slots=True)
class Compression:
    """A compression: the ending of its files, and a pattern of their first bytes.

    `in_members`: whether each piece that is written is a gzip member, as web archives need.
    """

    name: str
    suffix: str
    head: regex.Pattern[bytes]
    in_members: bool = False

    def reader(self, stream: BinaryIO) -> BinaryIO:
        """Return a stream of what a stream unpacks to; raise `MissingExtraError` without the library."""
        return _opened(self.name, stream, "rb")

    def writer(self, stream: BinaryIO) -> BinaryIO:
        """Return a stream that packs what is written into a stream; raise `MissingExtraError` without the library."""
        return cast(BinaryIO, _MemberWriter(stream)) if self.in_members else _opened(self.name, stream, "wb")


def _opened(name: str, stream: BinaryIO, mode: Literal["rb", "wb"]) -> BinaryIO:
    """Return a stream of the compression of this name over another one."""
    # Each of these libraries takes 1 to 9 ms to import, which only compressed files need.
    if name == "gzip":
        import gzip

        return cast(BinaryIO, gzip.GzipFile("", mode, 6, stream, mtime=0))  # the same input gives the same bytes
    if name == "bzip2":
        import bz2

        return cast(BinaryIO, bz2.BZ2File(stream, mode))
    if name == "xz":
        import lzma

        return cast(BinaryIO, lzma.LZMAFile(stream, mode, format=lzma.FORMAT_XZ))
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        raise MissingExtraError("backports.zstd", "zstd") from None
    return cast(BinaryIO, zstd.open(stream, mode))


class _MemberWriter(io.RawIOBase):
    """Writes each piece as a gzip member."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.empty = True

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # what `Replacement` gives
        import gzip

        self.empty = False
        self.stream.write(gzip.compress(piece, 6, mtime=0))
        return len(piece)

    def close(self) -> None:
        if not self.closed and self.empty:  # a gzip file has at least one member
            self.write(b"")
        super().close()


COMPRESSIONS = (
    Compression("gzip", ".gz", regex.compile(rb"\x1F\x8B\x08")),
    # A text may begin with "BZh": what follows is the number pi (a block) or its square root (none).
    Compression("bzip2", ".bz2", regex.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")),
    Compression("xz", ".xz", regex.compile(rb"\xFD7zXZ\0")),
    # a frame, or one to be skipped that stands before it (RFC 8878)
    Compression("zstandard", ".zst", regex.compile(rb"\x28\xB5\x2F\xFD|[\x50-\x5F]\x2A\x4D\x18")),
)
"""Every compression."""

SUFFIXES = tuple(one.suffix for one in COMPRESSIONS)
"""Endings of compressed files."""


def compression_of(name: str) -> Compression | None:
    """Return the compression that a file name ends in, if any."""
    return next((one for one in COMPRESSIONS if name.lower().endswith(one.suffix)), None)


def decompressed(stream: BinaryIO, name: str) -> tuple[BinaryIO, Compression | None]:
    """Return a stream of the content, decompressed if its first bytes show a compression, and that compression.

    At most a block is in memory. Raises `InputError`, now or while the stream is read, when the content does not fit
    the ending of the name, is broken or is cut short.
    """
    start = stream.tell() if stream.seekable() else None
    head = stream.read(HEAD_BYTES)
    if start is not None:
        stream.seek(start)
    else:
        stream = rejoined(head, stream)
    compression = next((one for one in COMPRESSIONS if one.head.match(head)), None)
    by_name = compression_of(name)
    if compression is None:
        if by_name is not None and head:
            problem = "is cut short" if by_name.head.fullmatch(head, partial=True) else "is something else"
            raise InputError(name, f"is named {by_name.suffix}, but its content {problem}; rename or mend it")
        return stream, None
    checked = _CheckedStream(compression.reader(stream), compression, name)
    return cast(BinaryIO, io.BufferedReader(checked, 1 << 16)), compression


def rejoined(head: bytes, rest: BinaryIO, problem: InputError | None = None) -> BinaryIO:
    """Return a stream of bytes that were read already and the rest; `problem` is raised where those end."""
    return cast(BinaryIO, io.BufferedReader(_RejoinedStream(head, rest, problem), 1 << 16))


class _RejoinedStream(io.RawIOBase):
    """The bytes that were read from a stream, and the rest of it."""

    def __init__(self, head: bytes, rest: BinaryIO, problem: InputError | None) -> None:
        self.head = head
        self.rest = rest
        self.problem = problem

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        if self.problem is not None and not self.head:
            raise self.problem
        data = self.head[: len(buffer)] or self.rest.read1(len(buffer))  # type: ignore[attr-defined]  # it is buffered
        self.head = self.head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.rest.close()
        super().close()


class _CheckedStream(io.RawIOBase):
    """A decompressed stream that raises `InputError` for the errors of any library."""

    def __init__(self, stream: BinaryIO, compression: Compression, name: str) -> None:
        self.stream = stream
        self.compression = compression
        self.name = name
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        try:
            data = self.stream.read1(len(buffer))  # type: ignore[attr-defined]  # to give what precedes an error
        except Exception as error:
            if isinstance(error, OSError) and error.errno:  # of the disk, not of the content
                raise
            is_cut_short = isinstance(error, EOFError)
            problem = "is cut short" if is_cut_short else f"is broken ({error or type(error).__name__})"
            raise damaged(
                self.name, f"{problem}: its {self.compression.name} ends after {self.done} bytes of content"
            ) from None
        self.done += len(data)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()
