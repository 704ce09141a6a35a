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


@lru_cache(maxsize=1024)  # a pure function: articles share boilerplate, which is on the same 256 documents each time
def _by_paragraph(data: bytes, where: str) -> Mapping[int, tuple[int, int, int, int, bool]]:
    """Return lines, offsets and `stays` of each paragraph, where it first stays, else where it first is."""
    paragraphs, lines, offsets = _columns(data, where)
    rows = zip(paragraphs, lines[0::2], lines[1::2], offsets[0::2], offsets[1::2], strict=True)
    found: dict[int, tuple[int, int, int, int, bool]] = {}
    for packed, *numbers in sorted(rows, key=lambda row: -(row[0] & 1)):
        found.setdefault(packed >> 1, (*numbers, bool(packed & 1)))
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
    paragraphs = _numbers(body[: count * wide], wide)
    size = max(1, count * narrow)
    columns = [_numbers(body[at : at + size], narrow) for at in range(count * wide, len(body), size)]
    lines, offsets = (
        [step for pair in zip(columns[side], columns[side + 1], strict=True) for step in pair] if count else []
        for side in (0, 2)
    )
    return _sums(paragraphs, wide), _sums(lines, narrow), _sums(offsets, narrow)


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
