"""Runs of candidates: paragraphs that follow one another in both places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedupe._arrays import Ints
from dedupe.judge.candidates import Candidates
from dedupe.judge.texts import Texts

_STEPS = ((1, 1), (2, 1), (1, 2), (2, 2))
"""How far a run may go on at once: the next pair, or the one behind a paragraph that is passed over."""
_ONE, _OTHER = np.array([-1, 1])[:, None, None] * np.array(_STEPS).T[:, None, :, None]
"""The same of duplicates and of originals, shape (2, steps, 1) each: up and down."""


class CandidateRun(NamedTuple):
    """What goes on from each candidate in one direction: candidates, their words, and how many stand just twice."""

    length: Ints
    words: Ints
    twice: Ints


def runs(texts: Texts, candidates: Candidates) -> tuple[CandidateRun, CandidateRun]:
    """Return the runs that go on from each candidate, up and down, itself left out.

    A candidate is followed by the one of the paragraphs beside its own, or a paragraph further.
    """
    count = len(candidates)
    values = np.zeros((3, 2, count + 1), np.int64)  # what each candidate adds; the one behind the last adds nothing
    values[0, :, :count] = 1
    values[1, :, :count] = texts.count[candidates.duplicate]
    values[2, :, :count] = candidates.copies[candidates.duplicate] == 2
    follows = np.full((2, count + 1), count)
    follows[:, :count] = _following(texts, candidates.duplicate, candidates.original)
    follows[1] += count + 1
    ahead = follows.ravel()
    sums = values.reshape(3, -1)[:, ahead]
    # Pointer jumping: after k rounds a candidate knows of the 2^k that go on from it.
    while True:
        further = ahead[ahead]
        if (further == ahead).all():
            up, down = sums.reshape(3, 2, -1)[:, :, :count].swapaxes(0, 1)
            return CandidateRun(*up), CandidateRun(*down)
        sums = sums + sums[:, ahead]
        ahead = further


def _following(texts: Texts, duplicate: Ints, original: Ints) -> Ints:
    """Return the candidate that follows each in its document, up and down; the one behind the last where none does."""
    paragraphs, count = len(texts), len(duplicate)
    keys = duplicate * paragraphs + original
    mine, theirs = duplicate + _ONE, original + _OTHER
    wanted = mine * paragraphs + theirs
    at = keys.searchsorted(wanted)
    np.minimum(at, count - 1, out=at)
    good = (keys[at] == wanted) & (mine != original) & (theirs != duplicate)
    good &= (theirs >= 0) & (theirs < paragraphs)
    document = texts.document[duplicate]
    good &= document[at] == document
    at[~good] = count
    follows: Ints = at[:, -1]
    for step in range(len(_STEPS) - 2, -1, -1):
        follows = np.where(good[:, step], at[:, step], follows)
    return follows
