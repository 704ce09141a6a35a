"""How the words of one paragraph stand in another."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import partial
from itertools import pairwise

import regex

from dedupe.judgement.facts import NEGATIONS, facts
from dedupe.judgement.rows import Row, once
from dedupe.similarity import Run, align
from dedupe.words import is_number, words

FEW = 4
"""More words than this that stand against others are no slips."""

ALIKE = 0.75
"""Likeness from which two words are spellings of one."""

MIN_RUN = 3
"""Aligned words count when this many stand in a row, or next to such a run: fewer are chance."""

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
        cut = len(guest.words) - guest.link
        return bool(guest.link and cut < len(host.words) and guest.words[: cut - 1] == host.words[: cut - 1])

    @once
    def said(self) -> tuple[str, ...]:
        """The guest's words that are compared."""
        words = self.guest.words
        aside = self.guest.signature if self.signed else self.guest.link if self.linked else 0
        return words[: len(words) - aside]

    @once
    def labelled(self) -> bool:
        """Whether the guest is the host with a label of one word before it, and a colon: "Video: ...", no number."""
        row, host = self.guest, self.host.words
        label = row.words[: max(0, len(row.words) - len(host))]
        head = _COLON.split(row.text, maxsplit=1)[0]
        if not label or len(head) > LABEL or head.split() != [head] or row.words[len(label) :] != host:
            return False
        return tuple(words(head)) == label and not facts(row, range(len(label)))

    @once
    def set_off(self) -> bool:
        """Whether the host is the guest with a label or the name of a site, set off by a mark; or with a time."""
        mine, theirs = self.guest.words, self.host.words
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
        return self.host.vocabulary.issuperset(self.said) and not self.lost

    @once
    def lost(self) -> tuple[int, ...]:
        """Places of guest's words that the host does not say."""
        if self.guest.says(self.host):
            return ()
        lost = unsaid(self._runs, len(self.said))
        return tuple(place for place in lost if place not in self._rewritten) if lost and self._added else lost

    @property
    def gaps(self) -> int:
        """Words of the host between the first and the last aligned one that the guest does not say."""
        return len(self._added)

    @once
    def swapped(self) -> int:
        """Lost words that stand where the host has unlike ones."""
        return _swapped(self._runs, self.said, self.host.words)

    @once
    def exchanged(self) -> bool:
        """Whether a lost word stands one for one against another that is no form of it: "he" is none of "she"."""
        ends = [(0, 0, 0), *self._runs, (len(self.said), len(self.host.words), 0)]
        gaps = [(self.said[a + size : c], self.host.words[b + size : d]) for (a, b, size), (c, d, _) in pairwise(ends)]
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

    @property
    def inserted(self) -> frozenset[str]:
        """Lost words that stand alone where the host says nothing."""
        ends = [(0, 0, 0), *self._runs, (len(self.said), len(self.host.words), 0)]
        return frozenset(
            self.said[a + size]
            for (a, b, size), (c, d, _) in pairwise(ends)
            if c - a - size == 1 and d == b + size and self.said[a + size] not in NEGATIONS
        )

    @once
    def changed(self) -> tuple[str, ...]:
        """The words that are lost, and those that stand in their place."""
        mine, theirs = self.guest.words, self.host.words
        shown = [mine[place] for place in self.lost] + [theirs[place] for place in self._changed_in_host]
        return tuple(dict.fromkeys(shown))

    @once
    def _runs(self) -> Runs:
        return trusted_runs(align(self.said, self.host.words), len(self.said))

    @once
    def _added(self) -> list[int]:
        return [place for (_, b, size), (_, then, _) in pairwise(self._runs) for place in range(b + size, then)]

    @once
    def _rewritten(self) -> frozenset[int]:
        """Places of guest's words that the host writes with other spaces, or on the other side of a number."""
        return _rewritten(self._runs, self.said, self.host.words)

    @once
    def _changed_in_host(self) -> list[int]:
        words = self.host.words
        changed = [place for place in self._added if words[place] in NEGATIONS]
        return changed + [place for place in _opposite(self._runs, self.said, words) if place not in changed]


class Pairs(dict[tuple[Row, Row], Pair]):
    """Every pair of a guest and a host that was asked for, compared once however often a document is judged."""

    def __missing__(self, rows: tuple[Row, Row]) -> Pair:
        pair = self[rows] = Pair(*rows)
        return pair


def unsaid(runs: Runs, words: int) -> tuple[int, ...]:
    """Return the places, of so many words, that are in no run."""
    places: list[int] = []
    at = 0
    for a, _, size in runs:
        places.extend(range(at, a))
        at = a + size
    return (*places, *range(at, words))


def trusted_runs(runs: Runs, words: int) -> Runs:
    """Keep runs of `MIN_RUN` words or more, and shorter ones that lie next to a kept one on both sides of the pair."""
    least = min(MIN_RUN, words)
    kept = [run for run in runs if run[2] >= least]
    if len(kept) == len(runs):
        return kept
    for run in runs:
        if run[2] < least and any(
            (abs(a + size - run[0]) <= 2 and abs(b + size - run[1]) <= 2)
            or (abs(run[0] + run[2] - a) <= 2 and abs(run[1] + run[2] - b) <= 2)
            for a, b, size in kept
        ):
            kept.append(run)
    return sorted(kept)


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


def is_respaced(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether two runs of words differ in their spaces only, none of which parts figures or makes a negation."""
    if len(one) == len(other) or "".join(one) != "".join(other):
        return False
    figures = any(a[-1].isdigit() and b[0].isdigit() for words in (one, other) for a, b in pairwise(words))
    return not figures and NEGATIONS.isdisjoint(one) and NEGATIONS.isdisjoint(other)


def _rewritten(runs: Runs, guest: Sequence[str], host: Sequence[str]) -> frozenset[int]:
    """Return the guest's places whose words the host says there too: spaced otherwise, or a date in another order."""
    found: list[int] = []
    ends = [(0, 0, 0), *runs, (len(guest), len(host), 0)]
    gaps = [(a + size, c, b + size, d) for (a, b, size), (c, d, _) in pairwise(ends)]
    for first, last, begin, end in gaps:
        if first < last and begin < end and is_respaced(guest[first:last], host[begin:end]):
            found.extend(range(first, last))
    for one, other in pairwise(gaps):
        between = guest[one[1] : other[0]]
        if len(between) > FEW:
            continue
        mine = (*guest[one[0] : one[1]], *guest[other[0] : other[1]])
        theirs = (*host[one[2] : one[3]], *host[other[2] : other[3]])
        if len(mine) == 1 and mine == theirs and _is_date(mine[0], between):
            found.append(one[0] if one[0] < one[1] else other[0])
    return frozenset(found)


def _is_date(word: str, passed: Sequence[str]) -> bool:
    """Say whether a word that stands on the other side of others may be a month beside its days, or the reverse."""
    if is_number(word):
        return len(passed) == 1 and not is_number(passed[0]) and passed[0] not in NEGATIONS
    return any(map(is_number, passed)) and NEGATIONS.isdisjoint((word, *passed))


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
