"""All pairs of paragraphs at a threshold: sets of tuples of words, from a split of its own, and no hash of ours."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

Triple = tuple[str, str, str]
Pairs = set[tuple[int, int]]


def triples(row: str) -> set[Triple]:
    """Return a paragraph's padded word 3-grams."""
    words = ["", *re.findall(r"\w+", row.lower()), ""]
    return set(zip(words, words[1:], words[2:], strict=False))


def all_pairs(rows: Sequence[str], threshold: float) -> Pairs:
    """Return every pair of rows, the first before the second, whose Jaccard similarity is at least the threshold.

    Two sets of that similarity share one of the `(1 - threshold) * size + 1` rarest of either (prefix filtering), so
    only rows that share a rare one are compared; none is lost.
    """
    sets = [triples(row) for row in rows]
    counts = Counter(triple for one in sets for triple in one)
    holders: defaultdict[Triple, list[int]] = defaultdict(list)
    found: Pairs = set()
    for number, one in enumerate(sets):
        rarest = sorted(one, key=lambda triple: (counts[triple], triple))[: int((1 - threshold) * len(one) + 1e-9) + 1]
        for other in {other for triple in rarest for other in holders[triple]}:
            shared = len(one & sets[other])
            if shared and shared >= threshold * (len(one) + len(sets[other]) - shared):
                found.add((other, number))
        for triple in rarest:
            if counts[triple] > 1:
                holders[triple].append(number)
    return found


def unequal(pairs: Pairs, rows: Sequence[str]) -> Pairs:
    """Return the pairs whose rows do not have the same words: those that equality alone does not find."""
    words = [re.findall(r"\w+", row.lower()) for row in rows]
    return {(one, other) for one, other in pairs if words[one] != words[other]}
