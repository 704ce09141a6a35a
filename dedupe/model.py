"""The records that travel between the stages: frozen, slotted, compared by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["remove", "flag"]
Kind = Literal["exact", "near", "contained", "variant", "boilerplate", "syndicated"]
KINDS: tuple[Kind, ...] = ("exact", "near", "contained", "variant", "boilerplate", "syndicated")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of a text, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text with a name: what the library judges, one at a time or as a set.

    `date` (ISO 8601, compared as text) and then `id` decide which of two documents came first; `url` names the site.
    """

    text: str
    id: str = ""
    date: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One row of a text: a line, or a run of hard-wrapped lines. Blank rows are rows too.

    `start` to `stop` is the content, `stop` to `end` the line end. Lines are 1-based, first and last.
    """

    number: int
    start: int
    stop: int
    end: int
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Match:
    """A verified pair of paragraphs of one scope, by row.

    `jaccard` is that of their shingle sets; `left_in_right` the share of left's shingles that right has, and back.
    """

    left: int
    right: int
    jaccard: float
    left_in_right: float
    right_in_left: float


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive paragraphs that repeat consecutive ones: rows of the original and of the copy, pair by pair."""

    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Original:
    """The place of the copy that stays; `lines` are 1-based, first and last."""

    document: str
    span: Span
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One paragraph that repeats another, what is to be done about it, and why."""

    action: Action
    kind: Kind
    rule: str
    span: Span
    lines: tuple[int, int]
    original: Original
    jaccard: float
    containment: float
    changed_words: tuple[str, ...] = ()
    block: int | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as the object of the json-lines output."""
        return {
            "action": self.action,
            "kind": self.kind,
            "rule": self.rule,
            "lines": list(self.lines),
            "span": [self.span.start, self.span.end],
            "original": {
                "document": self.original.document,
                "lines": list(self.original.lines),
                "span": [self.original.span.start, self.original.span.end],
            },
            "jaccard": round(self.jaccard, 4),
            "containment": round(self.containment, 4),
            "changed_words": list(self.changed_words),
            "block": self.block,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one document: the text as it would remain, the findings in order of place, the blocks."""

    document: Document
    text: str
    findings: tuple[Finding, ...] = ()
    blocks: tuple[Block, ...] = ()
    place: Mapping[str, Any] = field(default_factory=dict)
    """Where the document came from, for records of a file: `document` (the path), `record` (1-based), `field`, `id`."""
    problem: str = ""
    """A sentence when the result broke a promise: then nothing is removed, and we ask for a bug report."""

    @property
    def changed(self) -> bool:
        """Whether something would be removed."""
        return self.text != self.document.text

    def count(self, action: Action) -> int:
        """Return how many findings ask for this action."""
        return sum(finding.action == action for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as the object of the json-lines output."""
        name = self.place.get("document", self.document.id)
        findings = [finding.to_dict() for finding in self.findings]
        for finding in findings:
            if finding["original"]["document"] == self.document.id:
                finding["original"]["document"] = name
        return {"schema": 1, "document": name, **self.place, "findings": findings}
