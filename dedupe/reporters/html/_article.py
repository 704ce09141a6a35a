"""One document of the page: its text, its findings beside it, its dot plot."""

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

WHOLE = 400
"""Paragraphs up to which a document is shown whole; of a longer one only what is near a finding or an original."""

AROUND = 2
"""Paragraphs shown around those, then."""

ENOUGH = 180
"""Characters by which an original that says the same words is recognised."""

SIGNS = {"remove": "−", "flag": "?"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with the rows it is about: its own and those of its original, none when that is in another document."""

    name: str
    finding: Finding
    row: int
    originals: tuple[int, ...]


class Article:
    """A report as a part of the page; `number` tells it from the others."""

    def __init__(self, report: Report, number: int) -> None:
        self.report = report
        self.number = number
        self.title = report_named(report)
        rows = placed(report.document)
        self.texts = [report.document.text[row.start : row.stop] for row, _ in rows]
        self.places = [place for _, place in rows]
        self._numbers = {place.start: n for n, place in enumerate(self.places)}
        self.shown = [self._shown(at, finding) for at, finding in enumerate(report.findings, 1)]

    def _shown(self, at: int, finding: Finding) -> Shown:
        here = finding.original.document == self.report.document.id
        return Shown(
            f"f{self.number}-{at}",
            finding,
            self._numbers[finding.span.start],
            tuple(self._within(finding.original.span)) if here else (),
        )

    def _within(self, span: Span) -> Iterator[int]:
        """Yield the numbers of the rows from the one that begins where the span does to its end."""
        for n in range(self._numbers[span.start], len(self.places)):
            if self.places[n].start >= span.end:
                return
            yield n

    def listed(self) -> str:
        """Return the document's entry in the list of findings."""
        items = "".join(
            f'<li><a href="#{one.name}" data-finding="{one.name}">'
            f'<span class="sign {one.finding.action}">{SIGNS[one.finding.action]}</span> '
            f"{lines_numbered(one.finding.lines, one.finding.column)} {one.finding.kind} "
            f'<bdi class="quiet">{inert(shortened(self.report.excerpt(one.finding.span)[:80], 40))}</bdi></a></li>'
            for one in self.shown
        )
        return (
            f'<li data-article="d{self.number}"><a href="#d{self.number}">{inert(self.title)}</a><ol>{items}</ol></li>'
        )

    def record(self) -> dict[str, object]:
        """Return what the page needs to write down decisions about this document."""
        return {
            "document": self.report.document.id,
            "findings": {
                one.name: {
                    "span": [one.finding.span.start, one.finding.span.end],
                    "text": fingerprint(self.report.excerpt(one.finding.span)),
                }
                for one in self.shown
            },
        }

    def markup(self) -> Iterator[str]:
        """Yield the article in pieces."""
        removes, flags = self.report.count("remove"), self.report.count("flag")
        known = {
            (min(n, one.row), max(n, one.row)): one.finding.action for one in self.shown for n in one.originals[:1]
        }
        heading = f"h{self.number}"
        yield (
            f'<article id="d{self.number}" aria-labelledby="{heading}"><header><div><h2 id="{heading}">'
            f"{inert(self.title)}</h2><p>{_counted(removes, flags)}</p></div>"
            f"<figure>{plot(self.texts, known)}<figcaption>the text against itself</figcaption></figure></header>"
            '<div class="rows"><svg class="lines" aria-hidden="true"></svg>'
        )
        by_row: dict[int, list[Shown]] = {}
        for one in self.shown:
            by_row.setdefault(one.row, []).append(one)
        homes = {n for one in self.shown for n in one.originals}
        skipped = 0
        for n in range(len(self.texts)):
            if not self._near(n, by_row.keys() | homes):
                skipped += 1
                continue
            if skipped:
                yield _gap(skipped)
                skipped = 0
            yield self._row(n, by_row.get(n, []), n in homes)
        yield (_gap(skipped) if skipped else "") + "</div></article>\n"

    def _near(self, n: int, wanted: set[int]) -> bool:
        return len(self.texts) <= WHOLE or any(near in wanted for near in range(n - AROUND, n + AROUND + 1))

    def _row(self, n: int, findings: list[Shown], home: bool) -> str:
        place = self.places[n]
        lines = lines_numbered((place.first_line, place.last_line), place.column)
        action = findings[0].finding.action if findings else ""
        classes = " ".join(filter(None, ["row", action, "home" if home else ""]))
        marks = self._differing(findings[0]) if findings else []
        signs = SIGNS.get(action, "") + ("=" if home else "")
        said = f'<span class="sign" aria-hidden="true">{signs}</span>'
        cards = "".join(self._card(one) for one in findings)
        return (
            f'<div class="{classes}" id="d{self.number}r{n}"><span class="number">{lines}</span>{said}'
            f'<p class="text" dir="auto" lang="">{marked(self.texts[n], marks)}</p>{cards}</div>\n'
        )

    def _differing(self, one: Shown) -> list[Span]:
        """Return where the paragraph of a finding says what its original does not."""
        if not one.originals or one.finding.kind == "exact":
            return []
        return differences(self.report.excerpt(one.finding.span), self.report.excerpt(one.finding.original.span))

    def _card(self, one: Shown) -> str:
        finding = one.finding
        block = f" data-block={finding.block}" if finding.block is not None else ""
        homes = " ".join(f"d{self.number}r{n}" for n in one.originals)
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
            f'<section class="finding {finding.action}" id="{one.name}" tabindex="-1" aria-label="Finding, {name}" '
            f'data-action="{finding.action}" data-kind="{finding.kind}" data-rule="{attribute(finding.rule)}" '
            f'data-score="{finding.containment:.4f}" data-homes="{homes}"{block}>'
            f'<p class="what"><b>{SIGNS[finding.action]} {finding.action}</b> '
            f"{finding.kind} · {inert(finding.rule)}</p>"
            f'<p class="reason">{inert(finding.reason)}</p>{scores}{self._original(one)}'
            f'<p class="choice">{choices}</p></section>'
        )

    def _original(self, one: Shown) -> str:
        original = one.finding.original
        where = f"= {lines_named(original.lines, original.column)}"
        if not one.originals:
            home = original.field or original.document or "another document"
            place = f"{where} of" if original.lines[0] else "="
            return f'<p class="elsewhere">{place} {inert(home)}</p>'
        return (
            f'<div class="original"><a href="#d{self.number}r{one.originals[0]}">{where}</a>'
            f'<blockquote dir="auto" lang="">{self._quoted(one.finding)}</blockquote></div>'
        )

    def _quoted(self, finding: Finding) -> str:
        """Return the original as markup: its beginning if it says the same; if it says more, that place in it."""
        text = self.report.excerpt(finding.original.span)
        if finding.kind == "exact":
            return inert(shortened(text, ENOUGH))
        marks = differences(text, self.report.excerpt(finding.span))
        if finding.kind != "contained":
            return marked(text, marks)
        first = marks[0].end if marks and marks[0].start < ENOUGH // 3 else 0
        last = marks[-1].start if marks and marks[-1].end > len(text) - ENOUGH // 3 else len(text)
        start, stop = max(0, first - ENOUGH // 3), min(len(text), max(first, last) + ENOUGH // 3)
        head, tail = "… " * (start > 0), " …" * (stop < len(text))
        before, same, behind = text[start:first], text[first:last], text[last:stop]
        return f"{head}<i>{inert(before)}</i>{inert(same)}<i>{inert(behind)}</i>{tail}"


def _counted(removes: int, flags: int) -> str:
    return f'<b class="remove">− {removes} to remove</b>, <b class="flag">? {flags} flagged</b>'


def _gap(rows: int) -> str:
    return f'<p class="gap">⋯ {rows:,} paragraphs without findings</p>\n'
