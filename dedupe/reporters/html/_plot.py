"""The dot plot of a text against itself: what repeats is a diagonal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate, combinations

from dedupe.text.tokens import words

LEAST = 0.3
"""Share of the shorter paragraph's word 3-grams from which two paragraphs are drawn as alike."""

MOST_ROWS = 40
"""A 3-gram that is in more paragraphs than this tells nothing, and would be drawn as often as their square."""

MOST_PAIRS = 1_500
"""Pairs that are drawn; of more, those that are most alike."""

SIZE = 1000


def alike(rows: Sequence[str]) -> list[tuple[int, int, float]]:
    """Return pairs of rows, first and second, with the share of the shorter one's word 3-grams that both have."""
    grams = []
    holders: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        said = words(row)
        grams.append(set(zip(["", *said], said, [*said[1:], ""], strict=False)))
        for gram in grams[-1]:
            holders[gram].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        if 1 < len(numbers) <= MOST_ROWS:
            shared.update(combinations(numbers, 2))
    found = [(a, b, count / min(len(grams[a]), len(grams[b]))) for (a, b), count in shared.items()]
    best = sorted((one for one in found if one[2] >= LEAST), key=lambda one: (-one[2], one[:2]))
    return sorted(best[:MOST_PAIRS])


def plot(rows: Sequence[str], known: Mapping[tuple[int, int], str]) -> str:
    """Return the plot as SVG: along both sides the text, a stroke where two paragraphs are alike.

    `known` gives the class of pairs that are findings: `remove` or `flag`.
    """
    ends = list(accumulate((len(row) + 1 for row in rows), initial=0))
    scale = SIZE / max(1, ends[-1])
    pairs = {(a, b): share for a, b, share in alike(rows)} | dict.fromkeys(known, 1.0)
    order = sorted(pairs, key=lambda pair: (pair in known, pair))
    strokes = [f'<path class="self" d="M0 0L{SIZE} {SIZE}"/>']
    for a, b in order:
        kind = known.get((a, b), "alike")
        for x, y in ((a, b), (b, a)):
            start = f"{ends[x] * scale:.0f} {ends[y] * scale:.0f}"
            stop = f"{ends[x + 1] * scale:.0f} {ends[y + 1] * scale:.0f}"
            strokes.append(f'<path class="{kind}" data-rows="{min(a, b)} {max(a, b)}" d="M{start}L{stop}"/>')
    label = f"Dot plot: {len(rows)} paragraphs against themselves, {len(pairs)} pairs that are alike"
    return f'<svg class="plot" viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{label}">{"".join(strokes)}</svg>'
