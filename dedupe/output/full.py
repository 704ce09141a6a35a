"""For people: every finding with the text it is about, its original and the reason."""

from __future__ import annotations

from dedupe.model import Finding, Report
from dedupe.output.style import lines_named, paint, place_named, safe, shortened

WIDTH = 96
"""Characters of a paragraph that are shown."""


def render(report: Report, *, colour: bool) -> str:
    """Return a section for each finding, variants first: they may be corrections."""
    findings = sorted(report.findings, key=lambda one: (one.kind != "variant", one.span))
    return "".join(_section(report, finding, colour) for finding in findings)


def _section(report: Report, finding: Finding, colour: bool) -> str:
    removes = finding.action == "remove"
    style = "red" if removes else "yellow"
    head = f"{finding.action} {finding.kind} [{finding.rule}]"
    original = finding.original
    margin = max(len(lines_named(finding.lines)), len(lines_named(original.lines)))
    rows = [
        f"{paint(head, style, colour)} {safe(finding.reason)}",
        f"{' ' * margin}{paint('--> ', 'cyan', colour)}{place_named(report)}:{lines_named(finding.lines)}",
    ]
    if original.document == report.document.id:
        rows.append(_quoted(report.excerpt(original.span), original.lines, margin, "=", "dim", colour))
    else:
        rows.append(f"{' ' * margin} {paint('=', 'dim', colour)} stands in {safe(original.document)}")
    sign = "-" if removes else "?"
    rows.append(_quoted(report.excerpt(finding.span), finding.lines, margin, sign, style, colour))
    if finding.jaccard < 1:
        rows.append(
            f"{' ' * margin} {paint('|', 'dim', colour)} Jaccard {finding.jaccard:.2f}, "
            f"{finding.containment:.0%} of it stands there"
        )
    return "\n".join(rows) + "\n\n"


def _quoted(text: str, lines: tuple[int, int], margin: int, sign: str, style: str, colour: bool) -> str:
    shown = shortened(safe(" ".join(text[: 4 * WIDTH].split())), WIDTH)
    return f"{lines_named(lines):>{margin}} {paint(f'{sign} {shown}', style, colour)}"
