"""What would be lost if a paragraph went for its original: the one place where that is decided.

A paragraph may go if its words stand in the original, in order, but for a few of no weight; for what is said near the
original, in what stays; and for what is no part of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from dedupe.judge._weight import MAGNITUDES, NEGATIONS, is_caseless, is_spelling
from dedupe.judge.alignment import Gap, WordRun, aligned, common, gaps, rewritten
from dedupe.judge.content import ParagraphText
from dedupe.judge.kinds import kind_of
from dedupe.judge.nearby import Nearby, opposed
from dedupe.judge.policy import Policy
from dedupe.model import Kind
from dedupe.text.tokens import is_number

STANDING = 1 / 3
"""Share of the words that must stand in the original for the rest to be looked for elsewhere."""

SHOWN = 4
"""Words in a row that a sentence shows."""

LossKind = Literal["number", "sign", "unit", "name", "negation", "identifier", "words"]
_CALLED: dict[LossKind, str] = {
    "number": "a number",
    "sign": "a sign",
    "unit": "a unit",
    "name": "a name",
    "negation": "a negation",
    "identifier": "the case of an identifier",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """What a removal would lose. `words`: those of the removed paragraph; `instead`: those of the original there."""

    kind: LossKind
    words: tuple[str, ...]
    instead: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say in a few words what differs.

        >>> str(Loss("number", ("5",), ("6",)))
        'a number differs: 5 / 6'
        """
        if self.kind == "words":
            count = "a word is" if len(self.words) == 1 else "words are"
            called = f"{count} replaced" if self.instead else f"{count} missing"
        else:
            called = f"{_CALLED[self.kind]} {'differs' if self.instead else 'is missing'}"
        sides = [" ".join(side[:SHOWN]) + " ..." * (len(side) > SHOWN) for side in (self.words, self.instead) if side]
        return f"{called}: {' / '.join(sides)}"


@dataclass(frozen=True, slots=True)
class Account:
    """How a paragraph stands in its original: what of its words does not, by position, and what would be lost."""

    words: tuple[str, ...]
    """The words of the paragraph; none where both say the same."""
    lost: tuple[int, ...] = ()
    """All that do not stand in the original, in order."""
    nearby: frozenset[int] = frozenset()
    """Those of them that are said near the original."""
    furniture: frozenset[int] = frozenset()
    """Those of them that are no part of the text."""
    loss: Loss | None = None
    same: bool = False
    """Whether the paragraph and its original say the same, neither of them more."""

    @property
    def share(self) -> float:
        """The share of the words that stand in the original."""
        return 1 - len(self.lost) / max(1, len(self.words))

    @property
    def differing(self) -> tuple[str, ...]:
        """The words that do not stand in the original."""
        return tuple(self.words[at] for at in self.lost)

    @property
    def kind(self) -> Kind:
        """The kind of the repeat."""
        return kind_of(equal=self.same, loses=self.loss is not None, differs=bool(self.lost))


SAME = Account((), same=True)
"""The account of a paragraph that says what its original says: of none of its words there is more to tell."""


def guard(
    duplicate: ParagraphText, originals: Sequence[ParagraphText], surroundings: Iterable[ParagraphText], policy: Policy
) -> Account:
    """Say what would be lost if a paragraph went for its original, one paragraph or consecutive ones.

    `surroundings` are the paragraphs within three of the original that stay. Only what the duplicate says is looked
    for: the original may say more.
    """
    if len(originals) == 1 and duplicate.equals(originals[0]):
        return SAME
    return _Comparison(duplicate, originals, surroundings, policy).account()


def difference(one: ParagraphText, others: Sequence[ParagraphText]) -> Loss | None:
    """Return what differs between a paragraph and others, be it of no weight: what it says and they do not, or back."""
    strict = Policy("conservative")
    forth = guard(one, others, (), strict).loss
    if forth is not None and (forth.kind != "words" or len(others) > 1):
        return forth
    back = guard(others[0], [one], (), strict).loss if len(others) == 1 else None
    if back is not None and (forth is None or back.kind != "words"):
        return Loss(back.kind, back.instead, back.words) if back.instead else back
    return forth


