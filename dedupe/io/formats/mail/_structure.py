"""The parts of a message (RFC 5322, RFC 2046) and where each lies in its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser

from dedupe.errors import InputError

MOST_DEPTH = 30
"""Multiparts that may stand in one another."""

MOST_PARTS = 10_000
"""Parts that a message may have; each takes some kilobytes."""

MOST_HEADER = 1 << 18
"""Bytes that a header may have."""

MOST_VALUE = 1 << 13
"""Characters of a field with parameters; they are split again and again."""

PLAIN = "7bit"
"""The transfer encoding of a part that names none."""

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_PARSER = HeaderParser()
_STRUCTURED = ("content-type", "content-disposition")


@dataclass(slots=True)
class MessagePart:
    """A part of a message: its header, where its body begins and ends, its media type and its transfer encoding, in
    small letters; a multipart has its own parts.
    """

    header: Message
    body: int
    end: int
    kind: str
    encoding: str
    parts: list[MessagePart] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether it has parts of its own."""
        return self.kind.startswith("multipart/")

    @property
    def is_attached(self) -> bool:
        """Whether it is a file of its own beside the text."""
        return self.header.get_content_disposition() == "attachment" or self.header.get_filename() is not None

    def walk(self) -> Iterator[MessagePart]:
        """Yield it and all parts in it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def leaves(self) -> Iterator[MessagePart]:
        """Yield the parts that have none of their own."""
        return (part for part in self.walk() if not part.is_multipart)


def parse(data: bytes, start: int, end: int, place: str) -> MessagePart:
    """Return the message that begins and ends there; raise `InputError` for one whose parts cannot be told."""
    count = 0

    def parsed(start: int, end: int, default: str, depth: int) -> MessagePart:
        nonlocal count
        count += 1
        if count > MOST_PARTS:
            raise InputError(place, f"has more than {MOST_PARTS:,} parts, so it is left as it was")
        if depth > MOST_DEPTH:
            raise InputError(place, f"has more than {MOST_DEPTH} multiparts in one another, so it is left as it was")
        part = _part(data, start, end, default, place)
        if part.is_multipart:
            inner = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
            part.parts = [parsed(*stretch, inner, depth + 1) for stretch in _stretches(data, part, place)]
        return part

    return parsed(start, end, "text/plain", 0)


def _part(data: bytes, start: int, end: int, default: str, place: str) -> MessagePart:
    """Return the part that begins and ends there, those in it left out."""
    if data.startswith((b"\n", b"\r\n"), start):
        body = start + (1 if data.startswith(b"\n", start) else 2)
        return MessagePart(Message(), min(body, end), end, default, PLAIN)
    found = _HEADER_END.search(data, start, min(end, start + MOST_HEADER))
    if found is None and end - start > MOST_HEADER:
        raise InputError(place, f"has a header of more than {MOST_HEADER:,} bytes, so it is left as it was")
    body = end if found is None else found.end()
    header = _PARSER.parsestr(data[start:body].decode("latin-1"))  # any byte may stand in a field
    if header.defects or header.get_payload():
        raise InputError(place, "has a header that is broken: a line in it is neither a field nor goes on with one")
    if any(len(str(value)) > MOST_VALUE for name in _STRUCTURED for value in header.get_all(name, ())):
        raise InputError(place, f"has a field of more than {MOST_VALUE:,} characters, so it is left as it was")
    kind = header.get_content_type() if "content-type" in header else default
    encoding = str(header.get("content-transfer-encoding", "")).strip().lower()
    return MessagePart(header, body, end, kind, encoding or PLAIN)


def _stretches(data: bytes, part: MessagePart, place: str) -> list[tuple[int, int]]:
    """Return where each part of a multipart begins and ends; the line end before a boundary belongs to that."""
    boundary = part.header.get_boundary()
    if not boundary:
        raise InputError(place, "has a multipart that names no boundary; its parts cannot be told")
    line = re.compile(rb"^--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t\r]*$", re.M)
    found: list[tuple[int, int]] = []
    begin = -1
    for match in line.finditer(data, part.body, part.end):
        if begin >= 0:
            stop = match.start() - 1
            stop -= data[stop - 1 : stop] == b"\r"
            found.append((begin, max(begin, stop)))
        if match.group(1):
            if begin < 0:
                break
            return found
        begin = min(match.end() + 1, part.end)
    what = "never begins" if begin < 0 else "never ends"
    raise InputError(place, f"has a multipart whose boundary {boundary[:70]!r} {what}; it may be cut short")
