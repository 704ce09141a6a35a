"""Files of documents that a corpus is written to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from dedupe._atomic import NewFiles


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a part goes: the documents that stay and those that are dropped; all its files appear together."""

    new: NewFiles
    documents: str
    dropped: str

    def staying(self, name: str) -> BinaryIO:
        """Begin a file of documents that stay."""
        return self.new.open(os.path.join(self.documents, name))

    def going(self, name: str) -> BinaryIO:
        """Begin a file of documents that are dropped."""
        return self.new.open(os.path.join(self.dropped, name))


class LazyFile:
    """A file of dropped documents, of which there is none before something is written."""

    def __init__(self, folders: Folders, name: str) -> None:
        self._folders = folders
        self._name = name
        self._file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        """Append."""
        if self._file is None:
            self._file = self._folders.going(self._name)
        self._file.write(data)
