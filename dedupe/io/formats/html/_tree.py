"""The tree of a page as browsers build it, each node with the stretch of the source that it comes from.

The tree, and where the tags of elements stand, is turbohtml's. What is between two tags that follow one another in the
source is text, comments and tags of no effect; a text of the tree stands behind the tag that is before it in the tree,
if both have the same characters. What the tree has elsewhere than the source (text moved out of a table, markup that is
opened again in another paragraph) is marked as not sound: it has no stretch of its own.
"""

from __future__ import annotations

import html
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import regex

from dedupe.io.formats.html._collector import held
from dedupe.io.formats.html._nodes import (
    COMMENT,
    FRAME,
    RAW,
    SILENT,
    TEXT,
    VOID,
    Node,
    children,
    is_blank,
    read_nodes,
    read_page,
)
from dedupe.io.formats.html._ranks import extremes, inverse

__all__ = ["COMMENT", "TEXT", "Node", "parse"]

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
_FRAME_END = regex.compile(r"</(?:body|head|html)(?=[\s/>])", regex.IGNORECASE)

_EDGES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\0"
_KEY = 64
"""Characters by which a text that was moved is looked for."""

Piece = tuple[int, int]
"""Where a stretch of text between tags begins and ends."""


def parse(source: str) -> list[Node]:
    """Return the nodes of a page in document order with their places, the document first; linear in its length."""
    with held():
        nodes = read_nodes(read_page(source, located=True))
        _Places(source, nodes).find()
    _anchor(nodes)
    for node in reversed(nodes):
        if not node.sound and node.parent is not None and node.name != TEXT:
            node.parent.sound = False
    return nodes


