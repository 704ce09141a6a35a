"""What the verbs share: taking sources through the deduper."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dedupe._failures import failed, kind_of, unexpected
from dedupe._tally import ErrorLog
from dedupe.cli.console import Console
from dedupe.cli.flags import Settings
from dedupe.cli.progress import progress
from dedupe.cli.review_session import ReviewSession, changed
from dedupe.cli.unused_options import given
from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, InputError, MissingExtraError, OptionError, UnknownFormatError
from dedupe.io.compression import Compression
from dedupe.io.files import Source, unreadable
from dedupe.io.formats import Chunk, Format, JudgedChunk, Record, endings_taken, format_by_ending, format_of, reconcile
from dedupe.io.walking import Passed, sources
from dedupe.model import Document, Report
from dedupe.pipeline import judged
from dedupe.reporters.style import problem_of, report_named


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A source that is being worked on: what it is, and its status before it was read (None for a stream)."""

    source: Source
    format: Format
    compression: Compression | None
    status: os.stat_result | None


RunEntry = tuple[Work, Chunk]
"""A stretch on its way through the deduper; after the last of a source that was read to its end, `END`."""

END = Record(b"")

RunItem = tuple[Work, Chunk | None, Sequence[Report]]
"""A stretch with its reports; after the last one of a source that was read to its end, None and no reports."""


TOLD = 3
"""Files of a kind that are named when they are refused; the others are counted."""
BOUNDED = "so many paragraphs are alike that not every pair was looked at"


