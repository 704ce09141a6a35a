"""Which paragraphs of a sheet are kept already: equal shingles in order and, where texts are kept, equal texts."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Ints
from dedupe.index.protocol import IndexBatch, Store


def known_rows(store: Store, batch: IndexBatch) -> Ints:
    """Return for each row of a sheet the row of the store that holds the same paragraph, or -1; int64."""
    rows = np.full(len(batch.keys), -1, np.int64)
    asked, found = store.propose(batch.keys[:, :1])
    contents = store.contents(sorted(set(found.tolist())))
    for at, row in zip(asked.tolist(), found.tolist(), strict=True):
        content = contents.get(row)
        if rows[at] < 0 and content is not None:
            mine = batch.hashes[batch.starts[at] : batch.starts[at + 1]]
            same_text = not store.spec.texts or batch.texts is None or batch.texts[at] == content.text
            if same_text and np.array_equal(mine, content.shingles):
                rows[at] = row
    return rows


def numbered(store: Store, batch: IndexBatch, first: int) -> tuple[Ints, Ints]:
    """Return the row in the store of each row of a sheet, and which rows of the sheet are new, in order.

    New ones are numbered from `first` on; equal ones within the sheet get one number.
    """
    rows = known_rows(store, batch)
    texts = batch.texts if store.spec.texts else None
    seen: dict[tuple[int, bytes, str], int] = {}
    fresh: list[int] = []
    for at in np.flatnonzero(rows < 0).tolist():
        start, end = batch.starts[at], batch.starts[at + 1]
        name = (int(batch.keys[at, 0]), batch.hashes[start:end].tobytes(), texts[at] if texts is not None else "")
        row = seen.get(name)
        if row is None:
            row = seen[name] = first + len(fresh)
            fresh.append(at)
        rows[at] = row
    return rows, np.array(fresh, np.int64)
