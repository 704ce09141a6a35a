"""Judge documents in rounds until nothing changes: each round judges the text that remains after the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from dedupe._arrays import Floats, Ints
from dedupe.judge._batch import Batch
from dedupe.judge._matched import Matched, find_matches
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

    def judge(self, documents: Sequence[Document]) -> Iterator[tuple[int, JudgedDocument]]:
        """Yield the decisions about documents, with the number of each, as soon as a document needs no further round.

        Documents in which nothing repeats are left out.
        """
        found = self._without_history(documents)
        texts = {number: document.text for number, document in enumerate(documents)}
        for number, remaining in found.items():
            texts[number] = remaining.text
            if remaining.problem:
                del texts[number]
        waiting: Iterator[Matched] = self._matched(texts, documents, found)
        for last in [False] * (ROUNDS - 1) + [True]:
            following: list[Matched] = []
            for matched in waiting:
                again, known = self._judge_round(matched, found, last)
                numbers = matched.numbers
                del matched  # large arrays, before there are others
                following += known
                if again:
                    following += self._matched(again, documents, found)
                unstable = {number for one in following for number in one.numbers}
                for number in numbers:
                    if number not in unstable:
                        yield number, found.pop(number).judged()
            waiting = map(following.pop, [-1] * len(following))
        for number, document in found.items():
            yield number, document.judged()

    def _judge_round(
        self, matched: Matched, found: dict[int, Remaining], last: bool
    ) -> tuple[dict[int, str], list[Matched]]:
        """Judge what repeats once; return what is to be judged again: texts by number, and what is known to repeat."""
        batch = self._batch(matched, found)
        changed: dict[int, list[ParagraphDecision]] = {}
        exposed: set[int] = set()
        for at in batch.chosen:
            document = batch.documents[at]
            document.bounded |= bool(matched.bounded[at])
            decisions = self._choose(document, batch.candidates(at))
            if document.apply(decisions, last):
                document.flagged = {}  # the originals of flagged paragraphs may be removed
                changed[at] = decisions
                if self.options.remove_quoted_history and document.remove_history(self.patterns):
                    exposed.add(at)  # its answer is removed
        unstable = sorted(exposed.union(batch.unstable(changed)))
        unknown = {at for at in unstable if at in exposed or not batch.is_known(at)}
        known = [at for at in unstable if at not in unknown]
        again = {matched.numbers[at]: batch.documents[at].text for at in sorted(unknown)}
        if not known:
            return again, []
        return again, [matched.remaining(known, batch.lines_of({at: changed[at] for at in known}))]

    def _without_history(self, documents: Sequence[Document]) -> dict[int, Remaining]:
        """Return the documents with quoted history, without it, by number, if the user wants it removed."""
        found = {}
        for number, document in enumerate(documents if self.options.remove_quoted_history else ()):
            remaining = Remaining(document, self.policy)
            if remaining.remove_history(self.patterns) or remaining.problem:
                found[number] = remaining
        return found

    def _matched(
        self, texts: dict[int, str], documents: Sequence[Document], found: dict[int, Remaining]
    ) -> Iterator[Matched]:
        """Yield what repeats in texts, as much as is judged together; texts are read as it is asked for.

        The documents in which something repeats are added to what was found, and so are those that cannot be judged.
        """
        for matched, problems in find_matches(texts, self.options):
            for number in (*(matched.numbers if matched else ()), *problems):
                if number not in found:
                    found[number] = Remaining(documents[number], self.policy)
            for number, problem in problems.items():
                found[number].problem = problem
            if matched:
                yield matched
            del matched

    def _batch(self, matched: Matched, found: dict[int, Remaining]) -> Batch:
        """Return the documents in which something repeats, with their candidates in descending order of log-odds."""
        remaining = [found[number] for number in matched.numbers]
        roles = [(document.numbers, document.roles) if document.roles else NO_ROLES for document in remaining]
        texts = Texts(matched.words, roles)
        candidates = find_candidates(texts, matched.matches)
        confidence, order = self._ranked(texts, candidates)
        return Batch(remaining, texts, candidates, confidence, order, matched.bounded)

    def _ranked(self, texts: Texts, candidates: Candidates) -> tuple[Floats, Ints]:
        """Return the confidence of all candidates, and which are considered, by document and descending log-odds."""
        table = compute(CandidateChunk(texts, candidates))
        odds = self.model.log_odds(table)
        confidence = self.model.confidence(odds, table)
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
