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
from functools import lru_cache

import numpy as np

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
    paragraphs, lines, offsets = _columns(data, where)
    columns = zip(paragraphs, lines[0::2], lines[1::2], offsets[0::2], offsets[1::2], strict=True)
    return tuple(
        Occurrence(packed >> 1, first, last, start, end, bool(packed & 1))
        for packed, first, last, start, end in columns
    )


def packed_paragraphs(data: bytes, where: str) -> list[int]:
    """Return the paragraphs of the occurrences that `pack` wrote, in order."""
    return [packed >> 1 for packed in _columns(data, where)[0]]


def occurrences_of(
    owners: Mapping[int, Sequence[int]], documents: Mapping[int, tuple[StoredDocument, bytes]], where: str
) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
    """Return the occurrences of paragraphs in their owners; `documents`: by number, with packed occurrences."""
    by_paragraph = {owner: _by_paragraph(data, where) for owner, (_, data) in documents.items()}
    return {
        paragraph: [
            (documents[owner][0], Occurrence(paragraph, *by_paragraph[owner][paragraph]))
            for owner in numbers
            if owner in documents and paragraph in by_paragraph[owner]
        ]
        for paragraph, numbers in owners.items()
    }


@lru_cache(maxsize=4096)  # a pure function: articles share boilerplate, which is on the same 256 documents each time
def _by_paragraph(data: bytes, where: str) -> Mapping[int, tuple[int, int, int, int, bool]]:
    """Return lines, offsets and `stays` of each paragraph, where it first stays, else where it first is."""
    paragraphs, lines, offsets = _columns(data, where)
    places = zip(lines[0::2], lines[1::2], offsets[0::2], offsets[1::2], strict=True)
    rows = list(zip(paragraphs, places, strict=True))[::-1]  # the first of equal paragraphs comes last, and counts
    found = {packed >> 1: (*place, False) for packed, place in rows if not packed & 1}
    found |= {packed >> 1: (*place, True) for packed, place in rows if packed & 1}
    return found


def _differences(values: Sequence[int]) -> list[int]:
    """Return each value without the one before."""
    return [value - before for value, before in zip(values, (0, *values), strict=False)]


def _column(values: Iterable[int], width: int) -> bytes:
    """Return numbers, modulo their width, as their lowest bytes, then the next ones."""
    mask = (1 << 8 * width) - 1
    numbers = [value & mask for value in values]
    data = struct.pack(f"<{len(numbers)}{_TYPES[width]}", *numbers)
    return b"".join(data[byte::width] for byte in range(width))


def _columns(data: bytes, where: str) -> tuple[list[int], list[int], list[int]]:
    """Return the paragraphs, with the bit of `stays`, the lines and the offsets of packed occurrences."""
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
    count = len(body) // (wide + 4 * narrow)
    if not count:
        return [], [], []
    (paragraphs,) = _values(body[: count * wide], (1, 1, count), wide)
    lines, offsets = _values(body[count * wide :], (2, 2, count), narrow)
    return paragraphs, lines, offsets


def _values(data: bytes, shape: tuple[int, int, int], width: int) -> list[list[int]]:
    """Return values from columns of differences, of shape (series, columns of each, numbers of each column).

    The columns of a series take turns.
    """
    planes = np.frombuffer(data, np.uint8).reshape(*shape[:2], width, shape[2])
    steps = np.ascontiguousarray(planes.transpose(0, 3, 1, 2)).view(f"<u{width}").reshape(shape[0], -1)
    sums = np.cumsum(steps, axis=1, dtype=np.uint64) & np.uint64((1 << 8 * width) - 1)
    values: list[list[int]] = sums.tolist()
    return values
