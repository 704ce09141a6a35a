"""The records that the stages pass on: frozen, slotted, compared by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from dedupe._documents import Document, Layout, Paragraph, Part, Role, Span, parts, without
from dedupe.errors import OptionError

Action = Literal["remove", "flag"]
Kind = Literal["exact", "near", "contained", "variant", "boilerplate", "syndicated"]
KINDS: tuple[Kind, ...] = ("exact", "near", "contained", "variant", "boilerplate", "syndicated")


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive paragraphs that repeat consecutive ones.

    Attributes:
        pairs: (original, duplicate) numbers of paragraphs, from 0, in order.
    """

    pairs: tuple[tuple[int, int], ...]
    __reduce__ = parts


@dataclass(frozen=True, slots=True)
class Original:
    """Where the original of a duplicate stands.

    Attributes:
        document: the id of its document.
        span: its position there, in code points.
        lines: its first and last line there, from 1.
        first_seen: from an index, the day on which its words were first seen (ISO 8601); else "".
        pages: from an index, on how many other pages its words are; else 0.
        column: the column of its first character, from 1, if another paragraph shares one of its lines; else 0.
        key: in a corpus of files, the key of its document, since not all have ids; else "".
        field: the field of the same record that it is in, if that is another one; else "".
    """

    document: str
    span: Span
    lines: tuple[int, int]
    first_seen: str = ""
    pages: int = 0
    column: int = 0
    key: str = ""
    field: str = ""
    __reduce__ = parts

    def to_dict(self) -> dict[str, Any]:
        """Return the `original` object of the json-lines output; the keys of an index are left out without one."""
        place: dict[str, Any] = {
            "document": self.document,
            "lines": list(self.lines),
            "span": [self.span.start, self.span.end],
        }
        if self.column:
            place["column"] = self.column
        if self.key:
            place["key"] = self.key
        if self.field:
            place["field"] = self.field
        if self.first_seen:
            place |= {"first_seen": self.first_seen, "pages": self.pages}
        return place

    @classmethod
    def of_dict(cls, place: Mapping[str, Any]) -> Original:
        """Return the original that `to_dict` was called on."""
        rest = (place.get("first_seen", ""), place.get("pages", 0), place.get("column", 0), place.get("key", ""))
        return cls(
            *(place["document"], Span(*place["span"]), tuple(place["lines"])), *rest, field=place.get("field", "")
        )


@dataclass(frozen=True, slots=True)
class Finding:
    r"""A duplicate paragraph, its original, what is to be done about it, and why.

    Attributes:
        action: "remove" or "flag". A flagged paragraph stays in the text.
        kind: "exact", "near", "contained", "variant", "boilerplate" or "syndicated".
        rule: the name of the rule that decided, see `dedupe explain`.
        span: the duplicate in the text of its document, in code points.
        lines: its first and last line, from 1.
        original: where the original stands.
        jaccard: the Jaccard similarity of the two sets of shingles, 0 to 1.
        containment: the share of the duplicate's shingles that the original has, 0 to 1.
        changed_words: words that differ between the two.
        block: the number of the block of consecutive duplicates that it belongs to, or None.
        reason: a sentence for a reader.
        column: the column of its first character, from 1, if another paragraph shares one of its lines; else 0.
        confidence: the share of such removals that was right on labelled sites, 0 to 1.

    Example:
        >>> import dedupe
        >>> text = "The old bridge is closed to all traffic until May.\n" * 2
        >>> (finding,) = dedupe.check(text).findings
        >>> finding.kind, finding.lines, finding.original.lines
        ('exact', (2, 2), (1, 1))
    """

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
    __reduce__ = parts

    def to_dict(self) -> dict[str, Any]:
        """Convert the finding to an object of the json-lines output.

        Returns:
            A dictionary of values that `json.dumps` takes, similarities and confidence rounded to four places. A
            `column` of 0 is left out.
        """
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
    def of_dict(cls, finding: Mapping[str, Any]) -> Finding:
        """Return the finding that `to_dict` was called on."""
        return cls(
            *(finding["action"], finding["kind"], finding["rule"], Span(*finding["span"]), tuple(finding["lines"])),
            *(Original.of_dict(finding["original"]), finding["jaccard"], finding["containment"]),
            *(tuple(finding["changed_words"]), finding["block"], finding["reason"]),
            column=finding.get("column", 0),
            confidence=finding["confidence"],
        )


@dataclass(frozen=True, slots=True)
class Report:
    r"""What was found in one document.

    Attributes:
        document: the document that was checked.
        cuts: what would be removed from its text, line ends included, in order.
        findings: the duplicates, in the order of their positions.
        blocks: runs of consecutive duplicates whose originals are consecutive, too.
        place: for a record of a file, `document` (the path), `record` (its number, from 1), `field` and `id`; else
            empty.
        problem: a sentence if the program failed on the document, if it would take too much memory, or if the result
            would have broken a promise; then nothing is removed. Else "".
        bounded: whether so many paragraphs are similar that not every pair was compared; exact copies are always found.

    Example:
        >>> import dedupe
        >>> report = dedupe.check("The old bridge is closed to all traffic until May.\n" * 2)
        >>> report.changed, report.count("remove"), report.text
        (True, 1, 'The old bridge is closed to all traffic until May.\n')
    """

    document: Document
    cuts: tuple[Span, ...] = ()
    findings: tuple[Finding, ...] = ()
    blocks: tuple[Block, ...] = ()
    place: Mapping[str, Any] = field(default_factory=dict, hash=False)  # it need not be hashable, and is compared
    problem: str = ""
    bounded: bool = False

    @property
    def text(self) -> str:
        """The cleaned text of the document."""
        return without(self.document.text, self.cuts)

    @property
    def changed(self) -> bool:
        """Whether something would be removed."""
        return bool(self.cuts)

    @property
    def failed(self) -> bool:
        """Whether the program failed on the document, so that it was not checked."""
        return bool(self.problem) and not self.findings

    def excerpt(self, span: Span) -> str:
        """Return the text of a paragraph of this document.

        Args:
            span: the span of a finding of this report, or of an original in the same document.

        Returns:
            The paragraph, also if the document has a layout, so that the span is a position in its source.
        """
        layout = self.document.layout
        if layout is None or layout.parts:
            return self.document.text[span.start : span.end]
        texts = zip(layout.paragraphs, self.document.text.split("\n\n"), strict=True)
        return "\n\n".join(text for paragraph, text in texts if span.start <= paragraph.start < span.end)

    def count(self, action: Action) -> int:
        """Return the number of findings with this action, "remove" or "flag"; raise `OptionError` for another one."""
        if action not in get_args(Action):
            raise OptionError(f"action must be one of {', '.join(get_args(Action))}, not {action!r}")
        return sum(finding.action == action for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Convert the report to the object of the json-lines output.

        Returns:
            A dictionary of values that `json.dumps` takes: `schema`, `document`, what `place` has, `problem` if there
            is one, and `findings`.
        """
        name = self.place.get("document", self.document.id)
        findings = [finding.to_dict() for finding in self.findings]
        for finding in findings:
            if finding["original"]["document"] == self.document.id or "field" in finding["original"]:
                finding["original"]["document"] = name
        problem = {"problem": self.problem} if self.problem else {}
        return {"schema": 1, "document": name, **self.place, **problem, "findings": findings}


__all__ = [
    "KINDS",
    "Action",
    "Block",
    "Document",
    "Finding",
    "Kind",
    "Layout",
    "Original",
    "Paragraph",
    "Part",
    "Report",
    "Role",
    "Span",
    "without",
]
