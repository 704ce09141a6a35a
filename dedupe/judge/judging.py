"""Judge documents until nothing changes: each as it would remain after what was removed before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from dedupe._arrays import Floats, Ints
from dedupe.judge._batch import Batch
from dedupe.judge._matched import find_matches
from dedupe.judge._remaining import JudgedDocument, Remaining
from dedupe.judge.candidates import Candidates, find_candidates
from dedupe.judge.choice import VARIANT_JACCARD, Candidate, Choice, JudgedParagraphs, ParagraphDecision
from dedupe.judge.features import CandidateChunk, compute
from dedupe.judge.model import Model, load_model
from dedupe.judge.policy import Policy
from dedupe.judge.texts import UNKNOWN, Texts
from dedupe.model import Document, Role
from dedupe.options import Options
from dedupe.text.patterns import Patterns

SEEN = 2
STANDINGS: dict[Role, int] = {"hidden": 0, "caption": 1, "quote": 1, "kept": 3}
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

    def judge(self, documents: Sequence[Document]) -> dict[int, JudgedDocument]:
        """Return what was decided, by the number of the document; one of which nothing is to be said is not there."""
        found = self._without_history(documents)
        active = {
            number: found[number].text if number in found else document.text
            for number, document in enumerate(documents)
            if number not in found or not found[number].problem
        }
        for last in [False] * (ROUNDS - 1) + [True]:
            batch = self._batch(active, documents, found)
            if batch is None:
                break
            changed: dict[int, list[ParagraphDecision]] = {}
            exposed: set[int] = set()
            for at in batch.chosen:
                one = batch.documents[at]
                one.bounded |= bool(batch.bounded[at])
                decisions = self._choose(one, batch.candidates(at))
                if one.apply(decisions, last):
                    one.flagged = {}  # what was flagged beside paragraphs that have gone may repeat nothing any more
                    changed[at] = decisions
                    if self.options.remove_quoted_history and one.take_history(self.patterns):
                        exposed.add(at)  # what answered it has gone
            again = sorted(exposed.union(batch.left(changed)))
            active = {batch.numbers[at]: batch.documents[at].text for at in again}
            if not active:
                break
        return {number: one.judged() for number, one in found.items()}

    def _without_history(self, documents: Sequence[Document]) -> dict[int, Remaining]:
        """Return the documents that quote an earlier message, by number, as they are without it, if it is to go."""
        found = {}
        for number, document in enumerate(documents if self.options.remove_quoted_history else ()):
            one = Remaining(document, self.policy)
            if one.take_history(self.patterns) or one.problem:
                found[number] = one
        return found

    def _batch(
        self, active: dict[int, str], documents: Sequence[Document], found: dict[int, Remaining]
    ) -> Batch | None:
        """Return the documents in which something repeats, with the candidates worth a look, the surest first; add
        them, and those that cannot be judged, to what was found.
        """
        numbers = list(active)
        matched = find_matches(list(active.values()), self.options)
        for number in (numbers[at] for at in (*matched.numbers, *matched.problems)):
            if number not in found:
                found[number] = Remaining(documents[number], self.policy)
        for at, why in matched.problems.items():
            found[numbers[at]].problem = why
        if not len(matched.matches.copies) + len(matched.matches.earlier):
            return None
        read = [found[numbers[at]] for at in matched.numbers]
        sources = [(one.filled, one.roles) if one.roles else UNKNOWN for one in read]
        texts = Texts([one.text for one in read], sources)
        candidates = find_candidates(texts, matched.matches)
        confidence, order = self._ranked(texts, candidates)
        return Batch(
            [numbers[at] for at in matched.numbers], read, texts, candidates, confidence, order, matched.bounded
        )

    def _ranked(self, texts: Texts, candidates: Candidates) -> tuple[Floats, Ints]:
        """Return the confidence of candidates, and which are worth a look, by document and the surest first."""
        odds = self.model.log_odds(compute(CandidateChunk(texts, candidates)))
        confidence = self.model.confidence(odds)
        if texts.again.any():  # by structure, and no matter of likelihood
            again = texts.again[candidates.duplicate] & candidates.equal & candidates.follows
            confidence[again], odds[again] = 1.0, np.iinfo(odds.dtype).max
        worth = confidence >= self.least[1]
        variant = (candidates.jaccard >= VARIANT_JACCARD) & (candidates.duplicate > candidates.original)
        worth |= ~candidates.equal & variant
        chosen = np.arange(len(odds)) if self.patterns else worth.nonzero()[0]
        document = texts.document[candidates.duplicate[chosen]]
        columns = candidates.original[chosen], candidates.duplicate[chosen], -odds[chosen], document
        return confidence, chosen[np.lexsort(columns)]

    def _choose(self, one: Remaining, candidates: list[Candidate]) -> list[ParagraphDecision]:
        contents = one.contents
        paragraphs = JudgedParagraphs(contents, one.roles, one.filled, one.comparisons)
        keep, force = self.patterns.keeping(contents), self.patterns.removing(contents)
        if self.policy.keep != "best" or one.roles:
            candidates = _turned(candidates, paragraphs, self.policy)
        if force:
            candidates.sort(key=lambda each: each.duplicate not in force)
        return Choice(paragraphs, self.policy, self.least, keep, force).choose(candidates)


def _turned(candidates: list[Candidate], paragraphs: JudgedParagraphs, policy: Policy) -> list[Candidate]:
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


def _wanted(one: Candidate, paragraphs: JudgedParagraphs, policy: Policy) -> int | None:
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
