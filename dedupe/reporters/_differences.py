"""Where two paragraphs differ: the stretches of the one that the other does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from dedupe.judge.alignment import aligned
from dedupe.model import Span
from dedupe.text.tokens import words

MOST_WORDS = 5_000
"""Words of a paragraph beyond which nothing is marked: aligning takes the square of them, and nobody would look."""

_UNSPACED = r"\p{Script=Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
_TOKEN = regex.compile(
    rf"[{_UNSPACED}][\p{{M}}\p{{Cf}}]*+|[[\p{{L}}\p{{N}}\p{{M}}\p{{Cf}}]--[{_UNSPACED}]]++",
    regex.V1,
)
"""A word as it is written; a character of a script without spaces is one. Unions only: nothing backtracks."""


def differences(one: str, other: str) -> list[Span]:
    """Return the stretches of one text whose words do not stand, in order, in the other.

    >>> [text[span.start:span.end] for span in differences(text := "a “red” or blue, big bridge", "a blue, big bridge")]
    ['red” or']
    """
    mine, places = _placed(one)
    theirs = words(other)
    if len(mine) > MOST_WORDS or len(theirs) > MOST_WORDS:
        return []
    said = [False] * len(mine)
    for start, _, size in aligned(mine, theirs):
        said[start : start + size] = [True] * size
    spans: list[Span] = []
    for number, place in enumerate(places):
        if said[number]:
            continue
        if spans and number and not said[number - 1]:
            place = Span(spans.pop().start, place.end)
        spans.append(place)
    return spans


def _placed(text: str) -> tuple[list[str], list[Span]]:
    """Return the canonical words of a text and where each stands in it."""
    found: list[str] = []
    places: list[Span] = []
    for match in _TOKEN.finditer(text):
        made = words(match.group())
        found += made
        places += [Span(*match.span())] * len(made)
    return found, places


def cut(text: str, marks: Sequence[Span]) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text in order, each with whether it is marked; joined they are the text."""
    at = 0
    for mark in marks:
        if mark.start > at:
            yield text[at : mark.start], False
        yield text[mark.start : mark.end], True
        at = mark.end
    if at < len(text):
        yield text[at:], False


def window(text: str, marks: Sequence[Span], width: int) -> tuple[str, list[Span]]:
    """Return at most `width` characters of a text on one line, with the first mark among them, and the marks there.

    What is left out is an ellipsis. Marks are of the returned text.
    """
    first = marks[0].start if marks and marks[0].end > width - 1 else 0
    start = max(0, first - width // 3)
    stop = len(text) if len(text) - start <= width else start + width - 1 - bool(start)
    shown = [Span(max(mark.start, start), min(mark.end, stop)) for mark in marks]
    head, tail = "…" * bool(start), "…" * (stop < len(text))
    moved = [Span(one.start - start + len(head), one.end - start + len(head)) for one in shown if one.start < one.end]
    return head + text[start:stop] + tail, moved
