"""Decisions about findings: which paragraphs a reviewer keeps or removes, recognised after a change of the text."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from os.path import normpath
from typing import Any, Literal, get_args

from dedupe.errors import InputError
from dedupe.model import Document, Finding, Report, Span
from dedupe.text.paragraphs import placed, split
from dedupe.text.removal import cuts

__all__ = ["Decision", "DecisionKind", "Decisions", "apply_decisions", "decision_on", "fingerprint", "loads"]

DecisionKind = Literal["keep", "remove", "either", "at-most-one"]
OF_PAIRS: tuple[DecisionKind, ...] = ("either", "at-most-one")
SCHEMA = 1
WRITERS_HINT = "dedupe review and the page of --report write such files"


def fingerprint(text: str) -> str:
    """Return the fingerprint of the text of a paragraph: 128 bits of BLAKE2b, in hexadecimal.

    Args:
        text: the text of the paragraph, without its line end.
    """
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about one paragraph, valid as long as the text of the paragraph is the same.

    Two choices are for labelled examples only, about the paragraphs of one `pair`: with `either` those of one `side`
    have to be removed, with `at-most-one` those of one side may be.

    Attributes:
        document: the id of its document.
        span: its position there.
        text: the fingerprint of its text.
        choice: "keep" or "remove"; see `DecisionKind`.
        pair: the number of the pair, for the choices of labelled examples.
        side: the number of the side, likewise.
    """

    document: str
    span: Span
    text: str
    choice: DecisionKind
    pair: int = 0
    side: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the object of the decision in a file."""
        sides = {"pair": self.pair, "side": self.side} if self.choice in OF_PAIRS else {}
        span = [self.span.start, self.span.end]
        return {"document": self.document, "span": span, "text": self.text, "decision": self.choice, **sides}


def decision_on(report: Report, span: Span, choice: DecisionKind) -> Decision:
    """Return the decision about a paragraph of a report's document.

    Args:
        report: a report of the document.
        span: the position of the paragraph, that of a finding.
        choice: "keep" or "remove".
    """
    return Decision(report.document.id, span, fingerprint(report.excerpt(span)), choice)


@dataclass(slots=True)
class Decisions:
    """Decisions by document, in the order they were made; the last one about a paragraph counts.

    Attributes:
        place: the name of their file in messages.
        by_document: the decisions of each document, by span and fingerprint.
    """

    place: str = "decisions"
    by_document: defaultdict[str, dict[tuple[Span, str], Decision]] = field(default_factory=lambda: defaultdict(dict))

    def __iter__(self) -> Iterator[Decision]:
        return (one for decided in self.by_document.values() for one in decided.values())

    def add(self, decision: Decision) -> None:
        """Add a decision, which replaces an earlier one about the same paragraph."""
        self.by_document[normpath(decision.document)][decision.span, decision.text] = decision

    def discard(self, decision: Decision) -> None:
        """Remove the decision about the paragraph of this one."""
        self.by_document[normpath(decision.document)].pop((decision.span, decision.text), None)

    def of(self, document: Document) -> list[Decision]:
        """Return the decisions about a document."""
        return list(self.by_document.get(normpath(document.id), {}).values())

    def apply(self, report: Report) -> tuple[Report, list[str]]:
        """Return a report with the decisions applied, and a sentence for each that could not be."""
        return apply_decisions(report, self.of(report.document))

    def unused(self, documents: Iterable[str]) -> list[str]:
        """Return the documents with decisions that are not among these."""
        return sorted(set(self.by_document) - {normpath(one) for one in documents})

    def dumps(self) -> str:
        """Return the decisions as a file: JSON, ASCII, a decision a line."""
        rows = ",\n".join(json.dumps(one.to_dict()) for one in self)
        return f'{{"schema": {SCHEMA}, "decisions": [\n{rows}\n]}}\n'


def loads(data: bytes, place: str) -> Decisions:
    """Return the decisions in a file.

    Args:
        data: the bytes of the file.
        place: its name in messages.

    Raises:
        InputError: it is no such file; the message has the place of what is wrong.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(place, f"is not a file of decisions: {error}; {WRITERS_HINT}") from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA or not isinstance(value.get("decisions"), list):
        raise InputError(
            place, f'is not a file of decisions: it has no "schema": {SCHEMA} and list of "decisions"; {WRITERS_HINT}'
        )
    decisions = Decisions(place)
    for number, item in enumerate(value["decisions"], 1):
        decisions.add(_decision(item, f"{place}: decision {number}"))
    return decisions


