"""The text of a part: its lines as a reader sees them, and the bytes without some of them."""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dedupe.errors import InputError
from dedupe.io.formats._labels import codec_of, shown
from dedupe.io.formats.mail._structure import MessagePart
from dedupe.text.bounds import over
from dedupe.text.removal import line_cuts

LINE = 900
"""Bytes that a line takes, with what is made of it."""

PLAIN = ("7bit", "8bit", "binary")
"""Transfer encodings that leave a text as it is."""

_ESCAPED = re.compile(rb">+From ")
_WESTERN = "web-windows-1252"
_UNDECLARED = ("", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "unknown")


class MailLine(NamedTuple):
    """A line: where it begins, where its line end does, and the next line; what it says; its lines in the source,
    counted from the part's first.

    Places are those of the part's bytes, or of what base64 spells. A line of quoted-printable goes to its hard end.
    """

    start: int
    stop: int
    end: int
    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a part; `content`: its bytes, base64 undone."""

    part: MessagePart
    raw: bytes
    content: bytes
    lines: list[MailLine]
    flowed: bool
    joins: bool

    @property
    def in_base64(self) -> bool:
        """Whether the bytes are spelt in base64."""
        return self.part.encoding == "base64"

    def place(self, line: MailLine) -> tuple[int, int, int]:
        """Return where a line begins, stops and ends in the message."""
        start, stop, end = (_spelt(at, self.raw) if self.in_base64 else at for at in line[:3])
        return self.part.body + start, self.part.body + stop, self.part.body + end

    def without(self, dropped: Collection[int], place: str) -> bytes:
        """Return the part's bytes without the lines of these numbers, blank ones around them as in any text."""
        blank = {number for number, line in enumerate(self.lines) if not line.text.strip()}
        cuts = line_cuts([line[:3] for line in self.lines], blank - set(dropped), dropped)
        kept = []
        done = 0
        for start, end in cuts:
            kept.append(self.content[done:start])
            done = end
        content = b"".join([*kept, self.content[done:]])
        if not self.in_base64:
            return content
        if _in_base64(self.content, self.raw) != self.raw:
            raise InputError(place, "has base64 with lines of different lengths")
        return _in_base64(content, self.raw)


def read(data: bytes, part: MessagePart, place: str, escaped: bool) -> Body:
    """Return the text of a part; raise `InputError` if it cannot be read.

    `escaped`: whether a mailbox has put ">" before lines that begin with "From ".
    """
    raw = data[part.body : part.end]
    if why := over(raw, LINE * raw.count(b"\n")):
        raise InputError(place, why)
    content = _decoded(raw, place) if part.encoding == "base64" else raw
    if part.encoding == "quoted-printable":
        found = list(_logical(raw, escaped))
    elif part.encoding in (*PLAIN, "base64"):
        found = list(_physical(raw, content, escaped))
    else:
        known = ", ".join((*PLAIN, "quoted-printable", "base64"))
        raise InputError(place, f"has a text in the transfer encoding {part.encoding[:40]!r}, where {known} are read")
    codec = _codec(part, place)
    parameter = {name: str(part.header.get_param(name) or "").lower() for name in ("format", "delsp")}
    lines = [MailLine(*line[:3], _text(line[3], codec, place), *line[4:]) for line in found]
    return Body(part, raw, content, lines, parameter["format"] == "flowed", parameter["delsp"] == "yes")


Bare = tuple[int, int, int, bytes, int, int]
"""A line whose text is not decoded yet."""


def _physical(raw: bytes, content: bytes, escaped: bool) -> Iterator[Bare]:
    start, number, width = 0, 0, 1 + _width(raw)
    while start < len(content):
        end = content.find(b"\n", start) + 1 or len(content)
        line = content[start:end]
        stop = start + len(line.rstrip(b"\r\n"))
        first, last = number, number
        if content is not raw:
            first, last = _spelt(start, raw) // width, _spelt(max(start, stop - 1), raw) // width
        yield start, stop, end, _unescaped(content[start:stop], escaped and content is raw), first, last
        start, number = end, number + 1


def _logical(raw: bytes, escaped: bool) -> Iterator[Bare]:
    """Yield lines of quoted-printable up to their hard ends."""
    start, first, pieces = 0, 0, []
    for number, (begin, stop, end, line, _, _) in enumerate(_physical(raw, raw, escaped)):
        line = line.rstrip(b" \t")
        is_soft = line.endswith(b"=")
        pieces.append(binascii.a2b_qp(line[:-1] if is_soft else line))
        if len(pieces) == 1:
            start, first = begin, number
        if not is_soft or end == len(raw):
            yield start, stop, end, b"".join(pieces), first, number
            pieces = []


def _unescaped(line: bytes, escaped: bool) -> bytes:
    return line[1:] if escaped and _ESCAPED.match(line) else line


def _text(line: bytes, codec: str, place: str) -> str:
    """Return what a line says."""
    if line.isascii() and not codec.startswith(("iso2022", "hz")):
        return line.decode("ascii")
    for name in {"": ("utf-8", _WESTERN)}.get(codec, (codec,)):
        try:
            return line.decode(name)
        except UnicodeDecodeError as error:
            problem = (
                f"has a text that is not {shown(name)}, as it says: byte 0x{line[error.start]:02x} in a line of it"
            )
    raise InputError(place, problem)


def _codec(part: MessagePart, place: str) -> str:
    """Return the codec of a part's text; empty if its charset is not said."""
    try:
        label = str(part.header.get_content_charset() or "").strip()
    except (LookupError, ValueError):
        label = "?"
    if label in _UNDECLARED:
        return ""
    try:
        name = codec_of(label)
        same = "a =\n".encode(name)
    except (LookupError, UnicodeError, ValueError, TypeError):
        raise InputError(place, f"has a text in the charset {label[:40]!r}, which is not known") from None
    if same != b"a =\n":
        raise InputError(place, f"has a text in {shown(name)}, whose lines cannot be cut out of a message")
    return name


def _decoded(raw: bytes, place: str) -> bytes:
    spelt = b"".join(raw.split())
    try:
        content = binascii.a2b_base64(spelt)
        exact = binascii.b2a_base64(content, newline=False) == spelt
    except ValueError:
        exact = False
    if not exact:
        raise InputError(place, "has a text in base64 that is broken or cut short")
    return content


def _width(raw: bytes) -> int:
    """Return how many bytes the first line has, line end left out but for its last byte."""
    end = raw.find(b"\n")
    return len(raw) if end < 0 else end


def _spelt(at: int, raw: bytes) -> int:
    """Return where in base64 a byte of what it spells stands."""
    column = 4 * at // 3
    end = raw.find(b"\n")
    if end < 0:
        return column
    width = len(raw[:end].rstrip(b"\r"))
    return column + (column // width) * (end + 1 - width) if width else column


def _in_base64(content: bytes, like: bytes) -> bytes:
    """Return bytes spelt in base64, in lines as long as those and with their line ends."""
    spelt = binascii.b2a_base64(content, newline=False)
    end = like.find(b"\n")
    if end < 0:
        return spelt
    line_end = b"\r\n" if like[end - 1 : end] == b"\r" else b"\n"
    width = end + 1 - len(line_end)
    if not width:
        return spelt
    rows = [spelt[at : at + width] for at in range(0, len(spelt), width)]
    tail = like[len(like.rstrip(b"\r\n")) :]
    return line_end.join(rows) + tail
