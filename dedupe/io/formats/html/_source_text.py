"""Pieces of text in the source of a page, and whether they show the characters of a text of the tree."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

import regex

from dedupe.io.formats.html._nodes import FRAME, TEXT, Node

TOKEN = regex.compile(
    r"""<!--(?:>|->|.*?(?:--!?>|\Z))                            # a comment
    | <(?P<close>/?)(?P<name>[A-Za-z][^\t\n\f\r\ />]*+)         # a tag; its attributes; quotes count only behind "="
      (?: [\t\n\f\r\ /]++
        | [^\t\n\f\r\ />][^\t\n\f\r\ />=]*+
          (?:[\t\n\f\r\ ]*+=[\t\n\f\r\ ]*+(?:"[^"]*+"|'[^']*+'|[^"'\t\n\f\r\ >][^\t\n\f\r\ >]*+)?+)?+
      )*+ (?:>|\Z)
    | <[!?/][^>]*+(?:>|\Z)                                      # a declaration, or what is read as a comment""",
    regex.VERBOSE | regex.DOTALL,
)

EDGES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\0"
"""Characters at the edges of a text that are not shown: white space and NUL."""

Piece = tuple[int, int]
"""Start and end of a piece of text between tags."""


def text_pieces(source: str, start: int, stop: int) -> Iterator[list[Piece]]:
    """Yield the pieces of text between two tags, a list for each run between two comments."""
    at, pieces = start, []
    for match in TOKEN.finditer(source, start, stop):
        if at < match.start():
            pieces.append((at, match.start()))
        at = match.end()
        if match["name"] is None:
            yield pieces
            pieces = []
    if at < stop:
        pieces.append((at, stop))
    yield pieces


def ends_frame(match: regex.Match[str]) -> bool:
    """Say whether a token is an end tag of the head, the body or the page."""
    return bool(match["close"]) and match["name"].lower() in FRAME


def groups_between_comments(texts: Sequence[Node]) -> list[list[Node]]:
    """Return the texts in groups between comments."""
    groups: list[list[Node]] = [[]]
    for node in texts:
        if node.name == TEXT:
            groups[-1].append(node)
        else:
            groups.append([])
    return groups


def shown_characters(raw: str) -> str:
    """Return the characters that a piece of source shows, without white space."""
    return "".join(html.unescape(raw).replace("\0", "").split())


def shows_same(raw: str, text: str) -> bool:
    """Say whether a piece of source shows the characters of a text."""
    raw, text = raw.strip(), text.strip()
    return raw == text or shown_characters(raw) == "".join(text.split())
