"""`dedupe compare`: why two paragraphs are duplicates, or are not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dedupe._tally import counted
from dedupe.cli.console import CLEAN, ERROR, WOULD_REMOVE, Console, coloured
from dedupe.cli.flags import Settings
from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.io.files import Source, unreadable
from dedupe.io.formats import ReadOptions, format_of
from dedupe.judge.alignment import aligned
from dedupe.matching.similarity import word_scores
from dedupe.model import Document, Finding, Report
from dedupe.reporters.style import paint, safe
from dedupe.text.tokens import words


@dataclass(frozen=True, slots=True)
class Side:
    """One of two paragraphs: its file, its words, and the share of it in the other one."""

    document: str
    words: list[str]
    shingles_in_other: float
    differing: list[int]
    """Positions of the words that are not in the other one, in order."""

    @property
    def words_in_other(self) -> float:
        """The share of its words that are in the other one, in order."""
        return (len(self.words) - len(self.differing)) / len(self.words)

    def to_dict(self) -> dict[str, Any]:
        """Return the object of the JSON output."""
        return {
            "document": self.document,
            "words": len(self.words),
            "shingles_in_other": round(self.shingles_in_other, 4),
            "words_in_other": round(self.words_in_other, 4),
            "differing_words": [self.words[position] for position in self.differing],
        }


@dataclass(frozen=True, slots=True)
class ComparedParagraphs:
    """Two paragraphs, their similarity, and the judgement."""

    a: Side
    b: Side
    jaccard: float
    report: Report
    candidate: bool
    """Whether they are similar enough to be judged."""

    @property
    def decided(self) -> Iterator[tuple[Finding, str, str]]:
        """Yield each finding with the names of its paragraph and of the other one."""
        for finding in self.report.findings:
            yield finding, *(("A", "B") if finding.lines[0] == 1 else ("B", "A"))

    @property
    def why_both_stay(self) -> str:
        """The reason why there is no finding."""
        if not self.candidate:
            return "they share too little to be candidates"
        return "they are candidates, but neither is sure enough to be a duplicate of the other"

    def to_dict(self) -> dict[str, Any]:
        """Return the object of the JSON output."""
        verdict: dict[str, Any] = {"action": "keep", "paragraph": None, "reason": self.why_both_stay}
        for finding, subject, other in self.decided:
            verdict = {
                "action": finding.action,
                "paragraph": subject.lower(),
                "kind": finding.kind,
                "rule": finding.rule,
                "confidence": round(finding.confidence, 4),
                "reason": _with_name(finding.reason, other),
            }
        return {
            "schema": 1,
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            "jaccard": round(self.jaccard, 4),
            "candidate": self.candidate,
            **verdict,
        }


def compare(one: str, other: str, settings: Settings, output_format: str) -> int:
    """Print scores, differing words and the verdict on two paragraphs; return the exit status."""
    console = Console()
    compared = _compared(one, other, settings)
    if output_format == "json" and not compared.report.problem:
        console.text(json.dumps(compared.to_dict()) + "\n")
    elif output_format == "text":
        console.text("\n".join(_text_lines(compared, settings, coloured(sys.stdout))) + "\n")
    sys.stdout.flush()
    if compared.report.problem:
        console.complain(str(InputError(f"{one} and {other}", compared.report.problem)))
        return ERROR
    return CLEAN if compared.report.changed else WOULD_REMOVE


def _compared(one: str, other: str, settings: Settings) -> ComparedParagraphs:
    first, second = (_paragraph(name, settings.read_options) for name in (one, other))
    own_words, other_words = words(first), words(second)
    jaccard, in_other = word_scores(own_words, other_words)
    in_one = word_scores(other_words, own_words)[1]
    options = settings.options
    return ComparedParagraphs(
        _side(one, own_words, other_words, in_other),
        _side(other, other_words, own_words, in_one),
        jaccard,
        Deduper(options).check(f"{first}\n{second}"),
        jaccard >= options.jaccard or max(in_other, in_one) >= options.containment,
    )


def _side(name: str, own_words: list[str], other_words: list[str], in_other: float) -> Side:
    shared = {position for start, _, size in aligned(own_words, other_words) for position in range(start, start + size)}
    differing = [position for position in range(len(own_words)) if position not in shared]
    return Side(name, own_words, in_other, differing)


def _text_lines(compared: ComparedParagraphs, settings: Settings, colour: bool) -> Iterator[str]:
    """Yield the lines for people."""
    a, b, options = compared.a, compared.b, settings.options
    yield f"A  {safe(a.document)}: {counted(len(a.words), 'word')}"
    yield f"B  {safe(b.document)}: {counted(len(b.words), 'word')}"
    yield f"Jaccard {compared.jaccard:.3f} (a candidate from {options.jaccard})"
    yield (
        f"of its shingles A has {a.shingles_in_other:.0%} in B, B {b.shingles_in_other:.0%} in A (a candidate from "
        f"{options.containment:.0%})"
    )
    yield f"of its words A has {a.words_in_other:.0%} in B, B {b.words_in_other:.0%} in A, in order"
    yield ""
    yield f"A  {_words_with_brackets(a, colour)}"
    yield f"B  {_words_with_brackets(b, colour)}"
    yield ""
    for finding, subject, other in compared.decided:
        yield f"{paint(finding.action, 'bold', colour)} {subject}: {finding.kind} [{finding.rule}]"
        yield f"{subject} {_with_name(finding.reason, other)}"
    if not compared.report.findings and not compared.report.problem:
        yield f"{paint('both stay', 'bold', colour)}: {compared.why_both_stay}"


def _with_name(reason: str, other: str) -> str:
    return reason.replace("line 1", other).replace("line 2", other)


def _paragraph(name: str, read_options: ReadOptions) -> str:
    """Return a file's text on one line, read as its format says."""
    documents: list[Document] = []
    try:
        with Source(name, name).open() as opened:
            file_format, stream = format_of(name, opened.stream, read_options)
            for record in (
                record for chunk in file_format.read(stream, name, read_options) for record in chunk.records()
            ):
                if record.error is not None:
                    raise record.error
                documents += record.documents
                if len(documents) > 1:
                    raise InputError(name, "has several texts, and compare takes one; put each into a file of its own")
    except OSError as error:
        raise unreadable(name, error) from None
    text = " ".join(" ".join(document.text for document in documents).split())
    if not words(text):
        raise InputError(name, "has no words to compare; name a file with a paragraph")
    return text


def _words_with_brackets(side: Side, colour: bool) -> str:
    """Return the words, with those that are not in the other paragraph in brackets."""
    differing = set(side.differing)
    return " ".join(
        paint(f"[{word}]", "yellow", colour) if position in differing else word
        for position, word in enumerate(side.words)
    )
