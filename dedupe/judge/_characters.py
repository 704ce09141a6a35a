"""What a character is to the form of a paragraph: capital, figure, stop, quotation mark, bracket, bullet, ..."""

from __future__ import annotations

import unicodedata

import numpy as np

from dedupe._arrays import U8, U16, U32
from dedupe.text.character_table import CharacterTable
from dedupe.text.tokens import is_numeral

CAPITAL, FIGURE, SPACE, CLOSER, STOP, QUESTION, QUOTE, UNQUOTE, OPEN, CLOSE, COLON, BULLET, HANGUL, FILLED = (
    1 << bit for bit in range(14)
)
"""Bits of a character's class. `CLOSER`: may stand behind the stop of a sentence. `FILLED`: its page is filled."""

_CLOSERS = "\"'”’»›“)]）}」』】〉》*_"
_STOPS = ".!?。！？…؟۔।॥።։៕"
_QUESTIONS = "?？؟;՞፧"
_QUOTES = "\"'“”„«»‘’‹›「『"
_UNQUOTES = "\"'”’»›“‘«‹」』"
_OPEN = "([{（［【"
_CLOSE = ")]}）］】"
_COLONS = ":："
_BULLETS = "-–—*•·●○◦▪▫■□►▶➤‣⁃+>"
_SIGNS = (
    (_CLOSERS, CLOSER),
    (_STOPS, STOP),
    (_QUESTIONS, QUESTION),
    (_QUOTES, QUOTE),
    (_UNQUOTES, UNQUOTE),
    (_OPEN, OPEN),
    (_CLOSE, CLOSE),
    (_COLONS, COLON),
    (_BULLETS, BULLET),
)


def _describe(character: str) -> tuple[int]:
    kind = 0
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        kind |= CAPITAL
    if is_numeral(character):
        kind |= FIGURE
    if character.isspace():
        kind |= SPACE
    if "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff":
        kind |= HANGUL
    for characters, bit in _SIGNS:
        if character in characters:
            kind |= bit
    return (kind,)


_TABLE = CharacterTable(_describe, FILLED, np.uint16)


def forms(codes: U8 | U32) -> U16:
    """Return the class bits of code points (any length)."""
    classes: U16 = _TABLE.classes(codes)
    return classes
