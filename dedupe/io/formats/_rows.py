"""Rows of separated values, found in the bytes of a stream."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import regex

from dedupe.io.formats.record import ReadOptions, oversize
from dedupe.text.bounds import CELL_BYTES, over

CHUNK_BYTES = 1 << 20
"""Bytes read at a time: more than nearly every row, and little memory."""

FREE_DELIMITERS = 1 << 18
"""Delimiters that a line may have before its memory is estimated."""

_LINE = regex.compile(rb"[^\r\n]*+(?:\r\n?+|\n)")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its bytes and the extents of its cells, quotation marks included; or the problem with it.

    Without cells it is a single line of a row that cannot be read.
    """

    raw: bytes
    cells: Sequence[tuple[int, int]] = ()
    problem: str = ""


class Dialect:
    """The grammar of rows with one delimiter: a quoted cell begins and ends with `"`, and doubles it inside.

    Elsewhere a quotation mark is an ordinary character, as in the standard library's `csv`. All repetitions are
    possessive, so no input backtracks.
    """

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter.encode()
        mark = regex.escape(self.delimiter)
        cell = rb'(?P<cell>(?>"[^"]*+(?:""[^"]*+)*+"|[^"\r\n%b][^\r\n%b]*+|))' % (mark, mark)
        cells = rb"%b(?:%b%b)*+" % (cell, mark, cell)
        self.row = regex.compile(rb"%b(?:\r\n?+|\n|\Z)" % cells.replace(b"?P<cell>", b"?:"))
        """A row without its cells: the extents of a million cells take a hundred times their size."""
        self.cells = regex.compile(cells)


COMMA, TAB = Dialect(","), Dialect("\t")
DIALECTS = (COMMA, Dialect(";"), TAB, Dialect("|"))
"""Dialects of a .csv file; the first in which the header has the requested columns is used."""


class Rows:
    """The rows of a stream in order; at most a chunk and a row are in memory."""

    def __init__(self, stream: BinaryIO, read_options: ReadOptions) -> None:
        self.stream = stream
        self.read_options = read_options
        self.buffer = stream.read(CHUNK_BYTES)
        self.is_at_end = not self.buffer
        self.position = len(BOM_UTF8) if self.buffer.startswith(BOM_UTF8) else 0
        self.line = 1

    def read_more(self) -> bool:
        """Read on, and say whether there was more; the buffer doubles, so a long row is scanned a few times only."""
        read = self.stream.read(max(CHUNK_BYTES, len(self.buffer) - self.position))
        self.is_at_end = not read
        self.buffer, self.position = self.buffer[self.position :] + read, 0
        return not self.is_at_end

    def next(self, dialect: Dialect) -> TableRow | None:
        """Return the next row without advancing, or None at the end."""
        while True:
            end = self.buffer.find(b"\n", self.position)
            delimiters = self.buffer.count(dialect.delimiter, self.position, end if end >= 0 else len(self.buffer))
            if delimiters > FREE_DELIMITERS and (
                why := over(self.buffer[self.position : end], CELL_BYTES * delimiters)
            ):
                return self._unreadable(why)
            match = dialect.row.match(self.buffer, self.position)
            if match is not None and (match.end() < len(self.buffer) or self.is_at_end):
                if match.end() == self.position:
                    return None
                raw = match.group()
                if len(raw) > self.read_options.max_record:
                    return TableRow(raw, [(0, len(raw))], oversize(self.read_options))
                if why := over(raw, CELL_BYTES * raw.count(dialect.delimiter)):
                    return TableRow(raw, [(0, len(raw))], why)
                cells = dialect.cells.match(raw)
                assert cells is not None
                return TableRow(raw, cells.spans("cell"))
            if match is None:
                cells = dialect.cells.match(self.buffer, self.position)
                assert cells is not None  # an empty cell matches
                number = len(cells.captures("cell"))
                if self.buffer[cells.end() : cells.end() + 1] != b'"':
                    return self._unreadable(f"has text behind the quotation mark that ends cell {number}")
                if self.is_at_end:
                    return self._unreadable(f"has a quotation mark before cell {number}, and none behind it")
            if len(self.buffer) - self.position > self.read_options.max_record + CHUNK_BYTES:
                return self._unreadable(oversize(self.read_options))
            self.read_more()

    def _unreadable(self, problem: str) -> TableRow:
        return TableRow(self.next_line_bytes(), problem=problem)

    def next_line_bytes(self) -> bytes:
        """Return the bytes up to the next line end, which are skipped of a row that cannot be read."""
        while (match := _LINE.match(self.buffer, self.position)) is None or match.end() == len(self.buffer):
            if len(self.buffer) - self.position > self.read_options.max_record + CHUNK_BYTES or not self.read_more():
                break
        return self.buffer[self.position :] if match is None else match.group()

    def advance(self, row: TableRow) -> None:
        """Advance past a row."""
        self.position += len(row.raw)
        self.line += row.raw.count(b"\n") + row.raw.count(b"\r") - row.raw.count(b"\r\n")
