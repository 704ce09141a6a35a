"""Memory that judging one text may take, estimated from the text alone, so that the answer is the same everywhere."""

from __future__ import annotations

ALWAYS_READ_CHARACTERS = 1 << 19
"""A text of up to this size is read whatever it is made of: none takes more than 240 bytes a character."""

ALWAYS_JUDGED_CHARACTERS = 1 << 16
"""A text of up to this size is also judged, whatever repeats in it: that takes up to 2,200 bytes a character."""

FREE_BYTES, TIMES_ITS_SIZE = 100_000_000, 14
"""Judging a text may take so many bytes, and so many times its size; reading and writing takes about six times more."""

LONGEST_LINE_CHARACTERS = 1 << 23
"""The arrays of one line are made at once, up to fifty bytes a word."""

LINE_END_CHARACTERS = 1 << 17
"""The end of a line is looked for every so many characters."""

# Bytes that each of these takes, measured on texts of nothing else.
LINE_BYTES, SHINGLE_BYTES = 100, 60
PARAGRAPH_BYTES, COPY_BYTES, PAIR_BYTES, WORD_BYTES = 250, 1000, 3000, 120
CANDIDATE_BYTES = 1000
CELL_BYTES = 330
OBJECT_BYTES, ARRAY_BYTES, ELEMENT_BYTES, STRING_BYTES = 240, 64, 8, 60
"""Of values of JSON: an object with a few keys, a list, an element of a list, a short string, in CPython."""


def over(text: str | bytes, needed: int) -> str:
    """Return why a text is not judged if that needs so many bytes of memory; empty if that is within its budget."""
    if needed <= FREE_BYTES + TIMES_ITS_SIZE * len(text):  # quick, since it does not need the size in bytes
        return ""
    plain = isinstance(text, bytes) or text.isascii()
    size = len(text) if plain else len(text.encode("utf-8", "surrogatepass"))  # type: ignore[union-attr]
    if needed <= FREE_BYTES + TIMES_ITS_SIZE * size:
        return ""
    return (
        f"would take about {needed // 1_000_000:,} MB of memory, which is too much for its {size / 1e6:,.1f} MB, "
        "so it is left as it was; split it into smaller ones"
    )


def parsing_problem(raw: bytes) -> str:
    """Return why a record of JSON is not parsed that would make too many objects; empty if it may be parsed."""
    if len(raw) <= ALWAYS_READ_CHARACTERS:
        return ""
    marks = {b"{": OBJECT_BYTES, b"[": ARRAY_BYTES, b",": ELEMENT_BYTES, b'"': STRING_BYTES // 2}
    return over(raw, sum(size * raw.count(mark) for mark, size in marks.items()))


def reading_problem(text: str) -> str:
    """Return why a text is not read that has too many or too long lines; empty if it may be read."""
    if len(text) <= ALWAYS_READ_CHARACTERS:
        return ""
    start = 0
    while start < len(text):
        stop = text.find("\n", start + LINE_END_CHARACTERS)
        stop = len(text) if stop < 0 else stop
        if stop - start > LONGEST_LINE_CHARACTERS:
            return (
                f"has a line of more than {LONGEST_LINE_CHARACTERS:,} characters, so it is left as it was; "
                "break its lines"
            )
        start = stop
    return over(text, LINE_BYTES * (text.count("\n") + text.count("\r") - text.count("\r\n")))


def shingling_problem(text: str, paragraphs: int, words: int) -> str:
    """Return why a text of so many paragraphs and words is not compared with itself; empty if it may be compared."""
    needed = PARAGRAPH_BYTES * paragraphs + SHINGLE_BYTES * words
    return over(text, needed) if len(text) > ALWAYS_READ_CHARACTERS else ""


def judging_problem(text: str, paragraphs: int, copies: int, pairs: int, candidates: int, words: int) -> str:
    """Return why a text in which so much repeats is not judged; empty if it may be judged.

    `copies`: paragraphs equal to an earlier one. `pairs`: pairs of different paragraphs that match. `candidates`: what
    both of them make. `words`: those of all these paragraphs.
    """
    needed = PARAGRAPH_BYTES * paragraphs + COPY_BYTES * copies + PAIR_BYTES * pairs
    return over(text, needed + CANDIDATE_BYTES * candidates + WORD_BYTES * words)
