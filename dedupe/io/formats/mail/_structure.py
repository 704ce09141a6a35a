"""The parts of a message (RFC 5322, RFC 2046) and their positions in its bytes; whether two messages have the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from email.parser import HeaderParser
from typing import Any

from dedupe.errors import InputError

MAX_DEPTH = 30
"""Most multiparts nested in one another."""

MAX_PARTS = 10_000
"""Most parts of a message; each takes some kilobytes."""

MAX_HEADER_BYTES = 1 << 18
"""Most bytes of a header."""

MAX_FIELD_CHARACTERS = 1 << 13
"""Most characters of a field with parameters, which are split again and again."""

DEFAULT_ENCODING = "7bit"
"""Transfer encoding of a part that names none."""

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_PARSER = HeaderParser()
_STRUCTURED = ("content-type", "content-disposition")


@dataclass(slots=True)
class MessagePart:
    """A part of a message: its header, start and end of its body, its media type and transfer encoding (lower case),
    and the parts of a multipart.
    """

    header: Message
    body: int
    end: int
    media_type: str
    encoding: str
    parts: list[MessagePart] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether this is a multipart."""
        return self.media_type.startswith("multipart/")

    @property
    def is_attached(self) -> bool:
        """Whether this is an attached file."""
        return self.header.get_content_disposition() == "attachment" or self.header.get_filename() is not None

    def walk(self) -> Iterator[MessagePart]:
        """Yield this part and all parts in it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def leaves(self) -> Iterator[MessagePart]:
        """Yield the parts that are no multiparts."""
        return (part for part in self.walk() if not part.is_multipart)


def parse(data: bytes, start: int, end: int, place: str) -> MessagePart:
    """Return the message in a span of bytes; raise `InputError` if its parts cannot be found."""
    count = 0

    def parse_part(start: int, end: int, default: str, depth: int) -> MessagePart:
        nonlocal count
        count += 1
        if count > MAX_PARTS:
            raise _unbounded(place, f"has more than {MAX_PARTS:,} parts")
        if depth > MAX_DEPTH:
            raise _unbounded(place, f"has more than {MAX_DEPTH} multiparts in one another")
        part = _read_part(data, start, end, default, place)
        if part.is_multipart:
            inner = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
            part.parts = [parse_part(*span, inner, depth + 1) for span in _part_spans(data, part, place)]
        return part

    return parse_part(start, end, "text/plain", 0)


def _unbounded(place: str, problem: str) -> InputError:
    """Return the error of a message beyond the bounds."""
    return InputError(place, f"{problem}, so it is left as it was; extract its text first")


def _read_part(data: bytes, start: int, end: int, default: str, place: str) -> MessagePart:
    """Return the part in a span of bytes, without the parts in it."""
    if data.startswith((b"\n", b"\r\n"), start):
        body = start + (1 if data.startswith(b"\n", start) else 2)
        return MessagePart(Message(), min(body, end), end, default, DEFAULT_ENCODING)
    header_end = _HEADER_END.search(data, start, min(end, start + MAX_HEADER_BYTES))
    if header_end is None and end - start > MAX_HEADER_BYTES:
        raise _unbounded(place, f"has a header of more than {MAX_HEADER_BYTES:,} bytes")
    body = end if header_end is None else header_end.end()
    header = _PARSER.parsestr(data[start:body].decode("latin-1"))  # any byte may stand in a field
    if header.defects or header.get_payload():
        raise InputError(
            place, "has a broken header: a line in it neither starts nor continues a field; correct its header"
        )
    if any(len(str(value)) > MAX_FIELD_CHARACTERS for name in _STRUCTURED for value in header.get_all(name, ())):
        raise _unbounded(place, f"has a field of more than {MAX_FIELD_CHARACTERS:,} characters")
    media_type = header.get_content_type() if "content-type" in header else default
    encoding = str(header.get("content-transfer-encoding", "")).strip().lower()
    return MessagePart(header, body, end, media_type, encoding or DEFAULT_ENCODING)


def _part_spans(data: bytes, part: MessagePart, place: str) -> list[tuple[int, int]]:
    """Return the span of each part of a multipart; the line end before a boundary belongs to the boundary."""
    boundary = part.header.get_boundary()
    if not boundary:
        raise InputError(
            place, "has a multipart that names no boundary, so its parts cannot be found; correct its header"
        )
    line = re.compile(rb"^--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t\r]*$", re.M)
    spans: list[tuple[int, int]] = []
    start = -1
    for match in line.finditer(data, part.body, part.end):
        if start >= 0:
            end = match.start() - 1
            end -= data[end - 1 : end] == b"\r"
            spans.append((start, max(start, end)))
        if match.group(1):
            if start < 0:
                break
            return spans
        start = min(match.end() + 1, part.end)
    problem = "never begins" if start < 0 else "never ends"
    raise InputError(
        place,
        f"has a multipart whose boundary {boundary[:70]!r} {problem}; it may be cut short, so get an undamaged copy",
    )


SIZE_FIELDS = ("content-length", "lines")
"""Fields with the size of a body, which change with it."""


def is_same(before: bytes, after: bytes, changed: Mapping[int, bytes]) -> bool:
    """Say whether a message differs only in the bodies of these leaves, by number, which have the new content."""
    before_message, after_message = (message_from_string(data.decode("latin-1")) for data in (before, after))
    if not _has_same_structure(before_message, after_message):
        return False
    leaves = list(zip(_leaves(before_message), _leaves(after_message), strict=True))
    if any(number >= len(leaves) for number in changed):
        return False
    return all(
        _body_of(new_leaf) == changed[number] if number in changed else _is_unchanged(old_leaf, new_leaf)
        for number, (old_leaf, new_leaf) in enumerate(leaves)
    )


def _has_same_structure(before_message: Message, after_message: Message) -> bool:
    """Say whether two messages have the same headers and the same structure."""
    if _fields(before_message) != _fields(after_message) or _has_parts(before_message) != _has_parts(after_message):
        return False
    if not _has_parts(before_message):
        return True
    contents = list(before_message.get_payload()), list(after_message.get_payload())
    return (
        len(contents[0]) == len(contents[1])
        and (before_message.preamble, before_message.epilogue) == (after_message.preamble, after_message.epilogue)
        and all(map(_has_same_structure, *contents))
    )


def _has_parts(message: Message) -> bool:
    return message.is_multipart() and message.get_content_maintype() == "multipart"


def _fields(message: Any) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in message.items() if name.lower() not in SIZE_FIELDS]


def _leaves(message: Message) -> Iterator[Message]:
    if _has_parts(message):
        for part in message.get_payload():
            yield from _leaves(part)  # type: ignore[arg-type]  # a message, as it is in a multipart
    else:
        yield message


def _body_of(message: Message) -> bytes | None:
    payload = message.get_payload()
    return payload.encode("latin-1") if isinstance(payload, str) else None


def _is_unchanged(before: Any, after: Any) -> bool:
    """Say whether two leaves are equal, with the messages in them."""
    contents = before.get_payload(), after.get_payload()
    if not (isinstance(contents[0], list) and isinstance(contents[1], list)):
        return bool(contents[0] == contents[1])
    same = len(contents[0]) == len(contents[1])
    return same and all(
        _fields(new_leaf) == _fields(old_leaf) and _is_unchanged(new_leaf, old_leaf)
        for new_leaf, old_leaf in zip(*contents, strict=True)
    )
