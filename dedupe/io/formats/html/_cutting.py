"""Cut paragraphs out of the source of a page as whole nodes, and check that the tree of what stays is the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import regex

from dedupe.io.formats.html._blocks import BLOCKS, HtmlPage, InlineText, TextBlock
from dedupe.io.formats.html._nodes import (
    COMMENT,
    FRAGMENT,
    SILENT,
    TEXT,
    Node,
    ancestors,
    ancestors_of,
    children,
    described,
    is_blank,
    read_nodes,
)
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
"""Blocks that are removed when all their text is. Tables, forms and the frame of the page stay."""

_NEXT_TAG = regex.compile(r"\s*+(?:<(/?)([A-Za-z][^\s/>]*+)|\Z)")
_SPACE_BEFORE = regex.compile(r"(?r)\s*+")
_SPACE_BEHIND = regex.compile(r"\s*+")


def cuts(page: HtmlPage, is_removed: Callable[[InlineText], bool], *, wrappers: bool, reopened: bool) -> set[int]:
    """Return the numbers of the nodes to remove with these paragraphs.

    An element is removed when all text in it is and nothing else worth keeping is in it. One that separates texts that
    stay, or whose start tag closes another element, is only emptied. Without `wrappers` only texts are removed. With
    `reopened`, so is markup that the parser opened again for a text; some of it would be opened again by its end tag.
    """
    source, nodes = page.source, page.nodes
    removed = {
        node.number
        for text_block in page.text_blocks
        for node in _removed_nodes(text_block, is_removed)
        if wrappers or node.name == TEXT
    }
    if wrappers:
        _extend_to_parents(nodes, removed, lambda node: _is_emptied(source, nodes, node, removed))
    removed -= _separating(nodes, removed)
    if reopened:
        _extend_to_parents(
            nodes, removed, lambda node: node.reopened and all(one.number in removed for one in children(nodes, node))
        )
    return removed


def _extend_to_parents(nodes: Sequence[Node], removed: set[int], is_removed_too: Callable[[Node], bool]) -> None:
    """Add parents of removed nodes to them, the last in the page first, so that children come before parents."""
    queue = [-parent.number for number in removed if (parent := nodes[number].parent) is not None]
    heapify(queue)
    last_seen = -1
    while queue:
        number = -heappop(queue)
        if number == last_seen or number in removed:
            continue
        last_seen = number
        node = nodes[number]
        if is_removed_too(node):
            removed.add(number)
            if node.parent is not None:
                heappush(queue, -node.parent.number)


def spans(source: str, nodes: Sequence[Node], removed: Collection[int]) -> list[Span]:
    """Return the spans of the source to cut for these nodes, with white space that would be left over."""
    in_source = [number for number in removed if nodes[number].start >= 0]
    outermost = merged((nodes[number].start, nodes[number].end) for number in _outermost(nodes, in_source))
    joined: list[Span] = []
    for span in outermost:
        if joined and not source[joined[-1].end : span.start].strip():
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return merged(_with_space(source, span) for span in joined)


def _removed_nodes(text_block: TextBlock, is_removed: Callable[[InlineText], bool]) -> Iterator[Node]:
    """Yield the texts and line breaks to remove: the gap behind a paragraph, else that before it."""
    are_removed = [is_removed(run) for run in text_block.runs]
    for number, run in enumerate(text_block.runs):
        if are_removed[number]:
            yield from run.texts
            yield from run.between
    for number, gap in enumerate(text_block.gaps):
        before = number > 0 and are_removed[number - 1]
        behind = number < len(are_removed) and are_removed[number]
        to_the_end = all(are_removed[number:])
        if (before and not to_the_end) or (before and number == len(are_removed)) or (behind and to_the_end):
            breaks = [position for position, node in enumerate(gap) if node.name == "br"]
            if breaks:
                yield from gap[breaks[0] : breaks[-1] + 1]


def _is_emptied(source: str, nodes: Sequence[Node], node: Node, removed: Collection[int]) -> bool:
    """Say whether an element holds nothing worth keeping any more, and may be removed, too."""
    if not node.sound or node.name not in INLINE | WRAPPERS:
        return False
    has_removed = False
    for child in children(nodes, node):
        if child.number in removed:
            has_removed = has_removed or child.name != "br"
        elif not (child.blank or child.name in (COMMENT, "br", "wbr", "hr") or _is_idle(nodes, child)):
            return False
    return has_removed and (node.start >= 0 or node.name in INLINE) and not _holds_open(source, nodes, node)


def _is_idle(nodes: Sequence[Node], node: Node) -> bool:
    """Say whether a node is inline markup without text."""
    return all(one.name in INLINE or one.blank or one.name == COMMENT for one in nodes[node.number : node.last + 1])


def _holds_open(source: str, nodes: Sequence[Node], node: Node) -> bool:
    """Say whether the start tag of an element closes the one before it, and no tag behind would do so instead."""
    parent = node.parent
    if parent is None:
        return True
    before = nodes[node.number - 1]
    while before is not parent and before.parent is not parent and before.parent is not None:
        before = before.parent
    if before is parent or before.end != node.start or before.closed or before.name in INLINE:
        return False
    behind = _NEXT_TAG.match(source, node.end)
    if behind is None or behind[2] is None:
        return behind is None
    return (behind[2].lower() == "p") if behind[1] else (behind[2].lower() != node.name)


def _separating(nodes: Sequence[Node], removed: Collection[int]) -> set[int]:
    """Return the removed blocks without which texts that stay would run together."""
    containers = {}
    for number in _outermost(nodes, removed):
        if nodes[number].name in BLOCKS:
            around = next(one for one in ancestors(nodes[number]) if one.name in BLOCKS or one.parent is None)
            containers[around.number] = around
    return {number for around in containers.values() for number in _separating_in(nodes, around, removed)}


def _separating_in(nodes: Sequence[Node], around: Node, removed: Collection[int]) -> Iterator[int]:
    """Yield the removed blocks directly in a block between two texts of one paragraph that stay."""
    text = False  # whether text that stays is before this node, in the same paragraph
    separator: Node | None = None
    position = around.number + 1
    while position <= around.last:
        node = nodes[position]
        position += 1
        if node.number in removed:
            position = node.last + 1
            if node.name in BLOCKS and text:
                separator = node
        elif node.name in BLOCKS:
            position = node.last + 1
            text, separator = False, None
        elif node.name in SILENT:
            position = node.last + 1
        elif node.name == TEXT and not node.blank:
            if separator is not None:
                yield separator.number
            text, separator = True, None


def _outermost(nodes: Sequence[Node], removed: Collection[int]) -> Iterator[int]:
    """Yield the numbers of those nodes that are in none of the others."""
    last = -1
    for number in sorted(removed):
        if number > last:
            yield number
            last = nodes[number].last


def _with_space(source: str, span: Span) -> tuple[int, int]:
    """Return a span with the white space on one side of it, the smaller one, so that no blank line is left over."""
    start = _SPACE_BEFORE.search(source, 0, span.start).start()  # type: ignore[union-attr]  # matches always
    end = _SPACE_BEHIND.match(source, span.end).end()  # type: ignore[union-attr]  # matches always
    before, behind = source[start : span.start], source[span.end : end]
    breaks = before.count("\n") or before.count("\r"), behind.count("\n") or behind.count("\r")
    if breaks == (0, 0):
        return span.start, end if before else span.end
    if not breaks[0] or not breaks[1]:
        return span.start, span.end
    if breaks[1] <= breaks[0]:
        return start, span.end
    return span.start, span.end + max(behind.rfind("\n"), behind.rfind("\r")) + 1


def is_rest(nodes: Sequence[Node], removed: Collection[int], remaining_page: Any) -> bool:
    """Say whether a page, as the parser read it, is the old one without the removed nodes."""
    return _is_same(nodes, removed, remaining_page) or skeleton(nodes, removed) == skeleton(read_nodes(remaining_page))


def _is_same(nodes: Sequence[Node], removed: Collection[int], remaining_page: Any) -> bool:
    """Say whether two trees are equal when texts around a removed node are not joined; this is quick.

    The parser compares elements in which nothing is removed; those it finds unequal may differ in
    blank texts only.
    """
    changed = ancestors_of(nodes[number] for number in removed)
    pairs = [(nodes[0], remaining_page, True)]
    while pairs:
        node, other, may_equal = pairs.pop()
        kept = [one for one in children(nodes, node) if not one.blank and one.number not in removed]
        other_children = [one for one in other.children if not _is_blank_text(one)]
        if len(kept) != len(other_children):
            return False
        for child, parsed in zip(kept, other_children, strict=True):
            if child.element is None:
                if (child.name, child.text) != described(parsed):
                    return False
            elif may_equal and child.number not in changed and child.element.equals(parsed):
                continue
            elif child.name != described(parsed)[0] or child.element.attrs != parsed.attrs:
                return False
            if child.element is not None or child.name == FRAGMENT:
                pairs.append((child, parsed, may_equal and child.number in changed))
    return True


def _is_blank_text(parsed: Any) -> bool:
    """Say whether a node of the parser is blank text."""
    return type(parsed).__name__ == "Text" and is_blank(parsed.data)


def skeleton(nodes: Sequence[Node], removed: Collection[int] = ()) -> list[tuple[str, object]]:
    """Return the starts, ends and texts of a tree without some of its nodes: trees that agree in these are equal.

    Adjacent texts are joined, white space is normalized, and blank texts are left out.
    """
    events: list[tuple[str, object]] = []
    pieces: list[str] = []
    open_nodes: list[Node] = []

    def end_text() -> None:
        text = " ".join("".join(pieces).split())
        pieces.clear()
        if text and not is_blank(text):
            events.append((TEXT, text))

    at = 0
    while at < len(nodes):
        node = nodes[at]
        while open_nodes and open_nodes[-1].last < node.number:
            if pieces:
                end_text()
            events.append(("", open_nodes.pop().name))
        at += 1
        if node.number in removed:
            at = node.last + 1
        elif node.name == TEXT:
            pieces.append(node.text)
        else:
            if pieces:
                end_text()
            events.append((node.name, node.text or (node.attributes and node.attributes.copy())))
            open_nodes.append(node)
    end_text()
    events.extend(("", open_node.name) for open_node in reversed(open_nodes))
    return events
