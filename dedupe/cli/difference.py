"""Show the changes of a file as a patch."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable

import regex

from dedupe.cli.console import Console, coloured
from dedupe.cli.run import RunItem
from dedupe.io.files import Source
from dedupe.io.formats import Chunk
from dedupe.model import Report
from dedupe.reporters.style import paint, safe_lines

_ODD = regex.compile(rb'[\x00-\x1F\x7F"\\]')
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def show(source: Source, done: Iterable[RunItem], console: Console) -> None:
    """Print a unified diff of each document that changes; that of a text file is a patch which `patch -p0` applies."""
    colour = coloured(sys.stdout)
    for _, record, reports in done:
        for report in reports:
            if record is not None and report.changed:
                name = header(report.document.id or source.name)
                before, after = (_lines(version) for version in versions(record, report))
                for line in difflib.diff_bytes(difflib.unified_diff, before, after, name, name):
                    whole = line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
                    if colour:
                        console.text(_coloured(whole))
                    else:
                        console.data(whole)


def versions(record: Chunk, report: Report) -> tuple[bytes, bytes]:
    """Return a changed document before and after: the bytes of the source, or the text of a field."""
    if "record" in report.place:
        return report.document.text.encode(), report.text.encode()
    before, after = record.raw, record.without_repeats([report])
    if record.encoding.startswith(("utf-16", "utf-32")):  # no program patches these; a reader can still read them
        return tuple(version.decode(record.encoding).encode() for version in (before, after))  # type: ignore[return-value]  # two
    return before, after


def header(name: str) -> bytes:
    """Return a file name for the header of a patch: quoted if it would break the line, with a tab after spaces."""
    raw = os.fsencode(name) if not _unencodable(name) else name.encode("utf-8", "backslashreplace")
    if _ODD.search(raw):
        return b'"' + _ODD.sub(lambda match: rb"\%03o" % match.group()[0], raw) + b'"'
    return raw + b"\t" if b" " in raw else raw


def _unencodable(name: str) -> bool:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return True
    return False


def _lines(text: bytes) -> list[bytes]:
    """Return the lines as `patch` counts them: only a line feed ends one."""
    lines = text.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _coloured(line: bytes) -> str:
    text = safe_lines(line.decode("utf-8", "backslashreplace"))
    style = _COLOURS.get(text[0])
    return paint(text.rstrip("\n"), style, True) + "\n" if style else text
