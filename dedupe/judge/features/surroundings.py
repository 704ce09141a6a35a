"""Features of where duplicate and original stand: what is beside them, and what goes on alike."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge import _characters as form
from dedupe.judge.features._table import CandidateChunk, Columns, Sided, of_sides
from dedupe.matching.lsh import distinct
from dedupe.text.shingles import HALF, M1, M2, offsets

FARTHEST = 30
"""Paragraphs from the top or the end of a text that are told apart."""

SIDED: Sided = {
    "place": ("do", "position in the text, 0 to 1"),
    "top": ("do", "paragraphs above it, 0 to 30"),
    "bottom": ("do", "paragraphs below it, 0 to 30"),
    "before_repeats": ("d", "the paragraph above repeats, 0 or 1"),
    "after_repeats": ("d", "the paragraph below repeats, 0 or 1"),
    "before_size": ("do", "size of the paragraph above, tenths of a letter"),
    "after_size": ("do", "size of the paragraph below, tenths of a letter"),
    "before_announces": ("d", "the paragraph above ends in a colon, 0 or 1"),
    "relative_size": ("do", "size by the median of the text, a ratio"),
    "openings": ("do", "paragraphs of the text that begin with the same two words, 1 to 8"),
    "endings": ("do", "paragraphs of the text that end with the same two words, 1 to 8"),
    "copies": ("do", "paragraphs with the same words, 1 to 12"),
    "ordinal": ("do", "which of the copies it is, 0 to 6"),
    "in_a_row": ("d", "paragraphs in a row with its words, itself among them, 1 to 12"),
    "near": ("do", "paragraphs with other words that are near it, 0 to 8"),
}
FEATURES = {
    **of_sides(SIDED),
    "distance": "paragraphs between them, a count",
    "is_before": "the duplicate stands before the original, 0 or 1",
    "run": "candidates of the run through this one, 1 to 40",
    "run_share": "all candidates of the run, as a share of the steps from one to the other, 0 to 1",
    "run_words": "words of the duplicates of the run, a count",
    "run_twice": "share of the run's duplicates of which there are just two, 0 to 1",
    "between_repeats": "share of the paragraphs between them that repeat, 0 to 1",
    "least_gap": "least distance of two copies of the duplicate, 0 to 30",
    "gap_spread": "what the greatest distance is above the least, 30 at most, as a share of it, 0 to 1",
    "copies_in_prose": "share of the copies with running text on both sides, 0 to 1",
    "unlike_before": "different paragraphs above the copies, as a share of the copies, 0 to 1",
    "unlike_after": "different paragraphs below the copies, as a share of the copies, 0 to 1",
}


def compute(chunk: CandidateChunk) -> Columns:
    """Return the columns of this group."""
    duplicate, original = chunk.duplicate, chunk.original
    before, after = chunk.beside(-1), chunk.beside(1)
    low, high = np.minimum(duplicate, original), np.maximum(duplicate, original)
    between = np.maximum(high - low - 1, 1)
    before_it, after_it = chunk.runs
    run = before_it.length + after_it.length + 1
    return {
        **chunk.of_paragraphs(SIDED, _columns(chunk, before, after)),
        "distance": high - low - 1,
        "is_before": duplicate < original,
        "run": np.minimum(run, 40),
        "run_share": np.minimum(run / np.maximum(high - low, 1), 1),
        "run_words": before_it.words + after_it.words + chunk.texts.count[duplicate],
        "run_twice": (before_it.twice + after_it.twice + (chunk.candidates.copies[duplicate] == 2)) / run,
        "between_repeats": _between(chunk.repeats, low, high) / between,
        **_copies(chunk, before, after),
    }


def _between(flags: Bools, low: Ints, high: Ints) -> Ints:
    """Count the paragraphs with a flag between two."""
    total = offsets(flags)
    return total[high] - total[low + 1]


def _columns(chunk: CandidateChunk, before: Ints, after: Ints) -> Columns:
    texts, candidates = chunk.texts, chunk.candidates
    rows = chunk.last - chunk.first
    beside = np.zeros((3, len(texts) + 1), np.int64)  # the one behind the last is that which is not there
    beside[:, :-1] = chunk.repeats, texts.size, (texts.last_form & form.COLON) > 0
    before_repeats, before_size, before_announces = beside.take(before, axis=1)
    after_repeats, after_size = beside[:2].take(after, axis=1)
    openings, endings = np.minimum(_alike_edges(chunk), 8)
    return {
        "place": texts.place / rows,
        "top": np.minimum(texts.place, FARTHEST),
        "bottom": np.minimum(rows - 1 - texts.place, FARTHEST),
        "before_repeats": before_repeats,
        "after_repeats": after_repeats,
        "before_size": before_size,
        "after_size": after_size,
        "before_announces": before_announces,
        "relative_size": texts.size / np.maximum(chunk.median_size[texts.document], 1),
        "openings": openings,
        "endings": endings,
        "copies": np.minimum(candidates.copies, 12),
        "ordinal": np.minimum(candidates.ordinal, 6),
        "in_a_row": np.minimum(_in_a_row(candidates.group), 12),
        "near": np.minimum(candidates.near, 8),
    }


def _in_a_row(group: Ints) -> Ints:
    """Return how many paragraphs of one group stand in a row where each one stands."""
    edges = np.ones(len(group) + 1, bool)
    np.not_equal(group[1:], group[:-1], out=edges[1:-1])
    starts = edges.nonzero()[0]
    lengths = starts[1:] - starts[:-1]
    return lengths.repeat(lengths)


def _alike_edges(chunk: CandidateChunk) -> Ints:
    """Count the paragraphs of the text with the same two words as each that repeats, at the beginning and at the end.

    The result has the shape (2, paragraphs); what does not repeat is not looked up.
    """
    texts = chunk.texts
    filled = (texts.count > 0).nonzero()[0]
    count, document = texts.count[filled], texts.document[filled].view(np.uint64)
    at = np.empty((2, len(filled)), np.int64)
    at[0] = texts.first_word[filled]
    at[1] = at[0] + np.maximum(count - 2, 0)
    hashes = texts.words.hashes
    second = hashes[np.minimum(at + 1, len(hashes) - 1)].astype(np.uint64)
    second *= M2
    second[:, count < 2] = 0
    keys = hashes[at].astype(np.uint64) * M1
    keys += second
    keys >>= HALF
    document <<= HALF
    keys |= document
    repeats = chunk.repeats[filled].nonzero()[0]
    found = np.ones((2, len(texts)), np.int64)
    for row, edge in zip(found, keys, strict=True):
        ordered, asked = np.sort(edge), edge[repeats]
        row[filled[repeats]] = ordered.searchsorted(asked, "right") - ordered.searchsorted(asked)
    return found


def _copies(chunk: CandidateChunk, before: Ints, after: Ints) -> Columns:
    """Return columns about all copies of the duplicates."""
    candidates, texts = chunk.candidates, chunk.texts
    group, order = candidates.group, candidates.order
    count = len(texts)
    ordered = group[order]
    same = (ordered[1:] == ordered[:-1]).nonzero()[0]
    gaps, owner = order[same + 1] - order[same], ordered[same]
    least, most = np.full(count, FARTHEST), np.zeros(count, np.int64)
    np.minimum.at(least, owner, gaps)
    np.maximum.at(most, owner, gaps)
    least, most = least[group[chunk.duplicate]], most[group[chunk.duplicate]]
    prose = np.zeros(count + 1, bool)
    prose[:-1] = texts.prose
    inside = (prose[before] & prose[after]).nonzero()[0]
    groups = np.full(count + 1, count)
    groups[:-1] = group

    def unlike(beside: Ints) -> Ints:
        return np.bincount(distinct(group * (count + 1) + groups[beside]) // (count + 1), minlength=count)

    counts = np.array([np.bincount(group[inside], minlength=count), unlike(before), unlike(after)])
    shares = counts.take(group[chunk.duplicate], axis=1) / candidates.copies[chunk.duplicate]
    return {
        "least_gap": least,
        "gap_spread": np.where(most > 0, (most - np.minimum(least, most)) / np.maximum(most, 1), 0),
        **dict(zip(("copies_in_prose", "unlike_before", "unlike_after"), shares, strict=True)),
    }
