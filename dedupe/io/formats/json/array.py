"""JSON: one array of objects, or one object."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import regex

from dedupe.errors import InputError
from dedupe.io.formats.json._structure import Structure
from dedupe.io.formats.json.lines import STRETCH, LineReader
from dedupe.io.formats.record import Chunk, RawChunk, ReadOptions, Record, oversize
from dedupe.io.formats.transcoding import transcoded

SPACE = b" \t\r\n"
BOM = b"\xef\xbb\xbf"

_ELEMENT = 'put texts into objects, {"text": ["...", "..."]} for one document, {"text": "..."} for one each'
_NO_END = "a bracket or a quotation mark is missing, or the file is cut short"
_KINDS = (
    (rb'"', f"has a string where an object is needed; {_ELEMENT}"),
    (rb"-?\d", f"has a number where an object is needed; {_ELEMENT}"),
    (rb"(?:true|false)\b", f"has a boolean where an object is needed; {_ELEMENT}"),
    (rb"null\b", f"has null where an object is needed; {_ELEMENT}"),
    (rb"//|/\*|#", "has a comment, which is no JSON; take it out"),
    (rb"", "has something that is no JSON where an object is needed"),
)


class Element(LineReader):
    """What reads an object of a file; the ids that went by are those of the whole file."""

    def __init__(
        self, place: str, read_options: ReadOptions, line: int, shares_line: bool, seen: set[str] | None = None
    ) -> None:
        super().__init__(place, read_options, seen)
        self.line, self.shares_line = line, shares_line

    def __reduce__(self) -> tuple[type[LineReader], tuple[Any, ...]]:
        return Element, (self.place, self.read_options, self.line, self.shares_line)

    def split(self, raw: bytes) -> list[bytes]:
        """Return the object."""
        return [raw]


def _read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Chunk]:
    """Yield objects, to be read by whom it may concern, and what is between them."""
    head = _head(stream, place, read_options)
    if not head:
        return
    values = _Values(place, read_options, head)
    yield from values.stretches(head)
    while piece := cast(io.BufferedReader, stream).read1(STRETCH):
        yield from values.stretches(piece)
    values.end()


def _head(stream: BinaryIO, place: str, read_options: ReadOptions) -> bytes:
    """Return the bytes up to where the value has begun; none if there is no value."""
    head = b""
    while not head.removeprefix(BOM).strip(SPACE):
        piece = cast(io.BufferedReader, stream).read1(max(STRETCH, len(head)))
        head += piece
        if len(head) > read_options.max_record:
            raise InputError(place, oversize(read_options))
        if not piece:
            if head:
                raise InputError(f"{place}:1", "has nothing but white space, where an array or an object is needed")
            break
    return head


class _Values:
    """The objects of a file as it comes: those of its array, at depth 1, or at depth 0 the one that is the file."""

    def __init__(self, place: str, read_options: ReadOptions, head: bytes) -> None:
        self.place, self.read_options = place, read_options
        self.structure = Structure()
        value = head.removeprefix(BOM).lstrip(SPACE)
        if value[:1] not in b"[{":
            line = 1 + head.count(b"\n", 0, len(head) - len(value))
            raise InputError(f"{place}:{line}", _what_is(value))
        self.depth = int(value.startswith(b"["))
        self.held = bytearray()
        self.line = 1
        self.last_line = 0
        self.number = 0
        self.started = self.opened = self.ended = False
        self.seen: set[str] = set()

    def stretches(self, piece: bytes) -> Iterator[Chunk]:
        """Yield the objects that end in the next piece of the file, and what is between them."""
        done = 0
        for place, depth in () if self.ended else self.structure.edges(piece, self.depth):
            if depth > self.depth:
                yield from self._between(piece[done:place])
                done, self.opened = place, True
            elif depth == self.depth:
                yield self._object(piece[done : place + 1])
                done, self.opened, self.ended = place + 1, False, not depth
            else:
                self.ended = True
                yield from self._between(piece[done : place + 1])
                done = place + 1
            if self.ended:
                break
        if self.ended:
            yield from self._behind(piece[done:])
        else:
            self.held += piece[done:]
            self._check_size()

    def _check_size(self) -> None:
        if len(self.held) > self.read_options.max_record:
            raise InputError(f"{self.place}:{self.line}", oversize(self.read_options))

    def _taken(self, rest: bytes) -> bytes:
        """Return what is held with the rest of it."""
        self.held += rest
        self._check_size()
        raw = bytes(self.held)
        self.held.clear()
        return raw

    def _object(self, rest: bytes) -> RawChunk:
        raw = self._taken(rest)
        self.number += 1
        reader = Element(self.place, self.read_options, self.line, self.line == self.last_line, self.seen)
        self.last_line = self.line
        self.line += raw.count(b"\n")
        return RawChunk(raw, self.number, reader)

    def _between(self, rest: bytes) -> Iterator[Record]:
        """Yield what stands before an object or behind the last one, with what is wrong in it."""
        raw = self._taken(rest)
        content = raw
        if not self.started:
            content = raw.removeprefix(BOM).lstrip(SPACE)[self.depth :]
        if self.ended:
            if not content.endswith(b"]"):
                line = self.line + raw.count(b"\n")
                raise InputError(f"{self.place}:{line}", "has a brace } where the bracket ] of its array is needed")
            content = content[:-1]
        problem, at = _problem(content, not self.started, self.ended)
        self.started = True
        line = self.line + raw.count(b"\n", 0, len(raw) - len(content) - self.ended + at)
        self.line += raw.count(b"\n")
        if raw or problem:
            yield Record(raw, error=InputError(f"{self.place}:{line}", problem) if problem else None)

    def _behind(self, piece: bytes) -> Iterator[Record]:
        """Yield white space behind the end."""
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
        """Raise `InputError` where the value has not ended."""
        if self.ended:
            return
        what = "an object that begins here and" if self.opened else "an array that" if self.depth else "a value that"
        raise InputError(f"{self.place}:{self.line}", f"has {what} never ends: {_NO_END}")


def _problem(content: bytes, is_first: bool, is_last: bool) -> tuple[str, int]:
    """Return what is wrong with what stands between two objects, and where in it; nothing if it is a comma."""
    said = content.strip(SPACE)
    at = len(content) - len(content.lstrip(SPACE))
    if said == (b"" if is_first or is_last else b","):
        return "", 0
    if not said:
        return "has no comma before this object; put one between the two", len(content)
    rest = content.lstrip(SPACE + b",")
    if not rest:
        return f"has a comma with nothing {'behind' if is_last else 'before'} it; take it out", at
    return _what_is(rest), len(content) - len(rest)


def _what_is(content: bytes) -> str:
    """Return what is wrong with content that should be an object."""
    return next(problem for begins, problem in _KINDS if regex.match(begins, content))


read = transcoded(_read)
