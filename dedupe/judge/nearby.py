"""What a paragraph says that does not stand in its original, but near it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from dedupe.judge._weight import NEGATIONS
from dedupe.judge.alignment import Gap, aligned, gaps
from dedupe.judge.content import ParagraphText
from dedupe.text.tokens import is_number

NEARBY_PARAGRAPHS = 3
"""Paragraphs on each side of an original in which what a removed one says may stand."""

NEARBY_RUN_WORDS = 12
"""Words in a row that may stand near the original one by one, as who is quoted does; more must stand there together."""

MIN_TOGETHER_WORDS = 5
"""Words in a row from which they stand together if one paragraph near the original has all of them in order."""

OPPOSING_WORDS = 2
"""Words that only the original has and that, a negation among them, make it say the opposite; more are a clause."""

MOST_CALLED_WORDS = 3
"""Words that may stand in place of a name, or a name in place of them: a pronoun, an office."""

WORDS_A_NAME = 5
"""Of so many words of a paragraph one may be part of such a name."""


class Nearby:
    """What stands in and near the original of a paragraph, beside what stands in its gaps."""

    def __init__(
        self,
        duplicate: ParagraphText,
        originals: Sequence[ParagraphText],
        theirs: tuple[str, ...],
        surroundings: Iterable[ParagraphText],
    ) -> None:
        """Take a paragraph, its original with its words, and the paragraphs near that which stay."""
        self.duplicate = duplicate
        self.originals = originals
        self.mine = duplicate.tokens
        self.theirs = theirs
        self.surroundings = surroundings
        self._together: dict[tuple[int, int], bool] = {}

    def others(self) -> Iterator[ParagraphText]:
        """Yield the originals, then what stands near them."""
        yield from self.originals
        yield from self.surroundings

    def instead(self, gap: Gap) -> tuple[str, ...]:
        """Return the words of the original where these are missing, at an end no more than they are."""
        first, last, begin, end = gap
        if not first:
            begin = max(begin, end - (last - first))
        elif last == len(self.mine):
            end = min(end, begin + last - first)
        return self.theirs[begin:end]

    def is_name(self, word: str) -> bool:
        """Say whether a word is a name here, or begins a sentence here and is a name where the original stands."""
        inside = self.duplicate.is_capitalised(word)
        if inside is False:
            return any(word in one.vocabulary and word in one.names for one in self.others())
        return inside is True

    def says(self, at: int, gap: Gap, aside: Container[int]) -> bool:
        """Say whether a word is said near the original, and the original says nothing else in its place.

        `aside` are the positions of what is no part of the text.
        """
        if self._stands_together(at, gap, aside):
            return True
        word = self.mine[at]
        if gap[1] - gap[0] > NEARBY_RUN_WORDS or at in self.duplicate.units or not self._may_stand_apart(word, gap):
            return False
        return any(word in one.token_set for one in self.others())

    def _stands_together(self, at: int, gap: Gap, aside: Container[int]) -> bool:
        """Say whether a word stands near the original with all that is missing beside it, in order."""
        first, last = at, at + 1
        while first > gap[0] and first - 1 not in aside:
            first -= 1
        while last < gap[1] and last not in aside:
            last += 1
        if last - first < MIN_TOGETHER_WORDS:
            return False
        found = self._together.get((first, last))
        if found is None:
            said = self.mine[first:last]
            found = self._together[first, last] = any(_stands_in(said, one) for one in self.surroundings)
        return found

    def _may_stand_apart(self, word: str, gap: Gap) -> bool:
        """Say whether a word that is missing here may be said near the original instead.

        Between words that stand in the original no figure and no negation is moved elsewhere, and nothing is that has
        others in its place, unless these call what is named. At an end it is set off by a mark, as who is quoted is, or
        begins with a name behind what does not end as a sentence does; the original may go on there with what else it
        says, but not with the name or figure that stands in place of another.
        """
        first, last, begin, end = gap
        if self._is_called(gap):
            return True
        if first and last < len(self.mine):
            return begin == end and not is_number(word) and word not in NEGATIONS
        if not self._is_set_off(gap) or all(map(is_number, self.mine[first:last])):
            return False
        return not any(map(self._is_other, self.instead(gap)))

    def _is_set_off(self, gap: Gap) -> bool:
        """Say whether what is missing at an end is parted from the rest by a mark, or is a name under a quotation."""
        first, last, _, _ = gap
        if (first or last) in self.duplicate.breaks:
            return True
        return first > 0 and not self.duplicate.is_sentence and self.is_name(self.duplicate.words[first])

    def _is_called(self, gap: Gap) -> bool:
        """Say whether a clause begins with the name of somebody whom the original calls otherwise: he, the mayor."""
        first, last, _, _ = gap
        if first and first not in self.duplicate.breaks:
            return False
        instead = self.instead(gap)
        if not (0 < last - first <= MOST_CALLED_WORDS and 0 < len(instead) <= MOST_CALLED_WORDS):
            return False
        said = self.duplicate.words[first:last]
        if WORDS_A_NAME * len(said) > len(self.mine) or any(is_number(word) or word in NEGATIONS for word in said):
            return False
        return not any(self._is_other(word) or word in NEGATIONS for word in instead) and any(map(self.is_name, said))

    def _is_other(self, token: str) -> bool:
        """Say whether the original says a figure or a name here that the paragraph does not have."""
        if token in self.duplicate.token_set:
            return False
        return is_number(token) or any(token in one.names for one in self.originals)


def _stands_in(said: Sequence[str], other: ParagraphText) -> bool:
    """Say whether words stand in a paragraph, all of them and in order, and it does not deny them."""
    if not other.token_set.issuperset(said):
        return False
    runs = aligned(said, other.tokens)
    return sum(size for _, _, size in runs) == len(said) and not opposed(
        gaps(runs, len(said), len(other.tokens)), said, other.tokens
    )


def opposed(between: Iterable[Gap], mine: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    """Return the negation that an original has, alone or with one word, where the duplicate has nothing."""
    for first, last, begin, end in between:
        if 0 < first == last < len(mine) and end - begin <= OPPOSING_WORDS:
            found = tuple(word for word in theirs[begin:end] if word in NEGATIONS)
            if found:
                return found
    return ()
