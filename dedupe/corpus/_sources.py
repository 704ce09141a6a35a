"""Read the records of a part, and write the part again with its texts cut."""

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
    BATCH_BYTES,
    DecideRecords,
    InputPart,
    Item,
    ReportUnwritten,
    WantedRecords,
    opened,
)
from dedupe.errors import InputError
from dedupe.io.compression import SUFFIXES
from dedupe.io.files import unreadable
from dedupe.io.formats import ReadOptions, Record, format_of
from dedupe.io.formats.json.record import cut_of, plain, record_of
from dedupe.io.formats.record import oversize
from dedupe.io.formats.transcoding import Writer, encode_like, open_as_utf8
from dedupe.model import Document, Report, Span

_BLOCK_BYTES = 1 << 22


def _lines_of(part: InputPart, read_options: ReadOptions) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a part, each with its offset in bytes from the beginning of the part.

    Raises `InputError` at a line longer than `max_record`.
    """
    offset = number = 0
    rest = b""
    with _open_lines(part) as stream:
        while block := stream.read(BATCH_BYTES):
            lines, line_end, rest = (rest + block).rpartition(b"\n")
            for line in chain(BytesIO(lines + line_end), [rest] if len(rest) > read_options.max_record else ()):
                if len(line) > read_options.max_record:
                    raise InputError(f"{part.names[0]}:{part.line + number}", oversize(read_options))
                yield offset, line
                number += 1
                offset += len(line)
                if part.stop and offset >= part.stop - part.start:
                    return
    if rest:
        yield offset, rest


@contextmanager
def _open_lines(part: InputPart) -> Iterator[BufferedReader]:
    """Open the lines of a part, transcoded to UTF-8."""
    with opened(part.names[0]) as stream:
        if part.start:
            stream.seek(part.start)
        source = open_as_utf8(stream, part.names[0], part.codec) if part.codec else None
        yield BufferedReader(source or stream, BATCH_BYTES)  # type: ignore[arg-type]  # binary streams can be read into


def items(part: InputPart, read_options: ReadOptions) -> Iterator[Item | InputError | None]:
    """Yield the records of a part: the error for one that cannot be read, None for one without text.

    Raises `InputError` if the rest of the part cannot be read.
    """
    try:
        if part.format == "json-lines":
            for number, (offset, line) in enumerate(_lines_of(part, read_options)):
                if (values := plain(line, read_options)) is not None:
                    yield Item(number, *values, offset, len(line))
                elif line.strip():
                    yield _json_item(line, part, number, offset, read_options)
        elif part.format == "parquet":
            yield from _parquet.items(part, read_options)
        else:
            for number, (name, relative) in enumerate(zip(part.names, part.relatives, strict=True)):
                yield _file_item(number, name, relative, read_options)
    except OSError as error:
        raise unreadable(part.place, error) from None


def _json_item(
    line: bytes, part: InputPart, number: int, offset: int, read_options: ReadOptions
) -> Item | InputError | None:
    try:
        document = _document(line, part, number, read_options)
    except InputError as error:
        return error
    if document is None:
        return None
    return Item(number, document.text, document.id, document.date, document.url, offset, len(line))


def _document(line: bytes, part: InputPart, number: int, read_options: ReadOptions) -> Document | None:
    record = record_of(line, part.names[0], part.line + number, read_options)
    if record.absent:
        return None
    document = record.documents[0]
    return Document(document.text, record.places[0]["id"], document.date, document.url)


def _file_item(number: int, name: str, relative: str, read_options: ReadOptions) -> Item | InputError:
    try:
        with opened(name) as stream:
            return Item(number, _first_record(stream, name, read_options).documents[0].text, as_text(relative))
    except InputError as error:
        return error
    except OSError as error:
        return unreadable(name, error)
    except Exception as error:
        return unexpected(name, error)


def _first_record(stream: BinaryIO, name: str, read_options: ReadOptions) -> Record:
    form, stream = format_of(name, stream, read_options)
    return next(record for chunk in form.read(stream, name, read_options) for record in chunk.records())


def write(
    part: InputPart,
    read_options: ReadOptions,
    folders: Folders,
    wanted: WantedRecords,
    decide: DecideRecords,
    report_unwritten: ReportUnwritten,
) -> None:
    """Write the records of a part, the wanted ones as `decide` decides.

    The bytes between the wanted records are copied as they are.
    """
    if part.format == "json-lines":
        name = f"part-{part.number:05d}.jsonl"
        with (
            _open_lines(part) as stream,
            encode_like(folders.open_documents(name), stream) as documents,
            encode_like(LazyFile(folders, name), stream) as dropped,
        ):
            rewriter = _LineRewriter(part, read_options, documents, dropped, decide, report_unwritten)
            positions = wanted if isinstance(wanted, Mapping) else _find_positions(part, read_options, wanted)
            done = 0
            for number, (begin, size) in positions.items():
                rewriter.add(stream, begin - done, size, number)
                done = begin + size
            rewriter.flush()
            for block in _read(stream, part.stop - part.start - done if part.stop else -1):
                documents.write(block)
    elif part.format == "parquet":
        _parquet.write(part, read_options, folders, wanted, decide)
    else:
        for number, (name, relative) in enumerate(zip(part.names, part.relatives, strict=True)):
            item = _file_item(number, name, relative, read_options)
            with opened(name) as file:
                data = file.read()
            is_dropped = False
            if number in wanted and isinstance(item, Item):
                ((cuts, is_dropped),) = decide([(number, item.document)])
                if cuts and not is_dropped:
                    try:
                        record = _first_record(BytesIO(data), name, read_options)
                        data = record.without_repeats([Report(record.documents[0], tuple(cuts))])
                    except Exception as error:
                        report_unwritten(number, error)
            open_new = folders.open_dropped if is_dropped else folders.open_documents
            with open_new(_uncompressed_name(relative)) as copy:
                copy.write(data)


def _uncompressed_name(name: str) -> str:
    """Return the name of a file without the ending of its compression."""
    return next((name[: -len(ending)] for ending in SUFFIXES if name.lower().endswith(ending)), name)


def _read(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield this many bytes of a stream in blocks, lazily; all the rest for -1."""
    while size and (block := stream.read(min(size, _BLOCK_BYTES) if size > 0 else _BLOCK_BYTES)):
        size -= len(block) if size > 0 else 0
        yield block


