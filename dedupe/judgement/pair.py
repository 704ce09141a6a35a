"""How the words of one paragraph stand in another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import partial
from itertools import pairwise

import regex

from dedupe.judge.alignment import Run, aligned, is_respaced, rewritten
from dedupe.judge.content import once
from dedupe.judge.weight import NEGATIONS
from dedupe.judgement.rows import Row
from dedupe.words import is_number, words

FEW = 4
"""More words than this that stand against others are no slips."""

ALIKE = 0.75
"""Likeness from which two words are spellings of one."""

LABEL = 12
"""Characters of the label of a headline, at most."""

Runs = list[Run]
_COLON = regex.compile("[:：]")
_MARK = regex.compile(r"\s[-–—―·•»›>/]\s|\s*[|｜_]\s*|[:：]\s*")


class Pair:
    """How the words of one row, the guest, stand in another, the host; what a rule asks for is computed then."""

    def __init__(self, guest: Row, host: Row) -> None:
        self.guest = guest
        self.host = host

    @once
    def signed(self) -> bool:
        """Whether the guest is a signed post or quotation and the host is none: then it is compared without that."""
        return bool(self.guest.signature and not self.host.signature)

    @once
    def linked(self) -> bool:
        """Whether the guest is a teaser with the label of a link, and the host goes on: it is compared without that."""
        guest, host = self.guest, self.host
        cut = len(guest.tokens) - guest.link
        return bool(guest.link and cut < len(host.tokens) and guest.tokens[: cut - 1] == host.tokens[: cut - 1])

    @once
    def said(self) -> tuple[str, ...]:
        """The guest's words that are compared."""
        words = self.guest.tokens
        aside = self.guest.signature if self.signed else self.guest.link if self.linked else 0
        return words[: len(words) - aside]

    @once
    def unlinked(self) -> tuple[str, ...]:
        """Those of them that are in no link of a post or teaser, if the host has none."""
        aside = self._aside
        return tuple(word for at, word in enumerate(self.said) if at not in aside) if aside else self.said

    @once
    def labelled(self) -> bool:
        """Whether the guest is the host with a label of one word before it, and a colon: "Video: ...", no number."""
        row, host = self.guest, self.host.tokens
        label = row.tokens[: max(0, len(row.tokens) - len(host))]
        head = _COLON.split(row.text, maxsplit=1)[0]
        if not label or len(head) > LABEL or head.split() != [head] or row.tokens[len(label) :] != host:
            return False
        return tuple(words(head)) == label and not facts(row, range(len(label)))

    @once
    def set_off(self) -> bool:
        """Whether the host is the guest with a label or the name of a site, set off by a mark; or with a time."""
        mine, theirs = self.guest.tokens, self.host.tokens
        rest = len(theirs) - len(mine)
        if not 0 < rest <= FEW + 1 or mine not in (theirs[:-rest], theirs[rest:]):
            return False
        if theirs[rest:] == mine and all(map(is_number, theirs[:rest])):
            return True
        text = self.host.text
        marks = list(_MARK.finditer(text))
        return any(mine in (tuple(words(text[: mark.start()])), tuple(words(text[mark.end() :]))) for mark in marks)

    @once
    def lossless(self) -> bool:
        """Whether the host says all that the guest says."""
        return self.host.token_set.issuperset(self.unlinked) and not self.lost

    @once
    def lost(self) -> tuple[int, ...]:
        """Places of guest's words that the host does not say."""
        if self.guest.says(self.host):
            return ()
        lost = unsaid(self._runs, len(self.said))
        if self._aside:
            lost = tuple(place for place in lost if place not in self._aside)
        return tuple(place for place in lost if place not in self._rewritten) if lost and self._added else lost

    @property
    def gaps(self) -> int:
        """Words of the host between the first and the last aligned one that the guest does not say."""
        return len(self._added)

    @once
    def swapped(self) -> int:
        """Lost words that stand where the host has unlike ones."""
        return _swapped(self._runs, self.said, self.host.tokens)

    @once
    def exchanged(self) -> bool:
        """Whether a lost word stands one for one against another that is no form of it: "he" is none of "she"."""
        ends = [(0, 0, 0), *self._runs, (len(self.said), len(self.host.tokens), 0)]
        gaps = [(self.said[a + size : c], self.host.tokens[b + size : d]) for (a, b, size), (c, d, _) in pairwise(ends)]
        return any(
            one[0] != other[0] or not _is_spelling(one, other)
            for mine, theirs in gaps
            if len(mine) == len(theirs)
            for one, other in zip(mine, theirs, strict=True)
        )

    @once
    def facts(self) -> tuple[str, ...]:
        """Lost or changed words that are numbers, names or negations."""
        return tuple(dict.fromkeys(facts(self.guest, self.lost) + facts(self.host, self._changed_in_host)))

    @once
    def changed(self) -> tuple[str, ...]:
        """The words that are lost, and those that stand in their place."""
        mine, theirs = self.guest.tokens, self.host.tokens
        shown = [mine[place] for place in self.lost] + [theirs[place] for place in self._changed_in_host]
        return tuple(dict.fromkeys(shown))

    @once
    def _aside(self) -> frozenset[int]:
        """Places of the words of guest's links, if it is a post or a teaser and the host has none."""
        return frozenset() if self.host.links else self.guest.links

    @once
    def _runs(self) -> Runs:
        return aligned(self.said, self.host.tokens)

    @once
    def _added(self) -> list[int]:
        added = [place for (_, b, size), (_, then, _) in pairwise(self._runs) for place in range(b + size, then)]
        aside = self.host.links if added and not self.guest.links else ()
        return [place for place in added if place not in aside] if aside else added

    @once
    def _rewritten(self) -> frozenset[int]:
        """Places of guest's words that the host writes with other spaces, or on the other side of a number."""
        return rewritten(self._runs, self.said, self.host.tokens)

    @once
    def _changed_in_host(self) -> list[int]:
        words = self.host.tokens
        changed = [place for place in self._added if words[place] in NEGATIONS]
        return changed + [place for place in _opposite(self._runs, self.said, words) if place not in changed]


