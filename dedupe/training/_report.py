"""What training tells: the levels, figures by kind of text, and how far a confidence can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe.training._evaluation import Removals, curve
from dedupe.training._labels import Labelled

AS_THEY_COME, DOUBTFUL = ("article",), ("article-hard",)
NEWS = (*AS_THEY_COME, *DOUBTFUL)
ELSEWHERE = ("extracted", "extracted-hard", "page", "page-hard", "paragraphs", "paragraphs-hard", "web")
LEVELS = {"conservative": (0.99, 0.981, 0.974), "default": (0.97, 0.955, 0.946), "aggressive": (0.90, 0.90, 0.87)}
"""The share of removals that is right on each level: on news as it comes, on hard news, and elsewhere."""

EDITED = ("document", "song")
HARMED = {"conservative": 0.0, "default": 0.01, "aggressive": 0.05}
"""The share of texts edited by people of which a line may go on each level."""

FLAG = 0.5
"""The confidence below which nothing is said."""

EDGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0001)


def levels(texts: Sequence[Labelled], found: Removals, odds: Ints, shares: Floats) -> dict[str, float]:
    """Return the least confidence of each level: the lowest from which on so many are right and so few do harm."""
    right = np.array(
        [
            [curve(texts, found, kinds, least).score.precision for kinds in (AS_THEY_COME, DOUBTFUL, ELSEWHERE)]
            for least in odds.tolist()
        ]
    )
    ever = np.minimum.accumulate(right[::-1])[::-1]
    edited = [curve(texts, found, EDITED, least) for least in odds.tolist()]
    harmed = np.array([one.damaged / max(1, one.texts) for one in edited])
    chosen = {}
    for level, wanted in LEVELS.items():
        good = np.flatnonzero((ever >= wanted).all(axis=1) & (harmed <= HARMED[level]))
        chosen[level] = max(float(shares[good[0]]), FLAG) if len(good) else 1.0
    return {**chosen, "flag": FLAG}


def curves(texts: Sequence[Labelled], found: Removals, odds: Ints, shares: Floats) -> list[list[float]]:
    """Return for each step of the calibration its confidence, and precision and recall on news and elsewhere."""
    rows = []
    for least, share in zip(odds.tolist(), shares.tolist(), strict=True):
        scores = [curve(texts, found, kinds, least).score for kinds in (NEWS, ELSEWHERE)]
        rows.append([share, *(round(one, 3) for score in scores for one in (score.precision, score.recall))])
    return rows


def figures(
    texts: Sequence[Labelled], found: Removals, odds: Ints, shares: Floats, points: dict[str, float]
) -> list[dict[str, Any]]:
    """Return what is right and wrong of every kind of text on every level."""
    rows = []
    for level in LEVELS:
        least = int(odds[min(int(np.searchsorted(shares, points[level])), len(odds) - 1)])
        for kind in sorted({one.kind for one in texts}):
            point = curve(texts, found, (kind,), least)
            rows.append(
                {
                    "level": level,
                    "kind": kind,
                    "texts": point.texts,
                    "precision": round(point.score.precision, 3),
                    "recall": round(point.score.recall, 3),
                    "damaged": point.damaged,
                }
            )
    return rows


def reliability(texts: Sequence[Labelled], found: Removals, odds: Ints, shares: Floats) -> list[dict[str, Any]]:
    """Return for each range of confidence how many removals there are, and the share of them that is right."""
    confidence = shares[np.maximum(np.searchsorted(odds, found.odds, "right") - 1, 0)]
    news = np.array([one.kind in NEWS for one in texts])[found.text]

    def right(mine: Bools) -> float:
        return round(float(found.right[mine].mean()), 3) if mine.any() else 0.0

    rows = []
    for low, high in pairwise(EDGES):
        mine = (confidence >= low) & (confidence < high)
        rows.append(
            {
                "from": low,
                "to": min(high, 1.0),
                "removals": int(mine.sum()),
                "right": right(mine),
                "news": right(mine & news),
                "pages": right(mine & ~news),
            }
        )
    return rows


def table(about: dict[str, Any]) -> str:
    """Return the figures as a table for a terminal."""
    rows = [f"{'level':<13}{'kind':<18}{'texts':>6}{'precision':>11}{'recall':>8}{'damaged':>9}"]
    rows += [
        f"{one['level']:<13}{one['kind']:<18}{one['texts']:>6}{one['precision']:>11.3f}{one['recall']:>8.3f}{one['damaged']:>9}"
        for one in about["figures"]
    ]
    rows += [
        f"confidence {one['from']:.2f} to {one['to']:.2f}: {one['removals']:>6} removals, {one['right']:.3f} right"
        for one in about["reliability"]
    ]
    return "\n".join(rows)
