"""Binary form of the occurrences of a document: plain numbers, so that nothing is executed when it is read."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from dedupe.errors import InputError
from dedupe.index.protocol import Occurrence, StoredDocument

_WIDTHS = {b"s": ("I", "H", 4, 2), b"l": ("Q", "Q", 8, 8)}
"""Type letters of the paragraph and of the other four numbers of an occurrence, and the bytes of each."""


def pack(occurrences: Sequence[Occurrence]) -> bytes:
    """Return occurrences as bytes: a letter for the widths, paragraphs (with the bit of `stays`), lines and offsets."""
    paragraphs = [one.paragraph << 1 | one.stays for one in occurrences]
    numbers = [number for one in occurrences for number in (one.first_line, one.last_line, one.start, one.end)]
    small = max(paragraphs, default=0) < 1 << 32 and max(numbers, default=0) < 1 << 16
    letter = b"s" if small else b"l"
    wide, narrow = _WIDTHS[letter][:2]
    return letter + struct.pack(f"<{len(paragraphs)}{wide}{len(numbers)}{narrow}", *paragraphs, *numbers)


def unpack(data: bytes, where: str) -> tuple[Occurrence, ...]:
    """Return the occurrences that `pack` wrote; raise `InputError` for anything else."""
    count, (wide, narrow, _, _) = _layout(data, where)
    values = struct.unpack_from(f"<{count}{wide}{4 * count}{narrow}", data, 1)
    paragraphs, numbers = values[:count], values[count:]
    columns = zip(paragraphs, numbers[0::4], numbers[1::4], numbers[2::4], numbers[3::4], strict=True)
    return tuple(
        Occurrence(packed >> 1, first, last, start, end, bool(packed & 1))
        for packed, first, last, start, end in columns
    )


def packed_paragraphs(data: bytes, where: str) -> list[int]:
    """Return the paragraphs of the occurrences that `pack` wrote, in order."""
    count, (wide, _, _, _) = _layout(data, where)
    return [packed >> 1 for packed in struct.unpack_from(f"<{count}{wide}", data, 1)]


def occurrences_of(
    owners: Mapping[int, Sequence[int]], documents: Mapping[int, tuple[StoredDocument, bytes]], where: str
) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
    """Return the occurrences of paragraphs in their owners; `documents`: by number, with packed occurrences."""
    return {
        paragraph: [
            (documents[owner][0], occurrence)
            for owner in numbers
            if owner in documents
            and (occurrence := unpack_paragraph(documents[owner][1], paragraph, where)) is not None
        ]
        for paragraph, numbers in owners.items()
    }


def unpack_paragraph(data: bytes, paragraph: int, where: str) -> Occurrence | None:
    """Return the occurrence of one paragraph among those that `pack` wrote, None if there is none."""
    count, (wide, narrow, width, size) = _layout(data, where)
    paragraphs = struct.unpack_from(f"<{count}{wide}", data, 1)
    for packed in (paragraph << 1 | 1, paragraph << 1):
        if packed in paragraphs:
            offset = 1 + count * width + paragraphs.index(packed) * 4 * size
            first, last, start, end = struct.unpack_from(f"<4{narrow}", data, offset)
            return Occurrence(paragraph, first, last, start, end, bool(packed & 1))
    return None


def _layout(data: bytes, where: str) -> tuple[int, tuple[str, str, int, int]]:
    """Return the number of occurrences and their widths."""
    widths = _WIDTHS.get(data[:1])
    size = widths[2] + 4 * widths[3] if widths else 1
    if widths is None or (len(data) - 1) % size:
        raise InputError(where, "is damaged: a document in it cannot be read; restore a backup")
    return (len(data) - 1) // size, widths
