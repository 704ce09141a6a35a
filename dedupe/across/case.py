"""Records of the judgement across documents: documents with their candidates, and the decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dedupe.across import FIRST_DUPLICATE, RULES
from dedupe.across.pair import Comparison, judge_pair, paragraph_text
from dedupe.judge.content import ParagraphText
from dedupe.judge.policy import Policy
from dedupe.model import Action, Document, Finding, Original, Paragraph, Role, Span
from dedupe.options import Options
from dedupe.text.paragraphs import placed, split
from dedupe.text.patterns import Patterns
from dedupe.text.removal import cuts


@dataclass(frozen=True, slots=True)
class CrossCandidate:
    """A paragraph of a document and its possible original in another one.

    `span`, `lines`, `column`: its position in the source. `original_text`: None if an index keeps no texts.
    `comparison`: of the two, if it is known already. `boilerplate`: on how many pages it stands, if it is boilerplate.
    `copy`: its number among the copies of the original, which is the first.
    """

    span: Span
    lines: tuple[int, int]
    text: str
    original: Original
    original_text: str | None
    boilerplate: str = ""
    comparison: Comparison | None = None
    role: Role = ""
    original_role: Role = ""
    column: int = 0
    copy: int = FIRST_DUPLICATE

    @property
    def paragraph(self) -> ParagraphText:
        """The text of the paragraph."""
        return paragraph_text(self.text, self.role)

    def compare(self, policy: Policy, jaccard: float) -> Comparison | None:
        """Return how the paragraph and its original compare; None if there is nothing to report."""
        if self.comparison is not None or self.original_text is None:
            return self.comparison
        return judge_pair(self.paragraph, paragraph_text(self.original_text, self.original_role), policy, jaccard)


@dataclass(frozen=True, slots=True)
class CoveringDocument:
    """Another document that may contain the whole of a document.

    `texts`: its paragraphs. `hash_matches`: starts of paragraphs of the document that it contains by hashes alone.
    `copy`: the number of the document among those that this one contains, which is the first itself.
    """

    original: Original
    texts: Sequence[str]
    hash_matches: frozenset[int] = frozenset()
    copy: int = FIRST_DUPLICATE


@dataclass(frozen=True, slots=True)
class LocalResult:
    """The judgement of a document alone; `problem`: why it failed, so that the document stays."""

    cuts: tuple[Span, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: str = ""

    @property
    def removed(self) -> set[int]:
        """The starts of removed paragraphs."""
        return {finding.span.start for finding in self.findings if finding.action == "remove"}


@dataclass(frozen=True)
class Case:
    """A document to be judged, with the candidates among its paragraphs, in order.

    `words`: the number of words of all compared paragraphs. `is_original`: other documents have originals here, so it
    is not dropped. `pinned`: nothing of it may be removed for another document. `free_of_repeats`: its paragraphs are
    its lines and none is similar to another, so the rest needs no second judgement.
    """

    document: Document
    local: LocalResult
    candidates: Sequence[CrossCandidate]
    covering: CoveringDocument | None = None
    words: int = 0
    is_original: bool = False
    pinned: bool = False
    free_of_repeats: bool = False

    @cached_property
    def paragraphs(self) -> Mapping[int, tuple[Paragraph, ParagraphText]]:
        """The position in the source and the text of each paragraph, by its start in the source."""
        return {start: (source, text) for start, (_, source, text) in self._numbered.items()}

    @cached_property
    def _numbered(self) -> Mapping[int, tuple[int, Paragraph, ParagraphText]]:
        """The number in the text of each paragraph, and what `paragraphs` has."""
        text, layout = self.document.text, self.document.layout
        found = {}
        for position, (paragraph, source) in enumerate(placed(self.document)):
            role = "" if layout is None else layout.roles[position]
            content = ParagraphText(text[paragraph.start : paragraph.stop].strip(), role)
            found[source.start] = paragraph.number, source, content
        return found

    def cut(self, starts: Collection[int]) -> tuple[Span, ...]:
        """Return the cuts of the text that remove the paragraphs with these starts in the source."""
        numbers = {number for start, (number, _, _) in self._numbered.items() if start in starts}
        return tuple(cuts(self.document.text, split(self.document.text).bounds, numbers))


@dataclass(frozen=True, slots=True)
class DocumentDecision:
    """The cuts of a document's text, and all its findings in order.

    `dropped`: it is not written. `emptied`: all of it is removed. `unsettled`: it stays, since a second judgement of
    the rest would differ. `problem`: why the judgement failed; then it stays and has no findings.
    """

    cuts: tuple[Span, ...]
    findings: tuple[Finding, ...]
    dropped: bool = False
    emptied: bool = False
    unsettled: bool = False
    problem: str = ""

    @property
    def removed(self) -> set[int]:
        """The starts of paragraphs that are removed for other documents."""
        return {one.span.start for one in self.findings if one.action == "remove" and one.rule in RULES.values()}

    def to_dict(self, document: str, key: str) -> dict[str, Any]:
        """Return the object of json-lines for a document, by its id and its key."""
        problem = {"problem": self.problem} if self.problem else {}
        findings = [finding.to_dict() for finding in self.findings]
        return {"schema": 1, "document": document, "key": key, **problem, "findings": findings}


@dataclass(frozen=True, slots=True)
class AcrossPolicy:
    """The settings of the judgement across documents.

    `kept_by_pattern` returns the positions of texts that a pattern of the user keeps, `would_change` which documents
    would be changed if they were judged alone. `drop`: the share of known words from which a document is dropped, or 0.
    `keep_copies`: the copies of a paragraph that stay.
    """

    policy: Policy
    action: Action
    jaccard: float
    syndicated: float
    kept_by_pattern: Callable[[Sequence[str]], Collection[int]]
    would_change: Callable[[Sequence[Document]], Sequence[bool]]
    drop: float = 0.0
    keep_copies: int = 1

    @classmethod
    def of(
        cls, options: Options, would_change: Callable[[Sequence[Document]], Sequence[bool]], drop: float = 0.0
    ) -> AcrossPolicy:
        """Return the settings that options give."""
        policy = Policy(options.level, options.keep, frozenset(options.ignore))
        keeping = Patterns(options).keeping
        return cls(
            *(policy, options.cross_document, options.jaccard, options.syndicated_share, keeping, would_change),
            drop=drop,
            keep_copies=options.keep_copies,
        )
