"""Find the files of a corpus and cut them into parts."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence

from dedupe.corpus._parts import InputPart, filesystem, is_divisible, is_remote, opened, skip_line
from dedupe.errors import InputError
from dedupe.io.files import Source, unreadable
from dedupe.io.formats import FORMATS, ReadOptions, ending_of, format_by_ending, format_of
from dedupe.io.formats.transcoding import open_as_utf8
from dedupe.io.walking import Passed, WalkOptions, sources

PART_BYTES = 128 << 20
"""Bytes of input in a part: the work of one process, and what a killed run has to repeat."""

FORMAT_NAMES = ("json-lines", "parquet", "text")
"""The formats that a corpus can be read from."""

_GLOB_CHARACTERS = "*?["
_BLOCK_BYTES = 1 << 22


def parts_of(
    paths: Sequence[str],
    read_options: ReadOptions,
    complain: Callable[[InputError], None],
    whole: bool = False,
    walk_options: WalkOptions | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> list[InputPart]:
    """Return the parts of all files that paths, directories and patterns name, in order; `whole`: files are not cut.

    `complain` is called with each error, `note` with a sentence about what is skipped.
    """
    parts: list[InputPart] = []
    texts: list[tuple[str, str]] = []
    texts_size = 0
    seen: set[str] = set()
    for source in _find_files(paths, walk_options or WalkOptions()):
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
            format_name, codec = _format_and_codec(name, read_options)
        except InputError as error:
            complain(error)
            continue
        except OSError as error:
            complain(unreadable(name, error))
            continue
        if format_name not in FORMAT_NAMES:
            formats = ", ".join(FORMAT_NAMES)
            advice = (
                "make it one of these, or use clean --scope corpus, which reads all formats and holds them in memory"
            )
            complain(InputError(name, f"is of the format {format_name}; a corpus is read from {formats}; {advice}"))
            continue
        try:
            length = filesystem(name).size(name) if is_remote(name) else os.stat(name).st_size
        except OSError as error:
            complain(unreadable(name, error))
            continue
        if format_name == "text":
            if texts and texts_size + length > PART_BYTES:
                parts.append(_text_part(len(parts), texts, texts_size))
                texts, texts_size = [], 0
            texts.append(source)
            texts_size += length
        elif format_name == "json-lines" and is_divisible(name, codec) and length > PART_BYTES and not whole:
            for start, stop, line in _line_ranges(name, length):
                parts.append(InputPart(len(parts), format_name, (name,), (relative,), start, stop, line, stop - start))
        else:
            parts.append(InputPart(len(parts), format_name, (name,), (relative,), 0, 0, 1, length, codec))
    return [*parts, _text_part(len(parts), texts, texts_size)] if texts else parts


def _format_and_codec(name: str, read_options: ReadOptions) -> tuple[str, str]:
    """Return the name of a file's format, and the codec of JSON lines that are not UTF-8.

    The contents of text files, of which there may be many thousands, are checked when they are read.
    """
    by_ending = FORMATS["parquet"] if name.lower().endswith(".parquet") else format_by_ending(name)
    if by_ending is not None and (
        by_ending.checks_content or (not read_options.format and by_ending.name == "text" and ending_of(name))
    ):
        return by_ending.name, ""
    with opened(name) as stream:
        form, stream = format_of(name, stream, read_options)
        source = open_as_utf8(stream, name, read_options.encoding) if form.name == "json-lines" else None
        return form.name, source.codec if source else ""


def _text_part(number: int, files: Sequence[tuple[str, str]], size: int) -> InputPart:
    names, relatives = zip(*files, strict=True)
    return InputPart(number, "text", names, relatives, 0, 0, 1, size)


def _find_files(paths: Sequence[str], walk_options: WalkOptions) -> Iterator[tuple[str, str] | InputError | Passed]:
    """Yield the files that paths name, each with its path below the folder it was found in, or the error."""
    suffixes = (".jsonl", ".ndjson", ".parquet", ".txt", ".text")
    for path in paths:
        if is_remote(path):
            system = filesystem(path)
            names = sorted(system.glob(path)) if any(char in path for char in _GLOB_CHARACTERS) else [path]
            if not names:
                yield InputError(path, "no file has such a name; check the pattern")
            for name in names:
                full = name if is_remote(name) else system.unstrip_protocol(name)
                yield full, full.rsplit("/", 1)[1]
            continue
        names = [path]
        if any(char in path for char in _GLOB_CHARACTERS) and not os.path.exists(path):
            names = sorted(glob.glob(path, recursive=True))
            if not names:
                yield InputError(path, "no file has such a name; check the pattern")
        for source in sources(names, suffixes, walk_options):
            if isinstance(source, Source):
                yield source.name, source.relative
            else:
                yield source


def _line_ranges(name: str, length: int) -> Iterator[tuple[int, int, int]]:
    """Yield ranges of bytes of a JSON lines file, cut between lines: start, stop, number of the first line."""
    start, line = 0, 1
    with opened(name) as stream:
        while start < length:
            lines = 0
            rest = PART_BYTES
            while rest > 0 and (block := stream.read(min(_BLOCK_BYTES, rest))):
                lines += block.count(b"\n")
                rest -= len(block)
            tail, ended = skip_line(stream)
            lines += ended
            stop = min(length, start + PART_BYTES - rest + tail)
            yield start, stop, line
            start, line = stop, line + lines
