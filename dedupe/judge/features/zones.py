"""Features of the stretch of text around duplicate and original: the body, a menu, a form, code."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Floats, Ints
from dedupe.judge.features._table import CandidateChunk, Columns, Sided, of_sides
from dedupe.judge.texts import CODE, Texts

REACH = 5
"""Paragraphs on either side that are looked at."""

DIAGONAL = 8
"""Paragraphs on either side in which others are looked for that repeat at the same distance."""

FARTHEST = 12

SIDED: Sided = {
    "zone_prose": ("do", "share of the five paragraphs on either side that are running text, 0 to 1"),
    "zone_sentences": ("do", "share of them that end as sentences do, 0 to 1"),
    "zone_size": ("do", "mean size of them, tenths of a letter"),
    "zone_repeats": ("do", "share of them that repeat, 0 to 1"),
    "zone_code": ("do", "share of characters of code in them, 0 to 1"),
    "zone_listed": ("o", "share of them that are items of lists, 0 to 1"),
    "prose_above": ("do", "paragraphs of running text above it, a count"),
    "prose_below": ("do", "paragraphs of running text below it, a count"),
    "to_prose": ("d", "paragraphs down to the nearest running text, 0 to 12"),
    "indent": ("do", "blanks in front of it, 0 to 12"),
}
FEATURES = {
    **of_sides(SIDED),
    "diagonal": "share of the eight paragraphs on either side that repeat at the same distance, 0 to 1",
}


def compute(chunk: CandidateChunk) -> Columns:
    """Return the columns of this group."""
    return {**chunk.of_paragraphs(SIDED, _columns(chunk)), "diagonal": _diagonal(chunk)}


def _columns(chunk: CandidateChunk) -> Columns:
    texts = chunk.texts
    values = np.array(
        [
            *(texts.prose, texts.sentence, texts.size, chunk.repeats, texts.listed),
            *(texts.counted(CODE), texts.ends - texts.begins),
        ],
        np.int64,
    )
    sums = np.zeros((len(values), len(texts) + 1), np.int64)
    values.cumsum(axis=1, out=sums[:, 1:])
    first, last = chunk.first, chunk.last
    at = np.arange(len(texts))
    low, high = np.maximum(at - REACH, first), np.minimum(at + REACH + 1, last)
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
        "to_prose": _distance(texts, last),
        "indent": np.minimum(texts.indent, FARTHEST),
    }


def _distance(texts: Texts, last: Ints) -> Ints:
    """Return the paragraphs down to the nearest running text; of each, where its document ends is given."""
    count = len(texts)
    nearest = np.full(count + 1, count + FARTHEST)
    at = np.arange(count)
    nearest[:-1][texts.prose] = at[texts.prose]
    nearest = np.minimum.accumulate(nearest[::-1])[-2::-1]
    return np.where(nearest >= last, FARTHEST, np.minimum(nearest - at, FARTHEST))


def _diagonal(chunk: CandidateChunk) -> Floats:
    """Return the share of the paragraphs around each duplicate that repeat as far from it as the original is."""
    texts = chunk.texts
    duplicate, original = chunk.duplicate, chunk.original
    # Candidates of one distance, by duplicate: those within reach are counted by their order.
    keys = (duplicate - original + len(texts)) * (len(texts) + 1) + duplicate
    order = np.sort(keys)
    base = keys - duplicate
    low = np.maximum(duplicate - DIAGONAL, chunk.first[duplicate])
    high = np.minimum(duplicate + DIAGONAL + 1, chunk.last[duplicate])
    inside = order.searchsorted(base + high) - order.searchsorted(base + low) - 1
    found: Floats = inside / np.maximum(high - low - 1, 1)
    return found
