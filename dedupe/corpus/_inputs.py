"""Find the files of a corpus and cut them into parts."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence

from dedupe.corpus._cutting import PART_BYTES, count_lines, cut, with_first_lines
from dedupe.corpus._parts import InputPart, filesystem, is_remote, opened
from dedupe.errors import InputError
from dedupe.io.files import Source, unreadable
from dedupe.io.formats import FORMATS, ReadOptions, ending_of, format_by_ending, format_of
from dedupe.io.formats.transcoding import open_as_utf8
from dedupe.io.walking import Passed, WalkOptions, sources

FORMAT_NAMES = ("json-lines", "parquet", "text")
"""The formats that a corpus can be read from."""

_READ_FROM = (
    f"a corpus is read from {', '.join(FORMAT_NAMES)}; convert to one of these, or use clean --scope corpus, "
    "which reads all formats and holds them in memory"
)

_GLOB_CHARACTERS = "*?["


def parts_of(
    paths: Sequence[str],
    read_options: ReadOptions,
    complain: Callable[[InputError], None],
    walk_options: WalkOptions,
    note: Callable[[str], None] = lambda _: None,
) -> list[InputPart]:
    """Return the parts of all files that paths, directories and patterns name, in order: whole files.

    `complain` is called with each error, `note` with a sentence about what is skipped.
    """
    parts: list[InputPart] = []
    texts: list[tuple[str, str]] = []
    texts_size = 0
    for name, relative in _new_files(paths, walk_options, complain, note):
        try:
            format_name, codec = _format_and_codec(name, read_options)
            if format_name not in FORMAT_NAMES:
                raise InputError(name, f"is of the format {format_name}; {_READ_FROM}")
            length = filesystem(name).size(name) if is_remote(name) else os.stat(name).st_size
        except InputError as error:
            complain(error)
            continue
        except OSError as error:
            complain(unreadable(name, error))
            continue
        if format_name == "text":
            if texts and texts_size + length > PART_BYTES:
                parts.append(_text_part(len(parts), texts, texts_size))
                texts, texts_size = [], 0
            texts.append((name, relative))
            texts_size += length
        else:
            parts.append(InputPart(len(parts), format_name, (name,), (relative,), 0, 0, 1, length, codec))
    return [*parts, _text_part(len(parts), texts, texts_size)] if texts else parts


def pieces_of(parts: Sequence[InputPart]) -> list[InputPart]:
    """Return parts of whole files in pieces for one process each, with the numbers of their first lines."""
    pieces = cut(parts, PART_BYTES)
    return with_first_lines(pieces, {piece.number: count_lines(piece) for piece in pieces if piece.is_piece_of_lines})


def _new_files(
    paths: Sequence[str],
    walk_options: WalkOptions,
    complain: Callable[[InputError], None],
    note: Callable[[str], None],
) -> Iterator[tuple[str, str]]:
    """Yield each file that paths name once, with its path below the folder it was found in."""
    seen: set[str] = set()
    for source in _find_files(paths, walk_options):
        if isinstance(source, InputError):
            complain(source)
        elif isinstance(source, Passed):
            note(f"{source.problem}; {_READ_FROM}" if source.by_ending else source.sentence)
        elif (identity := source[0] if is_remote(source[0]) else os.path.realpath(source[0])) not in seen:
            seen.add(identity)
            yield source


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
