"""Judge documents until nothing changes: each as it would remain after what was removed before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from dedupe.arrays import Floats, Ints
from dedupe.judge.candidates import Candidates, find_candidates
from dedupe.judge.choice import VARIANT_JACCARD, Candidate, Choice, Decision, Paragraphs
from dedupe.judge.features import Chunk, compute
from dedupe.judge.matched import find_matches
from dedupe.judge.model import Model, load_model
from dedupe.judge.policy import Policy
from dedupe.judge.remaining import Judged, Remaining
from dedupe.judge.texts import Texts
from dedupe.model import Document, Role
from dedupe.options import Options
from dedupe.patterns import Patterns

Pairs = tuple[Ints, Ints]
"""The positions of duplicates, and those of their originals."""

SEEN = 2
STANDINGS: dict[Role, int] = {"hidden": 0, "caption": 1, "quote": 1}
"""Which of two equal paragraphs stays by what the source says of them: the one that stands higher."""

ROUNDS = 6
"""Times a text is judged again as it would remain. What is not stable then stays as it is, flagged."""


class Judge:
    """What documents are judged by: the model, the level, what the user keeps and wants gone."""

    def __init__(self, options: Options) -> None:
        """Take the options; a model of the user's is read at once, that of the package when something repeats."""
        self.options = options
        if options.model:
            self.model = load_model(options.model)
        self.policy = Policy(options.level, options.keep, frozenset(options.ignore))
        self.patterns = Patterns(options)

    @cached_property
    def model(self) -> Model:
        """The model."""
        return load_model()

    @cached_property
    def least(self) -> tuple[float, float]:
        """The least confidence of a removal, and of a flag."""
        least = self.options.min_confidence or self.model.levels[self.options.level]
        return least, min(least, self.model.levels["flag"])

    def judge(self, documents: Sequence[Document]) -> dict[int, Judged]:
        """Return what was decided, by the number of the document; one of which nothing is to be said is not there."""
        active = {number: Remaining(document, self.policy) for number, document in enumerate(documents)}
        found: dict[int, Remaining] = {}
        for last in [False] * (ROUNDS - 1) + [True]:
            again: dict[int, Remaining] = {}
            for number, candidates, pairs, bounded in self._candidates(active):
                one = found[number] = active[number]
                one.bounded |= bounded
                decisions = self._choose(one, candidates)
                if not one.apply(decisions, last):
                    continue
                one.flagged = {}  # what was flagged beside paragraphs that have gone may repeat nothing any more
                if bounded or _are_left(pairs, decisions):
                    again[number] = one
            found |= {number: one for number, one in active.items() if one.problem}
            active = again
            if not active:
                break
        return {number: one.judged() for number, one in found.items()}

    def _candidates(self, active: dict[int, Remaining]) -> Iterator[tuple[int, list[Candidate], Pairs, bool]]:
        """Yield for each document candidates worth a look, the surest first, all pairs, and whether it is bounded."""
        numbers = list(active)
        matched = find_matches([one.text for one in active.values()], self.options)
        for at, why in matched.problems.items():
            active[numbers[at]].problem = why
        if not len(matched.matches.copies) + len(matched.matches.left):
            return
        read = [active[numbers[at]] for at in matched.numbers]
        texts = Texts([one.text for one in read], [one.roles for one in read])
        candidates = find_candidates(texts, matched.matches)
        confidence, order = self._ranked(texts, candidates)
        document = texts.document[candidates.duplicate[order]]
        ends = np.searchsorted(document, np.arange(len(read) + 1))
        columns = (
            candidates.duplicate,
            candidates.original,
            confidence,
            candidates.jaccard,
            candidates.equal,
            candidates.copies[candidates.duplicate],
        )
        bounded = matched.bounded
        every = np.searchsorted(texts.document[candidates.duplicate], np.arange(len(read) + 1))
        for at in np.flatnonzero((np.diff(ends) > 0) | bounded).tolist():
            mine = order[ends[at] : ends[at + 1]]
            first = int(texts.documents[at])
            numbered = texts.numbers[first : texts.documents[at + 1]] - texts.first_row[at]
            positions = np.searchsorted(np.array(read[at].filled, np.int64), numbered)
            duplicate, original, *others = (column[mine] for column in columns)
            rows = zip(
                positions[duplicate - first].tolist(),
                positions[original - first].tolist(),
                *(column.tolist() for column in others),
                strict=True,
            )
            pairs = slice(every[at], every[at + 1])
            both = positions[candidates.duplicate[pairs] - first], positions[candidates.original[pairs] - first]
            yield numbers[matched.numbers[at]], [Candidate(*row) for row in rows], both, bool(bounded[at])

    def _ranked(self, texts: Texts, candidates: Candidates) -> tuple[Floats, Ints]:
        """Return the confidence of candidates, and which are worth a look, by document and the surest first."""
        odds = self.model.log_odds(compute(Chunk(texts, candidates)))
        confidence = self.model.confidence(odds)
        if texts.again.any():  # by structure, and no matter of likelihood
            again = texts.again[candidates.duplicate] & candidates.equal & candidates.follows
            confidence[again], odds[again] = 1.0, np.iinfo(odds.dtype).max
        worth = confidence >= self.least[1]
        worth |= ~candidates.equal & (candidates.jaccard >= VARIANT_JACCARD)
        chosen = np.arange(len(odds)) if self.patterns else np.flatnonzero(worth)
        document = texts.document[candidates.duplicate[chosen]]
        columns = candidates.original[chosen], candidates.duplicate[chosen], -odds[chosen], document
        return confidence, chosen[np.lexsort(columns)]

    def _choose(self, one: Remaining, candidates: list[Candidate]) -> list[Decision]:
        contents = one.contents
        paragraphs = Paragraphs(contents, one.roles, one.filled)
        keep, force = self.patterns.keeping(contents), self.patterns.removing(contents)
        if self.policy.keep != "best" or one.roles:
            candidates = _turned(candidates, paragraphs, self.policy)
        if force:
            candidates.sort(key=lambda each: each.duplicate not in force)
        return Choice(paragraphs, self.policy, self.least, keep, force).choose(candidates)


