"""Measure a model on texts it was not fitted to: its removals, points of the curve, and the share that is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe._score import Score
from dedupe.judge.choice import Candidate, Choice
from dedupe.judge.features import MEANINGS
from dedupe.judge.model import Calibration
from dedupe.judge.policy import Policy
from dedupe.training._examples import Examples, judged_paragraphs, lines_of
from dedupe.training._labels import Labelled


@dataclass(frozen=True, slots=True)
class Removals:
    """The removed lines if the least confidence is zero, shape (lines,) each.

    `text`: int64, the number of the text of each. `odds`: int64, its log-odds. `right`: bool, whether its label agrees.
    """

    text: Ints
    odds: Ints
    right: Bools


def removals(texts: Sequence[Labelled], examples: Examples, odds: Ints, policy: Policy) -> Removals:
    """Choose among all candidates of each text by descending log-odds, and compare the removals with the labels.

    A removal does not depend on those of lower confidence, so one pass gives the whole curve.
    """
    order = np.lexsort((examples.original, examples.duplicate, -odds, examples.text))
    ends = np.searchsorted(examples.text[order], np.arange(len(texts) + 1))
    columns = (examples.duplicate, examples.original, odds, examples.jaccard, examples.equal)
    found: list[tuple[int, int, bool]] = []
    for number, text in enumerate(texts):
        rows = order[ends[number] : ends[number + 1]]
        candidates = [Candidate(*row) for row in zip(*(column[rows].tolist() for column in columns), strict=True)]
        if candidates:
            found += [(number, *line) for line in _removed_lines(text, candidates, policy)]
    numbers, line_odds, right = zip(*found, strict=True) if found else ((), (), ())
    return Removals(np.array(numbers, np.int64), np.array(line_odds, np.int64), np.array(right, bool))


def _removed_lines(text: Labelled, candidates: list[Candidate], policy: Policy) -> list[tuple[int, bool]]:
    """Return the log-odds of each removed line that counts, and whether its removal is right."""
    lines = text.text.split("\n")
    extents = lines_of(text.text)
    lowest = float(np.iinfo(np.int64).min)
    removed: dict[int, float] = {}
    for decision in Choice(judged_paragraphs(text.text), policy, (lowest, lowest)).choose(candidates):
        if decision.action == "remove":
            first, last = extents[decision.duplicate]
            removed |= {line: decision.confidence for line in range(first, last + 1) if lines[line].strip()}
    hits, _, wrong = text.outcome(set(removed))
    return [(int(removed[line]), line in hits) for line in sorted(hits | wrong)]


@dataclass(frozen=True, slots=True)
class Rated:
    """Removed lines with their confidence, shape (lines,) each.

    `text`, `right`: as of `Removals`. `confidence`: float64.
    """

    text: Ints
    confidence: Floats
    right: Bools


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The score of texts of some kinds from some confidence on, and how many of them lose a line that must stay."""

    texts: int
    score: Score
    damaged: int


def removable_lines(text: Labelled) -> int:
    """Return how many lines of a text an editor would remove."""
    grouped = frozenset().union(*text.either)
    return len(text.remove - grouped) + sum(len(group) - 1 for group in text.either)


def curve_point(texts: Sequence[Labelled], found: Rated, kinds: Sequence[str], least: float) -> CurvePoint:
    """Return the point for texts of some kinds and the removals with this confidence or more."""
    chosen = np.array([text.kind in kinds for text in texts])
    removed = chosen[found.text] & (found.confidence >= least)
    hits, wrong = int(found.right[removed].sum()), int((~found.right[removed]).sum())
    removable = sum(removable_lines(text) for text in texts if text.kind in kinds)
    damaged = len(np.unique(found.text[removed & ~found.right]))
    return CurvePoint(int(chosen.sum()), Score(hits, max(0, removable - hits), wrong), damaged)


DIVIDER = ("text_short", 0.5)
"""The feature and its border that divide texts: in those beyond it, most paragraphs are short, as on whole pages and in
lists, and removals with the same log-odds are less often right."""

MAX_CONFIDENCE = 0.999
"""The greatest confidence: no number of removals proves that all are right."""

MIN_POOL_REMOVALS = 30
"""Least removals that a step of the calibration is counted on."""

STEP_REMOVALS = 60
"""Removals between two steps of the calibration."""


def rate(found: Removals, examples: Examples) -> tuple[dict[str, Any], Rated]:
    """Return the calibration of a model file, and the removals with the confidence that it gives them.

    A kind of text with too few removals has the calibration of all.
    """
    feature, border = DIVIDER
    divided = np.zeros(int(max(examples.text.max(initial=0), found.text.max(initial=0))) + 1, bool)
    divided[examples.text] = examples.features[:, list(MEANINGS).index(feature)] > border
    confidence = np.zeros(len(found.odds))
    steps = []
    for some in (~divided[found.text], divided[found.text]):
        counted = some if some.sum() >= MIN_POOL_REMOVALS else np.ones(len(some), bool)
        one = calibrate(found.odds[counted], found.right[counted])
        confidence[some] = one.confidence(found.odds[some])
        steps.append({"odds": one.odds.tolist(), "shares": one.shares.tolist()})
    calibration = {"feature": feature, "border": border, "steps": steps}
    return calibration, Rated(found.text, confidence, found.right)


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
