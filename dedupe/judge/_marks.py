"""Positions of the marks that features count in a text: characters of code, at signs, and colons."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import U8, U32, Ints

CODE, AT, COLON = 1, 2, 4
"""Bits of the kinds of marks: the characters that code is made of, at signs, and colons."""

_WIDE_COLON = 0xFF1A
_KINDS = bytes(
    CODE if chr(code) in "{};=<>()[]_\\$#/`&*" else AT if chr(code) == "@" else COLON if chr(code) == ":" else 0
    for code in range(256)
)
"""Translates a byte into the bit of its kind, or 0."""


class Marks:
    """The marks of a text. `positions`: int64, ascending. `kinds`: uint8, the bit of each."""

    def __init__(self, characters: U8 | U32) -> None:
        codes = characters.astype(np.uint8)
        if characters.dtype != np.uint8:
            wide = (characters > 255).nonzero()[0]
            codes[wide] = np.where(characters[wide] == _WIDE_COLON, ord(":"), 255)
        kinds = np.frombuffer(codes.tobytes().translate(_KINDS), np.uint8)
        self.positions: Ints = (kinds > 0).nonzero()[0]  # of numbers it would take ten times as long
        self.kinds: U8 = kinds[self.positions]

    def of_kind(self, kind: int) -> Ints:
        """Return the positions of the marks of a kind."""
        found: Ints = self.positions[(self.kinds & kind) > 0]
        return found

    def count(self, kind: int, begins: Ints, ends: Ints) -> Ints:
        """Return the number of marks of a kind in each range of positions."""
        positions = self.of_kind(kind)
        found: Ints = positions.searchsorted(ends) - positions.searchsorted(begins)
        return found
