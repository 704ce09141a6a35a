"""The tags of a page, collected from the tree that the parser built, and the pieces of text between them."""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

import regex

from dedupe.io.formats.html._nodes import COMMENT, FRAME, SILENT, TEXT, VOID, Node

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


class Tags:
    """The tags of a page in order of the tree: where each begins and ends, and the element that is open behind it.

    The first entry stands for the start of the source. `starting`: the elements that the tags start; None for an end
    tag. `texts`: the texts and comments behind a tag, by its number. `reopened`: elements that the tree opens again,
    where the source has no tag. `spans`: elements with the numbers of their first tag and the last one in them.
    """

    def __init__(self, source: str, nodes: Sequence[Node]) -> None:
        self.begins, self.ends, self.open = [0], [0], [nodes[0]]
        self.starting: list[Node | None] = [None]
        self.texts: dict[int, list[Node]] = {}
        self.reopened: list[Node] = []
        self.frames: list[Node] = []
        self.spans: list[tuple[Node, int, int]] = []
        self._stack: list[tuple[Node, int, int, int]] = []
        """Open elements: the element, its start tag, start and end of its end tag."""
        self._last = len(nodes)
        """The last descendant of the innermost open element."""
        self._pending: list[Node] | None = None
        number, count = 1, len(nodes)
        while number < count:
            node = nodes[number]
            while number > self._last:
                self._close()
                self._last = self._stack[-1][0].last if self._stack else count
            number += 1
            if node.element is not None:
                number = self._add_element(node)
            elif node.name == TEXT or (node.name == COMMENT and _is_inside(node)):
                if self._pending is None:
                    self._pending = self.texts.setdefault(len(self.begins) - 1, [])
                self._pending.append(node)
        while self._stack:
            self._close()
        self._convert_line_ends(source, nodes)
        for frame in self.frames:
            frame.end = len(source)

    def _add_element(self, node: Node) -> int:
        """Add the start tag of an element; return the number of the node to go on with."""
        location = node.element.source_location
        if location is None:
            if node.element.source_line is not None and node.name not in FRAME:
                node.reopened, node.sound = True, False
                self.reopened.append(node)
            return node.number + 1
        tag, end_tag, _ = location
        node.start = tag[2]
        if node.name in FRAME:
            self.frames.append(node)
            return node.number + 1
        self._add(tag[2], tag[5], node, node)
        if node.name in VOID:
            node.end = tag[5]
            self.open[-1] = node.parent or node
        elif end_tag is not None and node.name in SILENT:  # nothing in it is read
            node.end, node.closed = end_tag[5], True
            self.ends[-1], self.open[-1] = node.end, node.parent or node
            return node.last + 1
        else:
            end = (-1, -1) if end_tag is None else (end_tag[2], end_tag[5])
            self._stack.append((node, len(self.begins) - 1, *end))
            self._last = node.last
        return node.number + 1

    def _add(self, begin: int, end: int, behind: Node, starting: Node | None) -> None:
        self.begins.append(begin)
        self.ends.append(end)
        self.open.append(behind)
        self.starting.append(starting)
        self._pending = None

    def _close(self) -> None:
        """Add the end tag of the innermost open element, if it has one."""
        node, first, begin, end = self._stack.pop()
        if begin >= 0 and node.parent is not None:
            self._add(begin, end, node.parent, None)
            node.end, node.closed = end, True
        self.spans.append((node, first, len(self.begins) - 1))

    def _convert_line_ends(self, source: str, nodes: Sequence[Node]) -> None:
        r"""Turn offsets in the text that the parser read, where \r\n is one character, into those in the source."""
        breaks = [at - 1 for at in accumulate(len(line) + 1 for line in source.split("\r\n")[:-1])]
        if not breaks:
            return

        def converted(offset: int) -> int:
            return offset + bisect_left(breaks, offset) if offset >= 0 else offset

        self.begins = list(map(converted, self.begins))
        self.ends = list(map(converted, self.ends))
        for node in nodes:
            node.start, node.end = converted(node.start), converted(node.end)


def _is_inside(comment: Node) -> bool:
    """Say whether a comment is in the head or the body; others may be elsewhere in the source."""
    return comment.parent is not None and comment.parent.name not in ("html", "#document")
