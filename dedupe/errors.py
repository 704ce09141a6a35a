"""Every error this package raises on purpose.

DedupeError
├── OptionError       an option has an impossible value (also a ValueError)
├── InputError        an input cannot be read or written; names the place
│   └── UnknownFormatError neither ending nor content tells the format, or they disagree
├── ModelError        a model file cannot be used; names the file
├── MissingExtraError an optional library is not installed (also an ImportError)
└── PatternTimeoutError a pattern of the user's ran too long; names the pattern
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

NOTHING: Mapping[str, str] = {}


class DedupeError(Exception):
    """Stand for every error this package raises on purpose."""


class OptionError(DedupeError, ValueError):
    """Say that an option has an impossible value, and what is allowed."""


class InputError(DedupeError):
    """Say which place cannot be read or written, why, and what to do.

    `record`: what a record is known by besides its place, such as its number and id.
    """

    def __init__(self, place: str, problem: str, record: str = "") -> None:
        super().__init__(f"{place}: {problem} ({record})" if record else f"{place}: {problem}")
        self.place = place
        self.problem = problem
        self.record = record

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        return type(self), (self.place, self.problem, self.record)


class UnknownFormatError(InputError):
    """Say that the format of a file is not known; `kind` is what files like it have in common ("that end in .py")."""

    def __init__(self, place: str, problem: str, kind: str = "") -> None:
        super().__init__(place, problem)
        self.kind = kind


class ModelError(DedupeError):
    """Say which model file cannot be used, why, and what to do."""


class MissingExtraError(DedupeError, ImportError):
    """Say which optional library is missing and the command that installs it."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library} is not installed; install it with: pip install 'paradedupe[{extra}]'")


class PatternTimeoutError(DedupeError):
    """Say which pattern of the user's did not finish in time."""


def suggestion(given: str, known: Iterable[str], meant: Mapping[str, str] = NOTHING) -> str:
    """Return "; did you mean 'X'?" with what is nearest to a word that is not known; empty when nothing is near.

    `meant`: other words for what is known, such as endings of files for formats.
    """
    from difflib import get_close_matches  # 2 ms that only a mistake costs

    words = {one.lower().lstrip("-"): one for one in known}  # hyphens in front make all options alike
    other = meant.get(given.lower().lstrip("."), "")
    near = [words[one] for one in get_close_matches(given.lower().lstrip("-"), words, 1)]
    near = [other] if other in words else near
    return f"; did you mean {near[0]!r}?" if near else ""
