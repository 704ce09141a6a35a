"""From matches to blocks: chains of matched paragraphs that follow one another in the original as in the copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from dedupe.model import Block

MAX_GAP = 4
"""Rows that may stand between two matched ones of a block, on either side: inserted ads, captions, edited lines."""

JUMP_COST = 4.0
"""What a skipped row costs, in characters of matched text."""

Link = tuple[int, int]
"""A matched pair, the later row first: so they sort as a text is read."""


def chain(pairs: Iterable[tuple[int, int, float]]) -> list[Block]:
    """Return blocks of at least two pairs from matched pairs (earlier row, later row, weight), the heaviest first.

    A block's original ends before its copy begins, and a row is in one pair of a block at most. Each pair is given to
    the heaviest chain through it. Time is proportional to the number of pairs.
    """
    weights: dict[int, dict[int, float]] = {}
    for a, b, weight in pairs:
        weights.setdefault(b, {})[a] = weight
    heaviest: dict[int, dict[int, float]] = {}
    before: dict[Link, Link] = {}
    for b in sorted(weights):
        near = [(later, heaviest[later]) for later in range(b - 1 - MAX_GAP, b) if later in heaviest]
        chains = heaviest[b] = dict(weights[b])
        for a in chains if near else ():
            previous, adds = _previous(b, a, near)
            if previous:
                before[b, a] = previous
                chains[a] += adds
    used: set[Link] = set()
    found: list[tuple[float, Block]] = []
    for end in sorted(before, key=lambda link: (-heaviest[link[0]][link[1]], link[1], link[0])):
        links: list[tuple[int, int]] = []
        at: Link | None = end
        while at is not None and at not in used:
            used.add(at)
            links.append((at[1], at[0]))
            at = before.get(at)
        for part in _apart(links[::-1]) if len(links) > 1 else ():
            if len(part) > 1:
                found.append((sum(weights[b][a] for a, b in part), Block(tuple(part))))
    found.sort(key=lambda item: (-item[0], item[1].pairs))
    return [block for _, block in found]


def _previous(b: int, a: int, near: Iterable[tuple[int, Mapping[int, float]]]) -> tuple[Link | None, float]:
    """Return the pair before this one of which the chain is heaviest, and what that adds; the nearest of equals.

    `near`: the later rows within the gap, and for each the weight of the heaviest chain that ends with it and each
    earlier row.
    """
    found: list[tuple[float, int, int, int]] = []
    first = a - 1 - MAX_GAP
    for later, chains in near:
        for earlier in chains if len(chains) <= MAX_GAP else range(first, a):
            if first <= earlier < a and earlier in chains:
                skipped = a - earlier + b - later - 2
                found.append((chains[earlier] - JUMP_COST * skipped, -skipped, earlier, later))
    if not found:
        return None, 0.0
    adds, _, earlier, later = max(found)
    return ((later, earlier), adds) if adds > 0 else (None, 0.0)


def _apart(links: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Cut a chain wherever its original would run into its copy, so that each repetition of a cycle stands alone.

    The cut is made at the widest jump since the part's beginning, the latest of equals.
    """
    if links[-1][0] < links[0][1]:
        return [links]  # the original ends before its copy begins
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
