"""The buckets of an index file: immutable segments of sorted entries, cut into small chunks that are read one by one.

An entry is one uint64: the upper 40 bits of a key, then 24 bits for the row's distance from the segment's first. A
segment is a sorted array of them, cut by its entries' upper bits into chunks of about a hundred; a chunk keeps the
lower six bytes of each, and its place says the rest. A bitmap over the keys says of most that they are in no chunk.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U8, U64, Ints
from dedupe.index._sorted_keys import stretches
from dedupe.text.shingles import M1

SEGMENT = 1 << 14
"""Rows of the smallest segment; fewer wait, in memory while the index is open, until they are as many."""

SPAN = 1 << 24
"""Rows of the largest: their distances fit into 24 bits."""

CHUNK = 96
"""Entries that a chunk holds, about: read in one go, half a kilobyte."""

FILTER_BITS = 16
"""Bits that the bitmap has for an entry at most, half as many at least. Each sets two: 1 key in 25 is read in vain."""

FILTERS = 64 << 20
"""Bytes of bitmaps that are held in memory, those of smaller segments first."""

OFTEN = 2000
"""Chunks that were read in a segment before its bitmap is worth loading."""

_BLOCK = 1 << 17
"""Entries that are merged or written at once, about."""

_PART = 1 << 20
"""Bytes of a bitmap in one row of its table."""

_OFFSET = np.uint64(24)
_LOW24 = np.uint64((1 << 24) - 1)

SCHEMA = (
    "CREATE TABLE segment(number INTEGER PRIMARY KEY, first INTEGER, last INTEGER, entries INTEGER, bits INTEGER)",
    "CREATE TABLE chunk(place INTEGER PRIMARY KEY, entries BLOB)",
    "CREATE TABLE filter(place INTEGER PRIMARY KEY, bits BLOB)",
    "CREATE TABLE gone(first INTEGER PRIMARY KEY, last INTEGER)",
)


@dataclass(slots=True)
class Segment:
    """Rows `first` to `last`; `bits` of a key choose its chunk. `filter`: uint8, once it is loaded.

    `entries` counts those that were put in, also such as have gone since.
    """

    number: int
    first: int
    last: int
    entries: int
    bits: int
    filter: U8 | None = None
    reads: int = 0

    @property
    def filter_size(self) -> int:
        """The bytes of the bitmap."""
        return 1 << self.filter_bits - 3

    @property
    def filter_bits(self) -> int:
        """How many bits of a key choose its bit of the bitmap."""
        return (self.entries * FILTER_BITS).bit_length() - 1

    def chunks(self, first: int, end: int) -> tuple[int, int]:
        """Return the places of the chunks between two of them."""
        return (self.number << 28) + first, (self.number << 28) + end


def load(connection: sqlite3.Connection) -> list[Segment]:
    """Return the segments, in the order of their rows."""
    rows = connection.execute("SELECT number, first, last, entries, bits FROM segment ORDER BY first")
    return [Segment(*row) for row in rows]


def write(connection: sqlite3.Connection, number: int, first: int, keys: U64) -> None:
    """Write rows from `first` on, with keys of shape (rows, keys of each), as a segment."""
    offsets = np.repeat(np.arange(len(keys), dtype=np.uint64), keys.shape[1])
    entries = np.sort((keys.ravel() & ~_LOW24) | offsets)
    segment = Segment(number, first, first + len(keys) - 1, len(entries), _bits(len(entries)))
    slices = 1 << min(segment.bits, (len(entries) // _BLOCK).bit_length())
    edges = np.searchsorted(entries >> np.uint64(32), np.arange(1, slices) * (1 << 32) // slices)
    _store(connection, segment, iter(np.split(entries, edges)))


def _bits(entries: int) -> int:
    """Return how many bits of a key choose its chunk: 16 at least, since a chunk keeps no more than the other 48."""
    return max(16, (entries // CHUNK).bit_length())


def _store(connection: sqlite3.Connection, segment: Segment, blocks: Iterator[U64]) -> None:
    """Write a segment from blocks of its entries that ascend; a chunk is in one block."""
    shift = np.uint64(64 - segment.bits)
    filter_bits = np.zeros(segment.filter_size, np.uint8)
    for entries in blocks:
        if not len(entries):
            continue
        chunks = (entries >> shift).astype(np.int64)
        begins = np.flatnonzero(np.diff(chunks, prepend=-1))
        packed = entries.view(np.uint8).reshape(-1, 8)[:, :6].tobytes()
        edges = np.append(begins, len(entries)) * 6
        connection.executemany(
            "INSERT INTO chunk VALUES (?, ?)",
            zip(
                (chunks[begins] + (segment.number << 28)).tolist(),
                (packed[a:b] for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)),
                strict=True,
            ),
        )
        for places in _filter_places(entries, segment.filter_bits):
            np.bitwise_or.at(filter_bits, places >> 3, (1 << (places & 7)).astype(np.uint8))
    for part in range(0, len(filter_bits), _PART):
        connection.execute(
            "INSERT INTO filter VALUES (?, ?)",
            (segment.number << 28 | part // _PART, filter_bits[part : part + _PART].tobytes()),
        )
    row = (segment.number, segment.first, segment.last, segment.entries, segment.bits)
    connection.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", row)


def merge(connection: sqlite3.Connection, parts: Sequence[Segment], number: int) -> None:
    """Put neighbouring segments together, without the rows that are gone; memory is that of a block."""
    first, last = parts[0].first, parts[-1].last
    total = sum(part.entries for part in parts)
    gone = np.array(
        connection.execute(
            "SELECT first, last FROM gone WHERE last >= ? AND first <= ? ORDER BY first", (first, last)
        ).fetchall(),
        np.int64,
    ).reshape(-1, 2)
    merged = Segment(number, first, last, total, _bits(total))
    least = min(merged.bits, *(part.bits for part in parts))
    slices = 1 << min(least, max(0, (total // _BLOCK).bit_length()))

    def blocks() -> Iterator[U64]:
        for at in range(slices):
            entries: U64 = np.concatenate([_slice(connection, part, at, slices, first) for part in parts])
            if len(gone):
                rows = (entries & _LOW24).astype(np.int64) + first
                within = np.searchsorted(gone[:, 0], rows, "right") - 1
                entries = entries[np.flatnonzero((within < 0) | (gone[within, 1] < rows))]
            entries.sort()
            yield entries

    _store(connection, merged, blocks())
    for part in parts:
        connection.execute("DELETE FROM segment WHERE number = ?", (part.number,))
        for table in ("chunk", "filter"):
            low, high = part.chunks(0, 1 << 28)
            connection.execute(f"DELETE FROM {table} WHERE place >= ? AND place < ?", (low, high))
    connection.execute("DELETE FROM gone WHERE first >= ? AND last <= ?", (first, last))


def _slice(connection: sqlite3.Connection, part: Segment, at: int, slices: int, first: int) -> U64:
    """Return the entries of one of so many equal slices of the keys, with distances from another first row."""
    width = (1 << part.bits) // slices
    rows = connection.execute(
        "SELECT place, entries FROM chunk WHERE place >= ? AND place < ? ORDER BY place",
        part.chunks(at * width, (at + 1) * width),
    ).fetchall()
    return _entries(rows, part.bits) + np.uint64(part.first - first)


def _entries(rows: Sequence[tuple[int, bytes]], bits: int) -> U64:
    """Return the entries of chunks, whole again."""
    data = np.frombuffer(b"".join(row[1] for row in rows), np.uint8)
    whole = np.zeros((len(data) // 6, 8), np.uint8)
    whole[:, :6] = data.reshape(-1, 6)
    places = np.array([row[0] & (1 << 28) - 1 for row in rows], np.uint64)
    tops = places >> np.uint64(bits - 16) << np.uint64(48)
    counts = np.array([len(row[1]) // 6 for row in rows], np.int64)
    entries: U64 = np.repeat(tops, counts)
    entries |= whole.view("<u8").ravel()
    return entries


def find(connection: sqlite3.Connection, segments: Sequence[Segment], keys: U64) -> tuple[Ints, Ints]:
    """Return (place of the key, row) for each of the keys, uint64, flat."""
    places, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for segment in segments:
        asked = np.arange(len(keys))
        if segment.filter is not None:
            one, other = (
                segment.filter[at >> 3] >> (at & 7).astype(np.uint8) for at in _filter_places(keys, segment.filter_bits)
            )
            asked = np.flatnonzero(one & other & 1)
        else:
            segment.reads += len(keys)
        if not len(asked):
            continue
        wanted = keys[asked]
        chunks = np.sort((wanted >> np.uint64(64 - segment.bits)).astype(np.int64) | segment.number << 28)
        chunks = chunks[np.flatnonzero(np.diff(chunks, prepend=-1))]
        found = connection.execute(
            "SELECT c.place, c.entries FROM json_each(?) AS k CROSS JOIN chunk AS c ON c.place = k.value",
            (json.dumps(chunks.tolist()),),
        ).fetchall()
        if not found:
            continue
        entries = _entries(found, segment.bits)
        low = wanted & ~_LOW24
        hit, position = stretches(entries, low, low | _LOW24)
        places.append(asked[hit])
        rows.append((entries[position] & _LOW24).astype(np.int64) + segment.first)
    return np.concatenate(places), np.concatenate(rows)


def _filter_places(keys: U64, bits: int) -> tuple[Ints, Ints]:
    """Return the two bits of a bitmap for each key: chosen by its upper bits, and by others near the first."""
    first = (keys >> np.uint64(64 - bits)).astype(np.int64)
    mixed = (keys & ~_LOW24) * M1 >> np.uint64(64 - 9)
    return first, first & ~511 | mixed.astype(np.int64)


def load_filters(connection: sqlite3.Connection, segments: Sequence[Segment]) -> None:
    """Load the bitmaps of segments that are asked often, as far as memory allows."""
    room = FILTERS
    for segment in sorted(segments, key=lambda one: one.filter_size):
        room -= segment.filter_size
        if segment.filter is None and segment.reads >= OFTEN and room >= 0:
            parts = connection.execute(
                "SELECT bits FROM filter WHERE place >= ? AND place < ? ORDER BY place", segment.chunks(0, 1 << 28)
            )
            segment.filter = np.frombuffer(b"".join(part[0] for part in parts), np.uint8)
