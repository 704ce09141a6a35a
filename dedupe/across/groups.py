"""The originals of the paragraphs and documents of a set, in arrays, whoever found which of them are equal and similar.

Paragraphs and documents are numbered; `owners` has the document of each paragraph, `ranks` (int64) the position of each
document in the order of originals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.across import FIRST_DUPLICATE
from dedupe.across._copies import document_copies, paragraph_copies
from dedupe.across.boilerplate import Pages
from dedupe.across.case import Case, CoveringDocument, CrossCandidate, LocalResult
from dedupe.across.pair import Comparison
from dedupe.across.succession import NONE, Edges, originals
from dedupe.matching.buckets import sorted_by
from dedupe.model import Document, Original, Role
from dedupe.options import Options


@dataclass(frozen=True, slots=True)
class ParagraphGroups:
    """Arrays with an element a paragraph.

    `originals`: its original in another document, or `NONE`. `copies`: its number among the copies of that. `pages`,
    `pages_on_host`: other documents with its words, and those of them on the host of its document.
    """

    originals: Ints
    copies: np.ndarray
    pages: np.ndarray
    pages_on_host: np.ndarray

    def duplicates(self, owners: Ints) -> dict[int, list[int]]:
        """Return the paragraphs that have an original, by document."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        duplicates = np.flatnonzero(self.originals != NONE)
        for paragraph, owner in zip(duplicates.tolist(), owners[duplicates].tolist(), strict=True):
            found[owner].append(paragraph)
        return dict(found)

    def candidate(
        self, paragraph: int, start: int, original: tuple[Original, str, Role], comparison: Comparison | None
    ) -> CrossCandidate:
        """Return a paragraph and its original, with text and role, as a candidate."""
        pages = Pages(int(self.pages[paragraph]), int(self.pages_on_host[paragraph]))
        place, text, role = original
        return CrossCandidate(start, place, text, pages, comparison, role, int(self.copies[paragraph]))


@dataclass(frozen=True, slots=True)
class DocumentGroups:
    """Arrays with an element a document.

    `covering`: the document that it may stand in as a whole, or `NONE`. `covering_copies`: its number among those in
    that one. `kept`: whether nothing of it may be removed for others. `has_originals`: whether originals are in it.
    `host_sizes`: other documents on its host.
    """

    covering: Ints
    covering_copies: Ints
    kept: Bools
    has_originals: Bools
    host_sizes: Ints

    def case(
        self,
        number: int,
        document: Document,
        local: LocalResult,
        candidates: list[CrossCandidate],
        covering: CoveringDocument | None,
        document_count: int,
    ) -> Case:
        """Return a document, with its candidates, as it is to be judged."""
        return Case(
            document,
            local,
            candidates,
            covering,
            is_original=bool(self.has_originals[number]),
            pinned=bool(self.kept[number]),
            host_size=int(self.host_sizes[number]),
            document_count=document_count,
        )


def kept_documents(copies: Ints, earlier: int = 0) -> Bools:
    """Return the documents that stay in any case: those others are copies of, and the first ones, of an earlier run."""
    kept = np.zeros(len(copies), bool)
    kept[:earlier] = True
    kept[copies[copies != NONE]] = True
    return kept


def choose_originals(
    first_equal: np.ndarray, edges: Edges, owners: np.ndarray, ranks: Ints, copies: Ints, kept: Bools, options: Options
) -> tuple[Ints, np.ndarray]:
    """Return the original of each paragraph in another document, or `NONE`, and its number among the copies of that.

    `first_equal`, `edges`: see `originals`. `copies`: the first document with the text of each, or `NONE`.
    """
    original_of = originals(edges, first_equal, kept[owners], options.cross_document == "remove")
    numbers = np.full(len(owners), FIRST_DUPLICATE, np.int32)
    if options.keep_copies > 1:
        numbers[:] = paragraph_copies(original_of, first_equal, edges, owners, ranks, copies)
    duplicates = np.flatnonzero(original_of != NONE)
    original_of[duplicates[owners[original_of[duplicates]] == owners[duplicates]]] = NONE
    return original_of, numbers


