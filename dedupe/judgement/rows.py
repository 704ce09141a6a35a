"""What one paragraph looks like to an editor: its words, its weight, its form."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from dedupe.judge.content import Content, once
from dedupe.judge.furniture import UNQUOTES
from dedupe.judge.weight import QUOTES
from dedupe.model import Role
from dedupe.paragraphs import Paragraphs, one_row_a_line
from dedupe.words import folded, is_number, words

PROSE = 80
"""A row of this size that is a sentence, or half as much again that is not, reads as running text."""

UNSPACED_WEIGHT, HANGUL_WEIGHT = 2.2, 1.9
"""A character of a script without spaces says as much as about two letters: one scale of sizes serves all scripts."""

STAYING: frozenset[Role] = frozenset(("code", "cell", "fixed", "navigation", "matter"))
"""Roles of what is never removed: its place says something, or it serves to find one's way."""

BACKSTAGE: frozenset[Role] = frozenset(("code", "cell", "fixed", "hidden", "navigation", "matter"))
"""Roles of what is no original for a reader's text."""

_STANDINGS: dict[Role, int] = {"hidden": 0, "caption": 1, "quote": 1}
_UNSPACED = regex.compile(r"[\p{Script=Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_HEAVY = regex.compile(r"[\u0E00-\u1FFF\u2E80-\U0010FFFF]")  # Thai and beyond, punctuation and symbols left out
_HANGUL = regex.compile(r"\p{Hangul}")
_CLOSERS = " \"'”’»›“)]}）」』】〉》*_"
_STOPS = ".!?。！？…؟۔।॥։።៕။"
_QUESTIONS = tuple("?？؟;՞፧")
_LISTED = regex.compile(
    r"\s*+(?:[-–—*•·●○◦▪▫■□►▶➤‣⁃+>]\s*+|\p{N}{1,3}[.):]\s|\(?\p{L}[.)]\s|\(\p{N}{1,3}\)|[①-⑳]|(?:\#\d))"
)
_LABEL = regex.compile(r"\s*+([\p{L}\p{M}\p{N}.'’\- ]{1,40}+)\s?[:：](?=\s|\S)")
_TOKEN = regex.compile(r"[\p{L}\p{M}\p{N}]++")
_DIGIT = regex.compile("[0-9]")
_SLASHED = regex.compile(r"\p{Lu}[\p{L}.]*+ ?/ ?\p{Lu}")
_HANDLE = regex.compile(r"\(@\w{2,30}\)")


class Whole:
    """A text as a whole, folded once, when the words are first needed of a row that is better not folded alone."""

    def __init__(self, text: str, wrapped: bool) -> None:
        self._text = text
        self._wrapped = wrapped

    @once
    def said(self) -> list[str]:
        """The folded words of each row of the text, blank ones included."""
        text = self._text
        return folded(one_row_a_line(text) if self._wrapped or "\r" in text else text).split("\n")


def rows_of(text: str, paragraphs: Paragraphs, roles: Sequence[Role] = ()) -> list[Row]:
    """Return the rows of a text that are not blank; what is said again in the same role is the same object again."""
    whole = Whole(text, paragraphs.wrapped)
    texts = paragraphs.texts
    known: dict[tuple[str, Role], Row] = {}
    rows = []
    for at, number in enumerate(paragraphs.filled):
        said, role = texts[number].strip(), roles[at] if roles else ""
        row = known.get((said, role))
        if row is None:
            row = known[said, role] = Row(said, number, whole)
            if role:
                row.role = role
        rows.append(row)
    return rows


def row_of(paragraphs: Paragraphs, number: int) -> Row:
    """Return one row of a text."""
    return Row(paragraphs.texts[number].strip(), number)


class Row(Content):
    """One non-blank paragraph; computed on first use, since most rows of a document are never looked at."""

    role: Role = ""

    def __init__(self, text: str, number: int, whole: Whole | None = None) -> None:
        """Take a row's text, without white space around it, and its number, and perhaps the whole it is a part of.

        Equal rows of a document may be one object, with the number of the first.
        """
        super().__init__(text)
        self.number = number
        self._whole = whole

    @once
    def words(self) -> tuple[str, ...]:
        """The canonical words."""
        said = self.plain
        if said is None:
            said = folded(self.text) if self._whole is None else self._whole.said[self.number]
        return tuple(said.split())

    @property
    def wordless(self) -> bool:
        """Whether it has no words."""
        first = self.text[:1]
        return not (first.isascii() and first.isalnum()) and self.letters == 0

    def says(self, other: Row) -> bool:
        """Say whether both say the same."""
        return self is other or (self.letters == other.letters and self.equals(other))

    @once
    def letters(self) -> int:
        """The number of characters in the words."""
        said = self.plain
        return len("".join(self.words)) if said is None else len(said) - said.count(" ") - said.count("\n")

    @once
    def size(self) -> float:
        """Characters of the words and one for each, weighted by script: a measure of how much is said."""
        letters = self.letters + len(self.words)
        if self.plain is not None or not _HEAVY.search(self.text):
            return letters
        unspaced = len(_UNSPACED.findall(self.text))
        # An unspaced character is counted with its space above.
        return letters + (UNSPACED_WEIGHT - 2) * unspaced + (HANGUL_WEIGHT - 1) * len(_HANGUL.findall(self.text))

    def reaches(self, least: float) -> bool:
        """Say whether its size is at least this, which its letters alone mostly tell, without telling words apart."""
        return self.letters >= least or self.size >= least

    @once
    def sentence(self) -> bool:
        """Whether it ends as a sentence does."""
        return self.text.rstrip(_CLOSERS)[-1:] in _STOPS and not self.wordless

    @once
    def question(self) -> bool:
        """Whether it ends in a question mark."""
        return self.text.rstrip(_CLOSERS).endswith(_QUESTIONS)

    @once
    def clipped(self) -> bool:
        """Whether it ends or begins in an ellipsis: text that was cut off; the label of a link may stand behind it."""
        return self.text.rstrip(_CLOSERS).endswith(("...", "…")) or self.text.startswith(("...", "…")) or self.link > 0

    @once
    def quoted(self) -> bool:
        """Whether it begins with a quotation mark."""
        return self.text[:1] in QUOTES

    @property
    def quotation(self) -> bool:
        """Whether all of it stands in quotation marks."""
        return self.quoted and self.text[-1] in UNQUOTES

    @property
    def standing(self) -> int:
        """Which of two rows that say the same should stay: the one that stands higher, as the source has it."""
        return _STANDINGS.get(self.role, 2)

    @once
    def listed(self) -> bool:
        """Whether it is an item of a list, or begins with the marker of one."""
        if self.role == "item":
            return True
        return not self.text[:2].isalpha() and _LISTED.match(self.text) is not None  # most begin with a word

    @once
    def label(self) -> str:
        """The words before a colon at its beginning, folded; empty without."""
        match = _LABEL.match(self.text) if ":" in self.text or "：" in self.text else None
        return " ".join(words(match.group(1))) if match and len(match.group(1).split()) <= 4 else ""

    @once
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

    @once
    def slashed(self) -> bool:
        """Whether a slash stands between capitalised words, as between a photographer and an agency."""
        return _SLASHED.search(self.text) is not None

    @once
    def embedded(self) -> bool:
        """Whether it is signed as a post of a social network is: with a name in brackets that begins with @."""
        return _HANDLE.search(self.text) is not None

    @once
    def bracketed(self) -> bool:
        """Whether it ends in a bracket, as captions do with their credit; or is all in brackets, as directions are."""
        return self.text[-1:] in ")]）］"

    @once
    def prose(self) -> bool:
        """Whether it reads as running text."""
        return self.reaches(PROSE if self.sentence else PROSE * 1.5) and not self.tabular

    @once
    def tabular(self) -> bool:
        """Whether it reads as a row of figures or a table: cells, or a third of its words numbers."""
        if self.role in ("cell", "code") or "\t" in self.text or self.text.count("|") > 1:
            return True
        if self.plain is not None and not self.figures:
            return False
        least = max(1, 0.34 * len(self.words))
        if self.plain is not None and len(_DIGIT.findall(self.plain)) < least:
            return False  # the quick way out: there are fewer digits than numbers are needed
        return sum(map(is_number, self.words)) >= least