class _Places:
    """The tags of a page, in order of the tree: where each begins and ends, and the element that is open behind it.

    The first is none: what stands before all tags is behind it.
    """

    def __init__(self, source: str, nodes: list[Node]) -> None:
        self.source = source
        self.nodes = nodes
        self.begins, self.ends, self.open = [0], [0], [nodes[0]]
        self.starting: list[Node | None] = [None]
        """The elements that the tags begin; none for an end tag."""
        self.texts: dict[int, list[Node]] = {}
        """The texts and comments behind a tag, by its number."""
        self.reopened: list[Node] = []
        self.frames: list[Node] = []
        self.tags: list[tuple[Node, int, int]] = []
        """Elements with the numbers of their first tag and the last one in them."""
        self._breaks = [at - 1 for at in accumulate(len(line) + 1 for line in source.split("\r\n")[:-1])]

    def find(self) -> None:
        """Set where nodes begin and end, and whether they are sound."""
        self._collect()
        if self._breaks:
            self._convert()
        for frame in self.frames:
            frame.end = len(self.source)
        count = len(self.begins)
        self.is_ordered = all(map(int.__le__, self.ends, self.begins[1:]))
        order = range(count) if self.is_ordered else sorted(range(count), key=self.begins.__getitem__)
        self.ranks = order if self.is_ordered else inverse(order)
        self.order = order
        self.stops = [*self.begins[1:], len(self.source)] if self.is_ordered else self._stops()
        lost: list[Node] = []
        for tag, texts in self.texts.items():
            between = self.source[self.ends[tag] : self.stops[tag]]
            if len(texts) == 1 and texts[0].blank and between.isspace():
                texts[0].start, texts[0].end = self.ends[tag], self.stops[tag]
            else:
                lost += self._place(tag, texts)
        if lost:
            self._place_moved(lost)
        self._end()
        self._mark_reopened()
        self._mark_behind_frame()

    def _convert(self) -> None:
        """Turn places in the text that the parser read, in which line ends are one, into those in the source."""

        def converted(offset: int) -> int:
            return offset + bisect_left(self._breaks, offset) if offset >= 0 else offset

        self.begins = list(map(converted, self.begins))
        self.ends = list(map(converted, self.ends))
        for node in self.nodes:
            node.start, node.end = converted(node.start), converted(node.end)

    def _collect(self) -> None:
        """Note the tags, and what is between them."""
        begins, ends, behind, starting = self.begins, self.ends, self.open, self.starting
        stack: list[tuple[Node, int, int, int]] = []  # an element, its first tag, where its end tag begins and ends
        pending: list[Node] | None = None

        def close() -> None:
            nonlocal pending
            node, first, begin, end = stack.pop()
            if begin >= 0 and node.parent is not None:
                begins.append(begin)
                ends.append(end)
                behind.append(node.parent)
                starting.append(None)
                node.end, node.closed, pending = end, True, None
            if first:
                self.tags.append((node, first, len(begins) - 1))

        nodes, count = self.nodes, len(self.nodes)
        last = count  # of the element whose end is next
        number = 1
        while number < count:
            node = nodes[number]
            while number > last:
                close()
                last = stack[-1][0].last if stack else count
            number += 1
            given = node.given
            if given is None:
                if node.name == TEXT or (node.name == COMMENT and _is_inside(node)):
                    if pending is None:
                        pending = self.texts.setdefault(len(begins) - 1, [])
                    pending.append(node)
                continue
            location = given.source_location
            if location is None:
                if given.source_line is not None and node.name not in FRAME:
                    node.again, node.sound = True, False
                    self.reopened.append(node)
                continue
            tag, tail, _ = location
            node.start = tag[2]
            if node.name in FRAME:
                self.frames.append(node)
                continue
            begins.append(node.start)
            ends.append(tag[5])
            behind.append(node)
            starting.append(node)
            pending = None
            if node.name in VOID:
                node.end = ends[-1]
                behind[-1] = node.parent or node
            elif tail is None:
                stack.append((node, len(begins) - 1, -1, -1))
                last = node.last
            elif node.name in SILENT:  # what is in it is nowhere looked for
                number = node.last + 1
                node.end, node.closed = tail[5], True
                ends[-1], behind[-1] = node.end, node.parent or node
            else:
                stack.append((node, len(begins) - 1, tail[2], tail[5]))
                last = node.last
        while stack:
            close()

    def _stops(self) -> list[int]:
        """Return where the next tag begins behind each one, in order of the source."""
        stops = [0] * len(self.begins)
        for here, there in zip(self.order, [*self.order[1:], -1], strict=True):
            stops[here] = len(self.source) if there < 0 else self.begins[there]
        return stops

    def _place(self, tag: int, texts: list[Node]) -> Iterator[Node]:
        """Set the places of texts behind a tag; yield those that do not stand there."""
        start, stop = self.ends[tag], self.stops[tag]
        if self.open[tag].name in RAW:
            texts[0].start, texts[0].end = start, stop
            if self.open[tag].name in ("textarea", "title") and not self._measure(texts[0], [(start, stop)]):
                yield texts[0]
            return
        if len(texts) == 1 and self.source.find("<", start, stop) < 0:
            if not self._measure(texts[0], [(start, stop)]):
                yield texts[0]
            return
        groups = _divided(texts)
        pieces = list(self._pieces(start, stop))
        if len(pieces) != len(groups):
            groups, pieces = [[node for node in texts if node.name == TEXT]], [[one for some in pieces for one in some]]
        for some, there in zip(groups, pieces, strict=True):
            yield from self._match(some, there)

    def _match(self, texts: list[Node], pieces: list[Piece]) -> Iterator[Node]:
        """Set the places of texts that stand in pieces between tags; yield those that do not."""
        if len(texts) == 1:
            if not self._measure(texts[0], pieces):
                yield texts[0]
            return
        if len(texts) != len(pieces):
            texts = [node for node in texts if not node.blank]
            pieces = [(a, b) for a, b in pieces if not is_blank(self.source[a:b])]
        if len(texts) == 1:
            pairs = [(texts[0], pieces)]
        elif len(texts) == len(pieces):
            pairs = [(node, [piece]) for node, piece in zip(texts, pieces, strict=True)]
        else:
            pairs = [(node, []) for node in texts]
        for node, some in pairs:
            if not self._measure(node, some):
                yield node

    def _pieces(self, start: int, stop: int) -> Iterator[list[Piece]]:
        """Yield the pieces of text of a stretch between tags, a list for what is between two comments."""
        at, pieces = start, []
        for match in _TOKEN.finditer(self.source, start, stop):
            if at < match.start():
                pieces.append((at, match.start()))
            at = match.end()
            if match["name"] is None:
                yield pieces
                pieces = []
        if at < stop:
            pieces.append((at, stop))
        yield pieces

    def _measure(self, node: Node, pieces: Sequence[Piece]) -> bool:
        """Set where the shown part of a text begins and ends; say whether it says there what the tree says."""
        source = self.source
        shown = [(a, b) for a, b in pieces if not is_blank(source[a:b])] if len(pieces) > 1 else pieces
        said = "".join([source[a:b] for a, b in shown])
        if not said or is_blank(said):
            if node.blank and pieces:
                node.start, node.end = pieces[0]
            node.sound = node.blank
            return node.blank
        if not _same(said, node.text):
            node.sound = False
            return False
        edges = _EDGES if "\0" in said else None
        node.start = shown[0][0] + len(said) - len(said.lstrip(edges))
        node.end = shown[-1][1] - len(said) + len(said.rstrip(edges))
        return True

    def _place_moved(self, lost: Sequence[Node]) -> None:
        """Look for texts that the tree has elsewhere than the source: the first piece that they begin with.

        An element in whose source there is text of another one is not sound.
        """
        left: dict[str, list[Piece]] = {}
        for tag in reversed(self.order):
            if self.open[tag].name in RAW:
                continue
            texts = sorted((node.start, node.end) for node in self.texts.get(tag, ()) if node.start >= 0)
            for a, b in reversed([one for some in self._pieces(self.ends[tag], self.stops[tag]) for one in some]):
                said = self.source[a:b].strip(_EDGES)
                if is_blank(said):
                    continue
                start = self.source.index(said, a)
                before = bisect_right(texts, (start, len(self.source))) - 1
                if before < 0 or texts[before][1] <= start:
                    left.setdefault(_squeezed(said)[:_KEY], []).append((start, start + len(said)))
                    self.open[tag].sound = False
        for node in lost:
            text = "".join(node.text.split())[:_KEY]
            places = next((there for size in range(len(text), 0, -1) if (there := left.get(text[:size]))), None)
            if places:
                node.start, node.end = places.pop()

    def _end(self) -> None:
        """Set the ends of elements without an end tag, and see which hold tags of others."""
        final = [last for _, _, last in self.tags]
        if not self.is_ordered:
            ranks = np.array(self.ranks, np.int64)
            first, last = (np.array([one[place] for one in self.tags], np.int64) for place in (1, 2))
            low, high = extremes(ranks, first, last)
            whole = (high - low == last - first) & (low == ranks[first])
            for number in np.flatnonzero(~(whole & (high == ranks[last]))).tolist():
                node = self.tags[number][0]
                node.sound = node.sound and not node.closed and bool(whole[number])
            final = [self.order[rank] for rank in high.tolist()]
        for (node, _, _), tag in zip(self.tags, final, strict=True):
            if node.end < 0:
                behind = (text.start for text in self.texts.get(tag, ()) if text.number > node.last and text.start >= 0)
                node.end = next(behind, self.stops[tag])

    def _mark_reopened(self) -> None:
        """Mark markup that is opened a second time, and where it was opened first."""
        if self.reopened:
            first = {node.given.position: node for node, _, _ in self.tags}
            for node in self.reopened:
                origin = first.get(node.given.position)
                if origin is not None:
                    origin.sound = False

    def _mark_behind_frame(self) -> None:
        """Mark what comes behind the end of the head, the body or the page, which it opens again."""
        begins = [self.begins[tag] for tag in self.order]
        rank = 0
        for match in _FRAME_END.finditer(self.source):
            rank = max(rank, bisect_left(begins, match.start()) - 1)
            if rank < len(begins) and match.start() < self.stops[self.order[rank]]:
                rank = self._mark_from(rank)

    def _mark_from(self, rank: int) -> int:
        """Mark what comes behind ends of the frame from one tag to the next; return the next tag to look from."""
        is_ended = False
        for at in range(rank, len(self.order)):
            tag = self.order[at]
            node = self.starting[tag]
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
        """Mark texts behind a tag that come behind an end of the frame; say whether one is the last thing there."""
        ends = [m.start() for m in _TOKEN.finditer(self.source, self.ends[tag], self.stops[tag]) if _ends_frame(m)]
        passed = 0
        for text in sorted(self.texts.get(tag, ()), key=lambda one: one.start):
            if text.name != TEXT or text.blank:
                continue
            while passed < len(ends) and ends[passed] < text.start:
                passed, is_ended = passed + 1, True
            if is_ended:
                text.sound = is_ended = False
        return is_ended or passed < len(ends)


