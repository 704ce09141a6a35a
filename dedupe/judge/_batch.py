"""A batch of documents judged at once: maps paragraph numbers in its arrays to positions in each document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe.judge._remaining import Remaining
from dedupe.judge.candidates import Candidates
from dedupe.judge.choice import Candidate, ParagraphDecision
from dedupe.judge.texts import Texts


class Batch:
    """Documents in which something repeats, with the candidates that are considered.

    `numbers`: the caller's numbers of the documents. `documents`: the documents as they remain. `bounded`: bool, shape
    (documents,), whether only some pairs were compared. `chosen`: the documents, from 0, with something to consider.
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
        """Take all candidates with their confidence, and the order of those considered, by document."""
        self.numbers = numbers
        self.documents = documents
        self.bounded = bounded
        duplicate, original = candidates.duplicate, candidates.original
        document = texts.document[duplicate]
        ends = document[order].searchsorted(np.arange(len(numbers) + 1))
        self._ends = ends.tolist()
        self.chosen: list[int] = ((ends[1:] > ends[:-1]) | bounded).nonzero()[0].tolist()
        positions = texts.position.copy()
        self._first = texts.documents.copy()
        for at in self.chosen:
            first, last = texts.documents[at : at + 2].tolist()
            numbers_there = documents[at].numbers
            if len(numbers_there) != last - first:  # some paragraphs have invisible characters only
                positions[first:last] = np.searchsorted(
                    numbers_there, texts.numbers[first:last] - texts.first_number[at]
                )
                self._first[at + 1 :] += len(numbers_there) - last + first
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
        """Return the considered candidates of a document, in descending order of log-odds."""
        rows = slice(*self._ends[at : at + 2])
        return list(map(Candidate._make, zip(*(column[rows] for column in self._columns), strict=True)))

    def unstable(self, decided: Mapping[int, Sequence[ParagraphDecision]]) -> list[int]:
        """Return those of the decided documents that are bounded, or in which both paragraphs of a pair stay."""
        stays = np.ones(self._first[-1], bool)
        for at, decisions in decided.items():
            first = int(self._first[at])
            stays[[first + decision.duplicate for decision in decisions if decision.action == "remove"]] = False
        duplicate, original = self._pairs
        unstable = self.bounded.copy()
        unstable[self._document[stays[duplicate] & stays[original]]] = True
        return [at for at in decided if unstable[at]]
