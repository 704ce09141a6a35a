"""WET: the texts of a web archive, one record after the other; one that changes gets its new length and digests."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

import regex

from dedupe._failures import unexpected
from dedupe.errors import InputError, OptionError
from dedupe.io.formats._decoding import Decoded, codec_named, decode_text
from dedupe.io.formats.record import ReadOptions, Record, named, oversize
from dedupe.model import Document, Report

HEADER = 1 << 16
"""Bytes that the header of a record may have."""

BLANKS = 1 << 12
"""Bytes of empty lines that may stand between two records; there are to be four."""

CONVERSION, TEXT = "conversion", "text/plain"
"""The type of the records that are read, and their media type."""

_BEGINNING = regex.compile(rb"WARC/\d\.\d\r?\n")
_LINE_ENDS = regex.compile(r"\r?\n(?![ \t])")
"""Ends of the lines of a header; what begins with a blank goes on with the line before."""

_DIGESTS = ("warc-block-digest", "warc-payload-digest")
"""Of a text both are over the whole block."""

_ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_CHARSET = regex.compile(r";\s*+charset\s*+=\s*+\"?+([^\s\";]++)", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WetHeader:
    """What stands before the block of a record, its lines with their ends, and the values by names in small letters."""

    lines: tuple[str, ...]
    values: dict[str, str]

    def with_block(self, block: bytes) -> bytes:
        """Return the header for another block: its length and digests are that one's; all else stays.

        The line of a digest by an algorithm that is not known here is left out, for it would be wrong.
        """
        lines = []
        for line in self.lines:
            name, value = _split(line)
            new: str | None = value
            if name == "content-length":
                new = str(len(block))
            elif name in _DIGESTS:
                new = digest_like(value, block)
            if new is not None:
                lines.append(line if new == value else line.replace(value, new, 1))
        return "".join(lines).encode("latin-1")


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield every record of the archive; of those that are conversions to plain text, the text is the document."""
    number = 1
    try:
        first = stream.readline(HEADER)
        while first:
            where = f"{place}:record {number}"
            raw, header = _header(first, stream, where)
            block = _block(stream, header, where, read_options)
            blanks, first = _blanks(stream, where)
            yield _record(raw, block, blanks, header, (place, number), read_options)
            number += 1
    except InputError as error:  # of the compression that the archive is in
        raise InputError(f"{place}:record {number}", error.problem, error.record) from None


def _header(first: bytes, stream: BinaryIO, where: str) -> tuple[bytes, WetHeader]:
    """Return the header of a record, the empty line behind it included, as bytes and as what it says."""
    if not _BEGINNING.fullmatch(first):
        raise InputError(where, "is no WARC record: it does not begin with WARC/ and a version")
    raw = bytearray(first)
    while (line := stream.readline(HEADER)).strip(b"\r\n"):
        raw += line
        if len(raw) > HEADER:
            raise InputError(where, "is no WARC record: its header does not end")
    if not line.endswith(b"\n"):
        raise InputError(where, "is cut short: its header does not end")
    raw += line
    text = raw.decode("latin-1")  # every byte is a character, and comes back as it was
    ends = [0, *(match.end() for match in _LINE_ENDS.finditer(text))]
    lines = tuple(text[start:end] for start, end in pairwise(ends))
    values: dict[str, str] = {}
    for line_ in lines[1:]:
        name, value = _split(line_)
        if name == "content-length" and values.get(name, value) != value:
            raise InputError(where, "is no WARC record: it has two lengths")
        values[name] = value
    if not values.get("content-length", "").isdecimal() or not values.get("warc-type"):
        raise InputError(where, "is no WARC record: its header names no type or length")
    return bytes(raw), WetHeader(lines, values)


