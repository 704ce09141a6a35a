"""Documents that are judged at once: from the numbers of their paragraphs in arrays to positions in each, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe.judge._remaining import Remaining
from dedupe.judge.candidates import Candidates
from dedupe.judge.choice import Candidate, ParagraphDecision
from dedupe.judge.texts import Texts


class Batch:
    """Documents in which something repeats, their candidates, and which of them are worth a look.

    `documents`: as they remain. `numbers`: those the caller has for them. `bounded`: whether not every pair of each was
    looked at. `chosen`: the documents, from 0, of which there is something to look at.
    """

    def __init__(
        self,
        numbers: Sequence[int],
        documents: Sequence[Remaining],
        texts: Texts,
        candidates: Candidates,
        confidence: Floats,
        order: Ints,
        bounded: Bools,
    ) -> None:
        """Take all candidates with their confidence, and the order of those worth a look, by document."""
        self.numbers = numbers
        self.documents = documents
        self.bounded = bounded
        duplicate, original = candidates.duplicate, candidates.original
        document = texts.document[duplicate]
        ends = document[order].searchsorted(np.arange(len(numbers) + 1))
        self._ends = ends.tolist()
        self.chosen: list[int] = ((ends[1:] > ends[:-1]) | bounded).nonzero()[0].tolist()
        positions = texts.place.copy()
        self._first = texts.documents.copy()
        for at in self.chosen:
            first, last = texts.documents[at : at + 2].tolist()
            filled = documents[at].filled
            if len(filled) != last - first:  # some rows are of nothing but what is left out
                positions[first:last] = np.searchsorted(filled, texts.numbers[first:last] - texts.first_row[at])
                self._first[at + 1 :] += len(filled) - last + first
        base = self._first[document]
        self._document = document
        self._pairs = base + positions[duplicate], base + positions[original]
        self._columns = [
            column[order].tolist()
            for column in (
                positions[duplicate],
                positions[original],
                confidence,
                candidates.jaccard,
                candidates.equal,
                candidates.copies[duplicate],
            )
        ]

    def candidates(self, at: int) -> list[Candidate]:
        """Return those of a document that are worth a look, the surest first."""
        mine = slice(*self._ends[at : at + 2])
        return list(map(Candidate._make, zip(*(column[mine] for column in self._columns), strict=True)))

    def left(self, decided: Mapping[int, Sequence[ParagraphDecision]]) -> list[int]:
        """Return those of the documents with these decisions that are bounded, or have a pair of which both stay."""
        stays = np.ones(self._first[-1], bool)
        for at, decisions in decided.items():
            first = int(self._first[at])
            stays[[first + one.duplicate for one in decisions if one.action == "remove"]] = False
        one, other = self._pairs
        again = self.bounded.copy()
        again[self._document[stays[one] & stays[other]]] = True
        return [at for at in decided if again[at]]
