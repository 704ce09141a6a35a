"""What a run writes: refused, before anything is read, where it would meet what is read or what else is written."""

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
from dedupe.errors import OptionError
from dedupe.io.compression import SUFFIXES
from dedupe.io.files import STDIN, Source
from dedupe.io.formats import FORMATS, folder_endings
from dedupe.io.walking import WalkOptions, passes_over, sources

ENDINGS = frozenset({*(end for one in FORMATS.values() for end in one.suffixes), *SUFFIXES, ".json"})
"""Endings of the names of files: no folder is meant by them."""

BOTH = {"--baseline", "--write-baseline"}
"""Two options that may name one file: it is read, and written anew at the end."""

WILD = "*?["

Number = tuple[int, int]
"""What tells a file on this machine: its disk and its number there."""


@dataclass(frozen=True, slots=True)
class SideFile:
    """A file or a folder that an option names: one to be written, or one to be read beside the documents."""

    option: str
    path: str
    written: bool = True
    folder: bool = False

    @property
    def addressed(self) -> bool:
        """Whether it is on a server or nowhere, and so never a file of ours."""
        return self.path.startswith((*REDIS, ":")) or "://" in self.path

    @property
    def keys(self) -> set[object]:
        """What tells whether two names are one place."""
        return {self.path} if self.addressed else keys_of(self.path)


def keys_of(path: str) -> set[object]:
    """Return what two names of one file have in common.

    Hard links share a number; names that differ in case only may be one on another disk, so they count as one.
    """
    return {_folded(path), *_numbers(path)}


def _folded(path: str) -> str:
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
    """Return the places that the settings of a verb name."""
    run_options, undo_options, index_options = settings.run_options, settings.undo_options, settings.index_options
    places = [
        SideFile("--report", run_options.report),
        SideFile("--write-baseline", run_options.write_baseline),
        SideFile("--removed", undo_options.removed),
        SideFile("--decisions", writes_decisions or run_options.decisions, bool(writes_decisions)),
        SideFile("--baseline", run_options.baseline, False),
        SideFile("--index", index_options.index, writes_index or index_options.remember),
        *more,
    ]
    return [place for place in places if place.path]


def refuse_clashes(paths: Sequence[str], places: Sequence[SideFile], walk_options: WalkOptions) -> None:
    """Raise `OptionError` for a place that is an input, another place, or lies where inputs are walked.

    `paths`: what is to be read, as given. Nothing but names and numbers of files is looked at.
    """
    _refuse_pairs(places)
    places = [place for place in places if not place.addressed]
    for place in places:
        if place.written and place.path == STDIN and place.option != "--output":
            raise OptionError(f"{place.option} must be a file, and - is none; name one")
        if place.path == STDIN and STDIN in paths:
            raise OptionError(f"{place.option} - and PATHS - are one and the same; name a file")
    out = _standard_output()
    if not places and out is None:
        return
    inputs = _Inputs(paths, walk_options)
    for place in places:
        if place.written and out is not None and out in place.keys:
            raise OptionError(f"{place.option} {place.path} is where standard output goes; name another file")
        inputs.refuse(place)
    inputs.refuse_files(places, out)


def refuse_file_name(output: str) -> None:
    """Raise `OptionError` for a folder to be made that has the name of a file."""
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
        if (one.written or other.written) and {one.option, other.option} != BOTH and one.keys & other.keys:
            raise OptionError(f"{one.option} and {other.option} both name {one.path}; give each a place of its own")


def _standard_output() -> Number | None:
    """Return the number of the file that standard output goes to, None if that is none."""
    return _regular(1) if sys.stdout is not None else None


def _regular(descriptor: int) -> Number | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return _number(status) if stat.S_ISREG(status.st_mode) else None


