"""Features of the stretch of text around duplicate and original: the body, a menu, a form, code."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
from dedupe.judge.features._table import CandidateChunk, Columns, Sided, of_sides
from dedupe.judge.texts import Texts
from dedupe.text.shingles import offsets

REACH = 5
"""Paragraphs on either side that are looked at."""

DIAGONAL = 8
"""Paragraphs on either side in which others are looked for that repeat at the same distance."""

FARTHEST = 12

CODE = "{};=<>()[]_\\$#/`&*"
"""Characters that code is made of."""

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
    above = _running(texts, texts.prose)
    total = above[texts.documents[1:] - 1][texts.document]
    return {
        "zone_prose": _around(texts, texts.prose),
        "zone_sentences": _around(texts, texts.sentence),
        "zone_size": _around(texts, texts.size),
        "zone_repeats": _around(texts, chunk.repeats),
        "zone_code": _around(texts, texts.counted(CODE), texts.ends - texts.begins),
        "zone_listed": _around(texts, texts.listed),
        "prose_above": above - texts.prose,
        "prose_below": total - above,
        "to_prose": _distance(texts),
        "indent": np.minimum(_indent(texts), FARTHEST),
    }


def _running(texts: Texts, flags: Bools) -> Ints:
    """Count the paragraphs with a flag from the top of the text to each one, itself counted."""
    sums = offsets(flags)
    found: Ints = sums[1:] - sums[texts.documents[texts.document]]
    return found


def _around(texts: Texts, values: Bools | Ints, by: Ints | None = None) -> Floats:
    """Return the sum of a number over the paragraphs around each one, by their number or another such sum."""
    at = np.arange(len(texts))
    low = np.maximum(at - REACH, texts.documents[texts.document])
    high = np.minimum(at + REACH + 1, texts.documents[texts.document + 1])

    def total(of: Bools | Ints) -> Ints:
        sums = offsets(of)
        return sums[high] - sums[low] - of

    found: Floats = total(values) / np.maximum(high - low - 1 if by is None else total(by), 1)
    return found


def _distance(texts: Texts) -> Ints:
    """Return the paragraphs down to the nearest running text."""
    prose = np.flatnonzero(texts.prose)
    at = np.arange(len(texts))
    nearest = np.append(prose, len(texts) + FARTHEST)[np.searchsorted(prose, at, "right")]
    outside = nearest >= texts.documents[texts.document + 1]
    return np.where(outside, FARTHEST, np.minimum(nearest - at, FARTHEST))


def _indent(texts: Texts) -> Ints:
    """Return the blanks in front of each paragraph in its line."""
    line_ends = np.flatnonzero(texts.characters == 10)
    before = np.append(-1, line_ends)[np.searchsorted(line_ends, texts.begins)]
    found: Ints = texts.begins - before - 1
    return found


def _diagonal(chunk: CandidateChunk) -> Floats:
    """Return the share of the paragraphs around each duplicate that repeat as far from it as the original is."""
    texts = chunk.texts
    duplicate, original = chunk.duplicate, chunk.original
    # Candidates of one distance, by duplicate: those within reach are counted by their order.
    keys = (duplicate - original + len(texts)) * (len(texts) + 1) + duplicate
    order = np.sort(keys)
    base = keys - duplicate
    low = np.maximum(duplicate - DIAGONAL, texts.documents[chunk.document])
    high = np.minimum(duplicate + DIAGONAL + 1, texts.documents[chunk.document + 1])
    inside = np.searchsorted(order, base + high) - np.searchsorted(order, base + low) - 1
    found: Floats = inside / np.maximum(high - low - 1, 1)
    return found
