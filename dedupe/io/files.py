"""Files to read, opened and decompressed."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from dedupe.errors import InputError, cause
from dedupe.io.compression import Compression, compression_of, decompressed

STDIN = "-"

BUFFER_BYTES = 1 << 18
"""Bytes read at once: with the usual 8 K each line of an article takes a system call."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its name (`-` for standard input), its path relative to the argument it was found by, and the
    folder of that argument.
    """

    name: str
    relative: str
    top: str = ""

    @property
    def identity(self) -> str:
        """A name that two sources share if they are one file."""
        return self.name if self.name == STDIN else os.path.realpath(self.name)

    @property
    def size(self) -> int:
        """Size of the file in bytes; 0 if unknown."""
        try:
            return 0 if self.name == STDIN else os.stat(self.name).st_size
        except OSError:
            return 0

    @property
    def compressed(self) -> bool:
        """Whether the name has the ending of a compressed file."""
        return compression_of(self.name) is not None

    @contextmanager
    def open(self) -> Iterator[OpenedSource]:
        """Open the file for reading, decompressed; raise `InputError` if it cannot be opened."""
        with ExitStack() as stack:
            try:
                raw = self._open_raw()
                if self.name != STDIN:
                    stack.enter_context(raw)
                status = os.fstat(raw.fileno())
                stream, compression = decompressed(raw, self.name)
            except OSError as error:
                raise unreadable(self.name, error) from None
            yield OpenedSource(stream, compression, status if stat.S_ISREG(status.st_mode) else None)

    def _open_raw(self) -> BinaryIO:
        if self.name == STDIN:
            if sys.stdin is None:
                raise InputError(STDIN, "standard input is closed; name a file")
            return cast(BinaryIO, sys.stdin.buffer)
        status = os.stat(self.name)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self.name)
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISFIFO(status.st_mode):
            raise InputError(self.name, "is not a file; name a file, a directory or - for standard input")
        return open(self.name, "rb", BUFFER_BYTES)


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """An open file: its content, its compression, and its status before the first byte was read (None if no file)."""

    stream: BinaryIO
    compression: Compression | None
    status: os.stat_result | None


def unreadable(name: str, error: OSError) -> InputError:
    """Return the error that says why a file cannot be read or written."""
    return InputError(name, cause(error))
