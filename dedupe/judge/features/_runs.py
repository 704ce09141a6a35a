"""Runs of candidates: paragraphs that follow one another in both places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.candidates import Candidates
from dedupe.judge.texts import Texts

_STEPS = ((1, 1), (2, 1), (1, 2), (2, 2))
"""How far a run may go on at once: the next pair, or the one behind a paragraph that is passed over."""


class CandidateRun(NamedTuple):
    """What goes on from each candidate in one direction: candidates, their words, and how many stand just twice."""

    length: Ints
    words: Ints
    twice: Ints


def run(texts: Texts, candidates: Candidates, step: int) -> CandidateRun:
    """Return the run that goes on from each candidate, down (1) or up (-1), itself left out.

    A candidate is followed by the one of the paragraphs beside its own, or a paragraph further.
    """
    duplicate, original = candidates.duplicate, candidates.original
    follows = _following(texts, duplicate, original, step)
    end = len(duplicate)
    follows = np.append(np.where(follows < 0, end, follows), end)
    there: Bools = follows < end

    def of_next(values: Ints) -> Ints:
        return np.append(values, 0)[follows] * there

    sums = [
        there.astype(np.int64),
        of_next(texts.count[duplicate]),
        of_next((candidates.copies[duplicate] == 2).astype(np.int64)),
    ]
    # Pointer jumping: after k rounds a candidate knows of the 2^k that go on from it.
    while True:
        further = follows[follows]
        if (further == follows).all():
            return CandidateRun(*(values[:-1] for values in sums))
        sums = [values + values[follows] for values in sums]
        follows = further


def _following(texts: Texts, duplicate: Ints, original: Ints, step: int) -> Ints:
    """Return the candidate that follows each in its document, -1 where none does."""
    paragraphs = len(texts)
    keys = duplicate * paragraphs + original
    follows = np.full(len(keys), -1, np.int64)
    for one, other in _STEPS:
        mine, theirs = duplicate + one * step, original + other * step
        wanted = mine * paragraphs + theirs
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        good = (follows < 0) & (keys[at] == wanted) & (mine != original) & (theirs != duplicate)
        good &= (theirs >= 0) & (theirs < paragraphs)
        good &= texts.document[duplicate[at]] == texts.document[duplicate]
        follows[good] = at[good]
    return follows
