"""The features of candidates: one column of numbers each, in groups of one file.

A group has a column of paragraphs for some features, which is taken for the duplicate, the original or both (`SIDED`,
`of_paragraphs`), of documents (`of_documents`) or of candidates (`of_candidates`).
"""

from __future__ import annotations

import numpy as np

from dedupe._arrays import F32
from dedupe.judge.features import documents, pairs, paragraphs, surroundings, zones
from dedupe.judge.features._table import SIDES, CandidateChunk, Columns, stacked

GROUPS = (pairs, paragraphs, surroundings, zones, documents)

MEANINGS: dict[str, str] = {name: meaning for group in GROUPS for name, meaning in group.FEATURES.items()}
"""What each feature is, with its unit and range, in the order of the columns."""

_NUMBERS = {name: number for number, name in enumerate(MEANINGS)}
_SIDED = [(name, sides) for group in (paragraphs, surroundings, zones) for name, (sides, _) in group.SIDED.items()]
_OF_PARAGRAPHS = {
    side: (
        [_NUMBERS[f"{side}_{name}"] for name, sides in _SIDED if side in sides],
        [at for at, (_, sides) in enumerate(_SIDED) if side in sides],
    )
    for side in SIDES
}
"""For each side the numbers of the features of paragraphs, and of the columns of paragraphs that they take."""


def compute(chunk: CandidateChunk) -> F32:
    """Return the features of a chunk's candidates, float32, shape (candidates, features)."""
    of_paragraphs: Columns = {}
    for group in (paragraphs, surroundings, zones):
        of_paragraphs |= group.of_paragraphs(chunk)
    by_paragraph = stacked([of_paragraphs[name] for name, _ in _SIDED], len(chunk.texts))
    table = np.zeros((len(MEANINGS), len(chunk.duplicate)), np.float32)
    for side, positions in zip(SIDES, (chunk.duplicate, chunk.original), strict=True):
        numbers, columns = _OF_PARAGRAPHS[side]
        table[numbers] = by_paragraph[columns].take(positions, axis=1)
    of_documents = documents.of_documents(chunk)
    by_document = stacked(of_documents.values(), len(chunk.texts.documents) - 1)
    table[[_NUMBERS[name] for name in of_documents]] = by_document.take(chunk.document, axis=1)
    for name, column in {**pairs.of_candidates(chunk), **surroundings.of_candidates(chunk)}.items():
        table[_NUMBERS[name]] = column
    table[_NUMBERS["diagonal"]] = zones.diagonal(chunk)
    return table.T


__all__ = ["GROUPS", "MEANINGS", "CandidateChunk", "compute"]
