"""Texts as the front end reads them: a byte a character, folded, and where the words and lines of it are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U8, U32, Bools, Ints, Places
from dedupe.text.tokens import (
    COMPLEX,
    DOUBLE,
    DROPPED,
    MARK,
    SINGLE,
    WORD,
    bits_of,
    character_classes,
    code_points,
    folded_characters,
    odd_places,
    written_out,
)

OTHER = 0x7F
"""The byte that stands for a word character outside ASCII."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Texts a byte a character, a space before them and nine behind: every word has edges, no load runs out.

    `folded`: uint8, a letter or digit of a word as it is folded, `OTHER` for one outside ASCII, else anything.
    `word`: bool, of the same length, the characters of words. `lines`: the places of the line ends. `documents`: the
    first line of each text, shape (texts + 1,). `others`, `codes`: places and folded code points (uint32) of the word
    characters outside ASCII. `single`: bool, of the length of `folded`, the characters that are words by themselves, or
    None. `complex`: numbers of texts that must be simplified before any of this is right. `characters`: code points,
    without the space before.
    """

    folded: U8
    word: Bools
    lines: Places
    documents: Ints
    others: Places
    codes: U32
    single: Bools | None
    complex: Ints
    characters: U8 | U32


def letters_of(text: str, texts: Sequence[str]) -> Letters:
    """Fold texts, given joined by line feeds and one by one, and find their words' characters and their lines."""
    codes = np.frombuffer(text.encode("ascii"), np.uint8) if text.isascii() else code_points(text)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1) - 1  # the line ends behind the texts
    codes, ends, places, kinds, complex = _written_out(codes, ends)
    folded = np.empty(len(codes) + 10, np.uint8)
    folded[0] = folded[len(codes) + 1 :] = 32
    np.copyto(folded[1 : len(codes) + 1], codes, casting="unsafe")
    lines = (codes == 10).nonzero()[0] + 1
    documents = np.zeros(len(texts) + 1, np.int64)
    documents[1:] = lines.searchsorted(ends + 1) + 1
    word, outside = (_folded if len(places) < len(codes) else _looked_up)(codes, places, kinds, folded)
    others = places + 1
    single: Bools | None = None
    if (kinds & SINGLE).any():
        single = np.zeros(len(folded), bool)
        single[others[(kinds & SINGLE) > 0]] = True
    letters = ((outside > 127) & ((kinds & WORD) > 0)).nonzero()[0]  # full-width letters and the like become ASCII
    return Letters(folded, word, lines, documents, others[letters], outside[letters], single, complex, codes)


def _written_out(codes: U8 | U32, ends: Ints) -> tuple[U8 | U32, Ints, Places, U8, Ints]:
    """Leave out the invisible characters of texts in a row, and write out those that stand for two.

    `codes`: code points. `ends`: where the line ends behind the texts are. Both are returned as they are then, with the
    places and classes of the characters to look up, and the numbers of the texts that must be simplified.
    """
    places, kinds = _classed(codes)
    seen = bits_of(kinds)
    if seen & DROPPED:
        dropped = places[(kinds & DROPPED) > 0]
        visible: U32 = np.delete(codes, dropped)
        codes, ends = visible, ends - dropped.searchsorted(ends)
        places, kinds = _classed(codes)
    complex = np.zeros(0, np.intp)
    if seen & (COMPLEX | MARK):
        complex = ends.searchsorted(odd_places(codes, places, kinds))
    if seen & DOUBLE:
        doubles = places[(kinds & DOUBLE) > 0]
        codes, ends = written_out(codes, doubles), ends + doubles.searchsorted(ends)
        places, kinds = _classed(codes)
    return codes, ends, places, kinds, complex


def _classed(codes: U8 | U32) -> tuple[Places, U8]:
    """Return the places of the characters to look up and their classes: those outside ASCII, or all if many are."""
    places = (codes > 127).nonzero()[0]
    if 4 * len(places) < len(codes):
        return places, character_classes(codes[places].astype(np.uint32, copy=False))
    return np.arange(len(codes)), character_classes(codes.astype(np.intp))


def _folded(codes: U8 | U32, places: Places, kinds: U8, folded: U8) -> tuple[Bools, U32]:
    """Fold in place a text that is nearly all ASCII: by arithmetic, and few characters from the tables.

    `codes`: code points. `places`, `kinds`: where they are outside ASCII, and their classes. `folded`: uint8, the text
    as in `Letters`. Returned are the mask of the characters of words, of the same length, and the folded code points
    (uint32) of the characters outside ASCII.
    """
    folded[places + 1] = 32
    digit = (folded - np.uint8(48)) < 10
    folded |= np.uint8(32)  # capitals to small letters; a digit has the bit, what else changes is in no word
    word = (folded - np.uint8(97)) < 26
    word |= digit
    outside = folded_characters(codes[places].astype(np.uint32, copy=False))
    letters = ((kinds & WORD) > 0).nonzero()[0]
    folded[places[letters] + 1] = np.minimum(outside[letters], OTHER)
    word[places[letters] + 1] = True
    return word, outside


def _looked_up(codes: U8 | U32, places: Places, kinds: U8, folded: U8) -> tuple[Bools, U32]:
    """Fold in place as `_folded` does, but for classes and places of all characters: in scripts other than Latin."""
    outside = folded_characters(codes.astype(np.intp))
    word = np.zeros(len(folded), bool)
    np.greater(kinds & WORD, 0, out=word[1 : len(codes) + 1])
    np.minimum(outside, OTHER, out=folded[1 : len(codes) + 1], casting="unsafe")
    return word, outside
