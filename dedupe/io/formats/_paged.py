"""Plain text of pages, with form feeds between them, as `pdftotext` and RFCs have: running heads, feet, page numbers.

A line is furniture of its page by structure: it stands at the top or the bottom, apart from the text, and the same line
stands there on at least half of the pages, or of the left or the right ones, and on three at least. Where it differs by
a number only, that number counts the pages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex

from dedupe.model import Document, Layout, Paragraph, Report, Role, without
from dedupe.text import removal
from dedupe.text.bounds import over
from dedupe.text.paragraphs import is_wrapped, lines, split

FEED = "\f"

LEAST_PAGES = 3
"""Pages on which a line stands at least to be furniture."""

BLOCKS, BLOCK = 2, 3
"""Blocks at the edge of a page that are looked at, and the lines of a block of furniture at most."""

LINE = 450
"""Bytes that a line takes, with what is made of it."""

_NUMBER = regex.compile(r"\d++")
_LETTER = regex.compile(r"\p{L}")
LONGEST_NUMBER = 6
"""Digits of the number of a page at most."""


class PageLine(NamedTuple):
    """A line of a page, without the form feed before or behind it: where it stands, and its number in the file."""

    start: int
    stop: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class PagedText:
    """A text of pages: the lines of each, form feeds among them, and those of each row of its document."""

    text: str
    lines: Sequence[PageLine]
    rows: Sequence[Sequence[int]]


def paged(text: str, place: str) -> tuple[Document, PagedText] | None:
    """Return the document of a text with form feeds; None for a text without pages, or with more lines than is good."""
    if FEED not in text.strip() or over(text, LINE * (text.count("\n") + text.count("\r") + 2 * text.count(FEED))):
        return None
    found = list(_lines(text))
    pages = list(_pages(text, found))
    roles = _furniture(text, found, pages)
    rows = list(_rows(text, found, pages, roles))
    several = Counter(found[at].number for row in rows for at in {row[0], row[-1]})
    begins = {line.number: line.start for line in reversed(found)}
    paragraphs = []
    said = []
    for number, row in enumerate(rows):
        first, last = found[row[0]], found[row[-1]]
        column = first.start - begins[first.number] + 1 if several[first.number] > 1 else 0
        paragraphs.append(Paragraph(number, first.start, last.stop, last.end, first.number, last.number, column))
        said.append(" ".join(text[found[at].start : found[at].stop].strip() for at in row))
    layout = Layout(tuple(paragraphs), tuple(roles.get(row[0], "") for row in rows))
    return Document("\n\n".join(said), place, layout=layout), PagedText(text, found, rows)


def remaining(source: PagedText, report: Report) -> str:
    """Return the text without the lines of what goes; form feeds stay."""
    starts = [row.start for row in split(report.document.text)[::2]]
    cuts = iter(report.cuts)
    cut = next(cuts, None)
    dropped: set[int] = set()
    for row, start in zip(source.rows, starts, strict=True):
        while cut is not None and cut.end <= start:
            cut = next(cuts, None)
        if cut is not None and cut.start <= start:
            dropped.update(row)
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
    """Yield the lines of a text in order; each form feed is a line of its own in the line in which it stands."""
    for number, (start, stop, end) in enumerate(lines(text), 1):
        while (feed := text.find(FEED, start, stop)) >= 0:
            if feed > start:
                yield PageLine(start, feed, feed, number)
            yield PageLine(feed, feed + 1, end if feed + 1 == stop else feed + 1, number)
            start = feed + 1
        if start < stop or text[stop - 1 : stop] != FEED:
            yield PageLine(start, stop, end, number)


def _pages(text: str, found: Sequence[PageLine]) -> Iterator[range]:
    """Yield the lines of each page that is not empty."""
    begin = 0
    feeds = [at for at, line in enumerate(found) if text[line.start : line.stop] == FEED]
    for feed in [*feeds, len(found)]:
        if any(_content(text, found[at]) for at in range(begin, feed)):
            yield range(begin, feed)
        begin = feed + 1


def _content(text: str, line: PageLine) -> str:
    """Return what a line says, white space between words as one space."""
    return " ".join(text[line.start : line.stop].split())


def _rows(
    text: str, found: Sequence[PageLine], pages: Sequence[range], roles: Mapping[int, Role]
) -> Iterator[Sequence[int]]:
    """Yield the lines of each paragraph: one, or a run of them where the text is hard-wrapped; none crosses a page."""
    is_joined = is_wrapped(text.replace(FEED, "\n\n"))
    for page in pages:
        run: list[int] = []
        for at in page:
            filled = bool(_content(text, found[at]))
            if run and not (filled and is_joined and at not in roles and run[-1] not in roles):
                yield run
                run = []
            if filled:
                run.append(at)
        if run:
            yield run


def _furniture(text: str, found: Sequence[PageLine], pages: Sequence[range]) -> dict[int, Role]:
    """Return the roles of the lines that are furniture of their pages.

    `again`: a running head that stands on an earlier page word for word. `spoken`: the first, and one with the number
    of its page, which is flagged at most. `fixed`: a number alone.
    """
    roles: dict[int, Role] = {}
    if len(pages) < LEAST_PAGES:
        return roles
    for order in (1, -1):
        edges = {number: list(page)[::order] for number, page in enumerate(pages)}
        for _ in range(BLOCKS):
            blocks = {number: _block(text, found, edge) for number, edge in edges.items()}
            seen: defaultdict[int, dict[int, int]] = defaultdict(dict)
            for number, block in blocks.items():
                for depth, at in enumerate(block):
                    seen[depth][number] = at
            may_be: dict[int, Role] = {}
            for standing in seen.values():
                may_be |= _roles_of(text, found, standing, len(pages))
            # A block of which a line is none is text.
            whole = {number: block for number, block in blocks.items() if block and all(at in may_be for at in block)}
            roles |= {at: may_be[at] for block in whole.values() for at in block}
            edges = {number: edges[number][edges[number].index(block[-1]) + 1 :] for number, block in whole.items()}
    return roles


def _block(text: str, found: Sequence[PageLine], edge: Sequence[int]) -> list[int]:
    """Return the lines of the first block of a page, from its edge inward; none where it is text, and no furniture."""
    block: list[int] = []
    for at in edge:
        if _content(text, found[at]):
            block.append(at)
            if len(block) > BLOCK:
                return []
        elif block:
            break
    return block


def _roles_of(text: str, found: Sequence[PageLine], standing: Mapping[int, int], pages: int) -> dict[int, Role]:
    """Return the roles of the lines at one place of the pages, by page, that are furniture."""
    roles: dict[int, Role] = {}
    same: defaultdict[str, list[int]] = defaultdict(list)
    alike: defaultdict[str, list[int]] = defaultdict(list)
    for number, at in standing.items():
        same[_content(text, found[at])].append(number)
    for content, numbers in same.items():
        if _LETTER.search(content) and _is_common(numbers, pages):
            roles |= {standing[number]: "again" if number != numbers[0] else "spoken" for number in numbers}
        else:
            alike[_NUMBER.sub("#", content)] += numbers
    for shape, numbers in alike.items():
        contents = {number: _content(text, found[standing[number]]) for number in sorted(numbers)}
        if "#" in shape and _is_common(numbers, pages) and _counts(contents):
            role: Role = "spoken" if _LETTER.search(shape) else "fixed"
            roles |= {standing[number]: role for number in numbers}
    return roles


def _is_common(numbers: Sequence[int], pages: int) -> bool:
    """Say whether these are half of the pages, or of those on the left or the right."""
    if len(numbers) < LEAST_PAGES:
        return False
    sides = Counter(number % 2 for number in numbers)
    return 2 * len(numbers) >= pages or any(
        count >= LEAST_PAGES and 2 * count >= (pages + 1 - side) // 2 for side, count in sides.items()
    )


def _counts(contents: Mapping[int, str]) -> bool:
    """Say whether the numbers in which lines differ go up by one a page."""
    found = {number: _NUMBER.findall(content) for number, content in contents.items()}
    counted = 0
    for column in zip(*found.values(), strict=True):
        if len(set(column)) == 1:
            continue
        if any(len(value) > LONGEST_NUMBER for value in column):
            return False
        if len({int(value) - number for number, value in zip(found, column, strict=True)}) > 1:
            return False
        counted += 1
    return counted == 1
