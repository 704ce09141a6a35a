"""JSON lines: one object a line."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, cast

from dedupe.errors import InputError
from dedupe.io.formats.json.record import default_id, plain, record_of
from dedupe.io.formats.record import Chunk, RawChunk, ReadOptions, Record, oversize
from dedupe.io.formats.transcoding import transcoded
from dedupe.model import Document

STRETCH = 1 << 18
"""Bytes read at once; the lines in them go on together."""


def _read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Chunk]:
    """Yield lines, to be read by whom it may concern; raise `InputError` at one that is too long."""
    lines = LineReader(place, read_options)
    number = 1
    for raw in _stretches(stream, read_options.max_record):
        if len(raw) <= read_options.max_record:
            yield RawChunk(raw, number, lines)
            number += len(lines.split(raw))  # 9 us for 35 of them, where `bytes.count` takes 216
            continue
        for line in lines.split(raw):
            if len(line) > read_options.max_record:
                raise InputError(f"{place}:{number}", oversize(read_options))
            yield RawChunk(line, number, lines)
            number += 1


def _stretches(stream: BinaryIO, most: int) -> Iterator[bytes]:
    """Yield what there is in whole lines, as it comes; of a line longer than `most` only so much that this shows."""
    rest = bytearray()
    while piece := cast(io.BufferedReader, stream).read1(STRETCH):
        end = piece.rfind(b"\n") + 1
        view = memoryview(piece)
        if end:
            yield b"".join((rest, view[:end]))
            rest.clear()
        rest += view[end:]
        if len(rest) > most:
            break
    if rest:
        yield bytes(rest)


class LineReader:
    """What reads the lines of one file; the ids of those that went by stay with the process that reads the file."""

    line = 0
    """That in which the record begins, where its number is not that of its line."""
    shares_line = False
    """Whether an earlier record begins in the same line."""

    def __init__(self, place: str, read_options: ReadOptions, seen: set[str] | None = None) -> None:
        self.place = place
        self.read_options = read_options
        self._seen: set[str] = set() if seen is None else seen

    def __reduce__(self) -> tuple[type[LineReader], tuple[Any, ...]]:
        return LineReader, (self.place, self.read_options)

    def split(self, raw: bytes) -> list[bytes]:
        """Return the lines of a stretch."""
        return io.BytesIO(raw).readlines()

    def read(self, raw: bytes, number: int) -> tuple[Sequence[Document], str | None]:
        """Return the documents of a line, and its id if it is to have one; raise `InputError` if it cannot be read."""
        if raw.isspace():
            return (), None
        read_options = self.read_options
        where = f"{self.place}:{self.line or number}"
        if len(read_options.field) == 1 and (known := plain(raw, read_options)) is not None:
            text, name, date, url = known
            return (
                Document(text, name or default_id(where, number, self.shares_line), date, url),
            ), name if read_options.id else None
        record = record_of(raw, self.place, number, read_options, self.line, self.shares_line)
        return record.documents, record.places[0]["id"] if read_options.id and record.places else None

    def record(self, raw: bytes, number: int) -> Record:
        """Return the record of a line; one that cannot be read is a record with an error and its bytes as they are."""
        if raw.isspace():
            return Record(raw)
        try:
            return record_of(raw, self.place, number, self.read_options, self.line, self.shares_line)
        except InputError as error:
            return Record(raw, error=error)

    def passed(self, number: int, name: str) -> InputError | None:
        """Return what is wrong with the id of a line that goes by: an earlier one had it."""
        read_options = self.read_options
        if not read_options.id or not name:
            return None
        if name in self._seen:
            problem = f"has the {read_options.id} {name!r} of an earlier record; ids must be unique"
            return InputError(f"{self.place}:{self.line or number}", problem)
        self._seen.add(name)
        return None


read = transcoded(_read)
