"""Features of a pair: what the removal would lose, and where the duplicate stands in the original."""

from __future__ import annotations

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.features._table import CandidateChunk, Columns
from dedupe.text.words import HALF

WINDOW_PARAGRAPHS = 3
"""Paragraphs on each side of the original in which lost words may stand."""

LONG_WORD_LETTERS = 4
"""Least letters of a word that is likely to have weight."""

_SLOT_BITS, _DOCUMENT_SALT = 17, np.uint32(0x9E3779B1)
"""Bits of a word's hash that number its slot in a table of words, and the factor that separates documents there."""
_SHIFT = np.uint32(32 - _SLOT_BITS)
_LAST_KEY = np.uint64(0xFFFFFFFFFFFFFFFF)

FEATURES = {
    "jaccard": "Jaccard similarity of the shingles, 0 to 1",
    "containment": "share of the duplicate's shingles that are in the original, 0 to 1",
    "ratio": "words of the duplicate divided by words of the original, one added to both, a ratio",
    "same_form": "both end as sentences do, or neither does, 0 or 1",
    "mark_change": "characters of the duplicate that are in no word less those of the original, -10 to 10",
    "lost": "words of the duplicate that are in no run of three words in the original, a count",
    "lost_share": "the same as a share of the duplicate's words, 0 to 1",
    "lost_unknown": "words of the duplicate that are nowhere in the original, a count",
    "lost_capitals": "such words, the first word left out, that begin with a capital, 0 to 5",
    "lost_long": "such words of four letters or more, a count",
    "lost_window": "such words that are in no other paragraph within three of the original, a count",
    "lost_text": "such words that are in no other paragraph of the text, a count",
    "lost_text_share": "the same, of four letters or more, as a share of the duplicate's words, 0 to 1",
    "longest": "longest run of words that are not lost, as a share of the duplicate's words, 0 to 1",
    "extra": "share of the original's words that are in no run of three words in the duplicate, 0 to 1",
    "extra_after": "words of the original behind the last shared word, a count",
}


def of_candidates(chunk: CandidateChunk) -> Columns:
    """Return the columns of this group; those that are left out are 0."""
    texts, candidates = chunk.texts, chunk.candidates
    duplicate, original = chunk.duplicate, chunk.original
    words = texts.word_count[duplicate]
    marks = texts.ends - texts.begins - texts.letters
    count, other = np.maximum(words, 1), np.maximum(texts.word_count[original], 1)
    columns: Columns = {
        "jaccard": candidates.jaccard,
        "containment": candidates.containment,
        "ratio": (1 + count) / (1 + other),
        "same_form": texts.sentence[duplicate] == texts.sentence[original],
        "longest": words / count,
        "mark_change": np.clip(marks[duplicate] - marks[original], -10, 10),
    }
    if not candidates.equal.all():  # equal paragraphs lose nothing
        columns.update(_unequal(chunk, count, other))
    return columns


def _unequal(chunk: CandidateChunk, count: Ints, other: Ints) -> Columns:
    """Return the columns about words that only one of the two has."""
    overlap = chunk.overlap
    uncovered = overlap.total(~overlap.covered)
    lost = uncovered[overlap.of_duplicate]
    longest = np.where(
        chunk.candidates.equal, chunk.texts.word_count[chunk.duplicate], overlap.longest()[overlap.of_duplicate]
    )
    return {
        "lost": lost,
        "lost_share": lost / count,
        **_lost(chunk, count),
        "longest": longest / count,
        "extra": uncovered[overlap.of_original] / other,
        "extra_after": overlap.trailing()[overlap.of_original],
    }


def _lost(chunk: CandidateChunk, count: Ints) -> Columns:
    """Return the columns about words that the original does not have."""
    texts = chunk.texts
    pair, offsets = chunk.overlap.unknown()
    positions = texts.first_word[chunk.duplicate[pair]] + offsets
    pairs = len(chunk.duplicate)

    def total(flags: Bools) -> Ints:
        return np.bincount(pair[flags], minlength=pairs)

    words = texts.words
    inner = offsets > 0
    long = words.ends[positions] - words.starts[positions] >= LONG_WORD_LETTERS
    nearby, elsewhere = _stand_elsewhere(chunk, positions, pair)
    return {
        "lost_unknown": total(np.ones(len(pair), bool)),
        "lost_capitals": np.minimum(total(texts.capital[positions] & inner), 5),
        "lost_long": total(long),
        "lost_window": total(~nearby),
        "lost_text": total(~elsewhere),
        "lost_text_share": total(~elsewhere & long) / count,
    }


def _stand_elsewhere(chunk: CandidateChunk, positions: Ints, pair: Ints) -> tuple[Bools, Bools]:
    """Return whether words of duplicates are in other paragraphs near the original, and in others of the text."""
    texts = chunk.texts
    if not len(positions):
        return np.zeros(0, bool), np.zeros(0, bool)
    hashes = texts.hashes
    # A table of slots leaves only the words that may equal one of the queries, so that few keys are sorted.
    salts = np.arange(len(texts.documents) - 1, dtype=np.uint32) * _DOCUMENT_SALT
    slots = salts.repeat(np.diff(texts.first_word[texts.documents]))
    slots ^= hashes
    slots >>= _SHIFT
    queried = np.zeros(1 << _SLOT_BITS, bool)
    queried[slots[positions]] = True
    found = queried.take(slots).nonzero()[0]
    owners = np.arange(len(texts)).repeat(texts.word_count)[found - texts.first_word[0]]
    keys = np.sort(hashes[found].astype(np.uint64) << HALF | owners.astype(np.uint64))
    keys = np.append(keys, _LAST_KEY)
    word = hashes[positions].astype(np.uint64) << HALF
    duplicate, original = chunk.duplicate[pair], chunk.original[pair]
    document = texts.document[duplicate]
    begin, end = texts.documents[document], texts.documents[document + 1]
    duplicate_keys = word | duplicate.astype(np.uint64)
    next_keys = keys.take(keys.searchsorted(duplicate_keys, "right"))  # the next paragraph with the word

    def within(low: Ints, high: Ints) -> Bools:
        """Return whether each word is in another paragraph from `low` to `high`, excluded."""
        first, last = word | low.astype(np.uint64), word | high.astype(np.uint64)
        at = keys.take(keys.searchsorted(first))
        good: Bools = ((at < last) & (at != duplicate_keys)) | ((next_keys >= first) & (next_keys < last))
        return good

    low, high = np.maximum(original - WINDOW_PARAGRAPHS, begin), np.minimum(original + WINDOW_PARAGRAPHS + 1, end)
    return within(low, high), within(begin, end)
