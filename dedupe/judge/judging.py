"""Judge documents in rounds until nothing changes: each round judges the text that remains after the one before."""

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
from dedupe.judge.texts import NO_ROLES, Texts
from dedupe.model import Document, Role
from dedupe.options import Options
from dedupe.text.patterns import Patterns

_PRECEDENCE: dict[Role, int] = {"hidden": 0, "caption": 1, "quote": 1, "kept": 3}
_OTHER_PRECEDENCE = 2
"""Precedence by role: of two equal paragraphs the one with the higher precedence stays."""

ROUNDS = 6
"""Most rounds of judging. A text that is not stable then stays as it is, its repeats flagged."""


class Judge:
    """Judges documents by a model, a level, and what the user keeps and wants removed."""

    def __init__(self, options: Options) -> None:
        """Take the options; a model of the user is read at once, that of the package when something repeats."""
        self.options = options
        if options.model:
            self.model = load_model(options.model)
        self.policy = Policy.of(options)
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
        """Return the decisions by the number of the document; documents in which nothing repeats are left out."""
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
                document = batch.documents[at]
                document.bounded |= bool(batch.bounded[at])
                decisions = self._choose(document, batch.candidates(at))
                if document.apply(decisions, last):
                    document.flagged = {}  # the originals of flagged paragraphs may be removed
                    changed[at] = decisions
                    if self.options.remove_quoted_history and document.remove_history(self.patterns):
                        exposed.add(at)  # its answer is removed
            unstable = sorted(exposed.union(batch.unstable(changed)))
            active = {batch.numbers[at]: batch.documents[at].text for at in unstable}
            if not active:
                break
        return {number: document.judged() for number, document in found.items()}

    def _without_history(self, documents: Sequence[Document]) -> dict[int, Remaining]:
        """Return the documents with quoted history, without it, by number, if the user wants it removed."""
        found = {}
        for number, document in enumerate(documents if self.options.remove_quoted_history else ()):
            remaining = Remaining(document, self.policy)
            if remaining.remove_history(self.patterns) or remaining.problem:
                found[number] = remaining
        return found

    def _batch(
        self, active: dict[int, str], documents: Sequence[Document], found: dict[int, Remaining]
    ) -> Batch | None:
        """Return the documents in which something repeats, with their candidates in descending order of log-odds.

        They are added to what was found, and so are the documents that cannot be judged.
        """
        numbers = list(active)
        matched = find_matches(list(active.values()), self.options)
        for number in (numbers[at] for at in (*matched.numbers, *matched.problems)):
            if number not in found:
                found[number] = Remaining(documents[number], self.policy)
        for at, problem in matched.problems.items():
            found[numbers[at]].problem = problem
        if not len(matched.matches.copies) + len(matched.matches.earlier):
            return None
        numbers = [numbers[at] for at in matched.numbers]
        remaining = [found[number] for number in numbers]
        roles = [(document.numbers, document.roles) if document.roles else NO_ROLES for document in remaining]
        texts = Texts([document.text for document in remaining], roles)
        candidates = find_candidates(texts, matched.matches)
        confidence, order = self._ranked(texts, candidates)
        return Batch(numbers, remaining, texts, candidates, confidence, order, matched.bounded)

    def _ranked(self, texts: Texts, candidates: Candidates) -> tuple[Floats, Ints]:
        """Return the confidence of all candidates, and which are considered, by document and descending log-odds."""
        odds = self.model.log_odds(compute(CandidateChunk(texts, candidates)))
        confidence = self.model.confidence(odds)
        if texts.again.any():  # the structure of the source is certain
            again = texts.again[candidates.duplicate] & candidates.equal & candidates.follows
            confidence[again], odds[again] = 1.0, np.iinfo(odds.dtype).max
        considered = confidence >= self.least[1]
        variant = (candidates.jaccard >= VARIANT_JACCARD) & (candidates.duplicate > candidates.original)
        considered |= ~candidates.equal & variant
        chosen = np.arange(len(odds)) if self.patterns else considered.nonzero()[0]
        document = texts.document[candidates.duplicate[chosen]]
        columns = candidates.original[chosen], candidates.duplicate[chosen], -odds[chosen], document
        return confidence, chosen[np.lexsort(columns)]

    def _choose(self, document: Remaining, candidates: list[Candidate]) -> list[ParagraphDecision]:
        contents = document.contents
        paragraphs = JudgedParagraphs(contents, document.roles, document.numbers, document.comparisons)
        keep, force = self.patterns.keeping(contents), self.patterns.removing(contents)
        if self.policy.keep != "best" or document.roles:
            candidates = _turned(candidates, paragraphs, self.policy)
        if force:
            candidates.sort(key=lambda candidate: candidate.duplicate not in force)
        return Choice(paragraphs, self.policy, self.least, keep, force).choose(candidates)


def _turned(candidates: list[Candidate], paragraphs: JudgedParagraphs, policy: Policy) -> list[Candidate]:
    """Swap duplicate and original of equal paragraphs where the duplicate is to stay; return all, sorted again."""
    confidence = {(one.duplicate, one.original): one.confidence for one in candidates if one.equal}
    turned = []
    for candidate in candidates:
        original = _preferred(candidate, paragraphs, policy) if candidate.equal else None
        if original is None:
            turned.append(candidate)
            continue
        duplicate = candidate.duplicate + candidate.original - original
        surer = max(candidate.confidence, confidence.get((candidate.original, candidate.duplicate), 0.0))
        turned.append(candidate._replace(duplicate=duplicate, original=original, confidence=surer))
    return sorted(turned, key=lambda candidate: (-candidate.confidence, candidate.duplicate, candidate.original))


def _preferred(candidate: Candidate, paragraphs: JudgedParagraphs, policy: Policy) -> int | None:
    """Return which of two equal paragraphs stays by role or by the user's choice; None if either may."""
    first, last = min(candidate[:2]), max(candidate[:2])
    if paragraphs.role(last) == "again":
        return first
    precedence = [_PRECEDENCE.get(paragraphs.role(position), _OTHER_PRECEDENCE) for position in (first, last)]
    if precedence[0] != precedence[1]:
        return first if precedence[0] > precedence[1] else last
    return None if policy.keep == "best" else first if policy.keep == "first" else last
