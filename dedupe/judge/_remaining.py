"""Keep the remaining text of a document between the rounds of judging, and its decisions so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from dedupe._properties import cached_property
from dedupe.judge.choice import ComparisonCache, JudgedParagraphs, ParagraphDecision, compare
from dedupe.judge.policy import Policy
from dedupe.model import Action, Document, Role, Span, without
from dedupe.text.bounds import over
from dedupe.text.paragraphs import Paragraphs, split
from dedupe.text.patterns import Patterns
from dedupe.text.quoting import may_quote, paragraph_roles, unanswered
from dedupe.text.removal import cuts, followed

QUOTED_LINE_BYTES = 700
"""Memory for a line of a text that quotes an earlier message, with its parsed state."""


class JudgedDocument(NamedTuple):
    """The decisions about a document. Positions are those of its paragraphs that are not blank.

    `paragraphs`: all of them; empty if nothing is decided. `cuts`: the spans that are removed. `remaining`: the
    paragraphs that stay; None if all do. `comparisons`: the parsed paragraphs. `bounded`: whether only some pairs were
    compared, since too many are near-duplicates. `problem`: why it is not judged. `history`: the decisions about quoted
    history that the user wants removed.
    """

    paragraphs: Paragraphs
    decisions: dict[int, ParagraphDecision]
    cuts: list[Span]
    remaining: list[str] | None
    comparisons: ComparisonCache
    bounded: bool
    problem: str = ""
    history: Mapping[int, Action] = {}


class Remaining:
    """The remaining text of a document, and the decisions about its paragraphs so far."""

    def __init__(self, document: Document, policy: Policy) -> None:
        self.document = document
        self.policy = policy
        self.text = document.text
        self.all_roles: tuple[Role, ...] = document.layout.roles if document.layout else ()
        self.roles: Sequence[Role] = self.all_roles
        self.bounded = False
        self.problem = ""
        self.cuts: list[Span] = []
        self.removed: dict[int, ParagraphDecision] = {}
        self.flagged: dict[int, ParagraphDecision] = {}
        self.history: dict[int, Action] = {}
        self.regrouped = False

    @cached_property
    def comparisons(self) -> ComparisonCache:
        """The parsed paragraphs of the document and their comparisons."""
        return ComparisonCache()

    @cached_property
    def all_paragraphs(self) -> Paragraphs:
        """The paragraphs of the document."""
        return split(self.document.text)

    @cached_property
    def paragraphs(self) -> Paragraphs:
        """The paragraphs of the remaining text, blank ones too."""
        return self.all_paragraphs

    @cached_property
    def numbers(self) -> list[int]:
        """The numbers of the remaining paragraphs that are not blank."""
        return self.paragraphs.filled

    @cached_property
    def positions(self) -> list[int]:
        """The position in the document of each remaining paragraph."""
        return list(range(len(self.numbers)))

    @property
    def contents(self) -> list[str]:
        """The texts of the remaining paragraphs."""
        texts = self.paragraphs.texts
        return [texts[number] for number in self.numbers]

    def apply(self, decisions: list[ParagraphDecision], last: bool) -> bool:
        """Apply the decisions of a round, perhaps the last one; return whether the text has changed."""
        positions = self.positions
        removals = [decision for decision in decisions if decision.action == "remove"]
        self.flagged = {positions[one.duplicate]: self._in_document(one) for one in decisions if one.action == "flag"}
        if not removals:
            return False
        self.removed |= {positions[removal.duplicate]: self._in_document(removal) for removal in removals}
        if last or not self._cut({removal.duplicate for removal in removals}):
            self._restore()
            return False
        return True

    def _cut(self, removed: Collection[int], regroup: bool = False) -> bool:
        """Cut paragraphs out of the remaining text; return whether the others stay as they are.

        If they do not, nothing is cut, unless they may be regrouped.
        """
        numbers = self.numbers
        new_cuts = followed(self.cuts, cuts(self.text, self.paragraphs.bounds, {numbers[at] for at in removed}))
        text = without(self.document.text, new_cuts)
        paragraphs = split(text)
        positions = [position for at, position in enumerate(self.positions) if at not in removed]
        if len(paragraphs.filled) != len(positions):
            if not regroup:
                return False
            self.regrouped = True
            positions = list(range(len(paragraphs.filled)))
        self.text, self.cuts, self.paragraphs, self.positions = text, new_cuts, paragraphs, positions
        self.numbers = paragraphs.filled
        if self.all_roles:
            self.roles = [self.all_roles[position] for position in positions]
        return True

    def remove_history(self, patterns: Patterns) -> bool:
        """Remove quoted history without answers in it; return whether there is any.

        It is removed before anything is judged, so that the rest is judged as it remains. If the rest of a wrapped text
        is no longer wrapped, its paragraphs are others: then nothing else may be removed.
        """
        if self.regrouped or "contained" in self.policy.ignore:
            return False
        memory = QUOTED_LINE_BYTES * self.text.count("\n")
        if not self.all_roles and may_quote(self.text) and (problem := over(self.text, memory)):
            self.problem = problem
            return False
        roles = self.roles or paragraph_roles(replace(self.document, text=self.text, layout=None), self.paragraphs)
        removed = unanswered(roles)
        contents = self.contents
        if not removed or patterns.keeping([contents[at] for at in removed]):
            return False
        self.history |= dict.fromkeys((self.positions[at] for at in removed), "remove")
        return self._cut(set(removed), regroup=True)

    def _in_document(self, decision: ParagraphDecision) -> ParagraphDecision:
        """Return a decision of this round with the positions of the document."""
        if not self.cuts:
            return decision
        duplicate, original = self.positions[decision.duplicate], self.positions[decision.original]
        return decision._replace(duplicate=duplicate, original=original)

    def _verify(self) -> bool:
        """Replace originals that a later round removed by those that stay; return whether still nothing is lost."""
        survivors = {position: self._survivor(one.original) for position, one in self.removed.items()}
        unverified = [
            position
            for position, one in self.removed.items()
            if survivors[position] != one.original or one.coverage.nearby or one.coverage.furniture
        ]  # nothing that covers the others can be removed since
        if not unverified:
            return True
        removed = self.removed.keys() | self.history.keys()
        texts = [self.all_paragraphs.texts[number] for number in self.all_paragraphs.filled]
        paragraphs = JudgedParagraphs(texts, self.all_roles, comparisons=self.comparisons)
        for position in unverified:
            original = survivors[position]
            coverage = compare(paragraphs, position, original, removed, self.policy)
            if coverage.loss is not None:
                return False
            self.removed[position] = self.removed[position].moved(original)._replace(coverage=coverage)
        return True

    def _survivor(self, original: int) -> int:
        while original in self.removed:
            original = self.removed[original].original
        return original

    def _restore(self) -> None:
        """Restore the whole text and turn removals into flags, since the result is not stable."""
        self.flagged |= {position: removal._replace(action="flag") for position, removal in self.removed.items()}
        self.removed = {}
        self.history = dict.fromkeys(self.history, "flag")
        self.text, self.cuts, self.paragraphs = self.document.text, [], self.all_paragraphs
        self.numbers = self.paragraphs.filled
        self.positions = list(range(len(self.numbers)))
        self.roles = self.all_roles

    def judged(self) -> JudgedDocument:
        """Return the decisions, each with an original that stays; without paragraphs if there are none."""
        if self.problem or not (self.removed or self.flagged or self.history):
            return JudgedDocument(split(""), {}, [], None, self.comparisons, self.bounded, self.problem)
        if self.regrouped:
            if self.removed:
                self._restore()
            self.flagged = {}
        elif not self._verify():
            self._restore()
        return JudgedDocument(
            self.all_paragraphs,
            {**self.flagged, **self.removed},
            self.cuts,
            self.paragraphs.contents if self.cuts else None,
            self.comparisons,
            self.bounded,
            self.problem,
            self.history,
        )
