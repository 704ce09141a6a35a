"""Mail: messages (EML) and mailboxes (mbox); repeats are cut out of their plain texts only."""

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
from dedupe.io.formats.mail._mailbox import StoredMessage, is_from_line, messages
from dedupe.io.formats.mail._structure import MAX_FIELD_CHARACTERS, MessagePart, is_same, parse
from dedupe.io.formats.mail._text import MailParagraph, document_of, paragraphs_of, words_of
from dedupe.io.formats.record import ReadOptions, Record, oversize
from dedupe.model import Document, Report

SIGNED = "the message is signed, and the signature would become invalid, so it stays"
ENCRYPTED = "the message is encrypted, so it stays"
HAS_HTML = "the HTML part of the message would still have it, so it stays"
ONLY_HTML = "the message is in HTML only, which is checked but not changed, so it stays"
"""Reasons why nothing is removed from a message, as a finding has them."""

MIN_NAME_LETTERS = 3
"""Fewest letters of a name that identifies a recipient."""

_PGP_ARMOR = "-----BEGIN PGP "


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A parsed message: its bytes, its structure, the numbers of the leaves that are texts, and their bodies.

    `end`: its end, without the empty line before the next message of a mailbox. `sealed`: why nothing may be removed
    from it.
    """

    data: bytes
    start: int
    end: int
    root: MessagePart
    leaf_numbers: Sequence[int]
    bodies: Sequence[Body]
    paragraphs: Sequence[MailParagraph]
    sealed: str


def read_message(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the message in a file as a record."""
    data = stream.read(read_options.max_record + 1)
    if len(data) > read_options.max_record:
        raise InputError(place, oversize(read_options))
    if data:
        yield _record(StoredMessage(data, 1, 1, 0), place, {}, is_stored=False)


