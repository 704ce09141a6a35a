"""An open index, which threads may share: one at a time uses what is behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import RLock
from types import TracebackType
from typing import NoReturn, TypeVar

from dedupe._arrays import U64, Ints
from dedupe.index.protocol import IndexBatch, Occurrence, Stats, Store, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec

Item = TypeVar("Item")


class OpenIndex:
    """An open index of the paragraphs of documents, as `open_index` returns it. Threads may share it.

    It is a context manager that closes it. Documents are added with `Deduper.add`, or with `remember=True` of
    `Deduper.check`; what else is not described here is for a `Deduper`. Every method raises `InputError` when the index
    cannot be read or written.

    Attributes:
        spec: the settings that the index was made with.
        where: its name in errors, without passwords.
        lock: held while one thread uses the index. Hold it to make several calls one step.

    Example:
        >>> import dedupe
        >>> with dedupe.open_index(":memory:") as index:
        ...     deduper = dedupe.Deduper(index=index)
        ...     deduper.add([("a", "The old bridge is closed to all traffic until May.")])
        ...     sorted(index.holds(["a", "b"]))
        ['a']
    """

    def __init__(self, store: Store) -> None:
        self.spec: IndexSpec = store.spec
        self.where: str = store.where
        self.lock = RLock()
        self._store = store

    def __repr__(self) -> str:
        return f"<open index {self.where!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self.where} is open, and cannot be pickled or copied; open it in each process")

    def __enter__(self) -> OpenIndex:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def stats(self) -> Stats:
        """Return the size of the index: its documents, paragraphs, bytes and most frequent paragraphs."""
        with self.lock:
            return self._store.stats()

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return those ids whose documents are in the index; raise `TypeError` for one id instead of many."""
        with self.lock:
            return self._store.holds(_many(ids))

    def documents(self) -> Iterator[StoredDocument]:
        """Yield every document, without its text, in the order of adding."""
        return self._one_by_one(self._store.documents())

    def remove(self, ids: Sequence[str]) -> int:
        """Remove documents by their ids, and return how many were in the index; `TypeError` for one instead of many."""
        with self.lock:
            return self._store.remove(_many(ids))

    def compact(self) -> None:
        """Free the space of removed paragraphs."""
        with self.lock:
            self._store.compact()

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each damage of the storage."""
        return self._one_by_one(self._store.problems())

    def close(self) -> None:
        """Close files and connections; closing twice does nothing."""
        with self.lock:
            self._store.close()

    def next_number(self) -> int:
        """Return the number of the next document: all lower numbers were added before."""
        with self.lock:
            return self._store.next_number()

    def add(self, batch: IndexBatch) -> None:
        """Add a batch that a `Deduper` made of documents, each completely or not at all."""
        with self.lock:
            self._store.add(batch)

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share enough keys, sorted; keys: uint64, shape (queries, n)."""
        with self.lock:
            return self._store.propose(keys)

    def paragraphs(self, numbers: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return the paragraphs of these numbers that are in the index."""
        with self.lock:
            return self._store.paragraphs(numbers)

    def occurrences(self, numbers: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return where each paragraph stands in documents whose number is below `before`, the first 256 of them."""
        with self.lock:
            return self._store.occurrences(numbers, before)

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return the number of documents of each host."""
        with self.lock:
            return self._store.pages(hosts)

    def document_counts(self, numbers: Sequence[int]) -> dict[int, int]:
        """Return in how many documents each of these paragraphs is."""
        with self.lock:
            return self._store.document_counts(numbers)

    def size(self) -> int:
        """Return the number of documents."""
        with self.lock:
            return self._store.size()

    def touch(self, ids: Sequence[str], seen: int) -> None:
        """Note when documents were seen, in seconds since 1970, for those in the index that were not seen later."""
        with self.lock:
            self._store.touch(ids, seen)

    def _one_by_one(self, items: Iterator[Item]) -> Iterator[Item]:
        """Yield items, each of which is read while the lock is held."""
        end = object()
        while True:
            with self.lock:
                item = next(items, end)
            if item is end:
                return
            yield item  # type: ignore[misc]  # it is not the end


def _many(ids: Sequence[str]) -> list[str]:
    """Return ids as a list; raise `TypeError` for one string, whose letters are no ids, and for what is no string."""
    if isinstance(ids, (str, bytes)):
        raise TypeError(f"ids are a list of str, not one {type(ids).__name__}; give [{ids!r:.60}]")
    listed = list(ids)
    for number, one in enumerate(listed):
        if not isinstance(one, str):
            raise TypeError(f"ids[{number}] is a str, not {type(one).__name__}")
    return listed
