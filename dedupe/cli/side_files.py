"""Refuse outputs that would overwrite inputs or one another, before anything is read."""

from __future__ import annotations

import glob
import os
import stat
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePath

from dedupe._places import REDIS
from dedupe.cli.flags import Settings
from dedupe.cli.index_places import index_places
from dedupe.errors import OptionError
from dedupe.io.compression import SUFFIXES
from dedupe.io.files import STDIN, Source
from dedupe.io.formats import FORMATS, folder_endings
from dedupe.io.walking import WalkOptions, passes_over, sources

ENDINGS = frozenset({*(end for one in FORMATS.values() for end in one.suffixes), *SUFFIXES, ".json"})
"""Endings of names that are files, never folders."""

SHARED_PAIR = {"--baseline", "--write-baseline"}
"""Two options that may name one file: it is read first and replaced at the end."""

WILDCARDS = "*?["

Number = tuple[int, int]
"""The identity of a file on this machine: device and inode."""


@dataclass(frozen=True, slots=True)
class SideFile:
    """A file or folder that an option names, to be written, or read beside the documents."""

    option: str
    path: str
    written: bool = True
    folder: bool = False

    @property
    def addressed(self) -> bool:
        """Whether it is on a server or in memory, and so no local file."""
        return self.path.startswith((*REDIS, ":")) or "://" in self.path

    @property
    def keys(self) -> set[object]:
        """The identities of the file; two names with a common one are the same file."""
        return {self.path} if self.addressed else keys_of(self.path)


def keys_of(path: str) -> set[object]:
    """Return the identities of a file, which all its names have in common.

    Hard links share a number; names that differ in case only may be one on another disk, so they count as one.
    """
    return {_normalized_path(path), *_numbers(path)}


def _normalized_path(path: str) -> str:
    return unicodedata.normalize("NFC", os.path.realpath(path)).casefold()


def _numbers(path: str) -> set[Number]:
    try:
        return {_number(os.stat(path))}
    except (OSError, ValueError):
        return set()


def _number(status: os.stat_result) -> Number:
    return status.st_dev, status.st_ino


def places_of(
    settings: Settings, *more: SideFile, writes_index: bool = False, writes_decisions: str = ""
) -> list[SideFile]:
    """Return the side files that the settings of a verb name."""
    run_options, undo_options, index_options = settings.run_options, settings.undo_options, settings.index_options
    places = [
        SideFile("--report", run_options.report),
        SideFile("--write-baseline", run_options.write_baseline),
        SideFile("--removed", undo_options.removed),
        SideFile("--decisions", writes_decisions or run_options.decisions, bool(writes_decisions)),
        SideFile("--baseline", run_options.baseline, False),
        *(
            SideFile("--index", place, position == 0 and (writes_index or index_options.remember))
            for position, place in enumerate(index_places(index_options.index))
        ),
        *more,
    ]
    return [place for place in places if place.path]


def refuse_clashes(paths: Sequence[str], places: Sequence[SideFile], walk_options: WalkOptions) -> None:
    """Raise `OptionError` for a side file that is an input, another side file, or in a walked folder.

    `paths` are the inputs as given. Only names and inodes are compared; no file is read.
    """
    _refuse_pairs(places)
    places = [place for place in places if not place.addressed]
    for place in places:
        if place.written and place.path == STDIN and place.option != "--output":
            raise OptionError(f"{place.option} must be a file, and - is none; name one")
        if place.path == STDIN and STDIN in paths:
            raise OptionError(f"{place.option} - and PATHS - are one and the same; name a file")
    out = _regular(1) if sys.stdout is not None else None  # where standard output goes, if it is a file
    if not places and out is None:
        return
    inputs = _Inputs(paths, walk_options)
    for place in places:
        if place.written and out is not None and out in place.keys:
            raise OptionError(f"{place.option} {place.path} is where standard output goes; name another file")
        inputs.refuse(place)
    inputs.refuse_files(places, out)


def refuse_file_name(output: str) -> None:
    """Raise `OptionError` for an output folder with the name of a file."""
    if output.endswith(("/", os.sep)) or os.path.isdir(output):
        return
    if os.path.isfile(output):
        raise OptionError(f"--output {output} is a file, and what is written needs a folder; name one")
    if PurePath(output).suffix.lower() in ENDINGS:
        raise OptionError(
            f"--output {output} has the name of a file, and what is written needs a folder; end it in / "
            f"({output}/) if it is meant to be one, or name another"
        )


def _refuse_pairs(places: Sequence[SideFile]) -> None:
    for one, other in combinations(places, 2):
        if (one.written or other.written) and {one.option, other.option} != SHARED_PAIR and one.keys & other.keys:
            raise OptionError(f"{one.option} and {other.option} both name {one.path}; give each a place of its own")


def _regular(descriptor: int) -> Number | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return _number(status) if stat.S_ISREG(status.st_mode) else None