class Pairs(dict[tuple[Row, Row], Pair]):
    """Every pair of a guest and a host that was asked for, compared once however often a document is judged."""

    def __missing__(self, rows: tuple[Row, Row]) -> Pair:
        pair = self[rows] = Pair(*rows)
        return pair


def facts(row: Row, places: Iterable[int]) -> list[str]:
    """Return those of the row's words at these places that are numbers, names or negations."""
    chosen = [row.tokens[place] for place in places]
    names = row.names if not all(map(is_number, chosen)) else set()
    return [word for word in chosen if word in names or word in NEGATIONS or is_number(word)]


def unsaid(runs: Runs, words: int) -> tuple[int, ...]:
    """Return the places, of so many words, that are in no run."""
    places: list[int] = []
    at = 0
    for a, _, size in runs:
        places.extend(range(at, a))
        at = a + size
    return (*places, *range(at, words))


def _swapped(runs: Sequence[tuple[int, int, int]], guest: Sequence[str], host: Sequence[str]) -> int:
    """Return how many guest words stand between aligned runs, or at the ends, where the host has unlike ones instead.

    Words that differ in a letter or two are slips or spellings, and not counted.
    """
    count = 0
    ends = [(0, 0, 0), *runs, (len(guest), len(host), 0)]
    for (a, b, size), (c, d, _) in pairwise(ends):
        mine, theirs = guest[a + size : c], host[b + size : d]
        if len(mine) > FEW or len(theirs) > FEW:
            count += min(len(mine), len(theirs))
        elif mine and theirs and not is_respaced(mine, theirs):
            count += sum(not any(map(partial(_is_spelling, word), theirs)) for word in mine)
    return count


def _is_spelling(one: str, other: str) -> bool:
    """Say whether two words are so alike, by Ratcliff and Obershelp, that they are spellings of one."""
    needed = ALIKE * (len(one) + len(other))
    if 2 * min(len(one), len(other)) < needed:
        return False
    common = sum(min(one.count(letter), other.count(letter)) for letter in set(one))
    if 2 * common < needed:
        return False  # too few letters in common, in whatever order
    return one == other or SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _opposite(runs: Sequence[tuple[int, int, int]], guest: Sequence[str], host: Sequence[str]) -> list[int]:
    """Return the host's places that stand one for one against lost words of the guest, inside and at the ends."""
    found: list[int] = []
    if not runs:
        return found
    ends = [(0, 0, 0), *runs, (len(guest), len(host), 0)]
    for (a, b, size), (c, d, _) in pairwise(ends):
        mine, theirs = c - a - size, d - b - size
        if mine and theirs == mine:
            found.extend(range(b + size, d))
    return found
