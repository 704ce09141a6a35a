"""The deduper's dealings with an index: comparing reports with it, writing documents to it, doing without it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import islice
from typing import TypeVar

from dedupe._failures import failed, failure
from dedupe._places import host
from dedupe.across.boilerplate import boilerplate
from dedupe.across.case import AcrossPolicy, Case, CrossCandidate, LocalResult, Whole
from dedupe.across.documents import decide
from dedupe.across.pair import EQUAL, Comparison, judge_pair, paragraph
from dedupe.across.whole import best_covering, extent
from dedupe.errors import InputError, OptionError
from dedupe.index.batch import index_batch
from dedupe.index.lookup import IndexHit, look_up
from dedupe.index.protocol import MOST_PAGES, IndexBatch, Occurrence, Store, StoredDocument
from dedupe.index.spec import IndexSpec
from dedupe.judge.content import SHORT, STAYING, ParagraphText
from dedupe.judge.kinds import kind_of
from dedupe.model import Document, Original, Paragraph, Report, Span
from dedupe.options import Options
from dedupe.text.bounds import reading_problem

BATCH = 512
"""Documents that are written at once: what a kill can cost."""

REST = 30.0
"""Seconds an index that failed is left alone, where one can do without it."""

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class IndexSession:
    """An index in use. `optional`: when it fails, say so once, go on without it, and try again later."""

    def __init__(
        self,
        store: Store,
        options: Options,
        changes: Callable[[Sequence[Document]], Sequence[bool]],
        optional: bool = False,
    ) -> None:
        store.spec.accept(options, store.where)
        self.store = store
        self.options = options
        self.optional = optional
        self._judging = AcrossPolicy.of(options, changes)
        self._away_until = 0.0

    def add(self, documents: Iterable[Document]) -> None:
        """Write documents to the index, a batch at a time; raise `InputError` at the end for what could not be."""
        stream = iter(documents)
        problems: list[tuple[str, str]] = []
        while batch := list(islice(stream, BATCH)):
            _refuse_nameless(batch)
            written, left = batch_of(batch, self.store.spec)
            problems += [(batch[number].id, problem) for number, problem in left.items()]
            self._attempt(lambda written=written: self.store.add(written), None)  # type: ignore[misc]  # bound at once
        if problems:
            more = f"; {len(problems) - 1} more likewise" if len(problems) > 1 else ""
            raise InputError(problems[0][0], f"{problems[0][1]}{more}; all others are in the index")

    def compared(self, reports: Iterable[Report], remember: bool) -> Iterator[Report]:
        """Yield the reports with what the index knows, each written to the index if it is to be remembered.

        What could not be judged is neither compared nor remembered.
        """
        before = None if remember else self._attempt(self.store.position, 0)
        for report in reports:
            if remember:
                _refuse_nameless([report.document])
            yield self._attempt(lambda report=report: self._compared(report, remember, before), report)  # type: ignore[misc]  # bound at once

    def _compared(self, report: Report, remember: bool, before: int | None) -> Report:
        """Return a report with what the index knows; that of a document on which this fails has a problem instead.

        Such a document is not remembered.
        """
        if report.failed:
            return report
        try:
            return self._known(report, remember, before)
        except Exception as error:
            return failed(report.document, error)

    def _known(self, report: Report, remember: bool, before: int | None) -> Report:
        gone = {finding.span.start for finding in report.findings if finding.action == "remove"}
        asked = index_batch([report.document], self.store.spec, added=int(time.time()), gone=[gone], once=False)
        judged = self._judged(report, asked, self.store.position() if before is None else before)
        if judged.failed:
            return judged
        if remember:
            moved = [replace(place, stays=not _cut(judged, place.start)) for place in asked.entries[0].places]
            # Each paragraph once, as one that stays if any does.
            first: dict[int, Occurrence] = {}
            for place in sorted(moved, key=lambda place: not place.stays):
                first.setdefault(int(asked.keys[place.row, 0]), place)
            places = tuple(sorted(first.values(), key=lambda place: place.row))
            self.store.add(replace(asked, entries=[replace(asked.entries[0], places=places)]))
        return judged

    def _judged(self, report: Report, asked: IndexBatch, before: int) -> Report:
        seen = look_up(self.store, asked, self.options.jaccard, before)
        if not any(seen):
            return report
        site = host(report.document.url)
        pages = self.store.pages([site]) if site else {}
        case = _Asked(report, asked.entries[0].places, seen, self._judging).case(site, pages, self.options)
        (decision,) = decide([case], self._judging)
        if decision.problem:
            return Report(report.document, problem=decision.problem)
        return replace(report, findings=decision.findings, cuts=decision.cuts)

    def _attempt(self, action: Callable[[], Result], otherwise: Result) -> Result:
        """Return what an action on the index gives; where one can do without, something else when the index fails."""
        if self.optional and time.monotonic() < self._away_until:
            return otherwise
        try:
            return action()
        except InputError as error:
            if not self.optional:
                raise
            log.warning("%s; going on without the index", error)
            self._away_until = time.monotonic() + REST
            return otherwise


def batch_of(documents: Sequence[Document], spec: IndexSpec) -> tuple[IndexBatch, dict[int, str]]:
    """Return the sheet of documents to be written, and what is wrong with those left out of it, by their numbers."""
    added = int(time.time())
    problems = {number: why for number, one in enumerate(documents) if (why := reading_problem(one.text))}
    try:
        return index_batch(_others(documents, problems), spec, added=added), problems
    except Exception:
        for number, document in enumerate(documents):
            try:
                index_batch([document] if number not in problems else [], spec, added=added)
            except Exception as error:
                problems[number] = failure(error)
    return index_batch(_others(documents, problems), spec, added=added), dict(sorted(problems.items()))


def _others(documents: Sequence[Document], left_out: Collection[int]) -> list[Document]:
    """Return documents without those of these numbers."""
    return [document for number, document in enumerate(documents) if number not in left_out]


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """A paragraph of the index that stays where it is, like one of the document: its place, and how they compare."""

    entry: StoredDocument
    place: Occurrence
    text: str | None
    same: bool
    found: Comparison

    @property
    def order(self) -> tuple[bool, bool, str, str, int]:
        """Which of several is the original: one of the same words, one that loses nothing, the least by date and id."""
        return not self.same, bool(self.found.loss), self.entry.date, self.entry.id, self.place.first_line

    @property
    def original(self) -> Original:
        """Its place."""
        place = self.place
        lines = (place.first_line, place.last_line)
        return Original(self.entry.id, Span(place.start, place.end), lines, day(self.entry.added))


class _Asked:
    """A document that was judged for itself, and where its paragraphs occur in an index."""

    def __init__(
        self, report: Report, places: Sequence[Occurrence], seen: Sequence[Sequence[IndexHit]], judging: AcrossPolicy
    ) -> None:
        self.base = Case(report.document, LocalResult(report.cuts, report.findings), ())
        self.judging = judging
        self.occurrences: dict[int, list[_Occurrence]] = {}
        self.pages: dict[int, dict[str, str]] = {}
        for place in places:
            row = self.base.paragraphs[place.start][1]
            found = [one for sighting in seen[place.row] for one in self._occurrences(row, sighting)]
            if found and row.role not in STAYING:
                self.occurrences[place.start] = sorted(found, key=lambda one: one.order)
                same = (entry for one in seen[place.row] if one.same for entry, _ in one.occurrences)
                self.pages[place.start] = {entry.id: entry.host for entry in same}
        self.large = sum(self.base.paragraphs[place.start][1].size >= SHORT for place in places)

    def _occurrences(self, row: ParagraphText, sighting: IndexHit) -> list[_Occurrence]:
        """Return the places of a sighting, if something is said of it."""
        found: Comparison | None
        if sighting.text is None:
            found = self._by_shingles(row, sighting)
        elif sighting.same and row.size < SHORT:
            other = paragraph(sighting.text)
            found = EQUAL if row.equals(other) else None
        else:
            found = judge_pair(row, paragraph(sighting.text), self.judging.policy, self.judging.jaccard)
        if found is None:
            return []
        return [
            _Occurrence(entry, place, sighting.text, sighting.same, found)
            for entry, place in sighting.occurrences
            if place.stays
        ]

    def _by_shingles(self, row: ParagraphText, sighting: IndexHit) -> Comparison | None:
        """Return how a paragraph compares with one that is kept without its text, as far as shingles tell."""
        if sighting.same:
            return EQUAL
        if row.size < SHORT:
            return None
        # A word is in three shingles, and the ends may stand inside the other.
        few = sighting.missing <= 3 * self.judging.policy.allowed(len(row.words)) + 2
        return Comparison(kind_of(equal=False, loses=not few, differs=True), sighting.jaccard, sighting.jaccard)

    def case(self, site: str, pages: Mapping[str, int], options: Options) -> Case:
        """Return what is to be judged."""
        candidates = []
        for start, occurrences in self.occurrences.items():
            there, row = self.base.paragraphs[start]
            same = self.pages[start]
            here = sum(one == site for one in same.values())
            said = boilerplate(site, len(same), here, pages.get(site, 0), options, MOST_PAGES)
            if row.size >= SHORT or said:
                candidates.append(self._candidate(there, row, occurrences, said))
        named = [
            (self.occurrences[one.span.start][0].entry.date, one.original.document)
            for one in candidates
            if paragraph(one.text).size >= SHORT
        ]
        best = best_covering((((date, name), name) for date, name in named), self.large)
        return replace(self.base, candidates=candidates, whole=None if best is None else self._whole(best))

    def _candidate(
        self, there: Paragraph, row: ParagraphText, occurrences: Sequence[_Occurrence], said: str
    ) -> CrossCandidate:
        first = occurrences[0]
        added = min(one.entry.added for one in occurrences)
        count = len({one.entry.id for one in occurrences})
        original = replace(first.original, first_seen=day(added), pages=count)
        span, lines = Span(there.start, there.stop), (there.first_line, there.last_line)
        return CrossCandidate(
            span, lines, row.text, original, first.text, said, first.found, row.role, column=there.column
        )

    def _whole(self, name: str) -> Whole:
        """Return what the index has of a document, as far as paragraphs of the asked one stand in it."""
        mine = {
            start: found
            for start, occurrences in self.occurrences.items()
            if (found := next((one for one in occurrences if one.entry.id == name), None)) is not None
        }
        originals = [one.original for one in mine.values()]
        bare = frozenset(start for start, one in mine.items() if one.text is None and one.same)
        return Whole(extent(originals), [one.text for one in mine.values() if one.text is not None], bare)


def day(seconds: int) -> str:
    """Return the day of a time in seconds since 1970, UTC, as ISO 8601 writes it."""
    return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()


def _cut(report: Report, start: int) -> bool:
    """Say whether a finding from elsewhere takes out what begins at this place of the source."""
    return any(one.action == "remove" and one.span.start <= start < one.span.end for one in report.findings)


def _refuse_nameless(documents: Sequence[Document]) -> None:
    if not all(document.id for document in documents):
        raise OptionError("a document needs an id to be remembered: give (id, text) pairs or Document(text, id=...)")
