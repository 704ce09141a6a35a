"""Roles of paragraphs with equal text, by the structure of the page: shown again, or labels of items."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from dedupe.io.formats.html._blocks import PICTURES, InlineText, TextBlock, text_blocks
from dedupe.io.formats.html._nodes import COMMENT, Node, ancestors, children

HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())

LABEL_WORDS = 4
"""Most words of a label."""

ITEM_PARAGRAPHS = 12
"""Most paragraphs of an item; a larger element may be a column of the page."""

LABEL_ANCESTORS = 8
"""Ancestors of a label among which its item is looked for."""


def paragraphs(nodes: Sequence[Node]) -> list[TextBlock]:
    """Return the paragraphs of a page; those shown again and labels of items have a role of their own."""
    blocks = text_blocks(nodes)
    runs = sorted((run for block in blocks for run in block.runs), key=lambda run: run.texts[0].number)
    for before, run in pairwise(runs):
        if run.text != before.text or run.role != before.role:
            continue
        if (run.role == "caption" and _is_caption_again(nodes, before, run)) or (
            run.role == "heading" and _is_heading_again(nodes, before, run)
        ):
            run.role = "again"
    _Labels(nodes, runs).mark()
    return blocks


def _ancestor_named(run: InlineText, names: frozenset[str]) -> Node | None:
    """Return the nearest ancestor of a paragraph with one of these names."""
    return next((above for above in ancestors(run.texts[0]) if above.name in names), None)


def _is_caption_again(nodes: Sequence[Node], before: InlineText, run: InlineText) -> bool:
    """Say whether two captions belong to one figure with one picture."""
    figure = _ancestor_named(run, frozenset(("figure",)))
    if figure is None or figure is not _ancestor_named(before, frozenset(("figure",))):
        return False
    return sum(node.name in PICTURES for node in nodes[figure.number : figure.last + 1]) <= 1


def _is_heading_again(nodes: Sequence[Node], before: InlineText, run: InlineText) -> bool:
    """Say whether two headings have one rank and are siblings with nothing between them."""
    first, second = _ancestor_named(before, HEADINGS), _ancestor_named(run, HEADINGS)
    if first is None or second is None or first.name != second.name or first.parent is not second.parent:
        return False
    return all(node.blank or node.name == COMMENT for node in nodes[first.last + 1 : second.number])


class _Labels:
    """Short paragraphs that are in several items of one kind beside different texts: a name, a button, "Price"."""

    def __init__(self, nodes: Sequence[Node], runs: Sequence[InlineText]) -> None:
        self._nodes = nodes
        self._runs = runs
        self._starts = [run.texts[0].number for run in runs]
        self._kinds: dict[int, Counter[tuple[object, ...]]] = {}

    def mark(self) -> None:
        """Give labels the role `fixed`: each stays with its item."""
        counts = Counter(run.text for run in self._runs)
        items: defaultdict[tuple[str, int], list[tuple[InlineText, frozenset[str]]]] = defaultdict(list)
        for run in self._runs:
            if counts[run.text] > 1 and run.role in ("", "heading") and run.text.count(" ") < LABEL_WORDS:
                item = self._item(run)
                if item is not None and item.parent is not None:
                    items[run.text, item.parent.number].append((run, self._texts(item)))
        for occurrences in items.values():
            counts_of_texts = Counter(texts for _, texts in occurrences)
            neighbours = [*occurrences[1:2], *occurrences]  # the item before each; for the first the one after it
            for (run, texts), (_, neighbour_texts) in zip(occurrences, neighbours, strict=False):
                differs = 2 * len(texts & neighbour_texts) <= max(len(texts), len(neighbour_texts))
                if len(occurrences) > 1 and differs and counts_of_texts[texts] == 1:
                    run.role = "fixed"

    def _item(self, run: InlineText) -> Node | None:
        """Return the nearest ancestor that holds other texts, too, and has siblings of its kind."""
        node = run.texts[0].parent
        for _ in range(LABEL_ANCESTORS):
            if node is None or node.parent is None:
                return None
            if len(self._texts(node)) > 1 and self._siblings_alike(node) > 1:
                return node if self._size(node) <= ITEM_PARAGRAPHS else None
            node = node.parent
        return None

    def _texts(self, node: Node) -> frozenset[str]:
        """Return the texts of the first paragraphs of an element, at most one more than an item has."""
        first = bisect_left(self._starts, node.number)
        return frozenset(run.text for run in self._runs[first : min(first + ITEM_PARAGRAPHS + 1, self._end(node))])

    def _size(self, node: Node) -> int:
        return self._end(node) - bisect_left(self._starts, node.number)

    def _end(self, node: Node) -> int:
        return bisect_right(self._starts, node.last)

    def _siblings_alike(self, node: Node) -> int:
        """Return how many siblings, the element included, have its name and classes."""
        parent = node.parent
        if parent is None:
            return 0
        if parent.number not in self._kinds:
            self._kinds[parent.number] = Counter(map(_kind, children(self._nodes, parent)))
        return self._kinds[parent.number][_kind(node)]


def _kind(node: Node) -> tuple[object, ...]:
    return (node.name, *(node.attributes.get("class") or ()))
