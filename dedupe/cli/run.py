"""Read the sources of a command and judge them: what check, clean, review and tune share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dedupe._concurrency import keep_freed_memory
from dedupe._failures import failed, kind_of
from dedupe._tally import ErrorLog
from dedupe.cli.config import flag_name
from dedupe.cli.console import Console
from dedupe.cli.flags import Settings, flags_given
from dedupe.cli.reading import END, SourceReader, Work
from dedupe.cli.review_session import ReviewSession, changed_flags
from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, InputError, OptionError
from dedupe.io.formats import Chunk, JudgedChunk, Record, reconcile
from dedupe.model import Document, Report
from dedupe.pipeline import judged
from dedupe.reporters.style import problem_of, report_named

RunItem = tuple[Work, Chunk | None, Sequence[Report]]
"""A chunk with its reports; (work, None, ()) follows the last one of a source that was read to its end."""


NOT_EVERY_PAIR = "so many paragraphs are alike that not every pair was looked at"


class CommandRun:
    """Iterate over the chunks of all sources of a command with their reports; errors are printed in order.

    `needs_all`: whether the command uses reports without findings; `needs_reasons`: whether it uses more of a report
    than its cuts; `writes`: whether it writes cleaned records.
    """

    def __init__(
        self,
        paths: Sequence[str],
        settings: Settings,
        console: Console,
        session: ReviewSession | None = None,
        *,
        needs_all: bool = True,
        needs_reasons: bool = True,
        writes: bool = False,
    ) -> None:
        keep_freed_memory()
        self.options = settings.options
        self.run_options = settings.run_options
        self.index_options = settings.index_options
        self.console = console
        self.session = session or ReviewSession(self.run_options, console, changed_flags(settings.settings))
        # Skip parsing here when empty reports are unused: the workers parse chunks where they judge them.
        self._parses_all = (
            needs_all or self.session.sees_all or bool(self.index_options.index) or self.run_options.scope == "corpus"
        )
        self._reasons = needs_reasons or self.session.sees_findings
        self._writes = writes
        self.reader = SourceReader(paths, settings, console)
        self._errors = ErrorLog(console.complain, console.warn)
        self._field_flags = flags_given(settings.settings, "field_format", "clean_field")
        self._first_works: dict[bool, Work] = {}  # the first source of a format with fields, and of one without

    def __iter__(self) -> Iterator[RunItem]:
        """Yield every chunk of every source with its reports, in order; errors are printed in the same order."""
        try:
            yield from self._items()
        except (DedupeError, BrokenPipeError):
            raise
        except Exception as error:  # not about one record, so the others cannot be done either
            raise DedupeError(f"the program failed ({kind_of(error)}); please report it as a bug") from error

    def _items(self) -> Iterator[RunItem]:
        """Yield judged chunks with decisions applied; a source given up at an error has no more."""
        for work, chunk, reports in self._judged():
            if work is self.reader.abandoned:
                continue
            self._log_chunk(work, chunk)
            if chunk is END:
                yield work, None, ()
                continue
            if work is not self.reader.abandoned:
                chunk, reports = self._with_decisions(work, chunk, reports)
            if work is not self.reader.abandoned:
                yield work, chunk, reports
        self._errors.close()
        self._note_idle_flags()
        self.session.close()

    def documents(self) -> Iterator[tuple[Document, Mapping[str, Any]]]:
        """Yield every document, under its name in the index if there is one, with its place; print errors at once."""
        for work, record in self._records():
            self._log_chunk(work, record)
            yield from zip(self._index_documents(work, record), record.places, strict=True)
        self._errors.close()
        self._note_idle_flags()

    def _with_decisions(self, work: Work, chunk: Chunk, reports: Sequence[Report]) -> JudgedChunk:
        """Return a chunk with its reports after decisions and reconciling; print their problems."""
        if not reports:
            return chunk, reports
        try:
            chunk, decided = reconcile(chunk, [self.session.decided(report) for report in reports], self._writes)
        except Exception as error:
            decided = [replace(failed(report.document, error), place=report.place) for report in reports]
        for report in decided:
            if report.problem:
                self._log_error(work, problem_of(report))
            if report.bounded:
                self._errors.tell(InputError(report_named(report), NOT_EVERY_PAIR), warning=True)
        return chunk, [self.session.without_known(report) for report in decided]

    def _judged(self) -> Iterator[tuple[Work, Chunk, Sequence[Report]]]:
        """Return the chunks with their reports, judged alone, as a set or with the index."""
        run_options = self.run_options
        if self.index_options.index:
            return self._judged_with_index()
        if self.index_options.remember:
            raise OptionError("--remember needs an index to write to; name it with --index PLACE")
        if run_options.scope == "corpus":
            from dedupe import corpus  # 20 ms that only a set of documents costs

            return self._judged_in_order(
                lambda documents: iter(corpus.check(documents, self.options, jobs=run_options.jobs))
            )
        return judged(self.reader.chunks(self._parses_all), self.options, run_options.jobs, self._reasons)

    def _judged_with_index(self) -> Iterator[tuple[Work, Chunk, Sequence[Report]]]:
        """Yield records with their reports from the comparison with the index, under the given names."""
        if self.run_options.scope == "corpus":
            raise OptionError("--scope corpus and --index exclude each other; add the documents to the index instead")
        from dedupe.cli.opened_indexes import opened  # 30 ms that only an index costs

        index_options = self.index_options
        with opened(index_options, self.options, self.console, write=index_options.remember) as indexes:
            deduper = Deduper(self.options, index=indexes or None, index_optional=index_options.index_optional)
            remember = index_options.remember and bool(indexes)
            jobs = self.run_options.jobs
            yield from self._judged_in_order(
                lambda documents: deduper.check_many(documents, jobs=jobs, remember=remember)
            )

    def _judged_in_order(
        self, check: Callable[[Iterator[Document]], Iterator[Report]]
    ) -> Iterator[tuple[Work, Chunk, Sequence[Report]]]:
        """Yield every record with its reports, where `check` judges one stream of all documents."""
        waiting: deque[tuple[Work, Record]] = deque()

        def documents() -> Iterator[Document]:
            for work, record in self._records():
                waiting.append((work, record))
                yield from self._index_documents(work, record)

        reports: list[Report] = []

        def completed() -> Iterator[tuple[Work, Chunk, Sequence[Report]]]:
            while waiting and len(reports) == len(waiting[0][1].documents):
                work, record = waiting.popleft()
                yield work, record, record.reports(reports)
                reports.clear()

        for report in check(documents()):
            yield from completed()  # what has no documents
            reports.append(self._with_place(report, waiting[0][1], len(reports)))
            yield from completed()
        yield from completed()

    def _records(self) -> Iterator[tuple[Work, Record]]:
        """Yield every parsed record with its source."""
        return ((work, record) for work, chunk in self.reader.chunks(self._parses_all) for record in chunk.records())

    def _index_documents(self, work: Work, record: Record) -> Iterable[Document]:
        """Return the documents of a record, under their names in the index if there is one."""
        if not self.index_options.index:
            return record.documents
        from dedupe.cli.index import index_documents  # loaded already

        return index_documents(work.source, record)

    def _with_place(self, report: Report, record: Record, number: int) -> Report:
        """Return the report of a record's document with its place, under the given name."""
        place = record.places[number]
        if not self.index_options.index:
            return replace(report, place=place)
        from dedupe.cli.index import under_given_name  # loaded already

        return under_given_name(report, record.documents[number], place)

    def _log_chunk(self, work: Work, chunk: Chunk) -> None:
        """Print the error of a record, and count records without text."""
        self._errors.of(work.source.name)
        self._first_works.setdefault(work.format.columns, work)
        if chunk is END:
            self._errors.end()
        elif isinstance(chunk, Record):
            self._errors.missing(chunk.missing)
            if chunk.error is not None:
                self._log_error(work, chunk.error)
            elif chunk.absent:
                self._errors.absent()

    def _note_idle_flags(self) -> None:
        """Print that flags about fields had no effect if no source has fields."""
        if self._field_flags and set(self._first_works) == {False}:
            work, flag = self._first_works[False], flag_name(self._field_flags[0])
            why = f"is {work.format.name}, which has no fields, so {flag} has no effect; leave it out"
            self.console.note(f"{work.source.name}: {why}")

    def _log_error(self, work: Work, error: InputError) -> None:
        """Print an error; abandon its source with `--on-error stop`."""
        self._errors.tell(error)
        if self.run_options.on_error == "stop":
            self.reader.abandoned = work
