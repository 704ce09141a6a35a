"""Canonical words, by which texts are compared, and the character tables behind them.

A word is a maximal run of letters, digits and marks; a character of a script written without spaces (Han, kana, Thai,
Lao, Khmer, Burmese) is a word by itself. Words are compared after NFKC and lower-casing, without invisible characters,
Arabic and Hebrew points. Digits are never folded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np
import regex

from dedupe._arrays import U8, U32, Bools, Places
from dedupe.text.character_table import CharacterTable

NORMALISATION = "words 1: NFKC, lower case, no invisible characters"
"""The scheme of the words; fingerprints of another scheme are not comparable."""

WORD, SINGLE, COMPLEX, DROPPED, PAGED, MARK, ORDERED, DOUBLE = 1, 2, 4, 8, 16, 32, 64, 128
"""Bits of a character's class: part of a word; a word by itself; `COMPLEX`: its word must be normalised (it expands, or
may compose with what stands before it); `DROPPED`: left out; its page is filled; a mark; `ORDERED`: a mark that may
have to change places with another such mark beside it; `DOUBLE`: stands for two characters in any context."""

FOLDED_ASCII = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 10 if code == 10 else 32 for code in range(256)
)
"""Table that folds bytes: ASCII letters to lower case, digits and line feeds to themselves, all else to a space."""

MARKS = "’“”—‘–…©•·"
"""The commonest characters outside ASCII in texts that are otherwise ASCII, commonest first; none is in a word."""

_FOLDED_CODES = np.array([*FOLDED_ASCII[:128], 32], "<u4")

_UNSPACED = regex.compile(r"[\p{Script=Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]")
_INVISIBLE = regex.compile(
    r"""[\p{Cf}\p{Variation_Selector}\u034F\u115F\u1160\u3164\uFFA0]  # format characters, fillers
    | [\u0640\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u0610-\u061A]  # Arabic points
    | [\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7]  # Hebrew points""",
    regex.VERBOSE,
)
_COMPOSING = regex.compile(
    r"[\u0300-\u036F\u093C\u09BE\u09D7\u0B3E\u0B56\u0B57\u0BBE\u0BD7\u0C56\u0CC2\u0CD5\u0CD6\u0D3E\u0D57\u0DCA\u0DCF\u0DDF"
    r"\u102E\u1B35\u3099\u309A\U000110BA\U00011127\U0001133E\U00011357\U000113B8-\U000113C9\U000114B0\U000114BA\U000114BD"
    r"\U000115AF\U00011930\U0001611E-\U00016129]"
)
"""Marks that compose with a letter before them; a test checks them against the decompositions of Unicode."""

MOST_MARKS = 30
_EXCESS = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}++")
"""Marks on one letter beyond those of a stream-safe text (UAX 15); normalising n of them takes n * n steps."""

HAN_NUMERALS = frozenset(
    "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零"
    "\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd𠀁𠁤𠃢𠄡𠤪𠦃𠦌𠦜𠫪𠫽𠬙𢎐𢦘𣬛𦉭\U0002f890"
)
"""Letters that are numerals. Unicode 15.1, and so Python 3.13, has ten more, which names (京) and common words are
made of; no result may depend on the version of Python."""

_JAMO = range(0x1100, 0x1200)
"""Hangul letters that compose into syllables with their neighbours."""


def _describe(character: str) -> tuple[int, int, int]:
    """Return the class bits of one character, its folded code point, and the second one if it stands for two."""
    category = unicodedata.category(character)
    if _INVISIBLE.match(character):
        return DROPPED, 32, 0
    if category[0] not in "LMN":
        return 0, 32, 0
    normal = unicodedata.normalize("NFKC", character)
    kind = SINGLE | WORD if _UNSPACED.match(normal) else WORD
    if category[0] == "M":
        kind |= MARK | ORDERED if unicodedata.combining(character) else MARK
    if len(normal) == 2 and category[0] != "M" and all(map(_is_stable, normal)):
        kind |= DOUBLE
    elif len(normal) != 1 or _composes(normal) or _INVISIBLE.match(normal):
        kind |= COMPLEX
    elif unicodedata.category(normal)[0] not in "LMN":
        return 0, 32, 0
    first = normal[0]
    folded = next((form for form in (first.casefold(), first.lower()) if len(form) == 1), first.lower()[0])
    return kind, ord(folded), ord(normal[1]) if kind & DOUBLE else 0


