"""Calibration: which share of removals is right, by log-odds, in texts of two kinds."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.features import MEANINGS
from dedupe.judge.model import Calibration
from dedupe.training._evaluation import Rated, Removals
from dedupe.training._examples import Examples
from dedupe.training._labels import PARTS

DIVIDER = ("text_short", 0.5)
"""The feature and its border that divide texts: in those beyond it, most paragraphs are short, as on whole pages and in
lists, and removals with the same log-odds are less often right."""

MAX_CONFIDENCE = 0.999
"""The greatest confidence: no number of removals proves that all are right."""

MIN_POOL_REMOVALS = 30
"""Least removals that a step of the calibration is counted on."""

STEP_REMOVALS = 60
"""Removals between two steps of the calibration."""


def rate(found: Removals, examples: Examples, part: Ints) -> tuple[dict[str, Any], Rated]:
    """Return the calibration of a model file, and the removals with the confidence by those of the other parts.

    `part`: int64, shape (texts,), the part of each text. A kind of text with too few removals has the calibration of
    all.
    """
    feature, border = DIVIDER
    divided = np.zeros(len(part), bool)
    divided[examples.text] = examples.features[:, list(MEANINGS).index(feature)] > border
    confidence = np.zeros(len(found.odds))
    steps = []
    for kind in (~divided[found.text], divided[found.text]):
        every = _calibrated(found, kind, np.ones(len(kind), bool))
        steps.append({"odds": every.odds.tolist(), "shares": every.shares.tolist()})
        for number in range(PARTS):
            unseen: Bools = part[found.text] == number
            chosen = kind & unseen
            confidence[chosen] = _calibrated(found, kind, ~unseen).confidence(found.odds[chosen])
    calibration = {"feature": feature, "border": border, "steps": steps}
    return calibration, Rated(found.text, confidence, found.right)


def _calibrated(found: Removals, kind: Bools, seen: Bools) -> Calibration:
    """Return the calibration of the removals of a kind of text that are seen, or of all where they are too few."""
    chosen = seen & kind
    for fewer in (seen, np.ones(len(kind), bool)):
        chosen = chosen if chosen.sum() >= MIN_POOL_REMOVALS else fewer
    return calibrate(found.odds[chosen], found.right[chosen])


def calibrate(odds: Ints, right: Bools) -> Calibration:
    """Return the calibration of removals with these log-odds: the share of right ones from each step on.

    Isotonic regression by pooling adjacent violators (Ayer and others 1955) gives the shares in the middle of its
    pools, of thirty removals at least; between them the share rises evenly with the number of removals, so that a level
    is not tied to where a pool begins.
    """
    order = np.argsort(odds, kind="stable")
    odds, right = odds[order], right[order]
    pools: list[list[int]] = []  # right ones, all
    for at in range(0, len(odds), MIN_POOL_REMOVALS):
        block = right[at : at + MIN_POOL_REMOVALS]
        pools.append([int(block.sum()), len(block)])
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] >= pools[-1][0] * pools[-2][1]:
            hits, count = pools.pop()
            pools[-1][0] += hits
            pools[-1][1] += count
    shares = np.array([hits / count for hits, count in pools])
    counts = np.array([count for _, count in pools])
    middles = np.cumsum(counts) - counts / 2
    begins = np.arange(0, len(odds), STEP_REMOVALS)
    between = np.interp(np.minimum(begins + STEP_REMOVALS / 2, len(odds)), middles, shares)
    between = np.round(np.minimum(between, MAX_CONFIDENCE), 4)
    _, first = np.unique(between, return_index=True)  # of equal shares, and of equal log-odds, the first
    steps, which = np.unique(odds[begins[first]], return_index=True)
    return Calibration(steps, between[first[which]])
