"""Parts of the input: stretches that are read, judged and written one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, NamedTuple, cast

from dedupe.errors import MissingExtraError
from dedupe.io.compression import compression_of
from dedupe.io.files import Source
from dedupe.model import Document, Span


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the input: files, or the bytes `start` to `stop` of one; `line` is the first line's number.

    `codec`: that of lines which are not UTF-8; such a file is one part, since only its beginning tells how to read on.
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
        """Its name in sentences."""
        return self.names[0] if len(self.names) == 1 else f"{self.names[0]} and {len(self.names) - 1} more"


def named(part: Part, number: int, identity: str = "") -> str:
    """Return the name of a record in sentences: its file, its line or row there, its id if it has one."""
    if part.format == "text":
        return part.names[number]
    place = f":{part.line + number}" if part.format == "json-lines" else f":row {number + 1}"
    return f"{part.names[0]}{place}" + (f" (id {identity!r})" if identity else "")


class Item(NamedTuple):
    """A record that was read: its number in the part, what a document has, and in a file of lines, where it stands.

    `begin`, `size`: bytes, counted from the beginning of the part. Of most records no document is ever made: that takes
    longer than reading one.
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
        """The document of the record."""
        return Document(self.text, self.id, self.date, self.url)


Wanted = Mapping[int, tuple[int, int]] | AbstractSet[int]
"""The numbers of items that are asked for; and where they stand, `begin` and `size`, in order, if that is known."""


def cut(parts: Sequence[Part], size: int) -> list[Part]:
    """Cut parts that are whole files into parts of about a size, numbered through, without reading them.

    Files of lines are cut between lines and folders between texts; the first lines of what is cut off count as the
    second, until they are counted. What is compressed or not UTF-8, and Parquet, stays whole.
    """
    found: list[Part] = []
    for part in parts:
        pieces = [part]
        if part.size > size and part.format == "text":
            count = -(-len(part.names) * size // part.size) or 1
            pieces = [
                replace(part, names=part.names[at : at + count], relatives=part.relatives[at : at + count], size=0)
                for at in range(0, len(part.names), count)
            ]
            pieces[0] = replace(pieces[0], size=part.size)
        elif part.size > size and part.format == "json-lines" and is_divisible(part.names[0], part.codec):
            edges = _edges(part.names[0], part.size, size)
            pieces = [
                replace(part, start=start, stop=stop, line=2 if start else 1, size=stop - start)
                for start, stop in itertools.pairwise(edges)
            ]
        found += [replace(piece, number=len(found) + at) for at, piece in enumerate(pieces)]
    return found


def is_divisible(name: str, codec: str) -> bool:
    """Say whether a file of lines can be read from the middle."""
    return not codec and compression_of(name) is None


def _edges(name: str, length: int, size: int) -> list[int]:
    """Return where a file of lines is cut, its ends among them."""
    edges = [0]
    with opened(name) as stream:
        while edges[-1] + size < length:
            stream.seek(edges[-1] + size)
            skip_line(stream)
            edges.append(stream.tell())
    return [edge for edge in edges if edge < length] + [length]


def skip_line(stream: BinaryIO) -> tuple[int, bool]:
    """Read to the next line end, however far; return how many bytes were passed, and whether there was one."""
    passed = 0
    while piece := stream.readline(BATCH):
        passed += len(piece)
        if piece.endswith(b"\n"):
            return passed, True
    return passed, False


def count_lines(part: Part) -> int:
    """Return how many lines end in a part."""
    count, left = 0, part.stop - part.start
    with opened(part.names[0]) as stream:
        stream.seek(part.start)
        while left > 0 and (block := stream.read(min(BATCH, left))):
            count += block.count(b"\n")
            left -= len(block)
    return count


RecordDecision = tuple[Sequence[Span], bool]
"""What is cut out of a document, and whether it is dropped."""

DecideRecords = Callable[[Sequence[tuple[int, Document]]], Sequence[RecordDecision]]
"""From documents, with the numbers of their items, to their fates."""

Unwritten = Callable[[int, Exception], None]
"""Told of a document, by the number of its item, that could not be cut and is written as it is, and why."""

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