def read_mailbox(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a record for each message of a mailbox."""
    last_number = 0
    for stored in messages(stream, place, read_options.max_record):
        where = f"{place}:message {stored.number}"
        if stored.is_whole:
            location = {"document": place, "record": stored.number, "line": stored.line, "field": "text", "id": ""}
            yield _record(stored, where, location, is_stored=True)
        else:
            is_first = stored.number != last_number
            yield Record(stored.raw, error=InputError(where, oversize(read_options)) if is_first else None)
        last_number = stored.number


def _record(stored: StoredMessage, where: str, location: dict[str, Any], is_stored: bool) -> Record:
    """Return a message as a record; a record with an error if it cannot be read."""
    try:
        message = parse_message(stored.raw, where, is_stored)
        if not message.bodies:
            document = _html_document(message, stored, where, is_stored)
            if document is None:
                return Record(stored.raw, absent=True)
            return Record(stored.raw, (document,), places=(location,), sealed=ONLY_HTML)
        lines = [stored.line + stored.raw.count(b"\n", 0, body.part.body) for body in message.bodies]
        document = document_of(message.bodies, message.paragraphs, where, _date(message.root), stored.start, lines)
    except InputError as error:
        return Record(stored.raw, error=error)
    except MissingExtraError as error:
        return Record(stored.raw, error=InputError(where, f"has its text in HTML only; {error}"))
    except Exception as error:
        return Record(stored.raw, error=unexpected(where, error))
    rebuild = partial(_without_repeats, message, document, where, is_stored)
    return Record(stored.raw, (document,), rebuild, (location,), sealed=message.sealed)


def _html_document(message: OpenMessage, stored: StoredMessage, where: str, is_stored: bool) -> Document | None:
    """Return the document of a message that has its text in HTML only; None if it has no text at all."""
    leaves = (part for part in message.root.leaves() if part.media_type == "text/html" and not part.is_attached)
    part = next(leaves, None)
    if part is None:
        return None
    from dedupe.io.formats import html  # needed for HTML only

    body = read_body(message.data, part, where, is_stored)
    record = html.record(BOM + "\n".join(line.text for line in body.lines).encode("utf-8", "replace"), where)
    if record.error is not None:
        raise record.error
    (document,) = record.documents
    assert document.layout is not None
    line = stored.line + stored.raw.count(b"\n", 0, part.body)

    def source_line(number: int) -> int:
        return line + body.lines[min(number, len(body.lines)) - 1].first

    paragraphs = [
        replace(one, first_line=source_line(one.first_line), last_line=source_line(one.last_line), column=0)
        for one in document.layout.paragraphs
    ]
    layout = replace(document.layout, paragraphs=tuple(paragraphs))
    return replace(document, id=where, date=_date(message.root), layout=layout)


def parse_message(data: bytes, place: str, is_stored: bool) -> OpenMessage:
    """Return a parsed message; raise `InputError` if it cannot be read. `is_stored`: whether it is in a mailbox."""
    start = len(BOM) if data.startswith(BOM) else 0
    end = len(data)
    if is_stored:
        separator = next((mark for mark in (b"\r\n\r\n", b"\n\n") if data.endswith(mark)), b"")
        end -= len(separator) // 2
    root = parse(data, start, end, place)
    if not root.header and not root.is_multipart:
        raise InputError(place, "is not a message: it does not begin with a header; name its format with --format")
    leaves = list(root.leaves())
    numbers = [number for number, part in enumerate(leaves) if part.media_type == "text/plain" and not part.is_attached]
    bodies = [read_body(data, leaves[number], place, is_stored) for number in numbers]
    paragraphs = paragraphs_of(bodies, _recipients(root))
    return OpenMessage(data, start, end, root, numbers, bodies, paragraphs, _seal_reason(root, paragraphs))


def _recipients(root: MessagePart) -> set[frozenset[str]]:
    """Return the words of the name, and of the address, of each recipient of a message."""
    fields = [str(value) for name in ("to", "cc") for value in root.header.get_all(name, ())]
    if sum(map(len, fields)) > MAX_FIELD_CHARACTERS:
        return set()  # too slow to parse, and nobody answers so many
    found = {words_of(part) for name, address in getaddresses(fields) for part in (_decoded_name(name), address)}
    return {words for words in found if sum(map(len, words)) >= MIN_NAME_LETTERS}


def _decoded_name(name: str) -> str:
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, ValueError):
        return name


def _seal_reason(root: MessagePart, paragraphs: Sequence[MailParagraph]) -> str:
    """Return why nothing may be removed from a message; empty if something may."""
    media_types = {part.media_type for part in root.walk()}
    if "multipart/signed" in media_types or any(_PGP_ARMOR in paragraph.text for paragraph in paragraphs):
        return SIGNED
    if "multipart/encrypted" in media_types:
        return ENCRYPTED
    has_page = any(part.media_type == "text/html" and not part.is_attached for part in root.leaves())
    return HAS_HTML if has_page else ""


def _date(root: MessagePart) -> str:
    """Return the date of a message in UTC; empty if it has none."""
    try:
        date = parsedate_to_datetime(str(root.header["date"]))
        return date.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if date.tzinfo else date.isoformat()
    except (TypeError, ValueError, OverflowError, IndexError):
        return ""


def _without_repeats(
    message: OpenMessage, document: Document, place: str, is_stored: bool, reports: Sequence[Report]
) -> bytes:
    """Return the bytes without the removed paragraphs; raise `InputError` if the rest would change, too."""
    assert document.layout is not None
    removed_starts = {finding.span.start for finding in reports[0].findings if finding.action == "remove"}
    starts = [paragraph.start for paragraph in document.layout.paragraphs]
    remaining: list[MailParagraph] = []
    removed_lines: dict[int, set[int]] = {}
    for paragraph, start in zip(message.paragraphs, starts, strict=True):
        if start not in removed_starts:
            remaining.append(paragraph)
        else:
            removed_lines.setdefault(paragraph.part, set()).update(range(paragraph.first, paragraph.last + 1))
    changed = {part: message.bodies[part].without(lines, place) for part, lines in removed_lines.items()}
    data, done = [], 0
    for part, body in changed.items():
        data += [message.data[done : message.bodies[part].part.body], body]
        done = message.bodies[part].part.end
    data.append(message.data[done:])
    cleaned = _with_new_sizes(message, b"".join(data))
    reparsed = parse_message(cleaned, place, is_stored)
    expected = {message.leaf_numbers[part]: body for part, body in changed.items()}
    if (
        [paragraph[3:] for paragraph in reparsed.paragraphs] != [paragraph[3:] for paragraph in remaining]
        or (is_stored and _has_from_line(cleaned))
        or not is_same(message.data[message.start : message.end], cleaned[reparsed.start : reparsed.end], expected)
    ):
        raise InputError(
            place,
            "would not be parsed as it should without its duplicates; please report it, with the message, as a bug",
        )
    return cleaned


def _has_from_line(data: bytes) -> bool:
    """Say whether a mailbox reader would split this message."""
    lines = data.split(b"\n")
    return any(is_from_line(line) and lines[number].strip(b"\r") == b"" for number, line in enumerate(lines[1:]))


_COUNTS = re.compile(rb"^(content-length|lines):[ \t]*(\d{1,18})[ \t]*(?=\r?$)", re.IGNORECASE | re.MULTILINE)


def _with_new_sizes(message: OpenMessage, data: bytes) -> bytes:
    """Return the new bytes with the sizes of the body in the header updated, in bytes and lines.

    A size that was wrong before stays.
    """
    old, new = message.data[message.root.body :], data[message.root.body :]
    separator_bytes = len(message.data) - message.end
    sizes = {
        b"content-length": {len(old): len(new), len(old) - separator_bytes: len(new) - separator_bytes},
        b"lines": {
            text.count(b"\n"): now.count(b"\n")
            for text, now in ((old, new), _without_separator(old, new, separator_bytes))
        },
    }

    def updated(match: re.Match[bytes]) -> bytes:
        name, value = match.group(1).lower(), int(match.group(2))
        if value not in sizes[name]:
            return match.group()
        return match.group()[: match.start(2) - match.start()] + str(sizes[name][value]).encode()

    header = _COUNTS.sub(updated, data[: message.root.body])
    return header + new


def _without_separator(old: bytes, new: bytes, separator_bytes: int) -> tuple[bytes, bytes]:
    return (old[:-separator_bytes], new[:-separator_bytes]) if separator_bytes else (old, new)
