"""Features of the text as a whole."""

from __future__ import annotations

import numpy as np

from dedupe.judge import _characters as form
from dedupe.judge.features._table import CandidateChunk, Columns

_SHORT_TENTHS = 400
"""Size in tenths of a letter below which a paragraph is short."""

_VERSE_TENTHS = (160, 700)
"""Least and greatest size of a line of verse, in tenths of a letter."""

_MARKUP_CHARACTERS = np.array(list(map(ord, "#|`{}<")))[:, None]
"""First characters of headings of Markdown, rows of tables and lines of code."""

FEATURES = {
    "text_paragraphs": "paragraphs of the text, a count",
    "text_words": "words of the text, a count",
    "text_median": "median size of its paragraphs, tenths of a letter",
    "text_prose": "share of its paragraphs that are running text, 0 to 1",
    "text_prose_words": "share of its words that are in running text, 0 to 1",
    "text_unended": "share of its paragraphs that do not end as sentences do, 0 to 1",
    "text_short": "share of its paragraphs that have fewer than 40 letters, 0 to 1",
    "text_verse": "share of its paragraphs of 16 to 70 letters that do not end in a stop, 0 to 1",
    "text_listed": "share of its paragraphs that are items of lists, 0 to 1",
    "text_labels": "share of its paragraphs that begin with a label and a colon, 0 to 1",
    "text_figures": "share of its words that begin or end with a digit, 0 to 1",
    "text_repeats": "share of its paragraphs that are candidates, 0 to 1",
    "text_repeats_words": "share of its words that are in candidates, 0 to 1",
    "text_repeats_prose": "share of the words in its candidates that are in running text, 0 to 1",
    "text_stutter": "share of its paragraphs with the same words as the one above, 0 to 1",
    "text_marks": "share of its paragraphs that begin with one of # | ` { } <, 0 to 1",
    "text_questions": "share of its paragraphs that end in a question mark, 0 to 1",
}


def of_documents(chunk: CandidateChunk) -> Columns:
    """Return the columns of this group."""
    texts = chunk.texts
    count, size, stop = texts.word_count, texts.size, texts.stop_form
    group = chunk.candidates.group
    stutter = np.zeros(len(texts), bool)
    stutter[1:] = group[1:] == group[:-1]
    first = texts.characters[texts.begins]
    by_paragraphs = {
        "text_prose": texts.prose,
        "text_unended": ~texts.sentence,
        "text_short": size < _SHORT_TENTHS,
        "text_verse": (size >= _VERSE_TENTHS[0]) & (size < _VERSE_TENTHS[1]) & ((stop & form.STOP) == 0),
        "text_listed": texts.listed,
        "text_labels": texts.labelled,
        "text_repeats": chunk.repeats,
        "text_stutter": stutter,
        "text_marks": (first == _MARKUP_CHARACTERS).any(axis=0),
        "text_questions": (stop & form.QUESTION) > 0,
    }
    repeated = chunk.repeats * count
    by_words = {
        "text_prose_words": texts.prose * count,
        "text_figures": texts.figures,
        "text_repeats_words": repeated,
    }
    paragraphs = np.maximum(texts.documents[1:] - texts.documents[:-1], 1)
    totals = texts.totals([*by_paragraphs.values(), *by_words.values(), repeated * texts.prose, count])
    repeated_words, repeated_prose, words = np.maximum(totals[-3], 1), totals[-2], np.maximum(totals[-1], 1)
    return {
        "text_paragraphs": paragraphs,
        "text_words": words,
        "text_median": chunk.median_size,
        **dict(zip(by_paragraphs, totals[: len(by_paragraphs)] / paragraphs, strict=True)),
        "text_repeats_prose": repeated_prose / repeated_words,
        **dict(zip(by_words, totals[len(by_paragraphs) : -2] / words, strict=True)),
    }
