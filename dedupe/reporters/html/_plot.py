"""The dot plot of a text against itself: repeated runs are diagonals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate, combinations

from dedupe.text.tokens import words

MIN_SHARE = 0.3
"""Share of the shorter paragraph's word 3-grams from which a pair of paragraphs is drawn."""

MAX_GRAM_PARAGRAPHS = 40
"""A 3-gram in more paragraphs than this is skipped: it tells nothing, and its pairs grow as the square."""

MAX_PAIRS = 1_500
"""Pairs that are drawn; of more, the most similar ones."""

VIEW = 1000


def similar_pairs(paragraphs: Sequence[str]) -> list[tuple[int, int, float]]:
    """Return pairs of positions with the share of the shorter paragraph's word 3-grams that both have."""
    grams = []
    paragraphs_with: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, paragraph in enumerate(paragraphs):
        paragraph_words = words(paragraph)
        grams.append(set(zip(["", *paragraph_words], paragraph_words, [*paragraph_words[1:], ""], strict=False)))
        for gram in grams[-1]:
            paragraphs_with[gram].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in paragraphs_with.values():
        if 1 < len(numbers) <= MAX_GRAM_PARAGRAPHS:
            shared.update(combinations(numbers, 2))
    found = [(a, b, count / min(len(grams[a]), len(grams[b]))) for (a, b), count in shared.items()]
    best = sorted((one for one in found if one[2] >= MIN_SHARE), key=lambda one: (-one[2], one[:2]))
    return sorted(best[:MAX_PAIRS])


def plot(paragraphs: Sequence[str], known: Mapping[tuple[int, int], str]) -> str:
    """Return the plot as SVG: the text along both sides, a stroke where two paragraphs are similar.

    `known` gives the class of pairs that are findings: `remove` or `flag`.
    """
    ends = list(accumulate((len(paragraph) + 1 for paragraph in paragraphs), initial=0))
    scale = VIEW / max(1, ends[-1])
    pairs = {(a, b): share for a, b, share in similar_pairs(paragraphs)} | dict.fromkeys(known, 1.0)
    order = sorted(pairs, key=lambda pair: (pair in known, pair))
    strokes = [f'<path class="self" d="M0 0L{VIEW} {VIEW}"/>']
    for a, b in order:
        kind = known.get((a, b), "alike")
        for x, y in ((a, b), (b, a)):
            start = f"{ends[x] * scale:.0f} {ends[y] * scale:.0f}"
            stop = f"{ends[x + 1] * scale:.0f} {ends[y + 1] * scale:.0f}"
            strokes.append(f'<path class="{kind}" data-rows="{min(a, b)} {max(a, b)}" d="M{start}L{stop}"/>')
    label = f"Dot plot: {len(paragraphs)} paragraphs against themselves, {len(pairs)} pairs that are alike"
    return f'<svg class="plot" viewBox="0 0 {VIEW} {VIEW}" role="img" aria-label="{label}">{"".join(strokes)}</svg>'
