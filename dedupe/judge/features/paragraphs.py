"""Features of the duplicate and of the original, each by itself: how much it says, and in what form."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import Bools, Ints
from dedupe.judge import characters as form
from dedupe.judge.features.table import Chunk, Columns, of_both_sides
from dedupe.judge.texts import Texts

_STOPS = tuple(map(ord, ".!?。！？।؟"))

FEATURES = of_both_sides(
    {
        "words": "words, a count",
        "size": "letters and spaces, weighted by script, tenths of a letter",
        "sentence": "ends as a sentence does, 0 or 1",
        "question": "ends in a question mark, 0 or 1",
        "clipped": "begins or ends in an ellipsis, 0 or 1",
        "quoted": "begins with a quotation mark, 0 or 1",
        "unquoted": "ends with a quotation mark, 0 or 1",
        "listed": "begins with the marker of a list, or is an item of one, 0 or 1",
        "announces": "ends in a colon, 0 or 1",
        "label": "words before a colon at its beginning, 0 to 4",
        "capitals": "share of the words behind the first that begin with a capital, 0 to 1",
        "shouted": "share of the words that end with a capital, 0 to 1",
        "figures": "share of the words that begin or end with a figure, 0 to 1",
        "bracketed": "begins with a bracket, 0 or 1",
        "credited": "ends with a bracket, 0 or 1",
        "bars": "upright bars, 0 to 3",
        "handles": "at signs, 0 to 3",
        "links": "beginnings of web addresses, 0 to 3",
        "marks": "share of the characters that are in no word, 0 to 1",
        "letters": "letters in a word on average, 0 to 30",
        "prose": "reads as running text, 0 or 1",
        "breaks": "stops of sentences inside it, a count",
    }
)


def compute(chunk: Chunk) -> Columns:
    """Return the columns of this group."""
    return chunk.both_sides(_columns(chunk.texts))


def _columns(texts: Texts) -> Columns:
    count = np.maximum(texts.count, 1)
    words, codes = texts.words, texts.characters
    capital = texts.capital
    filled = np.flatnonzero(texts.count > 0)
    first_capital = np.zeros(len(texts), bool)
    first_capital[filled] = capital[texts.first_word[:-1][filled]]
    shouted = (form.forms(codes[words.ends - 1]) & form.CAPITAL) > 0
    letters = texts.sums(words.ends - words.starts)
    return {
        "words": texts.count,
        "size": texts.size,
        "sentence": texts.sentence,
        "question": (texts.stop_form & form.QUESTION) > 0,
        "clipped": _clipped(texts),
        "quoted": (texts.first_form & form.QUOTE) > 0,
        "unquoted": (texts.last_form & form.UNQUOTE) > 0,
        "listed": texts.listed,
        "announces": (texts.last_form & form.COLON) > 0,
        "label": texts.label,
        "capitals": (texts.sums(capital) - first_capital) / np.maximum(texts.count - 1, 1),
        "shouted": texts.sums(shouted) / count,
        "figures": texts.sums(texts.figure) / count,
        "bracketed": (texts.first_form & form.OPEN) > 0,
        "credited": (texts.last_form & form.CLOSE) > 0,
        "bars": np.minimum(texts.counted((0x7C, 0xFF5C)), 3),
        "handles": np.minimum(texts.counted((0x40,)), 3),
        "links": np.minimum(_links(texts), 3),
        "marks": 1 - letters / (texts.ends - texts.begins),
        "letters": np.minimum(letters / count, 30),
        "prose": texts.prose,
        "breaks": np.maximum(texts.counted(_STOPS) - texts.sentence, 0),
    }


def _clipped(texts: Texts) -> Bools:
    codes = texts.characters
    ends = np.zeros(len(texts), bool)
    for at, step in ((texts.stop, -1), (texts.begins, 1)):
        dots = codes[at] == 46
        for further in (1, 2):
            dots &= codes[np.clip(at + step * further, 0, len(codes) - 1)] == 46
        ends |= dots | (codes[at] == 0x2026)
    return ends


def _links(texts: Texts) -> Ints:
    """Count `://`."""
    codes = texts.characters
    colons = np.flatnonzero(codes == 58)
    colons = colons[colons + 2 < len(codes)]
    colons = colons[(codes[colons + 1] == 47) & (codes[colons + 2] == 47)]
    return np.searchsorted(colons, texts.ends) - np.searchsorted(colons, texts.begins)
