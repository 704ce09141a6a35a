"""Near-duplicates of a list of texts: pairs, clusters, and the texts that stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, overload

import numpy as np

from dedupe._arrays import Floats, Ints
from dedupe.errors import OptionError
from dedupe.judge.alignment import aligned
from dedupe.matching.lsh import ordered_pairs
from dedupe.matching.match import Matches, match
from dedupe.matching.similarity import word_scores
from dedupe.text.shingles import chunks, joined, shingles
from dedupe.text.tokens import words

Measure = Literal["jaccard", "containment"]
Pair = tuple[int, int, float]

LARGE = 20_000
"""Texts from which MinHash/LSH alone proposes pairs. In shorter lists shared shingles propose all of them."""


@dataclass(frozen=True, slots=True)
class Similarity:
    """How two texts compare.

    Attributes:
        jaccard: shingles that both have, as a share of those that either has, 0 to 1.
        a_in_b: share of the shingles of the first that the second has, 0 to 1.
        b_in_a: share of the shingles of the second that the first has, 0 to 1.
        only_in_a: words of the first that do not stand, in order, in the second.
        only_in_b: words of the second that do not stand, in order, in the first.

    """

    jaccard: float
    a_in_b: float
    b_in_a: float
    only_in_a: tuple[str, ...]
    only_in_b: tuple[str, ...]


def similarity(a: str, b: str) -> Similarity:
    """Compare two texts, word by word.

    A shingle is a word with its two neighbours; words are compared without case, form of quotation marks and the like
    (a character is a word where a script has no spaces). Nothing is estimated.

    Args:
        a: a text; line ends count as spaces.
        b: the other one.

    Returns:
        Their similarity. Two texts without a word are equal: Jaccard 1.

    Raises:
        TypeError: one of them is no `str`.

    Example:
        >>> found = similarity("The night ferry sails again.", "The night ferry sails on Friday again.")
        >>> round(found.jaccard, 2), found.only_in_a, found.only_in_b
        (0.33, (), ('on', 'friday'))

    """
    mine, theirs = (words(_checked(text, position)) for position, text in enumerate((a, b)))
    if not mine and not theirs:
        return Similarity(1.0, 1.0, 1.0, (), ())
    jaccard, a_in_b = word_scores(mine, theirs)
    _, b_in_a = word_scores(theirs, mine)
    runs = aligned(mine, theirs)
    in_a = {at for start, _, size in runs for at in range(start, start + size)}
    in_b = {at for _, start, size in runs for at in range(start, start + size)}
    return Similarity(
        jaccard,
        a_in_b,
        b_in_a,
        tuple(word for at, word in enumerate(mine) if at not in in_a),
        tuple(word for at, word in enumerate(theirs) if at not in in_b),
    )


@overload
def near_duplicates(
    texts: Iterable[str],
    threshold: float = ...,
    *,
    measure: Measure = ...,
    num_perm: int = ...,
    seed: int = ...,
    as_arrays: Literal[False] = ...,
) -> list[Pair]: ...


@overload
def near_duplicates(
    texts: Iterable[str],
    threshold: float = ...,
    *,
    measure: Measure = ...,
    num_perm: int = ...,
    seed: int = ...,
    as_arrays: Literal[True],
) -> tuple[Ints, Ints, Floats]: ...


def near_duplicates(
    texts: Iterable[str],
    threshold: float = 0.5,
    *,
    measure: Measure = "jaccard",
    num_perm: int = 128,
    seed: int = 1,
    as_arrays: bool = False,
) -> list[Pair] | tuple[Ints, Ints, Floats]:
    """Find the pairs of texts that are near-duplicates of one another.

    Candidates come from shared shingles, and from MinHash/LSH in a list of 20,000 texts and more or where very many
    share a shingle; there a pair at the threshold is proposed with a probability above .99. The shared shingles of
    each pair are counted exactly. The result depends on the arguments alone.

    Args:
        texts: any number of texts; an iterable is read once. Line ends count as spaces.
        threshold: least similarity of a pair, above 0 and at most 1.
        measure: "jaccard", or "containment": the share of the shingles of the one that has fewer.
        num_perm: MinHash permutations, 16 to 1024.
        seed: seed of the permutations.
        as_arrays: return three arrays instead of a list.

    Returns:
        (i, j, similarity) for each pair, i < j, in order; or arrays `i`, `j` (int64) and `similarity` (float64), each
        of shape (pairs,). Of n equal texts all n (n - 1) / 2 pairs are there: see `clusters` for what does not grow so.

    Raises:
        TypeError: something is no `str`; its position is named.
        OptionError: an argument is out of its range.

    Example:
        >>> near_duplicates(["The night ferry sails again.", "A dog barks.", "The night ferry sails again!"])
        [(0, 2, 1.0)]

    """
    found, scores = _matches(_listed(texts), threshold, measure, num_perm, seed)
    left, right, scores = _unfolded(found, scores)
    if as_arrays:
        return left, right, scores
    return list(zip(left.tolist(), right.tolist(), scores.tolist(), strict=True))


def clusters(
    texts: Iterable[str], threshold: float = 0.5, *, measure: Measure = "jaccard", num_perm: int = 128, seed: int = 1
) -> list[list[int]]:
    """Group the texts that are near-duplicates, directly or through others.

    Args:
        texts: any number of texts; an iterable is read once. Line ends count as spaces.
        threshold: least similarity of two texts that are joined, above 0 and at most 1.
        measure: "jaccard", or "containment": the share of the shingles of the one that has fewer.
        num_perm: MinHash permutations, 16 to 1024.
        seed: seed of the permutations.

    Returns:
        The positions of each group of two texts or more, in order, the groups by their first. The first of a group is
        the one to keep.

    Raises:
        TypeError: something is no `str`; its position is named.
        OptionError: an argument is out of its range.

    Example:
        >>> clusters(["The night ferry sails again.", "A dog barks.", "The night ferry sails again!"])
        [[0, 2]]

    """
    listed = _listed(texts)
    found, _ = _matches(listed, threshold, measure, num_perm, seed)
    one, other = np.concatenate([found.originals, found.earlier]), np.concatenate([found.copies, found.later])
    labels = _components(len(listed), one, other)
    members = (np.bincount(labels, minlength=len(listed))[labels] > 1).nonzero()[0]
    members = members[labels[members].argsort(kind="stable")]
    edges = (labels[members][1:] != labels[members][:-1]).nonzero()[0] + 1
    return [group.tolist() for group in np.split(members, edges)] if len(members) else []


def unique(
    texts: Iterable[str], threshold: float = 0.5, *, measure: Measure = "jaccard", num_perm: int = 128, seed: int = 1
) -> list[str]:
    """Return the texts that stay if each near-duplicate of an earlier text that stays is left out.

    What is left out is compared with what stays word by word, not by hashes.

    Args:
        texts: any number of texts, such as the chunks of a document; an iterable is read once.
        threshold: least similarity of a near-duplicate, above 0 and at most 1.
        measure: "jaccard", or "containment": the share of the shingles of the one that has fewer.
        num_perm: MinHash permutations, 16 to 1024.
        seed: seed of the permutations.

    Returns:
        The texts that stay, unchanged and in order. Texts without a word stay.

    Raises:
        TypeError: something is no `str`; its position is named.
        OptionError: an argument is out of its range.

    Example:
        >>> unique(["The night ferry sails again.", "A dog barks.", "The night ferry sails again!"])
        ['The night ferry sails again.', 'A dog barks.']

    """
    listed = _listed(texts)
    found, _ = _matches(listed, threshold, measure, num_perm, seed)
    pairs = np.stack([np.concatenate([found.originals, found.earlier]), np.concatenate([found.copies, found.later])])
    pairs = pairs[:, np.lexsort((pairs[0], pairs[1]))]
    kept_for: dict[int, int] = {}  # of each text that is left out, the one that stays for it
    copies = set(found.copies.tolist())
    for earlier, later in pairs.T.tolist():
        stays = kept_for.get(earlier, earlier) if later in copies else earlier  # a copy is as near to it as its first
        if (
            later not in kept_for
            and stays not in kept_for
            and _is_near(listed[stays], listed[later], threshold, measure)
        ):
            kept_for[later] = stays
    return [text for position, text in enumerate(listed) if position not in kept_for]


def _is_near(one: str, other: str, threshold: float, measure: Measure) -> bool:
    mine, theirs = words(one), words(other)
    jaccard, covered = word_scores(mine, theirs)
    return (jaccard if measure == "jaccard" else max(covered, word_scores(theirs, mine)[1])) >= threshold


def _checked(text: Any, position: int) -> str:
    if not isinstance(text, str):
        raise TypeError(f"text {position} must be a str, not {type(text).__name__}")
    return text


def _listed(texts: Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        raise TypeError("texts must be an iterable of str, not one str")
    return [_checked(text, position) for position, text in enumerate(texts)]


def _matches(
    texts: Sequence[str], threshold: float, measure: Measure, num_perm: int, seed: int
) -> tuple[Matches, Floats]:
    """Return what matches (`shared` is of no use then), and the similarity of each pair of which neither is a copy."""
    _validate(threshold, measure, num_perm, seed)
    lines = [" ".join(text.splitlines()) for text in texts]
    whole = joined([shingles(chunk) for chunk in chunks(lines)]) if lines else shingles([])
    scopes = np.zeros(len(lines), np.uint64)
    exact = measure == "containment" or len(lines) < LARGE
    find = partial(match, whole, scopes, jaccard=threshold, permutations=num_perm, seed=seed)
    found = find(containment=threshold if exact else None)
    if exact and measure == "jaccard" and len(found.crowded):
        found = find(containment=None)
    scores = found.jaccard if measure == "jaccard" else np.maximum(*found.containments)
    enough = scores >= threshold
    return replace(found, earlier=found.earlier[enough], later=found.later[enough]), scores[enough]


def _validate(threshold: float, measure: str, num_perm: int, seed: int) -> None:
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 < threshold <= 1:
        raise OptionError(f"threshold must be above 0 and at most 1, not {threshold!r}")
    if measure not in ("jaccard", "containment"):
        raise OptionError(f"measure must be 'jaccard' or 'containment', not {measure!r}")
    if type(num_perm) is not int or not 16 <= num_perm <= 1024:
        raise OptionError(f"num_perm must be from 16 to 1024, not {num_perm!r}")
    if type(seed) is not int or not 0 <= seed < 1 << 32:
        raise OptionError(f"seed must be from 0 to {(1 << 32) - 1}, not {seed!r}")


def _unfolded(found: Matches, scores: Floats) -> tuple[Ints, Ints, Floats]:
    """Return all pairs, those of copies among them, in order."""
    first_of = np.arange(len(found.shingle_counts))
    first_of[found.copies] = found.originals
    order = first_of.argsort(kind="stable")
    sizes = np.bincount(first_of, minlength=len(first_of))
    starts = np.cumsum(sizes) - sizes
    one, other = ordered_pairs(first_of[order].astype(np.uint64), max(1, len(order)))
    times = sizes[found.earlier] * sizes[found.later]
    number = np.arange(times.sum()) - (np.cumsum(times) - times).repeat(times)
    across, down = np.divmod(number, sizes[found.later].repeat(times)) if len(number) else (number, number)
    left = np.concatenate([order[one], order[starts[found.earlier].repeat(times) + across]])
    right = np.concatenate([order[other], order[starts[found.later].repeat(times) + down]])
    scores = np.concatenate([np.ones(len(one)), scores.repeat(times)])
    left, right = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((right, left))
    return left[order], right[order], scores[order]


def _components(count: int, one: Ints, other: Ints) -> Ints:
    """Return for each of so many texts the least position that pairs join it with, int64, shape (count,)."""
    labels = np.arange(count)
    while True:
        least = np.minimum(labels[one], labels[other])
        before = labels.copy()
        np.minimum.at(labels, before[one], least)
        np.minimum.at(labels, before[other], least)
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels
