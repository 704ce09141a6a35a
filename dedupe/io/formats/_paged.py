"""Plain text of pages, with form feeds between them, as in `pdftotext` and RFCs: running heads, feet, page numbers.

A line is page furniture by structure: it is at the top or the bottom of its page, apart from the text, and the same
line is there on at least three pages, which are half of all pages, of the left or of the right ones. If these lines
differ, they differ by one number, which counts the pages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex

from dedupe.io.formats.strings import cut_numbers, join_strings
from dedupe.model import Document, Layout, Paragraph, Report, Role, without
from dedupe.text import removal
from dedupe.text.bounds import over
from dedupe.text.paragraphs import is_wrapped, lines

FEED = "\f"

LEAST_PAGES = 3
"""Pages on which furniture is repeated, at least."""

BLOCKS_AT_EDGE, MOST_BLOCK_LINES = 2, 3
"""Blocks at the edge of a page that are examined, and lines that a block of furniture has at most."""

LINE_BYTES = 450
"""Bytes of memory for a line and its paragraph."""

_NUMBER = regex.compile(r"\d++")
_LETTER = regex.compile(r"\p{L}")
LONGEST_NUMBER = 6
"""Digits of a page number, at most."""


class PageLine(NamedTuple):
    """A line of a page, without the form feed before or behind it: its extent, and its number in the file."""

    start: int
    stop: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class PagedText:
    """A text of pages: its lines, form feeds included, and the indices of the lines of each paragraph."""

    text: str
    lines: Sequence[PageLine]
    paragraph_lines: Sequence[Sequence[int]]


def paged(text: str, place: str) -> tuple[Document, PagedText] | None:
    """Return the document of a text with form feeds; None for a text without pages, or with too many lines."""
    line_count = text.count("\n") + text.count("\r") + 2 * text.count(FEED)
    if FEED not in text.strip() or over(text, LINE_BYTES * line_count):
        return None
    page_lines = list(_lines(text))
    pages = list(_pages(text, page_lines))
    roles = _furniture(text, page_lines, pages)
    paragraph_lines = list(_paragraph_lines(text, page_lines, pages, roles))
    edges = (index for indices in paragraph_lines for index in {indices[0], indices[-1]})
    paragraphs_in_line = Counter(page_lines[index].number for index in edges)
    line_starts = {line.number: line.start for line in reversed(page_lines)}
    paragraphs = []
    texts = []
    for number, indices in enumerate(paragraph_lines):
        first, last = page_lines[indices[0]], page_lines[indices[-1]]
        column = first.start - line_starts[first.number] + 1 if paragraphs_in_line[first.number] > 1 else 0
        paragraphs.append(Paragraph(number, first.start, last.stop, last.end, first.number, last.number, column))
        texts.append(" ".join(text[page_lines[index].start : page_lines[index].stop].strip() for index in indices))
    layout = Layout(tuple(paragraphs), tuple(roles.get(indices[0], "") for indices in paragraph_lines))
    return Document(join_strings(texts), place, layout=layout), PagedText(text, page_lines, paragraph_lines)


def without_removed(source: PagedText, report: Report) -> str:
    """Return the text without the lines of removed paragraphs; form feeds stay."""
    dropped = {line for number in cut_numbers(report) for line in source.paragraph_lines[number]}
    bounds = [(line.start, line.stop, line.end) for line in source.lines]
    dropped.update([*_setting_apart(source, dropped, 1), *_setting_apart(source, dropped, -1)])
    # A form feed is white space, and would go with the blank lines beside it.
    return without(source.text, removal.cuts(source.text.replace(FEED, "x"), bounds, dropped))


def _setting_apart(source: PagedText, dropped: Collection[int], step: int) -> Iterator[int]:
    """Yield the blank lines between what goes from the top of pages and the text; from their foot with a step of -1."""
    said = [source.text[line.start : line.stop] for line in source.lines]
    for edge in dropped:
        if not 0 <= edge - step < len(said) or said[edge - step] != FEED:
            continue
        blank = []
        at = edge
        while 0 <= at < len(said) and (at in dropped or not said[at].strip(" \t\r\n")):
            blank += [at] * (at not in dropped)
            at += step
        if 0 <= at < len(said) and said[at] != FEED:
            yield from blank


def _lines(text: str) -> Iterator[PageLine]:
    """Yield the lines of a text in order; each form feed is a separate line with the number of its own line."""
    for number, (start, stop, end) in enumerate(lines(text), 1):
        while (feed := text.find(FEED, start, stop)) >= 0:
            if feed > start:
                yield PageLine(start, feed, feed, number)
            yield PageLine(feed, feed + 1, end if feed + 1 == stop else feed + 1, number)
            start = feed + 1
        if start < stop or text[stop - 1 : stop] != FEED:
            yield PageLine(start, stop, end, number)


def _pages(text: str, page_lines: Sequence[PageLine]) -> Iterator[range]:
    """Yield the indices of the lines of each page that is not empty."""
    start = 0
    feeds = [index for index, line in enumerate(page_lines) if text[line.start : line.stop] == FEED]
    for feed in [*feeds, len(page_lines)]:
        if any(_content(text, page_lines[index]) for index in range(start, feed)):
            yield range(start, feed)
        start = feed + 1


def _content(text: str, line: PageLine) -> str:
    """Return the words of a line with single spaces between them."""
    return " ".join(text[line.start : line.stop].split())


def _paragraph_lines(
    text: str, page_lines: Sequence[PageLine], pages: Sequence[range], roles: Mapping[int, Role]
) -> Iterator[Sequence[int]]:
    """Yield the lines of each paragraph: one, or a run of them if the text is hard-wrapped, within one page."""
    is_joined = is_wrapped(text.replace(FEED, "\n\n"))
    for page in pages:
        own_lines: list[int] = []
        for index in page:
            is_filled = bool(_content(text, page_lines[index]))
            if own_lines and not (is_filled and is_joined and index not in roles and own_lines[-1] not in roles):
                yield own_lines
                own_lines = []
            if is_filled:
                own_lines.append(index)
        if own_lines:
            yield own_lines


def _furniture(text: str, page_lines: Sequence[PageLine], pages: Sequence[range]) -> dict[int, Role]:
    """Return the roles of the lines that are page furniture, by index.

    `again`: a running head that is the same on an earlier page; its first occurrence has no role, since without the
    others it looks like text. `spoken`: one with a page number, which is flagged at most. `fixed`: a number
    alone.
    """
    roles: dict[int, Role] = {}
    if len(pages) < LEAST_PAGES:
        return roles
    for direction in (1, -1):
        edges = {number: list(page)[::direction] for number, page in enumerate(pages)}
        for _ in range(BLOCKS_AT_EDGE):
            blocks = {number: _edge_block(text, page_lines, edge) for number, edge in edges.items()}
            indices_by_depth: defaultdict[int, dict[int, int]] = defaultdict(dict)
            for number, block in blocks.items():
                for depth, index in enumerate(block):
                    indices_by_depth[depth][number] = index
            candidates: dict[int, Role] = {}
            for indices in indices_by_depth.values():
                candidates |= _roles_of(text, page_lines, indices, len(pages))
            # A block with a line that is no candidate is text.
            furniture = {number: block for number, block in blocks.items() if block and candidates.keys() >= set(block)}
            roles |= {index: candidates[index] for block in furniture.values() for index in block}
            edges = {number: edges[number][edges[number].index(block[-1]) + 1 :] for number, block in furniture.items()}
    return roles


def _edge_block(text: str, page_lines: Sequence[PageLine], edge: Sequence[int]) -> list[int]:
    """Return the lines of the first block of a page, from its edge inward; none if it is too long for furniture."""
    block: list[int] = []
    for index in edge:
        if _content(text, page_lines[index]):
            block.append(index)
            if len(block) > MOST_BLOCK_LINES:
                return []
        elif block:
            break
    return block


def _roles_of(text: str, page_lines: Sequence[PageLine], indices: Mapping[int, int], pages: int) -> dict[int, Role]:
    """Return the roles of the lines at one depth of the pages that are furniture; `indices`: those lines by page."""
    roles: dict[int, Role] = {}
    pages_by_text: defaultdict[str, list[int]] = defaultdict(list)
    pages_by_shape: defaultdict[str, list[int]] = defaultdict(list)
    for number, index in indices.items():
        pages_by_text[_content(text, page_lines[index])].append(number)
    for content, numbers in pages_by_text.items():
        if _LETTER.search(content) and _is_common(numbers, pages):
            roles |= {indices[number]: "again" if number != numbers[0] else "" for number in numbers}
        else:
            pages_by_shape[_NUMBER.sub("#", content)] += numbers
    for shape, numbers in pages_by_shape.items():
        contents = {number: _content(text, page_lines[indices[number]]) for number in sorted(numbers)}
        if "#" in shape and _is_common(numbers, pages) and _counts(contents):
            role: Role = "spoken" if _LETTER.search(shape) else "fixed"
            roles |= {indices[number]: role for number in numbers}
    return roles


def _is_common(numbers: Sequence[int], pages: int) -> bool:
    """Say whether these are half of all pages, or of those on the left or the right."""
    if len(numbers) < LEAST_PAGES:
        return False
    sides = Counter(number % 2 for number in numbers)
    return 2 * len(numbers) >= pages or any(
        count >= LEAST_PAGES and 2 * count >= (pages + 1 - side) // 2 for side, count in sides.items()
    )


def _counts(contents: Mapping[int, str]) -> bool:
    """Say whether the one number in which the lines differ goes up by one a page."""
    page_lines = {number: _NUMBER.findall(content) for number, content in contents.items()}
    counting = 0
    for values in zip(*page_lines.values(), strict=True):
        if len(set(values)) == 1:
            continue
        if any(len(value) > LONGEST_NUMBER for value in values):
            return False
        if len({int(value) - number for number, value in zip(page_lines, values, strict=True)}) > 1:
            return False
        counting += 1
    return counting == 1
