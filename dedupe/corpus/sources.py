"""Where a corpus comes from: its files cut into parts, read and written again part by part."""

from __future__ import annotations

import glob
import gzip
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, Any, BinaryIO, cast

from dedupe.errors import InputError, MissingExtraError
from dedupe.files import GZIP, Source, sources, unreadable
from dedupe.formats import Reading, format_of
from dedupe.formats.json_lines import record_of
from dedupe.model import Document, Report, Span

PART = 128 << 20
"""Bytes of input in a part: what a killed run does again, and what one process works on."""

_GLOB = "*?["
_BLOCK = 1 << 22


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


@dataclass(frozen=True, slots=True)
class Item:
    """A record: its number in the part, its document, or what is wrong with it."""

    number: int
    document: Document | None
    error: InputError | None = None


Fate = Callable[[int, Document], tuple[Sequence[Span], bool] | None]
"""From the number of an item and its document to what is cut out of it and whether it is dropped; None: nothing is."""


def is_remote(path: str) -> bool:
    """Say whether a path names a place that fsspec reaches."""
    return "://" in path


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked; raise `InputError` with the reason if that cannot be."""
    if is_remote(path):
        with _filesystem(path).open(path, "rb", compression="infer") as stream:
            yield cast(BinaryIO, stream)
        return
    with Source(path, path).open() as stream:
        yield stream


def _filesystem(path: str) -> Any:
    try:
        import fsspec  # 60 ms that only remote paths pay for
    except ImportError:
        raise MissingExtraError("fsspec", "remote") from None
    return fsspec.core.url_to_fs(path)[0]


def parts_of(paths: Sequence[str], reading: Reading, complain: Callable[[InputError], None]) -> list[Part]:
    """Return the parts of all files that paths, directories and patterns name, in order."""
    found: list[Part] = []
    batch: list[tuple[str, str]] = []
    size = 0
    seen: set[str] = set()
    for source in _named(paths):
        if isinstance(source, InputError):
            complain(source)
            continue
        name, relative = source
        if (identity := name if is_remote(name) else os.path.realpath(name)) in seen:
            continue
        seen.add(identity)
        kind = format_of(name, reading.format).name
        try:
            length = _filesystem(name).size(name) if is_remote(name) else os.stat(name).st_size
        except OSError as error:
            complain(unreadable(name, error))
            continue
        if kind == "text":
            if batch and size + length > PART:
                found.append(_texts(len(found), batch, size))
                batch, size = [], 0
            batch.append(source)
            size += length
        elif kind == "json-lines" and not name.lower().endswith(GZIP) and length > PART:
            for start, stop, line in _ranges(name, length):
                found.append(Part(len(found), kind, (name,), (relative,), start, stop, line, stop - start))
        else:
            found.append(Part(len(found), kind, (name,), (relative,), 0, 0, 1, length))
    return [*found, _texts(len(found), batch, size)] if batch else found


def _texts(number: int, batch: Sequence[tuple[str, str]], size: int) -> Part:
    return Part(number, "text", tuple(one for one, _ in batch), tuple(one for _, one in batch), 0, 0, 1, size)


def _named(paths: Sequence[str]) -> Iterator[tuple[str, str] | InputError]:
    """Yield the files that the paths name, each with its name below the folder it was found in; or an error."""
    suffixes = (".jsonl", ".ndjson", ".parquet", ".txt", ".text")
    for path in paths:
        if is_remote(path):
            system = _filesystem(path)
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
        for source in sources(names, suffixes):
            yield source if isinstance(source, InputError) else (source.name, source.relative)


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
            tail = stream.readline()
            lines += tail.endswith(b"\n")
            stop = min(length, start + PART - rest + len(tail))
            yield start, stop, line
            start, line = stop, line + lines


def lines_of(part: Part) -> Iterator[bytes]:
    """Yield the lines of a part."""
    with opened(part.names[0]) as stream:
        if part.start:
            stream.seek(part.start)
        left = part.stop - part.start if part.stop else -1
        for line in stream:
            yield line
            if part.stop:
                left -= len(line)
                if left <= 0:
                    return


def items(part: Part, reading: Reading) -> Iterator[Item]:
    """Yield the records of a part; raise `InputError` where it can be read no further."""
    try:
        if part.format == "json-lines":
            for number, line in enumerate(lines_of(part)):
                if line.strip():
                    yield _json_item(line, part, number, reading)
        elif part.format == "parquet":
            yield from _parquet_items(part, reading)
        else:
            for number, (name, relative) in enumerate(zip(part.names, part.relatives, strict=True)):
                yield _file_item(number, name, relative, reading)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(part.place, f"the compressed file is broken or cut short: {error}") from None
    except OSError as error:
        raise unreadable(part.place, error) from None


def _json_item(line: bytes, part: Part, number: int, reading: Reading) -> Item:
    try:
        return Item(number, _document(line, part, number, reading))
    except InputError as error:
        return Item(number, None, error)


def _document(line: bytes, part: Part, number: int, reading: Reading) -> Document:
    record = record_of(line, part.names[0], part.line + number, reading, set())
    return replace(record.documents[0], id=record.places[0]["id"])


def _file_item(number: int, name: str, relative: str, reading: Reading) -> Item:
    try:
        with opened(name) as stream:
            record = next(iter(format_of(name, reading.format).read(stream, name, reading)))
        return Item(number, Document(record.documents[0].text, relative))
    except InputError as error:
        return Item(number, None, error)


def write(part: Part, reading: Reading, out: str, dropped: str, wanted: set[int], fate: Fate) -> None:
    """Write a part's records below a folder, texts cut as their fate says; what is dropped goes below the other one.

    `wanted`: the numbers of the items that are changed; the others are copied as they are.
    """
    name = f"part-{part.number:05d}"
    if part.format == "json-lines":
        with _new(out, name + ".jsonl") as stay, _lazily(dropped, name + ".jsonl") as go:
            for number, line in enumerate(lines_of(part)):
                decided = fate(number, _document(line, part, number, reading)) if number in wanted else None
                if decided is None:
                    stay.write(line)
                elif decided[1]:
                    go.write(line)
                else:
                    stay.write(_cut_line(line, part, number, reading, decided[0]))
    elif part.format == "parquet":
        _write_parquet(part, reading, out, dropped, wanted, fate)
    else:
        for number, (source, relative) in enumerate(zip(part.names, part.relatives, strict=True)):
            relative = relative.removesuffix(GZIP)
            item = _file_item(number, source, relative.removesuffix(GZIP), reading)
            with opened(source) as stream:
                data = stream.read()
            decided = fate(number, item.document) if number in wanted and item.document is not None else None
            if decided is not None and not decided[1]:
                record = next(iter(format_of(source, reading.format).read(_bytes(data), source, reading)))
                data = record.without_repeats([Report(record.documents[0], tuple(decided[0]))])
            folder = dropped if decided is not None and decided[1] else out
            with _new(folder, relative) as file:
                file.write(data)


def _bytes(data: bytes) -> BinaryIO:
    import io

    return io.BytesIO(data)


def _cut_line(line: bytes, part: Part, number: int, reading: Reading, cuts: Sequence[Span]) -> bytes:
    record = record_of(line, part.names[0], part.line + number, reading, set())
    return record.without_repeats([Report(record.documents[0], tuple(cuts))])


@contextmanager
def _new(folder: str, name: str) -> Iterator[IO[bytes]]:
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb") as file:
        yield file
    os.replace(path + ".new", path)


@contextmanager
def _lazily(folder: str, name: str) -> Iterator[_Lazy]:
    lazy = _Lazy(folder, name)
    yield lazy
    lazy.close()


class _Lazy:
    """A file that is made when something is written to it."""

    def __init__(self, folder: str, name: str) -> None:
        self.path = os.path.join(folder, name)
        self.file: IO[bytes] | None = None

    def write(self, data: bytes) -> None:
        """Append."""
        if self.file is None:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            self.file = open(self.path, "wb")  # noqa: SIM115  closed by close
        self.file.write(data)

    def close(self) -> None:
        """Close it, if there is one."""
        if self.file is not None:
            self.file.close()


ROWS = 1024
"""Rows of a Parquet file that are decoded at once."""


def _parquet(part: Part) -> Any:
    try:
        import pyarrow as pa  # 250 ms that only Parquet pays for
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    try:
        name = part.names[0]
        return pq.ParquetFile(_filesystem(name).open(name, "rb") if is_remote(name) else name)
    except (pa.ArrowException, OSError) as error:
        raise InputError(part.place, f"cannot be read as Parquet, it is broken or cut short: {_said(error)}") from None


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _batches(part: Part, file: Any, columns: Sequence[str] | None) -> Iterator[Any]:
    import pyarrow as pa

    try:
        yield from file.iter_batches(ROWS, columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise InputError(part.place, f"cannot be read as Parquet, it is broken or cut short: {_said(error)}") from None


def _parquet_items(part: Part, reading: Reading) -> Iterator[Item]:
    with _parquet(part) as file:
        names = file.schema_arrow.names
        wanted = [one for one in (reading.field[0], reading.id, reading.date, reading.url) if one]
        for name in wanted:
            if name not in names:
                shown = ", ".join(map(repr, names[:20]))
                raise InputError(part.place, f"has no column {name!r}; name one of {shown} with --field, --id or --date")
        number = 0
        for batch in _batches(part, file, list(dict.fromkeys(wanted))):
            columns = {name: batch.column(name).to_pylist() for name in dict.fromkeys(wanted)}
            for row in range(batch.num_rows):
                yield _parquet_item({name: columns[name][row] for name in columns}, part, number, reading)
                number += 1


def _parquet_item(values: dict[str, Any], part: Part, number: int, reading: Reading) -> Item:
    text = values[reading.field[0]]
    if not isinstance(text, str):
        kind = "nothing" if text is None else type(text).__name__
        problem = f"has {kind} in the column {reading.field[0]!r}, where text is needed"
        return Item(number, None, InputError(f"{part.place}:row {number + 1}", problem))
    id_, date, url = (_plain(values.get(name)) for name in (reading.id, reading.date, reading.url))
    return Item(number, Document(text, id_, date, url))


def _plain(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _write_parquet(part: Part, reading: Reading, out: str, dropped: str, wanted: set[int], fate: Fate) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = f"part-{part.number:05d}.parquet"
    os.makedirs(out, exist_ok=True)
    column = reading.field[0]
    number = 0
    gone = []
    with _parquet(part) as file, pq.ParquetWriter(os.path.join(out, name + ".new"), file.schema_arrow) as writer:
        for batch in _batches(part, file, None):
            at = batch.schema.get_field_index(column)
            texts = batch.column(at).to_pylist()
            rest = {key: batch.column(key).to_pylist() for key in (reading.id, reading.date, reading.url) if key}
            stay = [True] * len(texts)
            for row, text in enumerate(texts):
                if number + row in wanted:
                    values = {column: text, **{key: rest[key][row] for key in rest}}
                    document = _parquet_item(values, part, number + row, reading).document
                    assert document is not None
                    decided = fate(number + row, document)
                    if decided is not None:
                        stay[row] = not decided[1]
                        texts[row] = Report(document, tuple(decided[0])).text if stay[row] else text
            number += len(texts)
            table = pa.Table.from_batches([batch])
            table = table.set_column(at, batch.schema.field(at), pa.array(texts, batch.schema.field(at).type))
            mask = pa.array(stay)
            writer.write_table(table.filter(mask))
            if not all(stay):
                gone.append(table.filter(pa.compute.invert(mask)))
    if gone:
        os.makedirs(dropped, exist_ok=True)
        pq.write_table(pa.concat_tables(gone), os.path.join(dropped, name))
    os.replace(os.path.join(out, name + ".new"), os.path.join(out, name))


__all__ = ["Fate", "Item", "Part", "items", "parts_of", "write"]
