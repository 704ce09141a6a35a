"""The records that travel between the stages: frozen, slotted, compared by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["remove", "flag"]
Kind = Literal["exact", "near", "contained", "variant", "boilerplate", "syndicated"]
KINDS: tuple[Kind, ...] = ("exact", "near", "contained", "variant", "boilerplate", "syndicated")


def _parts(record: Any) -> tuple[type, tuple[Any, ...]]:
    """Return what `pickle` makes a record of anew; by itself it takes twice as long for one with slots."""
    return type(record), tuple([getattr(record, name) for name in record.__slots__])


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of a text, in code points."""

    start: int
    end: int
    __reduce__ = _parts


def without(text: str, cuts: Sequence[Span]) -> str:
    """Return the text without these stretches, which are in order and do not overlap."""
    if not cuts:
        return text
    edges = [0, *(edge for cut in cuts for edge in (cut.start, cut.end)), len(text)]
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One row of a text: a line, or a run of hard-wrapped lines. Blank rows are rows too.

    `start` to `stop` is the content, `stop` to `end` the line end. Lines are 1-based, first and last. `column`: that of
    its first character, 1-based, where another paragraph stands in one of its lines; else 0.
    """

    number: int
    start: int
    stop: int
    end: int
    first_line: int
    last_line: int
    column: int = 0


Role = Literal[
    "",
    "heading",
    "item",
    "cell",
    "code",
    "quote",
    "caption",
    "navigation",
    "hidden",
    "matter",
    "fixed",
    "spoken",
    "again",
]
"""What a source says of a paragraph; "" if nothing.

`matter` is front matter, `hidden` what a reader never sees, `fixed` what cannot be taken out: the label of a button,
text that stands elsewhere in the source than on the page. `spoken` is what is said at a time of its own, as a line of
subtitles: said twice it is no repeat, so it is flagged at most. `again` is such a line that is not said again but, by
the structure of the source, only shown again: it goes for the nearest equal one before it, however unlikely that is.
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text that was taken out of a source lies in it: the place and the role of each of its paragraphs, in order.

    The text is then these paragraphs, each on one line, with a blank line between any two.
    """

    paragraphs: tuple[Paragraph, ...]
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A text with a name: what the library judges, one at a time or as a set.

    `date` (ISO 8601, compared as text) and then `id` decide which of two documents came first; `url` names the site.
    `layout` says where the text comes from when the source is more than text; findings then name places in the source.
    """

    text: str
    id: str = ""
    date: str = ""
    url: str = ""
    layout: Layout | None = None


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
    __reduce__ = _parts


@dataclass(frozen=True, slots=True)
class Original:
    """The place of the copy that stays; `lines` are 1-based, first and last; `column` as in a `Paragraph`.

    From an index: the day on which the repeated words were first seen (ISO 8601), and on how many other pages they are.
    From a corpus in files: the `key` of its document, since not all have ids.
    """

    document: str
    span: Span
    lines: tuple[int, int]
    first_seen: str = ""
    pages: int = 0
    column: int = 0
    key: str = ""
    __reduce__ = _parts

    def to_dict(self) -> dict[str, Any]:
        """Return the place as it stands in the json-lines output; what only an index knows is left out without one."""
        place: dict[str, Any] = {
            "document": self.document,
            "lines": list(self.lines),
            "span": [self.span.start, self.span.end],
        }
        if self.column:
            place["column"] = self.column
        if self.key:
            place["key"] = self.key
        if self.first_seen:
            place |= {"first_seen": self.first_seen, "pages": self.pages}
        return place

    @classmethod
    def of_dict(cls, place: Mapping[str, Any]) -> Original:
        """Return what `to_dict` made this of."""
        rest = (place.get("first_seen", ""), place.get("pages", 0), place.get("column", 0), place.get("key", ""))
        return cls(place["document"], Span(*place["span"]), tuple(place["lines"]), *rest)


@dataclass(frozen=True, slots=True)
class Finding:
    """One paragraph that repeats another, what is to be done about it, and why; `column` as in a `Paragraph`."""

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
    column: int = 0
    confidence: float = 1.0
    __reduce__ = _parts

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as the object of the json-lines output; without a column there is none in it."""
        return {
            "action": self.action,
            "kind": self.kind,
            "rule": self.rule,
            "lines": list(self.lines),
            "span": [self.span.start, self.span.end],
            "original": self.original.to_dict(),
            "jaccard": round(self.jaccard, 4),
            "containment": round(self.containment, 4),
            "changed_words": list(self.changed_words),
            "block": self.block,
            "confidence": round(self.confidence, 4),
            "reason": self.reason,
            **({"column": self.column} if self.column else {}),
        }

    @classmethod
    def of_dict(cls, one: Mapping[str, Any]) -> Finding:
        """Return what `to_dict` made this of."""
        return cls(
            *(one["action"], one["kind"], one["rule"], Span(*one["span"]), tuple(one["lines"])),
            *(Original.of_dict(one["original"]), one["jaccard"], one["containment"]),
            *(tuple(one["changed_words"]), one["block"], one["reason"]),
            column=one.get("column", 0),
            confidence=one["confidence"],
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one document: what would be cut out of its text, the findings in order of place, the blocks."""

    document: Document
    cuts: tuple[Span, ...] = ()
    """The stretches of the document's text that go, line ends included, in order."""
    findings: tuple[Finding, ...] = ()
    blocks: tuple[Block, ...] = ()
    place: Mapping[str, Any] = field(default_factory=dict)
    """Where the document came from, for records of a file: `document` (the path), `record` (1-based), `field`, `id`."""
    problem: str = ""
    """A sentence when the program failed on the document, when it would take too much memory, or when what came out
    would have broken a promise: then nothing is removed.
    """
    bounded: bool = False
    """Whether so many paragraphs are alike that not every pair was looked at; equal copies are always found."""

    @property
    def text(self) -> str:
        """The document's text as it would remain."""
        return without(self.document.text, self.cuts)

    @property
    def changed(self) -> bool:
        """Whether something would be removed."""
        return bool(self.cuts)

    @property
    def failed(self) -> bool:
        """Whether the program failed on the document, so that nothing is known of it."""
        return bool(self.problem) and not self.findings

    def excerpt(self, span: Span) -> str:
        """Return the text at a place that a finding of this report names in this document."""
        layout = self.document.layout
        if layout is None:
            return self.document.text[span.start : span.end]
        texts = zip(layout.paragraphs, self.document.text.split("\n\n"), strict=True)
        return "\n\n".join(text for paragraph, text in texts if span.start <= paragraph.start < span.end)

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
        problem = {"problem": self.problem} if self.problem else {}
        return {"schema": 1, "document": name, **self.place, **problem, "findings": findings}
