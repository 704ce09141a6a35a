"""The candidates of a chunk with values that several features share, and named columns of numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from dedupe._arrays import F32, Bools, Ints
from dedupe._properties import cached_property
from dedupe.judge.candidates import Candidates
from dedupe.judge.features._overlaps import Overlap, overlap
from dedupe.judge.texts import Texts

Columns = dict[str, Any]
"""Columns by name: numbers or booleans of shape (paragraphs,), (documents,) or (candidates,), or one for all."""

Sided = Mapping[str, tuple[str, str]]
"""Columns of paragraphs by name: the sides they are features of ("d" duplicate, "o" original), and their meaning."""

SIDES = {"d": "of the duplicate", "o": "of the original"}


def of_sides(meanings: Sided) -> dict[str, str]:
    """Return the meanings of the features made from columns of paragraphs, by name."""
    return {
        f"{side}_{name}": f"{meaning}; {whose}"
        for side, whose in SIDES.items()
        for name, (sides, meaning) in meanings.items()
        if side in sides
    }


def stacked(columns: Collection[Any], count: int) -> F32:
    """Return columns of `count` numbers as the rows of one array, float32, shape (columns, count)."""
    table = np.empty((len(columns), count), np.float32)
    for row, column in zip(table, columns, strict=True):
        row[:] = column
    return table


class CandidateChunk:
    """The candidates of a chunk of documents, and values that several features share."""

    def __init__(self, texts: Texts, candidates: Candidates) -> None:
        self.texts = texts
        self.candidates = candidates
        self.duplicate = candidates.duplicate
        self.original = candidates.original

    @cached_property
    def document(self) -> Ints:
        """The document of each candidate."""
        return self.texts.document[self.duplicate]

    @cached_property
    def first(self) -> Ints:
        """The first paragraph of each paragraph's document."""
        return self.texts.documents[self.texts.document]

    @cached_property
    def last(self) -> Ints:
        """The paragraph behind the last of each paragraph's document."""
        return self.texts.documents[self.texts.document + 1]

    @cached_property
    def median_size(self) -> Ints:
        """The median size of the paragraphs of each document, the lower of two."""
        texts = self.texts
        ordered = texts.size[np.lexsort((texts.size, texts.document))]
        found: Ints = ordered[np.minimum((texts.documents[:-1] + texts.documents[1:] - 1) // 2, len(ordered) - 1)]
        return found

    @cached_property
    def repeats(self) -> Bools:
        """Whether each paragraph is the duplicate of a candidate."""
        found = np.zeros(len(self.texts), bool)
        found[self.duplicate] = True
        return found

    @cached_property
    def overlap(self) -> Overlap:
        """Which words of the duplicates stand in the originals, and the reverse."""
        return overlap(self.texts, self.candidates.group, self.duplicate, self.original)

    @cached_property
    def before(self) -> Ints:
        """The paragraph above each one, -1 where its document has none."""
        at = np.arange(-1, len(self.texts) - 1)
        firsts = self.texts.documents[:-1]
        at[firsts[firsts < len(at)]] = -1
        return at

    @cached_property
    def after(self) -> Ints:
        """The paragraph below each one, -1 where its document has none."""
        at = np.arange(1, len(self.texts) + 1)
        ends = self.texts.documents[1:]
        at[ends[ends > 0] - 1] = -1
        return at
