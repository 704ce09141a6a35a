"""What is known of one document when it is judged: its rows, which of them repeat, and what each repeat would lose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from itertools import pairwise

from dedupe.judgement.facts import NEGATIONS, facts
from dedupe.judgement.rows import PROSE, Row, Rows, once
from dedupe.model import Match
from dedupe.similarity import align

FEW = 4
"""More words than this that stand against others are no slips."""

ALIKE = 0.75
"""Likeness from which two words are spellings of one."""

MIN_RUN = 3
"""Aligned words count when this many stand in a row, or next to such a run: fewer are chance."""


@dataclass(frozen=True)
class Pair:
    """How the words of one row, the guest, stand in another, the host.

    `lost`: places of guest's words the host does not say. `gaps`: words of the host between the first and the last
    aligned one that the guest does not say. `swapped`: lost words that stand where the host has unlike ones.
    `facts`: lost or changed words that are numbers, names or negations.
    """

    guest: int
    host: int
    match: Match
    lost: tuple[int, ...]
    gaps: int
    before: int
    after: int
    swapped: int
    facts: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def lossless(self) -> bool:
        """Whether the host says all that the guest says."""
        return not self.lost


class Evidence:
    """The rows of a document that are not blank, their exact groups and their near pairs, by place among those rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        numbers = rows.numbers if isinstance(rows, Rows) else [row.number for row in rows]
        self.place = {number: place for place, number in enumerate(numbers)}
        self.groups: list[list[int]] = []
        self.group: dict[int, list[int]] = {}
        self.matches: dict[tuple[int, int], Match] = {}
        self.partners: defaultdict[int, list[int]] = defaultdict(list)
        self.templates: dict[int, bool] = {}
        self._pairs: dict[tuple[int, int], Pair] = {}

    def add_copies(self, numbers: Iterable[Sequence[int]]) -> None:
        """Take groups of rows (by their numbers) said to be equal; only rows equal word for word stay.

        Signs that stand at a figure, of which words know nothing, must be equal too: 5 % is not 5, nor is -5.
        """
        for numbered in numbers:
            by_words: defaultdict[object, list[int]] = defaultdict(list)
            for number in sorted(numbered):
                place = self.place[number]
                by_words[self.rows[place].words, self.rows[place].signs].append(place)
            for members in by_words.values():
                if len(members) > 1:
                    self.groups.append(members)
                    self.group.update((member, members) for member in members)
        self.groups.sort()

    def add_match(self, match: Match) -> None:
        """Take a verified pair of distinct rows (by their numbers)."""
        left, right = self.place[match.left], self.place[match.right]
        self.matches[left, right] = match
        self.partners[left].append(right)
        self.partners[right].append(left)

    def first(self, place: int) -> int:
        """Return the first row that says the same words as this one."""
        return self.group[place][0] if place in self.group else place

    def copies(self, place: int) -> list[int]:
        """Return all rows that say the same words, this one too, in order."""
        return self.group.get(place, [place])

    def alike(self, place: int) -> list[int]:
        """Return the first rows of what is near this row, itself left out."""
        return self.partners.get(self.first(place), [])

    def jaccard(self, one: int, other: int) -> float:
        """Return the Jaccard similarity of two matched rows."""
        left, right = sorted((self.first(one), self.first(other)))
        return 1.0 if left == right else self.matches[left, right].jaccard

    def pair(self, guest: int, host: int) -> Pair:
        """Return how the guest's words stand in the host; both must be matched, directly or through equal rows."""
        key = self.first(guest), self.first(host)
        if key not in self._pairs:
            self._pairs[key] = self._compare(*key)
        return self._pairs[key]

    def _compare(self, guest: int, host: int) -> Pair:
        one, other = self.rows[guest], self.rows[host]
        match = self.matches.get((min(guest, host), max(guest, host)))
        if match is None:
            match = Match(guest, host, 0.0, 0.0, 0.0)
        runs = trusted_runs(align(one.words, other.words), len(one.words))
        said = {place for a, _, size in runs for place in range(a, a + size)}
        heard = {place for _, b, size in runs for place in range(b, b + size)}
        lost = tuple(place for place in range(len(one.words)) if place not in said)
        inner = range(runs[0][1], runs[-1][1] + runs[-1][2]) if runs else range(0)
        added = [place for place in inner if place not in heard]
        swapped = _swapped(runs, one.words, other.words)
        changed_host = [place for place in added if other.words[place] in NEGATIONS]
        changed_host += [place for place in _opposite(runs, one.words, other.words) if place not in changed_host]
        found = facts(one, lost) + facts(other, changed_host)
        shown = [one.words[place] for place in lost] + [other.words[place] for place in changed_host]
        return Pair(
            guest,
            host,
            match,
            lost,
            len(added),
            runs[0][1] if runs else 0,
            len(other.words) - (runs[-1][1] + runs[-1][2]) if runs else 0,
            swapped,
            tuple(dict.fromkeys(found)),
            tuple(dict.fromkeys(shown)),
        )

    @once
    def labels(self) -> dict[str, set[tuple[str, ...]]]:
        """What rows say under each label."""
        said: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        for row in self.rows:
            if row.label:
                said[row.label].add(row.words)
        return dict(said)

    def is_unit(self, place: int) -> bool:
        """Say whether a row stands alone under a heading: a heading before it, and one or nothing behind."""
        rows = self.rows
        if not place or is_heading(rows[place]) or not is_heading(rows[place - 1]):
            return False
        return place + 1 == len(rows) or is_heading(rows[place + 1])

    @once
    def units(self) -> frozenset[int]:
        """Places of rows that stand alone under a heading."""
        return frozenset(filter(self.is_unit, range(len(self.rows))))

    @once
    def verse(self) -> bool:
        """Whether the document as a whole is set in lines: none long, nearly all of a few words, of like length."""
        if len(self.rows) < 6 or max(self.rows, key=lambda row: len(row.text)).size > 130:
            return False  # the quick way out for prose
        sizes = sorted(row.size for row in self.rows)
        if sizes[-1] > 130:
            return False
        return 20 <= sizes[len(sizes) // 2] <= 90 and sum(len(row.words) >= 3 for row in self.rows) >= 0.85 * len(sizes)


def is_heading(row: Row) -> bool:
    """Say whether a row reads as a heading: short, with words, not a sentence, not an item of a list."""
    if row.role in ("heading", "caption", "quote"):
        return row.role == "heading" and len(row.words) > 0
    return len(row.words) > 0 and row.size < PROSE and not row.sentence and not row.listed and not row.tabular


def trusted_runs(runs: list[tuple[int, int, int]], words: int) -> list[tuple[int, int, int]]:
    """Keep runs of `MIN_RUN` words or more, and shorter ones that lie next to a kept one on both sides of the pair."""
    least = min(MIN_RUN, words)
    kept = [run for run in runs if run[2] >= least]
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
        elif mine and theirs:
            count += sum(not any(map(partial(_is_spelling, word), theirs)) for word in mine)
    return count


def _is_spelling(one: str, other: str) -> bool:
    """Say whether two words are so alike, by Ratcliff and Obershelp, that they are spellings of one."""
    needed = ALIKE * (len(one) + len(other))
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
