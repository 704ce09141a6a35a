"""The folders of undo records, and how a record is read and checked, and the difference of two versions in it.

No path is ever read from a record: its folder is derived from the path of its file. Only a record made by the user or
the owner of the file counts.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from dedupe.errors import InputError

OWN_FOLDER = ".dedupe"
UNDO_FOLDER = "undo"

MAX_RECORD_BYTES = 1 << 16
"""Most bytes of the JSON of a record."""

_NUMBERED = re.compile(r"(\d{6})\.json")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class UndoFolder:
    """A folder of records, and the folder that the paths of their files are relative to."""

    folder: Path
    base: Path

    def records_of(self, file: str) -> Path:
        """Return the folder with the records of a file; raise `InputError` if a symbolic link leads there.

        A folder that came with a tree must not redirect what is written or deleted here.
        """
        path = os.path.relpath(os.path.realpath(file), os.path.realpath(self.base))
        folder = self.folder / hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
        own = (self.folder, self.folder.parent) if self.folder.parent.name == OWN_FOLDER else ()
        for checked in (folder, *own):
            if os.path.islink(checked):
                raise InputError(str(checked), "is a symbolic link, so undo records in it are not used; delete it")
        return folder


def undo_folder_of(top: str, undo_dir: str) -> UndoFolder:
    """Return the folder of records for the files below a folder: inside it, or the one that the user chose."""
    base = Path(os.path.abspath(top))
    return (
        UndoFolder(Path(undo_dir), Path(base.anchor)) if undo_dir else UndoFolder(base / OWN_FOLDER / UNDO_FOLDER, base)
    )


def undo_folders_of(file: str, undo_dir: str) -> list[UndoFolder]:
    """Return the folders that may hold records of a file, the nearest first."""
    if undo_dir:
        return [undo_folder_of(os.curdir, undo_dir)]
    parents = [folder for path in (os.path.abspath(file), os.path.realpath(file)) for folder in Path(path).parents]
    return [
        undo_folder
        for parent in dict.fromkeys(parents)
        if os.path.isdir((undo_folder := undo_folder_of(str(parent), "")).folder)
    ]


def record_numbers(folder: Path) -> list[int]:
    """Return the numbers of the records in a folder, the newest first; none if it cannot be read."""
    with suppress(OSError):
        with os.scandir(folder) as entries:
            found = [
                int(match[1])
                for entry in entries
                if (match := _NUMBERED.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)
            ]
        return sorted(found, reverse=True)
    return []


def lost_records(
    undo_folders: Iterable[UndoFolder], status: os.stat_result
) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    """Yield the sound records whose file is no longer there by its name: their folder, number and content."""
    for undo_folder in undo_folders:
        for folder in folders_without_file(undo_folder):
            for number in record_numbers(folder):
                with suppress(InputError, OSError):
                    yield folder, number, load_record(folder, number, status)


def folders_without_file(undo_folder: UndoFolder) -> list[Path]:
    """Return the folders of records whose file is no longer there by its name; none if its base is the whole disk."""
    if undo_folder.base == undo_folder.base.parent:
        return []
    folders = {folder.name: folder for folder in _record_folders(undo_folder) if record_numbers(folder)}
    seen: set[str] = set()
    waiting = [str(undo_folder.base)] if folders else []
    while waiting:
        where = waiting.pop()
        if (real := os.path.realpath(where)) in seen:
            continue
        seen.add(real)
        with suppress(OSError), os.scandir(where) as entries:
            for entry in entries:
                if entry.is_dir():  # also behind a link, as with --follow
                    waiting.append(entry.path)
                else:
                    folders.pop(undo_folder.records_of(entry.path).name, None)
    return [folders[name] for name in sorted(folders)]


def _record_folders(undo_folder: UndoFolder) -> list[Path]:
    """Return the folders of records of all files; none if they cannot be read."""
    with suppress(OSError), os.scandir(undo_folder.folder) as entries:
        return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    return []


def delete_record(folder: Path, number: int) -> None:
    """Delete a record."""
    for ending in ("json", "delta"):  # a delta without its JSON does not count
        with suppress(OSError):
            os.unlink(folder / f"{number:06}.{ending}")


def make_folders(undo_folder: UndoFolder, folder: Path) -> None:
    """Make the folder for the records of a file, which nobody else can read and version control ignores."""
    own = undo_folder.folder.parent
    if own.name == OWN_FOLDER and not own.is_dir():
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        (own / ".gitignore").write_text("*\n")
    undo_folder.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def load_record(folder: Path, number: int, status: os.stat_result) -> dict[str, Any]:
    """Return a record; raise `InputError` if it is damaged or of another user."""
    name = folder / f"{number:06}.json"
    with open(name, "rb") as stream:
        owner = os.fstat(stream.fileno()).st_uid
        data = stream.read(MAX_RECORD_BYTES + 1)
    if hasattr(os, "geteuid") and owner not in (os.geteuid(), status.st_uid, 0):
        raise InputError(str(name), "belongs to another user, so it is not trusted; delete it")
    try:
        record: Any = json.loads(data) if len(data) <= MAX_RECORD_BYTES else None
        versions = [record["before"], record["after"]]
        numbers = [record["mode"], *record["times"], *(one["size"] for one in versions)]
        sound = (
            record["schema"] == 1
            and len(record["times"]) == 2
            and all(type(one) is int and 0 <= one < 1 << 63 for one in numbers[3:])
            and all(type(one) is int and -(1 << 63) <= one < 1 << 63 for one in numbers[:3])
            and all(_HASH.fullmatch(one["sha256"]) for one in versions)
        )
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        sound = False
    if not sound:
        raise damaged_record(name)
    checked: dict[str, Any] = record
    return checked


def damaged_record(name: Path) -> InputError:
    """Return the error about a record that is damaged."""
    return InputError(str(name), "this undo record is damaged, so nothing is restored; delete it to go on")


CHUNK_BYTES = 1 << 20
"""Bytes read at a time."""

_STEP = struct.Struct("<QQQ")
"""Bytes of the later version that are kept, bytes of it then removed, and how many follow that replace these."""


class Delta:
    """Writes a difference, change by change from the start of the file to its end."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = gzip.GzipFile("", "wb", 1, out, mtime=0)  # the quickest level: an article halves at any
        self._kept = 0

    def keep(self, length: int) -> None:
        """Note that this many bytes are the same in both versions."""
        self._kept += length

    def change(self, before: bytes, after: bytes) -> None:
        """Note that a piece changed."""
        start = common_prefix(before, after)
        room = min(len(before), len(after)) - start
        end = common_prefix(before[len(before) - room :][::-1], after[len(after) - room :][::-1]) if room else 0
        self.keep(start)
        self._step(len(after) - end - start, before[start : len(before) - end])
        self.keep(end)

    def replace_all(self, before: BinaryIO, removed: int) -> None:
        """Write the whole earlier version, which replaces the `removed` bytes of the later one."""
        before.seek(0)
        while (restored := before.read(CHUNK_BYTES)) or removed:
            self._step(removed, restored)
            removed = 0

    def close(self) -> None:
        """Write the end of the stream."""
        self._out.close()

    def _step(self, removed: int, restored: bytes) -> None:
        """Write one change."""
        self._out.write(_STEP.pack(self._kept, removed, len(restored)))
        self._out.write(restored)
        self._kept = 0


def restored_pieces(delta: BinaryIO, later: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of the earlier version.

    Raises `OSError`, `EOFError` or `zlib.error` when the stream does not fit the file.
    """
    changes = gzip.GzipFile(fileobj=delta)
    while step := changes.read(_STEP.size):
        if len(step) < _STEP.size:
            raise EOFError
        kept, removed, restored = _STEP.unpack(step)
        yield from _pieces(later, kept)
        for _ in _pieces(later, removed):
            pass
        yield from _pieces(changes, restored)
    while piece := later.read(CHUNK_BYTES):
        yield piece


def common_prefix(one: bytes, other: bytes) -> int:
    """Return the length of the common prefix of two strings."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # the compared pieces halve, so each byte is compared about once
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _pieces(stream: BinaryIO | gzip.GzipFile, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(CHUNK_BYTES, length))
        if not piece:
            raise EOFError
        length -= len(piece)
        yield piece
