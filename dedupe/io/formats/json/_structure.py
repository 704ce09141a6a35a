"""Where values begin and end in a JSON text that comes in pieces."""

from __future__ import annotations

import numpy as np

QUOTE = 2
_STEPS = np.zeros(256, np.int8)
_STEPS[[ord("["), ord("{")]] = 1
_STEPS[[ord("]"), ord("}")]] = -1
_STEPS[ord('"')] = QUOTE


class Structure:
    """The brackets of a text that are in no string, counted; takes a few passes over the bytes, whatever they are.

    `inside`: whether the text so far ends in a string.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.inside = False
        self._escaping = False

    def edges(self, piece: bytes, depth: int) -> list[tuple[int, int]]:
        """Return the brackets of the next piece of the text that begin or end a value at this depth, or what holds it.

        Of each, its place in the piece, and how deep it is behind it.
        """
        signs = np.frombuffer(self._unescaped(piece), np.uint8)
        places = np.flatnonzero(_STEPS[signs])
        steps = _STEPS[signs[places]]
        quotes = steps == QUOTE
        inside = (np.cumsum(quotes) + self.inside) & 1
        if len(inside):
            self.inside = bool(inside[-1])
        outside = (inside == 0) & ~quotes
        places, steps = places[outside], steps[outside]
        depths = self.depth + np.cumsum(steps, dtype=np.int64)
        if len(depths):
            self.depth = int(depths[-1])
        chosen = (depths == depth) & (steps < 0) | (depths == depth + 1) & (steps > 0) | (depths < depth)
        return list(zip(places[chosen].tolist(), depths[chosen].tolist(), strict=True))

    def _unescaped(self, piece: bytes) -> bytes:
        """Return a piece with other characters in the place of those that are escaped, as far as that matters here."""
        if self._escaping:
            piece = b"x" + piece[1:]
        if b"\\" in piece:
            piece = piece.replace(rb"\\", b"xx").replace(rb"\"", b"xx")
        self._escaping = piece.endswith(b"\\")
        return piece
