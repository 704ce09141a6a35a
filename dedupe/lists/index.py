"""An index of texts: which of those that were added before are near-duplicates of a text."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from dedupe._places import REDIS
from dedupe.errors import InputError, OptionError
from dedupe.index.batch import index_keys, stored_id
from dedupe.index.maintenance import merge
from dedupe.index.open import MEMORY, open_index
from dedupe.index.protocol import IndexBatch, Occurrence, Store, StoredDocument
from dedupe.lists._arguments import Criteria, TextLike, checked, criteria, many, text_of
from dedupe.lists._elements import folded, wordless
from dedupe.lists._join import occurrences
from dedupe.model import Document
from dedupe.options import Options
from dedupe.text.shingles import Shingles, joined, shingles
from dedupe.text.words import chunks, offsets

BATCH_TEXTS = 256
"""Texts that are added or looked up at once."""

_EVER = 1 << 62

Hit = tuple[str, float]
"""The id of a text in the index, and its Jaccard similarity."""


class Index:
    """An index of texts with ids, in memory, in a file or in Redis.

    Runs of shared words propose: of texts at the threshold in which single words differ, above .99; the similarity of
    what they propose is that of `similarity`, counted exactly. Of texts with one and the same run the 128 first are
    proposed. What is added to a file or to Redis is there at once. An index is a context manager, which closes it.

    Args:
        place: a file, the address of a Redis server (`redis://host/0?index=NAME`) or ":memory:". One that exists is
            opened.
        threshold: least Jaccard similarity of what is found, 0.3 to 1.
        num_perm: MinHash permutations, 16 to 1024, which make no difference here; taken for the sake of code that was
            written for datasketch. None: 128, or those of an index that exists.
        seed: seed of the hash of runs, 0 to 4294967295; None: 1, or that of an index that exists. Both are fixed when
            an index is created, as is `threshold`.

    Raises:
        OptionError: an argument is out of its range, or the index at this place was made for a higher threshold, or
            with another `num_perm` or `seed`.
        InputError: the place cannot be opened, or is something else.
        MissingExtraError: the place is an address of Redis, and redis is not installed.

    Example:
        >>> import dedupe
        >>> with dedupe.Index() as index:
        ...     index.add([("a", "The night ferry sails again."), ("b", "A dog barks.")])
        ...     index.query("The night ferry sails again!")
        2
        [('a', 1.0)]
    """

    def __init__(
        self,
        place: str | os.PathLike[str] = MEMORY,
        threshold: float = 0.5,
        *,
        num_perm: int | None = None,
        seed: int | None = None,
    ) -> None:
        how = _checked_threshold(threshold)
        for name, value, low, high in (("num_perm", num_perm, 16, 1024), ("seed", seed, 0, 2**32 - 1)):
            if value is not None and (type(value) is not int or not low <= value <= high):
                raise OptionError(f"{name} must be a whole number from {low} to {high}, not {value!r:.60}")
        usual = Options()
        options = Options(
            jaccard=how.threshold,
            permutations=usual.permutations if num_perm is None else num_perm,
            seed=usual.seed if seed is None else seed,
        )
        self._store = open_index(place, options, write=True, store_text=True)
        self._how = how
        spec = self._store.spec
        for name, made_with, value in (("num_perm", spec.permutations, num_perm), ("seed", spec.seed, seed)):
            if value not in (None, made_with):
                self._store.close()
                raise OptionError(
                    f"{self._store.where} was made with {name}={made_with}, not {value}; give that, or open it with "
                    "Index.load"
                )

    @classmethod
    def load(cls, place: str | os.PathLike[str]) -> Index:
        """Open an index that exists, with the settings it was made with.

        Args:
            place: the file, or the address of a Redis server, as it was given to `Index` or `save`.

        Returns:
            The index; what is added to it is written to the place.

        Raises:
            InputError: there is no index at this place, or it keeps no texts.
        """
        if isinstance(place, str) and place == MEMORY:
            raise InputError(MEMORY, "holds nothing yet; give the file or the address of an index that was saved")
        store = open_index(place, Options(jaccard=1.0), write=True, make=False)
        if not store.spec.texts:
            store.close()
            raise InputError(store.where, "keeps no texts, so nothing can be compared; build it anew with Index")
        index = cls.__new__(cls)
        index._store = store
        index._how = criteria(store.spec.jaccard, "jaccard", "words", None)
        return index

    def save(self, path: str | os.PathLike[str]) -> None:
        """Copy the index into a new file, which `load` opens.

        Args:
            path: the file; there must be none of this name.

        Raises:
            InputError: there is such a file, or it cannot be written.
        """
        name = os.fspath(path)
        if name == MEMORY or name.startswith(REDIS):
            raise InputError(name, "is no file; name the file that the index is to be saved in")
        if os.path.lexists(name):
            raise InputError(name, "exists; remove it, or save the index in another file")
        spec = self._store.spec
        options = Options(jaccard=spec.jaccard, permutations=spec.permutations, seed=spec.seed)
        copy = open_index(name, options, write=True, store_text=True)
        try:
            merge(copy, self._store)
        except BaseException:
            copy.close()
            os.unlink(name)  # half an index would look like a whole one
            raise
        copy.close()

    def add(self, texts: Iterable[tuple[str, str] | Document]) -> int:
        """Add texts; one with the id of an earlier one takes its place.

        Args:
            texts: (id, text) pairs, or documents with an id.

        Returns:
            How many were given.

        Raises:
            TypeError: something is no text, or its id is no `str`; its position is named. All texts before the batch of
                256 that it is in have been added.
            InputError: the place cannot be written.
        """
        count = 0
        for batch in _batches(_named(texts)):
            self._store.add(self._batch([name for name, _ in batch], [text for _, text in batch]))
            count += len(batch)
        return count

    def query(self, text: TextLike, threshold: float | None = None) -> list[Hit]:
        """Return the texts of the index that are near-duplicates of a text.

        Args:
            text: a text, an (id, text) pair or a document.
            threshold: least Jaccard similarity, from that of the index to 1; None for that of the index.

        Returns:
            (id, similarity) of each, the most similar first, equal ones by id. A text with the id of the query is
            found, too. Of one text that stands in the index under many ids the 256 earliest are found.

        Raises:
            TypeError: it is no text.
            OptionError: the threshold is out of its range.
            InputError: the index cannot be read.
        """
        return next(self.query_many([text_of(text, "text")], threshold))

    def query_many(self, texts: Iterable[TextLike], threshold: float | None = None) -> Iterator[list[Hit]]:
        """Yield what `query` returns for each text, in order; faster than one by one.

        Args:
            texts: texts, (id, text) pairs or documents.
            threshold: least Jaccard similarity, from that of the index to 1; None for that of the index.

        Returns:
            A lazy series of lists.

        Raises:
            TypeError: something is no text; its position is named.
            OptionError: the threshold is out of its range.
            InputError: the index cannot be read.
        """
        how = self._how if threshold is None else _checked_threshold(threshold)
        if how.threshold < self._how.threshold:
            raise OptionError(f"threshold must be at least {self._how.threshold}, that of the index, not {threshold!r}")
        return self._found(checked(many(texts)), how)

    def _found(self, texts: Iterable[str], how: Criteria) -> Iterator[list[Hit]]:
        for batch in _batches(texts):
            positions, candidates = self._store.propose(self._batch([""] * len(batch), batch).keys)
            stored = self._store.paragraphs(sorted(set(candidates.tolist())))
            owners = self._store.occurrences(sorted(stored), _EVER)
            bounds = positions.searchsorted(np.arange(len(batch) + 1)).tolist()
            for at, text in enumerate(batch):
                numbers = [one for one in candidates[bounds[at] : bounds[at + 1]].tolist() if one in stored]
                scores = _scores(text, [stored[number].text or "" for number in numbers], how)
                near = [
                    (number, score) for number, score in zip(numbers, scores, strict=True) if score >= how.threshold
                ]
                hits = {document.id: score for number, score in near for document, _ in owners[number]}
                yield sorted(hits.items(), key=lambda hit: (-hit[1], hit[0]))

    def remove(self, ids: Iterable[str]) -> int:
        """Remove texts.

        Args:
            ids: their ids; those that are not in the index are ignored.

        Returns:
            How many were in the index.

        Raises:
            TypeError: `ids` is one `str`, or something in it is none.
            InputError: the place cannot be written.
        """
        if isinstance(ids, str) or not isinstance(ids, Iterable):
            raise TypeError(f"ids are a list or another iterable of ids, not {type(ids).__name__}; give a list of one")
        names = [_checked_id(one, f"id {position}") for position, one in enumerate(ids)]
        return sum(self._store.remove(names[at : at + BATCH_TEXTS]) for at in range(0, len(names), BATCH_TEXTS))

    def __len__(self) -> int:
        return self._store.stats().documents

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self._store.holds([stored_id(name)]))

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close files and connections."""
        self._store.close()

    @property
    def store(self) -> Store:
        """The index as `dedupe.open_index` returns it."""
        return self._store

    def _batch(self, names: Sequence[str], texts: Sequence[str]) -> IndexBatch:
        """Return a batch of documents of one paragraph each."""
        chunk = _shingles(texts)
        added = int(time.time())
        documents = [
            StoredDocument(name, "", "", added, (Occurrence(number, 1, 1, 0, len(text), True),))
            for number, (name, text) in enumerate(zip(names, texts, strict=True))
        ]
        keys = index_keys(chunk.hashes, chunk.starts, self._store.spec)
        return IndexBatch(documents, chunk.hashes, chunk.starts, keys, list(texts))


