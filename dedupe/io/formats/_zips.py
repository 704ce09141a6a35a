"""ZIP archives that are one document: read members within bounds, and replace some of them."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, BinaryIO

from dedupe.errors import InputError, damaged
from dedupe.io.formats.binaries import binary

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MOST_MEMBERS = 1 << 14
"""Members that an archive may have; a long book has hundreds."""

MOST_DIRECTORY_BYTES = 1 << 22
"""Bytes that its directory may have, all of which become objects in memory."""

MOST_UNPACKED_BYTES = 1 << 28
"""Bytes that are unpacked of one archive; pictures are not unpacked, and a long book has a few million letters."""

COPIED_BYTES = 1 << 20
"""Bytes copied at a time."""

_STORED, _DEFLATED = 0, 8
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END_RECORD = struct.Struct("<4s4H2LH")
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_CENTRAL_HEADER = struct.Struct("<4s6H3L5H2L")
_ENCRYPTED, _DESCRIPTOR = 1, 8


@dataclass(slots=True)
class Archive:
    """An open archive: its name for errors, its path, and how many more bytes of it may be unpacked."""

    place: str
    path: str
    file: ZipFile
    remaining_bytes: int = MOST_UNPACKED_BYTES

    def __contains__(self, name: str) -> bool:
        return name in self.file.NameToInfo

    def read(self, name: str, limit: int, oversize: str) -> bytes:
        """Return a member's content; raise `InputError` if it is missing, broken, or larger than `limit` bytes."""
        place = f"{self.place}:{name}"
        info = self.file.NameToInfo.get(name)
        if info is None:
            raise damaged(place, "is missing from the archive")
        if info.flag_bits & _ENCRYPTED:
            raise InputError(place, "is encrypted, so it is not read; save it without encryption first")
        if info.compress_type not in (_STORED, _DEFLATED):
            raise InputError(
                place,
                f"is compressed by method {info.compress_type}, which such an archive does not use; "
                "save it again as a usual document",
            )
        if info.file_size > limit:
            raise InputError(place, oversize)
        self.remaining_bytes -= info.file_size
        if self.remaining_bytes < 0:
            raise InputError(
                place,
                f"is not read: with it the archive would unpack to more than {MOST_UNPACKED_BYTES >> 20} MB; "
                "take large members out of it first",
            )
        data = self._unpacked(info, place)
        if len(data) != info.file_size:
            raise damaged(place, "is broken: it is not as long as the archive's directory says")
        return data

    def _unpacked(self, info: ZipInfo, place: str) -> bytes:
        from zipfile import BadZipFile  # imported already

        try:
            with self.file.open(info) as member:
                return member.read(info.file_size + 1)  # no more than the directory says is ever unpacked
        except (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise damaged(place, f"is broken or cut short: {_reason(error)}") from None


@contextmanager
def open_archive(path: str, place: str, kind: str) -> Iterator[Archive]:
    """Open a file as an archive; raise `InputError` for one that is no archive, broken, or unsafe.

    `kind`: the name of such files in errors.
    """
    from zipfile import BadZipFile, ZipFile  # 10 ms

    if not os.path.isfile(path):
        raise InputError(place, f"is read as {kind}, from its end; give it by name, whole and not compressed")
    with open(path, "rb") as raw:
        head = raw.read(1 << 9)
        if not head:
            raise damaged(place, f"is empty, and so not {kind}")
        if not head.startswith(_LOCAL):
            shown = binary(head)
            raise InputError(
                place,
                f"is not {kind}: it is {shown or 'no ZIP archive, or compressed once more'}; "
                "name its format with --format",
            )
        directory = _read_end(raw, place)[0]
        try:
            file = ZipFile(raw)
        except (BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise damaged(place, f"cannot be read as a ZIP archive: {_reason(error)}") from None
        with file:
            _refuse_names(file, place)
            _refuse_overlaps(file, place, directory)
            yield Archive(place, path, file)


def path_of(stream: BinaryIO, place: str) -> str:
    """Return the path of the file that a stream reads; else the name of its place, which is no file."""
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) else place


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__


def _read_end(raw: IO[bytes], place: str) -> tuple[int, int, int, bytes]:
    """Return the offset, size and number of members of the directory, and the record at the end of the archive."""
    size = raw.seek(0, os.SEEK_END)
    start = max(0, size - _END_RECORD.size - (1 << 16))
    raw.seek(start)
    tail = raw.read()
    position = tail.rfind(_END)
    if position < 0 or len(tail) - position < _END_RECORD.size:
        raise damaged(place, "is cut short: the directory at the end of the archive is missing")
    _, _, _, _, count, length, offset, comment = _END_RECORD.unpack_from(tail, position)
    if count == 0xFFFF or 0xFFFFFFFF in (length, offset):
        raise InputError(place, "is a ZIP64 archive, larger than such a document is; save it again as a usual document")
    if count > MOST_MEMBERS or length > MOST_DIRECTORY_BYTES:
        raise InputError(
            place,
            f"has more than {MOST_MEMBERS:,} members, or a directory of more than {MOST_DIRECTORY_BYTES >> 20} MB; "
            "save it again as a usual document",
        )
    if offset + length != start + position or len(tail) - position != _END_RECORD.size + comment:
        raise damaged(place, "is broken: the directory of the archive is not where its end says")
    return offset, length, count, tail[position:]


def _refuse_names(file: ZipFile, place: str) -> None:
    """Raise `InputError` if a member has a name that leads out of the archive, or that of another member."""
    seen_names: set[str] = set()
    for info in file.infolist():
        name = info.orig_filename
        if name in seen_names:
            raise damaged(f"{place}:{name}", "is the name of two members of the archive, so the archive is not read")
        seen_names.add(name)
        if name.startswith("/") or "\\" in name or "\0" in name or name[1:2] == ":" or ".." in name.split("/"):
            raise damaged(f"{place}:{name}", "is a name that leads out of the archive, so the archive is not read")


def _refuse_overlaps(file: ZipFile, place: str, stop: int) -> None:
    """Raise `InputError` if members share bytes, by which a small archive can unpack to a huge one."""
    for info in sorted(file.infolist(), key=lambda info: info.header_offset, reverse=True):
        if info.header_offset + _LOCAL_HEADER.size + info.compress_size > stop:
            raise damaged(
                f"{place}:{info.orig_filename}", "overlaps what is behind it in the archive, so the archive is not read"
            )
        stop = info.header_offset


@dataclass(frozen=True, slots=True)
class NewContent:
    """The new content of a member: the start and size of its deflated bytes, its original length, and its checksum."""

    start: int
    packed: int
    length: int
    checksum: int


class Replacements:
    """New contents of members of an archive, deflated into a temporary file."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self.members: dict[str, NewContent] = {}

    def add(self, name: str, content: bytes) -> None:
        """Deflate and store the new content of a member."""
        deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = deflate.compress(content) + deflate.flush()
        self.members[name] = NewContent(self._spool.tell(), len(packed), len(content), zlib.crc32(content))
        self._spool.write(packed)

    def packed(self, new: NewContent) -> bytes:
        """Return the deflated bytes of a new content."""
        self._spool.seek(new.start)
        return self._spool.read(new.packed)


def with_replacements(path: str, place: str, kind: str, new: Replacements) -> Iterator[bytes]:
    """Yield the bytes of an archive with some members replaced, in the same order; every other byte stays.

    Only offsets in the directory change. A stored member is deflated when it is replaced.
    """
    with open_archive(path, place, kind) as archive, open(path, "rb") as source:
        offset, length, count, end = _read_end(source, place)
        source.seek(offset)
        entries = _entries(source.read(length), [info.orig_filename for info in archive.file.infolist()], place)
        if len(entries) != count:
            raise damaged(place, "is broken: its directory does not have the members that it says")
        starts = sorted(entry.start for entry in entries)
        stops = dict(zip(starts, [*starts[1:], offset], strict=True))
        moved: dict[int, int] = {}
        position = starts[0] if starts else 0
        yield from _copy(source, 0, position)
        for entry in sorted(entries, key=lambda entry: entry.start):
            moved[entry.start] = position
            content, stop = new.members.get(entry.name), stops[entry.start]
            pieces = (
                _copy(source, entry.start, stop) if content is None else _replaced_member(source, entry, content, new)
            )
            for piece in pieces:
                position += len(piece)
                yield piece
        directory = b"".join(entry.moved(moved[entry.start], new.members.get(entry.name)) for entry in entries)
        yield directory
        record = list(_END_RECORD.unpack_from(end))
        record[5], record[6] = len(directory), position
        yield _END_RECORD.pack(*record) + end[_END_RECORD.size :]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the directory: its bytes, and the name and offset of its member."""

    raw: bytes
    name: str
    start: int

    def moved(self, start: int, new: NewContent | None) -> bytes:
        """Return the entry for a member at another offset, and with its new content, if any."""
        fields = list(_CENTRAL_HEADER.unpack_from(self.raw))
        fields[16] = start
        if new is not None:
            fields[3] &= ~_DESCRIPTOR
            fields[4] = _DEFLATED
            fields[7:10] = new.checksum, new.packed, new.length
        return _CENTRAL_HEADER.pack(*fields) + self.raw[_CENTRAL_HEADER.size :]


def _entries(directory: bytes, names: Sequence[str], place: str) -> list[_Entry]:
    """Return the entries of a directory, given the names in it."""
    entries = []
    position = 0
    for name in names:
        fields = _CENTRAL_HEADER.unpack_from(directory, position)
        stop = position + _CENTRAL_HEADER.size + fields[10] + fields[11] + fields[12]
        if 0xFFFFFFFF in (fields[8], fields[9], fields[16]):
            raise InputError(place, "is a ZIP64 archive, so it is not rewritten; save it again as a usual document")
        entries.append(_Entry(directory[position:stop], name, fields[16]))
        position = stop
    return entries


def _replaced_member(source: BinaryIO, entry: _Entry, content: NewContent, new: Replacements) -> Iterator[bytes]:
    """Yield the bytes of a member with new content; the rest of its header stays."""
    source.seek(entry.start)
    fields = list(_LOCAL_HEADER.unpack(source.read(_LOCAL_HEADER.size)))
    fields[2] &= ~_DESCRIPTOR
    fields[3] = _DEFLATED
    fields[6:9] = content.checksum, content.packed, content.length
    yield _LOCAL_HEADER.pack(*fields) + source.read(fields[9] + fields[10])
    yield new.packed(content)


def _copy(source: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    """Yield a part of a file piece by piece."""
    source.seek(start)
    while start < stop:
        piece = source.read(min(COPIED_BYTES, stop - start))
        if not piece:
            raise OSError("the file became shorter")
        start += len(piece)
        yield piece
