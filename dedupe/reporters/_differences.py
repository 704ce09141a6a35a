"""Where two paragraphs differ: the spans of the one whose words the other does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from dedupe.judge.alignment import aligned
from dedupe.model import Span
from dedupe.text.tokens import words

MAX_WORDS = 5_000
"""Words of a paragraph beyond which nothing is marked: the time of aligning grows with their square."""

_UNSPACED = r"\p{Script=Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
_TOKEN = regex.compile(
    rf"[{_UNSPACED}][\p{{M}}\p{{Cf}}]*+|[[\p{{L}}\p{{N}}\p{{M}}\p{{Cf}}]--[{_UNSPACED}]]++", regex.V1
)
"""A word as it is written; a character of a script without spaces is one. Unions only: nothing backtracks."""


def differences(one: str, other: str) -> list[Span]:
    """Return the spans of one text whose words are not, in order, in the other.

    >>> [text[span.start:span.end] for span in differences(text := "a “red” or blue, big bridge", "a blue, big bridge")]
    ['red” or']
    """
    own_words, spans_of_words = _words_with_spans(one)
    other_words = words(other)
    if len(own_words) > MAX_WORDS or len(other_words) > MAX_WORDS:
        return []
    shared = [False] * len(own_words)
    for start, _, size in aligned(own_words, other_words):
        shared[start : start + size] = [True] * size
    spans: list[Span] = []
    for number, place in enumerate(spans_of_words):
        if shared[number]:
            continue
        if spans and number and not shared[number - 1]:
            place = Span(spans.pop().start, place.end)
        spans.append(place)
    return spans


def _words_with_spans(text: str) -> tuple[list[str], list[Span]]:
    """Return the canonical words of a text and the span of each."""
    found: list[str] = []
    spans_of_words: list[Span] = []
    for match in _TOKEN.finditer(text):
        made = words(match.group())
        found += made
        spans_of_words += [Span(*match.span())] * len(made)
    return found, spans_of_words


def cut(text: str, marks: Sequence[Span]) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text in order, each with whether it is marked."""
    at = 0
    for mark in marks:
        if mark.start > at:
            yield text[at : mark.start], False
        yield text[mark.start : mark.end], True
        at = mark.end
    if at < len(text):
        yield text[at:], False


def window(text: str, marks: Sequence[Span], width: int) -> tuple[str, list[Span]]:
    """Return at most `width` characters of a text on one line around the first mark, with the marks in them.

    An ellipsis replaces what is left out. The marks are offsets into the returned text.
    """
    first = marks[0].start if marks and marks[0].end > width - 1 else 0
    start = max(0, first - width // 3)
    stop = len(text) if len(text) - start <= width else start + width - 1 - bool(start)
    shown = [Span(max(mark.start, start), min(mark.end, stop)) for mark in marks]
    head, tail = "…" * bool(start), "…" * (stop < len(text))
    moved = [Span(one.start - start + len(head), one.end - start + len(head)) for one in shown if one.start < one.end]
    return head + text[start:stop] + tail, moved
