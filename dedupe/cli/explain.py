"""`dedupe explain`: what a rule looks for, what it does on each level, and an example, judged as you look."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path

from dedupe import across, corpus
from dedupe.cli.console import CLEAN, Console, coloured
from dedupe.deduper import Deduper
from dedupe.errors import OptionError
from dedupe.judgement import RULES
from dedupe.model import Document, Report
from dedupe.options import Options
from dedupe.output.full import section
from dedupe.output.style import paint

ACROSS = {
    across.RULES["pair"]: "A paragraph that another document says, too (`--scope corpus`, `--index`, `dedupe corpus`).",
    across.RULES["boilerplate"]: "A paragraph that stands on so many other pages that it is no part of the article.",
    across.RULES["whole"]: "A document of which nearly all the running text stands in another one, as of an agency.",
}
SUMMARIES = {name: rule.summary for name, rule in RULES.items()} | ACROSS
"""What every rule looks for, in the order in which they are asked."""

NEXT_DOCUMENT = "\n---\n"
"""What stands between the documents of an example that needs two."""

ASKED = {
    "requested": Options(remove_matching="letter every Friday"),
    across.RULES["boilerplate"]: Options(boilerplate_pages=2),
}
"""Options without which an example would not show its rule."""


def explain(rule: str) -> int:
    """Print what there is to know about a rule, or the list of rules; return the exit status."""
    console = Console()
    colour = coloured(sys.stdout)
    if not rule:
        width = max(map(len, SUMMARIES))
        for name, summary in SUMMARIES.items():
            console.text(f"{paint(f'{name:<{width}}', 'bold', colour)}  {summary}\n")
        return CLEAN
    if rule not in SUMMARIES:
        close = get_close_matches(rule, SUMMARIES, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(SUMMARIES)}"
        raise OptionError(f"there is no rule {rule!r}; {hint}")
    console.text(
        f"{paint(rule, 'bold', colour)}: {SUMMARIES[rule]}\n\n{levels(rule)}\n\n{paint('Example', 'bold', colour)}\n\n"
    )
    for report in reports(rule):
        console.text(_numbered(report, colour))
        for finding in report.findings:
            console.text(section(report, finding, colour))
    return CLEAN


def levels(rule: str) -> str:
    """Return a sentence on what a rule does on each level."""
    if rule in ACROSS:
        return "Flagged on every level; removed with --across remove."
    named = zip(("conservative", "default", "aggressive"), RULES[rule].actions, strict=True)
    return f"On the level {', '.join(f'{level}: {action}' for level, action in named)}."


def reports(rule: str) -> list[Report]:
    """Return the reports of a rule's example."""
    text = (Path(__file__).parent.parent / "examples" / f"{rule}.txt").read_text("utf-8")
    texts = text.split(NEXT_DOCUMENT)
    if len(texts) > 1:
        return corpus.check(
            [Document(one, f"document {number}") for number, one in enumerate(texts, 1)], ASKED.get(rule)
        )
    return [Deduper(ASKED.get(rule)).check(Document(text, "example"))]


def _numbered(report: Report, colour: bool) -> str:
    """Return a document with its lines numbered and its findings marked."""
    signs = {
        line: ("-", "red") if finding.action == "remove" else ("?", "yellow")
        for finding in report.findings
        for line in range(finding.lines[0], finding.lines[1] + 1)
    }
    rows = [paint(report.document.id, "cyan", colour)]
    for number, line in enumerate(report.document.text.splitlines(), 1):
        sign, style = signs.get(number, (" ", "dim"))
        shown = paint(f"{sign} {line}", style, colour) if number in signs else f"{sign} {line}"
        rows.append(f"{number:>3} {shown}".rstrip())
    return "\n".join(rows) + "\n\n"
