"""The deduper's dealings with an index: comparing reports with it, writing documents to it, doing without it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from dedupe.elsewhere import Elsewhere
from dedupe.errors import InputError, OptionError
from dedupe.failures import failed, failure
from dedupe.model import Document, Report
from dedupe.options import Options
from dedupe.patterns import Patterns
from dedupe.sightings import sightings
from dedupe.store.header import Header
from dedupe.store.protocol import Place, Sheet, Store
from dedupe.store.sheets import host, sheet

BATCH = 512
"""Documents that are written at once: what a kill can cost."""

REST = 30.0
"""Seconds an index that failed is left alone, where one can do without it."""

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class Memory:
    """An index in use. `optional`: when it fails, say so once, go on without it, and try again later."""

    def __init__(
        self,
        store: Store,
        options: Options,
        patterns: Patterns,
        changes: Callable[[Document], bool],
        optional: bool = False,
    ) -> None:
        store.header.accept(options, store.where)
        self.store = store
        self.options = options
        self.optional = optional
        self._patterns = patterns
        self._changes = changes
        self._away_until = 0.0

    def add(self, documents: Iterable[Document]) -> None:
        """Write documents to the index, a batch at a time; raise `InputError` at the end for what could not be."""
        stream = iter(documents)
        problems: list[tuple[str, str]] = []
        while batch := list(islice(stream, BATCH)):
            _refuse_nameless(batch)
            written, left = sheet_of(batch, self.store.header)
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
        asked = sheet([report.document], self.store.header, added=int(time.time()), gone=[gone], once=False)
        judged = self._judged(report, asked, self.store.position() if before is None else before)
        if remember:
            moved = [replace(place, stays=not _cut(judged, place.start)) for place in asked.entries[0].places]
            # Each paragraph once, as one that stays if any does.
            first: dict[int, Place] = {}
            for place in sorted(moved, key=lambda place: not place.stays):
                first.setdefault(int(asked.keys[place.row, 0]), place)
            places = tuple(sorted(first.values(), key=lambda place: place.row))
            self.store.add(replace(asked, entries=[replace(asked.entries[0], places=places)]))
        return judged

    def _judged(self, report: Report, asked: Sheet, before: int) -> Report:
        seen = sightings(self.store, asked, self.options.jaccard, before)
        if not any(seen):
            return report
        site = host(report.document.url)
        pages = self.store.pages([site]) if site else {}
        places = asked.entries[0].places
        elsewhere = Elsewhere(report, places, seen, pages, self.options, self._patterns.keeping)
        return elsewhere.judged(self._changes)

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


def sheet_of(documents: Sequence[Document], header: Header) -> tuple[Sheet, dict[int, str]]:
    """Return the sheet of documents to be written, and what is wrong with those left out of it, by their numbers."""
    added = int(time.time())
    try:
        return sheet(documents, header, added=added), {}
    except Exception:
        sound, problems = [], {}
        for number, document in enumerate(documents):
            try:
                sheet([document], header, added=added)
            except Exception as error:
                problems[number] = failure(error)
            else:
                sound.append(document)
    return sheet(sound, header, added=added), problems


def _cut(report: Report, start: int) -> bool:
    """Say whether a finding from elsewhere takes out what begins at this place of the source."""
    return any(one.action == "remove" and one.span.start <= start < one.span.end for one in report.findings)


def _refuse_nameless(documents: Sequence[Document]) -> None:
    if not all(document.id for document in documents):
        raise OptionError("a document needs an id to be remembered: give (id, text) pairs or Document(text, id=...)")
