"""Texts as the kernels read them: case-folded, a byte a character, with the positions of words and lines."""

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
    expand_doubles,
    folded_characters,
    suspect_positions,
)

OTHER = 0x7F
"""The byte for a word character outside ASCII."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Texts, a line end behind each, a byte a character, with a space before them and nine behind.

    So every word has edges, and no load of eight bytes ends outside.

    `normalized`: uint8, the folded letter or digit of a word, `OTHER` for one outside ASCII, else anything. `word`:
    bool, of the same length, marks the characters of words. `lines`: positions of the line ends. `documents`: int64,
    shape (texts + 1,), the first line of each text. `others`, `codes`: positions in `characters` and folded code points
    (uint32) of the word characters outside ASCII. `single`: bool, of the length of `normalized`, marks the characters
    that are words by themselves, or None. `complex`: numbers of texts that must be simplified before any of this is
    right. `characters`: code points, without the space before.
    """

    normalized: U8
    word: Bools
    lines: Places
    documents: Ints
    others: Places
    codes: U32
    single: Bools | None
    complex: Ints
    characters: U8 | U32


def letters_of(texts: Sequence[str]) -> Letters:
    """Return the letters of texts."""
    text = "\n".join([*texts, ""])
    codes = np.frombuffer(text.encode("ascii"), np.uint8) if text.isascii() else code_points(text)
    ends = np.cumsum(np.fromiter(map(len, texts), np.intp, len(texts)) + 1) - 1  # the line end behind each text
    codes, ends, positions, classes, complex = _prepare_codes(codes, ends)
    normalized = np.empty(len(codes) + 10, np.uint8)
    normalized[0] = normalized[len(codes) + 1 :] = 32
    np.copyto(normalized[1 : len(codes) + 1], codes, casting="unsafe")
    lines = (codes == 10).nonzero()[0] + 1
    documents = np.zeros(len(texts) + 1, np.intp)
    documents[1:] = lines.searchsorted(ends + 1, "right")
    word, outside = (_fold_mostly_ascii if len(positions) < len(codes) else _fold_any_script)(
        codes, positions, classes, normalized
    )
    single: Bools | None = None
    if (classes & SINGLE).any():
        single = np.zeros(len(normalized), bool)
        single[positions[(classes & SINGLE) > 0] + 1] = True
    letters = ((outside > 127) & ((classes & WORD) > 0)).nonzero()[0]  # full-width letters and the like become ASCII
    return Letters(normalized, word, lines, documents, positions[letters], outside[letters], single, complex, codes)


def _prepare_codes(codes: U8 | U32, ends: Ints) -> tuple[U8 | U32, Ints, Places, U8, Ints]:
    """Remove the invisible characters of joined texts, and write out those that stand for two.

    `codes`: code points. `ends`: the positions of the line ends behind the texts. Return both as they are then, the
    positions and classes of the characters to look up, and the numbers of the texts that must be simplified.
    """
    positions, classes = _classed(codes)
    seen = bits_of(classes)
    if seen & DROPPED:
        dropped = positions[(classes & DROPPED) > 0]
        visible: U32 = np.delete(codes, dropped)
        codes, ends = visible, ends - dropped.searchsorted(ends)
        positions, classes = _classed(codes)
    complex = np.zeros(0, np.intp)
    if seen & (COMPLEX | MARK):
        complex = ends.searchsorted(suspect_positions(codes, positions, classes))
    if seen & DOUBLE:
        doubles = positions[(classes & DOUBLE) > 0]
        codes, ends = expand_doubles(codes, doubles), ends + doubles.searchsorted(ends)
        positions, classes = _classed(codes)
    return codes, ends, positions, classes, complex


def _classed(codes: U8 | U32) -> tuple[Places, U8]:
    """Return positions and classes of the characters to look up: those outside ASCII, or all where these are many."""
    positions = (codes > 127).nonzero()[0]
    if 4 * len(positions) < len(codes):
        return positions, character_classes(codes[positions].astype(np.uint32, copy=False))
    return np.arange(len(codes)), character_classes(codes.astype(np.intp))


def _fold_mostly_ascii(codes: U8 | U32, positions: Places, classes: U8, normalized: U8) -> tuple[Bools, U32]:
    """Fold a text that is nearly all ASCII in place: by arithmetic, and the other characters by the tables.

    `codes`: code points. `positions`, `classes`: of the characters outside ASCII. `normalized`: uint8, the text as in
    `Letters`. Return the mask of the characters of words, of the same length, and the folded code points (uint32) of
    the characters outside ASCII.
    """
    normalized[positions + 1] = 32
    digit = (normalized - np.uint8(48)) < 10
    normalized |= np.uint8(32)  # to lower case; digits have the bit already, and nothing else that changes is in a word
    word = (normalized - np.uint8(97)) < 26
    word |= digit
    outside = folded_characters(codes[positions].astype(np.uint32, copy=False))
    letters = ((classes & WORD) > 0).nonzero()[0]
    normalized[positions[letters] + 1] = np.minimum(outside[letters], OTHER)
    word[positions[letters] + 1] = True
    return word, outside


def _fold_any_script(codes: U8 | U32, positions: Places, classes: U8, normalized: U8) -> tuple[Bools, U32]:
    """Fold a text in place as `_fold_mostly_ascii` does, with the positions and classes of all its characters."""
    outside = folded_characters(codes.astype(np.intp))
    word = np.zeros(len(normalized), bool)
    np.greater(classes & WORD, 0, out=word[1 : len(codes) + 1])
    np.minimum(outside, OTHER, out=normalized[1 : len(codes) + 1], casting="unsafe")
    return word, outside
