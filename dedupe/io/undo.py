"""Records of what was taken out of files, to put it back.

A record is two files in a folder of its own for each file: `000001.json` with hashes, sizes, mode and times, and
`000001.delta` with what went. No path is ever read from one: a record is found by the place of the file it is about,
and counts only if it was made by the user or the file's owner and the file's content has the hash it names.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from dedupe._atomic import Temporary, clear
from dedupe.errors import InputError
from dedupe.io._delta import CHUNK, Delta, earlier
from dedupe.io.files import unreadable
from dedupe.io.replacing import Replacement

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


def shelves_of(file: str, undo_dir: str) -> list[UndoFolder]:
    """Return where records of a file may be, nearest first."""
    if undo_dir:
        return [undo_folder_of(os.curdir, undo_dir)]
    places = [folder for path in (os.path.abspath(file), os.path.realpath(file)) for folder in Path(path).parents]
    return [shelf for place in dict.fromkeys(places) if os.path.isdir((shelf := undo_folder_of(str(place), "")).folder)]


class Recording:
    """The record of one change to one file, being made while the file is.

    `note` what becomes of the file piece by piece, or leave all of it to `save`. Raises `InputError`; unless `save`
    returns, there is no record.
    """

    def __init__(self, shelf: UndoFolder, file: str, keep: int) -> None:
        self._shelf = shelf
        self._folder = shelf.records(file)
        self._keep = keep
        self._temporary: Temporary | None = None
        self._delta: Delta | None = None
        self._kept = 0
        self._hashes = hashlib.sha256(), hashlib.sha256()
        self._sizes = [0, 0]

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._delta is not None:
            with suppress(Exception):  # of a stream that is not complete
                self._delta.close()
        if self._temporary is not None:
            self._temporary.discard()

    def note(self, before: bytes, after: bytes) -> None:
        """Note the next piece of the file and what it becomes."""
        for number, piece in enumerate((before, after)):
            self._hashes[number].update(piece)
            self._sizes[number] += len(piece)
        if before is after:
            self._kept += len(before)
            return
        try:
            delta = self._started()
            delta.keep(self._kept)
            delta.change(before, after)
        except OSError as error:
            raise self._unwritten(error) from None
        self._kept = 0

    def save(self, file: str, status: os.stat_result, after: BinaryIO) -> None:
        """Bring the record to the disk; only then may the file be replaced by `after`.

        `status` is that of the file before it was read; its mode and times will be put back, too.
        """
        try:
            noted = self._sizes[0] == status.st_size and self._delta is not None
            if noted:
                versions = [(one.hexdigest(), size) for one, size in zip(self._hashes, self._sizes, strict=True)]
            else:  # what was packed anew has little in common with what it was: 26.1 MB of 27.1 of a Parquet file
                self.__exit__(None, None, None)
                self._temporary = self._delta = None
                with open(file, "rb") as before:
                    versions = [_digest(before), _digest(after)]
                    self._started().whole(before, versions[1][1])
            assert self._delta is not None
            assert self._temporary is not None
            self._delta.close()
            self._temporary.finish()
            record = {
                "schema": 1,
                "before": {"sha256": versions[0][0], "size": versions[0][1]},
                "after": {"sha256": versions[1][0], "size": versions[1][1]},
                "mode": status.st_mode & 0o777,
                "times": [status.st_atime_ns, status.st_mtime_ns],
            }
            self._publish(json.dumps(record).encode() + b"\n")
        except OSError as error:
            raise self._unwritten(error) from None

    def _started(self) -> Delta:
        if self._delta is None:
            _make(self._shelf, self._folder)
            clear(str(self._folder))
            self._temporary = Temporary(str(self._folder))
            self._delta = Delta(self._temporary.file)
        return self._delta

    def _publish(self, record: bytes) -> None:
        """Give the record its number, and take away the oldest if there are too many."""
        assert self._temporary is not None
        numbers = _numbers(self._folder)
        name = f"{(numbers[0] if numbers else 0) + 1:06}"
        header = Temporary(str(self._folder))
        try:
            header.file.write(record)
            header.finish()
            self._temporary.publish(str(self._folder / f"{name}.delta"))
            header.publish(str(self._folder / f"{name}.json"))
        finally:
            header.discard()
        for number in numbers[max(self._keep - 1, 0) :]:
            _forget(self._folder, number)

    def _unwritten(self, error: OSError) -> InputError:
        reason = error.strerror or str(error)
        return InputError(
            str(self._folder),
            f"the undo record cannot be written ({reason}), so the file is left as it was; name another folder with "
            "--undo-dir, or do without with --undo-keep 0",
        )


def recorded(file: str, undo_dir: str) -> bool:
    """Say whether there is any record of a file."""
    return any(_numbers(shelf.records(file)) for shelf in shelves_of(file, undo_dir))


def undo(file: str, undo_dir: str) -> None:
    """Put back what was last taken out of a file, its mode and times too, and forget the record.

    Raises `InputError` when there is no record, when the file is not as the record says, or when the record is damaged;
    the file is then as it was.
    """
    try:
        status = os.stat(file)
        if not os.path.isfile(file):
            raise InputError(file, "is not a regular file")
        with open(file, "rb") as current:
            now = _digest(current)
            found = [
                (folder, number)
                for shelf in shelves_of(file, undo_dir)
                for folder in [shelf.records(file)]
                for number in _numbers(folder)
            ]
            if not found:
                raise InputError(file, "nothing is recorded to undo; if it was recorded elsewhere, name it: --undo-dir")
            for folder, number in found:
                record = _loaded(folder, number, status)
                if (record["after"]["sha256"], record["after"]["size"]) == now:
                    current.seek(0)
                    _restore(file, current, status, folder, number, record)
                    return
    except OSError as error:
        raise unreadable(file, error) from None
    raise InputError(file, "changed since it was cleaned, so nothing is put back")


def _restore(
    file: str, current: BinaryIO, status: os.stat_result, folder: Path, number: int, record: dict[str, Any]
) -> None:
    before = record["before"]
    sha256, size = hashlib.sha256(), 0
    name = folder / f"{number:06}.delta"
    with Replacement(file, read=status) as new:
        try:
            with open(name, "rb") as delta:
                for piece in earlier(delta, current):
                    sha256.update(piece)
                    size += len(piece)
                    if size > before["size"]:
                        break
                    new.write(piece)
        except (OSError, EOFError, zlib.error):
            raise _damaged(name) from None
        if (sha256.hexdigest(), size) != (before["sha256"], before["size"]):
            raise _damaged(name)
        new.finish()
        new.commit(record["mode"], (record["times"][0], record["times"][1]))
    _forget(folder, number)
    with suppress(OSError):  # there are more
        folder.rmdir()


def _loaded(folder: Path, number: int, status: os.stat_result) -> dict[str, Any]:
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
        raise _damaged(name)
    checked: dict[str, Any] = record
    return checked


def _damaged(name: Path) -> InputError:
    return InputError(str(name), "this undo record is damaged, so nothing is put back; take it away to go on")


def _digest(stream: BinaryIO) -> tuple[str, int]:
    sha256, size = hashlib.sha256(), 0
    stream.seek(0)
    while piece := stream.read(CHUNK):
        sha256.update(piece)
        size += len(piece)
    return sha256.hexdigest(), size


def _numbers(folder: Path) -> list[int]:
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


def _forget(folder: Path, number: int) -> None:
    for ending in ("json", "delta"):  # without the first the second is nothing
        with suppress(OSError):
            os.unlink(folder / f"{number:06}.{ending}")


def _make(shelf: UndoFolder, folder: Path) -> None:
    """Make the folder for a file's records, for nobody else to read and for no version control to keep."""
    ours = shelf.folder.parent
    if ours.name == FOLDER and not ours.is_dir():
        ours.mkdir(mode=0o700, parents=True, exist_ok=True)
        (ours / ".gitignore").write_text("*\n")
    shelf.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
