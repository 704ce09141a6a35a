"""Report errors of records, three of a kind in each file and the number of the others; count things in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import regex

from dedupe.errors import InputError

SHOWN = 3
"""Errors of a kind that are reported one by one: enough to see what they have in common."""

_VALUE = regex.compile(
    r"""
    '(?:[^'\\]|\\.)*+'      # what `repr` makes of a string: possessive, so that nothing backtracks
    | "(?:[^"\\]|\\.)*+"
    | \\u[[:xdigit:]]{4}
    | \b\d[\w.,]*+
    """,
    regex.VERBOSE,
)
_PLURAL = regex.compile(r"\bcells\b")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural if it is not one."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def kind_of(problem: str) -> str:
    """Return the kind of a problem: its sentence without values, advice and details.

    >>> kind_of("has no field 'text'; name the one with --field: there are 'body', 'url'")
    'has no field ...'
    """
    return _PLURAL.sub("cell", _head(_VALUE.sub("...", problem)))


def _head(problem: str) -> str:
    end = min((place for sign in (";", ": ") if (place := problem.find(sign)) >= 0), default=len(problem))
    return problem[:end]


class ErrorCounts:
    """Count errors by kind."""

    def __init__(self) -> None:
        self.shown: list[InputError] = []
        self._kinds: dict[str, tuple[str, int]] = {}

    def shows(self, error: InputError) -> bool:
        """Count an error; return whether it is one of the first of its kind."""
        kind = kind_of(error.problem)
        cut = _VALUE.sub(
            lambda match: "\0" * len(match.group()), error.problem
        )  # a value may have a character that ends a head
        self._count(kind, error.problem[: len(_head(cut))], 1)
        return self._kinds[kind][1] <= SHOWN

    def note(self, error: InputError) -> None:
        """Count an error, and keep it if it is one of the first of its kind."""
        if self.shows(error):
            self.shown.append(error)

    def _count(self, kind: str, head: str, times: int) -> None:
        old_head, count = self._kinds.get(kind, (head, 0))
        self._kinds[kind] = (old_head if old_head == head else kind, count + times)

    def rest(self) -> Iterator[str]:
        """Yield a sentence for each kind of which there are more than were shown."""
        for head, times in self._kinds.values():
            if (more := times - SHOWN) > 0:
                yield f"{more:,} more record{'s' * (more != 1)} of this kind: {head}"

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as a JSON object."""
        return {"errors": [[error.place, error.problem, error.record] for error in self.shown], "kinds": self._kinds}

    def add(self, other: Mapping[str, Any]) -> Iterator[InputError]:
        """Add the counts of `to_dict` for the same file; yield those of its errors that are shown."""
        for place, problem, record in other["errors"]:
            if self.shows(error := InputError(place, problem, record)):
                yield error
        for kind, (head, times) in other["kinds"].items():
            self._count(kind, head, max(0, times - SHOWN))


def common_missing(some: frozenset[str] | None, others: frozenset[str] | None) -> frozenset[str] | None:
    """Return the fields that are missing in both; None stands for records of which that is not known."""
    return others if some is None else some if others is None else some & others


class ErrorLog:
    """Report errors and warnings about the records of files, one file after the other.

    `complain` gets the sentences of errors, `warn` those of warnings.
    """

    def __init__(self, complain: Callable[[str], None], warn: Callable[[str], None]) -> None:
        self._say = {False: complain, True: warn}
        self._file = ""
        self._unknown: frozenset[str] | None = None
        self._files: list[str] = []  # two at most, of those that have records of fields
        self._begin()

    def _begin(self) -> None:
        self._tallies = {False: ErrorCounts(), True: ErrorCounts()}
        self._absent = 0
        self._missing: frozenset[str] | None = None

    def of(self, file: str) -> None:
        """Go on to a file, after the rest is reported of the one before."""
        if file != self._file:
            self.end()
            self._file = file

    def tell(self, error: InputError, *, warning: bool = False) -> None:
        """Report an error or a warning, unless enough of its kind were reported."""
        if self._tallies[warning].shows(error):
            self._say[warning](str(error))

    def add(self, tally: Mapping[str, Any]) -> None:
        """Report errors that were counted in another process or stage."""
        for error in self._tallies[False].add(tally):
            self._say[False](str(error))

    def absent(self) -> None:
        """Count a record without text."""
        self._absent += 1

    def missing(self, fields: frozenset[str] | None) -> None:
        """Note the fields that a record does not have; None says nothing."""
        self._missing = common_missing(self._missing, fields)

    def end(self) -> None:
        """Report how many more there were in the file."""
        for warning, tally in self._tallies.items():
            for sentence in tally.rest():
                self._say[warning](f"{self._file}: {sentence}")
        if self._absent:
            have = "records have" if self._absent != 1 else "record has"
            self._say[True](f"{self._file}: {self._absent:,} {have} no text; nothing of them is changed")
        if self._missing is not None:
            self._unknown = common_missing(self._unknown, self._missing)
            self._files = list(dict.fromkeys([*self._files, self._file]))[:2]
        self._begin()

    def close(self) -> None:
        """Report what is left of the last file, and the fields that no record of any file has."""
        self.end()
        for field in sorted(self._unknown or ()):
            more = " and the other files" if len(self._files) > 1 else ""
            problem = f"no record has the field {field!r}; check its name, or leave it out"
            self._say[False](f"{self._files[0]}{more}: {problem}")
