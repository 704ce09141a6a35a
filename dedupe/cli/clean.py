"""`dedupe clean`: write the texts without their duplicate paragraphs."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import groupby
from typing import NamedTuple

from dedupe._failures import unwritten
from dedupe._tally import counted
from dedupe.cli.config import flag_name
from dedupe.cli.console import CLEAN, Console, status
from dedupe.cli.difference import show
from dedupe.cli.flags import Settings, flags_given
from dedupe.cli.reading import Work
from dedupe.cli.removed_log import RemovedLog
from dedupe.cli.rewriting import Rewriting, UnfinishedError, judged
from dedupe.cli.run import CommandRun, RunItem
from dedupe.cli.side_files import SideFile, places_of, refuse_clashes, refuse_file_name
from dedupe.errors import DedupeError, InputError, OptionError
from dedupe.io.files import STDIN
from dedupe.io.formats import Record
from dedupe.io.formats.binaries import binary


class CleanFlags(NamedTuple):
    """The flags of `clean` that are no settings: where the texts go, or what is shown or written instead of them."""

    output: str | None
    in_place: bool
    diff: bool
    annotate: str
    fail_on: str | None
    quiet: bool


def clean(paths: Sequence[str], settings: Settings, flags: CleanFlags) -> int:
    """Clean every source to its output and return the exit status."""
    output, in_place, diff, annotate, fail_on, quiet = flags
    several = len(paths) != 1 or os.path.isdir(paths[0])
    _refuse(paths, flags, several)
    _refuse_idle(settings, flags)
    refuse_clashes(paths, _side_files(settings, output, several), settings.walk_options)
    undo_options = settings.undo_options
    console = Console(quiet=quiet)
    counts_of_files = FileCounts()
    needs_reasons = diff or bool(undo_options.removed or annotate) or (bool(output or in_place) and not quiet)
    writes = not (diff or annotate)
    run = CommandRun(paths, settings, console, needs_all=bool(annotate), needs_reasons=needs_reasons, writes=writes)
    with RemovedLog(undo_options.removed) if undo_options.removed and writes else nullcontext() as removed:
        rewriting = Rewriting(run, undo_options, removed, annotate)
        for work, done in groupby(run, key=lambda one: one[0]):
            items = counts_of_files.counting(done)
            with _left_out(work, items, console, bool(in_place or output)):
                _refuse_format(work, in_place, annotate)
                if diff:
                    show(work.source, items, console)
                elif in_place:
                    rewriting.in_place(work, items)
                elif output:
                    rewriting.to_output(work, items, output, several)
                else:
                    pieces = work.format.write(judged(work, "standard output", items, removed), annotate)
                    for piece in _for_terminal(pieces, work.source.name):
                        console.data(piece)
                counts_of_files.keep()
                if removed is not None:
                    removed.append(work.source.name)
            counts_of_files.forget()
            if removed is not None:
                removed.forget()
    sys.stdout.flush()
    if output or in_place:
        console.note(counts_of_files.sentence(len(run.reader.identities), bool(annotate), rewriting.replaced))
    exit_status = status(
        counts_of_files.counts["removed"],
        counts_of_files.counts["flagged"],
        fail_on or "remove" if diff else "never",
        console,
    )
    return exit_status if diff or console.failed else CLEAN


def _side_files(settings: Settings, output: str | None, several: bool) -> list[SideFile]:
    """Return the files that a run writes or reads beside its inputs; raise `OptionError` for a bad output folder."""
    if output is None:
        return places_of(settings)
    folder = several or output.endswith(("/", os.sep)) or os.path.isdir(output)
    if folder:
        refuse_file_name(output)
    return places_of(settings, SideFile("--output", output, folder=folder))


def _for_terminal(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Yield the pieces of a file for standard output; raise `InputError` for binary data on a terminal."""
    begun = not sys.stdout.isatty()
    for piece in pieces:
        if not begun and (kind := binary(piece)):
            raise InputError(name, f"comes out as {kind}, which no terminal shows; use -o FILE, or redirect the output")
        begun = begun or bool(piece)
        yield piece


@contextmanager
def _left_out(work: Work, rest: Iterator[RunItem], console: Console, writes_files: bool) -> Iterator[None]:
    """Print why a source is left as it was, and skip the rest of it."""
    try:
        yield
    except UnfinishedError:
        return
    except Exception as error:
        if isinstance(error, InputError):
            reason = error
        elif isinstance(error, DedupeError) or not writes_files:
            raise
        else:
            reason = unwritten(work.source.name, error)
        console.complain(str(reason))
        for _ in rest:
            pass


