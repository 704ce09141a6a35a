"""Measure a model on texts it was not fitted to: its removals, and points of the curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe._score import Score
from dedupe.judge.choice import Candidate, Choice
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
