"""Runs of candidates: paragraphs that follow one another both as duplicates and as originals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedupe._arrays import Ints
from dedupe.judge.candidates import Candidates
from dedupe.judge.texts import Texts

_STEPS = ((1, 1), (2, 1), (1, 2), (2, 2))
"""Steps of a run, of duplicate and original: to the next paragraph of both, or past one paragraph on either side."""
_DUPLICATE_STEPS, _ORIGINAL_STEPS = np.array([-1, 1])[:, None, None] * np.array(_STEPS).T[:, None, :, None]
"""The same, up and down, shape (2, steps, 1) each."""


class CandidateRun(NamedTuple):
    """The run from each candidate in one direction, int64, shape (candidates,) each: the number of further candidates,
    the words of their duplicates, the number of duplicates with exactly two copies, and the last candidate, which is
    the candidate itself if the run ends there.
    """

    length: Ints
    words: Ints
    twice: Ints
    last: Ints


def runs(texts: Texts, candidates: Candidates) -> tuple[CandidateRun, CandidateRun]:
    """Return the runs from each candidate up and down, without itself."""
    count = len(candidates)
    values = np.zeros((3, 2, count + 1), np.intp)  # of each candidate; 0 for the one behind the last
    values[0, :, :count] = 1
    values[1, :, :count] = texts.word_count[candidates.duplicate]
    values[2, :, :count] = candidates.copies[candidates.duplicate] == 2
    follows = np.full((2, count + 1), count)
    follows[:, :count] = _following(texts, candidates.duplicate, candidates.original)
    follows[1] += count + 1
    ahead = follows.ravel()
    sums = values.reshape(len(values), -1)[:, ahead]
    last = np.arange(ahead.size)
    last[[count, -1]] = -1  # behind the last
    # Pointer jumping: after k rounds a sum has the next 2^k candidates, and the last is one of these.
    while True:
        reached = last[ahead]
        last = np.where(reached < 0, last, reached)
        further = ahead[ahead]
        if (further == ahead).all():
            columns = [*sums, last - (np.arange(last.size) > count) * (count + 1)]
            up, down = ([column.reshape(2, -1)[row, :count] for column in columns] for row in (0, 1))
            return CandidateRun(*up), CandidateRun(*down)
        sums = sums + sums[:, ahead]
        ahead = further


def _following(texts: Texts, duplicate: Ints, original: Ints) -> Ints:
    """Return the next candidate of each one's run, up and down; the one behind the last if the run ends."""
    paragraphs, count = len(texts), len(duplicate)
    keys = duplicate.astype(np.int64, copy=False) * paragraphs + original
    next_duplicate, next_original = duplicate + _DUPLICATE_STEPS, original + _ORIGINAL_STEPS
    next_keys = next_duplicate.astype(np.int64, copy=False) * paragraphs + next_original
    at = keys.searchsorted(next_keys)
    np.minimum(at, count - 1, out=at)
    good = (keys[at] == next_keys) & (next_duplicate != original) & (next_original != duplicate)
    good &= (next_original >= 0) & (next_original < paragraphs)
    document = texts.document[duplicate]
    good &= document[at] == document
    at[~good] = count
    follows: Ints = at[:, -1]
    for step in range(len(_STEPS) - 2, -1, -1):
        follows = np.where(good[:, step], at[:, step], follows)
    return follows
