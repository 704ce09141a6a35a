"""The records of the judgement across documents: what is asked of a document, and what is answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dedupe.across import RULES
from dedupe.across.pair import Comparison, judge_pair, paragraph
from dedupe.judge.content import ParagraphText
from dedupe.judge.policy import Policy
from dedupe.model import Action, Document, Finding, Original, Paragraph, Role, Span
from dedupe.options import Options
from dedupe.text.paragraphs import placed, split
from dedupe.text.patterns import Patterns
from dedupe.text.removal import cuts


@dataclass(frozen=True, slots=True)
class CrossCandidate:
    """A paragraph of a document and the original it may have in another one.

    `span`, `lines`, `column` say where it stands in the source. `original_text`: None in an index that keeps no texts;
    then `found` says how the two compare. `boilerplate`: on how many pages it stands, if they are so many.
    """

    span: Span
    lines: tuple[int, int]
    text: str
    original: Original
    original_text: str | None
    boilerplate: str = ""
    found: Comparison | None = None
    role: Role = ""
    original_role: Role = ""
    column: int = 0

    @property
    def words(self) -> int:
        """How many words the paragraph has."""
        return len(paragraph(self.text, self.role).words)

    @property
    def size(self) -> float:
        """How much the paragraph says."""
        return paragraph(self.text, self.role).size

    def compare(self, policy: Policy, jaccard: float) -> Comparison | None:
        """Return how the paragraph and its original compare; None where nothing is said of them."""
        if self.found is not None or self.original_text is None:
            return self.found
        mine, original = paragraph(self.text, self.role), paragraph(self.original_text, self.original_role)
        return judge_pair(mine, original, policy, jaccard)


@dataclass(frozen=True, slots=True)
class Whole:
    """Another document in which a document may stand as a whole.

    `texts`: its paragraphs. `starts`: where paragraphs of the document begin that stand there by their hashes alone.
    """

    original: Original
    texts: Sequence[str]
    starts: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class LocalResult:
    """What was found in a document for itself; `problem`: a sentence if the program failed on it, so that it stays."""

    cuts: tuple[Span, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: str = ""

    @property
    def removed(self) -> set[int]:
        """Where the paragraphs begin that go."""
        return {one.span.start for one in self.findings if one.action == "remove"}


@dataclass(frozen=True)
class Case:
    """A document to be judged, with the candidates among its paragraphs, in order.

    `words`: those of all its paragraphs that are compared. `original`: whether other documents have their originals
    here; then it is not dropped. `kept`: whether nothing of it may go for the sake of another document. `alone`:
    whether its paragraphs are its lines and none is like another; then none is in what is left of it.
    """

    document: Document
    own: LocalResult
    candidates: Sequence[CrossCandidate]
    whole: Whole | None = None
    words: int = 0
    original: bool = False
    kept: bool = False
    alone: bool = False

    @cached_property
    def paragraphs(self) -> Mapping[int, tuple[Paragraph, ParagraphText]]:
        """The paragraphs, by where they begin in the source: their places there, and their texts."""
        return {start: (there, made) for start, (_, there, made) in self._numbered.items()}

    @cached_property
    def _numbered(self) -> Mapping[int, tuple[int, Paragraph, ParagraphText]]:
        """The number of each paragraph's row beside them."""
        text, layout = self.document.text, self.document.layout
        found = {}
        for position, (row, there) in enumerate(placed(self.document)):
            role = "" if layout is None else layout.roles[position]
            found[there.start] = row.number, there, ParagraphText(text[row.start : row.stop].strip(), role)
        return found

    def cut(self, starts: Collection[int]) -> tuple[Span, ...]:
        """Return what is cut out of the text when the paragraphs go that begin there in the source."""
        numbers = {number for start, (number, _, _) in self._numbered.items() if start in starts}
        return tuple(cuts(self.document.text, split(self.document.text).bounds, numbers))


@dataclass(frozen=True, slots=True)
class DocumentDecision:
    """What becomes of a document: what is cut out of its text, all findings in order.

    `dropped`: it is put aside. `emptied`: all of it goes. `unsettled`: it stays, since the rest would be judged anew.
    `problem`: a sentence if the program failed on it; then it stays, and nothing is said of it.
    """

    cuts: tuple[Span, ...]
    findings: tuple[Finding, ...]
    dropped: bool = False
    emptied: bool = False
    unsettled: bool = False
    problem: str = ""

    @property
    def removed(self) -> set[int]:
        """Where paragraphs begin that go for the sake of other documents."""
        return {one.span.start for one in self.findings if one.action == "remove" and one.rule in RULES.values()}

    def to_dict(self, document: str, key: str) -> dict[str, Any]:
        """Return it as the object of json-lines about a document, by its id and its key."""
        problem = {"problem": self.problem} if self.problem else {}
        findings = [finding.to_dict() for finding in self.findings]
        return {"schema": 1, "document": document, "key": key, **problem, "findings": findings}


@dataclass(frozen=True, slots=True)
class AcrossPolicy:
    """What the judgement across documents goes by.

    `keeping`: which of some texts a user's pattern keeps. `changes`: which of some documents would be changed if they
    were judged for themselves. `drop`: the least share known elsewhere at which a document is dropped; 0: never.
    """

    policy: Policy
    action: Action
    jaccard: float
    syndicated: float
    keeping: Callable[[Sequence[str]], Collection[int]]
    changes: Callable[[Sequence[Document]], Sequence[bool]]
    drop: float = 0.0

    @classmethod
    def of(
        cls, options: Options, changes: Callable[[Sequence[Document]], Sequence[bool]], drop: float = 0.0
    ) -> AcrossPolicy:
        """Return what options come to."""
        policy = Policy(options.level, options.keep, frozenset(options.ignore))
        keeping = Patterns(options).keeping
        return cls(policy, options.cross_document, options.jaccard, options.syndicated_share, keeping, changes, drop)
