"""Where the records of what was taken out of files are, and what one of them says.

No path is ever read from a record: it is found by the place of the file it is about, and counts only if it was made by
the user or the file's owner.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedupe.errors import InputError

FOLDER = ".dedupe"
UNDO = "undo"

MAX_RECORD = 1 << 16
"""Bytes of JSON beyond which it is no record of ours."""

_NUMBERED = re.compile(r"(\d{6})\.json")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class UndoFolder:
    """A folder of records, and the folder that the places of their files count from."""

    folder: Path
    base: Path

    def records(self, file: str) -> Path:
        """Return the folder with the records of a file; raise `InputError` if a link leads there.

        A folder that came with a tree must not lead our writing, or a deletion, somewhere else.
        """
        place = os.path.relpath(os.path.realpath(file), os.path.realpath(self.base))
        records = self.folder / hashlib.sha256(os.fsencode(place)).hexdigest()[:32]
        ours = (self.folder, self.folder.parent) if self.folder.parent.name == FOLDER else ()
        for one in (records, *ours):
            if os.path.islink(one):
                raise InputError(str(one), "is a symbolic link, so undo records are not looked for in it; take it away")
        return records


def undo_folder_of(top: str, undo_dir: str) -> UndoFolder:
    """Return where records go for the files that an argument named: beside them, or the folder of the user's choice."""
    base = Path(os.path.abspath(top))
    return UndoFolder(Path(undo_dir), Path(base.anchor)) if undo_dir else UndoFolder(base / FOLDER / UNDO, base)


def undo_folders_of(file: str, undo_dir: str) -> list[UndoFolder]:
    """Return where records of a file may be, nearest first."""
    if undo_dir:
        return [undo_folder_of(os.curdir, undo_dir)]
    places = [folder for path in (os.path.abspath(file), os.path.realpath(file)) for folder in Path(path).parents]
    return [
        undo_folder
        for place in dict.fromkeys(places)
        if os.path.isdir((undo_folder := undo_folder_of(str(place), "")).folder)
    ]


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers of the records in a folder, the newest first; none in one that cannot be read."""
    with suppress(OSError):
        with os.scandir(folder) as entries:
            found = [
                int(match[1])
                for entry in entries
                if (match := _NUMBERED.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)
            ]
        return sorted(found, reverse=True)
    return []


def forget(folder: Path, number: int) -> None:
    """Take a record away."""
    for ending in ("json", "delta"):  # without the first the second is nothing
        with suppress(OSError):
            os.unlink(folder / f"{number:06}.{ending}")


def make_folder(undo_folder: UndoFolder, folder: Path) -> None:
    """Make the folder for a file's records, for nobody else to read and for no version control to keep."""
    ours = undo_folder.folder.parent
    if ours.name == FOLDER and not ours.is_dir():
        ours.mkdir(mode=0o700, parents=True, exist_ok=True)
        (ours / ".gitignore").write_text("*\n")
    undo_folder.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def loaded(folder: Path, number: int, status: os.stat_result) -> dict[str, Any]:
    """Return a record that has been looked at closely."""
    name = folder / f"{number:06}.json"
    with open(name, "rb") as stream:
        owner = os.fstat(stream.fileno()).st_uid
        data = stream.read(MAX_RECORD + 1)
    if hasattr(os, "geteuid") and owner not in (os.geteuid(), status.st_uid, 0):
        raise InputError(str(name), "belongs to another user, so it is not trusted; take it away")
    try:
        record: Any = json.loads(data) if len(data) <= MAX_RECORD else None
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
        raise damaged(name)
    checked: dict[str, Any] = record
    return checked


def damaged(name: Path) -> InputError:
    """Return the error about a record that cannot be used."""
    return InputError(str(name), "this undo record is damaged, so nothing is put back; take it away to go on")
