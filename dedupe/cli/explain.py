"""`dedupe explain`: the meaning of a relation or a feature, with a judged example."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from dedupe import across, corpus
from dedupe.cli.console import CLEAN, Console, coloured
from dedupe.deduper import Deduper
from dedupe.errors import OptionError, suggestion
from dedupe.judge.features import MEANINGS
from dedupe.judge.relations import RELATIONS
from dedupe.model import Document, Report
from dedupe.options import Options
from dedupe.reporters.full import section
from dedupe.reporters.style import paint

CROSS_DOCUMENT = {
    across.RULES[
        "pair"
    ]: "A paragraph that repeats one of another document (`--scope corpus`, `--index`, `dedupe corpus`).",
    across.RULES["boilerplate"]: "A paragraph on so many other pages that it is no part of the article.",
    across.RULES["whole"]: "A document of which nearly all the running text is in another one, as from an agency.",
}
SUMMARIES = {name: one.meaning for name, one in RELATIONS.items()} | CROSS_DOCUMENT
"""The meaning of every relation, in the order in which they are tried."""

DOCUMENT_SEPARATOR = "\n---\n"
"""The line between the documents of an example that needs two."""

EXAMPLE_OPTIONS = {
    "requested": Options(remove_matching="letter every Friday"),
    "quoted-history": Options(remove_quoted_history=True),
    across.RULES["boilerplate"]: Options(boilerplate_min_docs=2),
}
"""Options that an example needs to show its relation."""


def explain(name: str) -> int:
    """Print the meaning of a relation or a feature with an example, or a list of all; return the exit status."""
    console = Console()
    colour = coloured(sys.stdout)
    if not name:
        _list(console, SUMMARIES, colour)
        console.text(f"\nWhat the model looks at, {len(MEANINGS)} features:\n\n")
        _list(console, MEANINGS, colour)
        return CLEAN
    if name in MEANINGS:
        console.text(f"{paint(name, 'bold', colour)}: {MEANINGS[name]}\n")
        return CLEAN
    if name not in SUMMARIES:
        hint = suggestion(name, [*SUMMARIES, *MEANINGS]) or f"; there are {', '.join(SUMMARIES)}"
        raise OptionError(f"there is no relation or feature {name!r}{hint}")
    console.text(f"{paint(name, 'bold', colour)}: {SUMMARIES[name]}\n\n{paint('Example', 'bold', colour)}\n\n")
    for report in reports(name):
        console.text(_numbered(report, colour))
        for finding in report.findings:
            console.text(section(report, finding, colour))
    return CLEAN


def _list(console: Console, meanings: Mapping[str, str], colour: bool) -> None:
    width = max(map(len, meanings))
    for name, meaning in meanings.items():
        console.text(f"{paint(f'{name:<{width}}', 'bold', colour)}  {meaning}\n")


def reports(relation: str) -> list[Report]:
    """Return the reports of the example of a relation."""
    text = (Path(__file__).parent.parent / "examples" / f"{relation}.txt").read_text("utf-8")
    texts = text.split(DOCUMENT_SEPARATOR)
    if len(texts) > 1:
        documents = [Document(one, f"document {number}") for number, one in enumerate(texts, 1)]
        return corpus.check(documents, EXAMPLE_OPTIONS.get(relation))
    return [Deduper(EXAMPLE_OPTIONS.get(relation)).check(Document(text, "example"))]


def _numbered(report: Report, colour: bool) -> str:
    """Return a document with its lines numbered and its findings marked."""
    signs = {
        line: ("-", "red") if finding.action == "remove" else ("?", "yellow")
        for finding in report.findings
        for line in range(finding.lines[0], finding.lines[1] + 1)
    }
    shown_lines = [paint(report.document.id, "cyan", colour)]
    for number, line in enumerate(report.document.text.splitlines(), 1):
        sign, style = signs.get(number, (" ", "dim"))
        shown = paint(f"{sign} {line}", style, colour) if number in signs else f"{sign} {line}"
        shown_lines.append(f"{number:>3} {shown}".rstrip())
    return "\n".join(shown_lines) + "\n\n"
