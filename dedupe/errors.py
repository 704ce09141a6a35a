"""The errors of this package.

DedupeError
├── OptionError           an option has an impossible value (also a ValueError)
├── InputError            an input cannot be read or written; names the place
│   └── UnknownFormatError  the format cannot be determined from ending and content
├── ModelError            a model file cannot be used; names the file
├── MissingExtraError     an optional library is not installed (also an ImportError)
└── PatternTimeoutError   a regular expression of the user ran too long; names the pattern
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping

NO_SYNONYMS: Mapping[str, str] = {}

_DISK_FULL = "the disk is full; make room, or name a place on another one"
_DENIED = "permission denied; check the mode and owner of it and of its folder"

_CAUSES = {
    errno.ENOENT: "there is no such file or directory; check the path",
    errno.ENOTDIR: "what its path names as a folder is a file; check the path",
    errno.EISDIR: "is a directory, where a file is needed; name a file",
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EROFS: "its disk is read-only; name a place on another one",
    errno.ELOOP: "its symbolic links lead in a circle; mend them",
    errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
    errno.EFBIG: "it would be larger than a file may be here; name a place on another disk",
    errno.EMFILE: "too many files are open; allow more with ulimit -n",
    errno.EIO: "the disk failed; check it, and try again",
}
"""Why a file cannot be read or written, and what to do, by the number of the system's error."""


class DedupeError(Exception):
    """The base of all errors that this package raises.

    Example:
        >>> import dedupe
        >>> try:
        ...     dedupe.Options(level="wild")
        ... except dedupe.DedupeError as error:
        ...     print(error)
        level must be one of conservative, default, aggressive, not 'wild'
    """


class OptionError(DedupeError, ValueError):
    """An option has an impossible value; the message says what is allowed. It is a `ValueError`, too."""


class InputError(DedupeError):
    """An input cannot be read or written; the message says where, why, and what to do.

    Args:
        place: the file, address or line, as in "page.jsonl:12".
        problem: what is wrong, a clause that follows the place.
        record: what names the record besides its place, such as its number and id.

    Example:
        >>> str(InputError("page.jsonl:12", "has no field 'text'", "id 'a'"))
        "page.jsonl:12: has no field 'text' (id 'a')"
    """

    def __init__(self, place: str, problem: str, record: str = "") -> None:
        super().__init__(f"{place}: {problem} ({record})" if record else f"{place}: {problem}")
        self.place = place
        self.problem = problem
        self.record = record

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        return type(self), (self.place, self.problem, self.record)


class UnknownFormatError(InputError):
    """The format of a file cannot be determined.

    Args:
        place: the file.
        problem: what is wrong, a clause that follows the place.
        kind: what files like it have in common, as in "that end in .py".
    """

    def __init__(self, place: str, problem: str, kind: str = "") -> None:
        super().__init__(place, problem)
        self.kind = kind

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        return type(self), (self.place, self.problem, self.kind)


class ModelError(DedupeError):
    """A model file cannot be used; the message says which, why, and what to do."""


class MissingExtraError(DedupeError, ImportError):
    """An optional library is not installed; the message has the command that installs it. It is an `ImportError`, too.

    Args:
        library: the name of the library, as in "pyspark".
        extra: the extra of this package that installs it.
    """

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library} is not installed; install it with: pip install 'paradedupe[{extra}]'")
        self.library = library
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), (self.library, self.extra)


class PatternTimeoutError(DedupeError):
    """A regular expression of the user did not finish in time; the message has the pattern."""


def suggestion(word: str, allowed: Iterable[str], synonyms: Mapping[str, str] = NO_SYNONYMS) -> str:
    """Return "; did you mean 'X'?" with the allowed word closest to an unknown one; empty when none is close.

    `synonyms`: other words for allowed ones, such as endings of files for formats.
    """
    from difflib import get_close_matches  # 2 ms that only a mistake costs

    words = {name.lower().lstrip("-"): name for name in allowed}  # hyphens in front make all options similar
    closest = [words[name] for name in get_close_matches(word.lower().lstrip("-"), words, 1)]
    synonym = synonyms.get(word.lower().lstrip("."), "")
    closest = [synonym] if synonym in words else closest
    return f"; did you mean {closest[0]!r}?" if closest else ""


def damaged(place: str, problem: str) -> InputError:
    """Return the error of an input that is broken, and not by whoever reads it."""
    return InputError(place, f"{problem}; get an undamaged copy")


def cause(error: OSError) -> str:
    """Return why a file cannot be read or written, and what to do: a clause that follows its name."""
    return _CAUSES.get(error.errno or 0) or error.strerror or str(error)
