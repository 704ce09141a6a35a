"""An index in the memory of one process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from dedupe._arrays import U64, Ints
from dedupe.index._sorted_keys import SortedKeys
from dedupe.index.batch import number_paragraphs
from dedupe.index.protocol import MAX_OCCURRENCES, IndexBatch, Occurrence, Stats, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec
from dedupe.matching.proposer import Proposer


class MemoryStore:
    """An index in memory; see `Store`. `index` proposes similar paragraphs, `SortedKeys` by default."""

    def __init__(self, spec: IndexSpec, index: Proposer | None = None, where: str = "the index in memory") -> None:
        self.spec = spec
        self.where = where
        self._index: Proposer = SortedKeys() if index is None else index
        self._paragraphs: dict[int, StoredParagraph] = {}
        self._owners: dict[int, list[int]] = {}
        self._documents: dict[int, StoredDocument] = {}
        self._numbers: dict[str, int] = {}
        self._hosts: Counter[str] = Counter()
        self._next_paragraph = self._next_document = 0

    def next_number(self) -> int:
        """Return the number of the next document."""
        return self._next_document

    def add(self, batch: IndexBatch) -> None:
        """Add documents; one that is added again under the same id replaces the old one."""
        last = {document.id: position for position, document in enumerate(batch.documents)}
        first = self._next_paragraph
        numbers, new = number_paragraphs(self, batch, first)
        self._next_paragraph += len(new)  # when the index fails, these numbers are not given again
        self._index.append(batch.keys[new, : 1 + self.spec.keys], first)
        replaced = self._pop_documents(list(last))
        texts = batch.texts if self.spec.texts else None
        for number, position in enumerate(new.tolist(), first):
            self._paragraphs[number] = StoredParagraph(
                batch.shingles(position).copy(), texts[position] if texts else None
            )
            self._owners[number] = []
        for position, document in enumerate(batch.documents):
            if last[document.id] == position:
                self._documents[self._next_document] = renumbered = document.renumber(numbers)
                self._numbers[document.id] = self._next_document
                self._hosts[document.host] += 1
                for number in renumbered.paragraphs:
                    self._owners[number].append(self._next_document)
                self._next_document += 1
        unused = {number for number in numbers.values() if not self._owners[number]}
        self._drop_paragraphs(unused | self._release(replaced))

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share enough keys."""
        return self._index.propose(keys)

    def paragraphs(self, numbers: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return the paragraphs of these numbers that are in the index."""
        return {number: self._paragraphs[number] for number in numbers if number in self._paragraphs}

    def occurrences(self, numbers: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return the first `MAX_OCCURRENCES` of each paragraph in documents whose number is below `before`."""
        found: dict[int, list[tuple[StoredDocument, Occurrence]]] = {}
        for number in numbers:
            owners = [one for one in self._owners.get(number, [])[:MAX_OCCURRENCES] if one < before]
            documents = [self._documents[owner] for owner in owners]
            found[number] = [
                (
                    replace(document, occurrences=()),
                    next(one for one in document.occurrences if one.paragraph == number),
                )
                for document in documents
            ]
        return found

    def document_counts(self, numbers: Sequence[int]) -> dict[int, int]:
        """Return in how many documents each of these paragraphs is."""
        return {number: len(self._owners[number]) for number in numbers if number in self._owners}

    def size(self) -> int:
        """Return the number of documents."""
        return len(self._documents)

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return those ids whose documents are in the index."""
        return {identity for identity in ids if identity in self._numbers}

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return the number of documents of each host."""
        return {host: self._hosts[host] for host in hosts}

    def touch(self, ids: Sequence[str], seen: int) -> None:
        """Note when documents were seen, for those in the index that were not seen later."""
        for number in (self._numbers[identity] for identity in ids if identity in self._numbers):
            document = self._documents[number]
            if seen > document.last_seen:
                self._documents[number] = replace(document, seen=seen)

    def documents(self) -> Iterator[StoredDocument]:
        """Yield every document, in the order of adding."""
        yield from list(self._documents.values())

    def remove(self, ids: Sequence[str]) -> int:
        """Remove documents and return how many were in the index."""
        removed = self._pop_documents(ids)
        self._drop_paragraphs(self._release(removed))
        return len(removed)

    def _pop_documents(self, ids: Sequence[str]) -> list[tuple[int, StoredDocument]]:
        """Remove documents, but not their paragraphs, and return them with their numbers."""
        numbers = [self._numbers.pop(identity) for identity in dict.fromkeys(ids) if identity in self._numbers]
        removed = [(number, self._documents.pop(number)) for number in numbers]
        for _, document in removed:
            self._hosts[document.host] -= 1
        return removed

    def _release(self, removed: Sequence[tuple[int, StoredDocument]]) -> set[int]:
        """Remove documents from the owners of their paragraphs, and return the paragraphs without an owner."""
        unused = set()
        for owner, document in removed:
            for number in document.paragraphs:
                self._owners[number].remove(owner)
                if not self._owners[number]:
                    unused.add(number)
        return unused

    def _drop_paragraphs(self, numbers: Collection[int]) -> None:
        for number in numbers:
            del self._paragraphs[number], self._owners[number]
        self._index.remove(sorted(numbers))

    def compact(self) -> None:
        """Do nothing: memory is freed with the index."""

    def problems(self) -> Iterator[str]:
        """Yield nothing: there is no file that could be damaged."""
        yield from ()

    def stats(self) -> Stats:
        """Return the size of the index."""
        total = sum(len(document.occurrences) for document in self._documents.values())
        size = self._index.nbytes + sum(paragraph.shingles.nbytes for paragraph in self._paragraphs.values())
        frequent = sorted(self._owners, key=lambda number: (-len(self._owners[number]), number))[:5]
        most_frequent = [
            (len(self._owners[number]), self._paragraphs[number].text or f"paragraph {number}") for number in frequent
        ]
        return Stats(len(self._documents), total, len(self._paragraphs), size, tuple(most_frequent))

    def close(self) -> None:
        """Do nothing."""
