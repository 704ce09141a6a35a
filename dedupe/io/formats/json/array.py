"""JSON: one array of objects, or one object."""

from __future__ import annotations

import io
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import numpy as np
import regex

from dedupe.errors import InputError
from dedupe.io.formats.json.lines import CHUNK_BYTES, LineReader
from dedupe.io.formats.record import Chunk, RawChunk, ReadOptions, Record, oversize
from dedupe.io.formats.transcoding import transcoded

QUOTE_CODE = 2
_STEP_OF = np.zeros(256, np.int8)
_STEP_OF[[ord("["), ord("{")]] = 1
_STEP_OF[[ord("]"), ord("}")]] = -1
_STEP_OF[ord('"')] = QUOTE_CODE


class Structure:
    """The depth of a text, from its brackets outside strings, in a few passes over any bytes.

    `in_string`: whether the text so far ends inside a string.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.in_string = False
        self._escaping = False

    def edges(self, piece: bytes, depth: int) -> list[tuple[int, int]]:
        """Return the brackets in the next piece that begin or end a value at this depth, or its container.

        Each is a position in the piece and the depth behind it.
        """
        signs = np.frombuffer(self._unescaped(piece), np.uint8)
        positions = np.flatnonzero(_STEP_OF[signs])
        steps = _STEP_OF[signs[positions]]
        quotes = steps == QUOTE_CODE
        string_mask = (np.cumsum(quotes) + self.in_string) & 1
        if len(string_mask):
            self.in_string = bool(string_mask[-1])
        outside = (string_mask == 0) & ~quotes
        positions, steps = positions[outside], steps[outside]
        depths = self.depth + np.cumsum(steps, dtype=np.int64)
        if len(depths):
            self.depth = int(depths[-1])
        chosen = (depths == depth) & (steps < 0) | (depths == depth + 1) & (steps > 0) | (depths < depth)
        return list(zip(positions[chosen].tolist(), depths[chosen].tolist(), strict=True))

    def _unescaped(self, piece: bytes) -> bytes:
        """Return a piece with its escaped quotation marks and backslashes replaced, at the same length."""
        if self._escaping:
            piece = b"x" + piece[1:]
        if b"\\" in piece:
            piece = piece.replace(rb"\\", b"xx").replace(rb"\"", b"xx")
        self._escaping = piece.endswith(b"\\")
        return piece


SPACE = b" \t\r\n"

_ELEMENT = 'put texts into objects, {"text": ["...", "..."]} for one document, {"text": "..."} for one each'
_KINDS = (
    (rb'"', f"has a string where an object is needed; {_ELEMENT}"),
    (rb"-?\d", f"has a number where an object is needed; {_ELEMENT}"),
    (rb"(?:true|false)\b", f"has a boolean where an object is needed; {_ELEMENT}"),
    (rb"null\b", f"has null where an object is needed; {_ELEMENT}"),
    (rb"//|/\*|#", "has a comment, which is no JSON; take it out"),
    (rb"", "has something that is no JSON where an object is needed"),
)


class ElementReader(LineReader):
    """Parse one object of a file; the ids seen are those of the whole file."""

    def __init__(
        self, place: str, read_options: ReadOptions, line: int, shares_line: bool, seen_ids: set[str] | None = None
    ) -> None:
        super().__init__(place, read_options, seen_ids)
        self.line, self.shares_line = line, shares_line

    def __reduce__(self) -> tuple[type[LineReader], tuple[Any, ...]]:
        return ElementReader, (self.place, self.read_options, self.line, self.shares_line)

    def split(self, raw: bytes) -> list[bytes]:
        """Return the object."""
        return [raw]


def _read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Chunk]:
    """Yield objects, as raw chunks, and the bytes between them, as records."""
    head = _head(stream, place, read_options)
    if not head:
        return
    values = _ObjectStream(place, read_options, head)
    yield from values.chunks(head)
    while piece := cast(io.BufferedReader, stream).read1(CHUNK_BYTES):
        yield from values.chunks(piece)
    values.end()


def _head(stream: BinaryIO, place: str, read_options: ReadOptions) -> bytes:
    """Return the bytes read until the value has begun; none for an empty file."""
    head = b""
    while not head.removeprefix(BOM_UTF8).strip(SPACE):
        piece = cast(io.BufferedReader, stream).read1(max(CHUNK_BYTES, len(head)))
        head += piece
        if len(head) > read_options.max_record:
            raise InputError(place, oversize(read_options))
        if not piece:
            if head:
                raise InputError(
                    f"{place}:1",
                    "has nothing but white space, where an array or an object is needed; name a file with records",
                )
            break
    return head


class _ObjectStream:
    """The objects of a file that is read in pieces: those of its array, at depth 1, or its only one, at depth 0."""

    def __init__(self, place: str, read_options: ReadOptions, head: bytes) -> None:
        self.place, self.read_options = place, read_options
        self.structure = Structure()
        value = head.removeprefix(BOM_UTF8).lstrip(SPACE)
        if value[:1] not in b"[{":
            line = 1 + head.count(b"\n", 0, len(head) - len(value))
            raise InputError(f"{place}:{line}", _problem_with(value))
        self.depth = int(value.startswith(b"["))
        self.pending = bytearray()
        self.line = 1
        self.last_line = 0
        self.number = 0
        self.started = self.opened = self.ended = False
        self.seen_ids: set[str] = set()

    def chunks(self, piece: bytes) -> Iterator[Chunk]:
        """Yield the objects that end in the next piece of the file, and the bytes between them."""
        done = 0
        for position, depth in () if self.ended else self.structure.edges(piece, self.depth):
            if depth > self.depth:
                yield from self._between(piece[done:position])
                done, self.opened = position, True
            elif depth == self.depth:
                yield self._object(piece[done : position + 1])
                done, self.opened, self.ended = position + 1, False, not depth
            else:
                self.ended = True
                yield from self._between(piece[done : position + 1])
                done = position + 1
            if self.ended:
                break
        if self.ended:
            yield from self._trailing(piece[done:])
        else:
            self.pending += piece[done:]
            self._check_size()

    def _check_size(self) -> None:
        if len(self.pending) > self.read_options.max_record:
            raise InputError(f"{self.place}:{self.line}", oversize(self.read_options))

    def _take(self, rest: bytes) -> bytes:
        """Return the pending bytes with these behind them, and clear them."""
        self.pending += rest
        self._check_size()
        raw = bytes(self.pending)
        self.pending.clear()
        return raw

    def _object(self, rest: bytes) -> RawChunk:
        raw = self._take(rest)
        self.number += 1
        shares_line = self.line == self.last_line
        reader = ElementReader(self.place, self.read_options, self.line, shares_line, self.seen_ids)
        self.last_line = self.line
        self.line += raw.count(b"\n")
        return RawChunk(raw, self.number, reader)

    def _between(self, rest: bytes) -> Iterator[Record]:
        """Yield the bytes before an object or behind the last one, with the problem in them."""
        raw = self._take(rest)
        content = raw
        if not self.started:
            content = raw.removeprefix(BOM_UTF8).lstrip(SPACE)[self.depth :]
        if self.ended:
            if not content.endswith(b"]"):
                line = self.line + raw.count(b"\n")
                raise InputError(
                    f"{self.place}:{line}", "has a brace } where the bracket ] of its array is needed; correct the file"
                )
            content = content[:-1]
        problem, position = _separator_problem(content, not self.started, self.ended)
        self.started = True
        line = self.line + raw.count(b"\n", 0, len(raw) - len(content) - self.ended + position)
        self.line += raw.count(b"\n")
        if raw or problem:
            yield Record(raw, error=InputError(f"{self.place}:{line}", problem) if problem else None)

    def _trailing(self, piece: bytes) -> Iterator[Record]:
        """Yield white space behind the value; raise `InputError` for anything else."""
        content = piece.lstrip(SPACE)
        if content:
            line = self.line + piece.count(b"\n", 0, len(piece) - len(content))
            problem = f"has something behind the end of its {'array' if self.depth else 'object'}"
            if content[:1] in b"[{":
                problem = "has a second value behind the first; make all one array, or write one object a line"
                problem += " and read that with --format json-lines"
            raise InputError(f"{self.place}:{line}", problem)
        self.line += piece.count(b"\n")
        if piece:
            yield Record(piece)

    def end(self) -> None:
        """Raise `InputError` if the value has not ended."""
        if self.ended:
            return
        what = "an object that begins here and" if self.opened else "an array that" if self.depth else "a value that"
        reason = "a bracket or a quotation mark is missing, or the file is cut short"
        raise InputError(f"{self.place}:{self.line}", f"has {what} never ends: {reason}; correct the file")


def _separator_problem(content: bytes, is_first: bool, is_last: bool) -> tuple[str, int]:
    """Return the problem with the bytes between two objects, and its position in them; empty for a comma."""
    stripped = content.strip(SPACE)
    position = len(content) - len(content.lstrip(SPACE))
    if stripped == (b"" if is_first or is_last else b","):
        return "", 0
    if not stripped:
        return "has no comma before this object; put one between the two", len(content)
    rest = content.lstrip(SPACE + b",")
    if not rest:
        return f"has a comma with nothing {'behind' if is_last else 'before'} it; take it out", position
    return _problem_with(rest), len(content) - len(rest)


def _problem_with(content: bytes) -> str:
    """Return the problem with content that should be an object."""
    return next(problem for begins, problem in _KINDS if regex.match(begins, content))


read = transcoded(_read)
