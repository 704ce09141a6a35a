"""Find the words of weight in a paragraph: numbers with sign and unit, names, negations, identifiers in their case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits

import regex

from dedupe.judge._characters import QUOTES
from dedupe.judge._weighty_words import MAGNITUDES, NUMERALS, ORDINALS
from dedupe.text.tokens import compatible, is_number, words

_OPEN_SPELLINGS = str.maketrans("أإآٱىئةكہھۀ", "ااااييهکههه", "ء\u093c")
"""Letters of one sound between which writers of Arabic, Persian, Urdu and Hindi do not always tell."""

_COUNTING = MAGNITUDES | NUMERALS
"""Words behind which something is counted."""

LINKING_WORDS = frozenset("of de d di von van av".split())
"""Words between a magnitude and its unit."""

MIN_SIMILARITY, MIN_LETTERS = 0.8, 3
"""Least similarity of two spellings of one word, the share of letters in common in order, and their least length."""

_SIGN = regex.compile(
    r"""
    (?P<before> (?<![\p{L}\p{N}]) [-−–+±<>≤≥≈~] \p{Sc}?+ | \p{Sc} \s*+ [-−+]?+ ) (?=\p{Nd})
    | (?<=\p{Nd}) (?P<joint> [-.,:/'’·٫٬⁄−–—] | \s [-–—] \s ) (?=\p{Nd})  # 1.5, 1-5, 1:5, 1/5
    | (?<=\p{Nd}) \s*+ (?P<after> [%‰°٪\p{Sc}] )""",
    regex.VERBOSE,
)
_SIGN_VARIANTS = str.maketrans("−–—٪’", "---%'", " \t\n\r\u00a0")
_PLAIN_SIGN = regex.compile(r"[-–—+<>~%$] | [0-9][.,:/'’·][0-9]", regex.VERBOSE)
_POWER = regex.compile(r"(?<![\p{L}\p{M}\p{N}])[\p{L}\p{M}\p{Nd}]*+(?<=\p{Nd})(?=\p{No})")
_MIXED_CASE = regex.compile(r"\p{Ll}\p{Lu}|[\p{L}\p{N}]_[\p{L}\p{N}]")
_IDENTIFIER = regex.compile(r"[\p{L}\p{N}_]++")
_CODE = regex.compile(
    r"""(?<![\p{L}\p{M}\p{N}_])(?:
    [@\#] [\p{L}\p{N}_]++                                      # a handle, a tag
    | [\p{L}\p{N}_+-]{2,}+ (?: [.@] [\p{L}\p{N}_+-]{2,}+ )++    # an address, a domain, the name of a file
    | [\p{L}\p{N}]*+ _ [\p{L}\p{N}_]++ | \p{L}*? \p{Ll}\p{Lu} \p{L}*+)""",
    regex.VERBOSE,
)
_SHAPES = bytes.maketrans(
    f"{ascii_lowercase}{ascii_uppercase}{digits}+-@#".encode(), b"a" * 26 + b"A" * 26 + b"0" * 12 + b"__"
)
"""Translates small letters into a, capitals into A, digits into 0, and the marks of handles and tags into _."""
_PLAIN_DOMAIN = regex.compile(rb"[aA0]\.[aA0]")
_ROMAN = regex.compile("[ivxlcdm]+")
_UNIT = regex.compile(
    r"""(?<=\p{Nd}) (?:
    [\s\u00a0-]++ (?=\p{L}) | (?=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]) )""",
    regex.VERBOSE,
)
_BOUNDARY = regex.compile(r"(?<=[\p{L}\p{M}\p{N}])(?![.,'’:/-]?[\p{L}\p{M}\p{N}])\s*+[\p{P}\p{S}][^\p{L}\p{M}\p{N}]*+")
_CAPITALISED = regex.compile(r"(?<![\p{L}\p{M}\p{N}])[\p{Lu}\p{Lt}][\p{L}\p{M}\p{N}]*+")
_ABBREVIATION = regex.compile(r"(?<!\p{L})\p{Lu}\p{L}{0,2}\.$")
_OPENERS = QUOTES + " \t\n\r\u00a0([{¿¡*_"
_SENTENCE_BREAKS = ".!?。！？…؟۔।॥។៕።:;|•·"


def signs(text: str) -> dict[int, str]:
    """Return the signs on either side of numbers, by the position of the number: minus, percent, currency.

    The mark between the parts of a number, or between two, is a sign of the part behind it; a power has the sign ^.

    >>> signs("from −5 to 7 % for US$9")
    {1: '-', 3: '%', 6: '$'}
    >>> sorted(signs("1.5 in 10² to 2-3").items())
    [(1, '.'), (3, '^'), (6, '-')]
    """
    found: dict[int, str] = {}
    if not text.isascii():
        powers = [match.start() for match in _POWER.finditer(text)]
        found = dict.fromkeys(_positions(text, powers), "^")
        text = compatible(text)
    matches = list(_SIGN.finditer(text))
    ends = [match.start() if match["after"] else match.end() for match in matches]
    for match, position in zip(matches, _positions(text, ends), strict=True):
        sign = match.group().translate(_SIGN_VARIANTS)
        at = position - 1 if match["after"] else position
        found[at] = "".join(sorted(found.get(at, "") + sign))
    return found


def may_have_signs(plain: str) -> bool:
    """Return whether a text of ASCII and common marks may have a sign at a number."""
    return _PLAIN_SIGN.search(plain) is not None


def identifiers(text: str) -> dict[int, str]:
    """Return the words in camel or snake case, as they are written, by position.

    >>> identifiers("McDonald calls toInteger and MAX_SIZE")
    {0: 'McDonald', 2: 'toInteger', 4: 'MAX_SIZE'}
    """
    if not _MIXED_CASE.search(text):
        return {}
    matches = [match for match in _IDENTIFIER.finditer(text) if _MIXED_CASE.search(match.group())]
    positions = _positions(text, [match.start() for match in matches])
    return {at: match.group() for match, at in zip(matches, positions, strict=True)}


def may_have_identifiers(plain: str) -> bool:
    """Return whether a text of ASCII and common marks may have an identifier."""
    return "_" in plain or b"aA" in plain.encode().translate(_SHAPES)


def may_have_codes(plain: str) -> bool:
    """Return whether a text of ASCII and common marks may have an identifier or an address."""
    shapes = plain.encode().translate(_SHAPES)
    return b"_" in shapes or b"aA" in shapes or _PLAIN_DOMAIN.search(shapes) is not None


def codes(text: str) -> frozenset[int]:
    """Return the positions of the words of identifiers and addresses: of no language, each letter of them counts.

    >>> sorted(codes("Ask an iPhone, @ann_lee or ann@example.com, not to_integer."))
    [2, 3, 4, 6, 7, 8, 10, 11]
    """
    matches = list(_CODE.finditer(text))
    starts = _positions(text, [match.start() for match in matches])
    return frozenset(
        start + step for match, start in zip(matches, starts, strict=True) for step in range(len(words(match.group())))
    )


def units(text: str) -> frozenset[int]:
    """Return the positions of words directly behind a number.

    >>> sorted(units("5 km in the 1990s, or 7-day"))
    [1, 7]
    """
    text = text if text.isascii() else compatible(text)
    return frozenset(_positions(text, [match.end() for match in _UNIT.finditer(text)]))


def counted(words: Sequence[str]) -> frozenset[int]:
    """Return the positions of the units of numerals and magnitudes such as million.

    >>> sorted(counted(["five", "million", "crowns", "or", "2", "millions", "d", "euros", "in", "ten", "days"]))
    [2, 7, 10]
    """
    found = set()
    for position, word in enumerate(() if _COUNTING.isdisjoint(words) else words):
        if word in _COUNTING:
            unit = position + 1 + (position + 1 < len(words) and words[position + 1] in LINKING_WORDS)
            if unit < len(words) and words[unit] not in MAGNITUDES:
                found.add(unit)
    return frozenset(found)


def breaks(text: str) -> frozenset[int]:
    """Return the positions of words that a mark, itself in no word, separates from the word before.

    >>> sorted(breaks("“I am, as it were, no. 1's friend”, said A-B"))
    [2, 5, 6, 9]
    """
    return frozenset(_positions(text, [match.end() for match in _BOUNDARY.finditer(text)]))


def _positions(text: str, offsets: list[int]) -> Iterator[int]:
    """Yield how many words of a text stand before each of these ascending offsets."""
    count = 0
    for start, end in pairwise([0, *offsets]):
        count += len(words(text[start:end]))
        yield count


def capitalised(text: str) -> dict[str, bool]:
    """Return the canonical words that are capitalised, each with whether it is so inside a sentence."""
    found: dict[str, bool] = {}
    for match in _CAPITALISED.finditer(text):
        inside = not _begins_sentence(text, match.start())
        written = match.group()
        for word in (written.lower(),) if written.isascii() else words(written):
            found[word] = inside or found.get(word, False)
    return found


def is_capitalised(word: str, text: str, plain: str) -> bool | None:
    """Return what `capitalised` says of one word, None if it is not there; `plain`: the text, its words normalized."""
    found: bool | None = None
    capital = word[0].upper()
    at = text.find(capital) if capital != word[0] else -1  # most words begin with another letter than the capitals
    while at >= 0:
        end = at + len(word)
        if plain.startswith(word, at) and not plain[at - 1 : at].isalnum() and not plain[end : end + 1].isalnum():
            found = not _begins_sentence(text, at)
            if found:
                break
        at = text.find(capital, at + 1)
    return found


def _begins_sentence(text: str, start: int) -> bool:
    """Return whether a sentence ends before an offset; the stops of "Mr." and "U.S." end none."""
    while start and text[start - 1] in _OPENERS:
        start -= 1
    if not start or text[start - 1] not in _SENTENCE_BREAKS:
        return not start
    return text[start - 1] != "." or _ABBREVIATION.search(text, max(0, start - 5), start) is None


def is_quantity(word: str) -> bool:
    """Return whether a word is a number, in digits or written out, or multiplies one."""
    return is_number(word) or word in MAGNITUDES or word in NUMERALS or word in ORDINALS


def is_caseless(word: str) -> bool:
    """Return whether the script of a word has no capitals, so that names look like other words.

    >>> [is_caseless(word) for word in ("हिन्दी", "李", "ნინო", "été", "5")]
    [True, True, True, False, False]
    """
    return not word.isascii() and word.title() == word and any(map(str.isalpha, word))


def is_spelling(one: str, other: str) -> bool:
    """Return whether two words are spellings of one: similar, of three letters or more, one letter in front.

    The first letter tells legal from illegal and increase from decrease. Of scripts without capitals, in which any word
    may be a name, only spellings that an Arabic keyboard and an Indic one leave open are the same.
    """
    if is_caseless(one) or is_caseless(other):
        return one.translate(_OPEN_SPELLINGS) == other.translate(_OPEN_SPELLINGS)
    shorter, longer = sorted((len(one), len(other)))
    if one.endswith(other) or other.endswith(one) or (_ROMAN.fullmatch(one) and _ROMAN.fullmatch(other)):
        return one == other  # a prefix such as that of unusual
    if shorter < MIN_LETTERS or one[0] != other[0] or 2 * shorter < MIN_SIMILARITY * (shorter + longer):
        return False
    from rapidfuzz.distance import Indel  # a compiled module, not loaded for texts in which nothing differs

    return Indel.normalized_similarity(one, other, score_cutoff=MIN_SIMILARITY) > 0
