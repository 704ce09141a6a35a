"""The text of a part: its lines as a reader sees them, and the bytes of the part without some of them."""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dedupe.errors import InputError, damaged
from dedupe.io.formats._labels import codec_of, shown
from dedupe.io.formats.mail._structure import MessagePart
from dedupe.text.bounds import over
from dedupe.text.removal import line_cuts

LINE_BYTES = 900
"""Memory for a line with the objects made of it."""

PLAIN_ENCODINGS = ("7bit", "8bit", "binary")
"""Transfer encodings that do not change a text."""

_ESCAPED = re.compile(rb">+From ")
_WINDOWS_1252 = "web-windows-1252"
_UNDECLARED = ("", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "unknown")


class MailLine(NamedTuple):
    """A line: the positions of its start, of its line end and of the next line; its text; its first and last line in
    the source, counted from the first one of the part.

    Positions are those in the bytes of the part, base64 decoded. A line of quoted-printable ends at a hard line end.
    """

    start: int
    stop: int
    end: int
    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a part; `content`: its bytes, base64 decoded."""

    part: MessagePart
    raw: bytes
    content: bytes
    lines: list[MailLine]
    flowed: bool
    joins: bool

    @property
    def in_base64(self) -> bool:
        """Whether the bytes are in base64."""
        return self.part.encoding == "base64"

    def span_of(self, line: MailLine) -> tuple[int, int, int]:
        """Return the positions in the message of a line, of its line end and of the next line."""
        start, stop, end = (
            _base64_position(position, self.raw) if self.in_base64 else position for position in line[:3]
        )
        return self.part.body + start, self.part.body + stop, self.part.body + end

    def without(self, dropped: Collection[int], place: str) -> bytes:
        """Return the bytes of the part without the lines of these numbers and the blank lines around them."""
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
        if _base64_encoded(self.content, self.raw) != self.raw:
            raise InputError(place, "has base64 with lines of different lengths; remove its duplicates by hand")
        return _base64_encoded(content, self.raw)


def read(data: bytes, part: MessagePart, place: str, is_escaped: bool) -> Body:
    """Return the text of a part; raise `InputError` if it cannot be read.

    `is_escaped`: whether a mailbox has put ">" before lines that begin with "From ".
    """
    raw = data[part.body : part.end]
    if why := over(raw, LINE_BYTES * raw.count(b"\n")):
        raise InputError(place, why)
    content = _base64_decoded(raw, place) if part.encoding == "base64" else raw
    if part.encoding == "quoted-printable":
        undecoded = list(_quoted_printable_lines(raw, is_escaped))
    elif part.encoding in (*PLAIN_ENCODINGS, "base64"):
        undecoded = list(_physical_lines(raw, content, is_escaped))
    else:
        known = ", ".join((*PLAIN_ENCODINGS, "quoted-printable", "base64"))
        raise InputError(
            place,
            f"has a text in the transfer encoding {part.encoding[:40]!r}, where {known} are read; "
            "save the message with another one",
        )
    codec = _codec_of(part, place)
    parameter = {name: str(part.header.get_param(name) or "").lower() for name in ("format", "delsp")}
    lines = [MailLine(*line[:3], _line_text(line[3], codec, place), *line[4:]) for line in undecoded]
    return Body(part, raw, content, lines, parameter["format"] == "flowed", parameter["delsp"] == "yes")


UndecodedLine = tuple[int, int, int, bytes, int, int]
"""A line whose text is not decoded yet."""


def _physical_lines(raw: bytes, content: bytes, is_escaped: bool) -> Iterator[UndecodedLine]:
    start, number, width = 0, 0, 1 + _line_length(raw)
    while start < len(content):
        end = content.find(b"\n", start) + 1 or len(content)
        line = content[start:end]
        stop = start + len(line.rstrip(b"\r\n"))
        first, last = number, number
        if content is not raw:
            first, last = _base64_position(start, raw) // width, _base64_position(max(start, stop - 1), raw) // width
        yield start, stop, end, _unescaped(content[start:stop], is_escaped and content is raw), first, last
        start, number = end, number + 1


def _quoted_printable_lines(raw: bytes, is_escaped: bool) -> Iterator[UndecodedLine]:
    """Yield the lines of quoted-printable, soft line ends removed."""
    start, first, pieces = 0, 0, []
    for number, (begin, stop, end, line, _, _) in enumerate(_physical_lines(raw, raw, is_escaped)):
        line = line.rstrip(b" \t")
        is_soft = line.endswith(b"=")
        pieces.append(binascii.a2b_qp(line[:-1] if is_soft else line))
        if len(pieces) == 1:
            start, first = begin, number
        if not is_soft or end == len(raw):
            yield start, stop, end, b"".join(pieces), first, number
            pieces = []


def _unescaped(line: bytes, is_escaped: bool) -> bytes:
    return line[1:] if is_escaped and _ESCAPED.match(line) else line


def _line_text(line: bytes, codec: str, place: str) -> str:
    """Return the text of a line."""
    if line.isascii() and not codec.startswith(("iso2022", "hz")):
        return line.decode("ascii")
    for name in {"": ("utf-8", _WINDOWS_1252)}.get(codec, (codec,)):
        try:
            return line.decode(name)
        except UnicodeDecodeError as error:
            problem = (
                f"has a text that is not {shown(name)}, as declared: byte 0x{line[error.start]:02x} in a line of it; "
                "correct the charset in its header"
            )
    raise InputError(place, problem)


def _codec_of(part: MessagePart, place: str) -> str:
    """Return the codec of the text of a part; empty if no charset is declared."""
    try:
        label = str(part.header.get_content_charset() or "").strip()
    except (LookupError, ValueError):
        label = "?"
    if label in _UNDECLARED:
        return ""
    try:
        name = codec_of(label)
        probe = "a =\n".encode(name)
    except (LookupError, UnicodeError, ValueError, TypeError):
        raise InputError(
            place, f"has a text in the charset {label[:40]!r}, which is not known; correct its name"
        ) from None
    if probe != b"a =\n":
        raise InputError(
            place,
            f"has a text in {shown(name)}, whose lines cannot be cut out of a message; remove its duplicates by hand",
        )
    return name


def _base64_decoded(raw: bytes, place: str) -> bytes:
    encoded = b"".join(raw.split())
    try:
        content = binascii.a2b_base64(encoded)
        exact = binascii.b2a_base64(content, newline=False) == encoded
    except ValueError:
        exact = False
    if not exact:
        raise damaged(place, "has a text in base64 that is broken or cut short")
    return content


def _line_length(raw: bytes) -> int:
    """Return the length of the first line in bytes, up to its line feed."""
    end = raw.find(b"\n")
    return len(raw) if end < 0 else end


def _base64_position(position: int, raw: bytes) -> int:
    """Return the position in base64 of a byte of the decoded content."""
    column = 4 * position // 3
    end = raw.find(b"\n")
    if end < 0:
        return column
    width = len(raw[:end].rstrip(b"\r"))
    return column + (column // width) * (end + 1 - width) if width else column


def _base64_encoded(content: bytes, original: bytes) -> bytes:
    """Return bytes in base64, in lines of the length of the original ones and with their line ends."""
    encoded = binascii.b2a_base64(content, newline=False)
    end = original.find(b"\n")
    if end < 0:
        return encoded
    line_end = b"\r\n" if original[end - 1 : end] == b"\r" else b"\n"
    width = end + 1 - len(line_end)
    if not width:
        return encoded
    lines = [encoded[position : position + width] for position in range(0, len(encoded), width)]
    tail = original[len(original.rstrip(b"\r\n")) :]
    return line_end.join(lines) + tail
