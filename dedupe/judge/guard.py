"""The guard: decides what would be lost if a duplicate were removed for its original.

A paragraph may go if its words stand in the original, in order, except a few words of no weight, words that stand
near the original in paragraphs that stay, and words that are no part of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from dedupe.judge._weight import is_caseless, is_quantity, is_spelling
from dedupe.judge._weighty_words import DATES, MAGNITUDES, NEGATIONS
from dedupe.judge.alignment import Gap, WordRun, aligned, common, gaps, rewritten
from dedupe.judge.content import ParagraphText
from dedupe.judge.kinds import kind_of
from dedupe.judge.nearby import Nearby, denies, opposed
from dedupe.judge.policy import Policy
from dedupe.model import Kind
from dedupe.text.tokens import is_number

MIN_SHARED_SHARE = 1 / 3
"""Share of the words that must stand in the original before the others may stand nearby or be left out."""

SHOWN_WORDS = 4
"""Differing words in a row that a sentence shows."""

LossKind = Literal["number", "sign", "unit", "name", "negation", "identifier", "words"]
_LOSS_NAMES: dict[LossKind, str] = {
    "number": "a number",
    "sign": "a sign",
    "unit": "a unit",
    "name": "a name",
    "negation": "a negation",
    "identifier": "the case of an identifier",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """What a removal would lose. `words`: of the duplicate; `instead`: of the original at the same position."""

    kind: LossKind
    words: tuple[str, ...]
    instead: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Describe the difference in a few words.

        >>> str(Loss("number", ("5",), ("6",)))
        'a number differs: 5 / 6'
        """
        if self.kind == "words":
            count = "a word is" if len(self.words) == 1 else "words are"
            description = f"{count} replaced" if self.instead else f"{count} missing"
        else:
            description = f"{_LOSS_NAMES[self.kind]} {'differs' if self.instead else 'is missing'}"
        sides = [
            " ".join(side[:SHOWN_WORDS]) + " ..." * (len(side) > SHOWN_WORDS)
            for side in (self.words, self.instead)
            if side
        ]
        return f"{description}: {' / '.join(sides)}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the words of a duplicate stand in its original, and what removing it would lose.

    `words`: the words of the duplicate; empty if the two are equal. `lost`: positions, ascending, of the words
    that do not stand in the original. `nearby`: the positions of those that stand near the original. `furniture`: of
    those that are no part of the text. `same`: whether neither paragraph has more than the other.
    """

    words: tuple[str, ...]
    lost: tuple[int, ...] = ()
    nearby: frozenset[int] = frozenset()
    furniture: frozenset[int] = frozenset()
    loss: Loss | None = None
    same: bool = False

    @property
    def share(self) -> float:
        """The share of the words that stand in the original, 0 to 1."""
        return 1 - len(self.lost) / max(1, len(self.words))

    @property
    def differing(self) -> tuple[str, ...]:
        """The words that do not stand in the original."""
        return tuple(self.words[position] for position in self.lost)

    @property
    def kind(self) -> Kind:
        """The kind of the repeat."""
        return kind_of(equal=self.same, loses=self.loss is not None, differs=bool(self.lost))


IDENTICAL = Coverage((), same=True)
"""The coverage of a paragraph with the same words as its original."""


def guard(
    duplicate: ParagraphText, originals: Sequence[ParagraphText], nearby: Iterable[ParagraphText], policy: Policy
) -> Coverage:
    """Return what would be lost if a duplicate were removed for its original, one paragraph or consecutive ones.

    `nearby`: the paragraphs within three of the original that stay. Only words of the duplicate are looked for: the
    original may have more.
    """
    if len(originals) == 1 and duplicate.equals(originals[0]):
        return IDENTICAL
    return _Comparison(duplicate, originals, nearby, policy).coverage()


_NONE: frozenset[int] = frozenset()


@dataclass
class _Comparison:
    """A duplicate compared with its original."""

    duplicate: ParagraphText
    originals: Sequence[ParagraphText]
    nearby: Iterable[ParagraphText]
    policy: Policy

    def __post_init__(self) -> None:
        self.tokens = self.duplicate.tokens
        self.original_tokens = self.originals[0].tokens
        if len(self.originals) > 1:
            self.original_tokens = tuple(chain.from_iterable([original.tokens for original in self.originals]))
        self.surroundings = Nearby(self.duplicate, self.originals, self.original_tokens, self.nearby)

    def coverage(self) -> Coverage:
        tokens, original_tokens = self.tokens, self.original_tokens
        missing = self.duplicate.token_set.difference(*(original.token_set for original in self.originals))
        absent = [position for position, token in enumerate(tokens) if token in missing] if missing else []
        if len(absent) > (1 - MIN_SHARED_SHARE) * len(tokens):
            return Coverage(tokens, tuple(absent), loss=Loss("words", tuple(tokens[position] for position in absent)))
        runs = common(tokens, original_tokens) if absent else aligned(tokens, original_tokens)
        recased = self._recased(runs)
        between = list(gaps(runs, len(tokens), len(original_tokens)))
        denied = opposed(between, tokens, original_tokens)
        added_negation = Loss("negation", (), denied) if denied else None
        if sum(size for _, _, size in runs) == len(tokens) and not recased:
            return Coverage(tokens, loss=added_negation)
        respelled = rewritten(between, tokens, original_tokens)
        lost = [(position, gap) for gap in between for position in range(gap[0], gap[1]) if position not in respelled]
        furniture = self._furniture() if self.policy.lenient else _NONE
        shared = len(tokens) - len(lost)
        lenient = self.policy.lenient and shared >= MIN_SHARED_SHARE * (len(tokens) - len(furniture))
        remaining, lost_furniture, nearby = lost, _NONE, _NONE
        if lenient and furniture:
            lost_furniture = furniture.intersection([at for at, gap in lost if not self._is_other_number(at, gap)])
            remaining = [one for one in lost if one[0] not in lost_furniture]
        if lenient:
            has = self.surroundings.has
            nearby = frozenset([position for position, gap in remaining if has(position, gap, lost_furniture)])
            remaining = [one for one in remaining if one[0] not in nearby]
        positions = tuple(sorted({*recased, *(position for position, _ in lost)}))
        loss = self._loss(remaining, recased, len(lost_furniture)) or added_negation
        return Coverage(tokens, positions, nearby, lost_furniture, loss)

    def _loss(self, lost: Sequence[tuple[int, Gap]], recased: dict[int, str], furniture: int) -> Loss | None:
        """Return the loss of these words: the first that has weight, those that are replaced, or all if too many."""
        for position, gap in lost:
            kind = self._weight(position, gap)
            if kind:
                same_kind = [at for at, other in lost if other == gap and self._weight(at, other) == kind]
                return Loss(kind, tuple(self.tokens[at] for at in same_kind), self.surroundings.instead(gap))
        for position, written in recased.items():
            return Loss("identifier", (self.duplicate.identifiers[position],), (written,))
        replaced = [one for one in lost if self._is_replaced(*one)]
        if not replaced and len(lost) <= self.policy.allowed(len(self.tokens) - furniture):
            return None
        lost = replaced or lost
        first = lost[0][1]
        single = all(gap == first for _, gap in lost)
        words = tuple(self.tokens[position] for position, _ in lost)
        return Loss("words", words, self.surroundings.instead(first) if single else ())

    def _weight(self, position: int, gap: Gap) -> LossKind | None:
        """Return the kind of weight of a word that does not stand in the original; None if it has none."""
        word = self.duplicate.words[position]
        replacement = self.surroundings.instead(gap)
        if is_number(word):
            return "sign" if word in map(_unsigned, replacement) else "number"
        if word in NEGATIONS or (len(word) == 1 and denies(self.tokens, gap[0], gap[1])):
            return "negation"
        if position in self.duplicate.units and self._is_counted(position):
            return "unit"
        if is_quantity(word):
            return "number"
        return "name" if self._is_name(position, replacement) else None

    def _is_counted(self, position: int) -> bool:
        """Return whether the word before a position is a number, or multiplies one."""
        before = self.duplicate.words[max(0, position - 2) : position]
        return bool(before) and (is_quantity(before[-1]) or not MAGNITUDES.isdisjoint(before))

    def _is_name(self, position: int, replacement: Sequence[str]) -> bool:
        """Return whether a word is a name, part of a date or of an identifier, or may be one in its script."""
        word = self.duplicate.words[position]
        if word in DATES or position in self.duplicate.codes or self.surroundings.is_name(word):
            return True
        return is_caseless(word) and not any(is_spelling(word, other) for other in replacement)

    def _is_replaced(self, position: int, gap: Gap) -> bool:
        """Return whether the original has another word in the position of this one, and no other spelling of it."""
        first, last, begin, end = gap
        if last - first != end - begin:
            return False  # another wording, or an end behind which the original goes on
        other = self.original_tokens[begin + position - first]
        return other in NEGATIONS or not is_spelling(self.tokens[position], other)

    def _recased(self, runs: Sequence[WordRun]) -> dict[int, str]:
        """Return the positions of identifiers with another case in the original, each with the original's spelling."""
        identifiers = self.duplicate.identifiers
        if not identifiers:
            return {}
        original_identifiers: dict[int, str] = {}
        start = 0
        for original in self.originals:
            original_identifiers.update({start + at: name for at, name in original.identifiers.items()})
            start += len(original.words)
        found = {}
        for first, begin, size in runs:
            for position in range(first, first + size):
                written = original_identifiers.get(position - first + begin) if position in identifiers else None
                if written is not None and written != identifiers[position]:
                    found[position] = written
        return found

    def _is_other_number(self, position: int, gap: Gap) -> bool:
        """Return whether a word is a number, and the furniture of the original has one there: of another video."""
        if not is_number(self.duplicate.words[position]) or len(self.originals) > 1:
            return False
        original = self.originals[0]
        return any(at in original.furniture and is_number(original.words[at]) for at in range(*gap[2:]))

    def _furniture(self) -> frozenset[int]:
        """Return the positions of words that are no part of the text.

        A signature counts only if the signer is named near the original, a link only if the original has no link, a
        label only if the original has no other one.
        """
        duplicate = self.duplicate
        count = len(duplicate.words)
        found = duplicate.furniture
        if duplicate.links and not any(original.links for original in self.originals):
            found |= duplicate.links
        label = duplicate.label
        if label and any(original.label and original.label != label for original in self.originals):
            found -= frozenset(range(len(label)))  # as two speakers have
        if not duplicate.signature or any(original.signature for original in self.originals):
            return found
        if any(duplicate.signer in text.vocabulary for text in self.surroundings.others() if not text.signature):
            return found | frozenset(range(count - duplicate.signature, count))
        return found


def _unsigned(token: str) -> str:
    """Return a token without the signs in front of it."""
    return token[next((at for at, character in enumerate(token) if character.isalnum()), len(token)) :]
