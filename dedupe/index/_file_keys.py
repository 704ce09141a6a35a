"""All keys of an index file: those of recent paragraphs in a table, the others in segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe._arrays import U64, Ints
from dedupe.index import _segments
from dedupe.index._database import Database
from dedupe.index._sorted_keys import SortedKeys, candidates
from dedupe.matching.runs import NO_KEY

FREE_PAGE_DIVISOR = 128
"""The file shrinks when more than one page in so many is free."""

SCHEMA = ("CREATE TABLE recent(first INTEGER PRIMARY KEY, keys BLOB)", *_segments.SCHEMA)


class FileKeys:
    """The keys in an open file, and what is kept of them in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection
        self._width = 1 + database.spec.keys
        self._recent = SortedKeys()
        self._recent_end = 0
        self._segments: list[_segments.Segment] = []
        self._version = (-1, -1)

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share enough keys."""
        asked = np.flatnonzero(keys.ravel() != NO_KEY)
        flat = keys.ravel()[asked]
        with self._database.reading():
            self._refresh()
            _segments.load_filters(self._connection, self._segments)
            positions, paragraphs = _segments.find(self._connection, self._segments, flat)
        recent = self._recent.find(flat)
        return candidates(asked[np.concatenate([positions, recent[0]])], np.concatenate([paragraphs, recent[1]]), keys)

    def add(self, first: int, keys: U64) -> None:
        """Add keys of new paragraphs to the recent ones, or make a segment of both when they are enough."""
        connection = self._connection
        rows = connection.execute("SELECT first, keys FROM recent ORDER BY first").fetchall()
        if len(keys) + sum(len(row[1]) for row in rows) // (8 * self._width) < _segments.MIN_SEGMENT_PARAGRAPHS:
            if len(keys):
                connection.execute("INSERT INTO recent VALUES (?, ?)", (first, keys.astype("<u8").tobytes()))
            return
        start = rows[0][0] if rows else first
        older = np.frombuffer(b"".join(row[1] for row in rows), "<u8").reshape(-1, self._width)
        number = self._database.counter("next_segment")
        everything = np.concatenate([older, keys])
        most = _segments.MAX_SEGMENT_PARAGRAPHS
        for offset in range(0, len(everything), most):
            _segments.write(connection, number, start + offset, everything[offset : offset + most])
            number += 1
        self._database.set_counter("next_segment", number)
        connection.execute("DELETE FROM recent")

    def merge_segments(self) -> None:
        """Merge neighbouring segments until each is at least twice as large as the next, and free unused pages."""
        parts = _segments.load(self._connection)
        first = len(parts) - 1
        while first > 0 and parts[first - 1].entries < 2 * sum(part.entries for part in parts[first:]):
            if parts[-1].last - parts[first - 1].first >= _segments.MAX_SEGMENT_PARAGRAPHS:
                break
            first -= 1
        if first < len(parts) - 1:
            self._merge(parts[first:])

    def _merge(self, parts: Sequence[_segments.Segment]) -> None:
        with self._database.writing():
            numbers = [part.number for part in _segments.load(self._connection)]
            if numbers[-len(parts) :] != [part.number for part in parts]:
                return  # another process merged in between
            number = self._database.counter("next_segment")
            _segments.merge(self._connection, parts, number)
            self._database.set_counter("next_segment", number + 1)
        free = self._database.value("PRAGMA freelist_count")
        if free * FREE_PAGE_DIVISOR > self._database.value("PRAGMA page_count"):
            self._connection.executescript(f"PRAGMA incremental_vacuum({free})")  # execute stops after the first page

    def _refresh(self) -> None:
        """Read what was written since the last call."""
        version = (self._database.value("PRAGMA data_version"), self._database.writes)
        if version == self._version:
            return
        known = {segment.number: segment for segment in self._segments}
        loaded = _segments.load(self._connection)
        if [segment.number for segment in loaded] != [segment.number for segment in self._segments]:
            self._recent, self._recent_end = SortedKeys(), 0
        self._segments = [known.get(segment.number, segment) for segment in loaded]
        rows = self._connection.execute(
            "SELECT first, keys FROM recent WHERE first >= ? ORDER BY first", (self._recent_end,)
        )
        for first, keys in rows.fetchall():
            values = np.frombuffer(keys, "<u8").reshape(-1, self._width)
            self._recent.append(values, first)
            self._recent_end = first + len(values)
        self._version = version

    def merge_all(self) -> None:
        """Merge all segments, as far as one can hold them, without removed paragraphs."""
        groups: list[list[_segments.Segment]] = []
        for part in _segments.load(self._connection):
            if groups and part.last - groups[-1][0].first < _segments.MAX_SEGMENT_PARAGRAPHS:
                groups[-1].append(part)
            else:
                groups.append([part])
        for group in groups:
            with self._database.writing():
                number = self._database.counter("next_segment")
                _segments.merge(self._connection, group, number)
                self._database.set_counter("next_segment", number + 1)
