"""A document as it would remain, while it is judged again and again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from dedupe.judge.choice import ComparisonCache, JudgedParagraphs, ParagraphDecision, compare
from dedupe.judge.policy import Policy
from dedupe.model import Action, Document, Role, Span, without
from dedupe.text.bounds import over
from dedupe.text.paragraphs import Paragraphs as Rows
from dedupe.text.paragraphs import split
from dedupe.text.patterns import Patterns
from dedupe.text.quoting import may_quote, paragraph_roles, unanswered
from dedupe.text.removal import cuts, followed

HISTORY = 700
"""Bytes that a line of a text that quotes an earlier message takes, with what is said of it."""


class JudgedDocument(NamedTuple):
    """What was decided about a document. Positions are those of its paragraphs that are not blank.

    `comparisons`: what is known of their texts. `bounded`: not every pair was looked at, since so many are alike.
    `problem`: why it was not judged. `history`: what becomes of quoted history that the user wants gone.
    """

    rows: Rows
    decisions: dict[int, ParagraphDecision]
    cuts: list[Span]
    remaining: list[str] | None
    comparisons: ComparisonCache
    bounded: bool
    problem: str = ""
    history: Mapping[int, Action] = {}


class Remaining:
    """A document as it would remain, and what was decided about its paragraphs so far."""

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
        """What is known of its paragraphs."""
        return ComparisonCache()

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

    def apply(self, decisions: list[ParagraphDecision], last: bool) -> bool:
        """Take the decisions of a round; say whether the text has changed."""
        kept = self.kept
        gone = [one for one in decisions if one.action == "remove"]
        self.flagged = {kept[one.duplicate]: self._moved(one) for one in decisions if one.action == "flag"}
        if not gone:
            return False
        self.removed |= {kept[one.duplicate]: self._moved(one) for one in gone}
        if last or not self._cut({one.duplicate for one in gone}):
            self._give_up()
            return False
        return True

    def _cut(self, going: Collection[int], regroup: bool = False) -> bool:
        """Take paragraphs out of the text as it remains; say whether that leaves the others, which is the condition
        unless they may be grouped anew.
        """
        numbers = self.filled
        made = followed(self.cuts, cuts(self.text, self.rows.bounds, {numbers[at] for at in going}))
        text = without(self.document.text, made)
        rows = split(text)
        left = [position for at, position in enumerate(self.kept) if at not in going]
        if len(rows.filled) != len(left):
            if not regroup:
                return False
            self.regrouped = True
            left = list(range(len(rows.filled)))
        self.text, self.cuts, self.rows, self.kept = text, made, rows, left
        self.filled = rows.filled
        if self.all_roles:
            self.roles = [self.all_roles[position] for position in left]
        return True

    def take_history(self, patterns: Patterns) -> bool:
        """Take out the quoted history in which nothing is answered and nothing is to be kept; say whether there is any.

        It goes before anything is judged, so that what is left is judged as it will stand. Where the rest of a wrapped
        text is no longer wrapped without it, its paragraphs are others: then nothing else may go.
        """
        if self.regrouped or "contained" in self.policy.ignore:
            return False
        if not self.all_roles and may_quote(self.text) and (why := over(self.text, HISTORY * self.text.count("\n"))):
            self.problem = why
            return False
        roles = self.roles or paragraph_roles(replace(self.document, text=self.text, layout=None), self.rows)
        going = unanswered(roles)
        contents = self.contents
        if not going or patterns.keeping([contents[at] for at in going]):
            return False
        self.history |= dict.fromkeys((self.kept[at] for at in going), "remove")
        return self._cut(set(going), regroup=True)

    def _moved(self, one: ParagraphDecision) -> ParagraphDecision:
        """Return a decision of this round in the positions of the first."""
        if not self.cuts:
            return one
        return one._replace(duplicate=self.kept[one.duplicate], original=self.kept[one.original])

    def _settle(self) -> bool:
        """Follow originals that went in a later round to those that stay; say whether still nothing would be lost."""
        moved = {position: self._followed(one.original) for position, one in self.removed.items()}
        resting = [
            position
            for position, one in self.removed.items()
            if moved[position] != one.original or one.account.nearby or one.account.furniture
        ]  # what the others rest on cannot have gone since
        if not resting:
            return True
        gone = self.removed.keys() | self.history.keys()
        texts = [self.all_rows.texts[number] for number in self.all_rows.filled]
        paragraphs = JudgedParagraphs(texts, self.all_roles, comparisons=self.comparisons)
        for position in resting:
            account = compare(paragraphs, position, moved[position], gone, self.policy)
            if account.loss is not None:
                return False
            self.removed[position] = self.removed[position]._replace(original=moved[position], account=account)
        return True

    def _followed(self, original: int) -> int:
        while original in self.removed:
            original = self.removed[original].original
        return original

    def _give_up(self) -> None:
        """Leave the text as it was: what does not become stable is flagged."""
        self.flagged |= {position: one._replace(action="flag") for position, one in self.removed.items()}
        self.removed = {}
        self.history = dict.fromkeys(self.history, "flag")
        self.text, self.cuts, self.rows = self.document.text, [], self.all_rows
        self.filled = self.rows.filled
        self.kept = list(range(len(self.filled)))
        self.roles = self.all_roles

    def judged(self) -> JudgedDocument:
        """Return what was decided, the originals followed to those that stay; without rows if nothing was."""
        if self.problem or not (self.removed or self.flagged or self.history):
            return JudgedDocument(split(""), {}, [], None, self.comparisons, self.bounded, self.problem)
        if self.regrouped:
            if self.removed:
                self._give_up()
            self.flagged = {}
        elif not self._settle():
            self._give_up()
        remaining = self.rows.contents if self.cuts else None
        decisions = {**self.flagged, **self.removed}
        return JudgedDocument(
            self.all_rows, decisions, self.cuts, remaining, self.comparisons, self.bounded, self.problem, self.history
        )
