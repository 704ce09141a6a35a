"""Number the paragraphs of a batch; one with the shingles, and the text, of a stored paragraph gets its number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe._arrays import Ints
from dedupe.index.protocol import IndexBatch, Store, StoredDocument


def number_paragraphs(store: Store, batch: IndexBatch, first: int) -> tuple[dict[int, int], Ints]:
    """Return the number in the index of each paragraph of a batch, and the positions of new ones, int64.

    New paragraphs are numbered from `first`; equal ones in the batch get one number.
    """
    numbers = _stored_numbers(store, batch)
    texts = batch.texts if store.spec.texts else None
    seen: dict[tuple[int, bytes, str], int] = {}
    new: list[int] = []
    for position in np.flatnonzero(numbers < 0).tolist():
        text = texts[position] if texts is not None else ""
        identity = (int(batch.keys[position, 0]), batch.shingles(position).tobytes(), text)
        number = seen.get(identity)
        if number is None:
            number = seen[identity] = first + len(new)
            new.append(position)
        numbers[position] = number
    return dict(enumerate(numbers.tolist())), np.array(new, np.int64)


def assign_owners(
    documents: Sequence[StoredDocument], first: int, new: range
) -> tuple[dict[int, int], list[tuple[int, int]]]:
    """Return the first document of each new paragraph, and all other (paragraph, document) pairs.

    `first`: the number of the first document. `new`: the numbers of new paragraphs.
    """
    first_owners: dict[int, int] = {}
    later_owners: list[tuple[int, int]] = []
    for owner, document in enumerate(documents, first):
        for number in document.paragraphs:
            if number in new and number not in first_owners:
                first_owners[number] = owner
            else:
                later_owners.append((number, owner))
    return first_owners, later_owners


def _stored_numbers(store: Store, batch: IndexBatch) -> Ints:
    """Return the number of the equal stored paragraph for each paragraph of a batch, or -1; int64."""
    numbers = np.full(len(batch.keys), -1, np.int64)
    queries, candidates = store.propose(batch.keys[:, :1])
    stored = store.paragraphs(sorted(set(candidates.tolist())))
    for position, number in zip(queries.tolist(), candidates.tolist(), strict=True):
        paragraph = stored.get(number)
        if numbers[position] < 0 and paragraph is not None:
            same_text = not store.spec.texts or batch.texts is None or batch.texts[position] == paragraph.text
            if same_text and np.array_equal(batch.shingles(position), paragraph.shingles):
                numbers[position] = number
    return numbers
