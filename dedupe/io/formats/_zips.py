"""ZIP archives that are one document: members read within bounds, and some of them replaced."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, BinaryIO

from dedupe.errors import InputError
from dedupe.io.formats.binaries import binary

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MEMBERS = 1 << 14
"""Members that an archive may have; a long book has some hundreds."""

DIRECTORY = 1 << 22
"""Bytes that its directory may have: it is in memory as a whole, as objects."""

UNPACKED = 1 << 28
"""Bytes that are unpacked of an archive in all; pictures are not, and a long book has a few million letters."""

COPIED = 1 << 20
"""Bytes that are in memory at a time while members are copied."""

_STORED, _DEFLATED = 0, 8
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END_RECORD = struct.Struct("<4s4H2LH")
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_CENTRAL_HEADER = struct.Struct("<4s6H3L5H2L")
_ENCRYPTED, _DESCRIPTOR = 1, 8


@dataclass(slots=True)
class Archive:
    """An open archive: its place as an error names it, its path, and how much more of it may be unpacked."""

    place: str
    path: str
    file: ZipFile
    left: int = UNPACKED

    def __contains__(self, name: str) -> bool:
        return name in self.file.NameToInfo

    def read(self, name: str, most: int, oversize: str) -> bytes:
        """Return a member's content; raise `InputError` for one that is absent, broken, or larger than `most`."""
        place = f"{self.place}:{name}"
        info = self.file.NameToInfo.get(name)
        if info is None:
            raise InputError(place, "is missing from the archive")
        if info.flag_bits & _ENCRYPTED:
            raise InputError(place, "is encrypted, so it is not read")
        if info.compress_type not in (_STORED, _DEFLATED):
            raise InputError(place, f"is packed in a way (method {info.compress_type}) that such an archive has not")
        if info.file_size > most:
            raise InputError(place, oversize)
        self.left -= info.file_size
        if self.left < 0:
            raise InputError(place, f"is not read: with it the archive would unpack to more than {UNPACKED >> 20} MB")
        data = self._unpacked(info, place)
        if len(data) != info.file_size:
            raise InputError(place, "is broken: it is not as long as the archive's directory says")
        return data

    def _unpacked(self, info: ZipInfo, place: str) -> bytes:
        from zipfile import BadZipFile  # loaded already

        try:
            with self.file.open(info) as member:
                return member.read(info.file_size + 1)  # no more than the directory says is ever unpacked
        except (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise InputError(place, f"is broken or cut short: {_reason(error)}") from None


@contextmanager
def opened(path: str, place: str, kind: str) -> Iterator[Archive]:
    """Open the archive that a file is; raise `InputError` for one that is no archive, broken, or not to be trusted.

    `kind`: what such a file is called.
    """
    from zipfile import BadZipFile, ZipFile  # 10 ms that only archives pay for

    if not os.path.isfile(path):
        raise InputError(place, f"is read as {kind}, from its end; give it by name, whole and not compressed")
    with open(path, "rb") as raw:
        head = raw.read(1 << 9)
        if not head.startswith(_LOCAL):
            shown = binary(head)
            raise InputError(place, f"is not {kind}: it is {shown or 'no ZIP archive, or compressed once more'}")
        directory = _end_of(raw, place)[0]
        try:
            file = ZipFile(raw)
        except (BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise InputError(place, f"cannot be read as a ZIP archive: {_reason(error)}") from None
        with file:
            _refuse_names(file, place)
            _refuse_overlaps(file, place, directory)
            yield Archive(place, path, file)


def path_of(stream: BinaryIO, place: str) -> str:
    """Return the path of the file that a stream reads, whose end can be looked at; else the place, which is none."""
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) else place


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__


def _end_of(raw: IO[bytes], place: str) -> tuple[int, int, int, bytes]:
    """Return where the directory begins, its size, its number of members, and the record that ends the archive."""
    size = raw.seek(0, os.SEEK_END)
    start = max(0, size - _END_RECORD.size - (1 << 16))
    raw.seek(start)
    tail = raw.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_RECORD.size:
        raise InputError(place, "is cut short: the directory at the end of the archive is missing")
    _, _, _, _, count, length, offset, comment = _END_RECORD.unpack_from(tail, at)
    if count == 0xFFFF or 0xFFFFFFFF in (length, offset):
        raise InputError(place, "is a ZIP64 archive, larger than such a document is")
    if count > MEMBERS or length > DIRECTORY:
        raise InputError(place, f"has more than {MEMBERS:,} members, or a directory of more than {DIRECTORY >> 20} MB")
    if offset + length != start + at or len(tail) - at != _END_RECORD.size + comment:
        raise InputError(place, "is broken: the directory of the archive is not where its end says")
    return offset, length, count, tail[at:]


def _refuse_names(file: ZipFile, place: str) -> None:
    """Raise `InputError` for an archive with a name that leads out of it, or one that two members have."""
    seen: set[str] = set()
    for info in file.infolist():
        name = info.orig_filename
        if name in seen:
            raise InputError(f"{place}:{name}", "is the name of two members of the archive, so nothing of it is read")
        seen.add(name)
        if name.startswith("/") or "\\" in name or "\0" in name or name[1:2] == ":" or ".." in name.split("/"):
            raise InputError(f"{place}:{name}", "is a name that leads out of the archive, so nothing of it is read")


def _refuse_overlaps(file: ZipFile, place: str, stop: int) -> None:
    """Raise `InputError` for an archive whose members share bytes, by which a small one can hold very much."""
    for info in sorted(file.infolist(), key=lambda one: one.header_offset, reverse=True):
        if info.header_offset + _LOCAL_HEADER.size + info.compress_size > stop:
            raise InputError(
                f"{place}:{info.orig_filename}", "lies over what is behind it in the archive, so nothing of it is read"
            )
        stop = info.header_offset


@dataclass(frozen=True, slots=True)
class Replaced:
    """The new content of a member: deflated as a raw stream, its length before that, and its checksum."""

    start: int
    packed: int
    length: int
    checksum: int


class Replacements:
    """New contents of members, on their way into an archive; they wait in a file when there are many."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self.members: dict[str, Replaced] = {}

    def add(self, name: str, content: bytes) -> None:
        """Take the new content of a member."""
        deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = deflate.compress(content) + deflate.flush()
        self.members[name] = Replaced(self._spool.tell(), len(packed), len(content), zlib.crc32(content))
        self._spool.write(packed)

    def packed(self, one: Replaced) -> bytes:
        """Return what stands in the archive for a new content."""
        self._spool.seek(one.start)
        return self._spool.read(one.packed)


def rewritten(path: str, place: str, kind: str, new: Replacements) -> Iterator[bytes]:
    """Yield an archive with some members replaced, in its order; every other byte of it stays.

    Places in the directory move. A member that was stored and is replaced is deflated.
    """
    with opened(path, place, kind) as archive, open(path, "rb") as source:
        offset, length, count, end = _end_of(source, place)
        source.seek(offset)
        entries = _entries(source.read(length), [info.orig_filename for info in archive.file.infolist()], place)
        if len(entries) != count:
            raise InputError(place, "is broken: its directory does not have the members that it says")
        starts = sorted(entry.start for entry in entries)
        stops = dict(zip(starts, [*starts[1:], offset], strict=True))
        moved: dict[int, int] = {}
        at = starts[0] if starts else 0
        yield from _copied(source, 0, at)
        for entry in sorted(entries, key=lambda one: one.start):
            moved[entry.start] = at
            one, stop = new.members.get(entry.name), stops[entry.start]
            pieces = _copied(source, entry.start, stop) if one is None else _member(source, entry, one, new)
            for piece in pieces:
                at += len(piece)
                yield piece
        directory = b"".join(entry.placed(moved[entry.start], new.members.get(entry.name)) for entry in entries)
        yield directory
        record = list(_END_RECORD.unpack_from(end))
        record[5], record[6] = len(directory), at
        yield _END_RECORD.pack(*record) + end[_END_RECORD.size :]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A member as the directory has it."""

    raw: bytes
    name: str
    start: int

    def placed(self, start: int, new: Replaced | None) -> bytes:
        """Return the entry for a member that begins elsewhere, and may have another content."""
        fields = list(_CENTRAL_HEADER.unpack_from(self.raw))
        fields[16] = start
        if new is not None:
            fields[3] &= ~_DESCRIPTOR
            fields[4] = _DEFLATED
            fields[7:10] = new.checksum, new.packed, new.length
        return _CENTRAL_HEADER.pack(*fields) + self.raw[_CENTRAL_HEADER.size :]


def _entries(directory: bytes, names: Sequence[str], place: str) -> list[_Entry]:
    """Return the entries of a directory, whose names are known."""
    found = []
    at = 0
    for name in names:
        fields = _CENTRAL_HEADER.unpack_from(directory, at)
        stop = at + _CENTRAL_HEADER.size + fields[10] + fields[11] + fields[12]
        if 0xFFFFFFFF in (fields[8], fields[9], fields[16]):
            raise InputError(place, "is a ZIP64 archive, so it is not written anew")
        found.append(_Entry(directory[at:stop], name, fields[16]))
        at = stop
    return found


def _member(source: BinaryIO, entry: _Entry, one: Replaced, new: Replacements) -> Iterator[bytes]:
    """Yield a member with another content; the rest of its header stays."""
    source.seek(entry.start)
    fields = list(_LOCAL_HEADER.unpack(source.read(_LOCAL_HEADER.size)))
    fields[2] &= ~_DESCRIPTOR
    fields[3] = _DEFLATED
    fields[6:9] = one.checksum, one.packed, one.length
    yield _LOCAL_HEADER.pack(*fields) + source.read(fields[9] + fields[10])
    yield new.packed(one)


def _copied(source: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    """Yield a stretch of a file."""
    source.seek(start)
    while start < stop:
        piece = source.read(min(COPIED, stop - start))
        if not piece:
            raise OSError("the file became shorter")
        start += len(piece)
        yield piece
