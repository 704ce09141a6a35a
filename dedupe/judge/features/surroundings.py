"""Features of the positions of duplicate and original: neighbours, copies, and the run of candidates."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge import _characters as form
from dedupe.judge.features._runs import runs
from dedupe.judge.features._table import CandidateChunk, Columns, Sided, of_sides
from dedupe.matching.lsh import distinct, packed_pairs, unpacked_pairs
from dedupe.text.words import HALF, M1, M2, offsets

MOST_PARAGRAPHS_AWAY = 30
"""Largest distance in paragraphs that features distinguish."""

SIDED: Sided = {
    "place": ("do", "position in the text, 0 to 1"),
    "top": ("do", "paragraphs above it, 0 to 30"),
    "bottom": ("do", "paragraphs below it, 0 to 30"),
    "before_repeats": ("d", "the paragraph above it is a candidate, 0 or 1"),
    "after_repeats": ("d", "the paragraph below it is a candidate, 0 or 1"),
    "before_size": ("do", "size of the paragraph above, tenths of a letter"),
    "after_size": ("do", "size of the paragraph below, tenths of a letter"),
    "before_announces": ("d", "the paragraph above ends in a colon, 0 or 1"),
    "relative_size": ("do", "size divided by the median size in the text, a ratio"),
    "openings": ("do", "paragraphs of the text that begin with the same two words, 1 to 8"),
    "endings": ("do", "paragraphs of the text that end with the same two words, 1 to 8"),
    "copies": ("do", "paragraphs with the same words, 1 to 12"),
    "ordinal": ("do", "copies above it, 0 to 6"),
    "in_a_row": ("d", "paragraphs in a row with the same words, itself among them, 1 to 12"),
    "near": ("do", "near-duplicates with other words, 0 to 8"),
}
FEATURES = {
    **of_sides(SIDED),
    "distance": "paragraphs between duplicate and original, a count",
    "is_before": "the duplicate is above the original, 0 or 1",
    "run": "candidates of the run that this one belongs to, 1 to 40",
    "run_share": "candidates of the run divided by the distance of duplicate and original, 0 to 1",
    "run_words": "words of the duplicates of the run, a count",
    "run_twice": "share of the run's duplicates with exactly two copies in the text, 0 to 1",
    "run_before_size": "size of the paragraph above the run's duplicates, tenths of a letter",
    "run_after_size": "size of the paragraph below the run's duplicates, tenths of a letter",
    "run_original_size": "size of the paragraph above the run's originals, tenths of a letter",
    "text_run_words": "most words that the duplicates of a run in the text have, a count",
    "best_run_words": "most words that the duplicates of a run of the duplicate with any original have, a count",
    "between_size": "mean size of the paragraphs between duplicate and original, tenths of a letter",
    "between_repeats": "share of the paragraphs between duplicate and original that are candidates, 0 to 1",
    "least_gap": "least distance of two neighbouring copies of the duplicate, 0 to 30",
    "gap_spread": "greatest distance of neighbouring copies less the least, as a share of the greatest, 0 to 1",
    "copies_in_prose": "share of the copies between paragraphs of running text, 0 to 1",
    "unlike_before": "different paragraphs directly above the copies, as a share of the copies, 0 to 1",
    "unlike_after": "different paragraphs directly below the copies, as a share of the copies, 0 to 1",
}


def of_candidates(chunk: CandidateChunk) -> Columns:
    """Return the columns of candidates of this group."""
    duplicate, original = chunk.duplicate, chunk.original
    low, high = np.minimum(duplicate, original), np.maximum(duplicate, original)
    between = np.maximum(high - low - 1, 1)
    texts = chunk.texts
    up, down = runs(texts, chunk.candidates)
    run = up.length + down.length + 1
    words = up.words + down.words + texts.word_count[duplicate]
    sizes = np.append(texts.size, 0)  # 0 for the paragraph behind the last
    most = np.zeros(len(texts.documents) - 1, np.intp)
    np.maximum.at(most, chunk.document, words)
    best = np.zeros(len(texts), np.intp)
    np.maximum.at(best, duplicate, words)
    return {
        "distance": high - low - 1,
        "is_before": duplicate < original,
        "run": np.minimum(run, 40),
        "run_share": np.minimum(run / np.maximum(high - low, 1), 1),
        "run_words": words,
        "run_twice": (up.twice + down.twice + (chunk.candidates.copies[duplicate] == 2)) / run,
        "run_before_size": sizes[chunk.before[duplicate[up.last]]],
        "run_after_size": sizes[chunk.after[duplicate[down.last]]],
        "run_original_size": sizes[chunk.before[original[up.last]]],
        "text_run_words": most[chunk.document],
        "best_run_words": best[duplicate],
        "between_size": _between(texts.size, low, high) / between,
        "between_repeats": _between(chunk.repeats, low, high) / between,
        **_copies(chunk),
    }


def _between(values: Bools | Ints, low: Ints, high: Ints) -> Ints:
    """Return the sum of the values of the paragraphs between two."""
    total = offsets(values)
    return total[high] - total[low + 1]


def of_paragraphs(chunk: CandidateChunk) -> Columns:
    """Return the columns of paragraphs of this group."""
    texts, candidates = chunk.texts, chunk.candidates
    paragraphs = chunk.last - chunk.first
    values = np.zeros((3, len(texts) + 1), np.intp)  # 0 for the paragraph behind the last
    values[:, :-1] = chunk.repeats, texts.size, (texts.last_form & form.COLON) > 0
    before_repeats, before_size, before_announces = values.take(chunk.before, axis=1)
    after_repeats, after_size = values[:2].take(chunk.after, axis=1)
    openings, endings = np.minimum(_same_edges(chunk), 8)
    return {
        "place": texts.position / paragraphs,
        "top": np.minimum(texts.position, MOST_PARAGRAPHS_AWAY),
        "bottom": np.minimum(paragraphs - 1 - texts.position, MOST_PARAGRAPHS_AWAY),
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
    """Return the number of consecutive paragraphs of its group around each paragraph, itself included."""
    edges = np.ones(len(group) + 1, bool)
    np.not_equal(group[1:], group[:-1], out=edges[1:-1])
    starts = edges.nonzero()[0]
    lengths = starts[1:] - starts[:-1]
    return lengths.repeat(lengths)


def _same_edges(chunk: CandidateChunk) -> Ints:
    """Return the number of paragraphs of the text with the same first two words, and last two, shape (2, paragraphs).

    It is 1 for paragraphs that are in no candidate.
    """
    texts = chunk.texts
    filled = (texts.word_count > 0).nonzero()[0]
    count, document = texts.word_count[filled], texts.document[filled].astype(np.uint64)
    at = np.empty((2, len(filled)), np.intp)
    at[0] = texts.first_word[filled]
    at[1] = at[0] + np.maximum(count - 2, 0)
    hashes = texts.hashes
    second = hashes[np.minimum(at + 1, len(hashes) - 1)].astype(np.uint64)
    second *= M2
    second[:, count < 2] = 0
    keys = hashes[at].astype(np.uint64) * M1
    keys += second
    keys >>= HALF
    document <<= HALF
    keys |= document
    repeats = chunk.repeats[filled].nonzero()[0]
    found = np.ones((2, len(texts)), np.intp)
    for row, edge in zip(found, keys, strict=True):
        ordered, queries = np.sort(edge), edge[repeats]
        row[filled[repeats]] = ordered.searchsorted(queries, "right") - ordered.searchsorted(queries)
    return found


def _copies(chunk: CandidateChunk) -> Columns:
    """Return the columns about all copies of the duplicates."""
    candidates, texts = chunk.candidates, chunk.texts
    group, order = candidates.group, candidates.order
    count = len(texts)
    ordered = group[order]
    same = (ordered[1:] == ordered[:-1]).nonzero()[0]
    gaps, owner = order[same + 1] - order[same], ordered[same]
    least, most = np.full(count, MOST_PARAGRAPHS_AWAY), np.zeros(count, np.intp)
    np.minimum.at(least, owner, gaps)
    np.maximum.at(most, owner, gaps)
    least, most = least[group[chunk.duplicate]], most[group[chunk.duplicate]]
    prose = np.zeros(count + 1, bool)
    prose[:-1] = texts.prose
    inside = (prose[chunk.before] & prose[chunk.after]).nonzero()[0]
    groups = np.full(count + 1, count)
    groups[:-1] = group

    def neighbours_of(beside: Ints) -> Ints:
        return np.bincount(unpacked_pairs(distinct(packed_pairs(group, groups[beside])))[0], minlength=count)

    counts = np.array(
        [np.bincount(group[inside], minlength=count), neighbours_of(chunk.before), neighbours_of(chunk.after)]
    )
    shares = counts.take(group[chunk.duplicate], axis=1) / candidates.copies[chunk.duplicate]
    return {
        "least_gap": least,
        "gap_spread": np.where(most > 0, (most - np.minimum(least, most)) / np.maximum(most, 1), 0),
        **dict(zip(("copies_in_prose", "unlike_before", "unlike_after"), shares, strict=True)),
    }
