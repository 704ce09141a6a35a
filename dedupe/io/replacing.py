"""Replace the content of a file; its mode, owner and attributes stay, and a file that changed meanwhile is refused."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO

from dedupe._atomic import BUFFER, Temporary, sync_folder
from dedupe.errors import InputError
from dedupe.io.compression import Compression
from dedupe.io.files import unreadable

FLUSH_BYTES = 1 << 23
"""Bytes after which the system is asked to write them to the disk while the next are made."""


class Replacement:
    """The new content of a file, written beside it and renamed to it at the end. Use it in a `with`.

    Mode, owner, extended attributes and access control lists stay those of the file; a new file has the usual ones.
    Every method raises `InputError`. Unless `commit` returns, the file stays as it was and nothing is left behind.
    `read`: the status of the file before it was read.
    """

    def __init__(self, path: str, compression: Compression | None = None, read: os.stat_result | None = None) -> None:
        self.path = path
        self.target = os.path.realpath(path)
        self._compression = compression
        self._status = read
        self._pieces: list[bytes] = []
        self._pending_bytes = 0
        self._temporary: Temporary | None = None
        self._writer: BinaryIO | None = None

    def __enter__(self) -> Replacement:
        if os.path.abspath(self.path).startswith(("/dev/", "/proc/")) or (
            os.path.lexists(self.target) and not os.path.isfile(self.target)
        ):
            raise InputError(
                self.path, "is not a regular file, so it is not replaced; write to standard output instead"
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is not None:
            with suppress(Exception):  # of content that is not complete
                self._writer.close()
        if self._temporary is not None:
            self._temporary.discard()
        if isinstance(error, OSError):
            raise unreadable(self.path, error) from None

    def write(self, piece: bytes) -> None:
        """Write a piece of the new content."""
        self._pending_bytes += len(piece)
        if self._temporary is not None and self._writer is not None:
            self._writer.write(piece)
            if self._pending_bytes >= FLUSH_BYTES:
                self._temporary.flow()
                self._pending_bytes = 0
            return
        self._pieces.append(piece)
        if self._pending_bytes >= BUFFER:  # most files do not change and need no temporary file
            self._start_file()

    def finish(self) -> BinaryIO:
        """Complete the new content, check that it may replace the old, and return the new file, open for reading."""
        writer = self._writer or self._start_file()
        assert self._temporary is not None
        if writer is not self._temporary.file:
            writer.close()
        self._temporary.finish()
        self._check_target()
        return self._temporary.file

    def commit(self, mode: int | None = None, times: tuple[int, int] | None = None) -> None:
        """Replace the file with the finished one; `times`: of access and of change, in nanoseconds."""
        assert self._temporary is not None
        temporary = self._temporary.path
        old = self._check_target()
        if old is None:
            self._temporary.share()
        else:
            mode_kept = _copy_owner(temporary, old)
            shutil.copystat(self.target, temporary)
            os.chmod(temporary, mode_kept if mode is None else mode_kept & ~0o777 | mode & 0o777)
            if times is None:
                os.utime(temporary)
            else:
                os.utime(temporary, ns=times)
        self._temporary.take(self.target)
        sync_folder(os.path.dirname(self.target))

    def _check_target(self) -> os.stat_result | None:
        """Return the status of the file to replace, None if there is none; raise `InputError` if it must stay."""
        try:
            current = os.stat(self.target)
        except FileNotFoundError:
            if self._status is not None:
                raise InputError(self.path, "was deleted while it was worked on; nothing is written") from None
            return None
        if self._status is not None and _has_changed(self._status, current):
            raise InputError(self.path, "changed while it was worked on, so it is not overwritten; run this again")
        if current.st_nlink > 1:
            raise InputError(
                self.path,
                f"is one file under {current.st_nlink} names (hard links), which replacing it would separate; write "
                "elsewhere with --output, or make it a file of its own",
            )
        return current

    def _start_file(self) -> BinaryIO:
        self._temporary = Temporary(os.path.dirname(self.target))
        file = self._temporary.file
        self._writer = self._compression.writer(file) if self._compression is not None else file
        for piece in self._pieces:
            self._writer.write(piece)
        self._pieces.clear()
        return self._writer


def replace_file(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file whole or not at all; raise `InputError` if it cannot be written."""
    with Replacement(path) as new:
        for piece in pieces:
            new.write(piece)
        new.finish()
        new.commit()


def _has_changed(read: os.stat_result, current: os.stat_result) -> bool:
    """Say whether a file is another one, or changed, since its status was read.

    Programs can set the time of writing, but not that of a change of the status.
    """
    return any(
        getattr(read, name) != getattr(current, name)
        for name in ("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
    )


def _copy_owner(temporary: str, old: os.stat_result) -> int:
    """Give the temporary file the owner of the old one as far as allowed, and return the mode to set."""
    mode = stat.S_IMODE(old.st_mode)
    new = os.stat(temporary)
    if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.chown(temporary, old.st_uid, old.st_gid)
        except PermissionError:  # only the superuser may; a set-user-ID bit must not go to another owner
            mode &= 0o777
            with suppress(PermissionError):
                os.chown(temporary, -1, old.st_gid)
    return mode
