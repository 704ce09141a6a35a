"""The paragraphs of an index file: without texts several of a document in a row, since a row costs twenty bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from dedupe._arrays import U32, Ints
from dedupe.errors import InputError
from dedupe.index._database import Database
from dedupe.index.protocol import IndexBatch, StoredParagraph

SCHEMA = ("CREATE TABLE content(first INTEGER PRIMARY KEY, count INTEGER, document INTEGER, shingles BLOB, text BLOB)",)

JOINED = (
    "{} CROSS JOIN content AS c ON c.first = (SELECT max(first) FROM content WHERE first <= k.value) "
    "AND k.value < c.first + c.count"
)
"""Numbers `k.value` of paragraphs with the rows `c` that hold them; see `Database.rows`."""

ROW_SHINGLES = 192
"""Shingles of the paragraphs of one row, unless one alone has more: larger rows leave more of a page unused, and the
number of those of a paragraph is one byte."""


class FileParagraphs:
    """The paragraphs in an open file.

    A row holds `count` paragraphs, numbered from `first`, whose first document is the same: their shingles, behind the
    number of shingles of each, one byte, if there are several. With texts there is one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def add(self, batch: IndexBatch, new: Ints, first: int, owners: Mapping[int, int]) -> None:
        """Add the paragraphs at the positions `new`, numbered from `first`, that have an owner."""
        texts = batch.texts if self._database.spec.texts else None
        if texts is not None:
            rows: Iterator[tuple[object, ...]] = (
                (number, 1, owners[number], _packed([batch.shingles(position)]), _encode(texts[position]))
                for number, position in enumerate(new.tolist(), first)
                if number in owners
            )
        else:
            rows = (
                (group[0], len(group), owners[group[0]], _packed([batch.shingles(new[n - first]) for n in group]), None)
                for group in _groups(batch, new, first, owners)
            )
        self._connection.executemany("INSERT INTO content VALUES (?, ?, ?, ?, ?)", rows)

    def read(self, numbers: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return the paragraphs of these numbers that are in the index."""
        found = self._database.rows(f"SELECT k.value, c.first, c.count, c.shingles, c.text FROM {JOINED}", numbers)
        try:
            return {
                number: StoredParagraph(_unpacked(shingles, count, number - first), _decode(text))
                for number, first, count, shingles, text in found
            }
        except ValueError:
            raise InputError(
                self._database.where, "is damaged: a paragraph in it cannot be read; restore a backup"
            ) from None

    def owner(self, number: int) -> int | None:
        """Return the first document of a paragraph, None if there is no such paragraph."""
        row = self._row(number)
        return None if row is None else int(row[2])

    def set_owner(self, number: int, owner: int | None) -> None:
        """Give a paragraph another first document; without one it is removed."""
        row = self._row(number)
        if row is None:
            return
        first, count, document, shingles, text = row
        parts = [_unpacked(shingles, count, position) for position in range(count)]
        at = number - first
        self._connection.execute("DELETE FROM content WHERE first = ?", (first,))
        pieces = ((0, at, document), (at, at + 1, owner), (at + 1, count, document))
        self._connection.executemany(
            "INSERT INTO content VALUES (?, ?, ?, ?, ?)",
            (
                (first + begin, end - begin, holder, _packed(parts[begin:end]), text)
                for begin, end, holder in pieces
                if end > begin and holder is not None
            ),
        )

    def _row(self, number: int) -> tuple[int, int, int, bytes, bytes | None] | None:
        """Return the row that holds a paragraph, None if there is none."""
        row: tuple[int, int, int, bytes, bytes | None] | None = self._connection.execute(
            "SELECT * FROM content WHERE first <= ? ORDER BY first DESC LIMIT 1", (number,)
        ).fetchone()
        return row if row is not None and number < row[0] + row[1] else None


def _groups(batch: IndexBatch, new: Ints, first: int, owners: Mapping[int, int]) -> Iterator[list[int]]:
    """Yield the numbers of new paragraphs with an owner, those that go into one row together."""
    lengths = (batch.starts[new + 1] - batch.starts[new]).tolist()
    group: list[int] = []
    shingles = 0
    for number, length in enumerate(lengths, first):
        if number not in owners:
            continue
        fits = group and number == group[-1] + 1 and owners[number] == owners[group[0]]
        if group and not (fits and shingles + length <= ROW_SHINGLES):
            yield group
            group, shingles = [], 0
        group.append(number)
        shingles += length
    if group:
        yield group


def _packed(paragraphs: Sequence[U32]) -> bytes:
    """Return the shingles of paragraphs, behind the number of shingles of each if there are several."""
    lengths = bytes(map(len, paragraphs)) if len(paragraphs) > 1 else b""
    return lengths + b"".join(one.astype("<u4").tobytes() for one in paragraphs)


def _unpacked(data: bytes, count: int, position: int) -> U32:
    """Return the shingles of one of the paragraphs that `_packed` wrote, uint32."""
    if count == 1:
        return np.frombuffer(data, "<u4")
    return np.frombuffer(data, "<u4", data[position], count + 4 * sum(data[:position]))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decode(text: bytes | None) -> str | None:
    return None if text is None else text.decode("utf-8", "surrogatepass")
