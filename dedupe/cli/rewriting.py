"""Write cleaned files in place or to OUT."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

from dedupe._atomic import clear
from dedupe.cli.option_classes import UndoOptions
from dedupe.cli.reading import Work
from dedupe.cli.removed_log import RemovedLog
from dedupe.cli.run import CommandRun, RunItem
from dedupe.errors import InputError
from dedupe.io.compression import compression_of
from dedupe.io.files import STDIN
from dedupe.io.formats.record import JudgedChunk, joined
from dedupe.io.replacing import Replacement
from dedupe.io.undo import Recording
from dedupe.model import Report


class UnfinishedError(InputError):
    """Say that a source was not read to its end, for a reason that was printed already."""


class Rewriting:
    """Write cleaned sources, each atomically."""

    def __init__(
        self, run: CommandRun, undo_options: UndoOptions, removed: RemovedLog | None, column: str = ""
    ) -> None:
        self.run = run
        self.undo_options = undo_options
        self.removed = removed
        self.column = column
        self.replaced = 0
        """Number of overwritten files."""
        self._written: set[str] = set()
        self._folders: set[str] = set()

    def in_place(self, work: Work, done: Iterable[RunItem]) -> None:
        """Replace a source by its cleaned records, with an undo record; an unchanged file is not touched.

        Memory does not grow with the file. Raises `InputError`; the file is then as it was.
        """
        name = work.source.name
        if work.status is None:
            raise InputError(name, "is not a regular file, so it is not cleaned in place; use -o FILE")
        top, undo_dir, keep = work.source.top, self.undo_options.undo_dir, self.undo_options.undo_keep
        passing = _PassingRecords(judged(work, name, done, self.removed))
        with (
            Replacement(name, work.format.packed(work.compression), work.status) as new,
            Recording(name, top, undo_dir, keep) if keep else nullcontext() as record,
        ):
            records_edits = record is not None and work.format.write is joined and work.compression is None
            changed = False
            for piece in work.format.write(passing.each(records_edits), self.column):
                if records_edits:
                    assert record is not None
                    raw = passing.raws.popleft()
                    record.note(raw, piece)
                    changed = changed or raw is not piece
                new.write(piece)
            if not changed and (records_edits or not (passing.changed or self.column)):
                return
            self._clear(name)
            after = new.finish()
            if record is not None:
                record.save(name, work.status, after)
            new.commit()

    def to_output(self, work: Work, done: Iterable[RunItem], output: str, several: bool) -> None:
        """Write the cleaned records of a source to OUT or below it; a source not read to its end is left out."""
        target = _target(output, work, several)
        real = os.path.realpath(target)
        if real in self._written:
            raise InputError(work.source.name, f"would be written to {target}, as another file was; rename one")
        if real in self.run.reader.identities:
            raise InputError(work.source.name, f"would be written over {target}, which is to be read; use --in-place")
        self._written.add(real)
        exists = os.path.lexists(target)
        if exists and not self.run.run_options.overwrite:
            raise InputError(target, "exists already and is not replaced; leave out --no-overwrite to replace it")
        try:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                target, f"its folder cannot be made: {error.strerror}; name another place with -o"
            ) from None
        self._clear(target)
        # A mirrored file is compressed as its source is, a named one as its name says.
        mirrored = target != output and not work.format.becomes
        compression = work.compression if mirrored else compression_of(target)
        with Replacement(target, work.format.packed(compression)) as new:
            for piece in work.format.write(judged(work, target, done, self.removed), self.column):
                new.write(piece)
            new.finish()
            new.commit()
        self.replaced += exists

    def _clear(self, target: str) -> None:
        """Remove what killed runs left beside a target, once for each folder."""
        folder = os.path.dirname(os.path.realpath(target))
        if folder not in self._folders:
            self._folders.add(folder)
            clear(folder)


def judged(work: Work, target: str, done: Iterable[RunItem], removed: RemovedLog | None) -> Iterator[JudgedChunk]:
    """Yield records with their reports; raise `UnfinishedError` if the source was not read to its end."""
    ended = False
    for _, record, reports in done:
        if record is None:
            ended = True
            continue
        if removed is not None:
            removed.note(work.source.name, reports)
        yield record, reports
    if not ended:
        raise UnfinishedError(work.source.name, f"was not read to its end, so {target} is left as it was")


class _PassingRecords:
    """Pass records on and note whether one changes, and the bytes of each."""

    def __init__(self, records: Iterator[JudgedChunk]) -> None:
        self._records = records
        self.raws: deque[bytes] = deque()
        self.changed = False

    def each(self, with_bytes: bool) -> Iterator[JudgedChunk]:
        for record, reports in self._records:
            self.changed = self.changed or _changes(reports)
            if with_bytes:
                self.raws.append(record.raw)
            yield record, reports


def _changes(reports: Sequence[Report]) -> bool:
    return any(report.changed for report in reports)


def _target(output: str, work: Work, several: bool) -> str:
    """Return the target of a source: OUT, or its name below OUT if that is a folder."""
    if not (several or output.endswith(("/", os.sep)) or os.path.isdir(output)):
        return output
    if work.source.name == STDIN:
        raise InputError(output, "is a folder, and standard input has no name in it; name a file")
    return os.path.join(output, work.format.renamed(work.source.relative))