class _Comparison:
    """A paragraph beside its original."""

    def __init__(
        self,
        duplicate: ParagraphText,
        originals: Sequence[ParagraphText],
        surroundings: Iterable[ParagraphText],
        policy: Policy,
    ) -> None:
        self.duplicate = duplicate
        self.originals = originals
        self.policy = policy
        self.mine = duplicate.tokens
        several = len(originals) > 1
        self.theirs = tuple(chain.from_iterable([one.tokens for one in originals])) if several else originals[0].tokens
        self.nearby = Nearby(duplicate, originals, self.theirs, surroundings)

    def account(self) -> Account:
        mine, theirs = self.mine, self.theirs
        missing = self.duplicate.token_set.difference(*(one.token_set for one in self.originals))
        absent = [at for at, token in enumerate(mine) if token in missing] if missing else []
        if len(absent) > (1 - STANDING) * len(mine):
            return Account(mine, tuple(absent), loss=Loss("words", tuple(mine[at] for at in absent)))
        runs = common(mine, theirs) if absent else aligned(mine, theirs)
        recased = self._recased(runs)
        between = list(gaps(runs, len(mine), len(theirs)))
        denied = opposed(between, mine, theirs)
        denial = Loss("negation", (), denied) if denied else None
        if sum(size for _, _, size in runs) == len(mine) and not recased:
            return Account(mine, loss=denial)
        kept = rewritten(between, mine, theirs)
        lost = [(at, gap) for gap in between for at in range(gap[0], gap[1]) if at not in kept]
        standing = len(mine) - len(lost)
        furniture = self._furniture() if self.policy.lenient else frozenset()
        lenient = self.policy.lenient and standing >= STANDING * (len(mine) - len(furniture))
        aside = {at for at, _ in lost if at in furniture} if lenient else set()
        rest = [(at, gap) for at, gap in lost if at not in aside]
        near = {at for at, gap in rest if self.nearby.says(at, gap, aside)} if lenient else set()
        rest = [(at, gap) for at, gap in rest if at not in near]
        places = tuple(sorted({*(at for at, _ in lost), *recased}))
        loss = self._loss(rest, recased, len(aside)) or denial
        return Account(mine, places, frozenset(near), frozenset(aside), loss)

    def _loss(self, rest: Sequence[tuple[int, Gap]], recased: dict[int, str], aside: int) -> Loss | None:
        """Return what would be lost of these words: the first of weight, or all if they are too many."""
        for at, gap in rest:
            kind = self._weight(at, gap)
            if kind:
                alike = tuple(
                    self.mine[one] for one, other in rest if other == gap and self._weight(one, other) == kind
                )
                return Loss(kind, alike, self.nearby.instead(gap))
        for at, written in recased.items():
            return Loss("identifier", (self.duplicate.identifiers[at],), (written,))
        if len(rest) <= self.policy.allowed(len(self.mine) - aside):
            return None
        first = rest[0][1]
        single = all(gap == first for _, gap in rest)
        return Loss("words", tuple(self.mine[at] for at, _ in rest), self.nearby.instead(first) if single else ())

    def _weight(self, at: int, gap: Gap) -> LossKind | None:
        """Return of what weight a word is that does not stand in the original; None if of none."""
        word = self.duplicate.words[at]
        instead = self.nearby.instead(gap)
        if is_number(word):
            return "sign" if word in map(_unsigned, instead) else "number"
        if word in NEGATIONS:
            return "negation"
        if at in self.duplicate.units and self._is_counted(at):
            return "unit"
        if word in MAGNITUDES:
            return "number"
        if self.nearby.is_name(word) or (
            is_caseless(word) and instead and not any(is_spelling(word, one) for one in instead)
        ):
            return "name"
        return None

    def _is_counted(self, at: int) -> bool:
        """Say whether the word before one is a figure, or multiplies one."""
        before = self.duplicate.words[max(0, at - 2) : at]
        return bool(before) and (is_number(before[-1]) or not MAGNITUDES.isdisjoint(before))

    def _recased(self, runs: Sequence[WordRun]) -> dict[int, str]:
        """Return the positions of identifiers whose case is another in the original, and how it writes them."""
        mine = self.duplicate.identifiers
        if not mine:
            return {}
        theirs: dict[int, str] = {}
        start = 0
        for one in self.originals:
            theirs.update({start + at: name for at, name in one.identifiers.items()})
            start += len(one.words)
        found = {}
        for a, b, size in runs:
            for at in range(a, a + size):
                written = theirs.get(at - a + b) if at in mine else None
                if written is not None and written != mine[at]:
                    found[at] = written
        return found

    def _furniture(self) -> frozenset[int]:
        """Return the positions of what is no part of the text; a signature only if who signed is named nearby, and a
        link only if the original has no other one.
        """
        duplicate = self.duplicate
        count = len(duplicate.words)
        found = duplicate.furniture
        if duplicate.links and not any(one.links for one in self.originals):
            found |= duplicate.links
        if not duplicate.signature or any(one.signature for one in self.originals):
            return found
        if any(duplicate.signer in one.vocabulary for one in self.nearby.others() if not one.signature):
            return found | frozenset(range(count - duplicate.signature, count))
        return found


def _unsigned(token: str) -> str:
    """Return a token without the signs in front of it."""
    at = 0
    while at < len(token) and not token[at].isalnum():
        at += 1
    return token[at:]
