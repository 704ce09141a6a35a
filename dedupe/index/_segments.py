"""The keys of an index file: immutable segments of sorted entries, cut into small chunks that are read one by one.

An entry is one uint64: the upper 40 bits of a key, then 24 bits for the difference between the number of a paragraph
and the first of its segment. A segment is a sorted array of entries, cut by their upper bits into chunks of about a
hundred. A chunk keeps the lower six bytes of each entry; the number of the chunk gives the rest. A bitmap over the
keys shows for most queries that no chunk has their key.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U8, U64, Ints
from dedupe.index._sorted_keys import positions_between
from dedupe.text.words import M1

MIN_SEGMENT_PARAGRAPHS = 1 << 14
"""Paragraphs of the smallest segment; fewer stay in a table of recent ones until they are as many."""

MAX_SEGMENT_PARAGRAPHS = 1 << 24
"""Paragraphs of the largest segment: their differences fit into 24 bits."""

CHUNK_ENTRIES = 96
"""Entries of a chunk, about: half a kilobyte that is read in one go."""

FILTER_BITS = 16
"""Bits of the bitmap for an entry at most, half as many at least. Each sets two: 1 key in 25 is read in vain."""

FILTER_MEMORY_BYTES = 64 << 20
"""Size of all bitmaps in memory, those of smaller segments first."""

READS_BEFORE_FILTER = 2000
"""Chunks that are read in a segment before its bitmap is worth loading."""

_BLOCK_ENTRIES = 1 << 17
"""Entries that are merged or written at once, about."""

_FILTER_ROW_BYTES = 1 << 20
"""Bytes of a bitmap in one row of its table."""

_LOW24 = np.uint64((1 << 24) - 1)

SCHEMA = (
    "CREATE TABLE segment(number INTEGER PRIMARY KEY, first INTEGER, last INTEGER, entries INTEGER, bits INTEGER)",
    "CREATE TABLE chunk(place INTEGER PRIMARY KEY, entries BLOB)",
    "CREATE TABLE filter(place INTEGER PRIMARY KEY, bits BLOB)",
    "CREATE TABLE gone(first INTEGER PRIMARY KEY, last INTEGER)",
)


@dataclass(slots=True)
class Segment:
    """Paragraphs `first` to `last`; the upper `bits` of a key choose its chunk. `filter`: uint8, once it is loaded.

    `entries` counts those that were written, even if their paragraphs were removed since.
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
        """The number of upper bits of a key that choose its bit of the bitmap."""
        return (self.entries * FILTER_BITS).bit_length() - 1

    def chunks(self, first: int, end: int) -> tuple[int, int]:
        """Return the bounds of chunk numbers in the table for two numbers of chunks within the segment."""
        return (self.number << 28) + first, (self.number << 28) + end


def load(connection: sqlite3.Connection) -> list[Segment]:
    """Return the segments, in the order of their paragraphs."""
    rows = connection.execute("SELECT number, first, last, entries, bits FROM segment ORDER BY first")
    return [Segment(*row) for row in rows]


