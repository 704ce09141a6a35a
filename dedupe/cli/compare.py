"""`dedupe compare`: why two paragraphs do, or do not, count as the same."""

from __future__ import annotations

import sys

from dedupe.cli.console import CLEAN, TROUBLE, WOULD_REMOVE, Console, coloured
from dedupe.cli.flags import Settings
from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.io.files import Source, unreadable
from dedupe.io.formats import ReadOptions, format_of
from dedupe.judge.alignment import aligned
from dedupe.matching.similarity import word_scores
from dedupe.model import Document
from dedupe.reporters.style import paint, safe
from dedupe.text.tokens import words


def compare(one: str, other: str, settings: Settings) -> int:
    """Print scores, differing words and the verdict on two paragraphs; return the exit status."""
    console = Console()
    colour = coloured(sys.stdout)
    first, second = (_paragraph(name, settings.read_options) for name in (one, other))
    mine, theirs = words(first), words(second)
    jaccard, in_other = word_scores(mine, theirs)
    in_one = word_scores(theirs, mine)[1]
    rows = [
        f"A  {safe(one)}: {len(mine)} words",
        f"B  {safe(other)}: {len(theirs)} words",
        f"Jaccard {jaccard:.3f} (a candidate from {settings.options.jaccard})",
        f"of its shingles A has {in_other:.0%} in B, B {in_one:.0%} in A (a candidate from "
        f"{settings.options.containment:.0%})",
        f"of its words A has {_share(mine, theirs):.0%} in B, B {_share(theirs, mine):.0%} in A, in order",
        "",
        f"A  {_marked(mine, theirs, colour)}",
        f"B  {_marked(theirs, mine, colour)}",
        "",
    ]
    report = Deduper(settings.options).check(f"{first}\n{second}")
    for finding in report.findings:
        gone, stays = ("A", "B") if finding.lines[0] == 1 else ("B", "A")
        rows.append(f"{paint(finding.action, 'bold', colour)} {gone}: {finding.kind} [{finding.rule}]")
        rows.append(f"{gone} {finding.reason.replace('line 1', stays).replace('line 2', stays)}")
    if report.problem:
        console.text("\n".join(rows) + "\n")
        console.complain(str(InputError(f"{one} and {other}", report.problem)))
        return TROUBLE
    if not report.findings:
        rows.append(f"{paint('both stay', 'bold', colour)}: {_why_not(jaccard, in_other, in_one, settings)}")
    console.text("\n".join(rows) + "\n")
    return CLEAN if report.changed else WOULD_REMOVE


def _paragraph(name: str, read_options: ReadOptions) -> str:
    """Return a file's text on one line, read as its format says."""
    documents: list[Document] = []
    try:
        with Source(name, name).open() as opened:
            form, stream = format_of(name, opened.stream, read_options)
            for record in (record for stretch in form.read(stream, name, read_options) for record in stretch.records()):
                if record.error is not None:
                    raise record.error
                documents += record.documents
                if len(documents) > 1:
                    raise InputError(name, "has several texts, where one is compared; put each into a file of its own")
    except OSError as error:
        raise unreadable(name, error) from None
    text = " ".join(" ".join(document.text for document in documents).split())
    if not words(text):
        raise InputError(name, "has no words to compare")
    return text


def _share(mine: list[str], theirs: list[str]) -> float:
    """Return the share of the words that stand in the others, in order."""
    return sum(size for _, _, size in aligned(mine, theirs)) / len(mine)


def _marked(mine: list[str], theirs: list[str], colour: bool) -> str:
    """Return words with those that the other side does not have in brackets."""
    said = {place for a, _, size in aligned(mine, theirs) for place in range(a, a + size)}
    return " ".join(word if place in said else paint(f"[{word}]", "yellow", colour) for place, word in enumerate(mine))


def _why_not(jaccard: float, in_other: float, in_one: float, settings: Settings) -> str:
    options = settings.options
    if jaccard < options.jaccard and max(in_other, in_one) < options.containment:
        return "they share too little to be candidates"
    return "they are alike, but neither goes for the other"
