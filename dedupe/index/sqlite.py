"""An index in one SQLite file: many readers, one writer at a time, undamaged by a kill at any moment."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dedupe._arrays import U64, Ints
from dedupe.index import _file_keys, _file_paragraphs
from dedupe.index._codec import occurrences_of, pack, unpack
from dedupe.index._database import Database, describe
from dedupe.index._file_keys import FileKeys
from dedupe.index._file_paragraphs import FileParagraphs
from dedupe.index.batch import assign_owners, number_paragraphs
from dedupe.index.protocol import MAX_OCCURRENCES, IndexBatch, Occurrence, Stats, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec

SCHEMA = (
    "CREATE TABLE header(name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE document(number INTEGER PRIMARY KEY, id TEXT UNIQUE, host TEXT, date TEXT, added INTEGER, "
    "places BLOB)",
    "CREATE TABLE host(name TEXT PRIMARY KEY, pages INTEGER) WITHOUT ROWID",
    *_file_paragraphs.SCHEMA,
    "CREATE TABLE seen(document INTEGER PRIMARY KEY, seconds INTEGER)",
    "CREATE TABLE sayer(row INTEGER, document INTEGER, PRIMARY KEY(row, document)) WITHOUT ROWID",
    *_file_keys.SCHEMA,
)


class SqliteStore:
    """An index in a file; see `Store`.

    `spec`: settings of a new file; without them the file must exist. An index that is not opened to `write` changes no
    byte of it.
    """

    def __init__(self, path: str, spec: IndexSpec | None = None, *, write: bool = False) -> None:
        self.where = path
        self._database = Database(path, spec, SCHEMA, write)
        self.spec = self._database.spec
        self._connection = self._database.connection
        self._keys = FileKeys(self._database)
        self._paragraphs = FileParagraphs(self._database)

    def next_number(self) -> int:
        """Return the number of the next document."""
        with self._database.errors():
            return self._database.counter("next_document")

    def add(self, batch: IndexBatch) -> None:
        """Add documents; one that is added again under the same id replaces the old one."""
        with self._database.errors():
            with self._database.writing():
                self._add(batch)
            self._keys.merge_segments()

    def _add(self, batch: IndexBatch) -> None:
        connection = self._connection
        last = {document.id: position for position, document in enumerate(batch.documents)}
        replaced = self._pop_documents(list(last))
        next_paragraph, owner = self._database.counter("next_row"), self._database.counter("next_document")
        numbers, new = number_paragraphs(self, batch, next_paragraph)
        kept = [document for position, document in enumerate(batch.documents) if last[document.id] == position]
        documents = [document.renumber(numbers) for document in kept]
        first_owners, later_owners = assign_owners(documents, owner, range(next_paragraph, next_paragraph + len(new)))
        connection.executemany(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?)",
            (
                (number, one.id, one.host, one.date, one.added, pack(one.occurrences))
                for number, one in enumerate(documents, owner)
            ),
        )
        connection.executemany(
            "INSERT INTO seen VALUES (?, ?)",
            ((number, one.seen) for number, one in enumerate(documents, owner) if one.seen > one.added),
        )
        self._paragraphs.add(batch, new, next_paragraph, first_owners)
        connection.executemany("INSERT INTO sayer VALUES (?, ?)", later_owners)
        connection.executemany(
            "INSERT INTO host VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET pages = pages + excluded.pages",
            Counter(document.host for document in documents).items(),
        )
        self._keys.add(next_paragraph, batch.keys[new, : 1 + self.spec.keys])
        self._database.set_counter("next_row", next_paragraph + len(new))
        self._database.set_counter("next_document", owner + len(documents))
        self._release(replaced)

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share enough keys."""
        return self._keys.propose(keys)

    def paragraphs(self, numbers: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return the paragraphs of these numbers that are in the index."""
        return self._paragraphs.read(numbers)

    def occurrences(self, numbers: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return the first `MAX_OCCURRENCES` of each paragraph in documents whose number is below `before`."""
        owners: dict[int, list[int]] = {number: [] for number in numbers}
        for statement in (
            f"SELECT k.value, c.document FROM {_file_paragraphs.JOINED}",
            "SELECT s.row, s.document FROM {} CROSS JOIN sayer AS s ON s.row = k.value AND s.document IN "
            f"(SELECT document FROM sayer WHERE row = k.value ORDER BY document LIMIT {MAX_OCCURRENCES})",
        ):
            for number, owner in self._database.rows(statement, numbers):
                owners[number].append(owner)
        owners = {
            number: [owner for owner in sorted(found)[:MAX_OCCURRENCES] if owner < before]
            for number, found in owners.items()
        }
        distinct = sorted({owner for found in owners.values() for owner in found})
        statement = "SELECT d.* FROM {} CROSS JOIN document AS d ON d.number = k.value"
        documents = {row[0]: (StoredDocument(*row[1:5]), row[5]) for row in self._database.rows(statement, distinct)}
        return occurrences_of(owners, documents, self.where)

    def document_counts(self, numbers: Sequence[int]) -> dict[int, int]:
        """Return in how many documents each of these paragraphs is."""
        later = "(SELECT count(*) FROM sayer WHERE row = k.value)"
        statement = f"SELECT k.value, 1 + {later} FROM {_file_paragraphs.JOINED}"
        return dict(self._database.rows(statement, numbers))

    def size(self) -> int:
        """Return the number of documents."""
        with self._database.errors():
            return int(self._database.value("SELECT total(pages) FROM host"))  # there are fewer hosts than documents

    def _document(self, row: Sequence[Any]) -> StoredDocument:
        """Return the document of a row of its table."""
        _, identity, host, date, added, occurrences = row
        return StoredDocument(identity, host, date, added, unpack(occurrences, self.where))

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return those ids whose documents are in the index."""
        statement = "SELECT d.id FROM {} CROSS JOIN document AS d ON d.id = k.value"
        return {row[0] for row in self._database.rows(statement, list(ids))}

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return the number of documents of each host."""
        statement = "SELECT h.name, h.pages FROM {} CROSS JOIN host AS h ON h.name = k.value"
        return dict.fromkeys(hosts, 0) | dict(self._database.rows(statement, list(hosts)))

    def touch(self, ids: Sequence[str], seen: int) -> None:
        """Note when documents were seen, for those in the index that were not seen later."""
        with self._database.errors(), self._database.writing():
            self._connection.executemany(
                "INSERT INTO seen SELECT number, ?1 FROM document WHERE id = ?2 AND added < ?1 "
                "ON CONFLICT(document) DO UPDATE SET seconds = max(seconds, excluded.seconds)",
                ((seen, identity) for identity in ids),
            )

    def documents(self) -> Iterator[StoredDocument]:
        """Yield every document, in the order of adding."""
        number = -1
        while True:
            with self._database.errors():
                rows = self._connection.execute(
                    "SELECT *, (SELECT seconds FROM seen WHERE document = number) FROM document WHERE number > ? "
                    "ORDER BY number LIMIT 500",
                    (number,),
                ).fetchall()
            if not rows:
                return
            number = rows[-1][0]
            for *row, seen in rows:
                yield replace(self._document(row), seen=seen or 0)

    def remove(self, ids: Sequence[str]) -> int:
        """Remove documents and return how many were in the index."""
        with self._database.errors(), self._database.writing():
            removed = self._pop_documents(ids)
            self._release(removed)
            return len(removed)

    def _pop_documents(self, ids: Sequence[str]) -> list[tuple[int, StoredDocument]]:
        """Remove documents, but not their paragraphs, and return them with their numbers."""
        connection = self._connection
        statement = "SELECT d.* FROM {} CROSS JOIN document AS d ON d.id = k.value"
        found = self._database.rows(statement, list(dict.fromkeys(ids)))
        removed = [(row[0], self._document(row)) for row in found]
        for number, document in removed:
            connection.execute("DELETE FROM document WHERE number = ?", (number,))
            connection.execute("DELETE FROM seen WHERE document = ?", (number,))
            connection.execute("UPDATE host SET pages = pages - 1 WHERE name = ?", (document.host,))
        return removed

    def _release(self, removed: Sequence[tuple[int, StoredDocument]]) -> None:
        """Remove documents from the owners of their paragraphs; a paragraph is removed with its last owner."""
        for owner, document in removed:
            for number in document.paragraphs:
                self._release_paragraph(number, owner)

    def _release_paragraph(self, number: int, owner: int) -> None:
        connection = self._connection
        if self._paragraphs.owner(number) != owner:
            connection.execute("DELETE FROM sayer WHERE row = ? AND document = ?", (number, owner))
            return
        heir = self._database.value("SELECT min(document) FROM sayer WHERE row = ?", number)
        self._paragraphs.set_owner(number, heir)
        if heir is None:
            connection.execute("INSERT OR IGNORE INTO gone VALUES (?, ?)", (number, number))
        else:
            connection.execute("DELETE FROM sayer WHERE row = ? AND document = ?", (number, heir))

    def compact(self) -> None:
        """Merge all segments, without removed paragraphs, and free all unused pages."""
        with self._database.errors():
            self._keys.merge_all()
            self._database.vacuum()

    def problems(self) -> Iterator[str]:
        """Yield what SQLite finds wrong with its file."""
        try:
            found = [row[0] for row in self._connection.execute("PRAGMA integrity_check(10)")]
        except sqlite3.Error as error:
            found = [describe(error)]
        yield from (str(problem) for problem in found if problem != "ok")

    def stats(self) -> Stats:
        """Return the size of the index."""
        with self._database.errors():
            documents = self._database.value("SELECT count(*) FROM document")
            distinct = self._database.value("SELECT total(count) FROM content")
            repeated = self._database.value("SELECT count(*) FROM sayer")
            rows = self._connection.execute(
                "SELECT count(*) + 1, row FROM sayer GROUP BY row ORDER BY count(*) DESC, row LIMIT 5"
            ).fetchall()
            texts = {number: stored.text for number, stored in self.paragraphs([row[1] for row in rows]).items()}
            size = os.stat(self.where).st_size
        most_frequent = [(pages, texts.get(number) or f"paragraph {number}") for pages, number in rows]
        return Stats(documents, int(distinct) + repeated, int(distinct), size, tuple(most_frequent))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
