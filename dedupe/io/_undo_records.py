"""The folders of undo records, and how a record is read and checked.

No path is ever read from a record: its folder is derived from the path of its file. Only a record made by the user or
the owner of the file counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
