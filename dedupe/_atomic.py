"""Files that appear under their names whole and on the disk, or not at all: the one place that renames and syncs."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

PREFIX, SUFFIX = ".dedupe-", ".partial"

BUFFER = 1 << 18
"""Bytes that are held in memory before they are written."""

STALE = 60.0
"""Seconds after which a temporary file that nobody holds was left by a run that was killed."""

AT_ONCE = 8
"""Files that are brought to the disk at once: a journal takes them together, so a thousand small files take .13 s
instead of 2.7 s.
"""

_LEFT_BEHIND = re.compile(rf"{re.escape(PREFIX)}[a-z0-9_]{{8}}{re.escape(SUFFIX)}")

Name = str | os.PathLike[str]

One = TypeVar("One")


_UNPUBLISHED: set[str] = set()
"""Temporary files that have, or are about to have, neither taken their name nor been deleted."""


class Temporary:
    """A hidden file that gets its name when it is complete, and vanishes when it is not.

    Its path is noted before the file exists: a signal may raise an exception before the caller holds this object, and
    `discard_unpublished` deletes the file all the same.
    """

    def __init__(self, folder: Name) -> None:
        self.path = os.path.join(os.path.abspath(folder), f"{PREFIX}{os.urandom(4).hex()}{SUFFIX}")
        _UNPUBLISHED.add(self.path)
        try:
            self.file: BinaryIO = open(self.path, "x+b", BUFFER, opener=_private)  # noqa: SIM115  # closed by `discard`
        except OSError:  # so there is no file of ours to delete
            _UNPUBLISHED.discard(self.path)
            raise
        self._flowing = 0
        _lock(self.file.fileno())

    def flow(self) -> None:
        """Have what was written brought to the disk from now on, so that `finish` need not wait for all of it at once.

        What is on its way there stays in memory for whoever reads the file next.
        """
        end = os.lseek(self.file.fileno(), 0, os.SEEK_CUR)
        with suppress(AttributeError, OSError):  # not every system has it, and it is only advice
            os.posix_fadvise(self.file.fileno(), self._flowing, end - self._flowing, os.POSIX_FADV_DONTNEED)
        self._flowing = end

    def share(self) -> None:
        """Give it the mode of any new file; before, nobody else may read it."""
        os.chmod(self.path, 0o666 & ~_umask())

    def finish(self) -> None:
        """Bring what was written to the disk."""
        if self.file.closed:
            _sync(self.path)
        else:
            self.file.flush()
            os.fsync(self.file.fileno())

    def take(self, target: Name) -> None:
        """Give the finished file its name, in place of what had it; that it keeps it, `sync_folder` sees to."""
        os.replace(self.path, target)
        _UNPUBLISHED.discard(self.path)
        self.path = ""

    def discard(self) -> None:
        """Close the file and delete it unless it was published."""
        with suppress(OSError):  # a full disk was reported when it was met
            self.file.close()
        if self.path:
            with suppress(OSError):
                os.unlink(self.path)
            _UNPUBLISHED.discard(self.path)


class NewFiles:
    """Files that take their names together when a `with` ends well, once all of them are on the disk.

    They have the mode of any new file, and replace what has their names. Raises `OSError`; nothing is left behind then.
    """

    def __init__(self) -> None:
        self._made: list[tuple[Temporary, str]] = []

    def __enter__(self) -> NewFiles:
        return self

    def open(self, target: Name) -> BinaryIO:
        """Begin a file, its folder too if there is none; it may be closed when it is complete, and need not be."""
        folder = os.path.dirname(target) or os.curdir
        os.makedirs(folder, exist_ok=True)
        temporary = Temporary(folder)
        self._made.append((temporary, os.fspath(target)))
        return temporary.file

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None:
                self._publish()
        finally:
            for temporary, _ in self._made:
                temporary.discard()

    def _publish(self) -> None:
        for temporary, _ in self._made:
            temporary.file.close()
            temporary.share()
        publish(self._made)


def publish(files: Sequence[tuple[Temporary, str]]) -> None:
    """Bring complete files to the disk, then give them their names, in order."""
    _at_once(Temporary.finish, [temporary for temporary, _ in files])
    for temporary, target in files:
        temporary.take(target)
    for folder in dict.fromkeys(os.path.dirname(target) for _, target in files):
        sync_folder(folder)


def write_file(target: Name, content: bytes) -> None:
    """Write a file whole or not at all; raise `OSError` if that cannot be."""
    with NewFiles() as new:
        new.open(target).write(content)


def publish_folder(folder: Name, target: Name) -> None:
    """Give a folder of files that are closed its name, once all of them are on the disk; nothing may have that name."""
    with os.scandir(folder) as entries:
        files = [entry.path for entry in entries]
    _at_once(_sync, files)
    sync_folder(folder)
    os.replace(folder, target)
    sync_folder(os.path.dirname(target))


def discard_unpublished() -> None:
    """Delete the temporary files of this process that are still there; call this before the process ends at a signal.

    The exception that a signal raises may come where no `with` or `finally` sees it, such as inside one that tidies up.
    """
    while _UNPUBLISHED:
        with suppress(OSError):
            os.unlink(_UNPUBLISHED.pop())


def clear(folder: Name, stale: float = STALE) -> None:
    """Take away the temporary files that killed runs left in a folder; those in use are held by a lock."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if _LEFT_BEHIND.fullmatch(name):
                path = Path(folder, name)
                if path.lstat().st_mtime < time.time() - stale and _free(path):
                    path.unlink()


def sync_folder(folder: Name) -> None:
    """Bring the names of the files in a folder to the disk."""
    with suppress(OSError):  # not every file system knows how
        _sync(folder or os.curdir)


def _sync(path: Name) -> None:
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _at_once(work: Callable[[One], None], over: Sequence[One]) -> None:
    """Do the work over each, a few at a time; raise the first error."""
    if len(over) < 2:
        for one in over:
            work(one)
        return
    from concurrent.futures import ThreadPoolExecutor  # 5 ms that only several files pay for

    with ThreadPoolExecutor(AT_ONCE) as pool:
        done: Iterable[None] = pool.map(work, over)
        for _ in done:
            pass


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
