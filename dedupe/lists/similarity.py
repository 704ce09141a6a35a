"""How two texts compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.judge.alignment import aligned
from dedupe.lists._arguments import Shingling, criteria, text_of
from dedupe.lists._elements import folded
from dedupe.lists._join import occurrences
from dedupe.text.tokens import words


@dataclass(frozen=True, slots=True)
class Similarity:
    """How two texts compare.

    Attributes:
        jaccard: shingles that both have, as a share of those that either has, 0 to 1.
        a_in_b: share of the shingles of the first that the second has, 0 to 1.
        b_in_a: share of the shingles of the second that the first has, 0 to 1.
        only_in_a: words of the first that do not stand, in the same order, in the second.
        only_in_b: words of the second that do not stand, in the same order, in the first.
    """

    jaccard: float
    a_in_b: float
    b_in_a: float
    only_in_a: tuple[str, ...]
    only_in_b: tuple[str, ...]


def similarity(a: str, b: str, *, shingles: Shingling = "words", size: int | None = None) -> Similarity:
    """Compare two texts by their shingles, and tell which words differ.

    Shingles and words are those of `near_duplicates`; nothing is estimated.

    Args:
        a: a text, an (id, text) pair or a document; line ends count as spaces.
        b: the other one.
        shingles: "words" or "characters".
        size: words or characters of a shingle; 3 words or 5 characters by default.

    Returns:
        Their similarity. Two texts without a word are equal if they have the same characters.

    Raises:
        TypeError: `a` or `b` is no text.
        OptionError: an argument is out of its range.

    Example:
        >>> import dedupe
        >>> found = dedupe.similarity("The night ferry sails again.", "The night ferry sails on Friday again.")
        >>> round(found.jaccard, 2), found.only_in_a, found.only_in_b
        (0.33, (), ('on', 'friday'))
    """
    how = criteria(1, "jaccard", shingles, size)
    texts = [text_of(a, "a"), text_of(b, "b")]
    found = occurrences(texts, how, all_texts=True)
    shared = int((np.bincount(found.shingles) > 1).sum()) if len(found.shingles) else 0
    sizes = found.sizes.tolist()
    return Similarity(shared / (sum(sizes) - shared), shared / sizes[0], shared / sizes[1], *_differing(*folded(texts)))


def _differing(a: str, b: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of each text that do not stand in the other one, in order."""
    if a == b:
        return (), ()
    one, other = words(a), words(b)
    if one == other:
        return (), ()
    runs = aligned(one, other)
    marks, other_marks = np.ones(len(one), bool), np.ones(len(other), bool)
    for begin, other_begin, length in runs:
        marks[begin : begin + length] = other_marks[other_begin : other_begin + length] = False
    return tuple(one[at] for at in marks.nonzero()[0]), tuple(other[at] for at in other_marks.nonzero()[0])
