"""Pairs of near-duplicates in a list of texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, overload

import numpy as np

from dedupe._arrays import Floats, Ints
from dedupe.errors import InputError
from dedupe.lists._arguments import Criteria, Measure, Shingling, TextLike, criteria, many
from dedupe.lists._join import BLOCK, join_of
from dedupe.lists._rows import blocks, spans
from dedupe.matching.lsh import packed_pairs

Pair = tuple[int, int, float]
PairArrays = tuple[Ints, Ints, Floats]
"""Positions `i` and `j`, int64, and similarities, float64, each of shape (pairs,)."""

MAX_PAIRS = 20_000_000
"""Most pairs that are returned at once: as tuples they take 3 GB."""


@overload
def near_duplicates(
    texts: Iterable[TextLike],
    threshold: float = ...,
    *,
    measure: Measure = ...,
    shingles: Shingling = ...,
    size: int | None = ...,
    as_arrays: Literal[False] = ...,
) -> list[Pair]: ...


@overload
def near_duplicates(
    texts: Iterable[TextLike],
    threshold: float = ...,
    *,
    measure: Measure = ...,
    shingles: Shingling = ...,
    size: int | None = ...,
    as_arrays: Literal[True],
) -> PairArrays: ...


def near_duplicates(
    texts: Iterable[TextLike],
    threshold: float = 0.5,
    *,
    measure: Measure = "jaccard",
    shingles: Shingling = "words",
    size: int | None = None,
    as_arrays: bool = False,
) -> list[Pair] | PairArrays:
    """Find all pairs of texts that are near-duplicates of one another.

    The result is exact: every pair at the threshold, and no other. A shingle is a word with its two neighbours, also at
    the ends of a text, where a mark stands for the neighbour; so a text of k words has k shingles, and one of k words
    that stands in the middle of a longer text shares k - 2 of them. Words are compared without case and punctuation.

    Args:
        texts: texts, (id, text) pairs or documents; an iterable is read once. Line ends count as spaces.
        threshold: least similarity of a pair, above 0 and at most 1.
        measure: "jaccard", shared shingles as a share of those that either text has; or "containment", as a share of
            those of the text that has fewer.
        shingles: "words" or "characters" (of the words with a space between them).
        size: words or characters of a shingle; 3 words or 5 characters by default.
        as_arrays: return three arrays instead of a list.

    Returns:
        (i, j, similarity) for each pair, i < j, in order; or arrays `i`, `j` (int64) and `similarity` (float64), each
        of shape (pairs,). Texts without a word are equal if they have the same characters, and else share nothing.

    Raises:
        TypeError: something is no text; its position is named.
        OptionError: an argument is out of its range.
        InputError: there are more than 20 million pairs, as among 6,400 equal texts; see `near_duplicate_blocks`, or
            `clusters`, which takes linear time there.

    Example:
        >>> import dedupe
        >>> texts = ["The night ferry sails again.", "A dog barks.", "The night ferry sails again!"]
        >>> dedupe.near_duplicates(texts)
        [(0, 2, 1.0)]
        >>> dedupe.near_duplicates(["The night ferry", "the night ferry sails"], 0.5, measure="containment")
        [(0, 1, 0.6666666666666666)]
    """
    found: list[PairArrays] = []
    count = 0
    for block in _blocks(many(texts), criteria(threshold, measure, shingles, size), MAX_PAIRS):
        count += len(block[0])
        if count > MAX_PAIRS:
            raise _too_many()
        found.append(block)
    left = np.concatenate([np.zeros(0, np.int64), *(block[0] for block in found)])
    right = np.concatenate([np.zeros(0, np.int64), *(block[1] for block in found)])
    similarities = np.concatenate([np.zeros(0), *(block[2] for block in found)])
    order = packed_pairs(left, right).argsort()
    left, right, similarities = left[order], right[order], similarities[order]
    if as_arrays:
        return left, right, similarities
    return list(zip(left.tolist(), right.tolist(), similarities.tolist(), strict=True))


def near_duplicate_blocks(
    texts: Iterable[TextLike],
    threshold: float = 0.5,
    *,
    measure: Measure = "jaccard",
    shingles: Shingling = "words",
    size: int | None = None,
) -> Iterator[PairArrays]:
    """Yield the pairs of `near_duplicates` as arrays, a block at a time, however many there are.

    Args:
        texts: as in `near_duplicates`; all are read before the first block comes.
        threshold: least similarity of a pair, above 0 and at most 1.
        measure: "jaccard" or "containment".
        shingles: "words" or "characters".
        size: words or characters of a shingle; 3 words or 5 characters by default.

    Yields:
        Arrays `i`, `j` (int64) and `similarity` (float64), each of shape (pairs,), about a million pairs at most. Each
        pair comes once, i < j, in an order that depends on the texts alone; those of equal texts come last.

    Raises:
        TypeError: something is no text; its position is named.
        OptionError: an argument is out of its range.

    Example:
        >>> import dedupe
        >>> equal = ["The night ferry sails again."] * 3
        >>> [(i.tolist(), j.tolist()) for i, j, _ in dedupe.near_duplicate_blocks(equal)]
        [([0, 0, 1], [1, 2, 2])]
    """
    return _blocks(many(texts), criteria(threshold, measure, shingles, size))


def _blocks(texts: Iterable[TextLike], how: Criteria, limit: int | None = None) -> Iterator[PairArrays]:
    """Yield all pairs; raise `InputError` at once if equal texts alone make more of them than the limit."""
    join = join_of(texts, how)
    first, row_texts = join.rows.first, join.rows.texts
    counts = np.bincount(first, minlength=len(first))
    if limit is not None and int((counts * (counts - 1) // 2).sum()) > limit:
        raise _too_many()
    members = first.argsort(kind="stable")
    begins = np.cumsum(counts) - counts
    for left, right, similarities in join.near(np.arange(len(row_texts)), 0, len(row_texts)):
        left, right = row_texts[left], row_texts[right]
        for part in blocks(counts[left], BLOCK):
            times = counts[left[part]]
            one = members[spans(begins[left[part]], times)]
            other, scores = right[part].repeat(times), similarities[part].repeat(times)
            for inner in blocks(counts[other], BLOCK):
                times = counts[other[inner]]
                i = one[inner].repeat(times)
                j = members[spans(begins[other[inner]], times)]
                yield np.minimum(i, j), np.maximum(i, j), scores[inner].repeat(times)
    later = (begins + counts).repeat(counts) - np.arange(len(members)) - 1
    for part in blocks(later, BLOCK):
        if later[part].any():
            after = np.arange(part.start + 1, part.stop + 1)
            j = members[spans(after, later[part])]
            yield members[part].repeat(later[part]), j, np.ones(len(j))


def _too_many() -> InputError:
    return InputError(
        "texts",
        f"have more than {MAX_PAIRS:,} pairs at this threshold; use clusters or unique, raise the threshold, or read "
        "the pairs with near_duplicate_blocks",
    )
