"""What every format gives: a file as a row of records that, joined, are the file again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from dedupe.errors import InputError
from dedupe.model import Document


@dataclass(frozen=True, slots=True)
class Record:
    """A stretch of a file: its bytes as they are, the documents in them, and how to put changed texts in.

    `places`: for each document, what names it beside the path (`record`, `field`, `id`). `rebuild`: from the new texts
    to the bytes. `error`: why the stretch could not be read; it then has no documents.
    """

    raw: bytes
    documents: Sequence[Document] = ()
    rebuild: Callable[[Sequence[str]], bytes] | None = None
    places: Sequence[Mapping[str, Any]] = ()
    error: InputError | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. `read` takes a binary stream and the name of its place and yields records, never more than a few
    in memory; it raises `InputError` when it can read no further.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[BinaryIO, str], Iterator[Record]]
