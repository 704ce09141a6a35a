"""Taking paragraphs out of the source of a page: whole nodes go, and what stays keeps every character."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from heapq import heapify, heappop, heappush

import regex

from dedupe.io.formats.html._nodes import COMMENT, TEXT, Node, ancestors, children
from dedupe.io.formats.html.blocks import BLOCKS, SILENT, InlineText, TextBlock
from dedupe.model import Span
from dedupe.text.removal import merged

INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q rb rp rt rtc ruby s samp small
    span strike strong sub sup time tt u var wbr""".split()
)
WRAPPERS = frozenset(
    """address article aside blockquote center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header
    hgroup li menu nav ol p search section ul""".split()
)
"""Blocks that go when all their text went. Tables, forms and the page's own frame stay."""

_NEXT = regex.compile(r"\s*+(?:<(/?)([A-Za-z][^\s/>]*+)|\Z)")
_SPACE_BEFORE = regex.compile(r"(?r)\s*+")
_SPACE_BEHIND = regex.compile(r"\s*+")


def cuts(
    source: str,
    nodes: Sequence[Node],
    found: Sequence[TextBlock],
    goes: Callable[[InlineText], bool],
    *,
    wrappers: bool,
    reopened: bool,
) -> set[int]:
    """Return the numbers of the nodes that go when these paragraphs do.

    An element goes when all the text in it went and nothing else worth keeping is in it; but one that parts texts which
    stay, or whose beginning ends another element, is only emptied. Without `wrappers` texts go alone. Markup that is
    opened again for a text is not when the text went (`reopened`); but some is opened again because of its end tag.
    """
    gone = {node.number for stretch in found for node in _going(stretch, goes) if wrappers or node.name == TEXT}
    if wrappers:
        _follow(nodes, gone, lambda node: _is_emptied(source, nodes, node, gone))
    gone -= _parting(nodes, gone)
    if reopened:
        _follow(nodes, gone, lambda node: node.again and all(one.number in gone for one in children(nodes, node)))
    return gone


def _follow(nodes: Sequence[Node], gone: set[int], follows: Callable[[Node], bool]) -> None:
    """Let elements follow a child that goes; the last comes first, so that each sees what became of those in it."""
    waiting = [-parent.number for number in gone if (parent := nodes[number].parent) is not None]
    heapify(waiting)
    seen = -1
    while waiting:
        number = -heappop(waiting)
        if number == seen or number in gone:
            continue
        seen = number
        node = nodes[number]
        if follows(node):
            gone.add(number)
            if node.parent is not None:
                heappush(waiting, -node.parent.number)


def spans(source: str, nodes: Sequence[Node], gone: Collection[int]) -> list[Span]:
    """Return the stretches of the source that nodes take with them, white space that would be left over included."""
    placed = [number for number in gone if nodes[number].start >= 0]
    pieces = merged((nodes[number].start, nodes[number].end) for number in _topmost(nodes, placed))
    joined: list[Span] = []
    for piece in pieces:
        if joined and not source[joined[-1].end : piece.start].strip():
            joined[-1] = Span(joined[-1].start, piece.end)
        else:
            joined.append(piece)
    return merged(_with_space(source, piece) for piece in joined)


def _going(stretch: TextBlock, goes: Callable[[InlineText], bool]) -> Iterator[Node]:
    """Yield the texts and line breaks that go: of the gaps around what goes, the one behind, else the one before."""
    going = [goes(run) for run in stretch.runs]
    for place, run in enumerate(stretch.runs):
        if going[place]:
            yield from run.texts
            yield from run.between
    last = len(going)
    for place, gap in enumerate(stretch.gaps):
        before = place > 0 and going[place - 1]
        behind = place < last and going[place]
        to_the_end = all(going[place:])
        if (before and not to_the_end) or (before and place == last) or (behind and to_the_end):
            breaks = [at for at, node in enumerate(gap) if node.name == "br"]
            if breaks:
                yield from gap[breaks[0] : breaks[-1] + 1]


