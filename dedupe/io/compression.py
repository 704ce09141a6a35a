"""Compressed streams: told by their first bytes, read and written."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal, cast

import regex

from dedupe.errors import InputError, MissingExtraError

HEAD = 10
"""How many bytes tell every compression."""


@dataclass(frozen=True, slots=True)
class Compression:
    """A way to compress: the ending of its files, what their first bytes look like, and how to read and write them.

    `reader` and `writer` wrap a binary stream; both raise `MissingExtraError` when their library is not installed.
    """

    name: str
    suffix: str
    head: regex.Pattern[bytes]
    reader: Callable[[BinaryIO], BinaryIO]
    writer: Callable[[BinaryIO], BinaryIO]

    def by_piece(self) -> Compression:
        """Return how to write each piece as a member of its own, as web archives have their records; where there are
        no members, this one.
        """
        return replace(self, writer=_members_writer) if self.writer is _gzip_writer else self


# Each of these libraries costs 1 to 9 ms that only compressed files pay for.


def _gzip_reader(stream: BinaryIO) -> BinaryIO:
    import gzip

    return cast(BinaryIO, gzip.GzipFile(fileobj=stream))


def _gzip_writer(stream: BinaryIO) -> BinaryIO:
    import gzip

    return cast(BinaryIO, gzip.GzipFile("", "wb", 6, stream, mtime=0))  # the same input gives the same bytes


def _members_writer(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, _Members(stream))


class _Members(io.RawIOBase):
    """Writes a gzip member for each piece."""

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
        if not self.closed and self.empty:  # no member at all is no gzip file
            self.write(b"")
        super().close()


def _bzip2_reader(stream: BinaryIO) -> BinaryIO:
    import bz2

    return cast(BinaryIO, bz2.BZ2File(stream))


def _bzip2_writer(stream: BinaryIO) -> BinaryIO:
    import bz2

    return cast(BinaryIO, bz2.BZ2File(stream, "wb"))


def _xz_reader(stream: BinaryIO) -> BinaryIO:
    import lzma

    return cast(BinaryIO, lzma.LZMAFile(stream, format=lzma.FORMAT_XZ))


def _xz_writer(stream: BinaryIO) -> BinaryIO:
    import lzma

    return cast(BinaryIO, lzma.LZMAFile(stream, "wb", format=lzma.FORMAT_XZ))


def _zstandard(stream: BinaryIO, mode: Literal["rb", "wb"]) -> BinaryIO:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        raise MissingExtraError("backports.zstd", "zstd") from None
    return cast(BinaryIO, zstd.open(stream, mode))


COMPRESSIONS = (
    Compression("gzip", ".gz", regex.compile(rb"\x1F\x8B\x08"), _gzip_reader, _gzip_writer),
    # A text may begin with "BZh": what follows is the number pi (a block) or its square root (none).
    Compression(
        "bzip2", ".bz2", regex.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"), _bzip2_reader, _bzip2_writer
    ),
    Compression("xz", ".xz", regex.compile(rb"\xFD7zXZ\0"), _xz_reader, _xz_writer),
    Compression(
        "zstandard",
        ".zst",
        # a frame, or one to be skipped that stands before it (RFC 8878)
        regex.compile(rb"\x28\xB5\x2F\xFD|[\x50-\x5F]\x2A\x4D\x18"),
        lambda stream: _zstandard(stream, "rb"),
        lambda stream: _zstandard(stream, "wb"),
    ),
)
"""Every compression."""

SUFFIXES = tuple(one.suffix for one in COMPRESSIONS)
"""Endings of compressed files."""


def compression_of(name: str) -> Compression | None:
    """Return the compression that the ending of a name asks for, if any."""
    return next((one for one in COMPRESSIONS if name.lower().endswith(one.suffix)), None)


def decompressed(stream: BinaryIO, name: str) -> tuple[BinaryIO, Compression | None]:
    """Return the stream as it is read, decompressed if its first bytes say that it is compressed, and how it is.

    Never more than a block is in memory. Raises `InputError`, now or while the stream is read, when the file is not
    what the ending of its name says, is broken or is cut short.
    """
    start = stream.tell() if stream.seekable() else None
    head = stream.read(HEAD)
    if start is not None:
        stream.seek(start)
    else:
        stream = rejoined(head, stream)
    found = next((one for one in COMPRESSIONS if one.head.match(head)), None)
    named = compression_of(name)
    if found is None:
        if named is not None and head:
            problem = "is cut short" if named.head.fullmatch(head, partial=True) else "is something else"
            raise InputError(name, f"is named {named.suffix}, but its content {problem}; rename or mend it")
        return stream, None
    return cast(BinaryIO, io.BufferedReader(_Checked(found.reader(stream), found, name), 1 << 16)), found


def rejoined(head: bytes, rest: BinaryIO, problem: InputError | None = None) -> BinaryIO:
    """Return a stream that cannot be wound back with the bytes that were read from it, and the trouble met then."""
    return cast(BinaryIO, io.BufferedReader(_Joined(head, rest, problem), 1 << 16))


class _Joined(io.RawIOBase):
    """A stream that cannot be wound back, with the bytes that were read from it."""

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


class _Checked(io.RawIOBase):
    """A decompressed stream whose trouble is ours to tell: each library has errors of its own."""

    def __init__(self, stream: BinaryIO, compression: Compression, name: str) -> None:
        self.stream = stream
        self.compression = compression
        self.name = name
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        try:
            data = self.stream.read1(len(buffer))  # type: ignore[attr-defined]  # and so what comes before trouble is given
        except Exception as error:
            if isinstance(error, OSError) and error.errno:  # of the disk, not of what is on it
                raise
            cut = isinstance(error, EOFError)
            problem = "is cut short" if cut else f"is broken ({error or type(error).__name__})"
            raise InputError(
                self.name, f"{problem}: its {self.compression.name} ends after {self.done} bytes of content"
            ) from None
        self.done += len(data)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()
