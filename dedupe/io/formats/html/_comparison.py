"""Whether a page is another one without some of its nodes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from dedupe.io.formats.html._nodes import FRAGMENT, TEXT, Node, ancestors, children, described, is_blank, read_nodes


def is_rest(nodes: Sequence[Node], gone: Collection[int], left: Any) -> bool:
    """Say whether a page, as the parser read it, is another one without some of its nodes."""
    return _is_same(nodes, gone, left) or skeleton(nodes, gone) == skeleton(read_nodes(left))


def _is_same(nodes: Sequence[Node], gone: Collection[int], left: Any) -> bool:
    """Say whether two trees have one skeleton without texts beside what went being joined; quickly where nothing went.

    The parser compares elements in which nothing went; one that it finds unequal may still be so but for blank texts.
    """
    changed = _holding(nodes, gone)
    pairs = [(nodes[0], left, True)]
    while pairs:
        node, other, may_equal = pairs.pop()
        mine = [one for one in children(nodes, node) if not one.blank and one.number not in gone]
        others = [one for one in other.children if not _is_blank_text(one)]
        if len(mine) != len(others):
            return False
        for child, given in zip(mine, others, strict=True):
            if child.given is None:
                if (child.name, child.text) != described(given):
                    return False
            elif may_equal and child.number not in changed and child.given.equals(given):
                continue
            elif child.name != described(given)[0] or child.given.attrs != given.attrs:
                return False
            if child.given is not None or child.name == FRAGMENT:
                pairs.append((child, given, may_equal and child.number in changed))
    return True


def _is_blank_text(given: Any) -> bool:
    """Say whether a node of the parser is text that shows nothing."""
    return type(given).__name__ == "Text" and is_blank(given.data)


def _holding(nodes: Sequence[Node], gone: Collection[int]) -> set[int]:
    """Return the numbers of the nodes in which something goes."""
    found: set[int] = set()
    for number in gone:
        for above in ancestors(nodes[number]):
            if above.number in found:
                break
            found.add(above.number)
    return found


def skeleton(nodes: Sequence[Node], gone: Collection[int] = ()) -> list[tuple[str, object]]:
    """Return a tree without some of its nodes as a row of beginnings, ends, texts: what two trees are compared by.

    Adjacent texts are one, white space is folded, and text of nothing else is left out.
    """
    row: list[tuple[str, object]] = []
    words: list[str] = []
    edges: list[Node] = []

    def settle() -> None:
        said = " ".join("".join(words).split())
        words.clear()
        if said and not is_blank(said):
            row.append((TEXT, said))

    at = 0
    while at < len(nodes):
        node = nodes[at]
        while edges and edges[-1].last < node.number:
            if words:
                settle()
            row.append(("", edges.pop().name))
        at += 1
        if node.number in gone:
            at = node.last + 1
        elif node.name == TEXT:
            words.append(node.text)
        else:
            if words:
                settle()
            row.append((node.name, node.text or (node.attributes and node.attributes.copy())))
            edges.append(node)
    settle()
    row.extend(("", edge.name) for edge in reversed(edges))
    return row
