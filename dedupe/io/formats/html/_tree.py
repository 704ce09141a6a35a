"""The tree of a page as browsers build it, each node with its span in the source.

The tree and the positions of the tags of elements are turbohtml's. Between two successive tags of the source are text,
comments and tags without effect. A text of the tree is located behind the tag that precedes it in the tree, if both
have the same characters. A node that the tree has elsewhere than the source (text moved out of a table, markup that is
opened again in another paragraph) is not sound: it has no span of its own.
"""

from __future__ import annotations

import gc
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

import numpy as np
import regex

from dedupe._arrays import Ints
from dedupe.io.formats.html._nodes import COMMENT, RAW, TEXT, Node, children, is_blank, read_nodes, read_page
from dedupe.io.formats.html._tags import (
    EDGES,
    TOKEN,
    Piece,
    Tags,
    ends_frame,
    groups_between_comments,
    shown_characters,
    shows_same,
    text_pieces,
)


class _Pauses:
    """How many pauses are open, and whether the collector was enabled before the first."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.number = 0
        self.was_enabled = False


_PAUSES = _Pauses()


@contextmanager
def paused() -> Iterator[None]:
    """Pause the garbage collector for a bounded piece of work; after the last of several pauses it is as before.

    It would visit all nodes of a growing tree again and again, a fifth of the time. The process has one collector, so
    the garbage of other threads waits, too.
    """
    with _PAUSES.lock:
        if not _PAUSES.number:
            _PAUSES.was_enabled = gc.isenabled()
            gc.disable()
        _PAUSES.number += 1
    try:
        yield
    finally:
        with _PAUSES.lock:
            _PAUSES.number -= 1
            if not _PAUSES.number and _PAUSES.was_enabled:
                gc.enable()


_FRAME_END = regex.compile(r"</(?:body|head|html)(?=[\s/>])", regex.IGNORECASE)

KEY_CHARACTERS = 64
"""Characters by which a text that the parser moved is found."""


def parse(source: str) -> list[Node]:
    """Return the nodes of a page in document order with their spans, the document first; takes linear time."""
    with paused():
        nodes = read_nodes(read_page(source, located=True))
        _TagPositions(source, Tags(source, nodes)).find()
    _mark_start_of_body(nodes)
    for node in reversed(nodes):
        if not node.sound and node.parent is not None and node.name != TEXT:
            node.parent.sound = False
    return nodes


class _TagPositions:
    """The tags of a page in their order in the source, and the positions of its nodes.

    `stops`: for each tag the start of the next one in the source.
    """

    def __init__(self, source: str, tags: Tags) -> None:
        self.source = source
        self.tags = tags
        self.begins, self.ends, self.open, self.texts = tags.begins, tags.ends, tags.open, tags.texts
        count = len(self.begins)
        self.is_ordered = all(map(int.__le__, self.ends, self.begins[1:]))
        self.order: Sequence[int] = range(count)
        self.stops = [*self.begins[1:], len(source)]
        if not self.is_ordered:
            self.order = sorted(self.order, key=self.begins.__getitem__)
            for here, there in zip(self.order, [*self.order[1:], -1], strict=True):
                self.stops[here] = len(source) if there < 0 else self.begins[there]

    def find(self) -> None:
        """Set the spans of all nodes, and whether they are sound."""
        misplaced: list[Node] = []
        for tag, texts in self.texts.items():
            between = self.source[self.ends[tag] : self.stops[tag]]
            if len(texts) == 1 and texts[0].blank and between.isspace():
                texts[0].start, texts[0].end = self.ends[tag], self.stops[tag]
            else:
                misplaced += self._position_texts(tag, texts)
        if misplaced:
            self._position_moved(misplaced)
        self._end_elements()
        self._mark_reopened()
        self._mark_behind_frame()

    def _position_texts(self, tag: int, texts: list[Node]) -> list[Node]:
        """Set the spans of texts behind a tag; return those that are not there."""
        return [node for node, pieces in self._pieces_of(tag, texts) if not self._measure(node, pieces)]

    def _pieces_of(self, tag: int, texts: list[Node]) -> Iterator[tuple[Node, Sequence[Piece]]]:
        """Yield the texts behind a tag with the pieces of the source that they may be made of."""
        start, stop = self.ends[tag], self.stops[tag]
        if self.open[tag].name in RAW:
            texts[0].start, texts[0].end = start, stop
            if self.open[tag].name in ("textarea", "title"):
                yield texts[0], [(start, stop)]
            return
        if len(texts) == 1 and self.source.find("<", start, stop) < 0:
            yield texts[0], [(start, stop)]
            return
        groups = groups_between_comments(texts)
        pieces = list(text_pieces(self.source, start, stop))
        if len(pieces) != len(groups):
            groups, pieces = [[node for node in texts if node.name == TEXT]], [[one for some in pieces for one in some]]
        for some, there in zip(groups, pieces, strict=True):
            yield from self._matched(some, there)

    def _matched(self, texts: list[Node], pieces: list[Piece]) -> Iterator[tuple[Node, Sequence[Piece]]]:
        """Yield texts between tags with their pieces: all for one text, none where these are not as many."""
        if len(texts) != 1 and len(texts) != len(pieces):
            texts = [node for node in texts if not node.blank]
            pieces = [(a, b) for a, b in pieces if not is_blank(self.source[a:b])]
        if len(texts) == 1:
            yield texts[0], pieces
        else:
            own: list[list[Piece]] = [[piece] for piece in pieces] if len(texts) == len(pieces) else [[] for _ in texts]
            yield from zip(texts, own, strict=True)

    def _measure(self, node: Node, pieces: Sequence[Piece]) -> bool:
        """Set the span of the shown part of a text; say whether these pieces have the characters of the tree."""
        source = self.source
        shown = [(a, b) for a, b in pieces if not is_blank(source[a:b])] if len(pieces) > 1 else pieces
        shown_text = "".join([source[a:b] for a, b in shown])
        if not shown_text or is_blank(shown_text):
            if node.blank and pieces:
                node.start, node.end = pieces[0]
            node.sound = node.blank
            return node.blank
        if not shows_same(shown_text, node.text):
            node.sound = False
            return False
        edges = EDGES if "\0" in shown_text else None
        node.start = shown[0][0] + len(shown_text) - len(shown_text.lstrip(edges))
        node.end = shown[-1][1] - len(shown_text) + len(shown_text.rstrip(edges))
        return True

    def _position_moved(self, misplaced: Sequence[Node]) -> None:
        """Find texts that the tree has elsewhere than the source: each at the first piece with the same start.

        An element in whose source another one's text is found is not sound.
        """
        unplaced: dict[str, list[Piece]] = {}
        for tag in reversed(self.order):
            if self.open[tag].name in RAW:
                continue
            texts = sorted((node.start, node.end) for node in self.texts.get(tag, ()) if node.start >= 0)
            for a, b in reversed(
                [one for some in text_pieces(self.source, self.ends[tag], self.stops[tag]) for one in some]
            ):
                shown_text = self.source[a:b].strip(EDGES)
                if is_blank(shown_text):
                    continue
                start = self.source.index(shown_text, a)
                before = bisect_right(texts, (start, len(self.source))) - 1
                if before < 0 or texts[before][1] <= start:
                    unplaced.setdefault(shown_characters(shown_text)[:KEY_CHARACTERS], []).append(
                        (start, start + len(shown_text))
                    )
                    self.open[tag].sound = False
        for node in misplaced:
            text = "".join(node.text.split())[:KEY_CHARACTERS]
            candidates = next((there for size in range(len(text), 0, -1) if (there := unplaced.get(text[:size]))), None)
            if candidates:
                node.start, node.end = candidates.pop()

    def _end_elements(self) -> None:
        """Set the ends of elements without an end tag; elements that hold tags of others are not sound."""
        final = [last for _, _, last in self.tags.spans]
        if not self.is_ordered:
            ranks = np.argsort(np.array(self.order, np.int64))
            first, last = (np.array([tag[field] for tag in self.tags.spans], np.int64) for field in (1, 2))
            low, high = _extremes(ranks, first, last)
            whole = (high - low == last - first) & (low == ranks[first])
            for number in np.flatnonzero(~(whole & (high == ranks[last]))).tolist():
                node = self.tags.spans[number][0]
                node.sound = node.sound and not node.closed and bool(whole[number])
            final = [self.order[rank] for rank in high.tolist()]
        for (node, _, _), tag in zip(self.tags.spans, final, strict=True):
            if node.end < 0:
                behind = (text.start for text in self.texts.get(tag, ()) if text.number > node.last and text.start >= 0)
                node.end = next(behind, self.stops[tag])

    def _mark_reopened(self) -> None:
        """Mark the elements that the parser opened again elsewhere as not sound."""
        if self.tags.reopened:
            first = {node.element.position: node for node, _, _ in self.tags.spans}
            for node in self.tags.reopened:
                origin = first.get(node.element.position)
                if origin is not None:
                    origin.sound = False

    def _mark_behind_frame(self) -> None:
        """Mark what follows the end tag of the head, the body or the page, which it opens again, as not sound."""
        begins = [self.begins[tag] for tag in self.order]
        rank = 0
        for match in _FRAME_END.finditer(self.source):
            rank = max(rank, bisect_left(begins, match.start()) - 1)
            if rank < len(begins) and match.start() < self.stops[self.order[rank]]:
                rank = self._mark_from(rank)

    def _mark_from(self, rank: int) -> int:
        """Mark what follows such an end tag between one tag and the next; return the rank to go on from."""
        is_ended = False
        for at in range(rank, len(self.order)):
            tag = self.order[at]
            node = self.tags.starting[tag]
            if is_ended and node is not None:
                node.sound = is_ended = False
            if self.source.find("</", self.ends[tag], self.stops[tag]) >= 0 and self.open[tag].name not in RAW:
                is_ended = self._mark_texts(tag, is_ended)
            elif is_ended:
                text = next((text for text in self.texts.get(tag, ()) if text.name == TEXT and not text.blank), None)
                if text is not None:
                    text.sound = is_ended = False
            if not is_ended:
                return at + 1
        return len(self.order)

    def _mark_texts(self, tag: int, is_ended: bool) -> bool:
        """Mark texts behind a tag that follow such an end tag; say whether no text follows the last one."""
        ends = [m.start() for m in TOKEN.finditer(self.source, self.ends[tag], self.stops[tag]) if ends_frame(m)]
        passed = 0
        for text in sorted(self.texts.get(tag, ()), key=lambda one: one.start):
            if text.name != TEXT or text.blank:
                continue
            while passed < len(ends) and ends[passed] < text.start:
                passed, is_ended = passed + 1, True
            if is_ended:
                text.sound = is_ended = False
        return is_ended or passed < len(ends)


def _extremes(numbers: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return the least and the greatest number in each range of positions, `last` included (int64, shape (ranges,))."""
    low, high = numbers[first], numbers[first]
    least = greatest = numbers
    size = 1
    while size <= len(numbers):
        rows = np.flatnonzero((last - first + 1 >= size) & (last - first + 1 < 2 * size))
        left, right = first[rows], last[rows] - size + 1
        low[rows] = np.minimum(least[left], least[right])
        high[rows] = np.maximum(greatest[left], greatest[right])
        least = np.minimum(least[:-size], least[size:])
        greatest = np.maximum(greatest[:-size], greatest[size:])
        size *= 2
    return low, high


def _mark_start_of_body(nodes: Sequence[Node]) -> None:
    """Mark the first node of a body without a tag as not sound: without it, the next may not start a body."""
    body = next((node for node in nodes if node.name == "body"), None)
    if body is None or body.start >= 0:
        return
    first = next((child for child in children(nodes, body) if not child.blank and child.name != COMMENT), None)
    if first is not None:
        first.sound = False
