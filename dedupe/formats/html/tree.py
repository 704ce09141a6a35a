"""The tree of a page as browsers build it, each node with the stretch of the source that it comes from.

The tree, and where in the source each node begins, is justhtml's; where a node ends is found here, from the end tags
that stand between the beginnings. What the tree has elsewhere than the source (text moved out of a table, markup that
is opened again in another paragraph) is marked as not sound: it has no stretch of its own.
"""

from __future__ import annotations

import html
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import regex

from dedupe.errors import MissingExtraError

TEXT, COMMENT = "#text", "#comment"
VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr".split()
)
RAW = frozenset("iframe noembed noframes noscript plaintext script style textarea title xmp".split())
"""Elements in which only their own end tag is markup."""

SPECIAL = VOID | frozenset(
    """address applet article aside blockquote body button caption center colgroup dd details dir div dl dt fieldset
    figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup html iframe li listing main marquee
    menu nav noembed noframes noscript object ol p plaintext pre script search section select style summary table
    tbody td template textarea tfoot th thead title tr ul xmp""".split()
)
"""Elements that the end tag of another does not reach through (HTML standard, 13.2.4.2)."""

FRAME = frozenset(("html", "head", "body"))
"""Elements that are there in any case; a second tag of theirs, anywhere, only adds attributes to the first."""

_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_SCOPES = frozenset("applet caption html marquee object table td template th svg math foreignObject".split())
_THROUGH_SCOPES = frozenset("body caption html table tbody td template tfoot th thead tr svg math".split())
_TOKEN = regex.compile(
    r"""<!--(?:>|->|.*?(?:--!?>|\Z))                            # a comment
    | <(?P<close>/?)(?P<name>[A-Za-z][^\t\n\f\r\ />]*+)         # a tag; its attributes; quotes count only behind "="
      (?: [\t\n\f\r\ /]++
        | [^\t\n\f\r\ />][^\t\n\f\r\ />=]*+
          (?:[\t\n\f\r\ ]*+=[\t\n\f\r\ ]*+(?:"[^"]*+"|'[^']*+'|[^"'\t\n\f\r\ >][^\t\n\f\r\ >]*+)?+)?+
      )*+ (?:>|\Z)
    | <[!?/][^>]*+(?:>|\Z)                                      # a declaration, or what is read as a comment""",
    regex.VERBOSE | regex.DOTALL,
)
_LONE = regex.compile(r"<(?![A-Za-z/!?])")
STAND_IN = "\ufdd0"
"""What stands for a "<" that begins no markup where there are many: the parser takes quadratic time over these."""

MANY = 50_000
"""So many of them are no page."""

_BLANK = regex.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u00ad\0]*+")
REOPENED = 8
"""More openings than this for each node, and the source is too tangled to be cut: the work stays linear."""


class Node:
    """A node; `number` and `last` are its place in document order and that of its last descendant.

    `start` to `end` is its stretch of the source, -1 without one of its own; `sound` says that all of it, and nothing
    else, stands there; `closed` that it ends with its own tag, and not because something else begins or ends;
    `again` that it is markup opened a second time.
    """

    __slots__ = (
        "again",
        "attributes",
        "children",
        "closed",
        "end",
        "last",
        "name",
        "number",
        "parent",
        "sound",
        "start",
        "text",
    )

    def __init__(self, name: str, number: int, parent: Node | None, start: int) -> None:
        self.name = name
        self.number = self.last = number
        self.parent = parent
        self.start = start
        self.end = -1
        self.sound = True
        self.again = False
        self.closed = name in VOID or name.startswith("#")
        self.text = ""
        self.attributes: Mapping[str, str | None] = {}
        self.children: list[Node] = []

    @property
    def blank(self) -> bool:
        """Whether this is text that shows nothing."""
        return self.name == TEXT and is_blank(self.text)


