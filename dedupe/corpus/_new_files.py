"""The output files of a corpus."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from dedupe._atomic import NewFiles


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of the documents that stay and of those that are dropped; the files of a part appear together."""

    new: NewFiles
    documents: str
    dropped: str

    def open_documents(self, name: str) -> BinaryIO:
        """Open a new file for documents that stay."""
        return self.new.open(os.path.join(self.documents, name))

    def open_dropped(self, name: str) -> BinaryIO:
        """Open a new file for documents that are dropped."""
        return self.new.open(os.path.join(self.dropped, name))


class LazyFile:
    """A file of dropped documents that is created when something is written to it."""

    def __init__(self, folders: Folders, name: str) -> None:
        self._folders = folders
        self._name = name
        self._file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        """Append bytes."""
        if self._file is None:
            self._file = self._folders.open_dropped(self._name)
        self._file.write(data)