def document_groups(
    original_of: Ints, owners: np.ndarray, ranks: Ints, copies: Ints, covering: Ints, kept: Bools, hosts: np.ndarray
) -> DocumentGroups:
    """Return the arrays of documents; `covering`: the one that has most originals of each; `hosts`: uint64, 0: none."""
    has_originals = kept.copy()
    has_originals[owners[original_of[original_of != NONE]]] = True
    covering = np.where(copies != NONE, copies, covering)
    order = np.argsort(hosts, kind="stable")  # np.unique would load numpy.ma, 18 ms
    firsts = first_equal_positions(hosts[order])
    host_sizes = np.zeros(len(hosts), np.int64)
    host_sizes[order] = np.bincount(firsts, minlength=len(order))[firsts] - 1
    host_sizes[hosts == 0] = 0
    return DocumentGroups(covering, document_copies(covering, ranks), kept, has_originals, host_sizes)


def first_equal_positions(*columns: np.ndarray) -> Ints:
    """Return for each position in sorted columns the first position with equal values, int64."""
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    is_first = np.append(True, np.any([column[1:] != column[:-1] for column in columns], axis=0))
    firsts: Ints = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
    return firsts


def covering_documents(original_of: Ints, owners: np.ndarray, ranks: Ints, totals: Ints) -> Ints:
    """Return for each document the one with most originals of its paragraphs, at least half of `totals`.

    int64, shape (documents,); the first by order of several, `NONE` if there is none. `original_of`: the original of
    each paragraph that counts, or `NONE`.
    """
    best = np.full(len(totals), NONE, np.int64)
    duplicates = np.flatnonzero(original_of != NONE)
    if not len(duplicates):
        return best
    covered, covering = owners[duplicates].astype(np.int64), owners[original_of[duplicates]].astype(np.int64)
    order = sorted_by(covered, ranks[covering])
    covered, covering = covered[order], covering[order]
    is_first = np.append(True, (covered[1:] != covered[:-1]) | (covering[1:] != covering[:-1]))
    begins = np.flatnonzero(is_first)
    counts = np.diff(np.append(begins, len(covered)))
    covered, covering = covered[begins], covering[begins]
    order = np.lexsort((-ranks[covering], counts, covered))  # the best one of a document is the last
    order = order[2 * counts[order] >= totals[covered[order]]]
    best[covered[order]] = covering[order]
    return best


def page_counts(
    first_equal: np.ndarray, owners: np.ndarray, hosts: np.ndarray, shares: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each paragraph the number of other documents with its words, and of those of its host.

    Both int32, shape (paragraphs,). `hosts`: of the documents, uint64, 0 for none. `shares`: so many parts are sorted
    one after the other.
    """
    pages, pages_on_host = np.zeros(len(first_equal), np.int32), np.zeros(len(first_equal), np.int32)
    repeats = np.flatnonzero(first_equal != NONE)
    repeats = repeats[first_equal[repeats] != repeats]
    is_shared = np.zeros(len(first_equal), bool)
    is_shared[repeats] = is_shared[first_equal[repeats]] = True
    for share in range(shares):
        paragraphs = np.flatnonzero(is_shared)
        paragraphs = paragraphs[first_equal[paragraphs] % shares == share]
        columns = first_equal[paragraphs], hosts[owners[paragraphs]], owners[paragraphs]
        order = sorted_by(*columns)
        first, host, document = (column[order] for column in columns)
        for counts, keys in ((pages, (first,)), (pages_on_host, (first, host))):
            firsts = first_equal_positions(*keys)
            is_new = np.append(True, document[1:] != document[:-1])[: len(order)]
            is_new |= firsts == np.arange(len(order))
            counts[paragraphs[order]] = np.bincount(firsts, is_new, len(order))[firsts] - 1
        pages_on_host[paragraphs[order]] *= host > 0
    return pages, pages_on_host


def fields(groups: ParagraphGroups | DocumentGroups) -> Mapping[str, np.ndarray]:
    """Return the arrays by their names."""
    return {name: getattr(groups, name) for name in groups.__slots__}
