"""What a document says that documents of an index said before: repeats, boilerplate, bodies known as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import pairwise

from dedupe.cleaning import cuts
from dedupe.judge.content import Content
from dedupe.judge.guard import guard
from dedupe.judgement import Policy
from dedupe.judgement.context import SHORT
from dedupe.judgement.rows import Row
from dedupe.model import Document, Finding, Kind, Original, Paragraph, Report, Span
from dedupe.options import Options
from dedupe.paragraphs import in_source, remaining, split
from dedupe.places import lines_named
from dedupe.sightings import Sighting
from dedupe.similarity import word_scores
from dedupe.store.protocol import MOST_PAGES, Entry, Place
from dedupe.store.sheets import host

RULES = {"across": "across-documents", "boilerplate": "boilerplate", "syndicated": "syndicated"}

LEAST_PAGES = 10
"""Pages a host must have before a share of them says anything."""

LEAST_ROWS = 3
"""Paragraphs of a body: fewer that stand elsewhere are repeats, each for itself."""

_ORDER: Mapping[str, int] = {"exact": 0, "contained": 1, "near": 2}


@dataclass(frozen=True, slots=True)
class Home:
    """A place in a document of the index where a paragraph stands, and how it compares. `said`: words that differ."""

    entry: Entry
    place: Place
    kind: Kind
    said: tuple[str, ...]
    jaccard: float
    text: str | None

    @property
    def order(self) -> tuple[int, str, str, int]:
        """Which of several is named: the likest, then the least by date and id, whatever order they came in."""
        return _ORDER[self.kind], self.entry.date, self.entry.id, self.place.first_line


@dataclass(frozen=True, slots=True)
class Known:
    """A paragraph of the document and its homes elsewhere, the best first."""

    row: Row
    place: Paragraph
    homes: tuple[Home, ...]
    locked: bool

    @property
    def pages(self) -> set[str]:
        """The documents that say it."""
        return {home.entry.id for home in self.homes}


class Elsewhere:
    """A document that was judged for itself, against what an index has of its paragraphs."""

    def __init__(
        self,
        report: Report,
        places: Sequence[Place],
        seen: Sequence[Sequence[Sighting]],
        pages: Mapping[str, int],
        options: Options,
        locked: Callable[[Sequence[str]], Collection[int]],
    ) -> None:
        self.report = report
        self.document = report.document
        self.options = options
        self.policy = Policy(options.level, options.keep, frozenset(options.ignore))
        self.pages = pages
        self.rows = {
            in_source(self.document, row).start: row
            for row in split(self.document.text)
            if self.document.text[row.start : row.stop].strip()
        }
        self.known = self._known(places, seen, locked)

    def _known(
        self,
        places: Sequence[Place],
        seen: Sequence[Sequence[Sighting]],
        locked: Callable[[Sequence[str]], Collection[int]],
    ) -> list[Known]:
        """Return every paragraph that stays, those that are known elsewhere with their homes."""
        paragraphs = [self.rows[place.start] for place in places]
        rows = [self._row(paragraph) for paragraph in paragraphs]
        kept = locked([row.text for row in rows])
        found = []
        for at, (place, paragraph, row) in enumerate(zip(places, paragraphs, rows, strict=True)):
            homes = [home for sighting in seen[place.row] for home in self._homes(row, sighting)]
            homes.sort(key=lambda home: home.order)
            found.append(Known(row, in_source(self.document, paragraph), tuple(homes), at in kept))
        return found

    def _row(self, paragraph: Paragraph) -> Row:
        return Row(self._text(paragraph).strip(), paragraph.number)

    def _homes(self, row: Row, sighting: Sighting) -> list[Home]:
        """Return the places of a sighting, if it says what the row says."""
        said: tuple[str, ...] = ()
        kind: Kind
        if sighting.text is None:
            allowed = self.policy.allowed(len(row.words))
            if sighting.missing > 3 * allowed + 2 * (not sighting.same):
                return []  # a word is in three shingles, and the ends may stand inside the other
            kind = "exact" if sighting.same else "near"
        else:
            found = guard(row, [Content(sighting.text.strip())], (), self.policy)
            if found.loss:
                return []
            kind, said = found.kind, found.differing
        return [
            Home(entry, place, kind, said, sighting.jaccard, sighting.text)
            for entry, place in sighting.sayers
            if place.stays
        ]

    def _text(self, row: Paragraph) -> str:
        return self.document.text[row.start : row.stop]

    def judged(self, unsettled: Callable[[Document], bool]) -> Report:
        """Return the report with what was found elsewhere; a document that would not settle stays whole, all flagged.

        `unsettled` says whether a document would be changed if it were judged again.
        """
        findings = self._findings(self.known, self.options.across)
        if not findings:
            return self.report
        going = self._going(findings)
        if going:
            report = self._cleaned(findings, going)
            left = [one for one in self.known if one.place.start not in going]
            again = any(one.action == "remove" for one, _ in self._findings(left, "remove"))
            if report is not None and not again and not unsettled(remaining(self.document, report.cuts)):
                return report
            flagged = [replace(one, action="flag") for one in self.report.findings]
            self.report = replace(self.report, findings=tuple(flagged), cuts=(), blocks=())
            findings = self._findings(self.known, "flag")
        return self._merged([one for one, _ in findings])

    def _merged(self, findings: Sequence[Finding]) -> Report:
        merged = tuple(sorted([*self.report.findings, *findings], key=lambda one: one.span))
        return replace(self.report, findings=merged)

    def _going(self, findings: Sequence[tuple[Finding, Sequence[Known]]]) -> dict[int, Home]:
        """Return where removed paragraphs begin, each with its home."""
        return {
            one.place.start: next(home for home in one.homes if home.entry.id == finding.original.document)
            for finding, gone in findings
            if finding.action == "remove"
            for one in gone
        }

    def _cleaned(self, findings: Sequence[tuple[Finding, Sequence[Known]]], going: Mapping[int, Home]) -> Report | None:
        """Return the report with these taken out; None if one of them is the original of what cannot be handed on."""
        handed = []
        for finding in self.report.findings:
            home = going.get(finding.original.span.start)
            inside = any(finding.original.span.start <= start < finding.original.span.end for start in going)
            if finding.action != "remove" or not inside:
                handed.append(finding)
                continue
            guest = self._row(self.rows[finding.span.start])
            if home is None or home.text is None:
                return None
            compared = guard(guest, [Content(home.text.strip())], (), self.policy)
            original = self.rows[finding.original.span.start]
            one_row = in_source(self.document, original).stop == finding.original.span.end
            if not one_row or compared.loss:
                return None
            handed.append(
                replace(
                    finding,
                    kind=compared.kind,
                    original=_original([home]),
                    changed_words=compared.differing,
                    reason=f"repeats {_lines(_original([home]))}, as its original here does",
                )
            )
        starts = {one.span.start for one in self.report.findings if one.action == "remove"} | set(going)
        numbers = {row.number for start, row in self.rows.items() if start in starts}
        made = tuple(cuts(self.document.text, split(self.document.text).bounds, numbers))
        merged = tuple(sorted([*handed, *(one for one, _ in findings)], key=lambda one: one.span))
        return replace(self.report, findings=merged, cuts=made)

    def _findings(self, known: Sequence[Known], across: str) -> list[tuple[Finding, Sequence[Known]]]:
        """Return the findings with the paragraphs each is about."""
        body = self._body(known)
        if body and across == "remove" and self._broken(body):
            body = []  # what goes for a copy in this document lies in between: then each goes for itself
        found: list[tuple[Finding, Sequence[Known]]] = []
        if body:
            finding = self._syndicated(known, body, across)
            if "syndicated" not in self.options.ignore:
                found.append((finding, [one for one, _ in body]))
        inside = {one.place.start for one, _ in body}
        for one in known:
            if one.homes and one.place.start not in inside:
                single = self._single(one, across)
                if single is not None:
                    found.append((single, [one]))
        return found

    def _broken(self, body: Sequence[tuple[Known, Home]]) -> bool:
        """Say whether a paragraph that goes for another one of this document lies within the body."""
        first, last = body[0][0].place.start, body[-1][0].place.start
        return any(one.action == "remove" and first < one.span.start < last for one in self.report.findings)

    def _body(self, known: Sequence[Known]) -> list[tuple[Known, Home]]:
        """Return the paragraphs that stand in one other document, if nearly all of the running text does.

        Headline, byline and credits are no part of the share: sites write their own.
        """
        total = sum(one.row.size for one in known if one.row.prose)
        covered: defaultdict[str, float] = defaultdict(float)
        dates: dict[str, str] = {}
        for one in known:
            for name in one.pages:
                covered[name] += one.row.size * one.row.prose
            dates.update((home.entry.id, home.entry.date) for home in one.homes)
        if not covered or not total:
            return []
        best = min(covered, key=lambda name: (-covered[name], dates[name], name))
        if covered[best] < self.options.syndicated * total:
            return []
        body = [(one, next(home for home in one.homes if home.entry.id == best)) for one in known if best in one.pages]
        return body if len(body) >= LEAST_ROWS else []

    def _syndicated(self, known: Sequence[Known], body: Sequence[tuple[Known, Home]], across: str) -> Finding:
        first, last = body[0][0].place, body[-1][0].place
        homes = [home for _, home in body]
        span = Span(first.start, last.stop)
        gone = {one.span.start for one in self.report.findings if one.action == "remove"}
        within = sum(span.start <= start < span.end for start in self.rows if start not in gone)
        lines = [home.place.first_line for home in homes]
        removable = (
            within == len(body)
            and all(one < other for one, other in pairwise(lines))
            and not any(one.locked for one, _ in body)
            and all(home.text is not None for home in homes)
        )
        original = _original(homes)
        total = sum(one.row.size for one in known if one.row.prose)
        share = sum(one.row.size for one, _ in body if one.row.prose) / total
        jaccard = sum(home.jaccard * one.row.size for one, home in body) / sum(one.row.size for one, _ in body)
        said = tuple(word for home in homes for word in home.said)
        action = "remove" if across == "remove" and removable else "flag"
        reason = f"{share:.0%} of the text stands in {_lines(original)}, first seen {original.first_seen}"
        return Finding(
            action,  # type: ignore[arg-type]  # one of the two above
            "syndicated",
            RULES["syndicated"],
            span,
            (first.first_line, last.last_line),
            original,
            jaccard,
            share,
            said,
            None,
            f"{reason}{_differs(said)}{_compared(homes[0])}",
            first.column,
        )

    def _single(self, one: Known, across: str) -> Finding | None:
        """Return the finding for a paragraph that stands elsewhere."""
        home = one.homes[0]
        count = self._boilerplate(one)
        if not count and one.row.size < SHORT:
            return None
        kind: Kind = "boilerplate" if count else home.kind
        if kind in self.options.ignore:
            return None
        original = _original([home], min(each.entry.added for each in one.homes), len(one.pages))
        if home.text is None:
            scores = (home.jaccard, 1.0 if home.kind == "exact" else home.jaccard)
        else:
            theirs = Content(home.text.strip())
            scores = word_scores(one.row.words, theirs.words)[0], guard(one.row, [theirs], (), self.policy).share
        removable = home.text is not None and not one.locked and one.row.size >= SHORT
        action = "remove" if across == "remove" and removable else "flag"
        reason = f"{count}, {_lines(original)} among them" if count else f"repeats {_lines(original)}"
        return Finding(
            action,  # type: ignore[arg-type]  # one of the two above
            kind,
            RULES["boilerplate" if count else "across"],
            Span(one.place.start, one.place.stop),
            (one.place.first_line, one.place.last_line),
            original,
            *scores,
            home.said,
            None,
            f"{reason}, first seen {original.first_seen}{_differs(home.said)}{_compared(home)}",
            one.place.column,
        )

    def _boilerplate(self, one: Known) -> str:
        """Return on how many pages a paragraph stands, as a sentence, if they are so many; else nothing."""
        pages = one.pages
        site = host(self.document.url)
        here = {home.entry.id for home in one.homes if home.entry.host == site} if site else set()
        of_host = self.pages.get(site, 0)
        more = " or more" if len(pages) >= MOST_PAGES else ""
        if of_host >= LEAST_PAGES and len(here) >= max(2, self.options.boilerplate_share * of_host):
            return f"stands on {len(here)}{more} of {of_host} pages of {site}"
        if len(pages) >= self.options.boilerplate_pages:
            return f"stands on {len(pages)}{more} other pages"
        return ""


def _original(homes: Sequence[Home], added: int | None = None, pages: int = 0) -> Original:
    """Return the place of the first to the last of these homes in their document."""
    entry = homes[0].entry
    start, end = min(home.place.start for home in homes), max(home.place.end for home in homes)
    lines = min(home.place.first_line for home in homes), max(home.place.last_line for home in homes)
    return Original(entry.id, Span(start, end), lines, day(entry.added if added is None else added), pages)


def day(seconds: int) -> str:
    """Return the day of a time in seconds since 1970, UTC, as ISO 8601 writes it."""
    return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()


def _lines(original: Original) -> str:
    return f"{lines_named(original.lines)} of {original.document}"


def _differs(said: Sequence[str]) -> str:
    return f" (differs: {', '.join(said)})" if said else ""


def _compared(home: Home) -> str:
    return "" if home.text is not None else "; the index keeps no texts, so words were not compared"
