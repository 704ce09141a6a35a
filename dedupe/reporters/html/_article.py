"""One document of the report page: its text, its findings beside it, its dot plot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dedupe._places import lines_named, lines_numbered
from dedupe.model import Finding, Report, Span
from dedupe.reporters._differences import differences
from dedupe.reporters.html._markup import attribute, inert, marked
from dedupe.reporters.html._plot import plot
from dedupe.reporters.style import report_named, shortened
from dedupe.review.decisions import fingerprint
from dedupe.text.paragraphs import placed

MAX_PARAGRAPHS_WHOLE = 400
"""Paragraphs up to which a document is shown whole; a longer one is shown near findings and originals only."""

PARAGRAPHS_AROUND = 2
"""Paragraphs shown on either side of a finding or an original, then."""

QUOTED_CHARACTERS = 180
"""Characters shown of an original with the same words."""

SIGNS = {"remove": "−", "flag": "?"}


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding with the positions of its paragraph and of its originals, none if these are in another document."""

    name: str
    finding: Finding
    position: int
    originals: tuple[int, ...]


class Article:
    """A report as an article of the page; `number` makes its ids unique."""

    def __init__(self, report: Report, number: int) -> None:
        self.report = report
        self.number = number
        self.title = report_named(report)
        paragraphs = placed(report.document)
        self.texts = [report.document.text[paragraph.start : paragraph.stop] for paragraph, _ in paragraphs]
        self.places = [place for _, place in paragraphs]
        self._position_at = {place.start: position for position, place in enumerate(self.places)}
        self.shown = [self._with_positions(number, finding) for number, finding in enumerate(report.findings, 1)]

    def _with_positions(self, number: int, finding: Finding) -> ShownFinding:
        here = finding.original.document == self.report.document.id
        return ShownFinding(
            f"f{self.number}-{number}",
            finding,
            self._position_at[finding.span.start],
            tuple(self._positions_of(finding.original.span)) if here else (),
        )

    def _positions_of(self, span: Span) -> Iterator[int]:
        """Yield the positions of the paragraphs of a span."""
        for position in range(self._position_at[span.start], len(self.places)):
            if self.places[position].start >= span.end:
                return
            yield position

    def listed(self) -> str:
        """Return the entry of the document in the list of findings."""
        items = "".join(
            f'<li><a href="#{shown.name}" data-finding="{shown.name}">'
            f'<span class="sign {shown.finding.action}">{SIGNS[shown.finding.action]}</span> '
            f"{lines_numbered(shown.finding.lines, shown.finding.column)} {shown.finding.kind} "
            f'<bdi class="quiet">{inert(shortened(self.report.excerpt(shown.finding.span)[:80], 40))}</bdi></a></li>'
            for shown in self.shown
        )
        return (
            f'<li data-article="d{self.number}"><a href="#d{self.number}">{inert(self.title)}</a><ol>{items}</ol></li>'
        )

    def record(self) -> dict[str, object]:
        """Return what the page needs to save decisions about this document."""
        return {
            "document": self.report.document.id,
            "findings": {
                shown.name: {
                    "span": [shown.finding.span.start, shown.finding.span.end],
                    "text": fingerprint(self.report.excerpt(shown.finding.span)),
                }
                for shown in self.shown
            },
        }

    def markup(self) -> Iterator[str]:
        """Yield the article in pieces."""
        removes, flags = self.report.count("remove"), self.report.count("flag")
        known = {
            (min(position, shown.position), max(position, shown.position)): shown.finding.action
            for shown in self.shown
            for position in shown.originals[:1]
        }
        heading = f"h{self.number}"
        yield (
            f'<article id="d{self.number}" aria-labelledby="{heading}"><header><div><h2 id="{heading}">'
            f"{inert(self.title)}</h2><p>{_counted(removes, flags)}</p></div>"
            f"<figure>{plot(self.texts, known)}<figcaption>the text against itself</figcaption></figure></header>"
            '<div class="rows"><svg class="lines" aria-hidden="true"></svg>'
        )
        findings_at: dict[int, list[ShownFinding]] = {}
        for shown in self.shown:
            findings_at.setdefault(shown.position, []).append(shown)
        originals = {position for shown in self.shown for position in shown.originals}
        hidden = 0
        for position in range(len(self.texts)):
            if not self._is_near_finding(position, findings_at.keys() | originals):
                hidden += 1
                continue
            if hidden:
                yield _gap(hidden)
                hidden = 0
            yield self._paragraph(position, findings_at.get(position, []), position in originals)
        yield (_gap(hidden) if hidden else "") + "</div></article>\n"

    def _is_near_finding(self, position: int, positions: set[int]) -> bool:
        return len(self.texts) <= MAX_PARAGRAPHS_WHOLE or any(
            near in positions for near in range(position - PARAGRAPHS_AROUND, position + PARAGRAPHS_AROUND + 1)
        )

    def _paragraph(self, position: int, findings: list[ShownFinding], is_original: bool) -> str:
        place = self.places[position]
        lines = lines_numbered((place.first_line, place.last_line), place.column)
        action = findings[0].finding.action if findings else ""
        classes = " ".join(filter(None, ["row", action, "is-original" if is_original else ""]))
        marks = self._differing(findings[0]) if findings else []
        signs = SIGNS.get(action, "") + ("=" if is_original else "")
        sign = f'<span class="sign" aria-hidden="true">{signs}</span>'
        cards = "".join(self._card(shown) for shown in findings)
        return (
            f'<div class="{classes}" id="d{self.number}r{position}"><span class="number">{lines}</span>{sign}'
            f'<p class="text" dir="auto" lang="">{marked(self.texts[position], marks)}</p>{cards}</div>\n'
        )

    def _differing(self, shown: ShownFinding) -> list[Span]:
        """Return where the paragraph of a finding differs from its original."""
        if not shown.originals or shown.finding.kind == "exact":
            return []
        return differences(self.report.excerpt(shown.finding.span), self.report.excerpt(shown.finding.original.span))

    def _card(self, shown: ShownFinding) -> str:
        finding = shown.finding
        block = f" data-block={finding.block}" if finding.block is not None else ""
        originals = " ".join(f"d{self.number}r{position}" for position in shown.originals)
        name = lines_named(finding.lines, finding.column)
        scores = (
            f'<p class="scores">Jaccard {finding.jaccard:.2f}, {finding.containment:.0%} of it is in the original</p>'
        )
        scores = "" if finding.kind == "exact" else scores
        choices = "".join(
            f'<button type="button" data-choice="{choice}" aria-pressed="{str(not choice).lower()}">{label}</button>'
            for choice, label in (("remove", "Remove"), ("keep", "Keep"), ("", "Undecided"))
        )
        return (
            f'<section class="finding {finding.action}" id="{shown.name}" tabindex="-1" aria-label="Finding, {name}" '
            f'data-action="{finding.action}" data-kind="{finding.kind}" data-rule="{attribute(finding.rule)}" '
            f'data-score="{finding.containment:.4f}" data-originals="{originals}"{block}>'
            f'<p class="what"><b>{SIGNS[finding.action]} {finding.action}</b> '
            f"{finding.kind} · {inert(finding.rule)}</p>"
            f'<p class="reason">{inert(finding.reason)}</p>{scores}{self._original(shown)}'
            f'<p class="choice">{choices}</p></section>'
        )

    def _original(self, shown: ShownFinding) -> str:
        original = shown.finding.original
        where = f"= {lines_named(original.lines, original.column)}"
        if not shown.originals:
            name = original.field or original.document or "another document"
            place = f"{where} of" if original.lines[0] else "="
            return f'<p class="elsewhere">{place} {inert(name)}</p>'
        return (
            f'<div class="original"><a href="#d{self.number}r{shown.originals[0]}">{where}</a>'
            f'<blockquote dir="auto" lang="">{self._quoted(shown.finding)}</blockquote></div>'
        )

    def _quoted(self, finding: Finding) -> str:
        """Return the original as markup: its beginning if the words are the same; else the part with the duplicate."""
        text = self.report.excerpt(finding.original.span)
        if finding.kind == "exact":
            return inert(shortened(text, QUOTED_CHARACTERS))
        marks = differences(text, self.report.excerpt(finding.span))
        if finding.kind != "contained":
            return marked(text, marks)
        first = marks[0].end if marks and marks[0].start < QUOTED_CHARACTERS // 3 else 0
        last = marks[-1].start if marks and marks[-1].end > len(text) - QUOTED_CHARACTERS // 3 else len(text)
        start, stop = max(0, first - QUOTED_CHARACTERS // 3), min(len(text), max(first, last) + QUOTED_CHARACTERS // 3)
        head, tail = "… " * (start > 0), " …" * (stop < len(text))
        before, same, behind = text[start:first], text[first:last], text[last:stop]
        return f"{head}<i>{inert(before)}</i>{inert(same)}<i>{inert(behind)}</i>{tail}"


def _counted(removes: int, flags: int) -> str:
    return f'<b class="remove">− {removes} to remove</b>, <b class="flag">? {flags} flagged</b>'


def _gap(paragraphs: int) -> str:
    return f'<p class="gap">⋯ {paragraphs:,} paragraphs without findings</p>\n'
