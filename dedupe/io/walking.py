"""The files that the arguments of a command name; folders are walked."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedupe.errors import InputError, OptionError
from dedupe.io.compression import SUFFIXES
from dedupe.io.files import STDIN, Source, unreadable
from dedupe.options import option, validate

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".gitignore"

VERSION_CONTROL = frozenset({"CVS", "_darcs"})
"""Folders of version control that are not hidden."""

ENDINGS_SHOWN = 3
"""Endings that a message names, of unread files or of those that are read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkOptions:
    """Which files of a folder are read. A file that is named on the command line is always read."""

    include: tuple[str, ...] = option((), "patterns, as in .gitignore, of the files to take whatever their ending")
    exclude: tuple[str, ...] = option((), "patterns, as in .gitignore, of files and folders to leave out")
    gitignore: bool = option(True, "leave out what .gitignore files in the folder and below it name")
    follow: bool = option(False, "follow symbolic links that lead out of the folder")

    def __post_init__(self) -> None:
        validate(self)
        for name in ("include", "exclude"):
            try:
                _patterns(getattr(self, name))
            except ValueError as error:
                raise OptionError(f"{name} has a bad pattern: {error}; correct it, as in --include '*.log'") from None


@dataclass(frozen=True, slots=True)
class Passed:
    """A warning about files that are left out, and what to do; `by_ending`: whether their endings are the reason."""

    problem: str
    advice: str
    by_ending: bool = False

    @property
    def sentence(self) -> str:
        """The warning with its advice."""
        return f"{self.problem}; {self.advice}"


FoundItem = Source | InputError | Passed


def sources(paths: Iterable[str], suffixes: Iterable[str] | None, walk_options: WalkOptions) -> Iterator[FoundItem]:
    """Yield the files that the paths name, in order, and errors and warnings; folders are walked in sorted order.

    In a folder, files with one of the suffixes are read, compressed ones too; every file if `suffixes` is None. Hidden
    files and folders are left out, and so are folders of version control and of undo records.
    """
    endings = None if suffixes is None else tuple(suffix + packed for suffix in suffixes for packed in ("", *SUFFIXES))
    for path in paths:
        if path != STDIN and os.path.isdir(path):
            yield from _Walk(path, endings, walk_options).items()
        else:
            yield Source(path, os.path.basename(path), os.path.dirname(path) or os.curdir)


def passes_over(top: str, path: str, walk_options: WalkOptions) -> bool:
    """Say whether a walk leaves out a path below its folder because it is hidden, excluded or ignored.

    The path need not exist; that of a folder ends in a slash.
    """
    return _Walk(top, None, walk_options).leaves_out(path)


