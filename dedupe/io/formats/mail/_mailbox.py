"""The messages of a mailbox: each starts at a line such as "From anna@example.org Tue Apr  3 10:11:12 2024"."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from dedupe.errors import InputError

MAX_FROM_LINE_BYTES = 300
"""Most bytes of a line that starts a message."""

_FROM_LINE = re.compile(rb"From [^\r\n]{0,280}?\d:\d\d[^\r\n]{0,280}?\d{4}[^\r\n]*\r?\n?\Z")


class StoredMessage(NamedTuple):
    """A message in a mailbox: its bytes, its number, and its first line and byte in the file.

    `is_whole`: whether these are all its bytes; a message that is too large comes in pieces.
    """

    raw: bytes
    number: int
    line: int
    start: int
    is_whole: bool = True


def is_from_line(line: bytes) -> bool:
    r"""Say whether a line starts a message: it has the date that mailers put there, as in RFC 4155.

    >>> is_from_line(b"From - Tue Apr  3 10:11:12 2024\n"), is_from_line(b"From here on it was cold.\n")
    (True, False)
    """
    return len(line) <= MAX_FROM_LINE_BYTES and line.startswith(b"From ") and _FROM_LINE.match(line) is not None


def messages(stream: BinaryIO, place: str, max_bytes: int) -> Iterator[StoredMessage]:
    """Yield the messages of a mailbox in order; raise `InputError` if it is none."""
    lines = cast(io.BufferedReader, stream)
    pieces: list[bytes] = []
    size = number = first_line = start = position = line_number = 0
    is_whole = is_after_blank = True
    while line := lines.readline(1 << 16):
        if is_after_blank and is_from_line(line):
            if pieces:
                yield StoredMessage(b"".join(pieces), number, first_line, start, is_whole)
            pieces, size, is_whole = [], 0, True
            number, first_line, start = number + 1, line_number + 1, position
        elif not number and line.strip():
            raise InputError(
                place,
                'is not a mailbox: its first line is not of the form "From NAME DATE"; name its format with --format',
            )
        pieces.append(line)
        size += len(line)
        position += len(line)
        line_number += line.endswith(b"\n")
        is_after_blank = line in (b"\n", b"\r\n")
        if size > max_bytes:
            yield StoredMessage(b"".join(pieces), number, first_line, start, False)
            pieces, size, is_whole = [], 0, False
    if pieces:
        yield StoredMessage(b"".join(pieces), number, first_line, start, is_whole)
