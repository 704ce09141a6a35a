"""Parts of the input, which are read, judged and written one by one."""

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
class InputPart:
    """Whole files, or the bytes `start` to `stop` of one.

    `names`: the files. `relatives`: their paths below the folders they were found in. `stop`: 0 for whole files.
    `line`: the number of the first line. `size`: bytes. `codec`: that of lines which are not UTF-8; such a file is one
    part, since its beginning tells how to decode the rest.
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


def record_name(part: InputPart, number: int, identity: str = "") -> str:
    """Return the name of a record in messages: its file, its line or row, and its id if it has one."""
    if part.format == "text":
        return part.names[number]
    place = f":{part.line + number}" if part.format == "json-lines" else f":row {number + 1}"
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


def cut(parts: Sequence[InputPart], size: int) -> list[InputPart]:
    """Cut parts of whole files into parts of about this size, numbered from 0, without reading them.

    JSON lines are cut between lines, and parts of several texts between these. The number of the first line is 2 for
    all but the first piece, until lines are counted. Parquet and files that are compressed or not UTF-8 stay whole.
    """
    cut_parts: list[InputPart] = []
    for part in parts:
        pieces = [part]
        if part.size > size and part.format == "text":
            count = -(-len(part.names) * size // part.size) or 1
            pieces = [
                replace(part, names=part.names[at : at + count], relatives=part.relatives[at : at + count], size=0)
                for at in range(0, len(part.names), count)
            ]
            pieces[0] = replace(pieces[0], size=part.size)
        elif part.size > size and part.format == "json-lines" and _is_divisible(part.names[0], part.codec):
            edges = _edges(part.names[0], part.size, size)
            pieces = [
                replace(part, start=start, stop=stop, line=2 if start else 1, size=stop - start)
                for start, stop in itertools.pairwise(edges)
            ]
        cut_parts += [replace(piece, number=len(cut_parts) + at) for at, piece in enumerate(pieces)]
    return cut_parts


def _is_divisible(name: str, codec: str) -> bool:
    """Return whether a file of JSON lines can be read from the middle."""
    return not codec and compression_of(name) is None


def _edges(name: str, length: int, size: int) -> list[int]:
    """Return the offsets at which a file of lines is cut, including 0 and its length."""
    edges = [0]
    with opened(name) as stream:
        while edges[-1] + size < length:
            stream.seek(edges[-1] + size)
            _skip_line(stream)
            edges.append(stream.tell())
    return [edge for edge in edges if edge < length] + [length]


def _skip_line(stream: BinaryIO) -> None:
    """Read to the next line end."""
    while (piece := stream.readline(BATCH_BYTES)) and not piece.endswith(b"\n"):
        pass


def count_lines(part: InputPart) -> int:
    """Return the number of line ends in a part."""
    count, remaining = 0, part.stop - part.start
    with opened(part.names[0]) as stream:
        stream.seek(part.start)
        while remaining > 0 and (block := stream.read(min(BATCH_BYTES, remaining))):
            count += block.count(b"\n")
            remaining -= len(block)
    return count


def with_first_lines(parts: Sequence[InputPart], line_counts: Mapping[int, int]) -> list[InputPart]:
    """Return the parts with the numbers of their first lines in their files.

    `line_counts`: the line ends of each part that is a piece of a file, by its number.
    """
    numbered: list[InputPart] = []
    for _, pieces in itertools.groupby(parts, key=lambda part: part.names):
        line = 1
        for part in pieces:
            numbered.append(replace(part, line=line))
            line += line_counts.get(part.number, 0)
    return numbered


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