class CommandRun:
    """The sources of a command on their way through the deduper.

    `every`: whether the command has a use for reports that say nothing; `reasons`: for more of reports than the cuts;
    `writes`: whether it writes what is cleaned.
    """

    def __init__(
        self,
        paths: Sequence[str],
        settings: Settings,
        console: Console,
        desk: ReviewSession | None = None,
        *,
        every: bool = True,
        reasons: bool = True,
        writes: bool = False,
    ) -> None:
        self.paths = paths
        self.options = settings.options
        self.read_options = settings.read_options
        self.run_options = settings.run_options
        self.walk_options = settings.walk_options
        self.named: set[str] = set()
        self.index_options = settings.index_options
        self.console = console
        self.desk = desk or ReviewSession(self.run_options, console, changed(settings.settings))
        # Where nobody looks at what says nothing, what is read where it is judged need not be read here.
        self._reads = (
            every or self.desk.sees_all or bool(self.index_options.index) or self.run_options.scope == "corpus"
        )
        self._reasons = reasons or self.desk.sees_findings
        self._writes = writes
        self._given_up: Work | None = None
        self._refused: Counter[str] = Counter()
        self._errors = ErrorLog(console.complain, console.warn)
        self._of_fields = [
            f"--{name.replace('_', '-')}" for name in given(settings.settings, "field_format", "clean_field")
        ]
        self._read: dict[bool, Work] = {}  # the first source of a format with fields, and of one without

    def __iter__(self) -> Iterator[RunItem]:
        """Yield every stretch of every source with its reports, in order. An error is printed when its turn comes."""
        try:
            yield from self._items()
        except (DedupeError, BrokenPipeError):
            raise
        except Exception as error:  # not about one record, so the others cannot be done either
            raise DedupeError(f"the program failed ({kind_of(error)}); please report it as a bug") from error

    def _items(self) -> Iterator[RunItem]:
        for work, stretch, reports in self._judged():
            if work is self._given_up:
                continue
            self._tell(work, stretch)
            if stretch is END:
                yield work, None, ()
                continue
            if work is not self._given_up:
                stretch, reports = self._decided(work, stretch, reports)
            if work is not self._given_up:
                yield work, stretch, reports
        self._errors.end()
        self._tell_idle()
        self.desk.close()

    def documents(self) -> Iterator[tuple[Document, Mapping[str, Any]]]:
        """Yield every document, under its name in an index if there is one, and its place. Errors go out at once."""
        for work, record in self._records():
            self._tell(work, record)
            yield from zip(self._named(work, record), record.places, strict=True)
        self._errors.end()
        self._tell_idle()

    def _decided(self, work: Work, stretch: Chunk, reports: Sequence[Report]) -> JudgedChunk:
        """Return a stretch with its reports as they can be carried out; what is odd about them is said."""
        if not reports:
            return stretch, reports
        try:
            stretch, decided = reconcile(stretch, [self.desk.decided(report) for report in reports], self._writes)
        except Exception as error:
            decided = [replace(failed(report.document, error), place=report.place) for report in reports]
        for report in decided:
            if report.problem:
                self._trouble(work, problem_of(report))
            if report.bounded:
                self._errors.tell(InputError(report_named(report), BOUNDED), warning=True)
        return stretch, [self.desk.passed(report) for report in decided]

    def _judged(self) -> Iterator[tuple[Work, Chunk, Sequence[Report]]]:
        run_options = self.run_options
        if self.index_options.index:
            return self._remembered()
        if self.index_options.remember:
            raise OptionError("--remember needs an index to write to; name it with --index PLACE")
        if run_options.scope == "corpus":
            from dedupe import corpus  # 20 ms that only a set of documents costs

            return self._compared(lambda documents: iter(corpus.check(documents, self.options, jobs=run_options.jobs)))
        return judged(self._stretches(), self.options, run_options.jobs, self._reasons)

    def _remembered(self) -> Iterator[tuple[Work, Chunk, Sequence[Report]]]:
        """Yield what was compared with the index, under the names that were given."""
        if self.run_options.scope == "corpus":
            raise OptionError("--scope corpus and --index exclude each other; add the documents to the index instead")
        from dedupe.cli.index import opened  # 30 ms that only an index costs

        index_options = self.index_options
        with opened(index_options, self.options, self.console, write=index_options.remember) as index:
            deduper = Deduper(self.options, index=index, index_optional=index_options.index_optional)
            remember = index_options.remember and index is not None
            jobs = self.run_options.jobs
            yield from self._compared(lambda documents: deduper.check_many(documents, jobs=jobs, remember=remember))

    def _compared(
        self, check: Callable[[Iterator[Document]], Iterator[Report]]
    ) -> Iterator[tuple[Work, Chunk, Sequence[Report]]]:
        """Yield every record with its reports, where they depend on other documents and all are read here."""
        waiting: deque[tuple[Work, Record]] = deque()

        def documents() -> Iterator[Document]:
            for work, record in self._records():
                waiting.append((work, record))
                yield from self._named(work, record)

        ready: list[Report] = []

        def complete() -> Iterator[tuple[Work, Chunk, Sequence[Report]]]:
            while waiting and len(ready) == len(waiting[0][1].documents):
                work, record = waiting.popleft()
                yield work, record, record.reports(ready)
                ready.clear()

        for report in check(documents()):
            yield from complete()  # what has no documents
            ready.append(self._placed(report, waiting[0][1], len(ready)))
            yield from complete()
        yield from complete()

    def _records(self) -> Iterator[tuple[Work, Record]]:
        return ((work, record) for work, stretch in self._stretches() for record in stretch.records())

    def _named(self, work: Work, record: Record) -> Iterable[Document]:
        """Return a record's documents, under their names in the index if there is one."""
        if not self.index_options.index:
            return record.documents
        from dedupe.cli.index import named  # loaded already

        return named(work.source, record)

    def _placed(self, report: Report, record: Record, number: int) -> Report:
        """Return the report of a record's document with its place, under the name that was given."""
        place = record.places[number]
        if not self.index_options.index:
            return replace(report, place=place)
        from dedupe.cli.index import as_given  # loaded already

        return as_given(report, record.documents[number], place)

    def _tell(self, work: Work, stretch: Chunk) -> None:
        """Say what is wrong with a record."""
        self._errors.of(work.source.name)
        self._read.setdefault(work.format.columns, work)
        if stretch is END:
            self._errors.end()
        elif isinstance(stretch, Record) and stretch.error is not None:
            self._trouble(work, stretch.error)
        elif isinstance(stretch, Record) and stretch.absent:
            self._errors.absent()

    def _tell_idle(self) -> None:
        """Say that flags about fields did nothing, since no source has any."""
        if self._of_fields and set(self._read) == {False}:
            work, flag = self._read[False], self._of_fields[0].replace("_", "-")
            why = f"is {work.format.name}, which has no fields, so --{flag} has no effect; leave it out"
            self.console.note(f"{work.source.name}: {why}")

    def _trouble(self, work: Work, error: InputError) -> None:
        """Tell an error, and give its source up if errors are to stop that."""
        self._errors.tell(error)
        if self.run_options.on_error == "stop":
            self._given_up = work

    def _stretches(self) -> Iterator[RunEntry]:
        found = list(sources(self.paths, endings_taken(), self.walk_options))
        files = [one for one in found if isinstance(one, Source)]
        with progress(sum(file.size for file in files), len(files)) as advance:
            self.named = {file.identity for file in files}
            seen: set[str] = set()
            for source in found:
                if isinstance(source, InputError):
                    self.console.complain(str(source))
                elif isinstance(source, Passed):
                    self.console.warn(source.sentence)
                elif source.identity in seen:
                    self.console.warn(f"{source.name}: is named twice; it is read once")
                    advance(source.size, 1)
                else:
                    seen.add(source.identity)
                    done = 0
                    counting = not source.compressed
                    for entry in self._of(source):
                        yield entry
                        if counting:
                            done += len(entry[1].raw)
                            advance(len(entry[1].raw), 0)
                    advance(source.size - done if source.size else 0, 1)
            for kind, count in self._refused.items():
                if count > TOLD:
                    self.console.warn(f"{count - TOLD:,} more files {kind} are refused likewise")

    def _refuse(self, source: Source, error: UnknownFormatError) -> None:
        """Say that the format of a file is not known; of many files of a kind in the folders that are walked, a few."""
        if source.name not in self.paths:
            self._refused[error.kind] += 1
            if self._refused[error.kind] > TOLD:
                return
        self.console.complain(str(error))

    def _of(self, source: Source) -> Iterator[RunEntry]:
        """Yield a source's stretches and then, if all of it could be read, `END`."""
        form = None
        try:
            with source.open() as opened:
                form, stream = format_of(source.name, opened.stream, self.read_options)
                work = Work(source, form, opened.compression, opened.status)
                empty = True
                stretches = form.read(stream, source.name, self.read_options)
                if self._reads:
                    stretches = (record for stretch in stretches for record in stretch.records())
                for stretch in stretches:
                    if (
                        isinstance(stretch, Record)
                        and stretch.error is not None
                        and self.run_options.on_error == "stop"
                    ):
                        yield work, Record(stretch.raw, error=stretch.error)
                        return
                    known = isinstance(stretch, Record) and bool(stretch.error or stretch.absent)
                    empty = empty and not stretch.raw and not known
                    yield work, stretch
                    if work is self._given_up:
                        return
                if empty:
                    self.console.warn(f"{source.name}: is empty; there is nothing to do")
                yield work, END
        except UnknownFormatError as error:
            self._refuse(source, error)
        except InputError as error:
            self.console.complain(str(error))
        except MissingExtraError as error:
            told = form is not None and not self.read_options.format and form is not format_by_ending(source.name)
            way = "; or read it as plain text all the same with --format text" if told else ""
            self.console.complain(str(InputError(source.name, f"{error}{way}")))
        except OSError as error:
            self.console.complain(str(unreadable(source.name, error)))
        except DedupeError:
            raise
        except Exception as error:
            self.console.complain(str(unexpected(source.name, error)))
