"""What the verbs share: taking sources through the deduper."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from gzip import BadGzipFile

from dedupe import corpus
from dedupe.cli.console import Console
from dedupe.cli.flags import Settings
from dedupe.cli.progress import progress
from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.files import Source, sources, unreadable
from dedupe.formats import FORMATS, Format, Record, format_of
from dedupe.model import Document, Report

Item = tuple[Source, Record | None, list[Report]]
"""A record with its reports; after the last record of a source that was read to its end, None and no reports."""


class Run:
    """The sources of a command on their way through the deduper."""

    def __init__(self, paths: Sequence[str], settings: Settings, console: Console) -> None:
        self.paths = paths
        self.options = settings.options
        self.reading = settings.reading
        self.running = settings.running
        self.console = console
        self._waiting: deque[tuple[Source, Record | None]] = deque()

    def __iter__(self) -> Iterator[Item]:
        """Yield every record of every source with its reports, in order. Trouble is said at once."""
        ready: list[Report] = []
        for report in self._reports():
            yield from self._without_documents()
            source, record = self._waiting[0]
            assert record is not None
            ready.append(replace(report, place=record.places[len(ready)]))
            if report.problem:
                self.console.complain(f"{report.document.id}: {report.problem}")
            if report.bounded:
                self.console.note(
                    f"{report.document.id}: so many paragraphs are alike that not every pair was looked at"
                )
            if len(ready) == len(record.documents):
                self._waiting.popleft()
                yield source, record, ready
                ready = []
        yield from self._without_documents()

    def _reports(self) -> Iterator[Report]:
        if self.running.scope == "corpus":
            return iter(corpus.check(self._documents(), self.options, jobs=self.running.jobs))
        return Deduper(self.options).check_many(self._documents(), jobs=self.running.jobs)

    def _without_documents(self) -> Iterator[Item]:
        while self._waiting and (self._waiting[0][1] is None or not self._waiting[0][1].documents):
            source, record = self._waiting.popleft()
            yield source, record, []

    def _documents(self) -> Iterator[Document]:
        found = list(sources(self.paths, [suffix for one in FORMATS.values() for suffix in one.suffixes]))
        with progress(sum(source.size for source in found if isinstance(source, Source))) as advance:
            seen: set[str] = set()
            for source in found:
                if isinstance(source, InputError):
                    self.console.complain(str(source))
                    continue
                if source.identity in seen:
                    self.console.note(f"{source.name}: is named twice, and done once")
                    continue
                seen.add(source.identity)
                for record in self._records(source):
                    self._waiting.append((source, record))
                    if record is not None:
                        yield from record.documents
                        advance(len(record.raw))

    def _records(self, source: Source) -> Iterator[Record | None]:
        """Yield a source's records and, if all of it could be read, None."""
        done = 0
        try:
            with source.open() as stream:
                empty = True
                for record in self._format(source).read(stream, source.name, self.reading):
                    done += 1
                    empty = empty and not record.raw
                    if record.error:
                        if self.running.on_error == "stop":
                            raise record.error
                        self.console.complain(str(record.error))
                    yield record
                if empty:
                    self.console.note(f"{source.name}: is empty; there is nothing to do")
                yield None
        except InputError as error:
            self.console.complain(str(error))
        except (EOFError, zlib.error, BadGzipFile) as error:
            self.console.complain(f"{source.name}:{done + 1}: the compressed file is broken or cut short: {error}")
        except OSError as error:
            self.console.complain(str(unreadable(source.name, error)))

    def _format(self, source: Source) -> Format:
        return format_of(source.name, self.reading.format)
