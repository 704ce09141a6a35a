"""Text as markup: escaped, with what would act on its surroundings spelt out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import regex

from dedupe.model import Span
from dedupe.reporters._differences import cut

MAX_SHOWN = 5_000
"""Characters of a paragraph that are shown: some pages have a megabyte on one line."""

_ACTING = regex.compile(r"[[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]--[\t\n]]", regex.V1)
"""Control characters, lone surrogates and bidirectional overrides. Marks of direction (U+200F) belong to the text."""


def inert(text: str) -> str:
    """Return the text as markup that shows it and does nothing else."""
    text = text.replace("\r\n", "\n")
    pieces = []
    at = 0
    for match in _ACTING.finditer(text):
        pieces += [escape(text[at : match.start()]), f'<span class="code">U+{ord(match.group()):04X}</span>']
        at = match.end()
    return "".join([*pieces, escape(text[at:])])


def attribute(text: str) -> str:
    """Return the text as the value of an attribute, without quotes around it."""
    return escape(_ACTING.sub("\ufffd", text))


def marked(text: str, marks: Sequence[Span]) -> str:
    """Return a paragraph as markup with some stretches marked, cut where nobody would read on."""
    shown = "".join(
        f"<mark>{inert(piece)}</mark>" if differs else inert(piece) for piece, differs in cut(text[:MAX_SHOWN], marks)
    )
    more = len(text) - MAX_SHOWN
    return shown if more <= 0 else f'{shown}<span class="more">… and {more:,} more characters</span>'
