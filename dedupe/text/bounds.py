"""How much memory judging one text may take, told from the text alone, so that the answer is the same everywhere."""

from __future__ import annotations

SMALL = 1 << 19
"""Characters up to which a text is read whatever it is made of: none takes more than 240 bytes for each of them."""

SHORT = 1 << 16
"""Characters up to which it is judged, too, whatever repeats in it: that takes up to 2,200 bytes for each of them."""

FREE, TIMES = 100_000_000, 14
"""Bytes that judging a text may take, and as many times its size; reading and writing takes about six times more."""

LONGEST = 1 << 23
"""Characters a line may have: the arrays of one line are made at once, up to fifty bytes for each word."""

PIECE = 1 << 17
"""Characters between two looks for the end of a line."""

# What is made for each of these, in bytes, measured on texts of nothing else.
LINE, SHINGLE = 100, 60
ROW, COPY, PAIR, WORD = 250, 1000, 3000, 120
CANDIDATE = 1000
CELL = 330
OBJECT, ARRAY, ELEMENT, STRING = 240, 64, 8, 60
"""Of a value of JSON: an object with a few keys, a list, a place in a list, a short string, as CPython makes them."""


def over(text: str | bytes, taken: int) -> str:
    """Return why a text is not judged that would take so many bytes of memory; empty if that is not too much."""
    if taken <= FREE + TIMES * len(text):  # the quick way out, without its size
        return ""
    plain = isinstance(text, bytes) or text.isascii()
    size = len(text) if plain else len(text.encode("utf-8", "surrogatepass"))  # type: ignore[union-attr]
    if taken <= FREE + TIMES * size:
        return ""
    return (
        f"would take about {taken // 1_000_000:,} MB of memory, which is too much for its {size / 1e6:,.1f} MB, "
        "so it is left as it was; split it into smaller ones"
    )


def unparsed(raw: bytes) -> str:
    """Return why a record of JSON is not parsed that would make too many objects; empty if it may be."""
    if len(raw) <= SMALL:
        return ""
    marks = {b"{": OBJECT, b"[": ARRAY, b",": ELEMENT, b'"': STRING // 2}
    return over(raw, sum(size * raw.count(mark) for mark, size in marks.items()))


def unreadable(text: str) -> str:
    """Return why a text has too many or too long lines to be judged; empty if it has not."""
    if len(text) <= SMALL:
        return ""
    start = 0
    while start < len(text):
        stop = text.find("\n", start + PIECE)
        stop = len(text) if stop < 0 else stop
        if stop - start > LONGEST:
            return f"has a line of more than {LONGEST:,} characters, so it is left as it was; break its lines"
        start = stop
    return over(text, LINE * (text.count("\n") + text.count("\r") - text.count("\r\n")))


def unshingled(text: str, rows: int, words: int) -> str:
    """Return why a text of so many rows and words is not compared with itself; empty if it may be."""
    return over(text, ROW * rows + SHINGLE * words) if len(text) > SMALL else ""


def unjudged(text: str, rows: int, copies: int, pairs: int, candidates: int, words: int) -> str:
    """Return why a text is not judged of which so much is alike; empty if it may be.

    `copies`: rows equal to an earlier one. `pairs`: pairs of different rows that are alike. `candidates`: what either
    makes. `words`: those of all these rows.
    """
    return over(text, ROW * rows + COPY * copies + PAIR * pairs + CANDIDATE * candidates + WORD * words)