class _Inputs:
    """What is to be read: files that are named, and folders that are walked."""

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
        """Raise `OptionError` for a place that is a named file, or lies in a folder that is walked."""
        for key in place.keys:
            if key in self.keys:
                raise OptionError(_over(place, place.path, self.keys[key]))
        if place.written:
            for folder in self.folders:
                self._refuse_inside(place, folder)

    def _refuse_inside(self, place: SideFile, top: str) -> None:
        real = os.path.realpath(place.path)
        if (above := next((one for one in _and_above(real) if _is_one(one, top)), None)) is None:
            return
        if above == real:
            raise OptionError(_over(place, place.path, f"what is in {top}"))
        below = os.path.relpath(real, above) + "/" * place.folder
        if not passes_over(top, os.path.join(top, below), self.walk_options):
            raise OptionError(
                f"{place.option} {place.path} lies in {top}, which is read, so another run would take it for a "
                f"document; name a place outside, or leave it out: --exclude /{below}"
            )

    def refuse_files(self, places: Sequence[SideFile], out: Number | None) -> None:
        """Raise `OptionError` for a place that is a file of a folder under another name, or is to be cleaned into."""
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
                    raise OptionError(_over(wanted[number], wanted[number].path, source.name))
        real = {folder: os.path.realpath(folder) for folder in {os.path.dirname(one.name) for one in found}}
        if self.walk_options.follow and self.folders:
            _refuse_followed(places, set(real.values()))
        outputs = [place for place in places if place.folder]
        if outputs:
            read = {_folded(os.path.join(real[os.path.dirname(one.name)], _base(one))): one.name for one in found}
            beside = {key: place for place in places if place.written and not place.folder for key in place.keys}
            for source in found:
                for target in _targets(outputs[0].path, source):
                    _refuse_target(outputs[0], target, source, self.keys | read, beside)


def _refuse_followed(places: Sequence[SideFile], folders: set[str]) -> None:
    """Raise `OptionError` for a place beside files that a link led to."""
    for place in places:
        for above in _and_above(os.path.realpath(place.path)) if place.written else ():
            if above in folders:
                raise OptionError(
                    f"{place.option} {place.path} lies in {above}, which is read through a link; name a place outside"
                )


def _refuse_target(
    output: SideFile, target: str, source: Source, read: Mapping[object, str], beside: Mapping[object, SideFile]
) -> None:
    """Raise `OptionError` where a cleaned file would replace one to be read, or what another option writes."""
    for key in keys_of(target):
        if key in beside:
            other = beside[key]
            raise OptionError(f"{other.option} {other.path} is where {source.name} goes; name another file")
        if key in read:
            raise OptionError(_over(output, target, read[key]))


def _targets(output: str, source: Source) -> Iterator[str]:
    """Yield where a source may go below OUT."""
    yield os.path.join(output, source.relative)
    for one in FORMATS.values():
        if one.becomes and any(end in source.relative.lower() for end in one.suffixes):
            yield os.path.join(output, one.renamed(source.relative))


def _base(source: Source) -> str:
    return os.path.basename(source.name)


def _and_above(path: str) -> Iterator[str]:
    yield path
    yield from map(str, PurePath(path).parents)


def _is_one(path: str, top: str) -> bool:
    try:
        return os.path.samefile(path, top)
    except OSError:
        return False


def _over(place: SideFile, path: str, name: str) -> str:
    if not place.written:
        return f"{place.option} {path} is {name}, which is to be read as a document; name another file"
    advice = "use --in-place, or name another place" if place.option == "--output" else "name another file"
    same = "" if path == name else f" {name},"
    return f"{place.option} {path} would be written over{same} what is to be read; {advice}"


def _expanded(paths: Sequence[str]) -> Iterator[str]:
    """Yield paths, patterns that name no file as what they match; of one with `**`, the folder it begins in."""
    for path in paths:
        if "://" in path:
            continue
        if any(sign in path for sign in WILD) and not os.path.exists(path):
            before = path.partition("**")[0]
            if before != path and not any(sign in before for sign in WILD):
                yield os.path.dirname(before) or os.curdir
            yield from glob.iglob(path, recursive=True)
        else:
            yield path
