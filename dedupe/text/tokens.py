"""When do two texts say the same? Canonical words, and the character tables behind them.

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
"""Names what makes words of a text; fingerprints that were made in another way are not comparable."""

WORD, SINGLE, COMPLEX, DROPPED, PAGED, MARK, ORDERED, DOUBLE = 1, 2, 4, 8, 16, 32, 64, 128
"""Bits of a character's class: part of a word; a word by itself; `COMPLEX`: its word must be normalised (it expands, or
may compose with what stands before it); `DROPPED`: left out; its page is filled; a mark; `ORDERED`: a mark that may
have to change places with another such mark beside it; `DOUBLE`: stands for two characters whatever is beside it."""

FOLDED_ASCII = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 10 if code == 10 else 32 for code in range(256)
)
"""Folds a byte: ASCII letters to lower case, digits and line feeds to themselves, all else to a space."""

MARKS = "’“”—‘–…©•·"
"""The commonest characters outside ASCII in texts that are else of ASCII, in order; all are between words."""

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
"""Marks that make one character with a letter before them; a test reads them off the decompositions."""

MOST_MARKS = 30
_EXCESS = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}++")
"""Marks on one letter beyond those of a stream-safe text (UAX 15); normalising n of them takes n * n steps."""

HAN_NUMERALS = frozenset(
    "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零"
    "\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd𠀁𠁤𠃢𠄡𠤪𠦃𠦌𠦜𠫪𠫽𠬙𢎐𢦘𣬛𦉭\U0002f890"
)
"""Letters that are numerals. Unicode 15.1, and so Python 3.13, has ten more, of which names (京) and common words are
made; no judgement may depend on the Python that makes it."""

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
    if len(normal) == 2 and category[0] != "M" and all(map(_is_settled, normal)):
        kind |= DOUBLE
    elif len(normal) != 1 or _composes(normal) or _INVISIBLE.match(normal):
        kind |= COMPLEX
    elif unicodedata.category(normal)[0] not in "LMN":
        return 0, 32, 0
    first = normal[0]
    folded = next((form for form in (first.casefold(), first.lower()) if len(form) == 1), first.lower()[0])
    return kind, ord(folded), ord(normal[1]) if kind & DOUBLE else 0


def _composes(character: str) -> bool:
    """Say whether a character may make one with what stands before it."""
    return ord(character) in _JAMO or _COMPOSING.match(character) is not None


def _is_settled(character: str) -> bool:
    """Say whether a character of NFKC stays in words what and where it is, beside whatever other."""
    kept = unicodedata.category(character)[0] in "LMN" and not _INVISIBLE.match(character)
    return kept and not unicodedata.combining(character) and not _composes(character)


_TABLE = CharacterTable(_describe, PAGED, np.uint8, np.uint32, np.uint32)
_, _FOLDS, _SECONDS = _TABLE.columns


def character_classes(codes: U32 | Places) -> U8:
    """Return the class bits of code points (any length)."""
    classes: U8 = _TABLE.classes(codes)
    return classes


def bits_of(classes: U8) -> int:
    """Return all bits that are in any of these classes; far quicker than to look for each."""
    return int(np.bitwise_or.reduce(classes))


def folded_characters(codes: U32 | Places) -> U32:
    """Return the folded code points of code points whose classes were asked for before."""
    folds: U32 = _FOLDS.take(codes)
    return folds


def written_out(codes: U8 | U32, doubles: Places) -> U32:
    """Return code points with the second of the two behind each character, at these places, that stands for two.

    The character itself is folded to the first of them.
    """
    written: U32 = np.insert(codes, doubles + 1, _SECONDS[codes[doubles]])
    return written


def code_points(text: str) -> U32:
    """Return a text's code points, uint32, one a character; a lone surrogate is a code point like any other."""
    return np.array([text]).view(np.uint32)[: len(text)]  # quicker than encoding; an empty text has a length of one


def simplify(text: str) -> str:
    """Return a text of the same words so normalised that folding it character by character is enough.

    Texts without complex or invisible characters, nearly all, come back as they are. Characters that stand for two
    whatever is beside them may stay, and so does what is visible and in no word.
    """
    if text.isascii():
        return text
    codes = code_points(text)
    others = (codes > 127).nonzero()[0]
    kinds = character_classes(codes[others])
    seen = bits_of(kinds)
    if seen & DROPPED:
        return simplify(_decoded(np.delete(codes, others[(kinds & DROPPED) > 0])))
    if not seen & (COMPLEX | MARK):
        return text
    odd = odd_places(codes, others, kinds)
    if not len(odd):
        return text
    found = [(start, stop) for start, stop in _words_at(codes, odd) if _changes(text[start:stop])]
    if not found:
        return text
    pieces = []
    done = 0
    for start, stop in found:
        pieces += [text[done:start], _INVISIBLE.sub("", compatible(text[start:stop]))]
        done = stop
    return "".join([*pieces, text[done:]])


def _decoded(codes: U32) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _changes(text: str) -> bool:
    """Say whether a text is another in NFKC, or has too many marks on a letter."""
    return _EXCESS.search(text) is not None or not unicodedata.is_normalized("NFKC", text)


