"""What keeps the paragraphs of documents across runs: the records it takes and gives, and what it must do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dedupe._arrays import U32, U64, Ints
from dedupe.index.spec import IndexSpec

MOST_PAGES = 256
"""Documents that are looked at for one paragraph: one on more pages than this is boilerplate by any count."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a document says a paragraph: its row in the index, lines, code points, and whether it stayed there."""

    row: int
    first_line: int
    last_line: int
    start: int
    end: int
    stays: bool


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it is kept: name, host of its address, date (as given), when it was added (seconds), places."""

    id: str
    host: str
    date: str
    added: int
    places: tuple[Occurrence, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexBatch:
    """Documents on their way into a store.

    `entries`: their places have rows counted in this sheet, from 0. `hashes`, uint32, with `starts`, int64, shape
    (rows + 1,): the shingles of each row in order. `keys`: uint64, shape (rows, 1 + bands), the print of the whole
    sequence and the band keys. `texts`: one a row, or None.
    """

    entries: Sequence[StoredDocument]
    hashes: U32
    starts: Ints
    keys: U64
    texts: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class StoredParagraph:
    """A paragraph that is kept once, whoever says it: its shingles in order, uint32, and its text if it is kept."""

    shingles: U32
    text: str | None


@dataclass(frozen=True, slots=True)
class Stats:
    """What is in a store. `paragraphs` counts places, `contents` those that differ; `hottest`: pages and an example."""

    documents: int
    paragraphs: int
    contents: int
    size: int
    hottest: Sequence[tuple[int, str]]


class Store(Protocol):
    """Keeps documents' paragraphs and proposes, for others, those that share a bucket with them.

    Two stores of the same documents answer the same. A document is in it whole or not at all; one that comes again
    under its name takes the place of the old one. Equal paragraphs are kept once, with the documents that say them.
    `where` is what errors name it by, without passwords. Everything raises `InputError` when the store fails.
    """

    spec: IndexSpec
    where: str

    def position(self) -> int:
        """Return the number that the next document gets: what is below was there before."""
        ...

    def add(self, batch: IndexBatch) -> None:
        """Add documents; each is in the store whole or not at all."""
        ...

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (asked, row) pairs, sorted and distinct, of rows that share a key, uint64, shape (asked, keys)."""
        ...

    def contents(self, rows: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return what is kept under these rows; one that is gone is left out."""
        ...

    def occurrences(self, rows: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return the documents, of numbers below `before`, that say each row, and where; the earliest `MOST_PAGES`.

        These entries come without their places.
        """
        ...

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return which of the names are those of documents in the store."""
        ...

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return how many documents each host has."""
        ...

    def entries(self) -> Iterator[StoredDocument]:
        """Yield every document, in the order they were added."""
        ...

    def remove(self, ids: Sequence[str]) -> int:
        """Take documents out and return how many were there."""
        ...

    def compact(self) -> None:
        """Take up no more room than is needed."""
        ...

    def problems(self) -> Iterator[str]:
        """Yield a sentence for everything that is not as it must be."""
        ...

    def stats(self) -> Stats:
        """Return what is in the store."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