def _shingles(texts: Sequence[str]) -> Shingles:
    """Return the shingles of texts, each of them one paragraph; a text without a word has one of its own."""
    lines = [" ".join(text.split()) for text in folded(texts)]
    chunk = joined([shingles(part) for part in chunks(lines)])
    empty = (chunk.starts[1:] == chunk.starts[:-1]).nonzero()[0]
    if not len(empty):
        return chunk
    hashes = np.insert(chunk.hashes, chunk.starts[empty], [wordless(lines[number]) for number in empty.tolist()])
    return Shingles(hashes, offsets(np.maximum(np.diff(chunk.starts), 1)), chunk.documents)


def _scores(text: str, others: Sequence[str], how: Criteria) -> list[float]:
    """Return the Jaccard similarity of a text to each of others."""
    if not others:
        return []
    found = occurrences([text, *others], how, all_texts=True)
    mine = np.zeros(int(found.shingles.max(initial=-1)) + 1, bool)
    mine[found.shingles[found.texts == 0]] = True
    shared = np.bincount(found.texts[mine[found.shingles]], minlength=len(others) + 1)
    scores: list[float] = (shared / (found.sizes[0] + found.sizes - shared)).tolist()
    return scores[1:]


def _checked_threshold(threshold: float) -> Criteria:
    how = criteria(threshold, "jaccard", "words", None)
    if how.threshold < 0.3:
        raise OptionError(f"threshold of an index must be from 0.3 to 1, not {threshold!r}")
    return how


def _named(texts: Iterable[tuple[str, str] | Document]) -> Iterator[tuple[str, str]]:
    """Yield ids and texts; raise `TypeError` with the position of what lacks one."""
    for position, one in enumerate(many(texts)):
        text = text_of(one, f"text {position}")
        name: Any = one.id if isinstance(one, Document) else one[0] if isinstance(one, tuple) else ""
        if name == "":
            raise TypeError(f"text {position} has no id; give an (id, text) pair, or a dedupe.Document with an id")
        yield _checked_id(name, f"the id of text {position}"), text


def _checked_id(name: Any, what: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a str, not {type(name).__name__}")
    return stored_id(name)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH_TEXTS)):
        yield batch
