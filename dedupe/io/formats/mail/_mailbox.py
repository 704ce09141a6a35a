"""A mailbox as a row of messages: each begins at a line such as "From anna@example.org Tue Apr  3 10:11:12 2024"."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from dedupe.errors import InputError

LONGEST = 300
"""Bytes of the longest line that begins a message."""

_BEGIN = re.compile(rb"From [^\r\n]{0,280}?\d:\d\d[^\r\n]{0,280}?\d{4}[^\r\n]*\r?\n?\Z")


class Stored(NamedTuple):
    """A message in a mailbox: its bytes, its number, its first line and byte in the file.

    `whole`: whether these are all its bytes; of one that is too large they come in pieces.
    """

    raw: bytes
    number: int
    line: int
    start: int
    whole: bool = True


def begins(line: bytes) -> bool:
    r"""Say whether a message begins at a line: the date that mailers put there is looked for, as in RFC 4155.

    >>> begins(b"From - Tue Apr  3 10:11:12 2024\n"), begins(b"From here on it was cold.\n")
    (True, False)
    """
    return len(line) <= LONGEST and line.startswith(b"From ") and _BEGIN.match(line) is not None


def messages(stream: BinaryIO, place: str, most: int) -> Iterator[Stored]:
    """Yield the messages of a mailbox as they come; raise `InputError` for what is none."""
    lines = cast(io.BufferedReader, stream)
    held: list[bytes] = []
    size = number = first = start = at = row = 0
    whole = blank = True
    while line := lines.readline(1 << 16):
        if blank and begins(line):
            if held:
                yield Stored(b"".join(held), number, first, start, whole)
            held, size, whole = [], 0, True
            number, first, start = number + 1, row + 1, at
        elif not number and line.strip():
            raise InputError(place, 'is no mailbox: its first line is not of the kind "From NAME DATE"')
        held.append(line)
        size += len(line)
        at += len(line)
        row += line.endswith(b"\n")
        blank = line in (b"\n", b"\r\n")
        if size > most:
            yield Stored(b"".join(held), number, first, start, False)
            held, size, whole = [], 0, False
    if held:
        yield Stored(b"".join(held), number, first, start, whole)
