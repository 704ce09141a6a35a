"""A store that lives as long as its process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from dedupe._arrays import U64, Ints
from dedupe.index._interning import numbered
from dedupe.index._sorted_keys import Entries
from dedupe.index.protocol import MOST_PAGES, IndexBatch, Occurrence, Stats, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec
from dedupe.matching.proposer import Index


class MemoryStore:
    """Documents' paragraphs in this process; see `Store`. `index` proposes those that may be alike, ours by default."""

    def __init__(self, spec: IndexSpec, index: Index | None = None, where: str = "the index in memory") -> None:
        self.spec = spec
        self.where = where
        self._index: Index = Entries() if index is None else index
        self._contents: dict[int, StoredParagraph] = {}
        self._sayers: dict[int, list[int]] = {}
        self._documents: dict[int, StoredDocument] = {}
        self._numbers: dict[str, int] = {}
        self._hosts: Counter[str] = Counter()
        self._next_row = self._next_document = 0

    def position(self) -> int:
        """Return the number that the next document gets."""
        return self._next_document

    def add(self, batch: IndexBatch) -> None:
        """Add documents; one that comes again under its name takes the place of the old one."""
        last = {entry.id: at for at, entry in enumerate(batch.entries)}
        first = self._next_row
        rows, fresh = numbered(self, batch, first)
        self._next_row += len(fresh)  # when the index fails, these numbers are not given again
        self._index.append(batch.keys[fresh], first)
        olds = self._unlist(list(last))
        for row, at in enumerate(fresh.tolist(), first):
            shingles = batch.hashes[batch.starts[at] : batch.starts[at + 1]].copy()
            self._contents[row] = StoredParagraph(
                shingles, batch.texts[at] if self.spec.texts and batch.texts else None
            )
            self._sayers[row] = []
        for at, entry in enumerate(batch.entries):
            if last[entry.id] == at:
                places = tuple(replace(place, row=int(rows[place.row])) for place in entry.places)
                self._documents[self._next_document] = replace(entry, places=places)
                self._numbers[entry.id] = self._next_document
                self._hosts[entry.host] += 1
                for row in {place.row for place in places}:
                    self._sayers[row].append(self._next_document)
                self._next_document += 1
        self._drop({row for row in rows.tolist() if not self._sayers[row]} | self._forget(olds))

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (asked, row) pairs of rows that share a key."""
        return self._index.propose(keys)

    def contents(self, rows: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return what is kept under these rows."""
        return {row: self._contents[row] for row in rows if row in self._contents}

    def occurrences(self, rows: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return the documents that say each row, and where, the earliest `MOST_PAGES`."""
        found: dict[int, list[tuple[StoredDocument, Occurrence]]] = {}
        for row in rows:
            numbers = [one for one in self._sayers.get(row, [])[:MOST_PAGES] if one < before]
            entries = [self._documents[number] for number in numbers]
            found[row] = [
                (replace(entry, places=()), next(place for place in entry.places if place.row == row))
                for entry in entries
            ]
        return found

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return which of the names are those of documents in the store."""
        return {name for name in ids if name in self._numbers}

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return how many documents each host has."""
        return {host: self._hosts[host] for host in hosts}

    def entries(self) -> Iterator[StoredDocument]:
        """Yield every document, in the order they were added."""
        yield from list(self._documents.values())

    def remove(self, ids: Sequence[str]) -> int:
        """Take documents out and return how many were there."""
        olds = self._unlist(ids)
        self._drop(self._forget(olds))
        return len(olds)

    def _unlist(self, ids: Sequence[str]) -> list[tuple[int, StoredDocument]]:
        """Take documents out of the list of documents and return their numbers and what they were."""
        numbers = [self._numbers.pop(name) for name in dict.fromkeys(ids) if name in self._numbers]
        olds = [(number, self._documents.pop(number)) for number in numbers]
        for _, entry in olds:
            self._hosts[entry.host] -= 1
        return olds

    def _forget(self, olds: Sequence[tuple[int, StoredDocument]]) -> set[int]:
        """Take documents from those that say their rows, and return the rows that nobody says any more."""
        rows = set()
        for number, entry in olds:
            for row in {place.row for place in entry.places}:
                self._sayers[row].remove(number)
                if not self._sayers[row]:
                    rows.add(row)
        return rows

    def _drop(self, rows: Collection[int]) -> None:
        for row in rows:
            del self._contents[row], self._sayers[row]
        self._index.remove(sorted(rows))

    def compact(self) -> None:
        """Do nothing: memory is given back with the store."""

    def problems(self) -> Iterator[str]:
        """Yield nothing: there is no file that could be damaged."""
        yield from ()

    def stats(self) -> Stats:
        """Return what is in the store."""
        places = sum(len(entry.places) for entry in self._documents.values())
        size = self._index.nbytes + sum(content.shingles.nbytes for content in self._contents.values())
        hot = sorted(self._sayers, key=lambda row: (-len(self._sayers[row]), row))[:5]
        hottest = [(len(self._sayers[row]), self._contents[row].text or f"paragraph {row}") for row in hot]
        return Stats(len(self._documents), places, len(self._contents), size, hottest)

    def close(self) -> None:
        """Do nothing."""
