"""From matches to blocks: chains of matched paragraphs that follow one another in the original as in the copy."""

from __future__ import annotations

from collections.abc import Iterable
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
    followed = {b for _, b in weights}
    followed = {b for b in followed if any(b - 1 - jump in followed for jump in range(MAX_GAP + 1))}
    if not followed:
        return []
    for a, b in sorted(weights, key=lambda pair: (pair[1], pair[0])):
        chosen, most = None, 0.0
        if b not in followed:
            best[a, b] = weights[a, b]
            before[a, b] = None
            continue
        for skipped in range(2 * MAX_GAP + 1):
            for da in range(max(0, skipped - MAX_GAP), min(MAX_GAP, skipped) + 1):
                previous = (a - 1 - da, b - 1 - (skipped - da))
                if previous in best and best[previous] - JUMP_COST * skipped > most:
                    chosen, most = previous, best[previous] - JUMP_COST * skipped
        best[a, b] = weights[a, b] + most
        before[a, b] = chosen
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
