"""Records of what was taken out of files, to put it back.

A record is two files in a folder of its own for each file: `000001.json` with hashes, sizes, mode and times, and
`000001.delta` with what went. It counts only if the file's content has the hash it names.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from dedupe._atomic import Temporary, clear, publish
from dedupe.errors import InputError
from dedupe.io._delta import CHUNK, Delta, earlier
from dedupe.io.files import unreadable
from dedupe.io.replacing import Replacement
from dedupe.io.undo_records import UndoFolder, damaged, forget, loaded, make_folder, numbers_in, undo_folders_of


class Recording:
    """The record of one change to one file, being made while the file is.

    `note` what becomes of the file piece by piece, or leave all of it to `save`. Raises `InputError`; unless `save`
    returns, there is no record.
    """

    def __init__(self, undo_folder: UndoFolder, file: str, keep: int) -> None:
        self._undo_folder = undo_folder
        self._folder = undo_folder.records(file)
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
            self._delta.close()
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
            make_folder(self._undo_folder, self._folder)
            clear(str(self._folder))
            self._temporary = Temporary(str(self._folder))
            self._delta = Delta(self._temporary.file)
        return self._delta

    def _publish(self, record: bytes) -> None:
        """Give the record its number, and take away the oldest if there are too many."""
        assert self._temporary is not None
        numbers = numbers_in(self._folder)
        name = f"{(numbers[0] if numbers else 0) + 1:06}"
        header = Temporary(str(self._folder))
        try:
            header.file.write(record)
            publish([(self._temporary, f"{self._folder / name}.delta"), (header, f"{self._folder / name}.json")])
        finally:
            header.discard()
        for number in numbers[max(self._keep - 1, 0) :]:
            forget(self._folder, number)

    def _unwritten(self, error: OSError) -> InputError:
        reason = error.strerror or str(error)
        return InputError(
            str(self._folder),
            f"the undo record cannot be written ({reason}), so the file is left as it was; name another folder with "
            "--undo-dir, or do without with --undo-keep 0",
        )


def recorded(file: str, undo_dir: str) -> bool:
    """Say whether there is any record of a file."""
    return any(numbers_in(undo_folder.records(file)) for undo_folder in undo_folders_of(file, undo_dir))


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
                for undo_folder in undo_folders_of(file, undo_dir)
                for folder in [undo_folder.records(file)]
                for number in numbers_in(folder)
            ]
            if not found:
                raise InputError(file, "nothing is recorded to undo; if it was recorded elsewhere, name it: --undo-dir")
            for folder, number in found:
                record = loaded(folder, number, status)
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
            raise damaged(name) from None
        if (sha256.hexdigest(), size) != (before["sha256"], before["size"]):
            raise damaged(name)
        new.finish()
        new.commit(record["mode"], (record["times"][0], record["times"][1]))
    forget(folder, number)
    with suppress(OSError):  # there are more
        folder.rmdir()


def _digest(stream: BinaryIO) -> tuple[str, int]:
    sha256, size = hashlib.sha256(), 0
    stream.seek(0)
    while piece := stream.read(CHUNK):
        sha256.update(piece)
        size += len(piece)
    return sha256.hexdigest(), size