def _are_left(pairs: Pairs, decisions: Sequence[Decision]) -> bool:
    """Say whether a pair has neither of its paragraphs removed."""
    gone = np.array([one.duplicate for one in decisions if one.action == "remove"], np.int64)
    if not len(gone):
        return False
    stays = np.ones(1 + max(int(side.max()) for side in (*pairs, gone)), bool)
    stays[gone] = False
    return bool((stays[pairs[0]] & stays[pairs[1]]).any())


def _turned(candidates: list[Candidate], paragraphs: Paragraphs, policy: Policy) -> list[Candidate]:
    """Let that one of two equal paragraphs be the original which the source or the user wants."""
    sure = {(one.duplicate, one.original): one.confidence for one in candidates if one.equal}
    turned = []
    for one in candidates:
        original = _wanted(one, paragraphs, policy) if one.equal else None
        if original is not None:
            turned.append(
                one._replace(
                    duplicate=one.duplicate + one.original - original,
                    original=original,
                    confidence=max(one.confidence, sure.get((one.original, one.duplicate), 0.0)),
                )
            )
        else:
            turned.append(one)
    return sorted(turned, key=lambda one: (-one.confidence, one.duplicate, one.original))


def _wanted(one: Candidate, paragraphs: Paragraphs, policy: Policy) -> int | None:
    """Return which of two equal paragraphs is to stay: the body for a caption, what is seen for what is hidden, and
    the line that is shown again.
    """
    early, late = min(one[:2]), max(one[:2])
    if paragraphs.role(late) == "again":
        return early
    first, last = (STANDINGS.get(paragraphs.role(at), SEEN) for at in (early, late))
    if first != last:
        return early if first > last else late
    return None if policy.keep == "best" else early if policy.keep == "first" else late
