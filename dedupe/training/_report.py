"""The report of training: the levels, figures by kind of text, and how reliable the confidence is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from dedupe._arrays import Bools
from dedupe.training._evaluation import Rated, curve_point
from dedupe.training._labels import Labelled

NEWS = ("article", "article-hard")
LEAST_PRECISION = {
    "article": (0.99, 0.97, 0.90),
    "article-hard": (0.98, 0.95, 0.90),
    "extracted": (0.97, 0.92, 0.80),
    "page": (0.97, 0.95, 0.88),
    "paragraphs": (0.98, 0.97, 0.90),
    "web": (0.95, 0.90, 0.75),
}
"""Least share of right removals on the levels `conservative`, `default` and `aggressive`, by kind of text."""

EDITED = ("document", "song")
MOST_DAMAGED = {"conservative": 0.0, "default": 0.01, "aggressive": 0.05}
"""Largest share of texts edited by people that may lose a line on each level."""

FLAG_CONFIDENCE = 0.5
"""Confidence below which nothing is flagged."""

LEVEL_STEP = 0.01
"""Confidence between two points that may be a level."""

CONFIDENCE_EDGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0001)


def levels(texts: Sequence[Labelled], found: Rated) -> dict[str, float]:
    """Return the least confidence of each level: the lowest from which on precision and damage are within bounds."""
    steps = np.round(np.arange(FLAG_CONFIDENCE, 1.0, LEVEL_STEP), 2)
    scores = [[curve_point(texts, found, (kind,), least).score for kind in LEAST_PRECISION] for least in steps.tolist()]
    right = np.array([[one.precision if one.hits or one.wrong else 1.0 for one in row] for row in scores])
    edited = [curve_point(texts, found, EDITED, least) for least in steps.tolist()]
    lasting = np.minimum.accumulate(right[::-1])[::-1]
    damaged = np.array([one.damaged / max(1, one.texts) for one in edited])
    chosen = {}
    for level, least_precision in zip(MOST_DAMAGED, zip(*LEAST_PRECISION.values(), strict=True), strict=True):
        reached = np.flatnonzero((lasting >= least_precision).all(axis=1) & (damaged <= MOST_DAMAGED[level]))
        chosen[level] = float(steps[reached[0]]) if len(reached) else 1.0
    return {**chosen, "flag": FLAG_CONFIDENCE}


def figures(texts: Sequence[Labelled], found: Rated, points: dict[str, float]) -> list[dict[str, Any]]:
    """Return precision, recall and damaged texts of every kind of text on every level."""
    rows = []
    for level in MOST_DAMAGED:
        for kind in sorted({one.kind for one in texts}):
            point = curve_point(texts, found, (kind,), points[level])
            precision, recall = round(point.score.precision, 3), round(point.score.recall, 3)
            scores = {"precision": precision, "recall": recall, "damaged": point.damaged}
            rows.append({"level": level, "kind": kind, "texts": point.texts, **scores})
    return rows


def reliability(texts: Sequence[Labelled], found: Rated) -> list[dict[str, Any]]:
    """Return for each range of confidence the number of removals and the share that is right."""
    news = np.array([one.kind in NEWS for one in texts])[found.text]

    def right(chosen: Bools) -> float:
        return round(float(found.right[chosen].mean()), 3) if chosen.any() else 0.0

    rows = []
    for low, high in pairwise(CONFIDENCE_EDGES):
        chosen = (found.confidence >= low) & (found.confidence < high)
        shares_right = {"right": right(chosen), "news": right(chosen & news), "pages": right(chosen & ~news)}
        rows.append({"from": low, "to": min(high, 1.0), "removals": int(chosen.sum()), **shares_right})
    return rows


def calibration_errors(texts: Sequence[Labelled], found: Rated) -> list[dict[str, Any]]:
    """Return for each kind of text in which a removal may be right the expected calibration error.

    That is the mean distance, in the ranges of confidence, of the mean confidence from the share that is right (Naeini
    and others 2015).
    """
    kinds = np.array([one.kind for one in texts])[found.text]
    ranges = np.searchsorted(CONFIDENCE_EDGES, found.confidence, "right")
    rows = []
    for kind in np.unique(kinds[found.right]).tolist():
        chosen = (kinds == kind) & (ranges > 0)
        excess = np.bincount(ranges[chosen], found.confidence[chosen] - found.right[chosen])
        count = int(chosen.sum())
        rows.append({"kind": kind, "removals": count, "error": round(float(np.abs(excess).sum()) / max(1, count), 3)})
    return rows


def table(about: dict[str, Any]) -> str:
    """Return the report as a table for a terminal."""
    rows = [f"{'level':<13}{'kind':<18}{'texts':>6}{'precision':>11}{'recall':>8}{'damaged':>9}"]
    rows += [
        f"{one['level']:<13}{one['kind']:<18}{one['texts']:>6}{one['precision']:>11.3f}{one['recall']:>8.3f}{one['damaged']:>9}"
        for one in about["figures"]
    ]
    rows += [
        f"confidence {one['from']:.2f} to {one['to']:.2f}: {one['removals']:>6} removals, {one['right']:.3f} right"
        for one in about["reliability"]
    ]
    rows += [
        f"{one['kind']:<18}{one['removals']:>6} removals, expected calibration error {one['error']:.3f}"
        for one in about["errors"]
    ]
    return "\n".join(rows)