def _refuse(paths: Sequence[str], flags: CleanFlags, several: bool) -> None:
    """Raise `OptionError` for options that exclude each other."""
    output, in_place, diff = flags.output, flags.in_place, flags.diff
    if output == "":
        raise OptionError("--output is empty; give it the name of a file or a folder")
    if sum((output is not None, in_place, diff)) > 1:
        raise OptionError("--output, --in-place and --diff exclude each other; give one of them")
    if flags.annotate and diff:
        raise OptionError("--annotate changes no text, so there is no --diff of it; give one of them")
    if output == STDIN:
        raise OptionError("leave out --output to write to standard output")
    if in_place and STDIN in paths:
        raise OptionError("standard input cannot be cleaned in place; leave out --in-place or -")
    if several and not (output or in_place or diff):
        raise OptionError("a folder, or more than one document, is not written to one stream; use -o DIR or --in-place")


def _refuse_idle(settings: Settings, flags: CleanFlags) -> None:
    """Raise `OptionError` for a flag without an effect."""
    if flags.fail_on and not flags.diff:
        raise OptionError("--fail-on is for --diff, since what is cleaned does not fail; leave it out, or use check")
    if flags_given(settings.settings, "overwrite") and not settings.run_options.overwrite:
        if flags.in_place:
            raise OptionError("--in-place replaces the files that it reads, so leave out --no-overwrite")
        if not (flags.output or settings.run_options.report or settings.run_options.write_baseline):
            raise OptionError("--no-overwrite needs more to have an effect; add -o OUT, --report or --write-baseline")
    if not flags.in_place and (idle := flags_given(settings.settings, "undo_keep", "undo_dir")):
        raise OptionError(f"{flag_name(idle[0])} is for --in-place, the only way to undo; leave it out")
    if (flags.diff or flags.annotate) and flags_given(settings.settings, "removed"):
        raise OptionError(f"{'--diff' if flags.diff else '--annotate'} removes nothing, so leave out --removed")


def _refuse_format(work: Work, in_place: bool, annotate: str) -> None:
    """Raise `InputError` for a format that the options do not fit."""
    name, kind = work.source.name, work.format
    if in_place and kind.becomes:
        raise InputError(name, f"is {kind.name}, which becomes {kind.becomes}, so not in place; use -o DIR")
    if annotate and not kind.columns:
        raise InputError(name, f"is {kind.name}, which has no columns to --annotate; use check instead")


class FileCounts:
    """Count the findings of files, and sum the counts of finished ones."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._current: Counter[str] = Counter()

    def counting(self, done: Iterator[RunItem]) -> Iterator[RunItem]:
        """Yield the records of a file and count their findings."""
        current = self._current
        for item in done:
            _, record, reports = item
            failed = isinstance(record, Record) and record.error is not None
            current["failed"] += failed + sum(bool(report.problem) for report in reports)
            for report in reports:
                current["removed"] += report.count("remove")
                current["flagged"] += report.count("flag")
                current["characters"] += sum(cut.end - cut.start for cut in report.cuts)
            yield item

    def keep(self) -> None:
        """Add the counts of a finished file."""
        self._current["files"] += 1
        self._current["changed"] += self._current["removed"] > 0
        self.counts += self._current

    def forget(self) -> None:
        """Clear the counts of the current file: they are added, or the file was left as it was."""
        self._current.clear()

    def sentence(self, files: int, annotated: bool, replaced: int = 0) -> str:
        """Return the line about `files` files; `replaced` is the number of overwritten ones."""
        counts = self.counts
        paragraphs = counted(counts["removed"], "paragraph")
        if annotated:
            text = f"{counted(counts['files'], 'file')} annotated: {paragraphs} to remove"
        else:
            characters = counted(counts["characters"], "character")
            text = f"{counts['changed']:,} of {counted(files, 'file')} changed: {paragraphs} and {characters} removed"
        text += f", {counts['flagged']:,} flagged, {files - counts['files']:,} skipped"
        text += f", {counted(counts['failed'], 'record')} passed unchanged" if counts["failed"] else ""
        return text + (f"; {counted(replaced, 'file')} overwritten" if replaced else "")
