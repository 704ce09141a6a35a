"""Compare the trees of a page before and after nodes are removed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from dedupe.io.formats.html._nodes import FRAGMENT, TEXT, Node, ancestors, children, described, is_blank, read_nodes


def is_rest(nodes: Sequence[Node], removed: Collection[int], remaining_page: Any) -> bool:
    """Say whether a page, as the parser read it, is the old one without the removed nodes."""
    return _is_same(nodes, removed, remaining_page) or skeleton(nodes, removed) == skeleton(read_nodes(remaining_page))


def _is_same(nodes: Sequence[Node], removed: Collection[int], remaining_page: Any) -> bool:
    """Say whether two trees are equal when texts around a removed node are not joined; this is quick.

    The parser compares elements in which nothing is removed; those it finds unequal may differ in
    blank texts only.
    """
    changed = _ancestors_of(nodes, removed)
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


def _ancestors_of(nodes: Sequence[Node], removed: Collection[int]) -> set[int]:
    """Return the numbers of the nodes in which something is removed."""
    found: set[int] = set()
    for number in removed:
        for above in ancestors(nodes[number]):
            if above.number in found:
                break
            found.add(above.number)
    return found


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
