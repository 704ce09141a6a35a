"""The SQLite file of an index: open it, run transactions, describe errors."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dedupe.errors import InputError
from dedupe.index.spec import IndexSpec

APPLICATION_ID = 0x64647570
"""The application id in the header of the file, which tells it from other databases."""

LOCK_TIMEOUT_SECONDS = 600.0
"""How long a writer waits for another one."""

PAGE_BYTES = 32768
"""Size of a page of the file: a row that does not fit at its end begins the next one, and leaves 1 % of it unused."""

CACHE_KILOBYTES = 16 << 10
"""Size of the page cache of a connection."""

log = logging.getLogger(__name__)


class Database:
    """An open file, undamaged by a kill at any moment.

    A reader changes no byte of it, unless a killed writer left its log: then its committed changes are written.

    `spec` and `schema` make a new file where there is none, if `write` is set. A writer that waits for another one logs
    a warning. `writes` counts the transactions that wrote.
    """

    def __init__(self, path: str, spec: IndexSpec | None, schema: Sequence[str], write: bool) -> None:
        self.where = path
        self.write = write
        self.writes = 0
        self._schema = schema
        with self.errors():
            self.connection = self._open(spec)
        try:
            self.spec = self._read_spec(spec)
        except BaseException:
            self.connection.close()
            raise

    def _open(self, spec: IndexSpec | None) -> sqlite3.Connection:
        path = Path(self.where)
        if not path.exists():
            if spec is None or not self.write:
                raise InputError(
                    self.where, "there is no such index; make one with: dedupe index add PATHS --index FILE"
                )
            if not path.parent.is_dir():
                raise InputError(self.where, "cannot be made: there is no such folder; make it first")
        elif not path.is_file():
            raise InputError(self.where, "is not a file; name the file of an index")
        # A reader, too, opens for writing, so that the last one to close takes SQLite's files beside the index away.
        mode = "rwc" if self.write else "rw"
        if not self.write and not os.access(path.parent, os.W_OK) and not Path(f"{self.where}-wal").exists():
            mode = "ro&immutable=1"  # a reader of a folder it may not write to cannot share a lock with writers
        # Autocommit: transactions begin and end where they are written. Threads take turns (see `OpenIndex`).
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=60,
            isolation_level=None,
            check_same_thread=False,
        )

    def _read_spec(self, spec: IndexSpec | None) -> IndexSpec:
        """Set the connection up, make a new index if need be, and return the settings of the index."""
        with self.errors():
            self.connection.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
            if not self.write:
                self.connection.execute("PRAGMA query_only = ON")
            # One transaction makes the tables and the id, so the id is read last: another process may be making both.
            tables = self.value("SELECT count(*) FROM sqlite_master")
            application = self.value("PRAGMA application_id")
            if self.write and not tables and not application:
                if spec is None:
                    raise InputError(self.where, "is empty; make an index with: dedupe index add PATHS --index FILE")
                self._make(spec)
            elif application != APPLICATION_ID:
                raise InputError(self.where, "is not an index of this program; name another file")
            if self.write:
                self.connection.execute("PRAGMA synchronous = NORMAL")
                self.connection.execute("PRAGMA journal_size_limit = 4194304")
            self._check_size()
            header = self.connection.execute("SELECT value FROM header WHERE name = 'header'").fetchone()
        if header is None:
            raise InputError(self.where, "is damaged: it has no header; restore a backup")
        return IndexSpec.from_json(str(header[0]), self.where)

    def _make(self, spec: IndexSpec) -> None:
        connection = self.connection
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self._execute_in_turn("PRAGMA journal_mode = WAL")
        with self.writing():
            if self.value("SELECT count(*) FROM sqlite_master"):
                return  # another process was faster
            for statement in self._schema:
                connection.execute(statement)
            values = (("header", spec.to_json()), ("next_row", 0), ("next_document", 0), ("next_segment", 1))
            connection.executemany("INSERT INTO header VALUES (?, ?)", values)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def _check_size(self) -> None:
        """Raise `InputError` for a file that is shorter than its header says."""
        for _ in range(3):  # a writer may shorten the file between two looks at it
            size = self.value("PRAGMA page_count") * self.value("PRAGMA page_size")
            log = Path(f"{self.where}-wal")
            if size <= os.stat(self.where).st_size or (log.exists() and log.stat().st_size):
                break
        else:
            raise InputError(self.where, "is cut short: it is smaller than its header says; restore a backup")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn errors of SQLite and of the system into `InputError`."""
        try:
            yield
        except sqlite3.Error as error:
            raise InputError(self.where, describe(error)) from error
        except OSError as error:
            raise InputError(self.where, f"cannot be read: {error.strerror}; check the file and its disk") from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock for a transaction, which happens completely or not at all."""
        if not self.write:
            raise InputError(self.where, "was opened for reading only; open it with write=True")
        connection = self.connection
        self.begin()
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            self.writes += 1

    def begin(self) -> None:
        """Begin a transaction that writes; wait while another process writes, and log that."""
        self._execute_in_turn("BEGIN IMMEDIATE")

    def _execute_in_turn(self, statement: str) -> None:
        """Execute a statement that needs the write lock, after whoever holds it."""
        connection = self.connection
        start = time.monotonic()
        wait = 1
        while True:
            connection.execute(f"PRAGMA busy_timeout = {wait * 1000}")
            try:
                connection.execute(statement).fetchall()
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
            waited = time.monotonic() - start
            if waited > LOCK_TIMEOUT_SECONDS:
                problem = f"another process has been writing for {LOCK_TIMEOUT_SECONDS:.0f} s; try again later"
                raise InputError(self.where, problem)
            if wait == 1 and waited >= wait:
                log.warning("%s: another process is writing; waiting for it", self.where)
                wait = 10
            time.sleep(0.01)  # SQLite may refuse at once, whatever the timeout, when a file is new
        connection.execute("PRAGMA busy_timeout = 60000")

    def value(self, statement: str, *values: Any) -> Any:
        """Return the first column of the first row of a statement, None without one."""
        row = self.connection.execute(statement, values).fetchone()
        return row[0] if row else None

    def counter(self, name: str) -> int:
        """Return a counter of the header."""
        return int(self.value("SELECT value FROM header WHERE name = ?", name))

    def set_counter(self, name: str, value: int) -> None:
        """Set a counter of the header, within a transaction that writes."""
        self.connection.execute("UPDATE header SET value = ? WHERE name = ?", (value, name))

    def vacuum(self) -> None:
        """Free all unused pages."""
        self.begin()
        self.connection.execute("COMMIT")
        self.connection.execute("VACUUM")
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read one state of the file throughout, whatever is written meanwhile."""
        connection = self.connection
        with self.errors():
            if connection.in_transaction:
                yield
                return
            connection.execute("BEGIN")
            try:
                yield
            finally:
                connection.execute("COMMIT")

    def rows(self, statement: str, values: Sequence[object]) -> list[Any]:
        """Return the rows of a statement in which `{}` stands for the values, a table `k` with a column `value`."""
        if not values:
            return []
        with self.reading():
            return self.connection.execute(statement.format("json_each(?) AS k"), (json.dumps(values),)).fetchall()


def describe(error: sqlite3.Error) -> str:
    """Return an error of SQLite as a sentence with what to do."""
    message = str(error)
    for part, meaning in (
        ("not a database", "is not an index of this program, or is damaged; name another file or restore a backup"),
        ("malformed", "is damaged or cut short; restore a backup, or build it anew"),
        ("disk is full", "the disk is full; nothing of this batch was written, all before it was; make room, go on"),
        ("readonly", "cannot be written: it, or its folder, is read-only; check mode and owner"),
        ("unable to open", "cannot be opened: check the mode and owner of the file and of its folder"),
        ("locked", "another process has been writing for long; try again later"),
        ("closed database", "is closed; open it again"),
        ("disk I/O", "cannot be read or written: the disk reports an error; check it, then restore a backup"),
    ):
        if part in message:
            return meaning
    return f"cannot be used: {message}"