class _Inputs:
    """The inputs: named files and walked folders."""

    def __init__(self, paths: Sequence[str], walk_options: WalkOptions) -> None:
        self.walk_options = walk_options
        found = list(_expanded(paths))
        self.named = [path for path in found if not os.path.isdir(path)]
        self.folders = [path for path in found if os.path.isdir(path)]
        self.keys: dict[object, str] = {}
        for path in self.named:
            if path != STDIN:
                self.keys |= dict.fromkeys(keys_of(path), path)
            elif sys.stdin is not None and (number := _regular(0)) is not None:
                self.keys[number] = "standard input"

    def refuse(self, place: SideFile) -> None:
        """Raise `OptionError` for a side file that is a named input, or in a walked folder."""
        for key in place.keys:
            if key in self.keys:
                raise OptionError(_overwrite_message(place, place.path, self.keys[key]))
        if place.written:
            for folder in self.folders:
                self._refuse_inside(place, folder)

    def _refuse_inside(self, place: SideFile, top: str) -> None:
        real = os.path.realpath(place.path)
        if (above := next((one for one in _with_parents(real) if _same_file(one, top)), None)) is None:
            return
        if above == real:
            raise OptionError(_overwrite_message(place, place.path, f"what is in {top}"))
        below = os.path.relpath(real, above) + "/" * place.folder
        if not passes_over(top, os.path.join(top, below), self.walk_options):
            raise OptionError(
                f"{place.option} {place.path} lies in {top}, which is read, so another run would take it for a "
                f"document; name a place outside, or leave it out: --exclude /{below}"
            )

    def refuse_files(self, places: Sequence[SideFile], out: Number | None) -> None:
        """Raise `OptionError` for a side file that is a walked file under another name, or the target of one."""
        found = [
            one
            for one in sources([*self.named, *self.folders], folder_endings(), self.walk_options)
            if isinstance(one, Source) and one.name != STDIN
        ]
        wanted = {key: place for place in places for key in place.keys}
        for source in found:
            for number in _numbers(source.name):
                if number == out:
                    raise OptionError(f"standard output goes to {source.name}, which is to be read; send it elsewhere")
                if number in wanted:
                    raise OptionError(_overwrite_message(wanted[number], wanted[number].path, source.name))
        real = {folder: os.path.realpath(folder) for folder in {os.path.dirname(one.name) for one in found}}
        if self.walk_options.follow and self.folders:
            _refuse_followed(places, set(real.values()))
        outputs = [place for place in places if place.folder]
        if outputs:
            read = {
                _normalized_path(os.path.join(real[folder], base)): one.name
                for one in found
                for folder, base in [os.path.split(one.name)]
            }
            beside = {key: place for place in places if place.written and not place.folder for key in place.keys}
            for source in found:
                for target in _targets(outputs[0].path, source):
                    _refuse_target(outputs[0], target, source, self.keys | read, beside)


def _refuse_followed(places: Sequence[SideFile], folders: set[str]) -> None:
    """Raise `OptionError` for a side file in a folder that is read through a link."""
    for place in places:
        for above in _with_parents(os.path.realpath(place.path)) if place.written else ():
            if above in folders:
                raise OptionError(
                    f"{place.option} {place.path} lies in {above}, which is read through a link; name a place outside"
                )


def _refuse_target(
    output: SideFile, target: str, source: Source, read: Mapping[object, str], beside: Mapping[object, SideFile]
) -> None:
    """Raise `OptionError` if a cleaned file would replace an input, or the file of another option."""
    for key in keys_of(target):
        if key in beside:
            other = beside[key]
            raise OptionError(f"{other.option} {other.path} is where {source.name} goes; name another file")
        if key in read:
            raise OptionError(_overwrite_message(output, target, read[key]))


def _targets(output: str, source: Source) -> Iterator[str]:
    """Yield the possible targets of a source below OUT."""
    yield os.path.join(output, source.relative)
    for one in FORMATS.values():
        if one.becomes and any(end in source.relative.lower() for end in one.suffixes):
            yield os.path.join(output, one.renamed(source.relative))


def _with_parents(path: str) -> Iterator[str]:
    yield path
    yield from map(str, PurePath(path).parents)


def _same_file(path: str, top: str) -> bool:
    try:
        return os.path.samefile(path, top)
    except OSError:
        return False


def _overwrite_message(place: SideFile, path: str, name: str) -> str:
    if not place.written:
        return f"{place.option} {path} is {name}, which is to be read as a document; name another file"
    advice = "use --in-place, or name another place" if place.option == "--output" else "name another file"
    same = "" if path == name else f" {name},"
    return f"{place.option} {path} would be written over{same} what is to be read; {advice}"


def _expanded(paths: Sequence[str]) -> Iterator[str]:
    """Yield paths, with patterns expanded; a pattern with `**` gives the folder before it, too."""
    for path in paths:
        if "://" in path:
            continue
        if any(wildcard in path for wildcard in WILDCARDS) and not os.path.exists(path):
            before = path.partition("**")[0]
            if before != path and not any(wildcard in before for wildcard in WILDCARDS):
                yield os.path.dirname(before) or os.curdir
            yield from glob.iglob(path, recursive=True)
        else:
            yield path
