"""Files to read, opened as what they hold."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from dedupe.errors import InputError
from dedupe.io.compression import Compression, compression_of, decompressed

STDIN = "-"

BUFFER = 1 << 18
"""Bytes read at once: the usual 8 K are one line of an article, and each is a call of the system."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its name as given (`-` for standard input), its name below the argument it was found by, and the
    folder of that argument.
    """

    name: str
    relative: str
    top: str = ""

    @property
    def identity(self) -> str:
        """What tells whether two names are one file."""
        return self.name if self.name == STDIN else os.path.realpath(self.name)

    @property
    def size(self) -> int:
        """The file's size in bytes; 0 where that is not known."""
        try:
            return 0 if self.name == STDIN else os.stat(self.name).st_size
        except OSError:
            return 0

    @property
    def compressed(self) -> bool:
        """Whether the name says that the file is compressed."""
        return compression_of(self.name) is not None

    @contextmanager
    def open(self) -> Iterator[Opened]:
        """Open the file for reading, decompressed; raise `InputError` with the reason if that cannot be."""
        with ExitStack() as stack:
            try:
                raw = self._raw()
                if self.name != STDIN:
                    stack.enter_context(raw)
                status = os.fstat(raw.fileno())
                stream, compression = decompressed(raw, self.name)
            except OSError as error:
                raise unreadable(self.name, error) from None
            yield Opened(stream, compression, status if stat.S_ISREG(status.st_mode) else None)

    def _raw(self) -> BinaryIO:
        if self.name == STDIN:
            if sys.stdin is None:
                raise InputError(STDIN, "standard input is closed; name a file")
            return cast(BinaryIO, sys.stdin.buffer)
        status = os.stat(self.name)
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISFIFO(status.st_mode):
            raise InputError(self.name, "is not a file; name a file, a directory or - for standard input")
        return open(self.name, "rb", BUFFER)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file: its content, how it is compressed, and its status before the first byte was read."""

    stream: BinaryIO
    compression: Compression | None
    status: os.stat_result | None


def unreadable(name: str, error: OSError) -> InputError:
    """Return the error that says why a place cannot be read or written."""
    hints = {
        FileNotFoundError: "there is no such file or directory; check the path",
        PermissionError: "permission denied; check its mode and owner",
        IsADirectoryError: "is a directory, where a file is needed",
    }
    reason = next((hint for kind, hint in hints.items() if isinstance(error, kind)), None)
    return InputError(name, reason or (error.strerror or str(error)))
