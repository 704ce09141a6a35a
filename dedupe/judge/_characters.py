"""What a character is to the form of a paragraph: capital, figure, stop, quotation mark, bracket, bullet, ..."""

from __future__ import annotations

import unicodedata

import numpy as np

from dedupe._arrays import U8, U16, U32
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
_TABLE = (
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

_PAGE_BITS = 8
_classes = np.zeros(0x110000, np.uint16)


def _describe(character: str) -> int:
    kind = FILLED
    category = unicodedata.category(character)
    if category in ("Lu", "Lt"):
        kind |= CAPITAL
    if is_numeral(character):
        kind |= FIGURE
    if character.isspace():
        kind |= SPACE
    if "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff":
        kind |= HANGUL
    for characters, bit in _TABLE:
        if character in characters:
            kind |= bit
    return kind


def _fill(page: int) -> None:
    first = page << _PAGE_BITS
    _classes[first : first + (1 << _PAGE_BITS)] = [
        _describe(chr(code)) for code in range(first, first + (1 << _PAGE_BITS))
    ]


def forms(codes: U8 | U32) -> U16:
    """Return the class bits of code points (any length).

    The table is filled a page of 256 code points at a time; it is a pure function of Unicode, so no result depends on
    what was seen before.
    """
    classes = _classes.take(codes)
    if not classes.all():
        for page in np.bincount(codes[classes == 0] >> _PAGE_BITS).nonzero()[0].tolist():
            _fill(page)
        classes = _classes.take(codes)
    return classes
