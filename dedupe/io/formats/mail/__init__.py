"""Mail: messages (EML) and mailboxes (mbox); their plain texts are edited, and nothing else in them."""

from __future__ import annotations

import re
from codecs import BOM_UTF8 as BOM
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timezone
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from typing import Any, BinaryIO

from dedupe._failures import unexpected
from dedupe.errors import InputError, MissingExtraError
from dedupe.io.formats.mail._body import Body
from dedupe.io.formats.mail._body import read as read_body
from dedupe.io.formats.mail._checking import is_same
from dedupe.io.formats.mail._mailbox import Stored, begins, messages
from dedupe.io.formats.mail._structure import MOST_VALUE, MessagePart, parse
from dedupe.io.formats.mail._text import MailParagraph, blocks_of, document_of, words_of
from dedupe.io.formats.record import ReadOptions, Record, oversize
from dedupe.model import Document, Report

SIGNED = "the message is signed, and the signature would no longer hold, so it stays"
ENCRYPTED = "the message is encrypted, so it stays"
TWOFOLD = "the HTML part of the message would say it still, so it stays"
PAGE = "the message is a page of HTML, which is only checked, so it stays"
"""Why nothing is taken out of some messages."""

LEAST_NAME = 3
"""Letters of the shortest name by which somebody is recognised."""

_ARMOUR = "-----BEGIN PGP "


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message that is read: its bytes, its structure, the numbers of the leaves that are texts, and their bodies.

    `end`: where it ends, without the line that parts it from the next one of a mailbox. `sealed`: why nothing may be
    taken out of it.
    """

    data: bytes
    start: int
    end: int
    root: MessagePart
    numbers: Sequence[int]
    bodies: Sequence[Body]
    blocks: Sequence[MailParagraph]
    sealed: str


def read_message(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the message in a file as one record."""
    data = stream.read(read_options.max_record + 1)
    if len(data) > read_options.max_record:
        raise InputError(place, oversize(read_options))
    if data:
        yield _record(Stored(data, 1, 1, 0), place, place, {}, is_stored=False)


