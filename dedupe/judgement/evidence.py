"""What is known of one document when it is judged: its rows, which of them repeat, and what each repeat would lose."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import regex

from dedupe.judge.content import once
from dedupe.judgement.pair import Pair, Pairs
from dedupe.judgement.rows import PROSE, Row
from dedupe.model import Match

TOP = 8
"""Rows in which what is set above the text stands, at the latest."""

NEAR = 0.4
"""Jaccard similarity from which rows may be wordings of one template."""

OPENING, SHORT_OPENING = 64, 40
"""The size within which an entry names its thing, by a sentence or a label, and within which most of them do."""

ENTRIES = 3
"""Paragraphs that must open so for a text to be one of entries, if not all do."""

_NAMED = regex.compile(
    r"(?![\"'“”„«»‘‹›「『]).{2,63}?(?:(?<=[\p{L}\p{N}]{4}['’\"”»)]?)[.!?]['’\"”»)]?\s|[:：]\s?|[。！？।])"
)
"""The opening of an entry: a sentence that does not end in a short word, which may be an abbreviation; or a label."""


class Evidence:
    """The rows of a document that are not blank, their exact groups and their near pairs, by place among those rows."""

    def __init__(
        self,
        rows: list[Row],
        numbers: Sequence[int],
        pairs: Pairs | None = None,
        positions: Sequence[int] | None = None,
    ) -> None:
        """Take rows, their numbers in the text, in order, and what pairs are known of.

        `positions`: where the rows stood among those of the text before anything was removed from it.
        """
        self.positions = range(len(rows)) if positions is None else positions
        self.rows = rows
        self.numbers = numbers
        self.pairs = Pairs() if pairs is None else pairs
        self.groups: list[list[int]] = []
        self.group: dict[int, list[int]] = {}
        self.matches: dict[tuple[int, int], Match] = {}
        self.partners: defaultdict[int, list[int]] = defaultdict(list)
        self.set_in: dict[tuple[int, int, int], bool] = {}
        """Whether two groups, by their first rows, stand side by side wherever one of them does; found when asked."""

    def add_copies(self, numbers: Iterable[Sequence[int]]) -> None:
        """Take groups of rows (by their numbers) said to be equal; only rows equal word for word stay.

        Signs that stand at a figure, of which words know nothing, must be equal too: 5 % is not 5, nor is -5; and so
        must the case of identifiers. Copies of one text and role become one `Row` in the list of rows, so that what is
        asked of it is found out once.
        """
        rows = self.rows
        for numbered in numbers:
            by_text: defaultdict[object, list[int]] = defaultdict(list)
            for place in map(self._place, numbered):
                by_text[rows[place].text, rows[place].role].append(place)
            equal: list[list[int]] = []
            for places in by_text.values():
                row = rows[places[0]]
                members = next((one for one in equal if row.equals(rows[one[0]])), None)
                if members is None:
                    equal.append(places)
                else:
                    members += places
                for place in places[1:]:
                    rows[place] = row
            for members in equal[1:]:  # the same words, and yet not the same
                left, right = sorted((self.numbers[equal[0][0]], self.numbers[members[0]]))
                self.add_match(Match(left, right, 1.0, 1.0, 1.0))
            for members in equal:
                if len(members) > 1:
                    members.sort()
                    self.groups.append(members)
                    self.group.update(dict.fromkeys(members, members))
        self.groups.sort()

    def add_match(self, match: Match) -> None:
        """Take a verified pair of distinct rows (by their numbers)."""
        left, right = self._place(match.left), self._place(match.right)
        self.matches[left, right] = match
        self.partners[left].append(right)
        self.partners[right].append(left)

    def row(self, number: int) -> Row:
        """Return the row of a number."""
        return self.rows[self._place(number)]

    def _place(self, number: int) -> int:
        return bisect_left(self.numbers, number)

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
        left, right = self.first(one), self.first(other)
        return 1.0 if left == right else self.matches[min(left, right), max(left, right)].jaccard

    def pair(self, guest: int, host: int) -> Pair:
        """Return how the guest's words stand in the host, or in rows equal to these."""
        return self.pairs[self.rows[self.first(guest)], self.rows[self.first(host)]]

    @once
    def versions(self) -> list[tuple[int, int]]:
        """The near pairs in order, templates left out: two rows that may be versions of one."""
        return [pair for pair in sorted(self.matches) if self.templates.isdisjoint(map(self.first, pair))]

    @once
    def templates(self) -> frozenset[int]:
        """Rows of which each is one wording of several: first rows that two others are near at least."""
        near = Counter(place for pair, match in self.matches.items() if match.jaccard >= NEAR for place in pair)
        return frozenset(place for place, others in near.items() if others > 1)

    @once
    def abridgement(self) -> frozenset[int]:
        """Places of paragraphs at the top that stand again below, shortened or not, and mostly the last ones first: an
        abridgement of the text, put together above it.
        """
        homes = {}
        for place in range(min(TOP, len(self.rows))):
            below = [other for other in (*self.copies(place), *self.alike(place)) if other >= TOP]
            if below and self.rows[place].prose:
                homes[place] = max(below, key=lambda other: self.jaccard(place, other))
        falling = sum(one > other for one, other in pairwise(homes.values()))
        if not falling or 2 * falling < len(homes) - 1 or 2 * len(homes) <= max(homes) + 1:
            return frozenset()
        return frozenset(homes)

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
    def entries(self) -> bool:
        """Whether most of what is said once is said in entries: paragraphs that name a thing and go on."""
        said = [row for at, row in enumerate(self.rows) if row.sentence and at not in self.group]
        named = sum(names_first(row, SHORT_OPENING) for row in said)
        return named > 1 and (named == len(said) or (named >= ENTRIES and 2 * named > len(said)))

    @once
    def verse(self) -> bool:
        """Whether the document as a whole is set in lines: none long, nearly all of a few words, of like length."""
        if len(self.rows) < 6 or any(row.size > 130 for row in self.rows):
            return False
        sizes = sorted(row.size for row in self.rows)
        return 20 <= sizes[len(sizes) // 2] <= 90 and sum(len(row.words) >= 3 for row in self.rows) >= 0.85 * len(sizes)


def is_heading(row: Row) -> bool:
    """Say whether a row reads as a heading: short, with words, not a sentence, not an item of a list."""
    if row.role in ("heading", "caption", "quote"):
        return row.role == "heading" and not row.wordless
    return not (row.sentence or row.wordless or row.reaches(PROSE) or row.listed or row.tabular)


def names_first(row: Row, within: int) -> bool:
    """Say whether a paragraph that is no quotation opens with a short sentence or a label, and goes on."""
    match = _NAMED.match(row.text)
    if match is None or match.end() == len(row.text):
        return False
    return match.end() * max(1.0, row.size / len(row.text)) <= within
