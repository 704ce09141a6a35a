"""The candidates of a chunk with values that several features share, and named columns of numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from dedupe._arrays import F32, Bools, Ints
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

    def of_paragraphs(self, meanings: Sided, columns: Columns) -> Columns:
        """Return columns of paragraphs as columns of candidates: of the duplicate, the original or both."""
        found: Columns = {}
        table = stacked(columns.values(), len(self.texts))
        numbers = {name: number for number, name in enumerate(columns)}
        for side, paragraphs in zip(SIDES, (self.duplicate, self.original), strict=True):
            names = [name for name, (sides, _) in meanings.items() if side in sides]
            rows = table[[numbers[name] for name in names]].take(paragraphs, axis=1)
            found.update(zip([f"{side}_{name}" for name in names], rows, strict=True))
        return found

    def of_documents(self, columns: Columns) -> Columns:
        """Return columns of documents as columns of candidates."""
        rows = stacked(columns.values(), len(self.texts.documents) - 1).take(self.document, axis=1)
        return dict(zip(columns, rows, strict=True))

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

    def beside(self, step: int) -> Ints:
        """Return the paragraph `step` paragraphs below each one, -1 where its document has none."""
        at = np.arange(len(self.texts)) + step
        at[(at < self.first) | (at >= self.last)] = -1
        return at
