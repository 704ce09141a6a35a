"""WET: the texts of a web archive, in order; a changed record gets its new length and digests."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

import regex

from dedupe.errors import InputError, OptionError, damaged
from dedupe.io.formats._decoding import Decoded, codec_named, decode_text
from dedupe.io.formats.record import ReadOptions, Record, as_input_error, named, oversize
from dedupe.model import Document, Report

MOST_HEADER_BYTES = 1 << 16
"""Bytes that the header of a record may have."""

MOST_BLANK_BYTES = 1 << 12
"""Bytes of empty lines that may be between two records; the standard has four."""

CONVERSION, TEXT_TYPE = "conversion", "text/plain"
"""Type and media type of the records that are read."""

_FIRST_LINE = regex.compile(rb"WARC/\d\.\d\r?\n")
_LINE_ENDS = regex.compile(r"\r?\n(?![ \t])")
"""Ends of the lines of a header; a line that begins with a blank continues the one before."""

_DIGESTS = ("warc-block-digest", "warc-payload-digest")
"""Headers with a digest; in a text both are of the whole block."""

_ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_CHARSET = regex.compile(r";\s*+charset\s*+=\s*+\"?+([^\s\";]++)", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WetHeader:
    """The header of a record: its lines with their ends, and its values by names in lower case."""

    lines: tuple[str, ...]
    values: dict[str, str]

    def with_block(self, block: bytes) -> bytes:
        """Return the header with the length and digests of another block; all else stays.

        A digest by an unknown algorithm is left out, since it would be wrong.
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
    """Yield every record of the archive; those that are conversions to plain text have the text as their document."""
    number = 1
    try:
        first = stream.readline(MOST_HEADER_BYTES)
        while first:
            where = f"{place}:record {number}"
            raw, header = _header(first, stream, where)
            block = _block(stream, header, where, read_options)
            blanks, first = _blanks(stream, where)
            yield _record(raw, block, blanks, header, (place, number), read_options)
            number += 1
    except InputError as error:  # of the archive's compression
        raise InputError(f"{place}:record {number}", error.problem, error.record) from None


def _header(first: bytes, stream: BinaryIO, where: str) -> tuple[bytes, WetHeader]:
    """Return the header of a record as bytes, with the empty line behind it, and parsed."""
    if not _FIRST_LINE.fullmatch(first):
        raise damaged(where, "is no WARC record: it does not begin with WARC/ and a version")
    raw = bytearray(first)
    while (line := stream.readline(MOST_HEADER_BYTES)).strip(b"\r\n"):
        raw += line
        if len(raw) > MOST_HEADER_BYTES:
            raise damaged(where, "is no WARC record: its header does not end")
    if not line.endswith(b"\n"):
        raise damaged(where, "is cut short: its header does not end")
    raw += line
    text = raw.decode("latin-1")  # each byte is one character
    ends = [0, *(match.end() for match in _LINE_ENDS.finditer(text))]
    lines = tuple(text[start:end] for start, end in pairwise(ends))
    values: dict[str, str] = {}
    for line_ in lines[1:]:
        name, value = _split(line_)
        if name == "content-length" and values.get(name, value) != value:
            raise damaged(where, "is no WARC record: it has two lengths")
        values[name] = value
    if not values.get("content-length", "").isdecimal() or not values.get("warc-type"):
        raise damaged(where, "is no WARC record: its header names no type or length")
    return bytes(raw), WetHeader(lines, values)


def _split(line: str) -> tuple[str, str]:
    """Return the name, in lower case, and the value in a line of a header."""
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _block(stream: BinaryIO, header: WetHeader, where: str, read_options: ReadOptions) -> bytes:
    """Return the block of a record; raise `InputError` if it is too large or cut short."""
    length_text = header.values["content-length"]
    length = int(length_text) if len(length_text) < 20 else 1 << 63
    if length > read_options.max_record:
        raise InputError(where, oversize(read_options), named(id=_target_uri(header)))
    block = stream.read(length)
    while len(block) < length and (piece := stream.read(length - len(block))):
        block += piece
    if len(block) < length:
        raise damaged(where, f"is cut short: {length - len(block):,} of its {length:,} bytes are missing")
    return block


def _blanks(stream: BinaryIO, where: str) -> tuple[bytes, bytes]:
    """Return the empty lines behind a block, and the first line of the next record."""
    blanks = b""
    while not (line := stream.readline(MOST_HEADER_BYTES)).strip(b"\r\n"):
        if not line:
            return blanks, b""
        blanks += line
        if len(blanks) > MOST_BLANK_BYTES:
            raise damaged(where, f"is followed by more than {MOST_BLANK_BYTES:,} bytes of empty lines")
    if blanks.count(b"\n") < 2:
        raise InputError(where, "is not followed by an empty line; its Content-Length may be wrong")
    return blanks, line


def _record(
    raw: bytes, block: bytes, blanks: bytes, header: WetHeader, source: tuple[str, int], read_options: ReadOptions
) -> Record:
    """Return a record of the archive; without documents if it has no text, or one that cannot be read."""
    record_bytes = raw + block + blanks
    media_type = header.values.get("content-type", "").partition(";")[0].strip().lower()
    is_text = header.values["warc-type"].lower() == CONVERSION and media_type == TEXT_TYPE
    if not is_text or "warc-segment-number" in header.values:
        return Record(record_bytes)
    place, number = source
    where, url = f"{place}:record {number}", _target_uri(header)
    try:
        content = _decode(block, header, where, read_options)
    except Exception as error:
        problem = as_input_error(error, where).problem
        return Record(record_bytes, error=InputError(where, problem, named(id=url)))

    def rebuild(reports: Sequence[Report]) -> bytes:
        remaining = content.encoded(reports[0].text)
        return header.with_block(remaining) + remaining + blanks

    document = Document(content.text, where, header.values.get("warc-date", ""), url)
    keys = {"document": place, "record": number, "field": "text", "id": url}
    return Record(record_bytes, (document,), rebuild, (keys,), encoding=content.encoding)


def _decode(block: bytes, header: WetHeader, where: str, read_options: ReadOptions) -> Decoded:
    """Decode a text by the charset of its header, or else by that of the options."""
    encoding = read_options.encoding
    if match := _CHARSET.search(header.values["content-type"]):
        with suppress(OptionError):  # an unknown charset
            encoding = codec_named(match[1])
    return decode_text(block, where, encoding)


def _target_uri(header: WetHeader) -> str:
    url = header.values.get("warc-target-uri", "").encode("latin-1").decode("utf-8", "replace")
    return url[1:-1] if url.startswith("<") and url.endswith(">") else url


def digest_like(digest: str, block: bytes) -> str | None:
    """Return the digest of a block in the form of this one; None if its algorithm or encoding is unknown.

    >>> digest_like("sha1:XL4WWNFL74K5T7U56NVKANJAZ3KUZJ5Z", b"The ferry sails at nine.")
    'sha1:WX25RQSGXKHCVZ463EIJIN62VUV5PA7Z'
    """
    label, _, value = digest.partition(":")
    algorithm = label.strip().lower().replace("-", "")
    if algorithm not in _ALGORITHMS:
        return None
    digest_bytes = hashlib.new(algorithm, block, usedforsecurity=False).digest()
    base32 = base64.b32encode(digest_bytes).decode()
    for spelling in (digest_bytes.hex(), base32, base32.rstrip("=")):
        if len(spelling) == len(value):
            spelling = spelling.lower() if value.islower() else spelling.upper() if value.isupper() else spelling
            return f"{label}:{spelling}"
    return None
