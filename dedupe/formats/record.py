"""What every format gives: a file as a row of records that, joined, are the file again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from dedupe.errors import InputError
from dedupe.model import Document
from dedupe.options import option, validate


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How files are read: the columns of records that hold texts and what names them."""

    format: str = option("", "file format; by default found by the name's ending")
    field: tuple[str, ...] = option(("text",), "names or paths (a.b) of the fields that hold texts")
    id: str = option("", "name or path of the field that identifies a record")
    url: str = option("", "name or path of the field with the address of a record")
    date: str = option("", "name or path of the field with the date of a record (ISO 8601)")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class Record:
    """A stretch of a file: its bytes as they are, the documents in them, and how to put changed texts in.

    `rebuild`: from the new texts to the bytes. `places`: for each document, what names it in a report beside or instead
    of its id (`document`, `record`, `field`, `id`). `error`: what is wrong with the stretch; what could not be read has
    no documents.
    """

    raw: bytes
    documents: Sequence[Document] = ()
    rebuild: Callable[[Sequence[str]], bytes] | None = None
    places: Sequence[Mapping[str, Any]] = ()
    error: InputError | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. `read` takes a binary stream, the name of its place and the columns, and yields records.

    Never more than a few records are in memory; it raises `InputError` when it can read no further.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[BinaryIO, str, Reading], Iterator[Record]]
