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

CHUNK_BYTES = 1 << 18
"""Bytes read at a time; their lines make one chunk."""


def _read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Chunk]:
    """Yield raw chunks of lines; raise `InputError` at a line that is too long."""
    lines = LineReader(place, read_options)
    number = 1
    for raw in _chunks(stream, read_options.max_record):
        if len(raw) <= read_options.max_record:
            yield RawChunk(raw, number, lines)
            number += len(lines.split(raw))  # 9 us for 35 of them, where `bytes.count` takes 216
            continue
        for line in lines.split(raw):
            if len(line) > read_options.max_record:
                raise InputError(f"{place}:{number}", oversize(read_options))
            yield RawChunk(line, number, lines)
            number += 1


def _chunks(stream: BinaryIO, max_record: int) -> Iterator[bytes]:
    """Yield the bytes in whole lines, as they are read; of a line longer than `max_record` only a beginning."""
    rest = bytearray()
    while piece := cast(io.BufferedReader, stream).read1(CHUNK_BYTES):
        end = piece.rfind(b"\n") + 1
        view = memoryview(piece)
        if end:
            yield b"".join((rest, view[:end]))
            rest.clear()
        rest += view[end:]
        if len(rest) > max_record:
            break
    if rest:
        yield bytes(rest)


class LineReader:
    """Parse the lines of one file; the ids seen stay in the process that reads the file."""

    line = 0
    """The line in which the record begins; 0 if it is the record's number."""
    shares_line = False
    """Whether an earlier record begins in the same line."""

    def __init__(self, place: str, read_options: ReadOptions, seen_ids: set[str] | None = None) -> None:
        self.place = place
        self.read_options = read_options
        self._seen_ids: set[str] = set() if seen_ids is None else seen_ids

    def __reduce__(self) -> tuple[type[LineReader], tuple[Any, ...]]:
        return LineReader, (self.place, self.read_options)

    def split(self, raw: bytes) -> list[bytes]:
        """Return the lines of a chunk."""
        return io.BytesIO(raw).readlines()

    def read(self, raw: bytes, number: int) -> tuple[Sequence[Document], str | None, frozenset[str] | None]:
        """Return the documents of a line, its id if it is to have one, and the fields it does not have.

        Raises `InputError` if it cannot be read.
        """
        if raw.isspace():
            return (), None, None
        read_options = self.read_options
        where = f"{self.place}:{self.line or number}"
        if len(read_options.field) == 1 and (parsed := plain(raw, read_options)) is not None:
            text, id_, date, url = parsed
            document = Document(text, id_ or default_id(where, number, self.shares_line), date, url)
            return (document,), id_ if read_options.id else None, None
        record = record_of(raw, self.place, number, read_options, self.line, self.shares_line)
        identity = record.places[0]["id"] if read_options.id and record.places else None
        return record.documents, identity, record.missing

    def record(self, raw: bytes, number: int) -> Record:
        """Return the record of a line; one that cannot be read is a record with an error and unchanged bytes."""
        if raw.isspace():
            return Record(raw)
        try:
            return record_of(raw, self.place, number, self.read_options, self.line, self.shares_line)
        except InputError as error:
            return Record(raw, error=error)

    def check_id(self, number: int, id_: str) -> InputError | None:
        """Return an error if an earlier line has this id."""
        read_options = self.read_options
        if not read_options.id or not id_:
            return None
        if id_ in self._seen_ids:
            problem = f"has the {read_options.id} {id_!r} of an earlier record; ids must be unique"
            return InputError(f"{self.place}:{self.line or number}", problem)
        self._seen_ids.add(id_)
        return None


read = transcoded(_read)
