"""A store in one SQLite file: many readers, one writer at a time, whole after a kill at any moment."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dedupe._arrays import U64, Ints
from dedupe.index import _segments
from dedupe.index._codec import packed, place_of, unpacked
from dedupe.index._database import Database, sentence
from dedupe.index._interning import numbered
from dedupe.index._sorted_keys import Entries, pairs
from dedupe.index.protocol import MOST_PAGES, IndexBatch, Occurrence, Stats, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec

SLACK = 8
"""The file gives back its free pages when they are more than one in so many."""

SCHEMA = (
    "CREATE TABLE header(name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE document(number INTEGER PRIMARY KEY, id TEXT UNIQUE, host TEXT, date TEXT, added INTEGER, "
    "places BLOB)",
    "CREATE TABLE host(name TEXT PRIMARY KEY, pages INTEGER) WITHOUT ROWID",
    "CREATE TABLE content(row INTEGER PRIMARY KEY, document INTEGER, shingles BLOB, text BLOB)",
    "CREATE TABLE sayer(row INTEGER, document INTEGER, PRIMARY KEY(row, document)) WITHOUT ROWID",
    "CREATE TABLE recent(first INTEGER PRIMARY KEY, keys BLOB)",
    *_segments.SCHEMA,
)

log = logging.getLogger(__name__)


class SqliteStore:
    """Documents' paragraphs in a file; see `Store`.

    `spec` makes a new file where there is none; without it the file must be there. A store that does not write
    changes no byte of the file. `say` gets a sentence when a writer waits for another.
    """

    def __init__(
        self,
        path: str,
        spec: IndexSpec | None = None,
        *,
        write: bool = False,
        say: Callable[[str], None] = log.warning,
    ) -> None:
        self.where = path
        self._database = Database(path, spec, SCHEMA, write, say)
        self.spec = self._database.spec
        self._connection = self._database.connection
        self._recent = Entries()
        self._recent_end = 0
        self._segments: list[_segments.Segment] = []
        self._version = (-1, -1)

    def _counter(self, name: str) -> int:
        return int(self._database.value("SELECT value FROM header WHERE name = ?", name))

    def _count(self, name: str, value: int) -> None:
        self._connection.execute("UPDATE header SET value = ? WHERE name = ?", (value, name))

    def position(self) -> int:
        """Return the number that the next document gets."""
        with self._database.errors():
            return self._counter("next_document")

    def add(self, batch: IndexBatch) -> None:
        """Add documents; one that comes again under its name takes the place of the old one."""
        with self._database.errors():
            with self._database.writing():
                self._add(batch)
            self._tidy()

    def _add(self, batch: IndexBatch) -> None:
        connection = self._connection
        last = {entry.id: at for at, entry in enumerate(batch.entries)}
        olds = self._unlist(list(last))
        next_row, number = self._counter("next_row"), self._counter("next_document")
        rows, fresh = numbered(self, batch, next_row)
        first: dict[int, int] = {}
        later: list[tuple[int, int]] = []
        documents = []
        hosts: dict[str, int] = {}
        for at, entry in enumerate(batch.entries):
            if last[entry.id] != at:
                continue
            places = [replace(place, row=int(rows[place.row])) for place in entry.places]
            for row in dict.fromkeys(place.row for place in places):
                if row >= next_row and row not in first:
                    first[row] = number
                else:
                    later.append((row, number))
            documents.append((number, entry.id, entry.host, entry.date, entry.added, packed(places)))
            hosts[entry.host] = hosts.get(entry.host, 0) + 1
            number += 1
        texts = batch.texts if self.spec.texts else None
        connection.executemany("INSERT INTO document VALUES (?, ?, ?, ?, ?, ?)", documents)
        connection.executemany(
            "INSERT INTO content VALUES (?, ?, ?, ?)",
            (
                (row, first[row], batch.hashes[start:end].tobytes(), _encoded(texts[at]) if texts else None)
                for row, (at, start, end) in enumerate(
                    zip(fresh.tolist(), batch.starts[fresh].tolist(), batch.starts[fresh + 1].tolist(), strict=True),
                    next_row,
                )
                if row in first
            ),
        )
        connection.executemany("INSERT INTO sayer VALUES (?, ?)", later)
        self._count_pages(hosts)
        self._keep_keys(next_row, batch.keys[fresh])
        self._count("next_row", next_row + len(fresh))
        self._count("next_document", number)
        self._forget(olds)

    def _count_pages(self, hosts: dict[str, int]) -> None:
        self._connection.executemany(
            "INSERT INTO host VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET pages = pages + excluded.pages",
            hosts.items(),
        )

    def _keep_keys(self, first: int, keys: U64) -> None:
        """Keep keys of new rows with the recent ones, or make a segment of both when they are enough."""
        connection = self._connection
        rows = connection.execute("SELECT first, keys FROM recent ORDER BY first").fetchall()
        width = 1 + self.spec.bands
        if len(keys) + sum(len(row[1]) for row in rows) // (8 * width) < _segments.SEGMENT:
            if len(keys):
                connection.execute("INSERT INTO recent VALUES (?, ?)", (first, keys.astype("<u8").tobytes()))
            return
        start = rows[0][0] if rows else first
        older = np.frombuffer(b"".join(row[1] for row in rows), "<u8").reshape(-1, width)
        number = self._counter("next_segment")
        everything = np.concatenate([older, keys])
        for at in range(0, len(everything), _segments.SPAN):
            _segments.write(connection, number, start + at, everything[at : at + _segments.SPAN])
            number += 1
        self._count("next_segment", number)
        connection.execute("DELETE FROM recent")

    def _tidy(self) -> None:
        """Merge neighbouring segments until each is at least twice as large as the next; give free pages back."""
        parts = _segments.load(self._connection)
        at = len(parts) - 1
        while at > 0 and parts[at - 1].entries < 2 * sum(part.entries for part in parts[at:]):
            if parts[-1].last - parts[at - 1].first >= _segments.SPAN:
                break
            at -= 1
        if at < len(parts) - 1:
            self._merge(parts[at:])

    def _merge(self, parts: Sequence[_segments.Segment]) -> None:
        with self._database.writing():
            if [part.number for part in _segments.load(self._connection)][-len(parts) :] != [
                one.number for one in parts
            ]:
                return  # another writer was here in between
            number = self._counter("next_segment")
            _segments.merge(self._connection, parts, number)
            self._count("next_segment", number + 1)
        free = self._database.value("PRAGMA freelist_count")
        if free * SLACK > self._database.value("PRAGMA page_count"):
            self._connection.executescript(f"PRAGMA incremental_vacuum({free})")  # execute stops after the first page

    def _refresh(self) -> None:
        """Read what other processes have written since."""
        version = (self._database.value("PRAGMA data_version"), self._database.writes)
        if version == self._version:
            return
        held = {segment.number: segment for segment in self._segments}
        loaded = _segments.load(self._connection)
        if [segment.number for segment in loaded] != [segment.number for segment in self._segments]:
            self._recent, self._recent_end = Entries(), 0
        self._segments = [held.get(segment.number, segment) for segment in loaded]
        rows = self._connection.execute(
            "SELECT first, keys FROM recent WHERE first >= ? ORDER BY first", (self._recent_end,)
        )
        for first, keys in rows.fetchall():
            values = np.frombuffer(keys, "<u8").reshape(-1, 1 + self.spec.bands)
            self._recent.append(values, first)
            self._recent_end = first + len(values)
        self._version = version

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (asked, row) pairs of rows that share a key."""
        flat = keys.ravel()
        with self._database.reading():
            self._refresh()
            _segments.load_filters(self._connection, self._segments)
            places, rows = _segments.find(self._connection, self._segments, flat)
        more = self._recent.find(flat)
        return pairs(np.concatenate([places, more[0]]), np.concatenate([rows, more[1]]), keys.shape[1])

    def contents(self, rows: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return what is kept under these rows."""
        found = self._database.rows(
            "SELECT c.row, c.shingles, c.text FROM {} CROSS JOIN content AS c ON c.row = k.value", rows
        )
        return {row: StoredParagraph(np.frombuffer(shingles, "<u4"), _decoded(text)) for row, shingles, text in found}

    def occurrences(self, rows: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return the documents that say each row, and where, the earliest `MOST_PAGES`."""
        numbers: dict[int, list[int]] = {row: [] for row in rows}
        statement = "SELECT c.row, c.document FROM {} CROSS JOIN content AS c ON c.row = k.value"
        for row, document in self._database.rows(statement, rows):
            numbers[row].append(document)
        statement = (
            "SELECT s.row, s.document FROM {} CROSS JOIN sayer AS s ON s.row = k.value AND s.document IN "
            f"(SELECT document FROM sayer WHERE row = k.value ORDER BY document LIMIT {MOST_PAGES})"
        )
        for row, document in self._database.rows(statement, rows):
            numbers[row].append(document)
        numbers = {row: [one for one in sorted(found)[:MOST_PAGES] if one < before] for row, found in numbers.items()}
        wanted = sorted({number for found in numbers.values() for number in found})
        statement = "SELECT d.* FROM {} CROSS JOIN document AS d ON d.number = k.value"
        documents = {row[0]: (StoredDocument(*row[1:5]), row[5]) for row in self._database.rows(statement, wanted)}
        return {
            row: [
                (documents[one][0], place)
                for one in found
                if one in documents and (place := place_of(documents[one][1], row, self.where)) is not None
            ]
            for row, found in numbers.items()
        }

    def _entry(self, row: tuple[Any, ...]) -> StoredDocument:
        _, name, host, date, added, places = row
        return StoredDocument(name, host, date, added, unpacked(places, self.where))

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return which of the names are those of documents in the store."""
        statement = "SELECT d.id FROM {} CROSS JOIN document AS d ON d.id = k.value"
        return {row[0] for row in self._database.rows(statement, list(ids))}

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return how many documents each host has."""
        statement = "SELECT h.name, h.pages FROM {} CROSS JOIN host AS h ON h.name = k.value"
        return dict.fromkeys(hosts, 0) | dict(self._database.rows(statement, list(hosts)))

    def entries(self) -> Iterator[StoredDocument]:
        """Yield every document, in the order they were added."""
        number = -1
        while True:
            with self._database.errors():
                rows = self._connection.execute(
                    "SELECT * FROM document WHERE number > ? ORDER BY number LIMIT 500", (number,)
                ).fetchall()
            if not rows:
                return
            number = rows[-1][0]
            yield from map(self._entry, rows)

    def remove(self, ids: Sequence[str]) -> int:
        """Take documents out and return how many were there."""
        with self._database.errors(), self._database.writing():
            olds = self._unlist(ids)
            self._forget(olds)
            return len(olds)

    def _unlist(self, ids: Sequence[str]) -> list[tuple[int, StoredDocument]]:
        """Take documents out of the list of documents and return their numbers and what they were."""
        connection = self._connection
        statement = "SELECT d.* FROM {} CROSS JOIN document AS d ON d.id = k.value"
        found = self._database.rows(statement, list(dict.fromkeys(ids)))
        olds = [(row[0], self._entry(row)) for row in found]
        for number, entry in olds:
            connection.execute("DELETE FROM document WHERE number = ?", (number,))
            connection.execute("UPDATE host SET pages = pages - 1 WHERE name = ?", (entry.host,))
        return olds

    def _forget(self, olds: Sequence[tuple[int, StoredDocument]]) -> None:
        for number, entry in olds:
            for row in dict.fromkeys(place.row for place in entry.places):
                self._forget_row(row, number)

    def _forget_row(self, row: int, document: int) -> None:
        """Take a document from those that say a row; the row goes with the last of them."""
        connection = self._connection
        if self._database.value("SELECT document FROM content WHERE row = ?", row) != document:
            connection.execute("DELETE FROM sayer WHERE row = ? AND document = ?", (row, document))
            return
        heir = self._database.value("SELECT min(document) FROM sayer WHERE row = ?", row)
        if heir is None:
            connection.execute("DELETE FROM content WHERE row = ?", (row,))
            connection.execute("INSERT OR IGNORE INTO gone VALUES (?, ?)", (row, row))
            return
        connection.execute("UPDATE content SET document = ? WHERE row = ?", (heir, row))
        connection.execute("DELETE FROM sayer WHERE row = ? AND document = ?", (row, heir))

    def compact(self) -> None:
        """Merge all segments, leave out what is gone, and give every free page back."""
        with self._database.errors():
            parts = _segments.load(self._connection)
            groups: list[list[_segments.Segment]] = []
            for part in parts:
                if groups and part.last - groups[-1][0].first < _segments.SPAN:
                    groups[-1].append(part)
                else:
                    groups.append([part])
            for group in groups:
                with self._database.writing():
                    number = self._counter("next_segment")
                    _segments.merge(self._connection, group, number)
                    self._count("next_segment", number + 1)
            self._database.begin()
            self._connection.execute("COMMIT")
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def problems(self) -> Iterator[str]:
        """Yield what SQLite finds wrong with its file."""
        try:
            found = [row[0] for row in self._connection.execute("PRAGMA integrity_check(10)")]
        except sqlite3.Error as error:
            found = [sentence(error)]
        yield from (str(one) for one in found if one != "ok")

    def stats(self) -> Stats:
        """Return what is in the store."""
        with self._database.errors():
            documents = self._database.value("SELECT count(*) FROM document")
            contents = self._database.value("SELECT count(*) FROM content")
            more = self._database.value("SELECT count(*) FROM sayer")
            hot = self._connection.execute(
                "SELECT count(*) + 1, c.row, c.text FROM sayer JOIN content AS c USING (row) GROUP BY row "
                "ORDER BY count(*) DESC, c.row LIMIT 5"
            ).fetchall()
            size = os.stat(self.where).st_size
        hottest = [(pages, _decoded(text) or f"paragraph {row}") for pages, row, text in hot]
        return Stats(documents, contents + more, contents, size, hottest)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decoded(text: bytes | None) -> str | None:
    return None if text is None else text.decode("utf-8", "surrogatepass")