def write(connection: sqlite3.Connection, number: int, first: int, keys: U64) -> None:
    """Write paragraphs numbered from `first`, with keys of shape (paragraphs, keys of each), as a segment."""
    offsets = np.repeat(np.arange(len(keys), dtype=np.uint64), keys.shape[1])
    entries = np.sort((keys.ravel() & ~_LOW24) | offsets)
    segment = Segment(number, first, first + len(keys) - 1, len(entries), _bits(len(entries)))
    slices = 1 << min(segment.bits, (len(entries) // _BLOCK_ENTRIES).bit_length())
    edges = np.searchsorted(entries >> np.uint64(32), np.arange(1, slices) * (1 << 32) // slices)
    _store(connection, segment, iter(np.split(entries, edges)))


def _bits(entries: int) -> int:
    """Return how many bits of a key choose its chunk: at least 16, since a chunk keeps only the other 48."""
    return max(16, (entries // CHUNK_ENTRIES).bit_length())


def _store(connection: sqlite3.Connection, segment: Segment, blocks: Iterator[U64]) -> None:
    """Write a segment from ascending blocks of its entries; a chunk lies within one block."""
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
        for positions in _filter_positions(entries, segment.filter_bits):
            np.bitwise_or.at(filter_bits, positions >> 3, (1 << (positions & 7)).astype(np.uint8))
    for offset in range(0, len(filter_bits), _FILTER_ROW_BYTES):
        connection.execute(
            "INSERT INTO filter VALUES (?, ?)",
            (
                segment.number << 28 | offset // _FILTER_ROW_BYTES,
                filter_bits[offset : offset + _FILTER_ROW_BYTES].tobytes(),
            ),
        )
    row = (segment.number, segment.first, segment.last, segment.entries, segment.bits)
    connection.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", row)


def merge(connection: sqlite3.Connection, parts: Sequence[Segment], number: int) -> None:
    """Merge neighbouring segments, without removed paragraphs, in the memory of a block."""
    first, last = parts[0].first, parts[-1].last
    total = sum(part.entries for part in parts)
    removed = np.array(
        connection.execute(
            "SELECT first, last FROM gone WHERE last >= ? AND first <= ? ORDER BY first", (first, last)
        ).fetchall(),
        np.int64,
    ).reshape(-1, 2)
    merged = Segment(number, first, last, total, _bits(total))
    fewest = min(merged.bits, *(part.bits for part in parts))
    slices = 1 << min(fewest, max(0, (total // _BLOCK_ENTRIES).bit_length()))

    def blocks() -> Iterator[U64]:
        for number in range(slices):
            entries: U64 = np.concatenate([_slice(connection, part, number, slices, first) for part in parts])
            if len(removed):
                paragraphs = (entries & _LOW24).astype(np.int64) + first
                within = np.searchsorted(removed[:, 0], paragraphs, "right") - 1
                entries = entries[np.flatnonzero((within < 0) | (removed[within, 1] < paragraphs))]
            entries.sort()
            yield entries

    _store(connection, merged, blocks())
    for part in parts:
        connection.execute("DELETE FROM segment WHERE number = ?", (part.number,))
        for table in ("chunk", "filter"):
            low, high = part.chunks(0, 1 << 28)
            connection.execute(f"DELETE FROM {table} WHERE place >= ? AND place < ?", (low, high))
    connection.execute("DELETE FROM gone WHERE first >= ? AND last <= ?", (first, last))


def _slice(connection: sqlite3.Connection, part: Segment, number: int, slices: int, first: int) -> U64:
    """Return the entries of one of so many equal slices of the keys, relative to another first paragraph."""
    width = (1 << part.bits) // slices
    rows = connection.execute(
        "SELECT place, entries FROM chunk WHERE place >= ? AND place < ? ORDER BY place",
        part.chunks(number * width, (number + 1) * width),
    ).fetchall()
    return _entries(rows, part.bits) + np.uint64(part.first - first)


def _entries(rows: Sequence[tuple[int, bytes]], bits: int) -> U64:
    """Return the complete entries of chunks, uint64."""
    data = np.frombuffer(b"".join(row[1] for row in rows), np.uint8)
    whole = np.zeros((len(data) // 6, 8), np.uint8)
    whole[:, :6] = data.reshape(-1, 6)
    numbers = np.array([row[0] & (1 << 28) - 1 for row in rows], np.uint64)
    tops = numbers >> np.uint64(bits - 16) << np.uint64(48)
    counts = np.array([len(row[1]) // 6 for row in rows], np.int64)
    entries: U64 = np.repeat(tops, counts)
    entries |= whole.view("<u8").ravel()
    return entries


def find(connection: sqlite3.Connection, segments: Sequence[Segment], keys: U64) -> tuple[Ints, Ints]:
    """Return (position of the key, paragraph) pairs for keys, uint64, flat."""
    positions, paragraphs = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for segment in segments:
        queries = np.arange(len(keys))
        if segment.filter is not None:
            first, second = (
                segment.filter[bit >> 3] >> (bit & 7).astype(np.uint8)
                for bit in _filter_positions(keys, segment.filter_bits)
            )
            queries = np.flatnonzero(first & second & 1)
        else:
            segment.reads += len(keys)
        if not len(queries):
            continue
        searched = keys[queries]
        chunks = np.sort((searched >> np.uint64(64 - segment.bits)).astype(np.int64) | segment.number << 28)
        chunks = chunks[np.flatnonzero(np.diff(chunks, prepend=-1))]
        found = connection.execute(
            "SELECT c.place, c.entries FROM json_each(?) AS k CROSS JOIN chunk AS c ON c.place = k.value",
            (json.dumps(chunks.tolist()),),
        ).fetchall()
        if not found:
            continue
        entries = _entries(found, segment.bits)
        low = searched & ~_LOW24
        hits, found_entries = positions_between(entries, low, low | _LOW24)
        positions.append(queries[hits])
        paragraphs.append((entries[found_entries] & _LOW24).astype(np.int64) + segment.first)
    return np.concatenate(positions), np.concatenate(paragraphs)


def _filter_positions(keys: U64, bits: int) -> tuple[Ints, Ints]:
    """Return the two bits of a bitmap for each key: one by its upper bits, another near it by the other bits."""
    first = (keys >> np.uint64(64 - bits)).astype(np.int64)
    mixed = (keys & ~_LOW24) * M1 >> np.uint64(64 - 9)
    return first, first & ~511 | mixed.astype(np.int64)


def load_filters(connection: sqlite3.Connection, segments: Sequence[Segment]) -> None:
    """Load the bitmaps of segments that are read often, within `FILTER_MEMORY_BYTES`."""
    room = FILTER_MEMORY_BYTES
    for segment in sorted(segments, key=lambda segment: segment.filter_size):
        room -= segment.filter_size
        if segment.filter is None and segment.reads >= READS_BEFORE_FILTER and room >= 0:
            parts = connection.execute(
                "SELECT bits FROM filter WHERE place >= ? AND place < ? ORDER BY place", segment.chunks(0, 1 << 28)
            )
            segment.filter = np.frombuffer(b"".join(part[0] for part in parts), np.uint8)
