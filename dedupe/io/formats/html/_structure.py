"""What the structure of a page says of paragraphs with the same words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from dedupe.io.formats.html._nodes import COMMENT, Node, children
from dedupe.io.formats.html.blocks import PICTURES, InlineText, TextBlock, text_blocks

HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())

LABEL = 4
"""Words up to which a paragraph may be a label."""

ITEM = 12
"""Paragraphs up to which an element is an item, and no column of a page."""

LEVELS = 8
"""Elements around a label that are looked at."""


def paragraphs(nodes: Sequence[Node]) -> list[TextBlock]:
    """Return the paragraphs of a page; what it shows again and what is the label of an item has a role of its own."""
    found = text_blocks(nodes)
    runs = sorted((run for stretch in found for run in stretch.runs), key=lambda run: run.texts[0].number)
    for before, run in pairwise(runs):
        if run.text != before.text or run.role != before.role:
            continue
        if (run.role == "caption" and _is_caption_again(nodes, before, run)) or (
            run.role == "heading" and _is_heading_again(nodes, before, run)
        ):
            run.role = "again"
    _Labels(nodes, runs).mark()
    return found


def _around(run: InlineText, names: frozenset[str]) -> Node | None:
    """Return the innermost element of these names that a paragraph is in."""
    above = run.texts[0].parent
    while above is not None and above.name not in names:
        above = above.parent
    return above


def _is_caption_again(nodes: Sequence[Node], before: InlineText, run: InlineText) -> bool:
    """Say whether both are captions of one figure with one picture."""
    figure = _around(run, frozenset(("figure",)))
    if figure is None or figure is not _around(before, frozenset(("figure",))):
        return False
    return sum(node.name in PICTURES for node in nodes[figure.number : figure.last + 1]) <= 1


def _is_heading_again(nodes: Sequence[Node], before: InlineText, run: InlineText) -> bool:
    """Say whether both are headings of one rank, side by side, with nothing between them."""
    first, second = _around(before, HEADINGS), _around(run, HEADINGS)
    if first is None or second is None or first.name != second.name or first.parent is not second.parent:
        return False
    return all(node.blank or node.name == COMMENT for node in nodes[first.last + 1 : second.number])


class _Labels:
    """Short paragraphs that stand in several items of one kind, each beside other texts: a name, a button, "Price"."""

    def __init__(self, nodes: Sequence[Node], runs: Sequence[InlineText]) -> None:
        self._nodes = nodes
        self._runs = runs
        self._first = [run.texts[0].number for run in runs]
        self._kinds: dict[int, Counter[tuple[object, ...]]] = {}

    def mark(self) -> None:
        """Let labels stay, each with its item."""
        times = Counter(run.text for run in self._runs)
        items: defaultdict[tuple[str, int], list[tuple[InlineText, frozenset[str]]]] = defaultdict(list)
        for run in self._runs:
            if times[run.text] > 1 and run.role in ("", "heading") and run.text.count(" ") < LABEL:
                item = self._item(run)
                if item is not None and item.parent is not None:
                    items[run.text, item.parent.number].append((run, self._texts(item)))
        for alike in items.values():
            times_whole = Counter(texts for _, texts in alike)
            beside = [*alike[1:2], *alike]  # the one before, for the first the one behind
            for (run, texts), (_, other) in zip(alike, beside, strict=False):
                differs = 2 * len(texts & other) <= max(len(texts), len(other))
                if len(alike) > 1 and differs and times_whole[texts] == 1:
                    run.role = "fixed"

    def _item(self, run: InlineText) -> Node | None:
        """Return the innermost element with other text in it that has siblings of its kind."""
        node = run.texts[0].parent
        for _ in range(LEVELS):
            if node is None or node.parent is None:
                return None
            if len(self._texts(node)) > 1 and self._alike(node) > 1:
                return node if self._size(node) <= ITEM else None
            node = node.parent
        return None

    def _texts(self, node: Node) -> frozenset[str]:
        """Return the texts of the first paragraphs of an element, one more than an item has at most."""
        first = bisect_left(self._first, node.number)
        return frozenset(run.text for run in self._runs[first : min(first + ITEM + 1, self._behind(node))])

    def _size(self, node: Node) -> int:
        return self._behind(node) - bisect_left(self._first, node.number)

    def _behind(self, node: Node) -> int:
        return bisect_right(self._first, node.last)

    def _alike(self, node: Node) -> int:
        """Return how many children of its parent have the name and the classes of an element."""
        parent = node.parent
        if parent is None:
            return 0
        if parent.number not in self._kinds:
            self._kinds[parent.number] = Counter(map(_kind, children(self._nodes, parent)))
        return self._kinds[parent.number][_kind(node)]


def _kind(node: Node) -> tuple[object, ...]:
    return (node.name, *(node.attributes.get("class") or ()))
