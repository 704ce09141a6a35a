"""What features share: a chunk of candidates, and columns of numbers with names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from dedupe._arrays import F32, Bools, Ints
from dedupe.judge.candidates import Candidates
from dedupe.judge.features._overlaps import Overlap, overlap
from dedupe.judge.features._runs import CandidateRun, runs
from dedupe.judge.texts import Texts

Columns = dict[str, Any]
"""Columns by name: numbers or truth values, shape (paragraphs,), (documents,) or (candidates,), or one for all."""

Sided = Mapping[str, tuple[str, str]]
"""Columns of paragraphs: of which sides ("d" the duplicate, "o" the original) they are features, and what they are."""

SIDES = {"d": "of the duplicate", "o": "of the original"}


def of_sides(meanings: Sided) -> dict[str, str]:
    """Return the features that columns of paragraphs are, by name."""
    return {
        f"{side}_{name}": f"{meaning}; {whose}"
        for side, whose in SIDES.items()
        for name, (sides, meaning) in meanings.items()
        if side in sides
    }


def stacked(columns: Collection[Any], count: int) -> F32:
    """Return columns of so many numbers as the rows of one array: what is asked of all is then asked at once."""
    table = np.empty((len(columns), count), np.float32)
    for row, column in zip(table, columns, strict=True):
        row[:] = column
    return table


class CandidateChunk:
    """The candidates of a chunk of documents and what several features of them need."""

    def __init__(self, texts: Texts, candidates: Candidates) -> None:
        self.texts = texts
        self.candidates = candidates
        self.duplicate = candidates.duplicate
        self.original = candidates.original

    def of_paragraphs(self, meanings: Sided, columns: Columns) -> Columns:
        """Return columns of paragraphs as features: of the duplicate, the original or both."""
        found: Columns = {}
        table = stacked(columns.values(), len(self.texts))
        places = {name: at for at, name in enumerate(columns)}
        for side, which in zip(SIDES, (self.duplicate, self.original), strict=True):
            names = [name for name, (sides, _) in meanings.items() if side in sides]
            rows = table[[places[name] for name in names]].take(which, axis=1)
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
        """The first paragraph of the document of each paragraph."""
        return self.texts.documents[self.texts.document]

    @cached_property
    def last(self) -> Ints:
        """The paragraph behind the last of the document of each paragraph."""
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
        """Whether each paragraph is in a candidate."""
        found = np.zeros(len(self.texts), bool)
        found[self.duplicate] = True
        return found

    @cached_property
    def overlap(self) -> Overlap:
        """How the words of the duplicate stand in the original, and the other way about."""
        return overlap(self.texts, self.candidates.group, self.duplicate, self.original)

    @cached_property
    def runs(self) -> tuple[CandidateRun, CandidateRun]:
        """What leads up to each candidate, and what follows it, in both places."""
        return runs(self.texts, self.candidates)

    def beside(self, step: int) -> Ints:
        """Return the paragraph so many steps from each one, -1 where its document has none."""
        at = np.arange(len(self.texts)) + step
        at[(at < self.first) | (at >= self.last)] = -1
        return at
