"""Parts of the input: stretches that are read, judged and written one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple, cast

from dedupe.errors import InputError, MissingExtraError
from dedupe.files import Source
from dedupe.model import Document, Span


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the input: files, or the bytes `start` to `stop` of one; `line` is the first line's number."""

    number: int
    format: str
    names: tuple[str, ...]
    relatives: tuple[str, ...]
    start: int
    stop: int
    line: int
    size: int

    @property
    def place(self) -> str:
        """Its name in sentences."""
        return self.names[0] if len(self.names) == 1 else f"{self.names[0]} and {len(self.names) - 1} more"


class Item(NamedTuple):
    """A record: its number in the part, its document, or what is wrong with it; in a file of lines, where it stands.

    `begin`, `size`: bytes, counted from the beginning of the part.
    """

    number: int
    document: Document | None
    error: InputError | None = None
    begin: int = 0
    size: int = 0


Wanted = Mapping[int, tuple[int, int]] | AbstractSet[int]
"""The numbers of items that are asked for; and where they stand, `begin` and `size`, in order, if that is known."""

Fate = tuple[Sequence[Span], bool]
"""What is cut out of a document, and whether it is dropped."""

Fates = Callable[[Sequence[tuple[int, Document]]], Sequence[Fate]]
"""From documents, with the numbers of their items, to their fates."""

BATCH = 1 << 20
"""Bytes of records whose fate is asked for together."""


def is_remote(path: str) -> bool:
    """Say whether a path names a place that fsspec reaches."""
    return "://" in path


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked; raise `InputError` with the reason if that cannot be."""
    if is_remote(path):
        with filesystem(path).open(path, "rb", compression="infer") as stream:
            yield cast(BinaryIO, stream)
        return
    with Source(path, path).open() as found:
        yield found.stream


def filesystem(path: str) -> Any:
    """Return the file system of fsspec that a path names."""
    try:
        import fsspec  # 60 ms that only remote paths pay for
    except ImportError:
        raise MissingExtraError("fsspec", "remote") from None
    return fsspec.core.url_to_fs(path)[0]
