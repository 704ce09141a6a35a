"""Cut the files of a corpus into parts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from dedupe.corpus._parquet import row_groups
from dedupe.corpus._parts import BATCH_BYTES, InputPart, opened
from dedupe.errors import InputError
from dedupe.io.compression import compression_of

PART_BYTES = 128 << 20
"""Bytes of input in a part: the work of one process, and what a killed run has to repeat."""

SMALLEST_PART_BYTES, LEAST_PARTS = 4 << 20, 64
"""Bytes of a part for many workers at least, and the number of such parts at least, if these are larger."""


def shared_part_bytes(parts: Sequence[InputPart]) -> int:
    """Return the bytes of a part of which there are enough for many workers, whatever they are."""
    return min(PART_BYTES, max(SMALLEST_PART_BYTES, sum(part.size for part in parts) // LEAST_PARTS))


def cut(parts: Sequence[InputPart], size: int) -> list[InputPart]:
    """Cut parts of whole files into parts of about this size, numbered from 0, without reading them.

    JSON lines are cut between lines, and parts of several texts between these. The number of the first line is 2 for
    all but the first piece, until lines are counted. Parquet is cut between row groups, always to the size for many
    workers: a stretch that cannot be read is left out, and both engines leave out the same. Files of lines that are
    compressed or not UTF-8 stay whole.
    """
    cut_parts: list[InputPart] = []
    shared_size = shared_part_bytes(parts)
    for part in parts:
        pieces = [part]
        if part.size > size and part.format == "text":
            count = -(-len(part.names) * size // part.size) or 1
            pieces = [
                replace(part, names=part.names[at : at + count], relatives=part.relatives[at : at + count], size=0)
                for at in range(0, len(part.names), count)
            ]
            pieces[0] = replace(pieces[0], size=part.size)
        elif part.size > size and part.format == "json-lines" and _is_divisible(part.names[0], part.codec):
            edges = _edges(part.names[0], part.size, size)
            pieces = [
                replace(part, start=start, stop=stop, line=2 if start else 1, size=stop - start)
                for start, stop in itertools.pairwise(edges)
            ]
        elif part.size > shared_size and part.format == "parquet":
            pieces = _row_group_parts(part, shared_size)
        cut_parts += [replace(piece, number=len(cut_parts) + at) for at, piece in enumerate(pieces)]
    return cut_parts


def _row_group_parts(part: InputPart, size: int) -> list[InputPart]:
    """Return the stretches of the row groups of a Parquet file of about this size; the whole part if it is broken."""
    try:
        groups = row_groups(part)
    except InputError:  # it is reported when the part is read
        return [part]
    total = sum(group.size for group in groups) or 1
    pieces: list[InputPart] = []
    start = done = row = 0
    end, line = 0, 1
    for number, group in enumerate(groups, 1):
        done += group.size
        row += group.rows
        reached = part.size if number == len(groups) else part.size * done // total
        if reached - end >= size or number == len(groups):
            pieces.append(replace(part, start=start, stop=number, line=line, size=reached - end))
            start, end, line = number, reached, row + 1
    return pieces if len(pieces) > 1 else [part]


def _is_divisible(name: str, codec: str) -> bool:
    """Return whether a file of JSON lines can be read from the middle."""
    return not codec and compression_of(name) is None


def _edges(name: str, length: int, size: int) -> list[int]:
    """Return the offsets at which a file of lines is cut, including 0 and its length."""
    edges = [0]
    with opened(name) as stream:
        while edges[-1] + size < length:
            stream.seek(edges[-1] + size)
            _skip_line(stream)
            edges.append(stream.tell())
    return [edge for edge in edges if edge < length] + [length]


def _skip_line(stream: BinaryIO) -> None:
    """Read to the next line end."""
    while (piece := stream.readline(BATCH_BYTES)) and not piece.endswith(b"\n"):
        pass


def count_lines(part: InputPart) -> int:
    """Return the number of line ends in a part."""
    count, remaining = 0, part.stop - part.start
    with opened(part.names[0]) as stream:
        stream.seek(part.start)
        while remaining > 0 and (block := stream.read(min(BATCH_BYTES, remaining))):
            count += block.count(b"\n")
            remaining -= len(block)
    return count


def with_first_lines(parts: Sequence[InputPart], line_counts: Mapping[int, int]) -> list[InputPart]:
    """Return the parts with the numbers of their first lines in their files.

    `line_counts`: the line ends of each part that is a stretch of lines, by its number.
    """
    numbered: list[InputPart] = []
    for _, pieces in itertools.groupby(parts, key=lambda part: part.names):
        line = 1
        for part in pieces:
            numbered.append(replace(part, line=line) if part.is_piece_of_lines else part)
            line += line_counts.get(part.number, 0)
    return numbered
