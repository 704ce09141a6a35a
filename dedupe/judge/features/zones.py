"""Features of the stretch of text around duplicate and original: the body, a menu, a form, code."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import Bools, Floats, Ints
from dedupe.judge.features.table import Chunk, Columns, of_both_sides
from dedupe.judge.texts import Texts
from dedupe.shingles import offsets

REACH = 5
"""Paragraphs on either side that are looked at."""

DIAGONAL = 8
"""Paragraphs on either side in which others are looked for that repeat at the same distance."""

FARTHEST = 12

_CODE = tuple(map(ord, "{};=<>()[]_\\$#/`&*"))
_FENCES = (0x60, 0x7E)

FEATURES = {
    **of_both_sides(
        {
            "zone_prose": "share of the five paragraphs on either side that are running text, 0 to 1",
            "zone_sentences": "share of them that end as sentences do, 0 to 1",
            "zone_size": "mean size of them, tenths of a letter",
            "zone_repeats": "share of them that repeat, 0 to 1",
            "zone_code": "share of characters of code in them, 0 to 1",
            "zone_listed": "share of them that are items of lists, 0 to 1",
            "prose_above": "paragraphs of running text above it, a count",
            "prose_below": "paragraphs of running text below it, a count",
            "to_prose_above": "paragraphs up to the nearest running text above it, 0 to 12",
            "to_prose_below": "paragraphs down to the nearest running text below it, 0 to 12",
            "code": "share of its characters that code is made of, 0 to 1",
            "indent": "blanks in front of it, 0 to 12",
            "fenced": "stands between fences of code, 0 or 1",
        }
    ),
    "diagonal": "share of the eight paragraphs on either side that repeat at the same distance, 0 to 1",
    "same_text": "both are the same to the letter, marks and capitals too, 0 or 1",
    "same_first": "both begin with the same character, 0 or 1",
    "same_last": "both end with the same character, 0 or 1",
    "run_twice": "share of the run's duplicates of which there are just two, 0 to 1",
}


def compute(chunk: Chunk) -> Columns:
    """Return the columns of this group."""
    texts = chunk.texts
    duplicate, original = chunk.duplicate, chunk.original
    codes = texts.characters
    return {
        **chunk.both_sides(_columns(chunk)),
        "diagonal": _diagonal(chunk),
        "same_text": np.all([one[duplicate] == one[original] for one in _moments(texts)], axis=0),
        "same_first": codes[texts.begins[duplicate]] == codes[texts.begins[original]],
        "same_last": codes[texts.ends[duplicate] - 1] == codes[texts.ends[original] - 1],
        "run_twice": chunk.run_twice,
    }


def _columns(chunk: Chunk) -> Columns:
    texts = chunk.texts
    code, length = texts.counted(_CODE), texts.ends - texts.begins
    above = _running(texts, texts.prose)
    total = above[texts.documents[1:] - 1][texts.document] if len(texts) else above
    return {
        "zone_prose": _around(texts, texts.prose),
        "zone_sentences": _around(texts, texts.sentence),
        "zone_size": _around(texts, texts.size),
        "zone_repeats": _around(texts, chunk.repeats),
        "zone_code": _around(texts, code, length),
        "zone_listed": _around(texts, texts.listed),
        "prose_above": above - texts.prose,
        "prose_below": total - above,
        "to_prose_above": _distance(texts, -1),
        "to_prose_below": _distance(texts, 1),
        "code": code / length,
        "indent": np.minimum(_indent(texts), FARTHEST),
        "fenced": _running(texts, _is_fence(texts)) % 2,
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


def _distance(texts: Texts, step: int) -> Ints:
    """Return the paragraphs to the nearest running text in a direction."""
    prose = np.flatnonzero(texts.prose)
    at = np.arange(len(texts))
    if step > 0:
        nearest = np.append(prose, len(texts) + FARTHEST)[np.searchsorted(prose, at, "right")]
        outside = nearest >= texts.documents[texts.document + 1]
    else:
        nearest = np.append(-FARTHEST - 1, prose)[np.searchsorted(prose, at)]
        outside = nearest < texts.documents[texts.document]
    return np.where(outside, FARTHEST, np.minimum(np.abs(nearest - at), FARTHEST))


def _indent(texts: Texts) -> Ints:
    """Return the blanks in front of each paragraph in its line."""
    line_ends = np.flatnonzero(texts.characters == 10)
    before = np.append(-1, line_ends)[np.searchsorted(line_ends, texts.begins)]
    found: Ints = texts.begins - before - 1
    return found


def _is_fence(texts: Texts) -> Bools:
    codes, begins = texts.characters, texts.begins
    found = np.zeros(len(texts), bool)
    for fence in _FENCES:
        marks = codes[begins] == fence
        for further in (1, 2):
            marks &= codes[np.minimum(begins + further, len(codes) - 1)] == fence
        found |= marks
    return found


def _moments(texts: Texts) -> tuple[Ints, Ints, Ints]:
    """Return the length of each paragraph and two sums over its characters, equal for equal texts."""
    codes = texts.characters.astype(np.int64)
    sums, weighted = offsets(codes), offsets(codes * np.arange(len(codes)))
    begins, ends = texts.begins, texts.ends
    total = sums[ends] - sums[begins]
    return ends - begins, total, weighted[ends] - weighted[begins] - begins * total


def _diagonal(chunk: Chunk) -> Floats:
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
