"""Find the words of weight in a paragraph: numbers with sign and unit, names, negations, identifiers in their case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import regex

from dedupe.judge._characters import QUOTES
from dedupe.text.tokens import compatible, is_number, words

NEGATIONS = frozenset(
    # English, with the t of n't
    "no not never none nobody nothing neither nor without cannot t"
    # German; Dutch; Danish, Norwegian, Swedish
    " nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne niet geen nooit niets zonder"
    " ikke ingen intet aldri inte ingenting aldrig"
    # French; Italian; Spanish, Catalan; Portuguese; Romanian
    " ne pas jamais rien sans aucun aucune non mai niente nessuno nessuna senza ni nunca nada nadie ningún"
    " ninguna sin res"
    " não nem ninguém sem nenhum nenhuma nu niciodată"
    " nimic fără"
    # Polish; Czech, Slovak; Croatian; Russian; Ukrainian; Bulgarian; Greek
    " nigdy nic bez nikdy nikdo žádný nema не нет ни без нельзя никто ничто ничего никогда ні немає няма δεν"
    " μην όχι χωρίς"
    # Turkish; Finnish; Hungarian; Lithuanian; Latvian; Estonian
    " değil yok hayır hiç ei eivät nem nincs nélkül nėra nav pole mitte"
    # Arabic; Hebrew; Persian; Hindi; Indonesian; Vietnamese; Korean
    " لا لم لن ليس ليست دون بدون غير לא אין בלי אינו نه نیست नहीं न मत बिना tidak bukan tanpa không chưa"
    " 안 못 없다 아니다"
    # Chinese; Japanese: words of one character
    " 不 没 沒 无 無 非 未 别 ぬ".split()
)
"""Common negations; a table to be documented and extended, never a list of phrases."""

MAGNITUDES = frozenset(
    # English; German; Dutch; Danish, Norwegian, Swedish
    "hundred thousand thousands million millions billion billions trillion trillions bn mn lakh crore"
    " hundert tausend tausende million millionen milliarde milliarden billion billionen mio mrd"
    " honderd duizend miljoen miljard hundre hundrede tusen tusind millioner miljon miljoner milliard milliarder"
    " miljard miljarder"
    # French; Italian; Spanish, Catalan; Portuguese; Romanian
    " mille millier milliers millions milliard milliards migliaia milione milioni miliardo miliardi"
    " mil millón millones milers milió milions millar milhar milhares milhão milhões bilhão bilhões mii milion"
    " milioane miliard miliarde"
    # Polish; Czech, Slovak; Croatian; Russian; Ukrainian; Bulgarian; Greek
    " tysiąc tysiące tysięcy miliona milionów miliardy miliardów mln mld tys tisíc tisíce milión miliony miliónov"
    " miliardu miliarda miliárd tisuća tisuće milijun milijuna milijardi milijarda milijarde"
    " тысяча тысячи тысяч миллион миллиона миллионов миллиард миллиарда миллиардов млн млрд тыс тисяча тисячі тисяч"
    " мільйон мільйона мільйонів мільярд мільярда мільярдів хиляди милион милиона милиард милиарда"
    " χιλιάδες εκατομμύριο εκατομμύρια δισεκατομμύρια"
    # Turkish; Finnish; Hungarian; Lithuanian; Latvian; Estonian
    " milyon milyar tuhat tuhatta miljoona miljoonaa miljardi miljardia ezer millió milliárd tūkstančių milijonas"
    " milijonai milijonų milijardų tūkstoši miljoni miljonu miljardu miljonit miljardit"
    # Arabic; Hebrew; Persian; Hindi; Indonesian; Vietnamese
    " ألف آلاف مليون ملايين مليار אלף מיליון מיליארד هزار میلیون میلیارد हज़ार लाख करोड़"
    " ribu juta miliar nghìn triệu tỷ".split()
)
"""Words that multiply a number; the word behind one is a unit. Those of one character are numerals instead."""

LINKING_WORDS = frozenset("of de d di von van av".split())
"""Words between a magnitude and its unit."""

MIN_SIMILARITY, MIN_LETTERS = 0.75, 3
"""Least similarity of two spellings of one word, the share of letters in common in order, and their least length."""

SIGNS = "-−+±<>≤≥≈~%‰°٪"
"""Marks that change the value of a number; currencies, too many to list, do so too."""

_SIGN = regex.compile(
    r"""
    (?P<before> (?<![\p{L}\p{N}]) [-−+±<>≤≥≈~] \p{Sc}?+ | \p{Sc} \s?+ [-−+]?+ ) (?=\p{Nd})
    | (?<=\p{Nd}) \s?+ (?P<after> [%‰°٪\p{Sc}] )""",
    regex.VERBOSE,
)
_SIGN_VARIANTS = str.maketrans("−٪", "-%", " \u00a0")
_MIXED_CASE = regex.compile(r"\p{Ll}\p{Lu}|[\p{L}\p{N}]_[\p{L}\p{N}]")
_IDENTIFIER = regex.compile(r"[\p{L}\p{N}_]++")
_UNIT = regex.compile(r"(?<=\p{Nd})[\s\u00a0-]?+(?=\p{L})")
_BOUNDARY = regex.compile(r"(?<=[\p{L}\p{M}\p{N}])(?![.,'’:/-]?[\p{L}\p{M}\p{N}])\s*+[\p{P}\p{S}][^\p{L}\p{M}\p{N}]*+")
_CAPITALISED = regex.compile(r"(?<![\p{L}\p{M}\p{N}])[\p{Lu}\p{Lt}][\p{L}\p{M}\p{N}]*+")
_ABBREVIATION = regex.compile(r"(?<!\p{L})\p{Lu}\p{L}{0,2}\.$")
_OPENERS = QUOTES + " \t\n\r\u00a0([{¿¡*_"
_SENTENCE_BREAKS = ".!?。！？…؟۔।॥។៕።:;|•·"


def signs(text: str) -> dict[int, str]:
    """Return the signs on either side of numbers, by the position of the number: minus, percent, currency.

    >>> signs("from −5 to 7 % for US$9")
    {1: '-', 3: '%', 6: '$'}
    """
    text = text if text.isascii() else compatible(text)
    found: dict[int, str] = {}
    matches = list(_SIGN.finditer(text))
    ends = [match.end() if match["before"] else match.start() for match in matches]
    for match, position in zip(matches, _positions(text, ends), strict=True):
        sign = (match["before"] or match["after"]).translate(_SIGN_VARIANTS)
        at = position if match["before"] else position - 1
        found[at] = "".join(sorted(found.get(at, "") + sign))
    return found


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


def units(text: str) -> frozenset[int]:
    """Return the positions of words directly behind a number.

    >>> sorted(units("5 km, or 7-day"))
    [1, 4]
    """
    text = text if text.isascii() else compatible(text)
    return frozenset(_positions(text, [match.end() for match in _UNIT.finditer(text)]))


def counted(words: Sequence[str]) -> frozenset[int]:
    """Return the positions of the units of magnitudes such as million.

    >>> sorted(counted(["five", "million", "crowns", "or", "2", "millions", "d", "euros"]))
    [2, 7]
    """
    found = set()
    for position, word in enumerate(words):
        if word in MAGNITUDES:
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


def is_caseless(word: str) -> bool:
    """Return whether the script of a word has no capitals, so that names look like other words."""
    return not word.isascii() and word.isalpha() and word.upper() == word.lower()


def is_spelling(one: str, other: str) -> bool:
    """Return whether two words are spellings of one: similar, of three letters or more, without numbers."""
    shorter, longer = sorted((len(one), len(other)))
    if shorter < MIN_LETTERS or 2 * shorter < MIN_SIMILARITY * (shorter + longer) or is_number(one) or is_number(other):
        return False
    from rapidfuzz.distance import Indel  # a compiled module, not loaded for texts in which nothing differs

    return Indel.normalized_similarity(one, other, score_cutoff=MIN_SIMILARITY) > 0
