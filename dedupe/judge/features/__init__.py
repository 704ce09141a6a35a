"""The features of candidates: one column of numbers each, in groups of one file."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import F32
from dedupe.judge.features import documents, pairs, paragraphs, surroundings, zones
from dedupe.judge.features._table import CandidateChunk

GROUPS = (pairs, paragraphs, surroundings, zones, documents)

MEANINGS: dict[str, str] = {name: meaning for group in GROUPS for name, meaning in group.FEATURES.items()}
"""What each feature is, with its unit and range, in the order of the columns."""


def compute(chunk: CandidateChunk) -> F32:
    """Return the features of a chunk's candidates, float32, shape (candidates, features)."""
    table = np.empty((len(chunk.duplicate), len(MEANINGS)), np.float32, "F")
    at = 0
    for group in GROUPS:
        columns = group.compute(chunk)
        for name in group.FEATURES:
            table[:, at] = columns[name]
            at += 1
    return table


__all__ = ["GROUPS", "MEANINGS", "CandidateChunk", "compute"]
