"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.io.compression import Compression
from dedupe.io.files import unreadable

PREFIX, SUFFIX = ".dedupe-", ".partial"

HELD = 1 << 18
"""Bytes that are held in memory before a temporary file is made, since most files do not change and never need one; and
before they are written to it.
"""

FLOW = 1 << 23
"""Bytes of new content after which the system is asked to bring them to the disk, while the next are made."""

STALE = 60.0
"""Seconds after which a temporary file that nobody holds was left by a run that was killed."""

_LEFT_BEHIND = re.compile(rf"{re.escape(PREFIX)}[a-z0-9_]{{8}}{re.escape(SUFFIX)}")


class Temporary:
    """A hidden file that gets its name when it is complete, and vanishes when it is not."""

    def __init__(self, folder: str) -> None:
        descriptor, self.path = tempfile.mkstemp(SUFFIX, PREFIX, folder)
        self.file = os.fdopen(descriptor, "w+b", HELD)
        self._flowing = 0
        _lock(descriptor)

    def flow(self) -> None:
        """Have what was written brought to the disk from now on, so that `finish` need not wait for all of it at once.

        What is on its way there stays in memory for whoever reads the file next.
        """
        end = os.lseek(self.file.fileno(), 0, os.SEEK_CUR)
        with suppress(AttributeError, OSError):  # not every system has it, and it is only advice
            os.posix_fadvise(self.file.fileno(), self._flowing, end - self._flowing, os.POSIX_FADV_DONTNEED)
        self._flowing = end

    def finish(self) -> None:
        """Bring what was written to the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def publish(self, target: str) -> None:
        """Give the finished file its name, in place of what had it."""
        os.replace(self.path, target)
        self.path = ""
        with suppress(OSError):  # not every file system knows how
            _sync_folder(os.path.dirname(target))

    def discard(self) -> None:
        """Close the file and, unless it was published, take it away."""
        with suppress(OSError):  # a full disk was said when it was met
            self.file.close()
        if self.path:
            with suppress(OSError):
                os.unlink(self.path)


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
        if self._length >= HELD:
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
            os.chmod(temporary, 0o666 & ~_umask())
        else:
            kept = _own(temporary, old)
            shutil.copystat(self.target, temporary)
            os.chmod(temporary, kept if mode is None else kept & ~0o777 | mode & 0o777)
            if times is None:
                os.utime(temporary)
            else:
                os.utime(temporary, ns=times)
        self._temporary.publish(self.target)

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


def clear(folder: str) -> None:
    """Take away the temporary files that killed runs left in a folder; those in use are held by a lock."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if _LEFT_BEHIND.fullmatch(name):
                path = Path(folder, name)
                if path.lstat().st_mtime < time.time() - STALE and _free(path):
                    path.unlink()


def _free(path: Path) -> bool:
    with ExitStack() as stack:
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            return False
        stack.callback(os.close, descriptor)
        return _lock(descriptor)


def _lock(descriptor: int) -> bool:
    """Hold a file as long as it is open, or say that it is held; where there are no such locks, it is."""
    try:
        import fcntl
    except ImportError:  # Windows
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
