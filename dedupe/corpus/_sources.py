"""Where a corpus comes from: its files cut into parts, read and written again part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from io import BufferedReader, BytesIO
from itertools import chain
from typing import BinaryIO

from dedupe._failures import unexpected
from dedupe._places import as_text
from dedupe.corpus import _parquet
from dedupe.corpus._new_files import Folders, LazyFile
from dedupe.corpus._parts import (
    BATCH,
    DecideRecords,
    Item,
    Part,
    Unwritten,
    Wanted,
    opened,
)
from dedupe.errors import InputError
from dedupe.io.compression import SUFFIXES
from dedupe.io.files import unreadable
from dedupe.io.formats import ReadOptions, Record, format_of
from dedupe.io.formats.json.record import cut_of, plain, record_of
from dedupe.io.formats.record import oversize
from dedupe.io.formats.transcoding import Writer, as_utf8, encoded
from dedupe.model import Document, Report, Span

_BLOCK = 1 << 22


def _lines_of(part: Part, read_options: ReadOptions) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a part, each with its place, in bytes from the beginning of the part.

    Raises `InputError` at a line that is longer than a record may be.
    """
    at = number = 0
    begun = b""
    with _begun(part) as stream:
        while block := stream.read(BATCH):
            whole, feed, begun = (begun + block).rpartition(b"\n")
            for line in chain(BytesIO(whole + feed), [begun] if len(begun) > read_options.max_record else ()):
                if len(line) > read_options.max_record:
                    raise InputError(f"{part.names[0]}:{part.line + number}", oversize(read_options))
                yield at, line
                number += 1
                at += len(line)
                if part.stop and at >= part.stop - part.start:
                    return
    if begun:
        yield at, begun


@contextmanager
def _begun(part: Part) -> Iterator[BufferedReader]:
    """Open a part's lines, as UTF-8."""
    with opened(part.names[0]) as stream:
        if part.start:
            stream.seek(part.start)
        source = as_utf8(stream, part.names[0], part.codec) if part.codec else None
        yield BufferedReader(source or stream, BATCH)  # type: ignore[arg-type]  # binary streams can be read into


def items(part: Part, read_options: ReadOptions) -> Iterator[Item | InputError | None]:
    """Yield the records of a part, or what is wrong with one, or None for one that has no text.

    Raises `InputError` where the part can be read no further.
    """
    try:
        if part.format == "json-lines":
            for number, (at, line) in enumerate(_lines_of(part, read_options)):
                if (known := plain(line, read_options)) is not None:
                    yield Item(number, *known, at, len(line))
                elif line.strip():
                    yield _json_item(line, part, number, at, read_options)
        elif part.format == "parquet":
            yield from _parquet.items(part, read_options)
        else:
            for number, (name, relative) in enumerate(zip(part.names, part.relatives, strict=True)):
                yield _file_item(number, name, relative, read_options)
    except OSError as error:
        raise unreadable(part.place, error) from None


def _json_item(line: bytes, part: Part, number: int, at: int, read_options: ReadOptions) -> Item | InputError | None:
    try:
        document = _document(line, part, number, read_options)
    except InputError as error:
        return error
    return (
        None
        if document is None
        else Item(number, document.text, document.id, document.date, document.url, at, len(line))
    )


def _document(line: bytes, part: Part, number: int, read_options: ReadOptions) -> Document | None:
    record = record_of(line, part.names[0], part.line + number, read_options)
    if record.absent:
        return None
    one = record.documents[0]
    return Document(one.text, record.places[0]["id"], one.date, one.url)


def _file_item(number: int, name: str, relative: str, read_options: ReadOptions) -> Item | InputError:
    try:
        with opened(name) as stream:
            return Item(number, _first(stream, name, read_options).documents[0].text, as_text(relative))
    except InputError as error:
        return error
    except OSError as error:
        return unreadable(name, error)
    except Exception as error:
        return unexpected(name, error)


def _first(stream: BinaryIO, name: str, read_options: ReadOptions) -> Record:
    form, stream = format_of(name, stream, read_options)
    return next(record for stretch in form.read(stream, name, read_options) for record in stretch.records())


