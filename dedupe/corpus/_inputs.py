"""Find the files of a corpus and cut them into parts."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence

from dedupe.corpus._parts import Part, filesystem, is_divisible, is_remote, opened, skip_line
from dedupe.errors import InputError
from dedupe.io.files import Source, unreadable
from dedupe.io.formats import FORMATS, ReadOptions, ending_of, format_by_ending, format_of
from dedupe.io.formats.transcoding import as_utf8
from dedupe.io.walking import Passed, WalkOptions, sources

PART = 128 << 20
"""Bytes of input in a part: what a killed run does again, and what one process works on."""

KINDS = ("json-lines", "parquet", "text")
"""The formats that a corpus is read from."""

_GLOB = "*?["
_BLOCK = 1 << 22


def parts_of(
    paths: Sequence[str],
    read_options: ReadOptions,
    complain: Callable[[InputError], None],
    whole: bool = False,
    walk_options: WalkOptions | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> list[Part]:
    """Return the parts of all files that paths, directories and patterns name, in order; `whole`: files are not cut.

    `note`: told what is passed over and no trouble.
    """
    found: list[Part] = []
    batch: list[tuple[str, str]] = []
    size = 0
    seen: set[str] = set()
    for source in _named(paths, walk_options or WalkOptions()):
        if isinstance(source, InputError):
            complain(source)
            continue
        if isinstance(source, Passed):
            note(source.sentence)
            continue
        name, relative = source
        if (identity := name if is_remote(name) else os.path.realpath(name)) in seen:
            continue
        seen.add(identity)
        try:
            kind, codec = _kind_of(name, read_options)
        except InputError as error:
            complain(error)
            continue
        except OSError as error:
            complain(unreadable(name, error))
            continue
        if kind not in KINDS:
            kinds = ", ".join(KINDS)
            way = "make it one of these, or use clean --scope corpus, which reads all formats and holds them in memory"
            complain(InputError(name, f"is of the format {kind}; a corpus is read from {kinds}; {way}"))
            continue
        try:
            length = filesystem(name).size(name) if is_remote(name) else os.stat(name).st_size
        except OSError as error:
            complain(unreadable(name, error))
            continue
        if kind == "text":
            if batch and size + length > PART:
                found.append(_texts(len(found), batch, size))
                batch, size = [], 0
            batch.append(source)
            size += length
        elif kind == "json-lines" and is_divisible(name, codec) and length > PART and not whole:
            for start, stop, line in _ranges(name, length):
                found.append(Part(len(found), kind, (name,), (relative,), start, stop, line, stop - start))
        else:
            found.append(Part(len(found), kind, (name,), (relative,), 0, 0, 1, length, codec))
    return [*found, _texts(len(found), batch, size)] if batch else found


def _kind_of(name: str, read_options: ReadOptions) -> tuple[str, str]:
    """Return the name of a file's format, and the codec of lines that are not UTF-8.

    Texts come by the thousand, so each is looked into when it is read.
    """
    named = FORMATS["parquet"] if name.lower().endswith(".parquet") else format_by_ending(name)
    if named is not None and (named.tells or (not read_options.format and named.name == "text" and ending_of(name))):
        return named.name, ""
    with opened(name) as stream:
        form, stream = format_of(name, stream, read_options)
        source = as_utf8(stream, name, read_options.encoding) if form.name == "json-lines" else None
        return form.name, source.writes if source else ""


def _texts(number: int, batch: Sequence[tuple[str, str]], size: int) -> Part:
    return Part(number, "text", tuple(one for one, _ in batch), tuple(one for _, one in batch), 0, 0, 1, size)


def _named(paths: Sequence[str], walk_options: WalkOptions) -> Iterator[tuple[str, str] | InputError | Passed]:
    """Yield the files that the paths name, each with its name below the folder it was found in; or what is amiss."""
    suffixes = (".jsonl", ".ndjson", ".parquet", ".txt", ".text")
    for path in paths:
        if is_remote(path):
            system = filesystem(path)
            names = sorted(system.glob(path)) if any(sign in path for sign in _GLOB) else [path]
            if not names:
                yield InputError(path, "no file has such a name; check the pattern")
            for name in names:
                full = name if is_remote(name) else system.unstrip_protocol(name)
                yield full, full.rsplit("/", 1)[1]
            continue
        plain = path
        names = [plain]
        if any(sign in path for sign in _GLOB) and not os.path.exists(path):
            names = sorted(glob.glob(path, recursive=True))
            if not names:
                yield InputError(path, "no file has such a name; check the pattern")
        for source in sources(names, suffixes, walk_options):
            if isinstance(source, Source):
                yield source.name, source.relative
            else:
                yield source


def _ranges(name: str, length: int) -> Iterator[tuple[int, int, int]]:
    """Yield stretches of a file of lines, cut between lines, each with the number of its first line."""
    start, line = 0, 1
    with opened(name) as stream:
        while start < length:
            lines = 0
            rest = PART
            while rest > 0 and (block := stream.read(min(_BLOCK, rest))):
                lines += block.count(b"\n")
                rest -= len(block)
            tail, ended = skip_line(stream)
            lines += ended
            stop = min(length, start + PART - rest + tail)
            yield start, stop, line
            start, line = stop, line + lines
