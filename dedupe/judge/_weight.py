"""What of a paragraph has weight: figures with sign and unit, names, negations, identifiers in their case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import regex

from dedupe.text.tokens import compatible, is_number, words

NEGATIONS = frozenset(
    # English, with what is left of n't
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
"""Words that multiply a figure; what stands behind one is counted or measured. Those that are one sign are numerals."""

LINKS = frozenset("of de d di von van av".split())
"""Words between such a word and what is counted."""

ALIKE, LEAST_LETTERS = 0.75, 3
"""Likeness from which two words, of so many letters, are spellings of one: the letters in common, in order, of both."""

SIGNS = "-−+±<>≤≥≈~%‰°٪"
"""Marks that change what a figure says; currencies, of which there are too many to list, do so too."""

QUOTES = "\"'“”„«»‘’‹›「『"
_SIGN = regex.compile(
    r"""
    (?P<before> (?<![\p{L}\p{N}]) [-−+±<>≤≥≈~] \p{Sc}?+ | \p{Sc} \s?+ [-−+]?+ ) (?=\p{Nd})
    | (?<=\p{Nd}) \s?+ (?P<after> [%‰°٪\p{Sc}] )""",
    regex.VERBOSE,
)
_ALIKE = str.maketrans("−٪", "-%", " \u00a0")
_MIXED = regex.compile(r"\p{Ll}\p{Lu}|[\p{L}\p{N}]_[\p{L}\p{N}]")
_IDENTIFIER = regex.compile(r"[\p{L}\p{N}_]++")
_UNIT = regex.compile(r"(?<=\p{Nd})[\s\u00a0-]?+(?=\p{L})")
_BREAK = regex.compile(r"(?<=[\p{L}\p{M}\p{N}])(?![.,'’:/-]?[\p{L}\p{M}\p{N}])\s*+[\p{P}\p{S}][^\p{L}\p{M}\p{N}]*+")
_CAPITALISED = regex.compile(r"(?<![\p{L}\p{M}\p{N}])[\p{Lu}\p{Lt}][\p{L}\p{M}\p{N}]*+")
_ABBREVIATION = regex.compile(r"(?<!\p{L})\p{Lu}\p{L}{0,2}\.$")
_OPENERS = QUOTES + " \t\n\r\u00a0([{¿¡*_"
_BREAKS = ".!?。！？…؟۔।॥។៕።:;|•·"


def signs(text: str) -> dict[int, str]:
    """Return the signs at figures, by the position of the figure's word: minus, percent, currency, on either side.

    >>> signs("from −5 to 7 % for US$9")
    {1: '-', 3: '%', 6: '$'}
    """
    text = text if text.isascii() else compatible(text)
    found: dict[int, str] = {}
    matches = list(_SIGN.finditer(text))
    ends = [match.end() if match["before"] else match.start() for match in matches]
    for match, position in zip(matches, _positions(text, ends), strict=True):
        sign = (match["before"] or match["after"]).translate(_ALIKE)
        at = position if match["before"] else position - 1
        found[at] = "".join(sorted(found.get(at, "") + sign))
    return found


def identifiers(text: str) -> dict[int, str]:
    """Return the words whose case says something, as they are written, by position: camel and snake case.

    >>> identifiers("McDonald calls toInteger and MAX_SIZE")
    {0: 'McDonald', 2: 'toInteger', 4: 'MAX_SIZE'}
    """
    if not _MIXED.search(text):
        return {}
    matches = [match for match in _IDENTIFIER.finditer(text) if _MIXED.search(match.group())]
    positions = _positions(text, [match.start() for match in matches])
    return {at: match.group() for match, at in zip(matches, positions, strict=True)}


def units(text: str) -> frozenset[int]:
    """Return the positions of words that stand directly behind a figure.

    >>> sorted(units("5 km, or 7-day"))
    [1, 4]
    """
    text = text if text.isascii() else compatible(text)
    return frozenset(_positions(text, [match.end() for match in _UNIT.finditer(text)]))


def counted(said: Sequence[str]) -> frozenset[int]:
    """Return the positions of words of which there are a million, a thousand, whatever figure stands before that.

    >>> sorted(counted(["five", "million", "crowns", "or", "2", "millions", "d", "euros"]))
    [2, 7]
    """
    found = set()
    for at, word in enumerate(said):
        if word in MAGNITUDES:
            unit = at + 1 + (at + 1 < len(said) and said[at + 1] in LINKS)
            if unit < len(said) and said[unit] not in MAGNITUDES:
                found.add(unit)
    return frozenset(found)


def breaks(text: str) -> frozenset[int]:
    """Return the positions of words that are set off from the one before by a mark, which stands in no word.

    >>> sorted(breaks("“I am, as it were, no. 1's friend”, said A-B"))
    [2, 5, 6, 9]
    """
    return frozenset(_positions(text, [match.end() for match in _BREAK.finditer(text)]))


def _positions(text: str, places: list[int]) -> Iterator[int]:
    """Yield how many words stand before each of these places of a text, which ascend."""
    count = 0
    for start, end in pairwise([0, *places]):
        count += len(words(text[start:end]))
        yield count


def capitalised(text: str) -> dict[str, bool]:
    """Return the canonical words that are capitalised, each with whether one stands inside a sentence."""
    found: dict[str, bool] = {}
    for match in _CAPITALISED.finditer(text):
        inside = not _begins_sentence(text, match.start())
        said = match.group()
        for word in (said.lower(),) if said.isascii() else words(said):
            found[word] = inside or found.get(word, False)
    return found


def _begins_sentence(text: str, place: int) -> bool:
    """Say whether what stands before the place is a sentence end; "Mr." and "U.S." are none."""
    while place and text[place - 1] in _OPENERS:
        place -= 1
    if not place or text[place - 1] not in _BREAKS:
        return not place
    return text[place - 1] != "." or _ABBREVIATION.search(text, max(0, place - 5), place) is None


def is_caseless(word: str) -> bool:
    """Say whether a word is of a script without capitals, in which no name can be told from another word."""
    return not word.isascii() and word.isalpha() and word.upper() == word.lower()


def is_spelling(one: str, other: str) -> bool:
    """Say whether two words, of some letters and no figures, are so alike that they are spellings of one."""
    least, most = sorted((len(one), len(other)))
    if least < LEAST_LETTERS or 2 * least < ALIKE * (least + most) or is_number(one) or is_number(other):
        return False
    from rapidfuzz.distance import Indel  # a compiled module, not loaded for texts in which nothing differs

    return Indel.normalized_similarity(one, other, score_cutoff=ALIKE) > 0