def _ends_frame(match: regex.Match[str]) -> bool:
    return bool(match["close"]) and match["name"].lower() in FRAME


def _is_inside(comment: Node) -> bool:
    """Say whether a comment is in the head or the body; others may stand elsewhere than the tree says."""
    return comment.parent is not None and comment.parent.name not in ("html", "#document")


def _divided(texts: Sequence[Node]) -> list[list[Node]]:
    """Return the texts between comments."""
    groups: list[list[Node]] = [[]]
    for node in texts:
        if node.name == TEXT:
            groups[-1].append(node)
        else:
            groups.append([])
    return groups


def _squeezed(raw: str) -> str:
    """Return the characters of a piece of source that are shown."""
    return "".join(html.unescape(raw).replace("\0", "").split())


def _same(raw: str, text: str) -> bool:
    """Say whether source and text have the same characters that are shown."""
    raw, text = raw.strip(), text.strip()
    return raw == text or _squeezed(raw) == "".join(text.split())


def _anchor(nodes: Sequence[Node]) -> None:
    """Mark what a body without a tag begins with as not sound: without it, what is next may not begin a body."""
    body = next((node for node in nodes if node.name == "body"), None)
    if body is None or body.start >= 0:
        return
    first = next((child for child in children(nodes, body) if not child.blank and child.name != COMMENT), None)
    if first is not None:
        first.sound = False
