"""Classes of characters that shape a paragraph: capitals, figures, stops, quotation marks, brackets, bullets."""

from __future__ import annotations

import unicodedata

import numpy as np

from dedupe._arrays import U8, U16, U32, Ints
from dedupe.text.character_table import CharacterTable
from dedupe.text.tokens import is_numeral

CAPITAL, FIGURE, SPACE, CLOSER, STOP, QUESTION, QUOTE, OPEN, COLON, BULLET, HANGUL, KNOWN = (
    1 << bit for bit in range(12)
)
"""Bits of the classes of a character. `CLOSER`: may stand behind the stop of a sentence. `KNOWN`: set for all."""

CLOSERS = "\"'”’»›“)]）}」』】〉》*_"
STOPS = ".!?。！？…؟۔।॥።։៕"
"""Marks that end a sentence."""
QUOTES = "\"'“”„«»‘’‹›「『"
_CLASSES = {
    CLOSER: CLOSERS,
    STOP: STOPS,
    QUESTION: "?？؟;՞፧",
    QUOTE: QUOTES,
    OPEN: "([{（［【",
    COLON: ":：",
    BULLET: "-–—*•·●○◦▪▫■□►▶➤‣⁃+>",
}

_MOST_BLANK_STEPS = 64
"""Most blanks in a row that are passed over one by one."""


def _bits_of(character: str) -> tuple[int]:
    bits = sum(bit for bit, characters in _CLASSES.items() if character in characters)
    if unicodedata.category(character) in ("Lu", "Lt"):
        bits |= CAPITAL
    if is_numeral(character):
        bits |= FIGURE
    if character.isspace():
        bits |= SPACE
    if "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff":
        bits |= HANGUL
    return (bits,)


_TABLE = CharacterTable(_bits_of, KNOWN, np.uint16)


def class_bits(codes: U8 | U32) -> U16:
    """Return the class bits of code points, uint16, of the same shape."""
    classes: U16 = _TABLE.classes(codes)
    return classes


def without_blanks(codes: U8 | U32, at: Ints, end: Ints, step: int) -> Ints:
    """Return the first position that is not blank from each one up to an end, forward (step 1) or back (-1)."""
    at = at.copy()
    remaining = (at != end).nonzero()[0]
    for _ in range(_MOST_BLANK_STEPS):
        remaining = remaining[(class_bits(codes[at[remaining]]) & SPACE) > 0]
        if not len(remaining):
            return at
        at[remaining] += step
        remaining = remaining[at[remaining] != end[remaining]]
    visible = ((class_bits(codes) & SPACE) == 0).nonzero()[0]  # rare
    found = visible.searchsorted(at[remaining], "left" if step > 0 else "right") - (step < 0)
    stops = np.append(visible, [len(codes), -1])[np.where(found < 0, -1, found)]
    at[remaining] = np.minimum(stops, end[remaining]) if step > 0 else np.maximum(stops, end[remaining])
    return at