def odd_places(codes: U8 | U32, places: Places, kinds: U8) -> Places:
    """Return those of these places, in order, whose characters, of these classes, may have to be simplified.

    No characters that are dropped may be there. Marks make all texts in the scripts of India and Thailand suspect, and
    yet nearly all are normal already.
    """
    odd = np.zeros(len(places), bool)
    asked = (kinds & COMPLEX) > 0
    marks = ((kinds & MARK) > 0).nonzero()[0]
    if len(marks):
        at, ordered = places[marks], (kinds[marks] & ORDERED) > 0
        behind = marks[1:][ordered[1:] & ordered[:-1] & (at[1:] - at[:-1] == 1)]
        odd[behind] = asked[behind]  # it may make one character with what stands before the marks before it
        asked[behind] = True
        odd[marks[MOST_MARKS:][at[MOST_MARKS:] - at[:-MOST_MARKS] == MOST_MARKS]] = True
    changing = asked.nonzero()[0]
    odd[changing] |= _change_pairs(codes, places[changing])
    return places[odd.nonzero()[0]]


def _change_pairs(codes: U8 | U32, places: Places) -> Bools:
    """Say for each place whether the character there and the one before it are others in NFKC.

    Of the many marks that compose with some letter hardly one stands behind that letter.
    """
    pairs = codes[np.maximum(places - 1, 0)].astype(np.uint64) << np.uint64(32) | codes[places]
    unique, which = np.unique(pairs, return_inverse=True)
    texts = (chr(pair >> 32) + chr(pair & 0xFFFFFFFF) for pair in unique.tolist())
    changing: Bools = np.array([not unicodedata.is_normalized("NFKC", text) for text in texts], bool)
    return changing[which]


def _words_at(codes: U32, places: Places) -> Iterator[tuple[int, int]]:
    """Return where the words that hold these places start and stop, words with only a space between together.

    What stands between words stays as it is: NFKC would make letters or marks of some symbols (№, ™, ‾), and how a
    paragraph begins and ends says what it is.
    """
    gaps = ((character_classes(codes) & WORD) == 0).nonzero()[0]
    bounds = np.concatenate([[-1], gaps, [len(codes)]])
    words = gaps.searchsorted(places)
    words = words[np.append(True, words[1:] != words[:-1])]
    apart = (np.diff(words) > 1) | (codes[gaps[words[:-1]]] != 32)
    first, last = words[np.append(True, apart)], words[np.append(apart, True)]
    return zip((bounds[first] + 1).tolist(), bounds[last + 1].tolist(), strict=True)


def compatible(text: str) -> str:
    """Return a text in NFKC, after cutting down stacks of marks, of which n would take n * n steps."""
    return unicodedata.normalize("NFKC", _EXCESS.sub(r"\1", text))


def plainly(text: str) -> str | None:
    """Return what `folded` returns, quickly, if the text is of ASCII but for the commonest marks; else None."""
    marks = iter(MARKS)
    while not text.isascii():
        mark = next(marks, "")
        if not mark:
            return None
        text = text.replace(mark, " ")
    return text.encode("ascii").translate(FOLDED_ASCII).decode("ascii")


def folded(text: str) -> str:
    """Return the canonical words of a text with spaces between them; line feeds stay where they are.

    What stands between two line feeds depends on nothing beyond them, so a text may be folded as a whole.
    """
    said = plainly(text)
    if said is not None:
        return said
    codes = code_points(simplify(text))
    others = (codes > 127).nonzero()[0]
    classes = character_classes(codes[others])
    seen = bits_of(classes)
    if seen & DOUBLE:
        codes = written_out(codes, others[(classes & DOUBLE) > 0])
        others = (codes > 127).nonzero()[0]
        classes = character_classes(codes[others])
    characters = np.where(classes & WORD, folded_characters(codes[others]), 32)
    if characters.max(initial=0) < 256 and not seen & SINGLE:  # a byte a character will do
        narrow = np.frombuffer(bytearray(codes.astype(np.uint8).tobytes().translate(FOLDED_ASCII)), np.uint8)
        narrow[others] = characters
        return narrow.tobytes().decode("latin-1")
    made = _FOLDED_CODES[np.minimum(codes, 128)]
    made[others] = characters
    if seen & SINGLE:
        single = others[(classes & SINGLE) > 0]
        width = np.ones(len(codes), np.intp)
        width[single] = 3
        places = np.cumsum(width) - width
        places[single] += 1
        spaced = np.full(len(codes) + 2 * len(single), 32, "<u4")
        spaced[places] = made
        made = spaced
    return made.tobytes().decode("utf-32-le")


def words(text: str) -> list[str]:
    """Return the canonical words of a text, in order.

    >>> words("“Don’t panic”, said №3: Ｃａｆé 東京!")
    ['don', 't', 'panic', 'said', '3', 'café', '東', '京']
    """
    return folded(text).split()


def is_numeral(character: str) -> bool:
    """Say whether a character is a digit or a numeral of another kind."""
    return unicodedata.category(character)[0] == "N" or character in HAN_NUMERALS


def is_number(word: str) -> bool:
    """Say whether a canonical word holds a digit or a numeral of another kind (七, Ⅷ)."""
    if word.isascii():
        return not word.isalpha() and any(map(str.isdigit, word))
    return any(map(str.isnumeric, word)) and any(map(is_numeral, word))
