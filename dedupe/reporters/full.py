"""For people: every finding with its text, its original and the reason; differing words are marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dedupe._places import lines_named, lines_numbered
from dedupe.model import Finding, Report, Span
from dedupe.reporters._differences import cut, differences, window
from dedupe.reporters.style import lines_of, paint, safe, shortened

SHOWN_CHARACTERS = 96
"""Characters shown of a paragraph."""

KINDS_WITH_MARKED_ORIGINAL = ("near", "variant")
"""Kinds of findings whose original is marked, too: of other kinds nearly all of the longer original would be."""


def render(reports: Iterable[Report], *, colour: bool) -> Iterator[str]:
    """Yield a section for each finding; variants, which may be corrections, come first in a document."""
    for report in reports:
        for finding in sorted(report.findings, key=lambda one: (one.kind != "variant", one.span)):
            yield section(report, finding, colour)


def section(report: Report, finding: Finding, colour: bool, width: int = SHOWN_CHARACTERS) -> str:
    """Return the section of one finding, which ends in an empty line."""
    removes = finding.action == "remove"
    style = "red" if removes else "yellow"
    head = f"{finding.action} {finding.kind} [{finding.rule}]"
    original = finding.original
    mine_named = lines_numbered(finding.lines, finding.column)
    theirs_named = lines_numbered(original.lines, original.column)
    margin = max(len(mine_named), len(theirs_named))
    rows = [
        f"{paint(head, style, colour)} {safe(finding.reason)}",
        f"{' ' * margin}{paint('--> ', 'cyan', colour)}{lines_of(report, finding.lines, finding.column)}",
    ]
    duplicate, original_text = report.excerpt(finding.span), ""
    if original.document == report.document.id:
        original_text = report.excerpt(original.span)
        marks = differences(original_text, duplicate) if finding.kind != "exact" else []
        begins = marks[0].end if marks and marks[0].start < width // 3 else 0
        marks = marks if finding.kind in KINDS_WITH_MARKED_ORIGINAL else [Span(begins, begins)] * (begins > width // 2)
        rows.append(_quoted(original_text, marks, theirs_named, margin, ("=", "dim"), colour, width))
    else:
        named = lines_named(original.lines, original.column)
        where = f"{named} of {original.field}" if original.field else original.document
        rows.append(f"{' ' * margin} {paint('=', 'dim', colour)} the original is in {safe(where)}")
    marks = differences(duplicate, original_text) if original_text and finding.kind != "exact" else []
    rows.append(_quoted(duplicate, marks, mine_named, margin, ("-" if removes else "?", style), colour, width))
    if finding.jaccard < 1:
        rows.append(
            f"{' ' * margin} {paint('|', 'dim', colour)} Jaccard {finding.jaccard:.2f}, "
            f"{finding.containment:.0%} of it is in the original"
        )
    return "\n".join(rows) + "\n\n"


def _quoted(
    text: str, marks: list[Span], lines: str, margin: int, look: tuple[str, str], colour: bool, width: int
) -> str:
    """Return a paragraph behind its lines and sign: the part with the first mark; without marks its beginning.

    Marks are brackets, as in `dedupe compare`, so that they show without colour; an empty mark only chooses the part.
    """
    sign, style = look
    if not marks:
        shown = paint(f"{sign} {shortened(safe(' '.join(text[: 4 * width].split())), width)}", style, colour)
        return f"{lines:>{margin}} {shown}"
    seen, moved = window(text.translate(_BLANKS), marks, width)
    pieces = (
        paint(f"[{safe(piece)}]", "reverse", colour) if differs else paint(safe(piece), style, colour)
        for piece, differs in cut(seen, moved)
    )
    return f"{lines:>{margin}} {paint(sign, style, colour)} {''.join(pieces)}"


_BLANKS = str.maketrans("\r\n\t", "   ")
