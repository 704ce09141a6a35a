"""Number the copies of paragraphs and of whole documents in the order of documents, from the original on."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.across import FIRST_DUPLICATE
from dedupe.across.succession import NONE, Edges
from dedupe.matching.lsh import packed_pairs


def _lossless_duplicates(original_of: Ints, first_equal: np.ndarray, edges: Edges) -> Bools:
    """Say of which paragraphs the removal would lose nothing, as `originals` chose for them; bool."""
    lossless: Bools = original_of != NONE
    similar = np.flatnonzero(lossless & (first_equal != original_of))
    losing = ~edges.within_budget
    pairs = packed_pairs(first_equal[similar], original_of[similar])
    lossless[similar] = ~np.isin(pairs, packed_pairs(edges.later[losing], edges.earlier[losing]))
    return lossless


def paragraph_copies(
    original_of: Ints, first_equal: np.ndarray, edges: Edges, owners: np.ndarray, ranks: Ints, wholes: Ints
) -> Ints:
    """Return the number of each paragraph among the copies of its original; int64.

    `original_of`: what `originals` chose from `first_equal` and `edges`; only paragraphs whose removal would lose
    nothing count. `owners`: the document of each paragraph, `ranks`: the position of each document in the order. A
    document whose text is that of an earlier one, in `wholes` (else `NONE`), is a copy of every paragraph of that one.
    """
    numbers = np.full(len(original_of), FIRST_DUPLICATE)
    counted = _lossless_duplicates(original_of, first_equal, edges)
    counted[counted] = owners[original_of[counted]] != owners[counted]
    duplicates = np.flatnonzero(counted)
    originals = original_of[duplicates].astype(np.int64)
    ranks_there = ranks[owners[duplicates]]
    order = np.lexsort((duplicates, ranks_there, originals))
    numbers[duplicates[order]] = _numbers_in_runs(originals[order])
    copied = np.flatnonzero(wholes != NONE)
    count = len(ranks)
    keys = np.sort(wholes[copied].astype(np.int64) * count + ranks[copied])
    documents = owners[originals].astype(np.int64) * count
    numbers[duplicates] += np.searchsorted(keys, documents + ranks_there) - np.searchsorted(keys, documents)
    return numbers


def document_copies(wholes: Ints, ranks: Ints) -> Ints:
    """Return the number of each document among those that one contains as a whole; int64."""
    numbers = np.full(len(wholes), FIRST_DUPLICATE)
    copied = np.flatnonzero(wholes != NONE)
    order = copied[np.lexsort((ranks[copied], wholes[copied]))]
    numbers[order] = _numbers_in_runs(wholes[order])
    return numbers


def _numbers_in_runs(values: Ints) -> Ints:
    """Return the number of each value in its run of equal ones, from `FIRST_DUPLICATE` on."""
    begins = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    lengths = np.diff(np.append(begins, len(values)))
    numbers: Ints = np.arange(len(values)) - np.repeat(begins, lengths) + FIRST_DUPLICATE
    return numbers
