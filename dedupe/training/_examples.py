"""Make a table from labelled texts: the features of every candidate, and whether its duplicate should be removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import F32, Bools, Floats, Ints
from dedupe.judge.candidates import Candidates, find_candidates
from dedupe.judge.choice import JudgedParagraphs, compare
from dedupe.judge.features import CandidateChunk, compute
from dedupe.judge.policy import Policy
from dedupe.judge.texts import Texts
from dedupe.matching.match import match
from dedupe.options import Options
from dedupe.text.paragraphs import split
from dedupe.text.shingles import shingles_of
from dedupe.text.words import read
from dedupe.training._labels import Labelled

BATCH_TEXTS = 50
"""Texts whose features are computed together."""

MAX_FITTED_CANDIDATES = 200
"""Most candidates of one text that a model is fitted to."""

REFUSED_WEIGHT = 0.2
"""The weight of a candidate that the guard refuses: there the model decides only of a flag, never of a removal."""

GOES, STAYS, UNKNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Examples:
    """Candidates of labelled texts; all columns but the first have the shape (candidates,).

    `features`: float32, shape (candidates, features). `text`: int64, the number of the text of each. `duplicate`,
    `original`: int64, positions among the paragraphs that are not blank. `target`: int64, whether the duplicate should
    be removed for the original. `jaccard`, `equal`: as in `Candidates`. `refused`: bool, whether the guard finds that
    something would be lost. `text_weight`: float64, the weight of its text.
    """

    features: F32
    text: Ints
    duplicate: Ints
    original: Ints
    target: Ints
    jaccard: Floats
    equal: Bools
    refused: Bools
    text_weight: Floats

    @property
    def is_fitted(self) -> Bools:
        """Whether each candidate is fitted: one in two, three or more of a text with very many."""
        counts = np.bincount(self.text, minlength=int(self.text.max(initial=0)) + 1)
        first = np.cumsum(counts) - counts
        step = -(-counts // MAX_FITTED_CANDIDATES)
        found: Bools = (np.arange(len(self.text)) - first[self.text]) % np.maximum(step, 1)[self.text] == 0
        found &= self.target != UNKNOWN
        return found

    @property
    def weight(self) -> Floats:
        """The weight of each candidate: that of its text, less if refused, divided by the root of the sum there."""
        share = np.where(self.refused, REFUSED_WEIGHT, 1.0)
        fitted = self.is_fitted
        sums = np.bincount(self.text[fitted], share[fitted], int(self.text.max(initial=0)) + 1)
        found: Floats = self.text_weight * share / np.sqrt(np.maximum(sums[self.text], REFUSED_WEIGHT))
        return found


def lines_of(text: str) -> list[tuple[int, int]]:
    """Return the first and last line, counted from 0 and split at line feeds, of each paragraph that is not blank."""
    everything = split(text)
    paragraphs = [everything[number] for number in everything.filled]
    if "\r" not in text:
        return [(paragraph.first_line - 1, paragraph.last_line - 1) for paragraph in paragraphs]
    return [(text.count("\n", 0, paragraph.start), text.count("\n", 0, paragraph.stop)) for paragraph in paragraphs]


def judged_paragraphs(text: str) -> JudgedParagraphs:
    """Return the paragraphs of a text as the choice and the guard see them."""
    lines, extents = text.split("\n"), lines_of(text)
    paragraphs = ["\n".join(lines[first : last + 1]) for first, last in extents]
    return JudgedParagraphs(paragraphs, numbers=[first for first, _ in extents])


def make_examples(texts: Sequence[Labelled], options: Options) -> Examples:
    """Return the candidates of all texts, as the judge finds them."""
    starts = range(0, len(texts), BATCH_TEXTS)
    parts = [_examples(texts, start, min(start + BATCH_TEXTS, len(texts)), options) for start in starts]
    return Examples(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _examples(texts: Sequence[Labelled], first: int, stop: int, options: Options) -> tuple[np.ndarray, ...]:
    documents = [text.text for text in texts[first:stop]]
    words = read(documents)
    chunk = shingles_of(words)
    scopes = np.repeat(np.arange(len(documents), dtype=np.uint64), np.diff(chunk.documents))
    arrays = Texts(words)
    found = find_candidates(
        arrays, match(chunk, scopes, jaccard=options.jaccard, containment=options.containment, seed=options.seed)
    )
    return (
        compute(CandidateChunk(arrays, found)),
        arrays.document[found.duplicate] + first,
        arrays.position[found.duplicate],
        arrays.position[found.original],
        _targets(texts[first:stop], arrays, found),
        found.jaccard,
        found.equal,
        _refused(documents, arrays, found),
        np.array([text.weight for text in texts[first:stop]])[arrays.document[found.duplicate]],
    )


def _refused(documents: Sequence[str], arrays: Texts, found: Candidates) -> Bools:
    """Return for each candidate whether the guard finds that something would be lost, while all else stays."""
    refused = np.zeros(len(found), bool)
    paragraphs = [judged_paragraphs(text) for text in documents]
    policy = Policy()
    columns = (arrays.document[found.duplicate], arrays.position[found.duplicate], arrays.position[found.original])
    for at in (~found.equal).nonzero()[0].tolist():
        text, duplicate, original = (int(column[at]) for column in columns)
        refused[at] = compare(paragraphs[text], duplicate, original, (), policy).loss is not None
    return refused


def _targets(texts: Sequence[Labelled], arrays: Texts, found: Candidates) -> Ints:
    """Return for each candidate whether its duplicate should be removed for its original."""
    lines = [lines_of(text.text) for text in texts]
    targets = np.full(len(found), UNKNOWN)
    columns = (arrays.document[found.duplicate], arrays.position[found.duplicate], arrays.position[found.original])
    for at, (text, duplicate, original) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        targets[at] = target(texts[text], lines[text][duplicate][0], lines[text][original][0])
    return targets


def target(text: Labelled, duplicate: int, original: int) -> int:
    """Return whether a line should be removed for another one; unknown if the other should be removed too."""
    group = next((group for group in text.either if duplicate in group), None)
    if group is not None:
        return GOES if original in group and original < duplicate else UNKNOWN
    if duplicate in text.open:
        return UNKNOWN
    if duplicate in text.remove:
        return UNKNOWN if original in text.remove else GOES
    return STAYS
