"""Where a corpus comes from: its files cut into parts, read and written again part by part."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    RecordDecision,
    Unwritten,
    Wanted,
    filesystem,
    is_divisible,
    is_remote,
    opened,
    skip_line,
)
from dedupe.errors import InputError
from dedupe.io.compression import SUFFIXES
from dedupe.io.files import Source, unreadable
from dedupe.io.formats import FORMATS, ReadOptions, Record, ending_of, format_by_ending, format_of
from dedupe.io.formats.json.record import cut_of, plain, record_of
from dedupe.io.formats.record import oversize
from dedupe.io.formats.transcoding import Writer, encode_like, open_as_utf8
from dedupe.io.walking import Passed, WalkOptions, sources
from dedupe.model import Document, Report, Span

PART = 128 << 20
"""Bytes of input in a part: what a killed run does again, and what one process works on."""

KINDS = ("json-lines", "parquet", "text")
"""The formats that a corpus is read from."""

_GLOB = "*?["
_BLOCK = 1 << 22


def parts_of(
    paths: Sequence[str],
    read_options: ReadOptions,
    complain: Callable[[InputError], None],
    whole: bool = False,
    walk_options: WalkOptions | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> list[Part]:
    """Return the parts of all files that paths, directories and patterns name, in order; `whole`: files are not cut.

    `note`: told what is passed over and no trouble.
    """
    found: list[Part] = []
    batch: list[tuple[str, str]] = []
    size = 0
    seen: set[str] = set()
    for source in _named(paths, walk_options or WalkOptions()):
        if isinstance(source, InputError):
            complain(source)
            continue
        if isinstance(source, Passed):
            note(source.sentence)
            continue
        name, relative = source
        if (identity := name if is_remote(name) else os.path.realpath(name)) in seen:
            continue
        seen.add(identity)
        try:
            kind, codec = _kind_of(name, read_options)
        except InputError as error:
            complain(error)
            continue
        except OSError as error:
            complain(unreadable(name, error))
            continue
        if kind not in KINDS:
            kinds = ", ".join(KINDS)
            way = "make it one of these, or use clean --scope corpus, which reads all formats and holds them in memory"
            complain(InputError(name, f"is of the format {kind}; a corpus is read from {kinds}; {way}"))
            continue
        try:
            length = filesystem(name).size(name) if is_remote(name) else os.stat(name).st_size
        except OSError as error:
            complain(unreadable(name, error))
            continue
        if kind == "text":
            if batch and size + length > PART:
                found.append(_texts(len(found), batch, size))
                batch, size = [], 0
            batch.append(source)
            size += length
        elif kind == "json-lines" and is_divisible(name, codec) and length > PART and not whole:
            for start, stop, line in _ranges(name, length):
                found.append(Part(len(found), kind, (name,), (relative,), start, stop, line, stop - start))
        else:
            found.append(Part(len(found), kind, (name,), (relative,), 0, 0, 1, length, codec))
    return [*found, _texts(len(found), batch, size)] if batch else found


def _kind_of(name: str, read_options: ReadOptions) -> tuple[str, str]:
    """Return the name of a file's format, and the codec of lines that are not UTF-8.

    Texts come by the thousand, so each is looked into when it is read.
    """
    named = FORMATS["parquet"] if name.lower().endswith(".parquet") else format_by_ending(name)
    if named is not None and (
        named.checks_content or (not read_options.format and named.name == "text" and ending_of(name))
    ):
        return named.name, ""
    with opened(name) as stream:
        form, stream = format_of(name, stream, read_options)
        source = open_as_utf8(stream, name, read_options.encoding) if form.name == "json-lines" else None
        return form.name, source.codec if source else ""


def _texts(number: int, batch: Sequence[tuple[str, str]], size: int) -> Part:
    return Part(number, "text", tuple(one for one, _ in batch), tuple(one for _, one in batch), 0, 0, 1, size)


def _named(paths: Sequence[str], walk_options: WalkOptions) -> Iterator[tuple[str, str] | InputError | Passed]:
    """Yield the files that the paths name, each with its name below the folder it was found in; or what is amiss."""
    suffixes = (".jsonl", ".ndjson", ".parquet", ".txt", ".text")
    for path in paths:
        if is_remote(path):
            system = filesystem(path)
            names = sorted(system.glob(path)) if any(sign in path for sign in _GLOB) else [path]
            if not names:
                yield InputError(path, "no file has such a name; check the pattern")
            for name in names:
                full = name if is_remote(name) else system.unstrip_protocol(name)
                yield full, full.rsplit("/", 1)[1]
            continue
        plain = path
        names = [plain]
        if any(sign in path for sign in _GLOB) and not os.path.exists(path):
            names = sorted(glob.glob(path, recursive=True))
            if not names:
                yield InputError(path, "no file has such a name; check the pattern")
        for source in sources(names, suffixes, walk_options):
            if isinstance(source, Source):
                yield source.name, source.relative
            else:
                yield source


def _ranges(name: str, length: int) -> Iterator[tuple[int, int, int]]:
    """Yield stretches of a file of lines, cut between lines, each with the number of its first line."""
    start, line = 0, 1
    with opened(name) as stream:
        while start < length:
            lines = 0
            rest = PART
            while rest > 0 and (block := stream.read(min(_BLOCK, rest))):
                lines += block.count(b"\n")
                rest -= len(block)
            tail, ended = skip_line(stream)
            lines += ended
            stop = min(length, start + PART - rest + tail)
            yield start, stop, line
            start, line = stop, line + lines


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
        source = open_as_utf8(stream, part.names[0], part.codec) if part.codec else None
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
            encode_like(folders.staying(name), stream) as stay,
            encode_like(LazyFile(folders, name), stream) as go,
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


__all__ = ["DecideRecords", "Item", "Part", "RecordDecision", "is_remote", "items", "parts_of", "write"]
