"""Files of documents that a corpus is written to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from dedupe.corpus._parts import BATCH


@contextmanager
def new_file(folder: str, name: str) -> Iterator[IO[bytes]]:
    """Give a file that takes its name when the block ends well."""
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb", buffering=BATCH) as file:
        yield file
    os.replace(path + ".new", path)


@contextmanager
def lazy_file(folder: str, name: str) -> Iterator[LazyFile]:
    """Give a file that is made when something is written to it."""
    lazy = LazyFile(folder, name)
    yield lazy
    lazy.close()


class LazyFile:
    """A file of which there is none before something is written."""

    def __init__(self, folder: str, name: str) -> None:
        self.path = os.path.join(folder, name)
        self.file: IO[bytes] | None = None

    def write(self, data: bytes) -> None:
        """Append."""
        if self.file is None:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            self.file = open(self.path, "wb")  # noqa: SIM115  closed by close
        self.file.write(data)

    def close(self) -> None:
        """Close it, if there is one."""
        if self.file is not None:
            self.file.close()
