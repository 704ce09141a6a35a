"""Find copies, candidate pairs and originals among fingerprints, in arrays that are sorted a share at a time."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe._atomic import NewFiles
from dedupe.across.groups import (
    ParagraphGroups,
    choose_originals,
    covering_documents,
    document_groups,
    fields,
    first_equal_positions,
    kept_documents,
    page_counts,
)
from dedupe.across.succession import NONE, Edges
from dedupe.across.whole import LEAST_PARAGRAPHS
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._pairs import candidate_pairs, shares_of, verify
from dedupe.corpus._plan import Plan
from dedupe.matching.buckets import sorted_by
from dedupe.matching.lsh import shared_keys


def group(store: FingerprintStore, first: int, plan: Plan) -> dict[str, int]:
    """Find the original of each document and paragraph, and save them in the folder "work"; return counts.

    `first`: the number of the first part that is not of an earlier run.
    """
    memory = plan.corpus_options.memory_bytes
    work = plan.folder("work")
    work.mkdir(exist_ok=True)
    earlier_documents = int(store.document_bases[first])
    # Documents of an earlier run come before all others.
    marked = ((b"0" if number < first else b"1", part) for number, part in enumerate(store.parts))
    ranks = ranks_of([mark + order for mark, part in marked for order in part.orders()])
    owners = store.owners()
    compared = np.ones(store.paragraphs, bool)
    removed = [np.fromfile(part.folder / "removed", np.uint8) for part in store.parts[:first]]
    if removed:
        compared[: int(store.paragraph_bases[first])] = np.concatenate(removed) == 0
    complete = np.ones(store.documents, bool)
    complete[owners[~compared]] = False
    copies = copied_documents(store, owners, ranks, complete)
    copies[:earlier_documents] = NONE
    compared &= copies[owners] == NONE
    first_equal = first_equal_paragraphs(store, owners, ranks, compared, memory)
    hosts = store.column("host")
    pages = page_counts(first_equal, owners, hosts, shares_of(int(compared.sum()), memory))
    firsts = np.flatnonzero(first_equal == np.arange(store.paragraphs))
    # Paragraphs of a document are in order already.
    ordered = firsts[np.argsort(ranks[owners[firsts]], kind="stable")]
    pairs, bounded = candidate_pairs(store, ordered, owners, plan)
    with NewFiles() as new:
        edges = verify(store, ordered, pairs, plan, new.open(work / "comparisons"))
    kept = kept_documents(copies, earlier_documents)
    original_of, numbers = choose_originals(first_equal, edges, owners, ranks, copies, kept, plan.options)
    original_of[: int(store.paragraph_bases[first])] = NONE
    covering = covering_documents(original_of, owners, ranks, np.bincount(owners, minlength=store.documents))
    arrays = {
        **fields(ParagraphGroups(original_of, numbers, *pages)),
        **fields(document_groups(original_of, owners, ranks, copies, covering, kept, hosts)),
        "comparison_offsets": comparison_offsets(edges, original_of),
    }
    with NewFiles() as new:
        for name, array in arrays.items():
            np.save(new.open(work / f"{name}.npy"), array)
    return {
        "keys": len(firsts),
        "candidates": len(pairs),
        "pairs": len(edges.later),
        "bounded": bounded,
        "copied_documents": int((copies != NONE).sum()),
    }


def ranks_of(orders: list[bytes]) -> Ints:
    """Return the rank of each document by its order key, int64; equal documents keep their order."""
    ranks = np.empty(len(orders), np.int64)
    ranks[sorted(range(len(orders)), key=orders.__getitem__)] = np.arange(len(orders))
    return ranks


def copied_documents(store: FingerprintStore, owners: np.ndarray, ranks: Ints, complete: Bools) -> Ints:
    """Return for each document the first one with the same text, int64, shape (documents,); `NONE` without one.

    Only documents of `LEAST_PARAGRAPHS` are compared. `owners`: the document of each paragraph. `complete`: bool, shape
    (documents,), false if a paragraph is missing in the output of an earlier run.
    """
    high, low = store.column("high"), store.column("low")
    compared = np.flatnonzero((np.bincount(owners, minlength=store.documents) >= LEAST_PARAGRAPHS) & complete)
    order = compared[sorted_by(high[compared], low[compared], ranks[compared])]
    firsts = first_equal_positions(high[order], low[order])
    originals = np.full(store.documents, NONE, np.int64)
    originals[order] = order[firsts]
    originals[originals == np.arange(store.documents)] = NONE
    return originals


def first_equal_paragraphs(
    store: FingerprintStore, owners: np.ndarray, ranks: Ints, compared: Bools, memory: int
) -> np.ndarray:
    """Return for each compared paragraph the first one with its key, by document order; `NONE` for the others.

    int32 or int64, shape (paragraphs,). `compared`: bool, shape (paragraphs,). `memory`: bytes.
    """
    first_equal = np.full(store.paragraphs, NONE, np.int32 if store.paragraphs < 1 << 31 else np.int64)
    shares = shares_of(int(compared.sum()), memory)
    for share in range(shares):
        paragraphs, high, low, numbers = store.keys(share, shares, compared)
        first_equal[paragraphs] = paragraphs
        shared = shared_keys(high)  # few: sorting all takes several times as long as finding these
        paragraphs, high, low, numbers = paragraphs[shared], high[shared], low[shared], numbers[shared]
        order = sorted_by(high, low, ranks[owners[paragraphs]], numbers)
        firsts = first_equal_positions(high[order], low[order])
        first_equal[paragraphs[order]] = paragraphs[order[firsts]]
    return first_equal


def comparison_offsets(edges: Edges, original_of: Ints) -> Ints:
    """Return each paragraph that was compared with its original, and the offset of the comparison in its file.

    int64, shape (duplicates, 2), in the order of paragraphs.
    """
    used = np.flatnonzero(original_of[edges.later] == edges.earlier)
    used = used[np.argsort(edges.later[used], kind="stable")]
    return np.stack([edges.later[used], edges.comparison_offsets[used]], axis=1)