def is_blank(text: str) -> bool:
    """Say whether a text shows nothing: white space, joiners, what HTML ignores."""
    return _BLANK.fullmatch(text) is not None


def parse(source: str) -> list[Node]:
    """Return the nodes of a page in document order, the document first; linear in the length of the source."""
    nodes = _read(source)
    _locate(source, nodes)
    _anchor(nodes)
    for node in reversed(nodes):
        if not node.sound and node.parent is not None and node.name != TEXT:
            node.parent.sound = False
    return nodes


def _read(source: str) -> list[Node]:
    try:
        from justhtml import JustHTML  # an extra; 60 ms
    except ImportError:
        raise MissingExtraError("justhtml", "html") from None
    shift = int(source.startswith("\ufeff"))  # a second byte order mark, which it leaves out
    given_source = source
    if source.count("<") > MANY and STAND_IN not in source:
        given_source = _LONE.sub(STAND_IN, source)
    root: Any = JustHTML(given_source, sanitize=False, track_node_locations=True).root
    nodes: list[Node] = []
    waiting: list[tuple[Any, Node | None]] = [(root, None)]
    while waiting:
        given, parent = waiting.pop()
        start = given.origin_offset
        node = Node(given.name, len(nodes), parent, -1 if start is None else start + shift)
        nodes.append(node)
        if parent is not None:
            parent.children.append(node)
        if node.name.startswith("#"):
            node.text = given.data.replace(STAND_IN, "<") if isinstance(given.data, str) else ""
        else:
            node.attributes = given.attrs or {}
        inside = list(given.children or ())
        content = getattr(given, "template_content", None)
        if content is not None:
            inside.append(content)
        waiting.extend((child, node) for child in reversed(inside))
    for node in reversed(nodes):
        if node.parent is not None:
            node.parent.last = max(node.parent.last, node.last)
    return nodes


def _locate(source: str, nodes: Sequence[Node]) -> None:
    """Find where nodes end: between two beginnings stand the end tags of what the first is in and the second not."""
    located = _in_order_of_source(nodes)
    open_now: list[Node] = []
    left = REOPENED * len(nodes) + 1000
    ended = False  # behind the end tag of the body, which what follows opens again
    for at, node in enumerate(located):
        if ended and not node.blank and node.name != COMMENT:
            node.sound = ended = False
        path = []
        above = node.parent
        while above is not None and above.parent is not None and not (open_now and open_now[-1] is above):
            path.append(above)
            above = above.parent
        for one in reversed(path):
            if one.name not in FRAME:
                one.sound = one.sound and one.start < 0 and one.end < 0  # open for the first time, and by no tag
            open_now.append(one)
        open_now.append(node)
        left -= len(path)
        if left < 0:
            for one in nodes:
                one.sound = False
            return
        then = located[at + 1] if at + 1 < len(located) else None
        gone: list[Node] = []
        while open_now and (then is None or not open_now[-1].number <= then.number <= open_now[-1].last):
            gone.append(open_now.pop())
        ended = _close(source, node, gone, len(source) if then is None else then.start) or ended


def _anchor(nodes: Sequence[Node]) -> None:
    """Mark what a body without a tag begins with as not sound: without it, what is next may not begin a body."""
    body = next((node for node in nodes if node.name == "body"), None)
    if body is None or body.start >= 0:
        return
    first = next((child for child in body.children if not child.blank and child.name != COMMENT), None)
    if first is not None:
        first.sound = False


