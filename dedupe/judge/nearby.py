"""Words of a duplicate that do not stand in its original, but in the paragraphs near it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from dedupe.judge._weight import is_caseless, is_quantity
from dedupe.judge._weighty_words import NEGATIONS, UNSPACED_NEGATIONS
from dedupe.judge.alignment import Gap, aligned, gaps
from dedupe.judge.content import ParagraphText
from dedupe.text.tokens import is_number

NEARBY_PARAGRAPHS = 3
"""Paragraphs on each side of an original in which words of a removed duplicate may stand."""

NEARBY_RUN_WORDS = 12
"""Longest run of missing words that may stand near the original apart, such as who is quoted; longer ones together."""

MIN_TOGETHER_WORDS = 5
"""Shortest run of missing words that counts when one paragraph near the original has all of them in order."""

OPPOSING_WORDS, OPPOSING_CHARACTERS = 2, 5
"""Most words that only the original has, a negation among them, that reverse its meaning; more are a clause. Most
characters, where each is a word."""

MAX_NAME_WORDS = 3
"""Most words of a name, and of the pronoun or office that stands in place of it."""

MAX_MOVE_WORDS = 2 * MAX_NAME_WORDS
"""Most words over which names change places."""

MIN_WORDS_A_NAME_WORD = 5
"""Least words of a paragraph for each word of such a name."""


class Nearby:
    """The original of a duplicate and the paragraphs near it: where missing words are looked for."""

    def __init__(
        self,
        duplicate: ParagraphText,
        originals: Sequence[ParagraphText],
        original_tokens: tuple[str, ...],
        surroundings: Iterable[ParagraphText],
    ) -> None:
        """Take a duplicate, its original, the tokens of that, and the paragraphs near it that stay."""
        self.duplicate = duplicate
        self.originals = originals
        self.tokens = duplicate.tokens
        self.original_tokens = original_tokens
        self.surroundings = surroundings
        self._together: dict[tuple[int, int], bool] = {}
        self._names: dict[str, bool] = {}
        self._replaced_names: dict[Gap, bool] = {}

    def others(self) -> Iterator[ParagraphText]:
        """Yield the originals, then the paragraphs near them."""
        yield from self.originals
        yield from self.surroundings

    def instead(self, gap: Gap) -> tuple[str, ...]:
        """Return the words of the original in a gap; at an end of the duplicate no more than are missing."""
        first, last, begin, end = gap
        if not first:
            begin = max(begin, end - (last - first))
        elif last == len(self.tokens):
            end = min(end, begin + last - first)
        return self.original_tokens[begin:end]

    def is_name(self, word: str) -> bool:
        """Return whether a word is a name in the duplicate, or begins a sentence and is a name near the original."""
        found = self._names.get(word)
        if found is None:
            inside = self.duplicate.is_capitalised(word)
            if inside is False:
                inside = any(
                    one.may_have(word) and word in one.vocabulary and one.is_capitalised(word) for one in self.others()
                )
            found = self._names[word] = inside is True
        return found

    def has(self, at: int, gap: Gap, furniture: Collection[int]) -> bool:
        """Return whether a missing word stands near the original, which has nothing else in its position.

        `furniture`: the positions of words that are no part of the text.
        """
        if self._stands_together(at, gap, furniture):
            return True
        word = self.tokens[at]
        if gap[1] - gap[0] > NEARBY_RUN_WORDS or at in self.duplicate.units or not self._may_stand_apart(word, gap):
            return False
        written = self.duplicate.words[at]  # without the signs of a number
        return any(one.may_have(written) and word in one.token_set for one in self.others())

    def _stands_together(self, at: int, gap: Gap, furniture: Collection[int]) -> bool:
        """Return whether one paragraph near the original has this word and those missing beside it, in order."""
        if gap[1] - gap[0] < MIN_TOGETHER_WORDS:
            return False
        first, last = (at, at + 1) if furniture else gap[:2]
        while first > gap[0] and first - 1 not in furniture:
            first -= 1
        while last < gap[1] and last not in furniture:
            last += 1
        if last - first < MIN_TOGETHER_WORDS:
            return False
        found = self._together.get((first, last))
        if found is None:
            missing, words = self.tokens[first:last], self.duplicate.words[first:last]
            found = self._together[first, last] = any(
                all(map(one.may_have, words)) and _stands_in(missing, one) for one in self.surroundings
            )
        return found

    def _may_stand_apart(self, word: str, gap: Gap) -> bool:
        """Return whether a missing word may stand near the original instead of in it.

        Between words that stand in the original, no number, negation, replaced or moved word may stand elsewhere; a
        name may that the original replaces by a pronoun or an office. At an end the word must be set off by a mark, as
        who is quoted is, or begin a name below a quotation; the original may go on there, but not with a name or number
        in place of another.
        """
        first, last, begin, end = gap
        replaced = self._replaced_names.get(gap)
        if replaced is None:
            replaced = self._replaced_names[gap] = self._is_replaced_name(gap)
        if replaced:
            return True
        if first and last < len(self.tokens):
            if begin != end or is_quantity(word) or word in NEGATIONS or self._is_moved(word, gap):
                return False
            return not _is_character(word) or self._stands_in_row(first, last)
        if not self._is_set_off(gap) or all(map(is_quantity, self.tokens[first:last])):
            return False
        return not any(map(self._is_other, self.instead(gap))) and not self._is_renamed(gap)

    def _is_moved(self, word: str, gap: Gap) -> bool:
        """Return whether the original has a word close to its position as often as the duplicate, but not in its order.

        Ann sued Bob and Bob sued Ann have the same words.
        """
        first, last, begin, end = gap
        there = self.original_tokens[max(0, begin - MAX_MOVE_WORDS) : end + MAX_MOVE_WORDS]
        return word in there and there.count(word) >= self.tokens[
            max(0, first - MAX_MOVE_WORDS) : last + MAX_MOVE_WORDS
        ].count(word)

    def _stands_in_row(self, first: int, last: int) -> bool:
        """Return whether missing characters, each a word, stand near the original without a gap, and deny nothing."""
        if denies(self.tokens, first, last):
            return False
        missing = f" {' '.join(self.tokens[first:last])} "
        return any(missing in f" {' '.join(one.tokens)} " for one in self.others())

    def _is_set_off(self, gap: Gap) -> bool:
        """Return whether the missing words at an end are set off by a mark, or are a name below a quotation."""
        first, last, _, _ = gap
        if (first or last) in self.duplicate.breaks:
            return True
        return first > 0 and not self.duplicate.is_sentence and self.is_name(self.duplicate.words[first])

    def _is_replaced_name(self, gap: Gap) -> bool:
        """Return whether a clause begins with a name that the original replaces: he, the mayor."""
        first, last, _, _ = gap
        instead, missing = self.instead(gap), self.duplicate.words[first:last]
        if not (0 < len(missing) <= MAX_NAME_WORDS and 0 < len(instead) <= MAX_NAME_WORDS):
            return False
        if MIN_WORDS_A_NAME_WORD * len(missing) > len(self.tokens) or not any(map(self.is_name, missing)):
            return False
        if any(is_quantity(word) or word in NEGATIONS for word in chain(missing, instead)):
            return False
        if any(one.is_capitalised(word) for one in self.originals for word in instead) or self._is_renamed(gap):
            return False
        return not first or first in self.duplicate.breaks  # last, since the whole text is searched for marks

    def _is_other(self, token: str) -> bool:
        """Return whether a word of the original is a number or a name that the duplicate does not have."""
        if token in self.duplicate.token_set:
            return False
        return is_number(token) or any(one.is_capitalised(token) for one in self.originals)

    def _is_renamed(self, gap: Gap) -> bool:
        """Return whether words that may be a name stand in place of as many: they open a sentence, never in small."""
        first, last, begin, end = gap
        return last - first == end - begin and any(map(self._may_be_name, self.original_tokens[begin:end]))

    def _may_be_name(self, token: str) -> bool:
        """Return whether a word begins a sentence of the original and stands nowhere near it without a capital."""
        opens = any(one.is_capitalised(token) is False for one in self.originals)
        return opens and not any(one.has_small(token) for one in (self.duplicate, *self.others()))


def _stands_in(missing: Sequence[str], other: ParagraphText) -> bool:
    """Return whether a paragraph has all these words in order, and no negation among them that they lack."""
    if not other.token_set.issuperset(missing):
        return False
    runs = aligned(missing, other.tokens)
    return sum(size for _, _, size in runs) == len(missing) and not opposed(
        gaps(runs, len(missing), len(other.tokens)), missing, other.tokens
    )


def _is_character(word: str) -> bool:
    """Return whether a word is one character, as each is in a script without spaces."""
    return len(word) == 1 and is_caseless(word)


def denies(tokens: Sequence[str], start: int, stop: int) -> bool:
    """Return whether characters, each a word, are a negation; those before and behind may be of the same letters.

    >>> denies("ไ ม ่ ไ ด ้".split(), 1, 4)
    True
    """
    size = stop - start
    if not all(len(word) == 1 for word in tokens[start:stop]):
        return False
    for first in range(max(0, start - size), min(start + size, len(tokens) - size) + 1):
        low, high = min(first, start), max(first, start)
        if tokens[low:high] == tokens[low + size : high + size]:  # leaving out these leaves the same text
            text = "".join(tokens[first : first + size])
            if any(negation in text for negation in UNSPACED_NEGATIONS):
                return True
    return False


def opposed(between: Iterable[Gap], tokens: Sequence[str], original_tokens: Sequence[str]) -> tuple[str, ...]:
    """Return the negation that an original has, alone or with one word, where the duplicate has nothing or one word.

    >>> opposed([(3, 3, 3, 6)], "合 意 し た".split(), "合 意 し な か っ た".split())
    ('な', 'か', 'っ')
    """
    for first, last, begin, end in between:
        if last - first < OPPOSING_WORDS and end - begin <= OPPOSING_WORDS:
            found = tuple(word for word in original_tokens[begin:end] if word in NEGATIONS)
            if found and NEGATIONS.isdisjoint(tokens[first:last]):
                return found
        added = 0 < first == last < len(tokens) and end - begin <= OPPOSING_CHARACTERS
        if added and denies(original_tokens, begin, end):
            return tuple(original_tokens[begin:end])
    return ()
