"""New content in the place of a file: its mode, owner and attributes stay, and what meets it meanwhile is refused."""

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

FLOW = 1 << 23
"""Bytes of new content after which the system is asked to bring them to the disk, while the next are made."""


class Replacement:
    """The new content of a file, written beside it and put in its place at the end.

    Mode, owner, extended attributes and access control lists are the file's; of a new file, what is usual. Every method
    raises `InputError`; unless `commit` returns, the file is as it was and nothing is left behind. Use it in a `with`.
    """

    def __init__(self, path: str, compression: Compression | None = None, read: os.stat_result | None = None) -> None:
        self.path = path
        self.target = os.path.realpath(path)
        self._compression = compression
        self._read = read
        self._held: list[bytes] = []
        self._length = 0
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
            with suppress(Exception):  # it would say again what went wrong, or complain that it is not complete
                self._writer.close()
        if self._temporary is not None:
            self._temporary.discard()
        if isinstance(error, OSError):
            raise unreadable(self.path, error) from None

    def write(self, piece: bytes) -> None:
        """Write a piece of the new content."""
        self._length += len(piece)
        if self._temporary is not None and self._writer is not None:
            self._writer.write(piece)
            if self._length >= FLOW:
                self._temporary.flow()
                self._length = 0
            return
        self._held.append(piece)
        if self._length >= BUFFER:  # most files do not change, and need no temporary one
            self._spill()

    def finish(self) -> BinaryIO:
        """Complete the new content, see that it may replace the old, and return the new file, open for reading."""
        writer = self._writer or self._spill()
        assert self._temporary is not None
        if writer is not self._temporary.file:
            writer.close()
        self._temporary.finish()
        self._may_replace()
        return self._temporary.file

    def commit(self, mode: int | None = None, times: tuple[int, int] | None = None) -> None:
        """Put the finished file in its place, with the mode and the times (of access, of change; in ns) if given."""
        assert self._temporary is not None
        temporary = self._temporary.path
        old = self._may_replace()
        if old is None:
            self._temporary.share()
        else:
            kept = _own(temporary, old)
            shutil.copystat(self.target, temporary)
            os.chmod(temporary, kept if mode is None else kept & ~0o777 | mode & 0o777)
            if times is None:
                os.utime(temporary)
            else:
                os.utime(temporary, ns=times)
        self._temporary.take(self.target)
        sync_folder(os.path.dirname(self.target))

    def _may_replace(self) -> os.stat_result | None:
        """Return the status of the file to be replaced, None if there is none; raise `InputError` if it may not be."""
        try:
            now = os.stat(self.target)
        except FileNotFoundError:
            if self._read is not None:
                raise InputError(self.path, "went away while it was worked on; nothing is written") from None
            return None
        if self._read is not None and _told_apart(self._read, now):
            raise InputError(self.path, "changed while it was worked on, so it is not overwritten; run this again")
        if now.st_nlink > 1:
            raise InputError(
                self.path,
                f"is one file under {now.st_nlink} names (hard links), which replacing it would part; write elsewhere "
                "with --output, or make it a file of its own",
            )
        return now

    def _spill(self) -> BinaryIO:
        self._temporary = Temporary(os.path.dirname(self.target))
        file = self._temporary.file
        self._writer = self._compression.writer(file) if self._compression is not None else file
        for piece in self._held:
            self._writer.write(piece)
        self._held.clear()
        return self._writer


def replace_file(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file whole or not at all; raise `InputError` if that cannot be."""
    with Replacement(path) as new:
        for piece in pieces:
            new.write(piece)
        new.finish()
        new.commit()


def _told_apart(read: os.stat_result, now: os.stat_result) -> bool:
    """Say whether a file is another one, or changed, since its status was read.

    The time of change of the status is not for programs to set, so it tells what the time of writing hides.
    """
    return any(
        getattr(read, one) != getattr(now, one) for one in ("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
    )


def _own(temporary: str, old: os.stat_result) -> int:
    """Give the temporary file the old one's owner, as far as one may, and return the mode that goes with it."""
    mode = stat.S_IMODE(old.st_mode)
    new = os.stat(temporary)
    if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.chown(temporary, old.st_uid, old.st_gid)
        except PermissionError:  # only the superuser may give a file away; nobody's rights go to another
            mode &= 0o777
            with suppress(PermissionError):
                os.chown(temporary, -1, old.st_gid)
    return mode