def _in_order_of_source(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes that begin somewhere, in that order; a second one at a place is markup that was opened again."""
    found: dict[int, Node] = {}
    for node in nodes:
        if (
            node.start < 0
            or node.name in FRAME
            or (node.name == COMMENT and node.parent and node.parent.name in ("html", "#document"))
        ):
            continue
        if node.start in found:
            node.sound = found[node.start].sound = False
            node.start, node.again = -1, True
        else:
            found[node.start] = node
    return [found[start] for start in sorted(found)]


def _close(source: str, node: Node, gone: Sequence[Node], stop: int) -> bool:
    """Set the ends of what closes between a node's beginning and `stop`; `gone`: innermost first.

    Say whether the end tag of the body or the page is among what stands there.
    """
    ended = False
    at = node.start
    pieces: list[tuple[int, int]] = []
    if node.name == TEXT:
        parent = node.parent
        if parent is not None and parent.name in RAW:
            ending = regex.compile(rf"</{parent.name}(?=[\s/>])", regex.IGNORECASE).search(source, at, stop)
            pieces.append((at, ending.start() if ending else stop))
            at = pieces[0][1]
    elif (match := _TOKEN.match(source, at, stop)) is not None:
        at = match.end()
        if node.name in VOID:
            node.end = at
    closed = next((place for place, one in enumerate(gone) if one.name not in VOID and not _is_leaf(one)), len(gone))
    for match in _TOKEN.finditer(source, at, stop):
        if at < match.start():
            pieces.append((at, match.start()))
        at = match.end()
        if match["close"]:
            name = match["name"].lower()
            ended = ended or name in FRAME
            found = _closed_by(name, gone, closed)
            for one in gone[closed:found]:
                one.end = match.start()
            if found < len(gone):
                gone[found].end, gone[found].closed = match.end(), True
                closed = found + 1
    if at < stop:
        pieces.append((at, stop))
    for one in gone[closed:]:
        one.end = stop
    if node.name == TEXT:
        _measure(source, node, pieces)
    return ended


def _is_leaf(node: Node) -> bool:
    return node.name.startswith("#")


def _closed_by(name: str, gone: Sequence[Node], first: int) -> int:
    """Return the place of the element that an end tag of this name closes, or one past the last if it closes none."""
    for place in range(first, len(gone)):
        other = gone[place].name
        if other.lower() == name or (name in _HEADINGS and other in _HEADINGS):
            return place
        if other in SPECIAL and name not in SPECIAL:
            return len(gone)
        if other in _SCOPES and name not in _THROUGH_SCOPES:
            return len(gone)
    return len(gone)


def _measure(source: str, node: Node, pieces: Sequence[tuple[int, int]]) -> None:
    """Set where the shown part of a text begins and ends; it is sound when it says what the tree says."""
    shown = [(a, b) for a, b in pieces if not is_blank(source[a:b])]
    if not shown:
        node.sound = node.sound and node.blank
        node.end = pieces[0][1] if pieces else node.start
        return
    said = "".join(source[a:b] for a, b in shown)
    node.sound = node.sound and _characters(said, node.text)
    start, end = shown[0][0], shown[-1][1]
    while source[start].isspace() or source[start] == "\0":
        start += 1
    while source[end - 1].isspace() or source[end - 1] == "\0":
        end -= 1
    node.start, node.end = start, end


def _characters(raw: str, text: str) -> bool:
    """Say whether source and text have the same characters that are shown."""
    raw, text = raw.strip(), text.strip()
    return raw == text or "".join(html.unescape(raw).replace("\0", "").split()) == "".join(text.split())


class Lines:
    r"""The lines of a source, which end at \n, \r\n or \r."""

    def __init__(self, source: str) -> None:
        self._ends = [match.end() for match in regex.finditer(r"\r\n|\n|\r", source)]

    def number(self, place: int) -> int:
        """Return the number of the line a place stands in, counted from 1."""
        return bisect_right(self._ends, place) + 1

    def column(self, place: int) -> int:
        """Return the number of the column a place stands in, in code points, counted from 1."""
        line = bisect_right(self._ends, place)
        return place - (self._ends[line - 1] if line else 0) + 1


def ancestors(node: Node) -> Iterator[Node]:
    """Yield what a node is in, from the inside."""
    above = node.parent
    while above is not None:
        yield above
        above = above.parent
