"""The paragraphs of a chunk of documents as arrays: where they stand, their words, their form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np

from dedupe._arrays import U8, U16, U32, Bools, Ints
from dedupe.judge import _characters as form
from dedupe.model import Role
from dedupe.text.letters import Letters, letters_of
from dedupe.text.shingles import HALF, offsets, read_words, simplified

PROSE, HALF_PROSE = 800, 1200
"""The size from which a sentence, and anything else, reads as running text, in tenths of a letter."""

LETTER, UNSPACED, HANGUL = 10, 22, 19
"""What a letter, and a space, adds to a size: tenths of a letter. A character of a script without spaces says as much
as about two letters, so one scale serves all scripts. Whole numbers add up alike in every order and batch."""

_ROLE_NUMBERS = {role: number for number, role in enumerate(get_args(Role))}

Roles = tuple[Sequence[int], Sequence[Role]]
"""The rows of a document's paragraphs and their roles; without both where its source says nothing of them."""

UNKNOWN: Roles = ((), ())

_LABEL_END = 60
"""Characters within which the label in front of a paragraph ends."""

_LABEL_WORDS = 4

_BLANKS = 64
"""Blanks in a row that are passed over one by one."""

_FIRST_HANGUL = 0x1100

CODE, AT, COLON = 1, 2, 4
"""Bits of the marks that are counted: the characters that code is made of, at signs, and colons."""

_WIDE_COLON = 0xFF1A
_MARKS = bytes(
    CODE if chr(code) in "{};=<>()[]_\\$#/`&*" else AT if chr(code) == "@" else COLON if chr(code) == ":" else 0
    for code in range(256)
)
"""Turns a byte into the bit of its mark, and all others into 0."""

_CLOSERS_BEHIND = 6
"""Closing marks and spaces that may stand behind the stop of a sentence."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a chunk, one after the other.

    `hashes`: uint32. `starts`, `ends`: int64, positions of the first character of each and of the one behind its last.
    `unspaced`: bool, whether each is a character of a script without spaces.
    """

    hashes: U32
    starts: Ints
    ends: Ints
    unspaced: Bools


