"""Find where values begin and end in a JSON text that is read in pieces."""

from __future__ import annotations

import numpy as np

QUOTE_CODE = 2
_STEP_OF = np.zeros(256, np.int8)
_STEP_OF[[ord("["), ord("{")]] = 1
_STEP_OF[[ord("]"), ord("}")]] = -1
_STEP_OF[ord('"')] = QUOTE_CODE


class Structure:
    """The depth of a text, from its brackets outside strings, in a few passes over any bytes.

    `in_string`: whether the text so far ends inside a string.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.in_string = False
        self._escaping = False

    def edges(self, piece: bytes, depth: int) -> list[tuple[int, int]]:
        """Return the brackets in the next piece that begin or end a value at this depth, or its container.

        Each is a position in the piece and the depth behind it.
        """
        signs = np.frombuffer(self._unescaped(piece), np.uint8)
        positions = np.flatnonzero(_STEP_OF[signs])
        steps = _STEP_OF[signs[positions]]
        quotes = steps == QUOTE_CODE
        string_mask = (np.cumsum(quotes) + self.in_string) & 1
        if len(string_mask):
            self.in_string = bool(string_mask[-1])
        outside = (string_mask == 0) & ~quotes
        positions, steps = positions[outside], steps[outside]
        depths = self.depth + np.cumsum(steps, dtype=np.int64)
        if len(depths):
            self.depth = int(depths[-1])
        chosen = (depths == depth) & (steps < 0) | (depths == depth + 1) & (steps > 0) | (depths < depth)
        return list(zip(positions[chosen].tolist(), depths[chosen].tolist(), strict=True))

    def _unescaped(self, piece: bytes) -> bytes:
        """Return a piece with its escaped quotation marks and backslashes replaced, at the same length."""
        if self._escaping:
            piece = b"x" + piece[1:]
        if b"\\" in piece:
            piece = piece.replace(rb"\\", b"xx").replace(rb"\"", b"xx")
        self._escaping = piece.endswith(b"\\")
        return piece
