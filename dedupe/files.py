"""Finding, opening and replacing files."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from dedupe.errors import InputError

STDIN = "-"
GZIP = ".gz"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its name as given (`-` for standard input) and its name below the argument it was found by."""

    name: str
    relative: str

    @property
    def identity(self) -> str:
        """What tells whether two names are one file."""
        return self.name if self.name == STDIN else os.path.realpath(self.name)

    @property
    def size(self) -> int:
        """The file's size in bytes; 0 where that is not known, and for compressed files."""
        try:
            return 0 if self.name == STDIN or self.name.lower().endswith(GZIP) else os.stat(self.name).st_size
        except OSError:
            return 0

    def open(self) -> BinaryIO:
        """Open the file for reading, decompressed; raise `InputError` with the reason if that cannot be."""
        if self.name == STDIN:
            if sys.stdin is None:
                raise InputError(STDIN, "standard input is closed; name a file")
            return sys.stdin.buffer
        try:
            status = os.stat(self.name)
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISFIFO(status.st_mode):
                raise InputError(self.name, "is not a file; name a file, a directory or - for standard input")
            return cast(BinaryIO, gzip.open(self.name)) if self.name.lower().endswith(GZIP) else open(self.name, "rb")
        except OSError as error:
            raise unreadable(self.name, error) from None


def unreadable(name: str, error: OSError) -> InputError:
    """Return the error that says why a place cannot be read or written."""
    hints = {
        FileNotFoundError: "there is no such file or directory; check the path",
        PermissionError: "permission denied; check its mode and owner",
        IsADirectoryError: "is a directory, where a file is needed",
    }
    reason = next((hint for kind, hint in hints.items() if isinstance(error, kind)), None)
    return InputError(name, reason or (error.strerror or str(error)))


def sources(paths: Iterable[str], suffixes: Iterable[str]) -> Iterator[Source | InputError]:
    """Yield the files that the paths name, in order, directories walked in sorted order; or an error for a bad one.

    In a directory, files with one of the suffixes are taken; hidden ones and links to directories are left out.
    """
    wanted = tuple(ending + compressed for ending in suffixes for compressed in ("", GZIP))
    for path in paths:
        if path != STDIN and os.path.isdir(path):
            yield from _walk(path, wanted)
        else:
            yield Source(path, os.path.basename(path))


def _walk(top: str, suffixes: tuple[str, ...]) -> Iterator[Source | InputError]:
    found = False
    errors: list[OSError] = []
    for folder, folders, names in os.walk(top, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.lower().endswith(suffixes) and not name.startswith(".") and os.path.isfile(path):
                found = True
                yield Source(path, os.path.relpath(path, top))
        while errors:
            found = True
            error = errors.pop(0)
            yield unreadable(str(error.filename), error)
    for error in errors:
        found = True
        yield unreadable(str(error.filename), error)
    if not found:
        yield InputError(
            top, f"no file in this directory ends in {', '.join(suffixes)}; name files, or another directory"
        )


def replace_file(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file atomically: beside it first, then in its place; its mode is kept, and `.gz` is compressed.

    Raises `InputError` if it cannot be written; the target is then as it was, and nothing is left behind.
    """
    target = Path(os.path.realpath(path))
    if os.path.abspath(path).startswith(("/dev/", "/proc/")) or (os.path.lexists(path) and not os.path.isfile(path)):
        raise InputError(path, "is not a regular file, so it is not replaced; write to standard output instead")
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".dedupe-", delete=False) as out:
            temporary = out.name
            with (
                gzip.GzipFile("", "wb", fileobj=out, mtime=0)
                if path.lower().endswith(GZIP)
                else nullcontext(out) as writer
            ):
                for piece in pieces:
                    writer.write(piece)
            out.flush()
            os.fsync(out.fileno())
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        os.chmod(temporary, mode)
        if target.exists():
            with suppress(PermissionError):  # only the superuser may give a file away
                os.chown(temporary, target.stat().st_uid, target.stat().st_gid)
        os.replace(temporary, target)
    except OSError as error:
        raise unreadable(path, error) from None
    finally:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
