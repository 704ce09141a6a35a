"""The protocol of an index, and the records that it takes and returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dedupe._arrays import U32, U64, Ints
from dedupe.index.spec import IndexSpec

MAX_OCCURRENCES = 256
"""Documents that are read for one paragraph: one with more of them is boilerplate by any count."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a paragraph stands in a document.

    Attributes:
        paragraph: its number in the index, or in a batch.
        first_line: its first line, from 1.
        last_line: its last line, from 1.
        start: its position, in code points.
        end: the position behind it.
        stays: whether it is still in the document after cleaning.
    """

    paragraph: int
    first_line: int
    last_line: int
    start: int
    end: int
    stays: bool


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document in an index.

    Attributes:
        id: its id.
        host: the host of its address, "" without one.
        date: its date as the caller gave it.
        added: when it was added, in seconds since 1970.
        occurrences: where its paragraphs stand.
        seen: when a remembered document last repeated it, in seconds since 1970; 0 if none has since it was added.
    """

    id: str
    host: str
    date: str
    added: int
    occurrences: tuple[Occurrence, ...] = ()
    seen: int = 0

    @property
    def last_seen(self) -> int:
        """When it was last added or repeated."""
        return max(self.added, self.seen)

    @property
    def paragraphs(self) -> list[int]:
        """The numbers of its distinct paragraphs, in order."""
        return list(dict.fromkeys(occurrence.paragraph for occurrence in self.occurrences))

    def renumber(self, numbers: Mapping[int, int]) -> StoredDocument:
        """Return the document with other numbers for its paragraphs, without those that have none."""
        kept = (one for one in self.occurrences if one.paragraph in numbers)
        return replace(self, occurrences=tuple(replace(one, paragraph=numbers[one.paragraph]) for one in kept))


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no one answer to ==
class IndexBatch:
    """Documents to add to an index, or to look up in it.

    Attributes:
        documents: the documents; their occurrences number the paragraphs of this batch, from 0.
        hashes: the shingles of all paragraphs in order, uint32.
        starts: where those of each paragraph begin, and the end, int64, shape (paragraphs + 1,).
        keys: the hash of all shingles in order and the keys asked for, uint64, shape (paragraphs, 1 + keys).
        texts: the text of each paragraph, or None.
    """

    documents: Sequence[StoredDocument]
    hashes: U32
    starts: Ints
    keys: U64
    texts: Sequence[str] | None

    def shingles(self, paragraph: int) -> U32:
        """Return the shingles of a paragraph in order, uint32."""
        return self.hashes[self.starts[paragraph] : self.starts[paragraph + 1]]


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no one answer to ==
class StoredParagraph:
    """A distinct paragraph in an index.

    Attributes:
        shingles: its shingles in order, uint32.
        text: its text, None if the index keeps no texts.
    """

    shingles: U32
    text: str | None


@dataclass(frozen=True, slots=True)
class Stats:
    """The size of an index.

    Attributes:
        documents: the number of documents.
        paragraphs: the number of their paragraphs, each distinct one counted once a document.
        distinct_paragraphs: the number of those that differ.
        size: bytes, in memory, on disk or in Redis.
        most_frequent: the number of documents, and the text, of the five most frequent paragraphs.
    """

    documents: int
    paragraphs: int
    distinct_paragraphs: int
    size: int
    most_frequent: tuple[tuple[int, str], ...]


class Store(Protocol):
    """An index: it keeps the paragraphs of documents and proposes those that share keys with others.

    Two indexes of the same documents give the same answers. A document is in the index completely or not at all. One
    that is added again under the same id replaces the old one. Equal paragraphs are kept once, with their occurrences.
    `where` names the index in errors, without passwords. Every method raises `InputError` when the index fails.
    """

    spec: IndexSpec
    where: str

    def next_number(self) -> int:
        """Return the number of the next document: all lower numbers were added before."""

    def add(self, batch: IndexBatch) -> None:
        """Add documents, each completely or not at all."""

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share enough keys, sorted; keys: uint64, shape (queries, n)."""

    def paragraphs(self, numbers: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return the paragraphs of these numbers that are in the index."""

    def occurrences(self, numbers: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return the first `MAX_OCCURRENCES` of each paragraph in documents whose number is below `before`.

        The documents come without all their occurrences, and perhaps without `seen`.
        """

    def document_counts(self, numbers: Sequence[int]) -> dict[int, int]:
        """Return in how many documents each of these paragraphs is, without reading them."""

    def size(self) -> int:
        """Return the number of documents."""

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return those ids whose documents are in the index."""

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return the number of documents of each host."""

    def touch(self, ids: Sequence[str], seen: int) -> None:
        """Note when documents were seen, for those in the index that were not seen later."""

    def documents(self) -> Iterator[StoredDocument]:
        """Yield every document, in the order of adding."""

    def remove(self, ids: Sequence[str]) -> int:
        """Remove documents and return how many were in the index."""

    def compact(self) -> None:
        """Free the space of removed paragraphs."""

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each damage of the storage."""

    def stats(self) -> Stats:
        """Return the size of the index."""

    def close(self) -> None:
        """Close files and connections."""
