"""From labelled texts to a table: the features of every candidate, and whether its duplicate should go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import F32, Bools, Floats, Ints
from dedupe.judge.candidates import Candidates, find_candidates
from dedupe.judge.features import CandidateChunk, compute
from dedupe.judge.texts import Texts
from dedupe.matching.match import match
from dedupe.options import Options
from dedupe.text.paragraphs import split
from dedupe.text.shingles import chunks, joined, shingles
from dedupe.training._labels import Labelled

BATCH = 50
"""Texts whose features are computed together."""

MOST_OF_A_TEXT = 200
"""Candidates of one text that a model is fitted to."""

GOES, STAYS, UNKNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Examples:
    """Candidates of labelled texts.

    `features`: float32, shape (candidates, features). `text`: int64, the number of the text of each. `duplicate`,
    `original`: int64, positions among the paragraphs that are not blank. `target`: int64, whether the duplicate should
    go for the original. `jaccard`, `equal`: as in `Candidates`. `text_weight`: the weight of its text.
    """

    features: F32
    text: Ints
    duplicate: Ints
    original: Ints
    target: Ints
    jaccard: Floats
    equal: Bools
    text_weight: Floats

    @property
    def sampled(self) -> Bools:
        """Those that are fitted: of a text with very many only every second, third, and so on."""
        counts = np.bincount(self.text, minlength=int(self.text.max(initial=0)) + 1)
        first = np.cumsum(counts) - counts
        step = -(-counts // MOST_OF_A_TEXT)
        found: Bools = (np.arange(len(self.text)) - first[self.text]) % np.maximum(step, 1)[self.text] == 0
        found &= self.target != UNKNOWN
        return found

    @property
    def weight(self) -> Floats:
        """The weight of each: that of its text, and long lists of repeats count less than their number."""
        fitted = np.bincount(self.text[self.sampled], minlength=int(self.text.max(initial=0)) + 1)
        found: Floats = self.text_weight / np.sqrt(np.maximum(fitted[self.text], 1))
        return found


def lines_of(text: str) -> list[tuple[int, int]]:
    """Return the first and last line, counted from 0 and split at line feeds, of each paragraph that is not blank."""
    rows = split(text)
    filled = [rows[number] for number in rows.filled]
    if "\r" not in text:
        return [(row.first_line - 1, row.last_line - 1) for row in filled]
    return [(text.count("\n", 0, row.start), text.count("\n", 0, row.stop)) for row in filled]


def make_examples(texts: Sequence[Labelled], options: Options) -> Examples:
    """Return the candidates of all texts, as the judge would see them."""
    parts = [_examples(texts, at, min(at + BATCH, len(texts)), options) for at in range(0, len(texts), BATCH)]
    return Examples(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _examples(texts: Sequence[Labelled], first: int, stop: int, options: Options) -> tuple[np.ndarray, ...]:
    documents = [one.text for one in texts[first:stop]]
    chunk = joined([shingles(part) for part in chunks(documents)])
    scopes = np.repeat(np.arange(len(documents), dtype=np.uint64), np.diff(chunk.documents))
    read = Texts(documents)
    found = find_candidates(
        read, match(chunk, scopes, jaccard=options.jaccard, containment=options.containment, seed=options.seed)
    )
    return (
        compute(CandidateChunk(read, found)),
        read.document[found.duplicate] + first,
        read.position[found.duplicate],
        read.position[found.original],
        _targets(texts[first:stop], read, found),
        found.jaccard,
        found.equal,
        np.array([one.weight for one in texts[first:stop]])[read.document[found.duplicate]],
    )


def _targets(texts: Sequence[Labelled], read: Texts, found: Candidates) -> Ints:
    """Return for each candidate whether its duplicate should go for its original."""
    lines = [lines_of(one.text) for one in texts]
    targets = np.full(len(found), UNKNOWN)
    columns = (read.document[found.duplicate], read.position[found.duplicate], read.position[found.original])
    for at, (text, duplicate, original) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        targets[at] = target(texts[text], lines[text][duplicate][0], lines[text][original][0])
    return targets


def target(text: Labelled, duplicate: int, original: int) -> int:
    """Return whether a line should go for another one: unknown where the other one should go too."""
    group = next((group for group in text.either if duplicate in group), None)
    if group is not None:
        return GOES if original in group and original < duplicate else UNKNOWN
    if duplicate in text.open:
        return UNKNOWN
    if duplicate in text.remove:
        return UNKNOWN if original in text.remove else GOES
    return STAYS
