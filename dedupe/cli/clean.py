"""`dedupe clean`: write the texts with everything said once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import groupby

from dedupe.cli.console import CLEAN, Console, FailOn, status
from dedupe.cli.difference import show
from dedupe.cli.flags import Settings
from dedupe.cli.removed import Removed
from dedupe.cli.rewriting import Rewriting, UnfinishedError, judged
from dedupe.cli.run import Item, Run, Work
from dedupe.errors import DedupeError, InputError, OptionError
from dedupe.failures import unwritten
from dedupe.files import STDIN


def clean(
    paths: Sequence[str],
    settings: Settings,
    *,
    output: str | None,
    in_place: bool,
    diff: bool,
    annotate: str,
    fail_on: FailOn,
) -> int:
    """Clean every source to where it is wanted and return the exit status."""
    several = len(paths) != 1 or os.path.isdir(paths[0])
    _refuse(paths, output, in_place, diff, several, annotate)
    keeping = settings.keeping
    console = Console()
    counts = _Counts()
    reasons = diff or bool(keeping.removed or annotate)
    writes = not (diff or annotate)
    run = Run(paths, settings, console, every=bool(annotate), reasons=reasons, writes=writes)
    with Removed(keeping.removed) if keeping.removed and not diff else nullcontext() as removed:
        rewriting = Rewriting(run, keeping, removed, annotate)
        for work, done in groupby(run, key=lambda one: one[0]):
            counted = counts.counting(done)
            try:
                _refuse_format(work, in_place, annotate)
                if diff:
                    show(work.source, counted, console)
                elif in_place:
                    rewriting.in_place(work, counted)
                elif output:
                    rewriting.elsewhere(work, counted, output, several)
                else:
                    for piece in work.format.write(judged(work, "standard output", counted, removed), annotate):
                        console.data(piece)
                if removed is not None:
                    removed.append()
            except UnfinishedError:
                pass
            except InputError as error:
                _left(error, counted, console)
            except Exception as error:
                if isinstance(error, DedupeError) or not (in_place or output):
                    raise
                _left(unwritten(work.source.name, error), counted, console)
            finally:
                if removed is not None:
                    removed.forget()
    sys.stdout.flush()
    found = status(counts.removes, counts.flags, fail_on if diff else "never", console)
    return found if diff or console.troubled else CLEAN


def _left(error: InputError, rest: Iterator[Item], console: Console) -> None:
    """Say why a source is left as it was, and pass over what is still to come of it."""
    console.complain(str(error))
    for _ in rest:
        pass


class _Counts:
    """Counts findings as records go by."""

    def __init__(self) -> None:
        self.removes = self.flags = 0

    def counting(self, done: Iterator[Item]) -> Iterator[Item]:
        for one in done:
            self.removes += sum(report.count("remove") for report in one[2])
            self.flags += sum(report.count("flag") for report in one[2])
            yield one


def _refuse(paths: Sequence[str], output: str | None, in_place: bool, diff: bool, several: bool, annotate: str) -> None:
    """Raise `OptionError` for a combination that makes no sense."""
    if not paths:
        raise OptionError("name a file or a directory, or - for standard input")
    if output == "":
        raise OptionError("--output is empty; give it the name of a file or a folder")
    if sum((output is not None, in_place, diff)) > 1:
        raise OptionError("--output, --in-place and --diff exclude each other; give one of them")
    if annotate and diff:
        raise OptionError("--annotate changes no text, so there is no --diff of it; give one of them")
    if output == STDIN:
        raise OptionError("leave out --output to write to standard output")
    if in_place and STDIN in paths:
        raise OptionError("standard input cannot be cleaned in place; leave out --in-place or -")
    if several and not (output or in_place or diff):
        raise OptionError("more than one document does not go to standard output; use -o DIR or --in-place")


def _refuse_format(work: Work, in_place: bool, annotate: str) -> None:
    """Raise `InputError` for what a source's format does not allow."""
    name, kind = work.source.name, work.format
    if in_place and kind.becomes:
        raise InputError(name, f"is {kind.name}, which becomes {kind.becomes}, so not in place; use -o DIR")
    if annotate and not kind.columns:
        raise InputError(name, f"is {kind.name}, which has no columns to --annotate; use check instead")
