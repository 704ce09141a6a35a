"""From matches to blocks: chains of matched paragraphs that follow one another in the original as in the copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from dedupe.model import Block

MAX_GAP = 4
"""Rows that may stand between two matched ones of a block, on either side: inserted ads, captions, edited lines."""

JUMP_COST = 4.0
"""What a skipped row costs, in characters of matched text."""


def chain(pairs: Iterable[tuple[int, int, float]]) -> list[Block]:
    """Return blocks of at least two pairs from matched pairs (earlier row, later row, weight), the heaviest first.

    A block's original ends before its copy begins, and a row is in one pair of a block at most. Each pair is given to
    the heaviest chain through it. Time is proportional to the number of pairs.
    """
    weights = {(a, b): weight for a, b, weight in pairs}
    if len(weights) < 2:
        return []
    best: dict[tuple[int, int], float] = {}
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    originals: dict[int, list[int]] = {}
    for a, b in sorted(weights, key=lambda pair: (pair[1], pair[0])):
        chosen, most = _predecessor(a, b, best, originals)
        best[a, b] = weights[a, b] + most
        before[a, b] = chosen
        originals.setdefault(b, []).append(a)
    used: set[tuple[int, int]] = set()
    found: list[tuple[float, Block]] = []
    for end in sorted(best, key=lambda pair: (-best[pair], pair)):
        links: list[tuple[int, int]] = []
        at: tuple[int, int] | None = end
        while at is not None and at not in used:
            used.add(at)
            links.append(at)
            at = before[at]
        for part in _apart(links[::-1]):
            if len(part) > 1:
                found.append((sum(weights[pair] for pair in part), Block(tuple(part))))
    found.sort(key=lambda item: (-item[0], item[1].pairs))
    return [block for _, block in found]


def _predecessor(
    a: int, b: int, best: Mapping[tuple[int, int], float], originals: Mapping[int, list[int]]
) -> tuple[tuple[int, int] | None, float]:
    """Return the pair before this one of which the chain is heaviest, and what that adds; the nearest of equals.

    `originals`: the earlier rows of the pairs of each later row.
    """
    found: list[tuple[float, int, int]] = []
    for there in range(b - 1, b - 2 - MAX_GAP, -1):
        known = originals.get(there)
        if known is None:
            continue
        near = range(a - 1, a - 2 - MAX_GAP, -1)
        for here in near if len(known) > len(near) else known:
            if here in near and (here, there) in best:
                skipped = a - here + b - there - 2
                found.append((best[here, there] - JUMP_COST * skipped, -skipped, here))
    if not found:
        return None, 0.0
    most, skipped, here = max(found)
    return ((here, a + b - here - 2 + skipped), most) if most > 0 else (None, 0.0)


def _apart(links: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Cut a chain wherever its original would run into its copy, so that each repetition of a cycle stands alone.

    The cut is made at the widest jump since the part's beginning, the latest of equals.
    """
    parts: list[list[tuple[int, int]]] = []
    for a, b in links:
        if not parts:
            parts.append([])
        elif a >= parts[-1][0][1]:
            part = [*parts[-1], (a, b)]
            jumps = [d - b + c - a for (a, b), (c, d) in pairwise(part)]
            cut = max(range(len(jumps)), key=lambda at: (jumps[at], at)) + 1
            parts[-1:] = [part[:cut], part[cut:-1]]
        parts[-1].append((a, b))
    return parts
