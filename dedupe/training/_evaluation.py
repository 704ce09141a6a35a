"""What a model does on texts it was not fitted on: removals by confidence, curves, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe._score import Score
from dedupe.judge.choice import Candidate, Choice, JudgedParagraphs
from dedupe.judge.policy import Policy
from dedupe.training._examples import Examples, lines_of
from dedupe.training._labels import Labelled


@dataclass(frozen=True, slots=True)
class Removals:
    """Lines that go if nothing is too unsure: of which text, with what log-odds, and whether rightly."""

    text: Ints
    odds: Ints
    right: Bools


def removals(texts: Sequence[Labelled], examples: Examples, odds: Ints, policy: Policy) -> Removals:
    """Choose in every text, the surest first, down to the unsurest, and compare with the labels.

    What goes at a confidence does not depend on what goes at lower ones, so one pass gives the whole curve.
    """
    order = np.lexsort((examples.original, examples.duplicate, -odds, examples.text))
    ends = np.searchsorted(examples.text[order], np.arange(len(texts) + 1))
    found: list[tuple[int, int, bool]] = []
    for number, text in enumerate(texts):
        mine = order[ends[number] : ends[number + 1]]
        if not len(mine):
            continue
        columns = (
            examples.duplicate[mine],
            examples.original[mine],
            odds[mine],
            examples.jaccard[mine],
            examples.equal[mine],
        )
        candidates = [Candidate(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
        found += [(number, *one) for one in _outcomes(text, candidates, policy)]
    numbers, sure, right = zip(*found, strict=True) if found else ((), (), ())
    return Removals(np.array(numbers, np.int64), np.array(sure, np.int64), np.array(right, bool))


def _outcomes(text: Labelled, candidates: list[Candidate], policy: Policy) -> list[tuple[int, bool]]:
    """Return the log-odds of each line that goes and counts, and whether it goes rightly."""
    lines = text.text.split("\n")
    places = lines_of(text.text)
    contents = ["\n".join(lines[first : last + 1]) for first, last in places]
    lowest = float(np.iinfo(np.int64).min)
    gone: dict[int, float] = {}
    paragraphs = JudgedParagraphs(contents, numbers=[first for first, _ in places])
    for one in Choice(paragraphs, policy, (lowest, lowest)).choose(candidates):
        if one.action == "remove":
            first, last = places[one.duplicate]
            gone |= {line: one.confidence for line in range(first, last + 1) if lines[line].strip()}
    hits, _, wrong = text.outcome(set(gone))
    return [(int(gone[line]), line in hits) for line in sorted(hits | wrong)]


def calibrate(found: Removals) -> tuple[Ints, Floats]:
    """Return the steps of the calibration: from each of these log-odds on, the share of removals that is right.

    Isotonic regression by pooling adjacent violators (Ayer and others 1955). A step holds thirty removals at least.
    """
    order = np.argsort(found.odds, kind="stable")
    odds, right = found.odds[order], found.right[order]
    pools: list[list[int]] = []  # lowest log-odds, right ones, all
    for at in range(0, len(odds), LEAST_POOL):
        block = right[at : at + LEAST_POOL]
        pools.append([int(odds[at]), int(block.sum()), len(block)])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            _, hits, count = pools.pop()
            pools[-1][1] += hits
            pools[-1][2] += count
    return (
        np.array([pool[0] for pool in pools], np.int64),
        np.array([round(min(pool[1] / pool[2], MOST), 4) for pool in pools]),
    )


MOST = 0.999
"""The greatest confidence: no count of removals proves that all are right."""

LEAST_POOL = 30
"""Removals that a step of the calibration is counted on at least."""


@dataclass(frozen=True, slots=True)
class Point:
    """What is right and wrong of one kind of texts at a confidence, and in how many of them something is wrong."""

    texts: int
    score: Score
    damaged: int


def wanted_lines(text: Labelled) -> int:
    """Return how many lines an editor takes out of a text."""
    grouped = frozenset().union(*text.either)
    return len(text.remove - grouped) + sum(len(group) - 1 for group in text.either)


def curve(texts: Sequence[Labelled], found: Removals, kinds: Sequence[str], least: int) -> Point:
    """Return what is right and wrong of the texts of some kinds if what has at least these log-odds goes."""
    mine = np.array([one.kind in kinds for one in texts])
    taken = mine[found.text] & (found.odds >= least)
    hits, wrong = int(found.right[taken].sum()), int((~found.right[taken]).sum())
    wanted = sum(wanted_lines(one) for one in texts if one.kind in kinds)
    damaged = len(np.unique(found.text[taken & ~found.right]))
    return Point(int(mine.sum()), Score(hits, max(0, wanted - hits), wrong), damaged)


def calibration_error(confidence: Floats, right: Bools) -> float:
    """Return the expected calibration error over ten even bins."""
    bins = np.minimum((confidence * 10).astype(np.int64), 9)
    total = 0.0
    for number in range(10):
        mine = bins == number
        if mine.any():
            total += abs(float(confidence[mine].mean()) - float(right[mine].mean())) * int(mine.sum())
    return total / max(1, len(right))
