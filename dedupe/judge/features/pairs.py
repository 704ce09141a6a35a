"""Features of a pair: what the duplicate would lose, and where it stands in the original."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.features._table import CandidateChunk, Columns
from dedupe.text.shingles import HALF

WINDOW = 3
"""Paragraphs on either side of the original in which lost words may stand."""

LONG = 4
"""Letters from which a word is likely to mean something."""

_BITS, _SALT = 17, np.uint32(0x9E3779B1)
"""Of a table of words of documents by some bits of their hashes: the bits, and what parts the documents."""
_SHIFT = np.uint32(32 - _BITS)
_LAST = np.uint64(0xFFFFFFFFFFFFFFFF)

FEATURES = {
    "jaccard": "Jaccard similarity of the shingles, 0 to 1",
    "containment": "share of the duplicate's shingles that the original has, 0 to 1",
    "ratio": "words of the duplicate by words of the original, one added to both, a ratio",
    "same_form": "both end as sentences do, or neither, 0 or 1",
    "lost": "words of the duplicate that stand in no run of three in the original, a count",
    "lost_share": "the same as a share of the duplicate's words, 0 to 1",
    "lost_unknown": "lost words that stand nowhere in the original, a count",
    "lost_capitals": "unknown lost words behind the first that begin with a capital, 0 to 5",
    "lost_long": "unknown lost words of four letters or more, a count",
    "lost_window": "unknown lost words that stand in no other paragraph within three of the original, a count",
    "lost_text": "unknown lost words that stand nowhere else in the text, a count",
    "lost_text_share": "the same, of four letters or more, as a share of the duplicate's words, 0 to 1",
    "longest": "longest run of words that are not lost, as a share of the duplicate's words, 0 to 1",
    "extra": "share of the original's words that stand in no run of three in the duplicate, 0 to 1",
    "extra_after": "words of the original behind the last that it shares, a count",
}


def compute(chunk: CandidateChunk) -> Columns:
    """Return the columns of this group."""
    texts, candidates = chunk.texts, chunk.candidates
    duplicate, original = chunk.duplicate, chunk.original
    words = texts.count[duplicate]
    count, other = np.maximum(words, 1), np.maximum(texts.count[original], 1)
    columns: Columns = {
        **dict.fromkeys(FEATURES, 0),
        "jaccard": candidates.jaccard,
        "containment": candidates.containment,
        "ratio": (1 + count) / (1 + other),
        "same_form": texts.sentence[duplicate] == texts.sentence[original],
        "longest": words / count,
    }
    if not candidates.equal.all():  # else nothing is lost
        columns.update(_unequal(chunk, count, other))
    return columns


def _unequal(chunk: CandidateChunk, count: Ints, other: Ints) -> Columns:
    """Return what can be said of how the words of both stand in one another."""
    overlap = chunk.overlap
    uncovered = overlap.total(~overlap.covered)
    lost = uncovered[overlap.mine]
    longest = np.where(chunk.candidates.equal, chunk.texts.count[chunk.duplicate], overlap.longest()[overlap.mine])
    return {
        "lost": lost,
        "lost_share": lost / count,
        **_lost(chunk, count),
        "longest": longest / count,
        "extra": uncovered[overlap.theirs] / other,
        "extra_after": overlap.behind()[overlap.theirs],
    }


def _lost(chunk: CandidateChunk, count: Ints) -> Columns:
    """Return what can be said of the lost words that the original does not have."""
    texts = chunk.texts
    pair, places = chunk.overlap.unknown()
    positions = texts.first_word[chunk.duplicate[pair]] + places
    pairs = len(chunk.duplicate)

    def total(flags: Bools) -> Ints:
        return np.bincount(pair[flags], minlength=pairs)

    words = texts.words
    inner = places > 0
    long = words.ends[positions] - words.starts[positions] >= LONG
    nearby, elsewhere = _said_elsewhere(chunk, positions, pair)
    return {
        "lost_unknown": total(np.ones(len(pair), bool)),
        "lost_capitals": np.minimum(total(texts.capital[positions] & inner), 5),
        "lost_long": total(long),
        "lost_window": total(~nearby),
        "lost_text": total(~elsewhere),
        "lost_text_share": total(~elsewhere & long) / count,
    }


def _said_elsewhere(chunk: CandidateChunk, positions: Ints, pair: Ints) -> tuple[Bools, Bools]:
    """Say of words of duplicates whether they stand near the original, and whether elsewhere in the text at all."""
    texts = chunk.texts
    if not len(positions):
        return np.zeros(0, bool), np.zeros(0, bool)
    hashes = texts.words.hashes
    # Only the words of which some bits of their hash with their document are asked for are looked up.
    salts = np.arange(len(texts.documents) - 1, dtype=np.uint32) * _SALT
    places = salts.repeat(np.diff(texts.first_word[texts.documents]))
    places ^= hashes
    places >>= _SHIFT
    asked = np.zeros(1 << _BITS, bool)
    asked[places[positions]] = True
    found = asked.take(places).nonzero()[0]
    owners = texts.first_word.searchsorted(found, "right") - 1
    keys = np.sort(hashes[found].astype(np.uint64) << HALF | owners.view(np.uint64))
    keys = np.append(keys, _LAST)
    word = hashes[positions].astype(np.uint64) << HALF
    duplicate, original = chunk.duplicate[pair], chunk.original[pair]
    document = texts.document[duplicate]
    begin, end = texts.documents[document], texts.documents[document + 1]
    mine = word | duplicate.view(np.uint64)
    behind = keys.take(keys.searchsorted(mine, "right"))  # where the word stands next, behind the duplicate

    def within(low: Ints, high: Ints) -> Bools:
        """Say whether the word stands in another paragraph from low up to high, high left out."""
        first, last = word | low.view(np.uint64), word | high.view(np.uint64)
        at = keys.take(keys.searchsorted(first))
        good: Bools = ((at < last) & (at != mine)) | ((behind >= first) & (behind < last))
        return good

    return within(np.maximum(original - WINDOW, begin), np.minimum(original + WINDOW + 1, end)), within(begin, end)
