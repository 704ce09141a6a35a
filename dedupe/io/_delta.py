"""What changed between two versions of a file, as one compressed stream that turns the later into the earlier."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 1 << 20
"""Bytes that are in memory at a time."""

_STEP = struct.Struct("<QQQ")
"""How many bytes of the later file are kept, how many of it then go, and how many then come back, which follow."""


class Delta:
    """A stream being written, change by change in order of place."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = gzip.GzipFile("", "wb", 1, out, mtime=0)  # the quickest level: an article halves at any
        self._kept = 0

    def keep(self, length: int) -> None:
        """Say that so many bytes are the same in both."""
        self._kept += length

    def change(self, before: bytes, after: bytes) -> None:
        """Say that a stretch was changed."""
        start = common(before, after)
        room = min(len(before), len(after)) - start
        end = common(before[len(before) - room :][::-1], after[len(after) - room :][::-1]) if room else 0
        self.keep(start)
        self._step(len(after) - end - start, before[start : len(before) - end])
        self.keep(end)

    def whole(self, before: BinaryIO, gone: int) -> None:
        """Write all of a file, of which the later version has `gone` bytes."""
        before.seek(0)
        while (back := before.read(CHUNK)) or gone:
            self._step(gone, back)
            gone = 0

    def close(self) -> None:
        """Write the stream's end."""
        self._out.close()

    def _step(self, gone: int, back: bytes) -> None:
        """Write that bytes of the later file go and others come back."""
        self._out.write(_STEP.pack(self._kept, gone, len(back)))
        self._out.write(back)
        self._kept = 0


def earlier(delta: BinaryIO, later: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of the earlier file.

    Raises `OSError`, `EOFError` or `zlib.error` when the stream does not fit the file.
    """
    changes = gzip.GzipFile(fileobj=delta)
    while step := changes.read(_STEP.size):
        if len(step) < _STEP.size:
            raise EOFError
        kept, gone, back = _STEP.unpack(step)
        yield from _pieces(later, kept)
        for _ in _pieces(later, gone):
            pass
        yield from _pieces(changes, back)
    while piece := later.read(CHUNK):
        yield piece


def common(one: bytes, other: bytes) -> int:
    """Return how many bytes two strings have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # the pieces compared halve, so each byte is looked at about once
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _pieces(stream: BinaryIO | gzip.GzipFile, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(CHUNK, length))
        if not piece:
            raise EOFError
        length -= len(piece)
        yield piece
