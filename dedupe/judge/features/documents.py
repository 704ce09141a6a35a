"""Features of the text as a whole."""

from __future__ import annotations

import numpy as np

from dedupe.judge import _characters as form
from dedupe.judge.features._table import CandidateChunk, Columns

SHORT = 400
"""Size below which a paragraph is short, in tenths of a letter."""

VERSE = (160, 700)
"""Sizes of lines of verse."""

MARKS = np.array(list(map(ord, "#|`{}<")))[:, None]
"""Characters with which headings of Markdown, rows of tables and lines of code begin."""

FEATURES = {
    "text_paragraphs": "paragraphs of the text, a count",
    "text_words": "words of the text, a count",
    "text_median": "median size of its paragraphs, tenths of a letter",
    "text_prose": "share of its paragraphs that are running text, 0 to 1",
    "text_prose_words": "share of its words in running text, 0 to 1",
    "text_unended": "share of its paragraphs that do not end as sentences do, 0 to 1",
    "text_short": "share of its paragraphs that are short, 0 to 1",
    "text_verse": "share of its paragraphs that have the size of verse and do not end in a stop, 0 to 1",
    "text_listed": "share of its paragraphs that are items of lists, 0 to 1",
    "text_labels": "share of its paragraphs with a label, 0 to 1",
    "text_figures": "share of its words with a figure, 0 to 1",
    "text_repeats": "share of its paragraphs that repeat, 0 to 1",
    "text_repeats_words": "share of its words in paragraphs that repeat, 0 to 1",
    "text_stutter": "share of its paragraphs with the same words as the one above, 0 to 1",
    "text_marks": "share of its paragraphs that begin with one of # | ` { } <, 0 to 1",
    "text_questions": "share of its paragraphs that end in a question mark, 0 to 1",
}


def compute(chunk: CandidateChunk) -> Columns:
    """Return the columns of this group."""
    texts = chunk.texts
    count, size, stop = texts.count, texts.size, texts.stop_form
    group = chunk.candidates.group
    stutter = np.zeros(len(texts), bool)
    stutter[1:] = group[1:] == group[:-1]
    first = texts.characters[texts.begins]
    by_rows = {
        "text_prose": texts.prose,
        "text_unended": ~texts.sentence,
        "text_short": size < SHORT,
        "text_verse": (size >= VERSE[0]) & (size < VERSE[1]) & ((stop & form.STOP) == 0),
        "text_listed": texts.listed,
        "text_labels": texts.label > 0,
        "text_repeats": chunk.repeats,
        "text_stutter": stutter,
        "text_marks": (first == MARKS).any(axis=0),
        "text_questions": (stop & form.QUESTION) > 0,
    }
    by_words = {
        "text_prose_words": texts.prose * count,
        "text_figures": texts.figures,
        "text_repeats_words": chunk.repeats * count,
    }
    rows = np.maximum(texts.documents[1:] - texts.documents[:-1], 1)
    totals = texts.totals([*by_rows.values(), *by_words.values(), count])
    words = np.maximum(totals[-1], 1)
    return chunk.of_documents(
        {
            "text_paragraphs": rows,
            "text_words": words,
            "text_median": chunk.median_size,
            **dict(zip(by_rows, totals[: len(by_rows)] / rows, strict=True)),
            **dict(zip(by_words, totals[len(by_rows) : -1] / words, strict=True)),
        }
    )