def _decision(item: Any, place: str) -> Decision:
    """Return one decision of a file; raise `InputError` for anything else."""
    if not isinstance(item, dict):
        raise InputError(place, "is not an object, as each decision is")
    document, text, choice = (item.get(name) for name in ("document", "text", "decision"))
    if not isinstance(document, str) or not isinstance(text, str):
        raise InputError(place, 'needs strings for "document" and "text"')
    known: dict[Any, DecisionKind] = {one: one for one in get_args(DecisionKind)}
    if not isinstance(choice, str) or choice not in known:
        raise InputError(place, f'has the "decision" {choice!r}; allowed are {", ".join(known)}')
    span, pair, side = item.get("span"), item.get("pair", 0), item.get("side", 0)
    if not isinstance(span, list) or len(span) != 2:
        raise InputError(place, 'needs a "span" of two numbers')
    if not all(type(one) is int and one >= 0 for one in (*span, pair, side)):
        raise InputError(place, '"span", "pair" and "side" are whole numbers from 0')
    return Decision(document, Span(*span), text, known[choice], pair, side)


def apply_decisions(report: Report, decisions: Sequence[Decision]) -> tuple[Report, list[str]]:
    """Return the report with the decisions applied, and a sentence for each that could not be.

    A paragraph to keep stays and is no finding any more; where it has moved and may be any of several, all stay. A
    paragraph to remove is removed if it is still a finding and its original stays: a decision judges a duplicate and
    does not make one.

    Args:
        report: the report of a document.
        decisions: decisions about it, as from `Decisions.of`.

    Returns:
        The report, and the sentences.
    """
    by_span = {finding.span: finding for finding in report.findings}
    kept: set[Span] = set()
    to_remove: list[Finding] = []
    sentences: list[str] = []
    for decision in decisions:
        if decision.choice in OF_PAIRS:
            continue
        spans = _spans_of(report, decision)
        if decision.choice == "keep" and spans:
            kept.update(spans)  # also where it may be any of several: to keep one too many loses nothing
        elif len(spans) != 1:
            why = "there are several such duplicates now" if spans else "there is no such duplicate any more"
            sentences.append(_warning(report, decision.span, why))
        elif spans[0] in by_span:
            to_remove.append(by_span[spans[0]])
        else:
            sentences.append(_warning(report, spans[0], "the paragraph to remove is no duplicate"))
    findings = {one.span: one for one in report.findings if one.span not in kept}
    for finding in to_remove:
        if finding.action == "flag":
            problem = _why_it_must_stay(report, finding, findings.values())
            if problem:
                sentences.append(_warning(report, finding.span, problem))
            else:
                reason = finding.reason.removesuffix("; both stay") + "; removed by decision"
                findings[finding.span] = replace(finding, action="remove", reason=reason)
    if tuple(findings.values()) == report.findings:
        return report, sentences
    return _with_findings(report, tuple(findings.values())), sentences


def _spans_of(report: Report, decision: Decision) -> list[Span]:
    """Return the span of the paragraph, if it is as before, or those of all findings with the same text."""
    if fingerprint(report.excerpt(decision.span)) == decision.text:
        return [decision.span]
    return [one.span for one in report.findings if fingerprint(report.excerpt(one.span)) == decision.text]


def _why_it_must_stay(report: Report, finding: Finding, others: Iterable[Finding]) -> str:
    """Return why a flagged paragraph cannot be removed, or "": all originals have to stay."""
    if finding.original.document != report.document.id:
        return "its original is in another document; remove such duplicates with --cross-document remove"
    for other in others:
        if other.action != "remove":
            continue
        if _overlap(other.span, finding.original.span):
            return "its original is removed, too"
        if other.original.document == report.document.id and _overlap(other.original.span, finding.span):
            return "it is itself the original of a removed paragraph"
    return ""


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _with_findings(report: Report, findings: tuple[Finding, ...]) -> Report:
    """Return the report with these findings and their cuts."""
    text = report.document.text
    removed = {one.span.start for one in findings if one.action == "remove"}
    numbers = {paragraph.number for paragraph, place in placed(report.document) if place.start in removed}
    return replace(report, findings=findings, cuts=tuple(cuts(text, split(text).bounds, numbers)))


def _warning(report: Report, span: Span, why: str) -> str:
    before = [place.first_line for _, place in placed(report.document) if place.start <= span.start]
    return f"{report.document.id or '-'}:{before[-1] if before else 1}: a decision is not applied: {why}"
