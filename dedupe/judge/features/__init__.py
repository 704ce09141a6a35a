"""The features of candidates: one column of numbers each, in groups of one file."""

from __future__ import annotations

from dedupe._arrays import F32
from dedupe.judge.features import documents, pairs, paragraphs, surroundings, zones
from dedupe.judge.features._table import CandidateChunk, stacked

GROUPS = (pairs, paragraphs, surroundings, zones, documents)

MEANINGS: dict[str, str] = {name: meaning for group in GROUPS for name, meaning in group.FEATURES.items()}
"""What each feature is, with its unit and range, in the order of the columns."""


def compute(chunk: CandidateChunk) -> F32:
    """Return the features of a chunk's candidates, float32, shape (candidates, features)."""
    found = [group.compute(chunk) for group in GROUPS]
    columns = [columns[name] for group, columns in zip(GROUPS, found, strict=True) for name in group.FEATURES]
    return stacked(columns, len(chunk.duplicate)).T


__all__ = ["GROUPS", "MEANINGS", "CandidateChunk", "compute"]