def _find_positions(part: InputPart, read_options: ReadOptions, wanted: AbstractSet[int]) -> dict[int, tuple[int, int]]:
    """Return the positions of these records of a file of lines, by number: offset and size in bytes."""
    lines = enumerate(_lines_of(part, read_options))
    return {number: (offset, len(line)) for number, (offset, line) in lines if number in wanted}


class _LineRewriter:
    """Decide on the wanted lines of a file a batch at a time; each is held with the bytes before it until then."""

    def __init__(
        self,
        part: InputPart,
        read_options: ReadOptions,
        documents: Writer,
        dropped: Writer,
        decide: DecideRecords,
        report_unwritten: ReportUnwritten,
    ) -> None:
        self.part, self.read_options, self.documents, self.dropped = part, read_options, documents, dropped
        self.decide, self.report_unwritten = decide, report_unwritten
        self.pending: list[tuple[bytes, int, bytes]] = []
        self.size = 0

    def add(self, stream: BinaryIO, gap: int, size: int, number: int) -> None:
        """Read a wanted line from the stream, which is `gap` bytes before it."""
        if self.size + gap + size > BATCH_BYTES:
            self.flush()
        if not self.pending:
            for block in _read(stream, gap):  # however long it is
                self.documents.write(block)
            gap = 0
        before = b"".join(_read(stream, gap))
        self.pending.append((before, number, b"".join(_read(stream, size))))
        self.size += gap + size

    def flush(self) -> None:
        """Write the pending lines."""
        plain_values = [plain(line, self.read_options) for _, _, line in self.pending]
        documents: list[tuple[int, Document]] = []
        for values, (_, number, line) in zip(plain_values, self.pending, strict=True):
            document = Document(*values) if values else _document(line, self.part, number, self.read_options)
            assert document is not None  # no line without text is wanted
            documents.append((number, document))
        decisions = self.decide(documents) if documents else []
        for values, (before, number, line), (cuts, is_dropped) in zip(
            plain_values, self.pending, decisions, strict=True
        ):
            self.documents.write(before)
            if is_dropped:
                self.dropped.write(line)
            elif not cuts:
                self.documents.write(line)
            else:
                self.documents.write(self._cut(line, number, cuts, values is not None))
        self.pending.clear()
        self.size = 0

    def _cut(self, line: bytes, number: int, cuts: Sequence[Span], is_plain: bool) -> bytes:
        """Return a line without these cuts; unchanged if the program fails on it."""
        try:
            if is_plain:
                return cut_of(line, self.read_options, cuts)
            return _cut_line(line, self.part, number, self.read_options, cuts)
        except Exception as error:
            self.report_unwritten(number, error)
            return line


def _cut_line(line: bytes, part: InputPart, number: int, read_options: ReadOptions, cuts: Sequence[Span]) -> bytes:
    record = record_of(line, part.names[0], part.line + number, read_options)
    return record.without_repeats([Report(record.documents[0], tuple(cuts))])
