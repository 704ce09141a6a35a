"""`dedupe clean`: write the texts with everything said once."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from pathlib import Path

from dedupe.cli.console import CLEAN, Console, FailOn, coloured, status
from dedupe.cli.flags import Settings
from dedupe.cli.run import Run
from dedupe.errors import InputError, OptionError
from dedupe.files import STDIN, Source, replace_file
from dedupe.formats import Record
from dedupe.model import Report
from dedupe.output.style import paint, safe, safe_lines

Done = tuple[Source, Record | None, list[Report]]


def clean(paths: Sequence[str], settings: Settings, *, output: str, in_place: bool, diff: bool, fail_on: FailOn) -> int:
    """Clean every source to where it is wanted and return the exit status."""
    several = len(paths) != 1 or os.path.isdir(paths[0])
    _refuse(paths, output, in_place, diff, several)
    console = Console()
    counts = _Counts()
    written: set[str] = set()
    for source, done in groupby(Run(paths, settings, console), key=lambda one: one[0]):
        counted = counts.counting(one for one in done)
        try:
            if diff:
                _show(source, counted, console)
            elif in_place:
                _replace(source, source.name, counted, only_changed=True)
            elif output:
                target = _target(output, source, several)
                if os.path.realpath(target) in written:
                    raise InputError(source.name, f"would be written to {target}, as another file was; rename one")
                written.add(os.path.realpath(target))
                _replace(source, target, counted, only_changed=False)
            else:
                _print(counted, console)
        except InputError as error:
            console.complain(str(error))
            for _ in counted:
                pass
    sys.stdout.flush()
    found = status(counts.removes, counts.flags, fail_on if diff else "never", console)
    return found if diff or console.troubled else CLEAN


class _Counts:
    """Counts findings as records go by."""

    def __init__(self) -> None:
        self.removes = self.flags = 0

    def counting(self, done: Iterator[Done]) -> Iterator[Done]:
        for one in done:
            self.removes += sum(report.count("remove") for report in one[2])
            self.flags += sum(report.count("flag") for report in one[2])
            yield one


def _refuse(paths: Sequence[str], output: str, in_place: bool, diff: bool, several: bool) -> None:
    """Raise `OptionError` for a combination that makes no sense."""
    if not paths:
        raise OptionError("name a file or a directory, or - for standard input")
    if sum((bool(output), in_place, diff)) > 1:
        raise OptionError("--output, --in-place and --diff exclude each other; give one of them")
    if output == STDIN:
        raise OptionError("leave out --output to write to standard output")
    if in_place and STDIN in paths:
        raise OptionError("standard input cannot be cleaned in place; leave out --in-place or -")
    if several and not (output or in_place or diff):
        raise OptionError("more than one document does not go to standard output; use -o DIR or --in-place")


def _print(done: Iterator[Done], console: Console) -> None:
    for _, record, reports in done:
        if record is not None:
            console.data(record.without_repeats(reports))


def _target(output: str, source: Source, several: bool) -> str:
    """Return where a source goes: OUT, or its name below OUT when that is a folder."""
    if not (several or output.endswith(("/", os.sep)) or os.path.isdir(output)):
        return output
    if source.name == STDIN:
        raise InputError(output, "is a folder, and standard input has no name in it; name a file")
    return os.path.join(output, source.relative)


def _replace(source: Source, target: str, done: Iterator[Done], *, only_changed: bool) -> None:
    """Write a source's records to the target, atomically; a source that could not be read to its end is left out."""
    ended = False
    changed = False

    def pieces() -> Iterator[bytes]:
        nonlocal ended, changed
        for _, record, reports in done:
            if record is None:
                ended = True
                continue
            piece = record.without_repeats(reports)
            changed = changed or piece is not record.raw
            yield piece
        if not ended:
            raise InputError(source.name, f"was not read to its end, so {target} is left as it was")

    stream = pieces()
    if only_changed:  # a file in which nothing changes is not touched at all
        seen: list[bytes] = []
        for piece in stream:
            seen.append(piece)
            if changed:
                break
        if not changed:
            return
        replace_file(target, chain(seen, stream))
        return
    try:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(target, f"its folder cannot be made: {error.strerror}") from None
    replace_file(target, stream)


def _show(source: Source, done: Iterator[Done], console: Console) -> None:
    """Print a unified diff of each document that changes."""
    colour = coloured(sys.stdout)
    for _, record, reports in done:
        for report in reports:
            if record is not None and report.changed:
                before, after = (text.splitlines(keepends=True) for text in _versions(record, report))
                name = safe(report.document.id or source.name)
                for line in difflib.unified_diff(before, after, name, f"{name} (said once)"):
                    console.data(_diff_line(line, colour).encode("utf-8", "backslashreplace"))


def _versions(record: Record, report: Report) -> tuple[str, str]:
    """Return a changed document before and after: as it stands in the source, or the text of a field."""
    if "record" in report.place:
        return report.document.text, report.text
    before, after = record.raw, record.without_repeats([report])
    return before.decode(record.encoding, "backslashreplace"), after.decode(record.encoding, "backslashreplace")


def _diff_line(line: str, colour: bool) -> str:
    style = {"+": "green", "-": "red", "@": "cyan"}.get(line[0])
    text = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
    return paint(safe_lines(text).rstrip("\n"), style, True) + "\n" if colour and style else text
