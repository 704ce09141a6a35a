"""The keys of an index file: immutable segments of sorted entries, cut into small chunks that are read one by one.

An entry is one uint64: the upper 33 bits of a key, and in the lowest 24 bits the difference between the number of a
paragraph and the first of its segment. A segment is a sorted array of entries, cut by their upper bits into chunks of
about a hundred. A chunk has four bytes an entry, in the order of paragraphs: the step from the paragraph before, in one
bit less than the number of the chunk has, then the bits of the key that the number of the chunk does not give. A
segment of twice as many paragraphs has twice as many chunks, so steps have room whatever its size. A bitmap over the
keys shows for most queries that no chunk has their key.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import U8, U32, U64, Ints
from dedupe.index._sorted_keys import positions_between
from dedupe.matching.runs import NO_KEY
from dedupe.text.words import M1

MIN_SEGMENT_PARAGRAPHS = 1 << 14
"""Paragraphs of the smallest segment; fewer stay in a table of recent ones until they are as many."""

MAX_SEGMENT_PARAGRAPHS = 1 << 24
"""Paragraphs of the largest segment: their differences fit into 24 bits."""

CHUNK_ENTRIES = 192
"""Entries of a chunk, at most, on average: half a kilobyte that is read in one go."""

FILTER_BITS = 8
"""Bits of the bitmap for an entry at most, half as many at least. Each sets two: 1 key in 10 is read in vain."""

FILTER_MEMORY_BYTES = 96 << 20
"""Size of all bitmaps in memory, those of smaller segments first."""

READS_BEFORE_FILTER = 2000
"""Chunks that are read in a segment before its bitmap is worth loading."""

_BLOCK_ENTRIES = 1 << 17
"""Entries that are merged or written at once, about."""

_FILTER_ROW_BYTES = 1 << 20
"""Bytes of a bitmap in one row of its table."""

KEY_BITS = 33
"""Upper bits of a key in an entry: of a hundred million keys two in a hundred have those of another one."""

_BELOW_KEY = np.uint64(64 - KEY_BITS)
_KEY = np.uint64((1 << KEY_BITS) - 1) << _BELOW_KEY
_NUMBER = np.uint64((1 << 24) - 1)

_LEAST_CHUNK_BITS = 8
_LEAST_FILTER_BITS = 9

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
        return max(_LEAST_FILTER_BITS, (self.entries * FILTER_BITS).bit_length() - 1)

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
    flat = keys.ravel()
    entries = np.sort(((flat & _KEY) | offsets)[flat != NO_KEY])
    segment = Segment(number, first, first + len(keys) - 1, len(entries), _bits(len(entries)))
    slices = 1 << min(segment.bits, (len(entries) // _BLOCK_ENTRIES).bit_length())
    edges = np.searchsorted(entries >> np.uint64(32), np.arange(1, slices) * (1 << 32) // slices)
    _store(connection, segment, iter(np.split(entries, edges)))


def _bits(entries: int) -> int:
    """Return how many bits of a key choose its chunk."""
    return max(_LEAST_CHUNK_BITS, (entries // CHUNK_ENTRIES).bit_length())


def _store(connection: sqlite3.Connection, segment: Segment, blocks: Iterator[U64]) -> None:
    """Write a segment from ascending blocks of its entries; a chunk lies within one block."""
    filter_bits = np.zeros(segment.filter_size, np.uint8)
    for entries in blocks:
        if not len(entries):
            continue
        chunks, begins, packed = _packed(entries, segment.bits)
        edges = 4 * begins
        data = packed.astype("<u4").tobytes()
        connection.executemany(
            "INSERT INTO chunk VALUES (?, ?)",
            zip(
                (chunks + (segment.number << 28)).tolist(),
                (data[a:b] for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)),
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
                paragraphs = (entries & _NUMBER).astype(np.int64) + first
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


def _packed(entries: U64, bits: int) -> tuple[Ints, Ints, U32]:
    """Return the chunks of entries, where each begins in their packed form, and the end, and that form, uint32."""
    rest = np.uint64(KEY_BITS - bits)
    chunks = entries >> np.uint64(64 - bits)
    lower = entries >> _BELOW_KEY & (np.uint64(1) << rest) - np.uint64(1)
    ordered = np.sort((chunks << np.uint64(24) | entries & _NUMBER) << rest | lower)
    paragraphs = (ordered >> rest & _NUMBER).astype(np.int64)
    numbers: Ints = (ordered >> (rest + np.uint64(24))).astype(np.int64)
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    steps = np.diff(paragraphs, prepend=0)
    steps[begins] = paragraphs[begins]
    longest = _longest_step(bits)
    skips, steps = np.divmod(steps, longest)
    positions = np.arange(len(ordered)) + np.cumsum(skips)
    packed = np.full(len(ordered) + int(skips.sum()), longest << int(rest), np.uint32)
    packed[positions] = steps.astype(np.uint64) << rest | ordered & (np.uint64(1) << rest) - np.uint64(1)
    return numbers[begins], np.append(positions[begins] - skips[begins], len(packed)), packed


def _longest_step(bits: int) -> int:
    """Return the step that stands for itself alone: no entry follows, and the next step is added to it."""
    return (1 << bits - 1) - 1


def _entries(rows: Sequence[tuple[int, bytes]], bits: int) -> U64:
    """Return the complete entries of chunks, uint64, in the order of chunks and paragraphs."""
    rest = np.uint64(KEY_BITS - bits)
    packed = np.frombuffer(b"".join(row[1] for row in rows), "<u4").astype(np.uint64)
    counts = np.array([len(row[1]) // 4 for row in rows], np.int64)
    numbers = np.array([row[0] & (1 << 28) - 1 for row in rows], np.uint64)
    steps = packed >> rest
    paragraphs = np.cumsum(steps)
    ends = np.cumsum(counts)
    before = np.append(np.zeros(1, np.uint64), paragraphs)[ends - counts]
    entries: U64 = np.repeat(numbers << np.uint64(64 - bits), counts)
    entries |= (packed & (np.uint64(1) << rest) - np.uint64(1)) << _BELOW_KEY
    entries |= paragraphs - np.repeat(before, counts)
    return entries[np.flatnonzero(steps != np.uint64(_longest_step(bits)))]


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
        entries = np.sort(_entries(found, segment.bits))
        low = searched & _KEY
        hits, found_entries = positions_between(entries, low, low | ~_KEY)
        positions.append(queries[hits])
        paragraphs.append((entries[found_entries] & _NUMBER).astype(np.int64) + segment.first)
    return np.concatenate(positions), np.concatenate(paragraphs)


def _filter_positions(keys: U64, bits: int) -> tuple[Ints, Ints]:
    """Return the two bits of a bitmap for each key: one by its upper bits, another near it by the other bits."""
    first = (keys >> np.uint64(64 - bits)).astype(np.int64)
    mixed = (keys & _KEY) * M1 >> np.uint64(64 - 9)
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
