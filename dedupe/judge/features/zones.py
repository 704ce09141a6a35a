"""Features of the zone around duplicate and original: body text, a menu, a form, code."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Floats, Ints
from dedupe.judge._marks import CODE
from dedupe.judge.features._table import CandidateChunk, Columns, Sided, of_sides
from dedupe.judge.texts import Texts
from dedupe.matching.lsh import packed_pairs

ZONE_PARAGRAPHS = 5
"""Paragraphs of a zone on each side."""

DIAGONAL_PARAGRAPHS = 8
"""Paragraphs on each side that may be duplicates at the same distance."""

MOST_PARAGRAPHS_TO_PROSE = MOST_BLANKS = 12
"""Largest values of two features."""

SIDED: Sided = {
    "zone_prose": ("do", "share of the five paragraphs on each side that are running text, 0 to 1"),
    "zone_sentences": ("do", "share of them that end as sentences do, 0 to 1"),
    "zone_size": ("do", "mean size of them, tenths of a letter"),
    "zone_repeats": ("do", "share of them that are candidates, 0 to 1"),
    "zone_code": ("do", "share of their characters that code is made of, 0 to 1"),
    "zone_listed": ("o", "share of them that are items of lists, 0 to 1"),
    "prose_above": ("do", "paragraphs of running text above it, a count"),
    "prose_below": ("do", "paragraphs of running text below it, a count"),
    "to_prose": ("d", "paragraphs down to the nearest running text, 0 to 12"),
    "indent": ("do", "blanks in front of it, 0 to 12"),
}
FEATURES = {
    **of_sides(SIDED),
    "diagonal": "share of the eight paragraphs on each side with an original at the same distance, 0 to 1",
}


def of_paragraphs(chunk: CandidateChunk) -> Columns:
    """Return the columns of paragraphs of this group."""
    texts = chunk.texts
    values = np.array(
        [
            *(texts.prose, texts.sentence, texts.size, chunk.repeats, texts.listed),
            *(texts.count_marks(CODE), texts.ends - texts.begins),
        ],
        np.intp,
    )
    sums = np.zeros((len(values), len(texts) + 1), np.intp)
    values.cumsum(axis=1, out=sums[:, 1:])
    first, last = chunk.first, chunk.last
    at = np.arange(len(texts))
    low, high = np.maximum(at - ZONE_PARAGRAPHS, first), np.minimum(at + ZONE_PARAGRAPHS + 1, last)
    around = sums.take(high, axis=1)
    around -= sums.take(low, axis=1)
    around -= values
    prose, sentences, size, repeats, listed = around[:-2] / np.maximum(high - low - 1, 1)
    above = sums[0]
    return {
        "zone_prose": prose,
        "zone_sentences": sentences,
        "zone_size": size,
        "zone_repeats": repeats,
        "zone_code": around[-2] / np.maximum(around[-1], 1),
        "zone_listed": listed,
        "prose_above": above[:-1] - above[first],
        "prose_below": above[last] - above[1:],
        "to_prose": _paragraphs_to_prose(texts, last),
        "indent": np.minimum(texts.indent, MOST_BLANKS),
    }


def _paragraphs_to_prose(texts: Texts, last: Ints) -> Ints:
    """Return the number of paragraphs down to the nearest running text; `last`: where each document ends."""
    count = len(texts)
    nearest = np.full(count + 1, count + MOST_PARAGRAPHS_TO_PROSE)
    at = np.arange(count)
    nearest[:-1][texts.prose] = at[texts.prose]
    nearest = np.minimum.accumulate(nearest[::-1])[-2::-1]
    return np.where(nearest >= last, MOST_PARAGRAPHS_TO_PROSE, np.minimum(nearest - at, MOST_PARAGRAPHS_TO_PROSE))


def diagonal(chunk: CandidateChunk) -> Floats:
    """Return the share of the paragraphs around each duplicate with an original at the distance of its own."""
    texts = chunk.texts
    duplicate, original = chunk.duplicate, chunk.original
    # Candidates sorted by distance, then by duplicate, so that a search counts those around a duplicate.
    keys = packed_pairs(duplicate - original + len(texts), duplicate)
    order = np.sort(keys)
    base = keys - duplicate
    low = np.maximum(duplicate - DIAGONAL_PARAGRAPHS, chunk.first[duplicate])
    high = np.minimum(duplicate + DIAGONAL_PARAGRAPHS + 1, chunk.last[duplicate])
    inside = order.searchsorted(base + high) - order.searchsorted(base + low) - 1
    found: Floats = inside / np.maximum(high - low - 1, 1)
    return found
