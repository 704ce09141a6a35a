"""How a document is written down: its places as small numbers, with nothing that could be executed when read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.errors import InputError
from dedupe.store.protocol import Place

_SHORT, _LONG = b"s", b"l"


def packed(places: Sequence[Place]) -> bytes:
    """Return places as bytes: a letter for the width, the rows, then four numbers each, as differences."""
    table = np.array([(one.first_line, one.last_line, one.start, one.end) for one in places], np.int64).reshape(-1, 4)
    rows = np.array([one.row << 1 | one.stays for one in places], "<u8").astype("<u8")
    numbers = np.empty_like(table)
    numbers[:, 0] = np.diff(table[:, 0], prepend=0)
    numbers[:, 1] = table[:, 1] - table[:, 0]
    numbers[:, 2] = np.diff(table[:, 2], prepend=0)
    numbers[:, 3] = table[:, 3] - table[:, 2]
    short = not len(table) or (numbers.min() >= 0 and numbers.max() < 1 << 16)
    small = not len(table) or int(rows.max()) < 1 << 32
    width = _SHORT if short and small else _LONG
    kinds = ("<u4", "<u2") if width == _SHORT else ("<u8", "<i8")
    return width + rows.astype(kinds[0]).tobytes() + numbers.astype(kinds[1]).tobytes()


def unpacked(data: bytes, where: str) -> tuple[Place, ...]:
    """Return the places that `packed` wrote; raise `InputError` for anything else."""
    kinds = {_SHORT: ("<u4", "<u2", 12), _LONG: ("<u8", "<i8", 40)}.get(data[:1])
    if kinds is None or (len(data) - 1) % kinds[2]:
        raise InputError(where, "is damaged: a document in it cannot be read; restore a backup")
    count = (len(data) - 1) // kinds[2]
    rows = np.frombuffer(data, kinds[0], count, 1)
    numbers = np.frombuffer(data, kinds[1], offset=1 + rows.nbytes).reshape(count, 4).astype(np.int64)
    first, start = np.cumsum(numbers[:, 0]), np.cumsum(numbers[:, 2])
    columns = (rows.tolist(), first.tolist(), (first + numbers[:, 1]).tolist(), start.tolist())
    ends = (start + numbers[:, 3]).tolist()
    return tuple(
        Place(row >> 1, one, other, begin, end, bool(row & 1))
        for row, one, other, begin, end in zip(*columns, ends, strict=True)
    )
