"""What features share: a chunk of candidates, and columns of numbers with names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.candidates import Candidates
from dedupe.judge.features._overlaps import Overlap, overlap
from dedupe.judge.features._runs import CandidateRun, run
from dedupe.judge.texts import Texts

Columns = dict[str, Any]
"""Columns by name: numbers or truth values, shape (paragraphs,), (documents,) or (candidates,)."""

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
        for side, which in zip(SIDES, (self.duplicate, self.original), strict=True):
            for name, (sides, _) in meanings.items():
                if side in sides:
                    found[f"{side}_{name}"] = columns[name][which]
        return found

    def of_documents(self, columns: Columns) -> Columns:
        """Return columns of documents as columns of candidates."""
        return {name: column[self.document] for name, column in columns.items()}

    @cached_property
    def document(self) -> Ints:
        """The document of each candidate."""
        return self.texts.document[self.duplicate]

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
        return run(self.texts, self.candidates, -1), run(self.texts, self.candidates, 1)

    def beside(self, step: int) -> Ints:
        """Return the paragraph so many steps from each one, -1 where its document has none."""
        texts = self.texts
        at = np.arange(len(texts)) + step
        outside = (at < texts.documents[texts.document]) | (at >= texts.documents[texts.document + 1])
        at[outside] = -1
        return at