def _split(line: str) -> tuple[str, str]:
    """Return the name of a line of a header, in small letters, and its value."""
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _block(stream: BinaryIO, header: WetHeader, where: str, read_options: ReadOptions) -> bytes:
    """Return the block of a record; raise `InputError` for one that is too large, or not all there."""
    said = header.values["content-length"]
    length = int(said) if len(said) < 20 else 1 << 63
    if length > read_options.max_record:
        raise InputError(where, oversize(read_options), named(id=_address(header)))
    block = stream.read(length)
    while len(block) < length and (piece := stream.read(length - len(block))):
        block += piece
    if len(block) < length:
        raise InputError(where, f"is cut short: {length - len(block):,} of its {length:,} bytes are missing")
    return block


def _blanks(stream: BinaryIO, where: str) -> tuple[bytes, bytes]:
    """Return the empty lines behind a block, and the line behind them, which begins the next record."""
    blanks = b""
    while not (line := stream.readline(HEADER)).strip(b"\r\n"):
        if not line:
            return blanks, b""
        blanks += line
        if len(blanks) > BLANKS:
            raise InputError(where, f"is followed by more than {BLANKS:,} bytes of empty lines")
    if blanks.count(b"\n") < 2:
        raise InputError(where, "is not followed by an empty line; its Content-Length may be wrong")
    return blanks, line


def _record(
    raw: bytes, block: bytes, blanks: bytes, header: WetHeader, at: tuple[str, int], read_options: ReadOptions
) -> Record:
    """Return a record of the archive; without documents if it holds no text, or one that cannot be read."""
    whole = raw + block + blanks
    kind = header.values.get("content-type", "").partition(";")[0].strip().lower()
    if header.values["warc-type"].lower() != CONVERSION or kind != TEXT or "warc-segment-number" in header.values:
        return Record(whole)
    place, number = at
    where, url = f"{place}:record {number}", _address(header)
    try:
        content = _decoded(block, header, where, read_options)
    except InputError as error:
        return Record(whole, error=InputError(where, error.problem, named(id=url)))
    except Exception as error:
        return Record(whole, error=unexpected(where, error, named(id=url)))

    def rebuild(reports: Sequence[Report]) -> bytes:
        left = content.encoded(reports[0].text)
        return header.with_block(left) + left + blanks

    document = Document(content.text, where, header.values.get("warc-date", ""), url)
    names = {"document": place, "record": number, "field": "text", "id": url}
    return Record(whole, (document,), rebuild, (names,), encoding=content.encoding)


def _decoded(block: bytes, header: WetHeader, where: str, read_options: ReadOptions) -> Decoded:
    """Return a text by the charset that its header names, else by that of the reading."""
    encoding = read_options.encoding
    if match := _CHARSET.search(header.values["content-type"]):
        with suppress(OptionError):  # a label that is none
            encoding = codec_named(match[1])
    return decode_text(block, where, encoding)


def _address(header: WetHeader) -> str:
    url = header.values.get("warc-target-uri", "").encode("latin-1").decode("utf-8", "replace")
    return url[1:-1] if url.startswith("<") and url.endswith(">") else url


def digest_like(said: str, block: bytes) -> str | None:
    """Return the digest of a block, labelled and spelt as this one is; None if its algorithm or spelling is not known.

    >>> digest_like("sha1:XL4WWNFL74K5T7U56NVKANJAZ3KUZJ5Z", b"The ferry sails at nine.")
    'sha1:ACADT3N4OJNQFWCSLJQEFNXHJR5ISTQH'
    """
    label, _, value = said.partition(":")
    algorithm = label.strip().lower().replace("-", "")
    if algorithm not in _ALGORITHMS:
        return None
    made = hashlib.new(algorithm, block, usedforsecurity=False).digest()
    in_32 = base64.b32encode(made).decode()
    for spelt in (made.hex(), in_32, in_32.rstrip("=")):
        if len(spelt) == len(value):
            return f"{label}:{spelt.lower() if value.islower() else spelt.upper() if value.isupper() else spelt}"
    return None
