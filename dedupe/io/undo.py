"""Undo records of files that were cleaned in place, and the undo itself.

Each file has a folder of records. A record is two files: `000001.json` with hashes, sizes, mode and times, and
`000001.delta` with the removed bytes. It counts only if the content of the file has the hash in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from dedupe._atomic import Temporary, clear, publish
from dedupe.errors import InputError
from dedupe.io._undo_records import (
    CHUNK_BYTES,
    Delta,
    damaged_record,
    delete_record,
    folders_without_file,
    load_record,
    lost_records,
    make_folders,
    record_numbers,
    restored_pieces,
    undo_folder_of,
    undo_folders_of,
)
from dedupe.io.files import unreadable
from dedupe.io.replacing import Replacement

ELSEWHERE = "if its records are elsewhere, name their folder with --undo-dir"
"""What to do where no record is found."""


class Recording:
    """The record of one change to one file, written while the new file is.

    Call `note` for each piece of the file, or only `save`. Raises `InputError`; there is no record unless `save`
    returns. `keep`: how many records of the file stay.
    """

    def __init__(self, file: str, top: str, undo_dir: str, keep: int) -> None:
        self._undo_folder = undo_folder_of(top, undo_dir)
        self._folder = self._undo_folder.records_of(file)
        self._keep = keep
        self._temporary: Temporary | None = None
        self._delta: Delta | None = None
        self._unchanged = 0
        self._hashes = hashlib.sha256(), hashlib.sha256()
        self._sizes = [0, 0]

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._delta is not None:
            with suppress(Exception):  # the stream is not complete
                self._delta.close()
        if self._temporary is not None:
            self._temporary.discard()

    def note(self, before: bytes, after: bytes) -> None:
        """Note the next piece of the file and what replaces it; the same object if nothing does."""
        for number, piece in enumerate((before, after)):
            self._hashes[number].update(piece)
            self._sizes[number] += len(piece)
        if before is after:
            self._unchanged += len(before)
            return
        try:
            delta = self._open_delta()
            delta.keep(self._unchanged)
            delta.change(before, after)
        except OSError as error:
            raise self._write_error(error) from None
        self._unchanged = 0

    def save(self, file: str, status: os.stat_result, after: BinaryIO) -> None:
        """Bring the record to the disk, before the file is replaced by `after`.

        `status` is that of the file before it was read; undo restores its mode and times, too.
        """
        try:
            is_noted = self._sizes[0] == status.st_size and self._delta is not None
            if is_noted:
                versions = [(hashed.hexdigest(), size) for hashed, size in zip(self._hashes, self._sizes, strict=True)]
            else:  # compressed files have little in common: the delta of a Parquet file of 27.1 MB took 26.1
                self.__exit__(None, None, None)
                self._temporary = self._delta = None
                with open(file, "rb") as before:
                    versions = [_digest(before), _digest(after)]
                    self._open_delta().replace_all(before, versions[1][1])
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
            raise self._write_error(error) from None

    def _open_delta(self) -> Delta:
        if self._delta is None:
            make_folders(self._undo_folder, self._folder)
            clear(str(self._folder))
            self._temporary = Temporary(str(self._folder))
            self._delta = Delta(self._temporary.file)
        return self._delta

    def _publish(self, record: bytes) -> None:
        """Give the record its number, and delete the oldest ones if there are too many."""
        assert self._temporary is not None
        numbers = record_numbers(self._folder)
        name = f"{(numbers[0] if numbers else 0) + 1:06}"
        header = Temporary(str(self._folder))
        try:
            header.file.write(record)
            publish([(self._temporary, f"{self._folder / name}.delta"), (header, f"{self._folder / name}.json")])
        finally:
            header.discard()
        for number in numbers[max(self._keep - 1, 0) :]:
            delete_record(self._folder, number)

    def _write_error(self, error: OSError) -> InputError:
        reason = error.strerror or str(error)
        return InputError(
            str(self._folder),
            f"the undo record cannot be written ({reason}), so the file is left as it was; name another folder with "
            "--undo-dir, or do without with --undo-keep 0",
        )


def has_record(file: str, undo_dir: str) -> bool:
    """Say whether a file has a record."""
    return any(record_numbers(undo_folder.records_of(file)) for undo_folder in undo_folders_of(file, undo_dir))


def undo(file: str, undo_dir: str) -> None:
    """Restore a file as it was before it was last cleaned, with mode and times, and delete the record.

    A file that was renamed since is known by its content. Raises `InputError` when there is no record, when the file
    is gone or changed since, or when the record is damaged; the file then stays as it is.
    """
    if not os.path.lexists(file) and has_record(file, undo_dir):
        raise InputError(
            file,
            "was cleaned here and is gone, and its record holds only what was removed; bring the file back, "
            "or name it as it is called now, then undo",
        )
    try:
        status = os.stat(file)
        if not os.path.isfile(file):
            raise InputError(file, "is not a regular file; name a file that was cleaned, or a folder")
        with open(file, "rb") as current:
            current_version = _digest(current)
            undo_folders = undo_folders_of(file, undo_dir)
            records = [
                (folder, number)
                for undo_folder in undo_folders
                for folder in [undo_folder.records_of(file)]
                for number in record_numbers(folder)
            ]
            loaded = ((folder, number, load_record(folder, number, status)) for folder, number in records)
            for folder, number, record in chain(loaded, lost_records(undo_folders, status)):
                if (record["after"]["sha256"], record["after"]["size"]) == current_version:
                    current.seek(0)
                    _restore(file, current, status, folder, number, record)
                    return
            if not records:
                raise InputError(file, f"has no change left to undo; {ELSEWHERE}")
    except OSError as error:
        raise unreadable(file, error) from None
    raise InputError(
        file, "changed since it was cleaned, so nothing is restored; make it again what clean wrote, then undo"
    )


def files_missing(top: str, undo_dir: str) -> int:
    """Return how many files with records in a folder are no longer there by their names; 0 if records are elsewhere."""
    return 0 if undo_dir else len(folders_without_file(undo_folder_of(top, "")))


def _restore(
    file: str, current: BinaryIO, status: os.stat_result, folder: Path, number: int, record: dict[str, Any]
) -> None:
    before = record["before"]
    sha256, size = hashlib.sha256(), 0
    name = folder / f"{number:06}.delta"
    with Replacement(file, read=status) as new:
        try:
            with open(name, "rb") as delta:
                for piece in restored_pieces(delta, current):
                    sha256.update(piece)
                    size += len(piece)
                    if size > before["size"]:
                        break
                    new.write(piece)
        except (OSError, EOFError, zlib.error):
            raise damaged_record(name) from None
        if (sha256.hexdigest(), size) != (before["sha256"], before["size"]):
            raise damaged_record(name)
        new.finish()
        new.commit(record["mode"], (record["times"][0], record["times"][1]))
    delete_record(folder, number)
    with suppress(OSError):  # it holds other records
        folder.rmdir()


def _digest(stream: BinaryIO) -> tuple[str, int]:
    sha256, size = hashlib.sha256(), 0
    stream.seek(0)
    while piece := stream.read(CHUNK_BYTES):
        sha256.update(piece)
        size += len(piece)
    return sha256.hexdigest(), size
