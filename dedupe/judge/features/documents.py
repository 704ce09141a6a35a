"""Features of the text as a whole."""

from __future__ import annotations

import numpy as np

from dedupe.judge import _characters as form
from dedupe.judge.features._table import CandidateChunk, Columns

SHORT = 400
"""Size below which a paragraph is short, in tenths of a letter."""

VERSE = (160, 700)
"""Sizes of lines of verse."""

MARKS = tuple(map(ord, "#|`{}<"))
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
    rows = np.maximum(np.diff(texts.documents), 1)
    total = texts.totals
    words = np.maximum(total(texts.count), 1)
    size = texts.size
    group = chunk.candidates.group
    stutter = np.zeros(len(texts), bool)
    stutter[1:] = group[1:] == group[:-1]
    first = texts.characters[texts.begins]
    marked = np.logical_or.reduce([first == mark for mark in MARKS])
    columns = {
        "text_paragraphs": rows,
        "text_words": words,
        "text_median": chunk.median_size,
        "text_prose": total(texts.prose) / rows,
        "text_prose_words": total(texts.prose * texts.count) / words,
        "text_unended": total(~texts.sentence) / rows,
        "text_short": total(size < SHORT) / rows,
        "text_verse": total((size >= VERSE[0]) & (size < VERSE[1]) & ((texts.stop_form & form.STOP) == 0)) / rows,
        "text_listed": total(texts.listed) / rows,
        "text_labels": total(texts.label > 0) / rows,
        "text_figures": total(texts.sums(texts.figure)) / words,
        "text_repeats": total(chunk.repeats) / rows,
        "text_repeats_words": total(chunk.repeats * texts.count) / words,
        "text_stutter": total(stutter) / rows,
        "text_marks": total(marked) / rows,
        "text_questions": total((texts.stop_form & form.QUESTION) > 0) / rows,
    }
    return chunk.of_documents(columns)
