"""The features of candidates: one column of numbers each, in groups of one file."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F32
from dedupe.judge.features import documents, pairs, paragraphs, roles, surroundings, zones
from dedupe.judge.features.table import Chunk

GROUPS = (pairs, paragraphs, surroundings, zones, documents, roles)

MEANINGS: dict[str, str] = {name: meaning for group in GROUPS for name, meaning in group.FEATURES.items()}
"""What each feature is, with its unit and range, in the order of the columns."""


def compute(chunk: Chunk) -> F32:
    """Return the features of a chunk's candidates, float32, shape (candidates, features)."""
    columns = {name: column for group in GROUPS for name, column in group.compute(chunk).items()}
    table = np.empty((len(chunk.duplicate), len(MEANINGS)), np.float32)
    for number, name in enumerate(MEANINGS):
        table[:, number] = columns[name]
    return table


__all__ = ["GROUPS", "MEANINGS", "Chunk", "compute"]
