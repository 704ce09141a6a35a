"""Slow, obvious twins of the arrays behind the features, in plain Python: paragraphs, words, candidates of one text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

from dedupe.text.paragraphs import one_paragraph_a_line
from dedupe.text.tokens import is_numeral, simplify, words

CLOSERS = "\"'”’»›“)]）}」』】〉》*_"
STOPS = ".!?。！？…؟۔।॥።։៕"
QUESTIONS = "?？؟;՞፧"
QUOTES = "\"'“”„«»‘’‹›「『"
OPEN = "([{（［【"
COLONS = ":："
BULLETS = "-–—*•·●○◦▪▫■□►▶➤‣⁃+>"


@cache
def first_letter(character: str) -> str:
    """Return the first letter of the canonical form of a character, or nothing if it is in no word."""
    return "".join(words(character))[:1]


@cache
def is_unspaced(character: str) -> bool:
    """Say whether a character is a word by itself."""
    return bool(first_letter(character)) and len(words(character + "a")) > len(words(character))


@cache
def written_out(character: str) -> str:
    """Return a character that stands for two letters with the second behind it, any other as it is."""
    normal = unicodedata.normalize("NFKC", character)
    return character + normal[1] if unicodedata.category(character)[0] in "LMN" and len(normal) == 2 else character


def capital(character: str) -> bool:
    return unicodedata.category(character) in ("Lu", "Lt")


def hangul(character: str) -> bool:
    return "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff"


@dataclass(frozen=True)
class Word:
    """A word: normalized, as it is written, and the position of its first character in the paragraph."""

    normalized: str
    written: str
    start: int

    @property
    def size(self) -> int:
        """Letters and the space behind, in tenths of a letter."""
        if hangul(self.written[0]):
            return 19 * len(self.written) + 10
        return 22 if is_unspaced(self.written[0]) else 10 * (len(self.written) + 1)

    @property
    def capital(self) -> bool:
        return capital(self.written[0])

    @property
    def figure(self) -> bool:
        return is_numeral(self.written[0]) or is_numeral(self.written[-1])

    @property
    def long(self) -> bool:
        return len(self.written) >= 4


def words_of(content: str) -> list[Word]:
    found: list[Word] = []
    glued = False
    for at, character in enumerate(content):
        normalized = first_letter(character)
        if normalized and glued and not is_unspaced(character):
            last = found.pop()
            found.append(Word(last.normalized + normalized, last.written + character, last.start))
        elif normalized:
            found.append(Word(normalized, character, at))
        glued = bool(normalized) and not is_unspaced(character)
    return found


class Paragraph:
    """A line that is not blank."""

    def __init__(self, line: str, number: int, role: str) -> None:
        self.content = line.strip()
        self.indent = len(line) - len(line.lstrip())
        self.number = number
        self.role = role
        self.words = words_of(self.content)
        self.normalized = [word.normalized for word in self.words]
        self.size = sum(word.size for word in self.words)
        self.letters = sum(len(word.written) for word in self.words)

    @cached_property
    def stop(self) -> str:
        """The last character, up to six closing marks and spaces passed over."""
        at = len(self.content) - 1
        for _ in range(6):
            if at > 0 and (self.content[at] in CLOSERS or self.content[at].isspace()):
                at -= 1
        return self.content[at]

    @cached_property
    def sentence(self) -> bool:
        return self.stop in STOPS and bool(self.words)

    @cached_property
    def prose(self) -> bool:
        return self.size >= (800 if self.sentence else 1200)

    @cached_property
    def listed(self) -> bool:
        if self.role == "item":
            return True
        first, second = self.content[0], self.content[1:2]
        if first in BULLETS and (second in tuple(" \t\xa0") or "\u2022" <= first < "\u2600"):
            return True
        if not self.words or self.words[0].start > 1:
            return False
        number = self.words[0]
        end = number.start + len(number.written)
        marked = self.content[end : end + 1] in (".", ")") and self.content[end + 1 : end + 2] in (" ", "\t")
        return marked and len(number.written) <= 3 and (number.figure or len(number.written) == 1)

    @cached_property
    def label(self) -> int:
        """The number of words, at most four, before the first colon that is of no time and no address."""
        for at, character in enumerate(self.content[:61]):
            after = self.content[at + 1 : at + 2]
            if character in COLONS and after != "/" and not (after and is_numeral(after)):
                before = sum(word.start < at for word in self.words)
                return before if before <= 4 else 0
        return 0

    def share(self, flags: Iterable[bool]) -> float:
        return sum(flags) / max(len(self.words), 1)


@dataclass(frozen=True)
class Near:
    """Two paragraphs that are near, by row, and the share of the shingles of each that the other has."""

    left: int
    right: int
    jaccard: float
    left_in_right: float
    right_in_left: float


@dataclass(frozen=True)
class Pair:
    """A candidate: a duplicate and its original."""

    duplicate: int
    original: int
    jaccard: float
    containment: float


class Text:
    """The paragraphs of a text, and which of them are candidates, the pairs that are near being given."""

    def __init__(self, text: str, near: Iterable[Near], roles: Sequence[str] = ()) -> None:
        prepared = "".join(map(written_out, simplify(one_paragraph_a_line(text))))
        numbered_lines = [(number, line) for number, line in enumerate(prepared.split("\n")) if line.strip()]
        self.paragraphs = [
            Paragraph(line, number, roles[number // 2] if roles else "") for number, line in numbered_lines
        ]
        self.copies = [
            [
                at
                for at, two in enumerate(self.paragraphs)
                if one is two or (one.normalized and one.normalized == two.normalized)
            ]
            for one in self.paragraphs
        ]
        """The numbers of all paragraphs with the same words as each, itself included."""
        self.partners = self._partners(near)
        self.pairs = self._pairs()
        self.by_positions = {(pair.duplicate, pair.original): pair for pair in self.pairs}
        self.repeating = {pair.duplicate for pair in self.pairs}
        self.occurrences = {
            word: {at for at, paragraph in enumerate(self.paragraphs) if word in paragraph.normalized}
            for paragraph in self.paragraphs
            for word in paragraph.normalized
        }
        """The numbers of the paragraphs that say each word."""

    def _partners(self, near: Iterable[Near]) -> dict[int, list[Pair]]:
        """Return what is near each paragraph that is the first with its words, the most alike first."""
        number = {paragraph.number: at for at, paragraph in enumerate(self.paragraphs)}
        found: dict[int, list[Pair]] = {}
        for one in near:
            left, right = number[one.left], number[one.right]
            found.setdefault(left, []).append(Pair(left, right, one.jaccard, one.left_in_right))
            found.setdefault(right, []).append(Pair(right, left, one.jaccard, one.right_in_left))
        return {at: sorted(pairs, key=lambda pair: (-pair.jaccard, pair.original)) for at, pairs in found.items()}

    def _pairs(self) -> list[Pair]:
        """Return the candidates: of equal paragraphs the first, previous, next and last copy of each; of the six most
        alike near ones the first copy, and the copies before and behind it.
        """
        found: dict[tuple[int, int], Pair] = {}
        for at, copies in enumerate(self.copies):
            which = copies.index(at)
            for other in (copies[0], *copies[:which][-1:], *copies[which + 1 :][:1], copies[-1]):
                found[at, other] = Pair(at, other, 1, 1)
            for partner in self.partners.get(copies[0], [])[:6]:
                other_copies = self.copies[partner.original]
                above = [other for other in other_copies if other < at]
                below = [other for other in other_copies if other > at]
                for other in (other_copies[0], *above[-1:], *below[:1]):
                    found[at, other] = Pair(at, other, partner.jaccard, partner.containment)
        return [pair for key, pair in sorted(found.items()) if key[0] != key[1]]

    def near(self, at: int) -> int:
        return len(self.partners.get(self.copies[at][0], []))

    def beside(self, at: int, reach: int) -> list[int]:
        """Return the numbers of the paragraphs up to so many above and below one, itself left out."""
        return [other for other in range(at - reach, at + reach + 1) if other != at and self.has(other)]

    def has(self, at: int) -> bool:
        return 0 <= at < len(self.paragraphs)

    @cached_property
    def word_count(self) -> int:
        return max(sum(len(one.words) for one in self.paragraphs), 1)

    @cached_property
    def median(self) -> int:
        """The median size, the lower of two."""
        return sorted(one.size for one in self.paragraphs)[(len(self.paragraphs) - 1) // 2]

    @cached_property
    def runs(self) -> dict[Pair, tuple[list[Pair], list[Pair]]]:
        return {pair: (self._run(pair, -1), self._run(pair, 1)) for pair in self.pairs}

    def _run(self, pair: Pair, step: int) -> list[Pair]:
        """Return the candidates that go on from one, up or down; one paragraph may be passed over in both places."""
        found: list[Pair] = []
        following: Pair | None = pair
        while following:
            here, following = following, None
            for duplicate_step, original_step in ((1, 1), (2, 1), (1, 2), (2, 2)):
                positions = here.duplicate + duplicate_step * step, here.original + original_step * step
                if positions in self.by_positions and positions[0] != here.original and positions[1] != here.duplicate:
                    following = self.by_positions[positions]
                    found.append(following)
                    break
        return found

    @cached_property
    def covered(self) -> dict[Pair, tuple[list[bool], list[bool]]]:
        """Of each word of the duplicate, and of the original, whether it stands in a run of three in the other."""
        found = {}
        for pair in self.pairs:
            words, others = (self.paragraphs[at].normalized for at in (pair.duplicate, pair.original))
            found[pair] = covered(words, others), covered(others, words)
        return found

    def unknown(self, pair: Pair) -> list[Word]:
        """Return the words of the duplicate that stand nowhere in the original."""
        other_words = set(self.paragraphs[pair.original].normalized)
        return [word for word in self.paragraphs[pair.duplicate].words if word.normalized not in other_words]

    def stands_elsewhere(self, word: Word, pair: Pair) -> bool:
        return bool(self.occurrences[word.normalized] - {pair.duplicate})

    def stands_nearby(self, word: Word, pair: Pair) -> bool:
        near = {*self.beside(pair.original, 3), pair.original}
        return bool(self.occurrences[word.normalized] & near - {pair.duplicate})

    def gaps(self, at: int) -> list[int]:
        """Return the distances of the copies of a paragraph, each from the one before."""
        copies = self.copies[at]
        return [other - one for one, other in pairwise(copies)]


def triples(normalized: Sequence[str]) -> list[tuple[str, str, str]]:
    padded = ["^", *normalized, "$"]
    return list(zip(padded, padded[1:], padded[2:], strict=False))


def covered(own_words: Sequence[str], other_words: Sequence[str]) -> list[bool]:
    known = set(other_words)
    there = set(triples(other_words))
    shared = [triple in there for triple in triples(own_words)]
    return [word in known and any(shared[max(at - 1, 0) : at + 2]) for at, word in enumerate(own_words)]


def longest(flags: Sequence[bool]) -> int:
    return max(map(len, "".join("x" if flag else " " for flag in flags).split()), default=0)
