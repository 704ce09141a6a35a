"""Binary form of the occurrences of a document: plain numbers, so that nothing is executed when it is read.

A letter tells the width of the numbers. Then come columns of differences: of paragraphs (with the bit of `stays`), of
first lines from the last line before, of last lines from the first, of starts from the end before, of ends from the
start. Each byte of a number is a column of its own, so that they deflate well. They are deflated, under a capital
letter, if that makes them fewer bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from dedupe.errors import InputError
from dedupe.index.protocol import Occurrence, StoredDocument

_WIDTHS = {b"s": (4, 2), b"l": (8, 8)}
"""Bytes of the paragraph and of each of the other four numbers of an occurrence."""

_TYPES = {2: "H", 4: "I", 8: "Q"}

_MOST_BYTES = 1 << 30
"""Bytes that are inflated at most: what claims to be more is damaged."""


def pack(occurrences: Sequence[Occurrence]) -> bytes:
    """Return occurrences as bytes."""
    paragraphs = [one.paragraph << 1 | one.stays for one in occurrences]
    lines = [number for one in occurrences for number in (one.first_line, one.last_line)]
    offsets = [number for one in occurrences for number in (one.start, one.end)]
    small = max(paragraphs, default=0) < 1 << 32 and max((*lines, *offsets), default=0) < 1 << 16
    letter = b"s" if small else b"l"
    wide, narrow = _WIDTHS[letter]
    steps, line_steps, offset_steps = (_differences(values) for values in (paragraphs, lines, offsets))
    body = _column(steps, wide) + b"".join(
        _column(values[side::2], narrow) for values in (line_steps, offset_steps) for side in (0, 1)
    )
    deflated = zlib.compress(body, 9)
    return letter.upper() + deflated if len(deflated) < len(body) else letter + body


def unpack(data: bytes, where: str) -> tuple[Occurrence, ...]:
    """Return the occurrences that `pack` wrote; raise `InputError` for anything else."""
    body = _inflated(data, where)
    lines, offsets = _pairs(body, 0), _pairs(body, 2)
    columns = zip(_paragraphs(body), lines[0::2], lines[1::2], offsets[0::2], offsets[1::2], strict=True)
    return tuple(
        Occurrence(packed >> 1, first, last, start, end, bool(packed & 1))
        for packed, first, last, start, end in columns
    )


def packed_paragraphs(data: bytes, where: str) -> list[int]:
    """Return the paragraphs of the occurrences that `pack` wrote, in order."""
    return [packed >> 1 for packed in _paragraphs(_inflated(data, where))]


def occurrences_of(
    owners: Mapping[int, Sequence[int]], documents: Mapping[int, tuple[StoredDocument, bytes]], where: str
) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
    """Return the occurrences of paragraphs in their owners; `documents`: by number, with packed occurrences."""
    bodies = {owner: _inflated(data, where) for owner, (_, data) in documents.items()}
    paragraphs = {owner: _paragraphs(body) for owner, body in bodies.items()}
    return {
        paragraph: [
            (documents[owner][0], occurrence)
            for owner in numbers
            if owner in documents
            and (occurrence := _occurrence(bodies[owner], paragraphs[owner], paragraph)) is not None
        ]
        for paragraph, numbers in owners.items()
    }


@dataclass(frozen=True, slots=True)
class _Body:
    """The columns of packed occurrences, and the bytes of the numbers in them."""

    data: bytes
    count: int
    wide: int
    narrow: int


def _occurrence(body: _Body, paragraphs: Sequence[int], paragraph: int) -> Occurrence | None:
    """Return the occurrence of one paragraph, the first that stays, None if there is none."""
    for packed in (paragraph << 1 | 1, paragraph << 1):
        if packed in paragraphs:
            at = paragraphs.index(packed)
            first, start = (_sum(body, column, at + 1) + _sum(body, column + 1, at) for column in (0, 2))
            last, end = (_sum(body, column, at + 1) + _sum(body, column + 1, at + 1) for column in (0, 2))
            mask = (1 << 8 * body.narrow) - 1
            return Occurrence(paragraph, first & mask, last & mask, start & mask, end & mask, bool(packed & 1))
    return None


def _sum(body: _Body, column: int, end: int) -> int:
    """Return the sum of the first differences of one of the four narrow columns; `end`: how many of them."""
    first = body.count * (body.wide + column * body.narrow)
    planes = range(first, first + body.count * body.narrow, body.count)
    return sum(sum(body.data[plane : plane + end]) << 8 * byte for byte, plane in enumerate(planes))


def _differences(values: Sequence[int]) -> list[int]:
    """Return each value without the one before."""
    return [value - before for value, before in zip(values, (0, *values), strict=False)]


def _column(values: Iterable[int], width: int) -> bytes:
    """Return numbers, modulo their width, as their lowest bytes, then the next ones."""
    mask = (1 << 8 * width) - 1
    numbers = [value & mask for value in values]
    data = struct.pack(f"<{len(numbers)}{_TYPES[width]}", *numbers)
    return b"".join(data[byte::width] for byte in range(width))


def _inflated(data: bytes, where: str) -> _Body:
    """Return the columns of packed occurrences; raise `InputError` for what `pack` did not write."""
    letter, body = data[:1], data[1:]
    wide, narrow = _WIDTHS.get(letter.lower(), (0, 0))
    try:
        if letter.isupper():
            inflating = zlib.decompressobj()
            body = inflating.decompress(body, _MOST_BYTES)
            wide = wide if inflating.eof else 0
    except zlib.error:
        wide = 0
    if not wide or len(body) % (wide + 4 * narrow):
        raise InputError(where, "is damaged: a document in it cannot be read; restore a backup")
    return _Body(body, len(body) // (wide + 4 * narrow), wide, narrow)


def _paragraphs(body: _Body) -> list[int]:
    """Return the paragraphs, with the bit of `stays`, of packed occurrences."""
    return _sums(_numbers(body.data[: body.count * body.wide], body.wide), body.wide)


def _pairs(body: _Body, column: int) -> list[int]:
    """Return the values of two narrow columns, which take turns: first and last lines, or starts and ends."""
    size = body.count * body.narrow
    first = body.count * body.wide + column * size
    steps = [0] * (2 * body.count)
    for side in (0, 1):
        at = first + side * size
        steps[side::2] = _numbers(body.data[at : at + size], body.narrow)
    return _sums(steps, body.narrow)


def _numbers(data: bytes, width: int) -> tuple[int, ...]:
    """Return the numbers that `_column` wrote."""
    count = len(data) // width
    mixed = bytearray(len(data))
    for byte in range(width):
        mixed[byte::width] = data[byte * count : (byte + 1) * count]
    return struct.unpack(f"<{count}{_TYPES[width]}", mixed)


def _sums(differences: Iterable[int], width: int) -> list[int]:
    """Return the values whose differences these are, modulo their width."""
    mask = (1 << 8 * width) - 1
    return [total & mask for total in accumulate(differences)]