def write(
    part: Part, read_options: ReadOptions, folders: Folders, wanted: Wanted, fates: DecideRecords, unwritten: Unwritten
) -> None:
    """Write a part's records, texts cut as their fates say.

    The bytes between the wanted records are copied as they are.
    """
    if part.format == "json-lines":
        name = f"part-{part.number:05d}.jsonl"
        with (
            _begun(part) as stream,
            encoded(folders.staying(name), stream) as stay,
            encoded(LazyFile(folders, name), stream) as go,
        ):
            rewriting = _Rewriting(part, read_options, stay, go, fates, unwritten)
            places = wanted if isinstance(wanted, Mapping) else _places_of(part, read_options, wanted)
            at = 0
            for number, (begin, size) in places.items():
                rewriting.add(stream, begin - at, size, number)
                at = begin + size
            rewriting.settle()
            for block in _read(stream, part.stop - part.start - at if part.stop else -1):
                stay.write(block)
    elif part.format == "parquet":
        _parquet.write(part, read_options, folders, wanted, fates)
    else:
        for at, (source, relative) in enumerate(zip(part.names, part.relatives, strict=True)):
            item = _file_item(at, source, relative, read_options)
            with opened(source) as file:
                data = file.read()
            is_dropped = False
            if at in wanted and isinstance(item, Item):
                ((cuts, is_dropped),) = fates([(at, item.document)])
                if cuts and not is_dropped:
                    try:
                        record = _first(BytesIO(data), source, read_options)
                        data = record.without_repeats([Report(record.documents[0], tuple(cuts))])
                    except Exception as error:
                        unwritten(at, error)
            place = folders.going if is_dropped else folders.staying
            with place(_unpacked(relative)) as copy:
                copy.write(data)


def _unpacked(name: str) -> str:
    """Return a file's name without the ending that says it is compressed."""
    return next((name[: -len(ending)] for ending in SUFFIXES if name.lower().endswith(ending)), name)


def _read(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield so many bytes of a stream in blocks, or all the rest for -1; read when asked for."""
    while size and (block := stream.read(min(size, _BLOCK) if size > 0 else _BLOCK)):
        size -= len(block) if size > 0 else 0
        yield block


def _places_of(part: Part, read_options: ReadOptions, wanted: AbstractSet[int]) -> dict[int, tuple[int, int]]:
    """Return where these items of a file of lines stand."""
    lines = enumerate(_lines_of(part, read_options))
    return {number: (at, len(line)) for number, (at, line) in lines if number in wanted}


class _Rewriting:
    """Touched lines of a file that wait for their fates, a batch at a time, each with what stands before it."""

    def __init__(
        self,
        part: Part,
        read_options: ReadOptions,
        stay: Writer,
        go: Writer,
        fates: DecideRecords,
        unwritten: Unwritten,
    ) -> None:
        self.part, self.read_options, self.stay, self.go = part, read_options, stay, go
        self.fates, self.unwritten = fates, unwritten
        self.waiting: list[tuple[bytes, int, bytes]] = []
        self.size = 0

    def add(self, stream: BinaryIO, gap: int, size: int, number: int) -> None:
        """Take a touched line from the stream, which stands so many bytes before it."""
        if self.size + gap + size > BATCH:
            self.settle()
        if not self.waiting:
            for block in _read(stream, gap):  # however long it is
                self.stay.write(block)
            gap = 0
        before = b"".join(_read(stream, gap))
        self.waiting.append((before, number, b"".join(_read(stream, size))))
        self.size += gap + size

    def settle(self) -> None:
        """Write what waits."""
        quick = [plain(line, self.read_options) for _, _, line in self.waiting]
        chosen: list[tuple[int, Document]] = []
        for known, (_, number, line) in zip(quick, self.waiting, strict=True):
            document = Document(*known) if known else _document(line, self.part, number, self.read_options)
            assert document is not None  # what has no text is not touched
            chosen.append((number, document))
        decided = self.fates(chosen) if chosen else []
        for known, (before, number, line), (cuts, is_dropped) in zip(quick, self.waiting, decided, strict=True):
            self.stay.write(before)
            if is_dropped:
                self.go.write(line)
            elif not cuts:
                self.stay.write(line)
            else:
                self.stay.write(self._cut(line, number, cuts, known is not None))
        self.waiting.clear()
        self.size = 0

    def _cut(self, line: bytes, number: int, cuts: Sequence[Span], is_plain: bool) -> bytes:
        """Return a line without what goes; as it is where the program fails on that."""
        try:
            if is_plain:
                return cut_of(line, self.read_options, cuts)
            return _cut_line(line, self.part, number, self.read_options, cuts)
        except Exception as error:
            self.unwritten(number, error)
            return line


def _cut_line(line: bytes, part: Part, number: int, read_options: ReadOptions, cuts: Sequence[Span]) -> bytes:
    record = record_of(line, part.names[0], part.line + number, read_options)
    return record.without_repeats([Report(record.documents[0], tuple(cuts))])
