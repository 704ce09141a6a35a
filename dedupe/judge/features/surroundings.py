"""Features of where duplicate and original stand: what is beside them, and what goes on alike."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Bools, Floats, Ints
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
        **{name: column[duplicate] for name, column in _copies(chunk, before, after).items()},
    }


def _between(flags: Bools, low: Ints, high: Ints) -> Ints:
    """Count the paragraphs with a flag between two."""
    total = offsets(flags)
    return total[high] - total[low + 1]


def _columns(chunk: CandidateChunk, before: Ints, after: Ints) -> Columns:
    texts, candidates = chunk.texts, chunk.candidates
    rows = np.diff(texts.documents)[texts.document]
    repeats = np.append(chunk.repeats, False)
    size = np.append(texts.size, 0)
    announces = np.append((texts.last_form & form.COLON) > 0, False)
    return {
        "place": texts.place / rows,
        "top": np.minimum(texts.place, FARTHEST),
        "bottom": np.minimum(rows - 1 - texts.place, FARTHEST),
        "before_repeats": repeats[before],
        "after_repeats": repeats[after],
        "before_size": size[before],
        "after_size": size[after],
        "before_announces": announces[before],
        "relative_size": texts.size / np.maximum(chunk.median_size[texts.document], 1),
        "openings": np.minimum(_alike_edges(chunk, 0), 8),
        "endings": np.minimum(_alike_edges(chunk, -2), 8),
        "copies": np.minimum(candidates.copies, 12),
        "ordinal": np.minimum(candidates.ordinal, 6),
        "in_a_row": np.minimum(_in_a_row(candidates.group), 12),
        "near": np.minimum(candidates.near, 8),
    }


def _in_a_row(group: Ints) -> Ints:
    """Return how many paragraphs of one group stand in a row where each one stands."""
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(group) else group
    lengths = np.diff(np.append(starts, len(group)))
    return np.repeat(lengths, lengths)


def _alike_edges(chunk: CandidateChunk, first: int) -> Ints:
    """Count the paragraphs of the text with the same two words at the beginning (0) or at the end (-2)."""
    texts = chunk.texts
    hashes = np.append(texts.words.hashes, 0).astype(np.uint64)
    at = texts.first_word[:-1] if first == 0 else np.maximum(texts.first_word[1:] - 2, texts.first_word[:-1])
    second = hashes[np.minimum(at + 1, len(hashes) - 1)]
    second[texts.count < 2] = 0
    mixed = hashes[np.minimum(at, len(hashes) - 1)] * M1 + second * M2
    keys = (mixed >> HALF) | (texts.document.astype(np.uint64) << HALF)
    ordered = np.sort(keys[texts.count > 0])
    found: Ints = np.searchsorted(ordered, keys, "right") - np.searchsorted(ordered, keys)
    found[texts.count == 0] = 1
    return found


def _copies(chunk: CandidateChunk, before: Ints, after: Ints) -> Columns:
    """Return columns of paragraphs about all copies of each."""
    candidates, texts = chunk.candidates, chunk.texts
    group, copies = candidates.group, candidates.copies
    count = len(texts)
    order = np.argsort(group, kind="stable")
    same = group[order][1:] == group[order][:-1]
    gaps, owner = (order[1:] - order[:-1])[same], group[order][1:][same]
    least, most = np.full(count, FARTHEST), np.zeros(count, np.int64)
    np.minimum.at(least, owner, gaps)
    np.maximum.at(most, owner, gaps)
    spread = np.where(most > 0, (most - np.minimum(least, most)) / np.maximum(most, 1), 0)
    prose = np.append(texts.prose, False)

    def mean(flags: Floats) -> Floats:
        return np.bincount(group, weights=flags, minlength=count)[group] / copies

    def unlike(beside: Ints) -> Floats:
        groups = np.append(group, count)[beside]
        keys = distinct(group * (count + 1) + groups)
        found: Floats = np.bincount(keys // (count + 1), minlength=count)[group] / copies
        return found

    return {
        "least_gap": least[group],
        "gap_spread": spread[group],
        "copies_in_prose": mean(prose[before] & prose[after]),
        "unlike_before": unlike(before),
        "unlike_after": unlike(after),
    }