class Texts:
    """The paragraphs that are not blank, of several documents; a column is computed when it is first asked for.

    `numbers`: int64, the row of each paragraph, blank rows counted, in the chunk. `documents`: int64, shape
    (documents + 1,), the first paragraph of each. `first_word`: int64, shape (paragraphs + 1,).
    `begins`, `ends`: int64, positions of the content, without white space around it, in `characters`. `indent`: int64,
    blanks in front of it.
    """

    def __init__(self, texts: Sequence[str], roles: Sequence[Roles] | None = None) -> None:
        text = "\n".join(texts)
        read = letters_of(text, texts)
        if changed := simplified(read, text, texts):
            prepared = [changed.get(number, text) for number, text in enumerate(texts)]
            del read, text  # a large text is not to be held twice
            read = letters_of("\n".join(prepared), prepared)
        self.characters = read.characters
        self._find_paragraphs(read)
        self._find_words(read)
        self.roles = self._roles(roles)

    def __len__(self) -> int:
        return len(self.numbers)

    def _find_paragraphs(self, read: Letters) -> None:
        """Find the rows that are not blank and the white space around them."""
        codes = self.characters
        starts = np.zeros(len(read.lines) + 1, np.int64)
        starts[1:] = read.lines
        stops = np.empty_like(starts)
        stops[:-1], stops[-1] = read.lines - 1, len(codes)
        begins = _skipped(codes, starts, stops, 1)
        ends = _skipped(codes, stops - 1, begins - 1, -1) + 1
        self.numbers: Ints = (begins < stops).nonzero()[0]
        self.begins: Ints = begins[self.numbers]
        self.ends: Ints = ends[self.numbers]
        self.indent: Ints = self.begins - starts[self.numbers]
        self.documents: Ints = self.numbers.searchsorted(read.documents)
        self.first_row: Ints = read.documents

    def _find_words(self, read: Letters) -> None:
        hashes, starts, ends = read_words(read)
        unspaced = np.zeros(len(starts), bool) if read.single is None else read.single[starts]
        self.words = Words((hashes >> HALF).astype(np.uint32), starts - 1, ends - 1, unspaced)
        self.first_word: Ints = np.empty(len(self) + 1, np.int64)
        self.first_word[:-1], self.first_word[-1] = self.words.starts.searchsorted(self.begins), len(starts)

    @cached_property
    def again(self) -> Bools:
        """Whether the source says that it is a line shown again."""
        found: Bools = self.roles == _ROLE_NUMBERS["again"]
        return found

    def _roles(self, roles: Sequence[Roles] | None) -> U16:
        found = np.zeros(len(self), np.uint16)
        for number, (rows, names) in enumerate(roles or ()):
            if names:
                mine = slice(self.documents[number], self.documents[number + 1])
                numbered = np.array([_ROLE_NUMBERS[name] for name in names], np.uint16)
                found[mine] = numbered[np.searchsorted(rows, self.numbers[mine] - self.first_row[number])]
        return found

    @cached_property
    def document(self) -> Ints:
        """The number of each paragraph's document."""
        return np.arange(len(self.documents) - 1).repeat(self.documents[1:] - self.documents[:-1])

    @cached_property
    def place(self) -> Ints:
        """The position of each paragraph in its document, from 0."""
        return np.arange(len(self)) - self.documents[self.document]

    @cached_property
    def count(self) -> Ints:
        """The number of words of each paragraph."""
        return self.first_word[1:] - self.first_word[:-1]

    @cached_property
    def size(self) -> Ints:
        """Letters and spaces of each paragraph, weighted by script, in tenths of a letter: how much it says."""
        words = self.words
        unspaced, beyond = words.unspaced.any(), int(self.characters.max(initial=0)) >= _FIRST_HANGUL
        if not unspaced and not beyond:
            return LETTER * (self.letters + self.count)
        weights = LETTER * (words.ends - words.starts + 1)
        if unspaced:
            weights[words.unspaced] = UNSPACED
        if beyond:
            hangul = (self.word_form & form.HANGUL) > 0
            weights[hangul] = HANGUL * (words.ends - words.starts)[hangul] + LETTER
        return self.sums(weights)

    @cached_property
    def letters(self) -> Ints:
        """The characters of the words of each paragraph."""
        return self.sums(self.words.ends - self.words.starts)

    def sums(self, values: Ints) -> Ints:
        """Return the sum of a whole number of each word over each paragraph."""
        total = offsets(values)[self.first_word]
        return total[1:] - total[:-1]

    def marked(self, flags: Bools) -> Ints:
        """Return how many words of each paragraph have a flag that few have."""
        before = flags.nonzero()[0].searchsorted(self.first_word)
        return before[1:] - before[:-1]

    def totals(self, columns: Sequence[Ints | Bools]) -> Ints:
        """Return the sums of whole numbers of each paragraph over each document, shape (columns, documents)."""
        sums = np.zeros((len(columns), len(self) + 1), np.int64)
        for row, column in zip(sums, columns, strict=True):
            row[1:] = column
        sums.cumsum(axis=1, out=sums)
        ends = sums.take(self.documents, axis=1)
        return ends[:, 1:] - ends[:, :-1]

    @cached_property
    def first_form(self) -> U16:
        """The class bits of the first character."""
        return form.forms(self.characters[self.begins])

    @cached_property
    def last_form(self) -> U16:
        """The class bits of the last character."""
        return form.forms(self.characters[self.ends - 1])

    @cached_property
    def stop(self) -> Ints:
        """The position of the last character that is no closing mark."""
        at = self.ends - 1
        for _ in range(_CLOSERS_BEHIND):
            closing = (form.forms(self.characters[at]) & (form.CLOSER | form.SPACE)) > 0
            closing &= at > self.begins
            if not closing.any():
                break
            at = at - closing
        return at

    @cached_property
    def stop_form(self) -> U16:
        """The class bits of the last character that is no closing mark."""
        return form.forms(self.characters[self.stop])

    @cached_property
    def sentence(self) -> Bools:
        """Whether it ends as a sentence does."""
        return ((self.stop_form & form.STOP) > 0) & (self.count > 0)

    @cached_property
    def prose(self) -> Bools:
        """Whether it reads as running text."""
        return self.size >= np.where(self.sentence, PROSE, HALF_PROSE)

    @cached_property
    def figure(self) -> Bools:
        """Whether each word begins or ends with a figure."""
        found: Bools = ((self.word_form | form.forms(self.characters[self.words.ends - 1])) & form.FIGURE) > 0
        return found

    @cached_property
    def capital(self) -> Bools:
        """Whether each word begins with a capital."""
        return (self.word_form & form.CAPITAL) > 0

    @cached_property
    def figures(self) -> Ints:
        """The number of words of each paragraph that begin or end with a figure."""
        return self.marked(self.figure)

    @cached_property
    def word_form(self) -> U16:
        """The class bits of the first character of each word."""
        return form.forms(self.characters[self.words.starts])

    @cached_property
    def listed(self) -> Bools:
        """Whether it begins with the marker of a list, or the source says that it is an item."""
        codes, begins = self.characters, self.begins
        second = codes[np.minimum(begins + 1, len(codes) - 1)]
        spaced = (second == 32) | (second == 9) | (second == 0xA0)
        bullet = ((self.first_form & form.BULLET) > 0) & (spaced | (codes[begins] >= 0x2022) & (codes[begins] < 0x2600))
        found: Bools = bullet | (self.roles == _ROLE_NUMBERS["item"])
        filled = (self.count > 0).nonzero()[0]
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
    def label(self) -> Ints:
        """The number of words before a colon at its beginning, at most four; 0 without."""
        colons = self._places(COLON)
        found = np.zeros(len(self), np.int64)
        if not len(colons) or not len(self):
            return found
        owners = self.begins.searchsorted(colons, "right") - 1
        good = (owners >= 0) & (colons < self.ends[owners]) & (colons - self.begins[owners] <= _LABEL_END)
        after = self.characters[np.minimum(colons + 1, len(self.characters) - 1)]
        good &= (after != 47) & ((form.forms(after) & form.FIGURE) == 0)
        colons, owners = colons[good], owners[good]
        new = np.ones(len(owners), bool)
        new[1:] = owners[1:] != owners[:-1]
        colons, owners = colons[new], owners[new]
        words = self.words.starts.searchsorted(colons) - self.first_word[owners]
        found[owners] = np.where(words <= _LABEL_WORDS, words, 0)
        return found

    def counted(self, mark: int) -> Ints:
        """Return how often a mark stands in each paragraph."""
        places = self._places(mark)
        found: Ints = places.searchsorted(self.ends) - places.searchsorted(self.begins)
        return found

    def _places(self, mark: int) -> Ints:
        """Return where a mark stands."""
        places, marks = self._marks
        found: Ints = places[(marks & mark) > 0]
        return found

    @cached_property
    def _marks(self) -> tuple[Ints, U8]:
        """Where all marks stand, and which they are."""
        codes = self.characters.astype(np.uint8)
        if self.characters.dtype != np.uint8:
            wide = (self.characters > 255).nonzero()[0]
            codes[wide] = np.where(self.characters[wide] == _WIDE_COLON, ord(":"), 255)
        marks = np.frombuffer(codes.tobytes().translate(_MARKS), np.uint8)
        places = (marks > 0).nonzero()[0]
        return places, marks[places]


def _skipped(codes: U8 | U32, at: Ints, end: Ints, step: int) -> Ints:
    """Return where the white space from each position up to an end is over, forward (1) or back (-1)."""
    at = at.copy()
    left = (at != end).nonzero()[0]
    for _ in range(_BLANKS):
        left = left[(form.forms(codes[at[left]]) & form.SPACE) > 0]
        if not len(left):
            return at
        at[left] += step
        left = left[at[left] != end[left]]
    inked = ((form.forms(codes) & form.SPACE) == 0).nonzero()[0]  # rare: so many blanks in a row
    found = inked.searchsorted(at[left], "left" if step > 0 else "right") - (step < 0)
    known = np.append(inked, [len(codes), -1])[np.where(found < 0, -1, found)]
    at[left] = np.minimum(known, end[left]) if step > 0 else np.maximum(known, end[left])
    return at


def positions_of(first: Ints, paragraphs: Ints) -> tuple[Ints, Ints]:
    """Return the positions of the words of paragraphs, one after the other, and where those of each begin."""
    counts = first[paragraphs + 1] - first[paragraphs]
    begins = offsets(counts)
    return np.arange(begins[-1]) + (first[paragraphs] - begins[:-1]).repeat(counts), begins
