"""How a document is written down: its places as numbers, with nothing that could be executed when read."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from dedupe.errors import InputError
from dedupe.index.protocol import Occurrence

_WIDTHS = {b"s": ("I", "H", 4, 2), b"l": ("Q", "Q", 8, 8)}
"""Letters for the types of the rows and of the other four numbers of a place, and the bytes of one."""


def packed(places: Sequence[Occurrence]) -> bytes:
    """Return places as bytes: a letter for the widths, the rows (with the bit of `stays`), then lines and offsets."""
    rows = [place.row << 1 | place.stays for place in places]
    numbers = [number for place in places for number in (place.first_line, place.last_line, place.start, place.end)]
    short = max(rows, default=0) < 1 << 32 and max(numbers, default=0) < 1 << 16
    letter = b"s" if short else b"l"
    wide, narrow = _WIDTHS[letter][:2]
    return letter + struct.pack(f"<{len(rows)}{wide}{len(numbers)}{narrow}", *rows, *numbers)


def unpacked(data: bytes, where: str) -> tuple[Occurrence, ...]:
    """Return the places that `packed` wrote; raise `InputError` for anything else."""
    count, (wide, narrow, _, _) = _counted(data, where)
    values = struct.unpack_from(f"<{count}{wide}{4 * count}{narrow}", data, 1)
    rows, numbers = values[:count], values[count:]
    columns = zip(rows, numbers[0::4], numbers[1::4], numbers[2::4], numbers[3::4], strict=True)
    return tuple(
        Occurrence(row >> 1, first, last, start, end, bool(row & 1)) for row, first, last, start, end in columns
    )


def place_of(data: bytes, row: int, where: str) -> Occurrence | None:
    """Return the place of a row among those that `packed` wrote, None if it is not there."""
    count, (wide, narrow, width, size) = _counted(data, where)
    rows = struct.unpack_from(f"<{count}{wide}", data, 1)
    for one in (row << 1 | 1, row << 1):
        if one in rows:
            at = 1 + count * width + rows.index(one) * 4 * size
            first, last, start, end = struct.unpack_from(f"<4{narrow}", data, at)
            return Occurrence(row, first, last, start, end, bool(one & 1))
    return None


def _counted(data: bytes, where: str) -> tuple[int, tuple[str, str, int, int]]:
    """Return how many places there are, and their widths."""
    widths = _WIDTHS.get(data[:1])
    size = widths[2] + 4 * widths[3] if widths else 1
    if widths is None or (len(data) - 1) % size:
        raise InputError(where, "is damaged: a document in it cannot be read; restore a backup")
    return (len(data) - 1) // size, widths
