"""Records of the judgement across documents: documents with their candidates, and the decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dedupe._places import host
from dedupe.across import FIRST_DUPLICATE, RULES
from dedupe.across._paragraphs import DocumentParagraphs
from dedupe.across.boilerplate import Pages, boilerplate
from dedupe.across.pair import UNKNOWN, Comparison, judge_pair, paragraph_text
from dedupe.judge.content import SHORT
from dedupe.judge.policy import Policy
from dedupe.model import Document, Finding, Original, Role, Span
from dedupe.options import Options
from dedupe.text.patterns import Patterns


@dataclass(frozen=True, slots=True)
class CrossCandidate:
    """The paragraph of a document that starts at `start` in its source, and its possible original in another one.

    `original_text`: None if an index keeps no texts. `comparison`: of the two, if it is known already. `pages`: the
    other documents with the paragraph. `copy`: its number among the copies of the original, which is the first.
    """

    start: int
    original: Original
    original_text: str | None
    pages: Pages = Pages()
    comparison: Comparison | None = None
    original_role: Role = ""
    copy: int = FIRST_DUPLICATE


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

    `key`: of the document in the findings of a corpus. `words`: the number of words of all compared paragraphs.
    `is_original`: other documents have originals here, so it is not dropped. `pinned`: nothing of it may be removed for
    another document. `free_of_repeats`: its paragraphs are its lines and none is similar to another, so the rest needs
    no second judgement. `host_size`: the number of other documents on its host. `document_count`: that of
    all other documents; it may be 0 where no share of them is asked for.
    """

    document: Document
    local: LocalResult
    candidates: Sequence[CrossCandidate] = ()
    covering: CoveringDocument | None = None
    key: str = ""
    words: int = 0
    is_original: bool = False
    pinned: bool = False
    free_of_repeats: bool = False
    host_size: int = 0
    document_count: int = 0
    paragraphs: DocumentParagraphs = field(default=None)  # type: ignore[assignment]  # those of the document, see below

    def __post_init__(self) -> None:
        if self.paragraphs is None:  # a changed copy of a case has those of the case
            object.__setattr__(self, "paragraphs", DocumentParagraphs(self.document))

    @cached_property
    def host(self) -> str:
        """The host of the document's address."""
        return host(self.document.url)

    def boilerplate(self, candidate: CrossCandidate, options: Options) -> str:
        """Return on how many other pages a candidate stands, as a phrase, if it is boilerplate; else ""."""
        return boilerplate(candidate.pages, self.host, self.host_size, self.document_count, options)

    def compare(self, candidate: CrossCandidate, across: AcrossPolicy) -> Comparison | None:
        """Return how a candidate and its original compare; None if there is nothing to report.

        A short paragraph is reported as boilerplate only.
        """
        paragraph = self.paragraphs[candidate.start]
        if paragraph.size < SHORT and not self.boilerplate(candidate, across.options):
            return None
        if candidate.original_text is None or candidate.comparison not in (None, UNKNOWN):
            return candidate.comparison
        original = paragraph_text(candidate.original_text, candidate.original_role)
        return judge_pair(paragraph, original, across.policy, across.options.jaccard)


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


@dataclass(frozen=True)
class AcrossPolicy:
    """The settings of the judgement across documents.

    `would_change` returns which documents would be changed if they were judged alone. `drop`: the share of known words
    from which a document is dropped, or 0.
    """

    options: Options
    would_change: Callable[[Sequence[Document]], Sequence[bool]]
    drop: float = 0.0

    @cached_property
    def policy(self) -> Policy:
        """What a removal may lose."""
        return Policy.of(self.options)

    @cached_property
    def kept_by_pattern(self) -> Callable[[Sequence[str]], Collection[int]]:
        """Return the positions of texts that a pattern of the user keeps."""
        return Patterns(self.options).keeping

    @property
    def removes(self) -> bool:
        """Whether paragraphs are removed for other documents."""
        return self.options.cross_document == "remove"
