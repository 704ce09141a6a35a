"""Parts of the input, which are read, judged and written one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple, cast

from dedupe.errors import MissingExtraError
from dedupe.io.files import Source
from dedupe.model import Document, Span


@dataclass(frozen=True, slots=True)
class InputPart:
    """Whole files, or a stretch of one: the bytes `start` to `stop` of lines, or such row groups of Parquet.

    `names`: the files. `relatives`: their paths below the folders they were found in. `stop`: 0 for whole files.
    `line`: the number of the first line or row. `size`: bytes. `codec`: that of lines which are not UTF-8; such a
    file is one part, since its beginning tells how to decode the rest.
    """

    number: int
    format: str
    names: tuple[str, ...]
    relatives: tuple[str, ...]
    start: int
    stop: int
    line: int
    size: int
    codec: str = ""

    @property
    def place(self) -> str:
        """The name of the part in messages."""
        return self.names[0] if len(self.names) == 1 else f"{self.names[0]} and {len(self.names) - 1} more"

    @property
    def is_piece_of_lines(self) -> bool:
        """Whether the part is a piece of a file of lines, so that the number of its first line has to be counted."""
        return self.stop > 0 and self.format == "json-lines"

    @property
    def extent(self) -> str:
        """What of its files the part is, in messages."""
        if not self.stop:
            return "it"
        if self.format == "parquet":
            return f"its row groups {self.start + 1} to {self.stop}"
        return f"its bytes {self.start + 1} to {self.stop}"


def record_name(part: InputPart, number: int, identity: str = "") -> str:
    """Return the name of a record in messages: its file, its line or row, and its id if it has one."""
    if part.format == "text":
        return part.names[number]
    place = f":{part.line + number}" if part.format == "json-lines" else f":row {part.line + number}"
    return f"{part.names[0]}{place}" + (f" (id {identity!r})" if identity else "")


class Item(NamedTuple):
    """A record: its number in the part, the fields of a document, and its position in a file of JSON lines.

    `begin`, `size`: in bytes, from the beginning of the part. A `Document` is only made where one is needed, since that
    takes longer than reading a record.
    """

    number: int
    text: str
    id: str = ""
    date: str = ""
    url: str = ""
    begin: int = 0
    size: int = 0

    @property
    def document(self) -> Document:
        """The record as a `Document`."""
        return Document(self.text, self.id, self.date, self.url)


WantedRecords = Mapping[int, tuple[int, int]] | AbstractSet[int]
"""The numbers of the records to decide on, in order, with their positions (`begin`, `size`) if these are known."""


RecordDecision = tuple[Sequence[Span], bool]
"""The cuts of a document, and whether it is dropped."""

DecideRecords = Callable[[Sequence[tuple[int, Document]]], Sequence[RecordDecision]]
"""Decide on documents, each with the number of its record."""

ReportUnwritten = Callable[[int, Exception], None]
"""Called with the number of a record that could not be cut, so that it is written as it is, and the error."""

BATCH_BYTES = 1 << 20
"""Bytes of the records that are decided on together."""


def is_remote(path: str) -> bool:
    """Return whether a path is a URL, which fsspec opens."""
    return "://" in path


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed; raise `InputError` if that fails."""
    if is_remote(path):
        with filesystem(path).open(path, "rb", compression="infer") as stream:
            yield cast(BinaryIO, stream)
        return
    with Source(path, path).open() as file:
        yield file.stream


def filesystem(path: str) -> Any:
    """Return the fsspec file system of a path."""
    try:
        import fsspec  # 60 ms that only remote paths pay for
    except ImportError:
        raise MissingExtraError("fsspec", "remote") from None
    return fsspec.core.url_to_fs(path)[0]