def read_mailbox(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a record for each message of a mailbox."""
    last = 0
    for one in messages(stream, place, read_options.max_record):
        where = f"{place}:message {one.number}"
        if one.whole:
            names = {"document": place, "record": one.number, "line": one.line, "field": "text", "id": ""}
            yield _record(one, place, where, names, is_stored=True)
        else:
            yield Record(one.raw, error=InputError(where, oversize(read_options)) if one.number != last else None)
        last = one.number


def _record(one: Stored, place: str, where: str, names: dict[str, Any], is_stored: bool) -> Record:
    """Return a message as a record; one that cannot be read is a record with an error."""
    try:
        message = opened(one.raw, where, is_stored)
        if not message.bodies:
            page = _page(message, one, where, is_stored)
            if page is None:
                return Record(one.raw, absent=True)
            return Record(one.raw, (page,), places=(names,), sealed=PAGE)
        lines = [one.line + one.raw.count(b"\n", 0, body.part.body) for body in message.bodies]
        document = document_of(message.bodies, message.blocks, where, _date(message.root), one.start, lines)
    except InputError as error:
        return Record(one.raw, error=error)
    except MissingExtraError as error:
        return Record(one.raw, error=InputError(where, f"has its text in HTML only; {error}"))
    except Exception as error:
        return Record(one.raw, error=unexpected(where, error))
    rebuild = partial(_rebuilt, message, document, where, is_stored)
    return Record(one.raw, (document,), rebuild, (names,), sealed=message.sealed)


def _page(message: OpenMessage, one: Stored, where: str, is_stored: bool) -> Document | None:
    """Return the text of a message that is a page of HTML and nothing beside; None if it is no page either."""
    leaves = (part for part in message.root.leaves() if part.kind == "text/html" and not part.is_attached)
    part = next(leaves, None)
    if part is None:
        return None
    from dedupe.io.formats import html  # what only pages need

    body = read_body(message.data, part, where, is_stored)
    record = html.record(BOM + "\n".join(line.text for line in body.lines).encode("utf-8", "replace"), where)
    if record.error is not None:
        raise record.error
    (document,) = record.documents
    assert document.layout is not None
    line = one.line + one.raw.count(b"\n", 0, part.body)

    def placed(number: int) -> int:
        return line + body.lines[min(number, len(body.lines)) - 1].first

    paragraphs = [
        replace(row, first_line=placed(row.first_line), last_line=placed(row.last_line), column=0)
        for row in document.layout.paragraphs
    ]
    layout = replace(document.layout, paragraphs=tuple(paragraphs))
    return replace(document, id=where, date=_date(message.root), layout=layout)


def opened(data: bytes, place: str, is_stored: bool) -> OpenMessage:
    """Return a message that is read; raise `InputError` for one that cannot be. `is_stored`: it is of a mailbox."""
    start = len(BOM) if data.startswith(BOM) else 0
    end = len(data)
    if is_stored:
        parting = next((mark for mark in (b"\r\n\r\n", b"\n\n") if data.endswith(mark)), b"")
        end -= len(parting) // 2
    root = parse(data, start, end, place)
    if not root.header and not root.is_multipart:
        raise InputError(place, "is no message: it does not begin with a header")
    leaves = list(root.leaves())
    texts = [(at, part) for at, part in enumerate(leaves) if part.kind == "text/plain" and not part.is_attached]
    bodies = [read_body(data, part, place, is_stored) for _, part in texts]
    blocks = blocks_of(bodies, _recipients(root))
    return OpenMessage(data, start, end, root, [at for at, _ in texts], bodies, blocks, _sealed(root, blocks))


def _recipients(root: MessagePart) -> set[frozenset[str]]:
    """Return the words of the name, and of the address, of each to whom a message goes."""
    fields = [str(value) for name in ("to", "cc") for value in root.header.get_all(name, ())]
    if sum(map(len, fields)) > MOST_VALUE:
        return set()  # nobody answers so many, and they are long to take apart
    found = {words_of(one) for name, address in getaddresses(fields) for one in (_decoded(name), address)}
    return {words for words in found if sum(map(len, words)) >= LEAST_NAME}


def _decoded(name: str) -> str:
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, ValueError):
        return name


def _sealed(root: MessagePart, blocks: Sequence[MailParagraph]) -> str:
    """Return why nothing may be taken out of a message; empty if something may."""
    kinds = {part.kind for part in root.walk()}
    if "multipart/signed" in kinds or any(_ARMOUR in block.text for block in blocks):
        return SIGNED
    if "multipart/encrypted" in kinds:
        return ENCRYPTED
    has_page = any(part.kind == "text/html" and not part.is_attached for part in root.leaves())
    return TWOFOLD if has_page else ""


def _date(root: MessagePart) -> str:
    """Return when a message was sent, in UTC; empty if it does not say."""
    try:
        date = parsedate_to_datetime(str(root.header["date"]))
        return date.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if date.tzinfo else date.isoformat()
    except (TypeError, ValueError, OverflowError, IndexError):
        return ""


def _rebuilt(message: OpenMessage, document: Document, place: str, is_stored: bool, reports: Sequence[Report]) -> bytes:
    """Return the bytes without what goes; raise `InputError` if the rest would not be what it should be."""
    assert document.layout is not None
    going = {finding.span.start for finding in reports[0].findings if finding.action == "remove"}
    starts = [paragraph.start for paragraph in document.layout.paragraphs]
    stays = [block for block, start in zip(message.blocks, starts, strict=True) if start not in going]
    dropped: dict[int, set[int]] = {}
    for block, start in zip(message.blocks, starts, strict=True):
        if start in going:
            dropped.setdefault(block.part, set()).update(range(block.first, block.last + 1))
    changed = {part: message.bodies[part].without(lines, place) for part, lines in dropped.items()}
    data, done = [], 0
    for part, body in changed.items():
        data += [message.data[done : message.bodies[part].part.body], body]
        done = message.bodies[part].part.end
    data.append(message.data[done:])
    after = _counted(message, b"".join(data))
    anew = opened(after, place, is_stored)
    expected = {message.numbers[part]: body for part, body in changed.items()}
    if (
        [block[3:] for block in anew.blocks] != [block[3:] for block in stays]
        or (is_stored and _splits(after))
        or not is_same(message.data[message.start : message.end], after[anew.start : anew.end], expected)
    ):
        raise InputError(place, "would not read as it should without what goes")
    return after


def _splits(data: bytes) -> bool:
    """Say whether a mailbox would have more than one message of this one."""
    lines = data.split(b"\n")
    return any(begins(line) and lines[at].strip(b"\r") == b"" for at, line in enumerate(lines[1:]))


_COUNTS = re.compile(rb"^(content-length|lines):[ \t]*(\d{1,18})[ \t]*(?=\r?$)", re.IGNORECASE | re.MULTILINE)


def _counted(message: OpenMessage, data: bytes) -> bytes:
    """Return the new bytes with the right length of the body, and number of its lines, where the header has them.

    What was not right before stays as it was.
    """
    old, new = message.data[message.root.body :], data[message.root.body :]
    tail = len(message.data) - message.end
    counts = {
        b"content-length": {len(old): len(new), len(old) - tail: len(new) - tail},
        b"lines": {text.count(b"\n"): now.count(b"\n") for text, now in ((old, new), _ended(old, new, tail))},
    }

    def right(match: re.Match[bytes]) -> bytes:
        name, value = match.group(1).lower(), int(match.group(2))
        if value not in counts[name]:
            return match.group()
        return match.group()[: match.start(2) - match.start()] + str(counts[name][value]).encode()

    header = _COUNTS.sub(right, data[: message.root.body])
    return header + new


def _ended(old: bytes, new: bytes, tail: int) -> tuple[bytes, bytes]:
    return (old[:-tail], new[:-tail]) if tail else (old, new)
