"""What the verbs share: reading sources through the deduper, and talking to the terminal."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.files import Source, sources, unreadable
from dedupe.formats import FORMATS, Record, format_of
from dedupe.model import Document, Report
from dedupe.options import Options
from dedupe.output.style import paint, safe, safe_lines

CLEAN, WOULD_REMOVE, TROUBLE, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141

FailOn = Literal["remove", "flag", "never"]


@dataclass
class Console:
    """Standard output for data, standard error for everything else."""

    troubled: bool = False

    def complain(self, sentence: str) -> None:
        """Print one sentence of trouble on standard error and remember it for the exit status."""
        self.troubled = True
        self._say(paint("error: ", "red", coloured(sys.stderr)) + safe(sentence))

    def note(self, sentence: str) -> None:
        """Print a sentence that is no trouble on standard error."""
        self._say(safe(sentence))

    def _say(self, line: str) -> None:
        with suppress(OSError):  # trouble with standard output is said when its turn comes
            sys.stdout.flush()
        print(line.encode("utf-8", "backslashreplace").decode("utf-8"), file=sys.stderr, flush=True)

    def data(self, data: bytes) -> None:
        """Write bytes to standard output as they are; a terminal gets them with control characters spelt out."""
        if sys.stdout.isatty():
            sys.stdout.write(safe_lines(data.decode("utf-8", "backslashreplace")))
        else:
            sys.stdout.buffer.write(data)

    def text(self, text: str) -> None:
        """Write text of ours, already made safe, to standard output."""
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def coloured(stream: object) -> bool:
    """Say whether to colour a stream: a terminal, unless NO_COLOR is set (https://no-color.org) or TERM is dumb."""
    terminal = getattr(stream, "isatty", lambda: False)()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@dataclass
class Worked:
    """One source, done: what was read and judged of it, in order, and whether all of it could be read."""

    source: Source
    records: list[tuple[Record, list[Report]]] = field(default_factory=list)
    failed: bool = False


def each_record(
    paths: Sequence[str], options: Options, console: Console, deduper: Deduper | None = None
) -> Iterator[tuple[Source, Record | None, list[Report]]]:
    """Yield every record of every source with its reports, in order; after a source's last record, (source, None, []).

    Trouble is said at once and remembered by the console; a source that cannot be read (on) is not ended.
    """
    waiting: deque[tuple[Source, Record | None]] = deque()

    def documents() -> Iterator[Document]:
        for source in sources(paths, [suffix for one in FORMATS.values() for suffix in one.suffixes]):
            if isinstance(source, InputError):
                console.complain(str(source))
                continue
            for record in _records(source, console):
                waiting.append((source, record))
                if record is not None:
                    yield from record.documents

    def flush() -> Iterator[tuple[Source, Record | None, list[Report]]]:
        while waiting and (waiting[0][1] is None or not waiting[0][1].documents):
            source, record = waiting.popleft()
            yield source, record, []

    ready: list[Report] = []
    for report in (deduper or Deduper(options)).check_many(documents()):
        yield from flush()
        source, record = waiting[0]
        assert record is not None
        place = record.places[len(ready)] if record.places else {}
        ready.append(replace(report, place=place) if place else report)
        if report.problem:
            console.complain(f"{report.document.id}: {report.problem}")
        if len(ready) == len(record.documents):
            waiting.popleft()
            yield source, record, ready
            ready = []
    yield from flush()


def _records(source: Source, console: Console) -> Iterator[Record | None]:
    """Yield a source's records and, if all of it could be read, None."""
    try:
        with source.open() as stream:
            empty = True
            for record in format_of(source.name).read(stream, source.name):
                empty = empty and not record.raw
                if record.error:
                    console.complain(str(record.error))
                yield record
            if empty:
                console.note(f"{source.name}: is empty; there is nothing to do")
            yield None
    except InputError as error:
        console.complain(str(error))
    except OSError as error:
        console.complain(str(unreadable(source.name, error)))


def status(removes: int, flags: int, fail_on: FailOn, console: Console) -> int:
    """Return the exit status: trouble before findings."""
    if console.troubled:
        return TROUBLE
    found = removes if fail_on == "remove" else removes + flags if fail_on == "flag" else 0
    return WOULD_REMOVE if found else CLEAN
