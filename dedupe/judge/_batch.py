"""A batch of documents judged at once: maps paragraph numbers in its arrays to positions in each document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe.judge._remaining import Remaining
from dedupe.judge.candidates import Candidates
from dedupe.judge.choice import Candidate, ParagraphDecision
from dedupe.judge.texts import Texts
from dedupe.text.bounds import ALWAYS_JUDGED_CHARACTERS

_CANDIDATE: Callable[[Iterable[object]], Candidate] = partial(tuple.__new__, Candidate)
"""Makes a candidate of its parts, in a third of the time that `Candidate._make` takes."""


class Batch:
    """Documents in which something repeats, with the candidates that are considered.

    `documents`: the documents as they remain. `chosen`: their positions, as far as there is something to consider.
    """

    def __init__(
        self,
        documents: Sequence[Remaining],
        texts: Texts,
        candidates: Candidates,
        confidence: Floats,
        order: Ints,
        bounded: Bools,
    ) -> None:
        """Take all candidates with their confidence, and the order of those considered, by document."""
        self.documents = documents
        self._bounded = bounded
        self._texts = texts
        duplicate, original = candidates.duplicate, candidates.original
        document = texts.document[duplicate]
        ends = document[order].searchsorted(np.arange(len(documents) + 1))
        self._ends = ends.tolist()
        self.chosen: list[int] = ((ends[1:] > ends[:-1]) | bounded).nonzero()[0].tolist()
        positions = texts.position.copy()
        self._first = texts.documents.copy()
        self._invisible: set[int] = set()
        counts = np.diff(texts.documents).tolist()
        for at in self.chosen:
            numbers_there = documents[at].numbers
            if len(numbers_there) != counts[at]:  # some paragraphs have invisible characters only
                self._invisible.add(at)
                first, last = texts.documents[at : at + 2].tolist()
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
        columns = (column[rows] for column in self._columns)
        return list(map(_CANDIDATE, zip(*columns, strict=True)))

    def unstable(self, decided: Mapping[int, Sequence[ParagraphDecision]]) -> list[int]:
        """Return those of the decided documents that are bounded, or in which both paragraphs of a pair stay."""
        stays = np.ones(self._first[-1], bool)
        for at, decisions in decided.items():
            first = int(self._first[at])
            stays[[first + decision.duplicate for decision in decisions if decision.action == "remove"]] = False
        duplicate, original = self._pairs
        unstable = self._bounded.copy()
        unstable[self._document[stays[duplicate] & stays[original]]] = True
        return [at for at in decided if unstable[at]]

    def is_known(self, at: int) -> bool:
        """Return whether what repeats in the rest of a document is known from what repeated before."""
        small = len(self.documents[at].text) <= ALWAYS_JUDGED_CHARACTERS  # the bounds of others are looked at again
        return small and not self._bounded[at] and at not in self._invisible

    def lines_of(self, decided: Mapping[int, Sequence[ParagraphDecision]]) -> Ints:
        """Return the lines of the paragraphs that are removed from documents."""
        texts = self._texts
        paragraphs = [
            int(texts.documents[at]) + decision.duplicate
            for at, decisions in decided.items()
            for decision in decisions
            if decision.action == "remove"
        ]
        return texts.numbers[paragraphs]
