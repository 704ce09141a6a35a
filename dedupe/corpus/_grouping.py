"""Find copies, candidate pairs and originals among fingerprints, in arrays that are sorted a share at a time."""

from __future__ import annotations

from typing import IO

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
from dedupe.across.pair import judge_pair_safely, paragraph_text
from dedupe.across.succession import NONE, Edges
from dedupe.across.whole import LEAST_PARAGRAPHS
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._plan import Plan
from dedupe.judge.policy import Policy
from dedupe.matching.buckets import Buckets, sorted_by
from dedupe.matching.lsh import distinct, shared_keys, unpacked_pairs
from dedupe.matching.similarity import similar_pairs
from dedupe.text.shingles import joined, shingles
from dedupe.text.words import chunks

_BYTES_A_PARAGRAPH = 96
"""Memory that sorting takes for a paragraph of a share: four columns of eight bytes, their sorted copies, the order."""

_VERIFIED_PAIRS = 1 << 15
"""Pairs whose texts are read and hashed together: they take a few ten megabytes."""


def group(store: FingerprintStore, first: int, plan: Plan) -> dict[str, int]:
    """Find the original of each document and paragraph, and save them in the folder "work"; return counts.

    `first`: the number of the first part that is not of an earlier run.
    """
    corpus_options, memory = plan.corpus_options, plan.corpus_options.memory_bytes
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
    pairs, bounded = candidate_pairs(store, ordered, owners, plan.banding[0], corpus_options.window, memory)
    with NewFiles() as new:
        comparisons = new.open(work / "comparisons")
        edges = verify(store, ordered, pairs, (plan.policy, plan.options.jaccard), comparisons)
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


def shares_of(paragraphs: int, memory: int) -> int:
    """Return the number of shares into which paragraphs are split so that one is sorted in half of the memory."""
    return max(1, -(-paragraphs * _BYTES_A_PARAGRAPH * 2 // memory))


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


def candidate_pairs(
    store: FingerprintStore, ordered: np.ndarray, owners: np.ndarray, bands: int, window: int, memory: int
) -> tuple[Ints, int]:
    """Return the pairs of paragraphs that share a bucket, and the number of bounded members of buckets.

    Pairs are packed as `later << 32 | earlier`, int64, positions in `ordered`: the first paragraphs of their keys, in
    the order of their documents. A bounded member is compared with `window` members of its bucket only.
    """
    found: list[Ints] = []
    bounded = 0
    shares = shares_of(len(ordered), memory)
    for band in range(bands):
        keys = store.band(band)[ordered]
        for share in range(shares):
            positions = np.flatnonzero(keys % np.uint64(shares) == share)
            order = positions[shared_keys(keys[positions])]
            buckets = Buckets(window)
            earlier, later = buckets.pairs(keys[order], order)
            bounded += buckets.bounded
            apart = owners[ordered[earlier]] != owners[ordered[later]]
            found.append(distinct(later[apart] << 32 | earlier[apart]))
        if len(found) > 4:
            found = [distinct(np.concatenate(found))]
    return distinct(np.concatenate([np.zeros(0, np.int64), *found])), bounded


def verify(
    store: FingerprintStore, ordered: np.ndarray, pairs: Ints, limits: tuple[Policy, float], comparisons: IO[bytes]
) -> Edges:
    """Compare candidate pairs word by word; return those that are similar.

    Most pairs are told apart by the hashes of their shingles, many at once. `limits`: the words that may be lost, and
    the least Jaccard similarity. `comparisons`: the file that the comparison of each similar pair is written to, a line
    each; `Edges.comparison_offsets` has the offsets.
    """
    policy, jaccard = limits
    found: list[tuple[int, int, int, bool]] = []
    offset = 0
    for first in range(0, len(pairs), _VERIFIED_PAIRS):
        later, earlier = (ordered[column] for column in unpacked_pairs(pairs[first : first + _VERIFIED_PAIRS]))
        paragraphs = distinct(np.concatenate([later, earlier]))
        texts = store.texts(paragraphs)
        chunk = joined([shingles(part) for part in chunks(texts)])
        left, right = np.searchsorted(paragraphs, later), np.searchsorted(paragraphs, earlier)
        similar = similar_pairs(chunk.hashes, chunk.starts, left, right, jaccard)
        for pair in np.flatnonzero(similar).tolist():
            text, other_text = paragraph_text(texts[left[pair]]), paragraph_text(texts[right[pair]])
            comparison = judge_pair_safely(text, other_text, policy, jaccard)
            if comparison is not None:
                found.append((int(later[pair]), int(earlier[pair]), offset, not comparison.loss))
                offset += comparisons.write(comparison.to_json())
    columns = np.array(found, np.int64).reshape(-1, 4).T
    return Edges(columns[0], columns[1], columns[2], columns[3] > 0)


def comparison_offsets(edges: Edges, original_of: Ints) -> Ints:
    """Return each paragraph that was compared with its original, and the offset of the comparison in its file.

    int64, shape (duplicates, 2), in the order of paragraphs.
    """
    used = np.flatnonzero(original_of[edges.later] == edges.earlier)
    used = used[np.argsort(edges.later[used], kind="stable")]
    return np.stack([edges.later[used], edges.comparison_offsets[used]], axis=1)