def _composes(character: str) -> bool:
    """Say whether a character may compose with the one before it."""
    return ord(character) in _JAMO or _COMPOSING.match(character) is not None


def _is_stable(character: str) -> bool:
    """Say whether a character of NFKC stays the same, and in its place, beside any other character of a word."""
    kept = unicodedata.category(character)[0] in "LMN" and not _INVISIBLE.match(character)
    return kept and not unicodedata.combining(character) and not _composes(character)


_TABLE = CharacterTable(_describe, PAGED, np.uint8, np.uint32, np.uint32)
_, _FOLDS, _SECONDS = _TABLE.columns


def character_classes(codes: U32 | Places) -> U8:
    """Return the class bits of code points (any length)."""
    classes: U8 = _TABLE.classes(codes)
    return classes


def bits_of(classes: U8) -> int:
    """Return the union of the bits of these classes; far quicker than a test for each bit."""
    return int(np.bitwise_or.reduce(classes))


def folded_characters(codes: U32 | Places) -> U32:
    """Return the folded code points of code points; `character_classes` of the same must have been called before."""
    folds: U32 = _FOLDS.take(codes)
    return folds


def expand_doubles(codes: U8 | U32, doubles: Places) -> U32:
    """Return code points with the second of two characters inserted behind each of these positions.

    The code point at the position stands for both; it is folded to the first of them.
    """
    expanded: U32 = np.insert(codes, doubles + 1, _SECONDS[codes[doubles]])
    return expanded


def code_points(text: str) -> U32:
    """Return a text's code points, uint32, one a character; a lone surrogate is a code point like any other."""
    return np.array([text]).view(np.uint32)[: len(text)]  # quicker than encoding; an empty text has a length of one


def simplify(text: str) -> str:
    """Return a text with the same words that can be folded character by character.

    Nearly all texts are returned unchanged, since they have no complex or invisible characters. Characters that stand
    for two in any context may stay; visible characters outside words do.
    """
    if text.isascii():
        return text
    codes = code_points(text)
    others = (codes > 127).nonzero()[0]
    classes = character_classes(codes[others])
    seen = bits_of(classes)
    if seen & DROPPED:
        return simplify(_decoded(np.delete(codes, others[(classes & DROPPED) > 0])))
    if not seen & (COMPLEX | MARK):
        return text
    suspects = suspect_positions(codes, others, classes)
    if not len(suspects):
        return text
    spans = [(start, stop) for start, stop in _words_at(codes, suspects) if _changes(text[start:stop])]
    if not spans:
        return text
    pieces = []
    done = 0
    for start, stop in spans:
        pieces += [text[done:start], _INVISIBLE.sub("", compatible(text[start:stop]))]
        done = stop
    return "".join([*pieces, text[done:]])


def _decoded(codes: U32) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _changes(text: str) -> bool:
    """Say whether a text differs from its NFKC, or has too many marks on a letter."""
    return _EXCESS.search(text) is not None or not unicodedata.is_normalized("NFKC", text)


def suspect_positions(codes: U8 | U32, positions: Places, classes: U8) -> Places:
    """Return those of these positions, in order, whose characters, of these classes, may have to be simplified.

    No character may be one that is dropped. Marks make all texts in the scripts of India and Thailand suspect, but
    nearly all of these are normalised already.
    """
    suspect = np.zeros(len(positions), bool)
    candidate = (classes & COMPLEX) > 0
    marks = ((classes & MARK) > 0).nonzero()[0]
    if len(marks):
        at, ordered = positions[marks], (classes[marks] & ORDERED) > 0
        behind = marks[1:][ordered[1:] & ordered[:-1] & (at[1:] - at[:-1] == 1)]
        suspect[behind] = candidate[behind]  # it may compose with the character before the marks before it
        candidate[behind] = True
        suspect[marks[MOST_MARKS:][at[MOST_MARKS:] - at[:-MOST_MARKS] == MOST_MARKS]] = True
    changing = candidate.nonzero()[0]
    suspect[changing] |= _change_pairs(codes, positions[changing])
    return positions[suspect.nonzero()[0]]


