"""The difference of two versions of a file: a compressed stream that turns the later into the earlier."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from typing import BinaryIO

CHUNK_BYTES = 1 << 20
"""Bytes read at a time."""

_STEP = struct.Struct("<QQQ")
"""Bytes of the later version that are kept, bytes of it then removed, and how many follow that replace these."""


class Delta:
    """Writes a difference, change by change from the start of the file to its end."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = gzip.GzipFile("", "wb", 1, out, mtime=0)  # the quickest level: an article halves at any
        self._kept = 0

    def keep(self, length: int) -> None:
        """Note that this many bytes are the same in both versions."""
        self._kept += length

    def change(self, before: bytes, after: bytes) -> None:
        """Note that a piece changed."""
        start = common_prefix(before, after)
        room = min(len(before), len(after)) - start
        end = common_prefix(before[len(before) - room :][::-1], after[len(after) - room :][::-1]) if room else 0
        self.keep(start)
        self._step(len(after) - end - start, before[start : len(before) - end])
        self.keep(end)

    def replace_all(self, before: BinaryIO, removed: int) -> None:
        """Write the whole earlier version, which replaces the `removed` bytes of the later one."""
        before.seek(0)
        while (restored := before.read(CHUNK_BYTES)) or removed:
            self._step(removed, restored)
            removed = 0

    def close(self) -> None:
        """Write the end of the stream."""
        self._out.close()

    def _step(self, removed: int, restored: bytes) -> None:
        """Write one change."""
        self._out.write(_STEP.pack(self._kept, removed, len(restored)))
        self._out.write(restored)
        self._kept = 0


def restored_pieces(delta: BinaryIO, later: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of the earlier version.

    Raises `OSError`, `EOFError` or `zlib.error` when the stream does not fit the file.
    """
    changes = gzip.GzipFile(fileobj=delta)
    while step := changes.read(_STEP.size):
        if len(step) < _STEP.size:
            raise EOFError
        kept, removed, restored = _STEP.unpack(step)
        yield from _pieces(later, kept)
        for _ in _pieces(later, removed):
            pass
        yield from _pieces(changes, restored)
    while piece := later.read(CHUNK_BYTES):
        yield piece


def common_prefix(one: bytes, other: bytes) -> int:
    """Return the length of the common prefix of two strings."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # the compared pieces halve, so each byte is compared about once
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _pieces(stream: BinaryIO | gzip.GzipFile, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(CHUNK_BYTES, length))
        if not piece:
            raise EOFError
        length -= len(piece)
        yield piece
