"""What every format gives: a file as a row of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from dedupe.errors import InputError
from dedupe.model import Document, Report
from dedupe.options import option, validate


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How files are read: the columns of records that hold texts and what names them."""

    format: str = option("", "file format; by default found by the name's ending")
    field: tuple[str, ...] = option(("text",), "names or paths (a.b) of the fields that hold texts")
    id: str = option("", "name or path of the field that identifies a record")
    url: str = option("", "name or path of the field with the address of a record")
    date: str = option("", "name or path of the field with the date of a record (ISO 8601)")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class Record:
    """A stretch of a file: its bytes as they are, the documents in them, and how to take out what repeats.

    `rebuild`: from the reports to the bytes without what goes. `annotate`: from the reports and the name of a new
    column to the bytes with the findings in it and the texts as they were; None where a format has no columns.
    `places`: for each document, what names it in a report beside or instead of its id (`document`, `record`, `field`,
    `id`). `error`: what is wrong with the stretch; what could not be read has no documents. `encoding`: that of the
    bytes, to show them.
    """

    raw: bytes
    documents: Sequence[Document] = ()
    rebuild: Callable[[Sequence[Report]], bytes] | None = None
    places: Sequence[Mapping[str, Any]] = ()
    error: InputError | None = field(default=None)
    encoding: str = "utf-8"
    annotate: Callable[[Sequence[Report], str], bytes] | None = None

    def without_repeats(self, reports: Sequence[Report]) -> bytes:
        """Return the bytes without what goes; as they were when nothing does."""
        if self.rebuild is None or not any(report.changed for report in reports):
            return self.raw
        return self.rebuild(reports)


Judged = tuple[Record, Sequence[Report]]
"""A record with a report for each of its documents."""


def joined(judged: Iterable[Judged], column: str) -> Iterator[bytes]:
    """Yield the bytes of a file whose records, joined, are the file; with a column of findings if one is named."""
    for record, reports in judged:
        if not column:
            yield record.without_repeats(reports)
        else:
            yield record.raw if record.annotate is None else record.annotate(reports, column)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. `read` takes a binary stream, the name of its place and the columns, and yields records.

    Never more than a few records are in memory; it raises `InputError` when it can read no further. `write` turns the
    judged records into the bytes of the new file, with a column of findings if one is named. `columns`: whether it has
    columns at all.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[BinaryIO, str, Reading], Iterator[Record]]
    write: Callable[[Iterable[Judged], str], Iterator[bytes]] = joined
    columns: bool = False