def _is_emptied(source: str, nodes: Sequence[Node], node: Node, gone: Collection[int]) -> bool:
    """Say whether all that is worth keeping in an element went, and the element may follow."""
    if not node.sound or node.name not in INLINE | WRAPPERS:
        return False
    went = False
    for child in children(nodes, node):
        if child.number in gone:
            went = went or child.name != "br"
        elif not (child.blank or child.name in (COMMENT, "br", "wbr", "hr") or _is_idle(nodes, child)):
            return False
    return went and (node.start >= 0 or node.name in INLINE) and not _holds_open(source, nodes, node)


def _is_idle(nodes: Sequence[Node], node: Node) -> bool:
    """Say whether a node is inline markup around nothing."""
    return all(one.name in INLINE or one.blank or one.name == COMMENT for one in nodes[node.number : node.last + 1])


def _holds_open(source: str, nodes: Sequence[Node], node: Node) -> bool:
    """Say whether the beginning of an element ends the one before it, and nothing behind would do so in its stead."""
    parent = node.parent
    if parent is None:
        return True
    before = nodes[node.number - 1]
    while before is not parent and before.parent is not parent and before.parent is not None:
        before = before.parent
    if before is parent or before.end != node.start or before.closed or before.name in INLINE:
        return False
    behind = _NEXT.match(source, node.end)
    if behind is None or behind[2] is None:
        return behind is None
    return (behind[2].lower() == "p") if behind[1] else (behind[2].lower() != node.name)


def _parting(nodes: Sequence[Node], gone: Collection[int]) -> set[int]:
    """Return the blocks among these without which texts that stay would run together."""
    containers = {}
    for number in _topmost(nodes, gone):
        if nodes[number].name in BLOCKS:
            around = next(one for one in ancestors(nodes[number]) if one.name in BLOCKS or one.parent is None)
            containers[around.number] = around
    return {number for around in containers.values() for number in _parting_in(nodes, around, gone)}


def _parting_in(nodes: Sequence[Node], around: Node, gone: Collection[int]) -> Iterator[int]:
    """Yield the blocks that go between texts that stay of one stretch, of all directly in a block."""
    text = False  # whether text that stays stands before, in the same stretch
    lost: Node | None = None
    at = around.number + 1
    while at <= around.last:
        node = nodes[at]
        at += 1
        if node.number in gone:
            at = node.last + 1
            if node.name in BLOCKS and text:
                lost = node
        elif node.name in BLOCKS:
            at = node.last + 1
            text, lost = False, None
        elif node.name in SILENT:
            at = node.last + 1
        elif node.name == TEXT and not node.blank:
            if lost is not None:
                yield lost.number
            text, lost = True, None


def _topmost(nodes: Sequence[Node], gone: Collection[int]) -> Iterator[int]:
    """Yield the numbers of the nodes among these that are in none of them."""
    last = -1
    for number in sorted(gone):
        if number > last:
            yield number
            last = nodes[number].last


def _with_space(source: str, piece: Span) -> tuple[int, int]:
    """Return a stretch with the white space on one side of it, the smaller one, so that no blank line is left over."""
    start = _SPACE_BEFORE.search(source, 0, piece.start).start()  # type: ignore[union-attr]  # matches always
    end = _SPACE_BEHIND.match(source, piece.end).end()  # type: ignore[union-attr]  # matches always
    before, behind = source[start : piece.start], source[piece.end : end]
    breaks = before.count("\n") or before.count("\r"), behind.count("\n") or behind.count("\r")
    if breaks == (0, 0):
        return piece.start, end if before else piece.end
    if not breaks[0] or not breaks[1]:
        return piece.start, piece.end
    if breaks[1] <= breaks[0]:
        return start, piece.end
    return piece.start, piece.end + max(behind.rfind("\n"), behind.rfind("\r")) + 1
