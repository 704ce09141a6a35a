"""The paragraphs of a chunk of documents as arrays: their positions, words and form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from dedupe._arrays import U16, U32, Bools, Ints
from dedupe._properties import cached_property
from dedupe.judge import _characters as form
from dedupe.judge._characters import without_blanks
from dedupe.judge._marks import COLON, Marks
from dedupe.model import Role
from dedupe.text.words import HALF, Words, offsets

PROSE_TENTHS, FRAGMENT_PROSE_TENTHS = 800, 1200
"""Least size of a sentence, and of other text, that is running text, in tenths of a letter."""

LETTER_TENTHS, UNSPACED_TENTHS, HANGUL_TENTHS = 10, 22, 19
"""Sizes of a letter or space, a character of a script without spaces, and a Korean syllable, in tenths of a letter.
Whole numbers have the same sum in every order and batch."""

_ROLE_NUMBERS = {role: number for number, role in enumerate(get_args(Role))}

Roles = tuple[Sequence[int], Sequence[Role]]
"""The numbers of the paragraphs of a document and their roles; both empty if the source has none."""

NO_ROLES: Roles = ((), ())

_LABEL_END = 60
"""Characters within which a label in front of a paragraph ends."""

_LABEL_WORDS = 4

_CLOSERS_BEHIND = 6
"""Most closing marks and spaces behind the stop of a sentence."""


class Texts:
    """The paragraphs of several documents that are not blank; each property is a column, computed on first use.

    `characters`: uint8 or uint32, the code points of the chunk. `numbers`: int64, shape (paragraphs,), the number of
    each paragraph in the chunk, blank ones counted. `first_number`: int64, shape (documents + 1,), the number of the
    first paragraph of each document. `documents`: int64, shape (documents + 1,), its position among those that are not
    blank. `first_word`: int64, shape (paragraphs + 1,). `begins`, `ends`, `indent`: int64, shape (paragraphs,), where
    the paragraph starts and stops in `characters` without white space around it, and the blanks in front of it.
    """

    def __init__(self, words: Words, roles: Sequence[Roles] | None = None) -> None:
        self.words = words
        self.characters = words.characters
        starts, stops = words.begins[:-1], words.begins[1:] - 1
        begins = without_blanks(self.characters, starts, stops, 1)
        ends = without_blanks(self.characters, stops - 1, begins - 1, -1) + 1
        self.numbers: Ints = (begins < stops).nonzero()[0]
        self.begins: Ints = begins[self.numbers]
        self.ends: Ints = ends[self.numbers]
        self.indent: Ints = self.begins - starts[self.numbers]
        self.documents: Ints = self.numbers.searchsorted(words.documents)
        self.first_number: Ints = words.documents
        self.first_word: Ints = words.first[np.append(self.numbers, len(starts))]
        self.roles = self._roles(roles)

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def hashes(self) -> U32:
        """The hash of each word."""
        return (self.words.hashes >> HALF).astype(np.uint32)

    @cached_property
    def again(self) -> Bools:
        """Whether each paragraph is a line that its source shows again."""
        found: Bools = self.roles == _ROLE_NUMBERS["again"]
        return found

    def _roles(self, roles: Sequence[Roles] | None) -> U16:
        found = np.zeros(len(self), np.uint16)
        for document, (numbers, names) in enumerate(roles or ()):
            if names:
                paragraphs = slice(self.documents[document], self.documents[document + 1])
                role_numbers = np.array([_ROLE_NUMBERS[name] for name in names], np.uint16)
                if len(names) != paragraphs.stop - paragraphs.start:  # some have invisible characters only
                    in_document = self.numbers[paragraphs] - self.first_number[document]
                    role_numbers = role_numbers[np.searchsorted(numbers, in_document)]
                found[paragraphs] = role_numbers
        return found

    @cached_property
    def document(self) -> Ints:
        """The document of each paragraph, from 0."""
        return np.arange(len(self.documents) - 1).repeat(self.documents[1:] - self.documents[:-1])

    @cached_property
    def position(self) -> Ints:
        """The position of each paragraph in its document, from 0."""
        return np.arange(len(self)) - self.documents[self.document]

    @cached_property
    def word_count(self) -> Ints:
        """The number of words of each paragraph."""
        return self.first_word[1:] - self.first_word[:-1]

    @cached_property
    def size(self) -> Ints:
        """The size of each paragraph: letters and spaces, weighted by script, in tenths of a letter."""
        words = self.words
        hangul = (self.word_form & form.HANGUL).nonzero()[0]
        if not len(hangul) and not words.single.any():
            return LETTER_TENTHS * (self.letters + self.word_count)
        weights = LETTER_TENTHS * (words.ends - words.starts + 1)
        weights[words.single] = UNSPACED_TENTHS
        weights[hangul] = HANGUL_TENTHS * (words.ends - words.starts)[hangul] + LETTER_TENTHS
        return self.sums(weights)

    @cached_property
    def letters(self) -> Ints:
        """The number of characters in the words of each paragraph."""
        return self.sums(self.words.ends - self.words.starts)

    def sums(self, values: Ints) -> Ints:
        """Return the sums of whole numbers of words over each paragraph."""
        total = offsets(values)[self.first_word]
        return total[1:] - total[:-1]

    def count_flagged(self, flags: Bools) -> Ints:
        """Return how many words of each paragraph have a flag; fast if few have it."""
        before = flags.nonzero()[0].searchsorted(self.first_word)
        return before[1:] - before[:-1]

    def totals(self, columns: Sequence[Ints | Bools]) -> Ints:
        """Return the sums of whole numbers of each paragraph over each document, shape (columns, documents)."""
        sums = np.zeros((len(columns), len(self) + 1), np.intp)
        for row, column in zip(sums, columns, strict=True):
            row[1:] = column
        sums.cumsum(axis=1, out=sums)
        ends = sums.take(self.documents, axis=1)
        return ends[:, 1:] - ends[:, :-1]

    @cached_property
    def first_form(self) -> U16:
        """The class bits of the first character of each paragraph."""
        return form.class_bits(self.characters[self.begins])

    @cached_property
    def last_form(self) -> U16:
        """The class bits of the last character of each paragraph."""
        return form.class_bits(self.characters[self.ends - 1])

    @cached_property
    def stop(self) -> Ints:
        """The position of the last character of each paragraph that is no closing mark."""
        at = self.ends - 1
        for _ in range(_CLOSERS_BEHIND):
            closing = (form.class_bits(self.characters[at]) & (form.CLOSER | form.SPACE)) > 0
            closing &= at > self.begins
            if not closing.any():
                break
            at = at - closing
        return at

    @cached_property
    def stop_form(self) -> U16:
        """The class bits of the last character of each paragraph that is no closing mark."""
        return form.class_bits(self.characters[self.stop])

    @cached_property
    def sentence(self) -> Bools:
        """Whether each paragraph ends as a sentence does."""
        return ((self.stop_form & form.STOP) > 0) & (self.word_count > 0)

    @cached_property
    def prose(self) -> Bools:
        """Whether each paragraph is running text."""
        return self.size >= np.where(self.sentence, PROSE_TENTHS, FRAGMENT_PROSE_TENTHS)

    @cached_property
    def figure(self) -> Bools:
        """Whether each word begins or ends with a digit."""
        found: Bools = ((self.word_form | form.class_bits(self.characters[self.words.ends - 1])) & form.FIGURE) > 0
        return found

    @cached_property
    def capital(self) -> Bools:
        """Whether each word begins with a capital."""
        return (self.word_form & form.CAPITAL) > 0

    @cached_property
    def figures(self) -> Ints:
        """The number of words of each paragraph that begin or end with a digit."""
        return self.count_flagged(self.figure)

    @cached_property
    def word_form(self) -> U16:
        """The class bits of the first character of each word."""
        return form.class_bits(self.characters[self.words.starts])

    @cached_property
    def listed(self) -> Bools:
        """Whether each paragraph begins with the marker of a list, or is an item in its source."""
        codes, begins = self.characters, self.begins
        second = codes[np.minimum(begins + 1, len(codes) - 1)]
        spaced = (second == 32) | (second == 9) | (second == 0xA0)
        bullet = ((self.first_form & form.BULLET) > 0) & (spaced | (codes[begins] >= 0x2022) & (codes[begins] < 0x2600))
        found: Bools = bullet | (self.roles == _ROLE_NUMBERS["item"])
        filled = (self.word_count > 0).nonzero()[0]
        first = self.first_word[:-1][filled]
        ends, starts = self.words.ends[first], self.words.starts[first]
        mark = codes[np.minimum(ends, len(codes) - 1)]
        after = codes[np.minimum(ends + 1, len(codes) - 1)]
        short = (ends - starts <= 3) & (starts <= begins[filled] + 1)
        numbered = self.figure[first] | (ends - starts == 1)
        marked = ((mark == 46) | (mark == 41)) & ((after == 32) | (after == 9))
        found[filled[short & numbered & marked]] = True
        return found

    @cached_property
    def labelled(self) -> Bools:
        """Whether each paragraph begins with one to four words and a colon, of no time and no address."""
        colons = self.marks.of_kind(COLON)
        found = np.zeros(len(self), bool)
        if not len(colons) or not len(self):
            return found
        owners = self.begins.searchsorted(colons, "right") - 1
        good = (owners >= 0) & (colons < self.ends[owners]) & (colons - self.begins[owners] <= _LABEL_END)
        after = self.characters[np.minimum(colons + 1, len(self.characters) - 1)]
        good &= (after != 47) & ((form.class_bits(after) & form.FIGURE) == 0)
        colons, owners = colons[good], owners[good]
        new = np.ones(len(owners), bool)
        new[1:] = owners[1:] != owners[:-1]
        colons, owners = colons[new], owners[new]
        words = self.words.starts.searchsorted(colons) - self.first_word[owners]
        found[owners] = (words > 0) & (words <= _LABEL_WORDS)
        return found

    def count_marks(self, kind: int) -> Ints:
        """Return the number of marks of a kind in each paragraph."""
        return self.marks.count(kind, self.begins, self.ends)

    @cached_property
    def marks(self) -> Marks:
        """The marks of the chunk."""
        return Marks(self.characters)


def positions_of(first: Ints, paragraphs: Ints) -> tuple[Ints, Ints]:
    """Return the positions of the words of paragraphs, concatenated, and the offset of each paragraph among them."""
    counts = first[paragraphs + 1] - first[paragraphs]
    begins = offsets(counts)
    return np.arange(begins[-1]) + (first[paragraphs] - begins[:-1]).repeat(counts), begins
