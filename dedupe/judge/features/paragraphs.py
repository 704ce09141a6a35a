"""Features of the duplicate and of the original, each by itself: its size and form."""

from __future__ import annotations

import numpy as np

from dedupe.judge import _characters as form
from dedupe.judge._marks import AT
from dedupe.judge.features._table import CandidateChunk, Columns, Sided, of_sides

SIDED: Sided = {
    "words": ("do", "words, a count"),
    "size": ("do", "letters and spaces, weighted by script, tenths of a letter"),
    "sentence": ("do", "ends as a sentence does, 0 or 1"),
    "prose": ("o", "is running text, 0 or 1"),
    "quoted": ("o", "begins with a quotation mark, 0 or 1"),
    "bracketed": ("d", "begins with a bracket, 0 or 1"),
    "announces": ("d", "ends in a colon, 0 or 1"),
    "handles": ("d", "at signs, 0 to 3"),
    "capitals": ("do", "share of the words, the first left out, that begin with a capital, 0 to 1"),
    "figures": ("do", "share of the words that begin or end with a digit, 0 to 1"),
    "letters": ("do", "mean letters of a word, 0 to 30"),
    "marks": ("do", "share of the characters that are in no word, 0 to 1"),
}
FEATURES = of_sides(SIDED)


def of_paragraphs(chunk: CandidateChunk) -> Columns:
    """Return the columns of this group."""
    texts = chunk.texts
    count = np.maximum(texts.word_count, 1)
    filled = (texts.word_count > 0).nonzero()[0]
    first_capital = np.zeros(len(texts), bool)
    first_capital[filled] = texts.capital[texts.first_word[:-1][filled]]
    letters = texts.letters
    return {
        "words": texts.word_count,
        "size": texts.size,
        "sentence": texts.sentence,
        "prose": texts.prose,
        "quoted": (texts.first_form & form.QUOTE) > 0,
        "bracketed": (texts.first_form & form.OPEN) > 0,
        "announces": (texts.last_form & form.COLON) > 0,
        "handles": np.minimum(texts.count_marks(AT), 3),
        "capitals": (texts.count_flagged(texts.capital) - first_capital) / np.maximum(texts.word_count - 1, 1),
        "figures": texts.figures / count,
        "letters": np.minimum(letters / count, 30),
        "marks": 1 - letters / (texts.ends - texts.begins),
    }
