"""What the verbs share: taking sources through the deduper."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dedupe.cli.console import Console
from dedupe.cli.desk import Desk
from dedupe.cli.flags import Settings
from dedupe.cli.progress import progress
from dedupe.compression import Compression
from dedupe.deduper import Deduper
from dedupe.errors import InputError, MissingExtraError, OptionError
from dedupe.files import Source, unreadable
from dedupe.formats import FORMATS, Format, Record, agreed, format_of
from dedupe.model import Document, Report
from dedupe.walking import Passed, sources


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A source that is being worked on: what it is, and its status before it was read (None for a stream)."""

    source: Source
    format: Format
    compression: Compression | None
    status: os.stat_result | None


Item = tuple[Work, Record | None, list[Report]]
"""A record with its reports; after the last record of a source that was read to its end, None and no reports."""


class Run:
    """The sources of a command on their way through the deduper."""

    def __init__(self, paths: Sequence[str], settings: Settings, console: Console, desk: Desk | None = None) -> None:
        self.paths = paths
        self.options = settings.options
        self.reading = settings.reading
        self.running = settings.running
        self.walking = settings.walking
        self.named: set[str] = set()
        self.remembering = settings.remembering
        self.console = console
        self.desk = desk or Desk(self.running, console)
        self._waiting: deque[tuple[Work, Record | None]] = deque()

    def __iter__(self) -> Iterator[Item]:
        """Yield every record of every source with its reports, in order. Trouble is said at once."""
        ready: list[Report] = []
        for report in self._reports():
            yield from self._without_documents()
            work, record = self._waiting[0]
            assert record is not None
            ready.append(self.desk.decided(self._placed(report, record, len(ready))))
            if report.problem:
                self.console.complain(f"{report.document.id}: {report.problem}")
            if report.bounded:
                self.console.note(
                    f"{report.document.id}: so many paragraphs are alike that not every pair was looked at"
                )
            if len(ready) == len(record.documents):
                self._waiting.popleft()
                record, agreeing = agreed(record, ready)
                yield work, record, [self.desk.passed(one) for one in agreeing]
                ready = []
        yield from self._without_documents()
        self.desk.close()

    def documents(self) -> Iterator[Document]:
        """Yield every document, under the name it has in an index if there is one. Trouble is said at once."""
        for document in self._documents():
            self._waiting.clear()
            yield document

    def _reports(self) -> Iterator[Report]:
        if self.remembering.index:
            return self._remembered()
        if self.remembering.remember:
            raise OptionError("--remember needs --index: name the index to write to")
        if self.running.scope == "corpus":
            from dedupe import corpus  # 20 ms that only a set of documents costs

            return iter(corpus.check(self._documents(), self.options, jobs=self.running.jobs))
        return Deduper(self.options).check_many(self._documents(), jobs=self.running.jobs)

    def _remembered(self) -> Iterator[Report]:
        """Yield the reports of documents compared with the index, under the names they were given."""
        if self.running.scope == "corpus":
            raise OptionError("--scope corpus and --index exclude each other; add the documents to the index instead")
        from dedupe.cli.index import opened  # 30 ms that only an index costs

        remembering = self.remembering
        with opened(remembering, self.options, self.console, write=remembering.remember) as index:
            deduper = Deduper(self.options, index=index, index_optional=remembering.index_optional)
            remember = remembering.remember and index is not None
            yield from deduper.check_many(self._documents(), jobs=self.running.jobs, remember=remember)

    def _named(self, source: Source, record: Record) -> Iterable[Document]:
        """Return a record's documents, under their names in the index if there is one."""
        if not self.remembering.index:
            return record.documents
        from dedupe.cli.index import named  # loaded already

        return named(source, record)

    def _placed(self, report: Report, record: Record, number: int) -> Report:
        """Return the report of a record's document with its place, under the name that was given."""
        place = record.places[number]
        if not self.remembering.index:
            return replace(report, place=place)
        from dedupe.cli.index import as_given  # loaded already

        return as_given(report, record.documents[number], place)

    def _without_documents(self) -> Iterator[Item]:
        while self._waiting and (self._waiting[0][1] is None or not self._waiting[0][1].documents):
            work, record = self._waiting.popleft()
            yield work, record, []

    def _documents(self) -> Iterator[Document]:
        suffixes = [suffix for one in FORMATS.values() for suffix in one.suffixes]
        found = list(sources(self.paths, suffixes, self.walking))
        files = [one for one in found if isinstance(one, Source)]
        with progress(sum(file.size for file in files), len(files)) as advance:
            self.named = {file.identity for file in files}
            seen: set[str] = set()
            for source in found:
                if isinstance(source, InputError):
                    self.console.complain(str(source))
                elif isinstance(source, Passed):
                    self.console.note(source.sentence)
                elif source.identity in seen:
                    self.console.note(f"{source.name}: is named twice, and done once")
                    advance(source.size, 1)
                else:
                    seen.add(source.identity)
                    done = 0
                    for record in self._records(source):
                        yield from self._named(source, record)
                        if not source.compressed:
                            done += len(record.raw)
                            advance(len(record.raw), 0)
                    advance(source.size - done if source.size else 0, 1)

    def _records(self, source: Source) -> Iterator[Record]:
        """Yield a source's records while they wait for their reports, and then, if all of it could be read, None."""
        try:
            with source.open() as opened:
                form = format_of(source.name, self.reading.format)
                work = Work(source, form, opened.compression, opened.status)
                empty = True
                for record in form.read(opened.stream, source.name, self.reading):
                    empty = empty and not record.raw and not record.error
                    if record.error:
                        if self.running.on_error == "stop":
                            raise record.error
                        self.console.complain(str(record.error))
                    self._waiting.append((work, record))
                    yield record
                if empty:
                    self.console.note(f"{source.name}: is empty; there is nothing to do")
                self._waiting.append((work, None))
        except InputError as error:
            self.console.complain(str(error))
        except MissingExtraError as error:
            self.console.complain(f"{source.name}: {error}")
        except OSError as error:
            self.console.complain(str(unreadable(source.name, error)))