def _change_pairs(codes: U8 | U32, positions: Places) -> Bools:
    """Say for each position whether NFKC changes the character there and the one before it, taken together.

    Of the many marks that compose with some letter hardly one follows that letter.
    """
    pairs = codes[np.maximum(positions - 1, 0)].astype(np.uint64) << np.uint64(32) | codes[positions]
    unique, which = np.unique(pairs, return_inverse=True)
    texts = (chr(pair >> 32) + chr(pair & 0xFFFFFFFF) for pair in unique.tolist())
    changing: Bools = np.array([not unicodedata.is_normalized("NFKC", text) for text in texts], bool)
    return changing[which]


def _words_at(codes: U32, positions: Places) -> Iterator[tuple[int, int]]:
    """Return start and stop of the words at these positions; words with only a space between them are one stretch.

    What is between words stays as it is: NFKC would make letters or marks of some symbols (№, ™, ‾), and punctuation
    at the begin and end of a paragraph matters to the judge.
    """
    gaps = ((character_classes(codes) & WORD) == 0).nonzero()[0]
    bounds = np.concatenate([[-1], gaps, [len(codes)]])
    words = gaps.searchsorted(positions)
    words = words[np.append(True, words[1:] != words[:-1])]
    apart = (np.diff(words) > 1) | (codes[gaps[words[:-1]]] != 32)
    first, last = words[np.append(True, apart)], words[np.append(apart, True)]
    return zip((bounds[first] + 1).tolist(), bounds[last + 1].tolist(), strict=True)


def compatible(text: str) -> str:
    """Return a text in NFKC, with at most `MOST_MARKS` marks on a letter, since n marks take n * n steps."""
    return unicodedata.normalize("NFKC", _EXCESS.sub(r"\1", text))


def normalize_ascii(text: str) -> str | None:
    """Return what `normalize` returns if the text is ASCII but for the commonest marks, else None; it is quick."""
    marks = iter(MARKS)
    while not text.isascii():
        mark = next(marks, "")
        if not mark:
            return None
        text = text.replace(mark, " ")
    return text.encode("ascii").translate(FOLDED_ASCII).decode("ascii")


def normalize(text: str) -> str:
    """Return the canonical words of a text with spaces between them; line feeds stay.

    The result between two line feeds depends on nothing beyond them, so a text may be normalized as a whole.
    """
    quick = normalize_ascii(text)
    if quick is not None:
        return quick
    codes = code_points(simplify(text))
    others = (codes > 127).nonzero()[0]
    classes = character_classes(codes[others])
    seen = bits_of(classes)
    if seen & DOUBLE:
        codes = expand_doubles(codes, others[(classes & DOUBLE) > 0])
        others = (codes > 127).nonzero()[0]
        classes = character_classes(codes[others])
    characters = np.where(classes & WORD, folded_characters(codes[others]), 32)
    if characters.max(initial=0) < 256 and not seen & SINGLE:  # one byte a character is enough
        narrow = np.frombuffer(bytearray(codes.astype(np.uint8).tobytes().translate(FOLDED_ASCII)), np.uint8)
        narrow[others] = characters
        return narrow.tobytes().decode("latin-1")
    folded = _FOLDED_CODES[np.minimum(codes, 128)]
    folded[others] = characters
    if seen & SINGLE:
        single = others[(classes & SINGLE) > 0]
        width = np.ones(len(codes), np.intp)
        width[single] = 3
        positions = np.cumsum(width) - width
        positions[single] += 1
        spaced = np.full(len(codes) + 2 * len(single), 32, "<u4")
        spaced[positions] = folded
        folded = spaced
    return folded.tobytes().decode("utf-32-le")


def words(text: str) -> list[str]:
    """Return the canonical words of a text, in order.

    >>> words("“Don’t panic”, said №3: Ｃａｆé 東京!")
    ['don', 't', 'panic', 'said', '3', 'café', '東', '京']
    """
    return normalize(text).split()


def is_numeral(character: str) -> bool:
    """Say whether a character is a digit or a numeral of another kind."""
    return unicodedata.category(character)[0] == "N" or character in HAN_NUMERALS


def is_number(word: str) -> bool:
    """Say whether a canonical word holds a digit or a numeral of another kind (七, Ⅷ)."""
    if word.isascii():
        return not word.isalpha() and any(map(str.isdigit, word))
    return any(map(str.isnumeric, word)) and any(map(is_numeral, word))