class _Walk:
    """One walk through a folder."""

    def __init__(self, top: str, suffixes: tuple[str, ...] | None, walk_options: WalkOptions) -> None:
        self.top = top
        self.real_top = os.path.realpath(top)
        self.suffixes = suffixes
        self.walk_options = walk_options
        self.include = _patterns(walk_options.include)
        self.exclude = _patterns(walk_options.exclude)
        self.ignore_chains: dict[str, list[tuple[str, GitIgnoreSpec]]] = {}
        self.visited: set[tuple[int, int]] = set()
        self.ignored = 0
        self.outside_links = 0
        self.unknown_endings: Counter[str] = Counter()

    def items(self) -> Iterator[FoundItem]:
        """Yield the files, errors and warnings of the walk."""
        empty = True
        errors: list[OSError] = []
        for folder, folders, names in os.walk(self.top, onerror=errors.append, followlinks=self.walk_options.follow):
            while errors:
                empty = False
                error = errors.pop(0)
                yield unreadable(str(error.filename), error)
            problem = self._enter(folder)
            if problem is not None:
                empty = False
                folders.clear()
                if problem.problem:
                    yield problem
                continue
            folders[:] = sorted(name for name in folders if self._is_entered(folder, name))
            for name in sorted(names):
                path = os.path.join(folder, name)
                if self._is_taken(folder, path, name):
                    empty = False
                    yield Source(path, os.path.relpath(path, self.top), self.top)
        for error in errors:
            empty = False
            yield unreadable(str(error.filename), error)
        if self.outside_links:
            links = "symbolic link leads" if self.outside_links == 1 else "symbolic links lead"
            left_out = f"{self.top}: {self.outside_links} {links} out of it, left out"
            yield Passed(left_out, "take them in with --follow")
        if self.unknown_endings:
            left_out = f"{self.top}: {_unknown_endings(self.unknown_endings)}"
            yield Passed(left_out, "name those that are to be read, with --format", by_ending=True)
        if empty:
            yield InputError(self.top, self._why_empty())

    def leaves_out(self, path: str) -> bool:
        """Say whether a path, or a folder above it, is left out."""
        folder = self.top
        *above, last = _relative(self.top, path.rstrip("/")).split(os.sep)
        for name in (*above, last):
            if self._enter(folder) is not None:  # it does not exist yet
                self.ignore_chains[folder] = self.ignore_chains.get(os.path.dirname(folder), [])
            is_folder = name in above or path.endswith("/")
            parent, folder = folder, os.path.join(folder, name)
            if name.startswith(".") or (is_folder and name in VERSION_CONTROL):
                return True
            if self._is_left_out(parent, folder + "/" * is_folder):
                return True
        return False

    def _enter(self, folder: str) -> InputError | None:
        """Read the ignore file of a folder; return an error if it is not entered, one without a problem for a loop."""
        try:
            status = os.stat(folder)
        except OSError as error:
            return unreadable(folder, error)
        if (status.st_dev, status.st_ino) in self.visited:
            return InputError(folder, "")
        self.visited.add((status.st_dev, status.st_ino))
        chain = self.ignore_chains.get(os.path.dirname(folder), []) if folder != self.top else []
        path = os.path.join(folder, IGNORE_FILE)
        if self.walk_options.gitignore and os.path.isfile(path):
            try:
                with open(path, encoding="utf-8", errors="surrogateescape") as lines:
                    patterns = _patterns(lines.read().splitlines())
                chain = [*chain, (folder, patterns)] if patterns is not None else chain
            except OSError as error:
                return unreadable(path, error)
            except ValueError as error:
                return InputError(path, f"{error}, so its folder is left out; mend it or give --no-gitignore")
        self.ignore_chains[folder] = chain
        return None

    def _is_entered(self, folder: str, name: str) -> bool:
        path = os.path.join(folder, name)
        if name.startswith(".") or name in VERSION_CONTROL or self._is_left_out(folder, path + "/"):
            return False
        if not os.path.islink(path):
            return True
        self.outside_links += not self.walk_options.follow and not self._is_inside(path)
        return self.walk_options.follow

    def _is_taken(self, folder: str, path: str, name: str) -> bool:
        if name.startswith(".") or not os.path.isfile(path):
            return False
        is_included = self._is_included(path, name)
        if not is_included and self.include is not None:
            return False
        if self._is_left_out(folder, path):
            return False
        if not is_included:
            self.unknown_endings[_ending(name)] += 1
            return False
        if os.path.islink(path) and not self.walk_options.follow and not self._is_inside(path):
            self.outside_links += 1
            return False
        return True

    def _is_included(self, path: str, name: str) -> bool:
        if self.include is not None:
            return self.include.match_file(_relative(self.top, path))
        return self.suffixes is None or name.lower().endswith(self.suffixes)

    def _is_inside(self, path: str) -> bool:
        return os.path.join(os.path.realpath(path), "").startswith(os.path.join(self.real_top, ""))

    def _is_left_out(self, folder: str, path: str) -> bool:
        """Say whether a path is excluded or ignored; the nearest ignore file decides. A folder ends in a slash."""
        if self.exclude is not None and self.exclude.match_file(_relative(self.top, path)):
            self.ignored += 1
            return True
        for base, patterns in reversed(self.ignore_chains[folder]):
            is_ignored = patterns.check_file(_relative(base, path)).include
            if is_ignored is not None:
                self.ignored += is_ignored
                return is_ignored
        return False

    def _why_empty(self) -> str:
        if self.walk_options.include:
            criterion = f"matches {', '.join(self.walk_options.include)}"
        elif self.suffixes:
            criterion = (
                f"has an ending that is read ({', '.join(self.suffixes[:: 1 + len(SUFFIXES)][:ENDINGS_SHOWN])}, ...)"
            )
        else:
            criterion = "can be taken"
        left_out = f" and is not left out by --exclude or {IGNORE_FILE}" if self.ignored else ""
        others = "" if self.walk_options.include or not self.suffixes else ", or take other endings with --include"
        return f"no file in this directory {criterion}{left_out}; name files, or another directory{others}"


def _ending(name: str) -> str:
    """Return the ending of a file name, without that of a compression."""
    start, ending = os.path.splitext(name.lower())
    return os.path.splitext(start)[1] if ending in SUFFIXES else ending


def _unknown_endings(endings: Counter[str]) -> str:
    """Return the warning about files that are left out for their endings, with the most frequent of these."""
    count = endings.total()
    shown = [f"{number:,} {ending or 'without'}" for ending, number in endings.most_common(ENDINGS_SHOWN)]
    files = "file is left out for its ending" if count == 1 else "files are left out for their endings"
    more = ", ..." if len(endings) > ENDINGS_SHOWN else ""
    return f"{count:,} {files} ({', '.join(shown)}{more})"


def _relative(base: str, path: str) -> str:
    return path[len(os.path.join(base, "")) :]


def _patterns(lines: Sequence[str]) -> GitIgnoreSpec | None:
    """Return the patterns of these lines, None without lines; raise `ValueError` for a bad pattern."""
    if not lines:
        return None
    from pathspec import GitIgnoreSpec  # 50 ms, needed for patterns only

    return GitIgnoreSpec.from_lines(lines)
