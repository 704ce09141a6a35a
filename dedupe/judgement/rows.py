"""What one paragraph looks like to an editor: its words, its weight, its form."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cached_property

import regex

from dedupe.model import Role
from dedupe.paragraphs import Paragraphs, one_row_a_line
from dedupe.words import folded, is_light, words

PROSE = 80
"""A row of this size that is a sentence, or half as much again that is not, reads as running text."""

UNSPACED_WEIGHT, HANGUL_WEIGHT = 2.2, 1.9
"""A character of a script without spaces says as much as about two letters: one scale of sizes serves all scripts."""

_UNSPACED = regex.compile(r"[\p{Script=Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_HANGUL = regex.compile(r"\p{Hangul}")
_CLOSERS = "\"'”’»›“)]}）」』】〉》*_"
_STOPS = ".!?。！？…؟۔।॥։።៕။"
_QUESTIONS = "?？؟;՞፧"
_QUOTES = "\"'“”„«»‘’‹›「『"
_LISTED = regex.compile(
    r"\s*+(?:[-–—*•·●○◦▪▫■□►▶➤‣⁃+>]\s*+|\p{N}{1,3}[.):]\s|\(?\p{L}[.)]\s|\(\p{N}{1,3}\)|[①-⑳]|(?:\#\d))"
)
_LABEL = regex.compile(r"\s*+([\p{L}\p{M}\p{N}.'’\- ]{1,40}+)\s?[:：](?=\s|\S)")
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]++")
_SIGN = regex.compile(r"(?<![\p{L}\p{N}])[-−+±]?+\p{Sc}?+(?=\d)|(?<=\d)\s?+[%‰°\p{Sc}]")
_SLASHED = regex.compile(r"\p{Lu}[\p{L}.]*+ ?/ ?\p{Lu}")
_HANDLE = regex.compile(r"\(@\w{2,30}\)")
_ABBREVIATION = regex.compile(r"(?<!\p{L})\p{Lu}\p{L}{0,2}\.$")
_OPENERS = _QUOTES + " \t\n\r\u00a0([{¿¡*_"
_BREAKS = _STOPS + ":;|•·"


def rows_of(text: str, paragraphs: Paragraphs, roles: Sequence[Role] = ()) -> list[Row]:
    """Return the rows of a text that are not blank; the text is folded once, as a whole."""
    light = is_light(text)
    said = folded(one_row_a_line(text) if paragraphs.wrapped or "\r" in text else text).split("\n")
    rows = [
        Row(row, number, said[number], light)
        for number, (start, stop, _) in enumerate(paragraphs.bounds)
        if (row := text[start:stop].strip())
    ]
    for row, role in zip(rows, roles, strict=bool(roles)):
        row.role = role
    return rows


class Row:
    """One non-blank paragraph; computed on first use, since most rows of a document are never looked at."""

    def __init__(self, text: str, number: int, said: str | None = None, light: bool = False) -> None:
        """Take a row's text and number; if they are known, its folded words, and that no script needs weighing."""
        self.number = number
        self.text = text
        self.role: Role = ""
        self._said = said
        self._light = light

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The canonical words."""
        return tuple(words(self.text) if self._said is None else self._said.split())

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The distinct words."""
        return frozenset(self.words)

    @cached_property
    def size(self) -> float:
        """Characters of the words and one for each, weighted by script: a measure of how much is said."""
        letters = sum(map(len, self.words)) + len(self.words)
        if self._light or self.text.isascii():
            return letters
        unspaced = len(_UNSPACED.findall(self.text))
        # An unspaced character is counted with its space above.
        return letters + (UNSPACED_WEIGHT - 2) * unspaced + (HANGUL_WEIGHT - 1) * len(_HANGUL.findall(self.text))

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """The signs that stand at its figures: minus, percent, currencies."""
        return tuple(_SIGN.findall(unicodedata.normalize("NFKC", self.text)))

    @cached_property
    def sentence(self) -> bool:
        """Whether it ends as a sentence does."""
        return self.text.rstrip(_CLOSERS + " ")[-1:] in _STOPS and bool(self.words)

    @cached_property
    def question(self) -> bool:
        """Whether it ends in a question mark."""
        return self.text.rstrip(_CLOSERS + " ").endswith(tuple(_QUESTIONS))

    @cached_property
    def clipped(self) -> bool:
        """Whether it ends or begins in an ellipsis: text that was cut off."""
        return self.text.rstrip(_CLOSERS + " ").endswith(("...", "…")) or self.text.startswith(("...", "…"))

    @cached_property
    def quoted(self) -> bool:
        """Whether it begins with a quotation mark."""
        return self.text[:1] in _QUOTES

    @cached_property
    def listed(self) -> bool:
        """Whether it begins with a list marker."""
        return _LISTED.match(self.text) is not None

    @cached_property
    def label(self) -> str:
        """The words before a colon at its beginning, folded; empty without."""
        match = _LABEL.match(self.text)
        return " ".join(words(match.group(1))) if match and len(match.group(1).split()) <= 4 else ""

    @cached_property
    def named(self) -> bool:
        """Whether it may be a credit or a byline: no sentence, and half or more behind the first word capitalised; or
        names on both sides of a slash.
        """
        letters = [match.group()[0] for match in _TOKEN.finditer(self.text)][1:]
        if self.sentence or not letters:
            return False
        return self.slashed or (
            not self.text.isupper() and 2 * sum(letter.isupper() for letter in letters) >= len(letters)
        )

    @cached_property
    def slashed(self) -> bool:
        """Whether a slash stands between capitalised words, as between a photographer and an agency."""
        return _SLASHED.search(self.text) is not None

    @cached_property
    def embedded(self) -> bool:
        """Whether it is signed as a post of a social network is: with a name in brackets that begins with @."""
        return _HANDLE.search(self.text) is not None

    @cached_property
    def bracketed(self) -> bool:
        """Whether it ends in a bracket, as captions do with their credit; or is all in brackets, as directions are."""
        return self.text[-1:] in ")]）］"

    @cached_property
    def prose(self) -> bool:
        """Whether it reads as running text."""
        return self.size >= (PROSE if self.sentence else PROSE * 1.5) and not self.tabular

    @cached_property
    def tabular(self) -> bool:
        """Whether it reads as a row of figures or a table: cells, or a third of its words numbers."""
        if "\t" in self.text or self.text.count("|") > 1:
            return True
        numbers = sum(any(map(str.isnumeric, word)) for word in self.words if not (word.isascii() and word.isalpha()))
        return numbers >= max(1, 0.34 * len(self.words))

    def names(self) -> set[str]:
        """Return the canonical words that stand capitalised inside a sentence: names, as far as can be seen."""
        found: set[str] = set()
        for match in _TOKEN.finditer(self.text):
            first = match.group()[0]
            if unicodedata.category(first) in ("Lu", "Lt") and not self._begins_sentence(match.start()):
                found.update(words(match.group()))
        return found

    def _begins_sentence(self, place: int) -> bool:
        """Whether what stands before the place is a sentence end; "Mr." and "U.S." are none."""
        text = self.text
        while place and text[place - 1] in _OPENERS:
            place -= 1
        if not place or text[place - 1] not in _BREAKS:
            return not place
        return text[place - 1] != "." or _ABBREVIATION.search(text, max(0, place - 5), place) is None
