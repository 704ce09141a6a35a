"""Judge documents until nothing changes: each as it would remain after what was removed before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from dedupe.arrays import Floats, Ints
from dedupe.cleaning import cuts, followed
from dedupe.judge.candidates import Candidates, find_candidates
from dedupe.judge.choice import VARIANT_JACCARD, Candidate, Choice, Decision, Paragraphs, compare
from dedupe.judge.features import Chunk, compute
from dedupe.judge.model import Model, load_model
from dedupe.judge.policy import Policy
from dedupe.judge.texts import Texts
from dedupe.matching import match, promising
from dedupe.model import Document, Role, Span, without
from dedupe.options import Options
from dedupe.paragraphs import Paragraphs as Rows
from dedupe.paragraphs import split
from dedupe.patterns import Patterns
from dedupe.shingles import Shingles, chosen, chunks, joined, shingles

ROUNDS = 6
"""Times a text is judged again as it would remain. What is not stable then stays as it is, flagged."""


class Judged(NamedTuple):
    """What was decided about a document. Positions are those of its paragraphs that are not blank.

    `bounded`: so many paragraphs are alike that not every pair was looked at.
    """

    rows: Rows
    decisions: dict[int, Decision]
    cuts: list[Span]
    remaining: list[str] | None
    bounded: bool


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
        """Return what was decided, by the number of the document; one of which nothing repeats is not there."""
        active = {number: _Remaining(document, self.policy) for number, document in enumerate(documents)}
        found: dict[int, _Remaining] = {}
        for last in [False] * (ROUNDS - 1) + [True]:
            again: dict[int, _Remaining] = {}
            for one in active.values():
                one.flagged = {}  # what was flagged beside paragraphs that have gone may repeat nothing any more
            for number, candidates, bounded in self._candidates(active):
                one = found[number] = active[number]
                one.bounded |= bounded
                decisions = self._choose(one, candidates)
                if one.apply(decisions, last) and not last:
                    again[number] = one
            active = again
            if not active:
                break
        return {number: one.judged() for number, one in found.items()}

    def _candidates(self, active: dict[int, _Remaining]) -> Iterator[tuple[int, list[Candidate], bool]]:
        """Yield the candidates of each document that has some, the surest first, and whether some may be missing."""
        numbers = list(active)
        chunk, passed = self._promising([active[number].text for number in numbers])
        if not len(passed):
            return
        options = self.options
        scopes = np.repeat(np.arange(len(passed), dtype=np.uint64), np.diff(chunk.documents))
        matches = match(
            chunk,
            scopes,
            jaccard=options.jaccard,
            containment=options.containment,
            permutations=options.permutations,
            seed=options.seed,
        )
        bounded = np.zeros(len(passed), bool)
        bounded[np.searchsorted(chunk.documents, matches.crowded, "right") - 1] = True
        read = [active[numbers[passed[at]]] for at in range(len(passed))]
        texts = Texts([one.text for one in read], [one.roles for one in read])
        candidates = find_candidates(texts, matches)
        confidence, order = self._ranked(texts, candidates)
        document = texts.document[candidates.duplicate[order]]
        ends = np.searchsorted(document, np.arange(len(passed) + 1))
        columns = (
            candidates.duplicate,
            candidates.original,
            confidence,
            candidates.jaccard,
            candidates.equal,
            candidates.copies[candidates.duplicate],
        )
        for at in np.flatnonzero((np.diff(ends) > 0) | bounded).tolist():
            one = read[at]
            mine = order[ends[at] : ends[at + 1]]
            first = int(texts.documents[at])
            numbered = texts.numbers[first : texts.documents[at + 1]] - texts.first_row[at]
            positions = np.searchsorted(np.array(one.filled, np.int64), numbered)
            duplicate, original, *others = (column[mine] for column in columns)
            rows = zip(
                positions[duplicate - first].tolist(),
                positions[original - first].tolist(),
                *(column.tolist() for column in others),
                strict=True,
            )
            yield numbers[passed[at]], [Candidate(*row) for row in rows], bool(bounded[at])

    def _ranked(self, texts: Texts, candidates: Candidates) -> tuple[Floats, Ints]:
        """Return the confidence of candidates, and which are worth a look, by document and the surest first."""
        odds = self.model.log_odds(compute(Chunk(texts, candidates)))
        confidence = self.model.confidence(odds)
        worth = confidence >= self.least[1]
        worth |= ~candidates.equal & (candidates.jaccard >= VARIANT_JACCARD)
        chosen = np.arange(len(odds)) if self.patterns else np.flatnonzero(worth)
        document = texts.document[candidates.duplicate[chosen]]
        columns = candidates.original[chosen], candidates.duplicate[chosen], -odds[chosen], document
        return confidence, chosen[np.lexsort(columns)]

    def _promising(self, texts: list[str]) -> tuple[Shingles, list[int]]:
        """Return the shingles of the texts in which something may repeat, and the numbers of these."""
        least = min(self.options.jaccard, self.options.containment)
        parts, numbers = [], []
        done = 0
        for part in chunks(texts):
            found = shingles(part)
            passed = promising(found, least)
            if len(passed):
                parts.append(found if len(passed) == len(part) else chosen(found, passed))
                numbers += (passed + done).tolist()
            done += len(part)
        return (joined(parts) if parts else shingles([""])), numbers

    def _choose(self, one: _Remaining, candidates: list[Candidate]) -> list[Decision]:
        contents = one.contents
        paragraphs = Paragraphs(contents, one.roles)
        keep, force = self.patterns.keeping(contents), self.patterns.removing(contents)
        if self.policy.keep != "best":
            candidates = _turned(candidates, self.policy.keep == "first")
        if force:
            candidates.sort(key=lambda each: each.duplicate not in force)
        return Choice(paragraphs, self.policy, self.least, keep, force).choose(candidates)


def _turned(candidates: list[Candidate], first: bool) -> list[Candidate]:
    """Let the first or the last of equal paragraphs be the original, whichever way about is surer."""
    sure = {(one.duplicate, one.original): one.confidence for one in candidates if one.equal}
    turned = []
    for one in candidates:
        if one.equal:
            other = sure.get((one.original, one.duplicate), 0.0)
            late, early = max(one[:2]), min(one[:2])
            one = one._replace(
                duplicate=late if first else early,
                original=early if first else late,
                confidence=max(one.confidence, other),
            )
        turned.append(one)
    return sorted(turned, key=lambda one: (-one.confidence, one.duplicate, one.original))


class _Remaining:
    """A document as it would remain, and what was decided about its paragraphs so far."""

    def __init__(self, document: Document, policy: Policy) -> None:
        self.document = document
        self.policy = policy
        self.text = document.text
        self.all_roles: tuple[Role, ...] = document.layout.roles if document.layout else ()
        self.roles: Sequence[Role] = self.all_roles
        self.bounded = False
        self.cuts: list[Span] = []
        self.removed: dict[int, Decision] = {}
        self.flagged: dict[int, Decision] = {}

    @cached_property
    def all_rows(self) -> Rows:
        """The rows of the document, blank ones too."""
        return split(self.document.text)

    @cached_property
    def rows(self) -> Rows:
        """The rows of the text as it remains."""
        return self.all_rows

    @cached_property
    def filled(self) -> list[int]:
        """The numbers of these rows that are not blank."""
        return self.rows.filled

    @cached_property
    def kept(self) -> list[int]:
        """The positions that remain, as they were first."""
        return list(range(len(self.filled)))

    @property
    def contents(self) -> list[str]:
        """What the paragraphs that remain say."""
        texts = self.rows.texts
        return [texts[number] for number in self.filled]

    def apply(self, decisions: list[Decision], last: bool) -> bool:
        """Take the decisions of a round; say whether the text has changed."""
        kept = self.kept
        gone = [one for one in decisions if one.action == "remove"]
        self.flagged = {kept[one.duplicate]: self._moved(one) for one in decisions if one.action == "flag"}
        if not gone:
            return False
        numbers = self.filled
        then = cuts(self.text, self.rows.bounds, {numbers[one.duplicate] for one in gone})
        made = followed(self.cuts, then)
        text = without(self.document.text, made)
        self.removed |= {kept[one.duplicate]: self._moved(one) for one in gone}
        remaining = split(text)
        left = [position for position in kept if position not in self.removed]
        if last or len(remaining.contents) != len(left):
            self._give_up()
            return False
        self.text, self.cuts, self.rows, self.kept = text, made, remaining, left
        self.filled = remaining.filled
        if self.all_roles:
            self.roles = [self.all_roles[position] for position in left]
        return True

    def _moved(self, one: Decision) -> Decision:
        """Return a decision of this round in the positions of the first."""
        return one._replace(duplicate=self.kept[one.duplicate], original=self.kept[one.original])

    def _settle(self) -> bool:
        """Follow originals that went in a later round to those that stay; say whether still nothing would be lost."""
        paragraphs = Paragraphs([self.all_rows.texts[number] for number in self.all_rows.filled], self.all_roles)
        for position, one in self.removed.items():
            original = one.original
            while original in self.removed:
                original = self.removed[original].original
            if original == one.original and not (one.account.nearby or one.account.furniture):
                continue  # nothing that it rests on can have gone since
            account = compare(paragraphs, position, original, self.removed, self.policy)
            if account.loss is not None and not one.requested:
                return False
            self.removed[position] = one._replace(original=original, account=account)
        return True

    def _give_up(self) -> None:
        """Leave the text as it was: what does not become stable is flagged."""
        self.flagged |= {position: one._replace(action="flag") for position, one in self.removed.items()}
        self.removed = {}
        self.text, self.cuts, self.rows = self.document.text, [], self.all_rows
        self.filled = self.rows.filled
        self.kept = list(range(len(self.filled)))
        self.roles = self.all_roles

    def judged(self) -> Judged:
        """Return what was decided, after the originals were followed to those that stay."""
        if not self._settle():
            self._give_up()
        remaining = self.rows.contents if self.removed else None
        return Judged(self.all_rows, {**self.flagged, **self.removed}, self.cuts, remaining, self.bounded)
