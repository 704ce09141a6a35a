"""The nodes of a page in document order, as browsers build them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import regex

from dedupe.errors import MissingExtraError

TEXT, COMMENT = "#text", "#comment"
FRAGMENT = "#document-fragment"
"""The content of a template."""

VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split()
)
RAW = frozenset("iframe noembed noframes noscript plaintext script style textarea title xmp".split())
"""Elements in which only their own end tag is markup."""

FRAME = frozenset(("html", "head", "body"))
"""Elements that every page has; a second tag of one, anywhere, only adds attributes to the first."""

SILENT = frozenset(
    """applet audio canvas datalist embed frame frameset head iframe map math-field meter noembed noframes noscript
    object progress script select style svg template title video""".split()
)
"""Elements whose text no reader sees, or not as a paragraph."""

_BLANK = regex.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u00ad\0]*+")
_LINE_END = regex.compile(r"\r\n|\n|\r")
_NAMES = {"CData": TEXT, "Comment": COMMENT, "DocumentFragment": FRAGMENT, "ProcessingInstruction": COMMENT}
_HOLDING = frozenset(("Element", "DocumentFragment"))
_NOTHING: dict[str, Any] = {}


class Node:
    """A node of a page.

    `number` and `last` are its number in document order and that of its last descendant; `start` and `end` its span in
    the source, -1 if it has none. `sound`: whether the span holds all of it and nothing else. `closed`: whether its own
    tag ends it. `reopened`: whether it is markup that the parser opened a second time. `element` is the parser's.
    """

    __slots__ = (
        "blank",
        "closed",
        "element",
        "end",
        "last",
        "name",
        "number",
        "parent",
        "reopened",
        "sound",
        "start",
        "text",
    )

    def __init__(
        self, name: str, number: int, parent: Node | None, element: Any = None, text: str = "", blank: bool = False
    ) -> None:
        self.name = name
        self.number = self.last = number
        self.parent = parent
        self.element = element
        self.text = text
        self.blank = blank
        """Whether this is blank text."""
        self.start = self.end = -1
        self.sound = True
        self.reopened = False
        self.closed = element is None or name in VOID

    @property
    def attributes(self) -> Any:
        """The attributes of an element, a mapping; those that are lists of names, such as its classes, are lists."""
        return _NOTHING if self.element is None else self.element.attrs


def is_blank(text: str) -> bool:
    """Say whether a text is nothing but white space, joiners and characters that HTML ignores."""
    if text.isascii() and "\0" not in text:
        return not text or text.isspace()
    return _BLANK.fullmatch(text) is not None


def read_page(source: str, *, located: bool = False) -> Any:
    """Return the page that the parser makes of a source; `located`: with the positions of tags.

    Raises `MissingExtraError` without the parser.
    """
    try:
        from turbohtml import parse as parse_page  # an extra; 20 ms
    except ImportError:
        raise MissingExtraError("turbohtml", "html") from None
    return parse_page(
        source, scripting=True, positions=located, source_locations=located, allow_declarative_shadow_roots=False
    )


def read_nodes(root: Any) -> list[Node]:
    """Return the nodes of the parser's tree in document order, the document first."""
    top = Node("#document", 0, None)
    nodes = [top]
    open_now: list[tuple[Any, Node]] = [(root, top)]
    parent, inside = top, root
    for number, parsed in enumerate(root.descendants, 1):
        above = parsed.parent
        while inside is not above:
            open_now.pop()[1].last = number - 1
            inside, parent = open_now[-1]
        kind = type(parsed).__name__
        if kind == "Text":
            text = parsed.data
            nodes.append(Node(TEXT, number, parent, None, text, is_blank(text)))
            continue
        if kind == "Element":
            node = Node(parsed.tag, number, parent, parsed)
        else:
            name, text = described(parsed)
            node = Node(name, number, parent, text=text)
        nodes.append(node)
        if kind in _HOLDING:
            open_now.append((parsed, node))
            inside, parent = parsed, node
    for _, node in open_now:
        node.last = len(nodes) - 1
    return nodes


def described(parsed: Any) -> tuple[str, str]:
    """Return the name and the text of a node of the parser."""
    kind = type(parsed).__name__
    if kind == "Element":
        return parsed.tag, ""
    if kind == "Text":
        return TEXT, parsed.data
    return _NAMES.get(kind, "#" + kind.lower()), getattr(parsed, "data", None) or ""


def children(nodes: Sequence[Node], node: Node) -> Iterator[Node]:
    """Yield the children of a node."""
    number = node.number + 1
    while number <= node.last:
        child = nodes[number]
        yield child
        number = child.last + 1


def _line_ends(source: str) -> Iterator[int]:
    r"""Yield the end of each line of a source, with its \n, \r\n or \r; quick where all line ends are equal."""
    returns = source.count("\r")
    if not returns or returns == source.count("\r\n") == source.count("\n"):
        end = "\r\n" if returns else "\n"
        return accumulate(len(line) + len(end) for line in source.split(end)[:-1])
    return (match.end() for match in _LINE_END.finditer(source))


class SourceLines:
    r"""The lines of a source, which end at \n, \r\n or \r."""

    def __init__(self, source: str) -> None:
        self._ends = list(_line_ends(source))

    def number(self, position: int) -> int:
        """Return the line of a position, counted from 1."""
        return bisect_right(self._ends, position) + 1

    def column(self, position: int) -> int:
        """Return the column of a position in code points, counted from 1."""
        line = bisect_right(self._ends, position)
        return position - (self._ends[line - 1] if line else 0) + 1


def ancestors_of(some: Iterable[Node]) -> set[int]:
    """Return the numbers of the ancestors of nodes."""
    found: set[int] = set()
    for node in some:
        for above in ancestors(node):
            if above.number in found:
                break
            found.add(above.number)
    return found


def ancestors(node: Node) -> Iterator[Node]:
    """Yield the ancestors of a node, the nearest first."""
    above = node.parent
    while above is not None:
        yield above
        above = above.parent
