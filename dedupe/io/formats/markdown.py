"""Markdown: the source stays; paragraphs, headings, items and quotes are its rows, found by a CommonMark parser."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import regex

from dedupe._failures import unexpected
from dedupe.errors import InputError, MissingExtraError
from dedupe.io.formats import plain
from dedupe.io.formats._front_matter import front_matter, title_of
from dedupe.io.formats.record import ReadOptions, Record
from dedupe.model import Document, Layout, Paragraph, Report, Role, Span, without
from dedupe.text import removal
from dedupe.text.bounds import over
from dedupe.text.paragraphs import lines, split

if TYPE_CHECKING:
    from markdown_it.token import Token

BLOCK, MARK = 2600, 800
"""Bytes that a line and a mark in it take, with what is made of them."""

LOCKED: frozenset[Role] = frozenset({"code", "cell", "matter", "kept"})
"""Roles of what is never removed."""

_MATTER = regex.compile(r"\[\^[^\]\s]++\]:|\{\{|\{%|:::|\$\$|!!!|\[\[")
"""What begins a footnote's text, a template's tag, a container, a formula, an admonition, an include."""

_MEDIA = regex.compile(r"<(?:img|video|audio|iframe|embed|object|picture|source)\b", regex.IGNORECASE)

_CONTAINERS = {"blockquote": "quote", "bullet_list": "list", "ordered_list": "numbers", "list_item": "item"}


@dataclass(frozen=True, slots=True)
class MarkdownBlock:
    """A leaf of the block structure: its kind, what it says, its first line and the one behind its last, from 0.

    `path`: the kinds of the containers around it; `inside`: for each, the line where it begins. `start`: where its
    content begins in its first line.
    """

    kind: str
    role: Role
    text: str
    first: int
    stop: int
    path: tuple[str, ...]
    inside: tuple[int, ...]
    start: int

    @property
    def removable(self) -> bool:
        """Whether it may go at all."""
        return bool(self.text) and self.role not in LOCKED

    @property
    def sense(self) -> tuple[Any, ...]:
        """What must be the same after a cut."""
        return self.kind, self.role, self.text, self.path


@dataclass(frozen=True, slots=True)
class MarkdownSource:
    """A Markdown text: its lines (start, stop, end), its blocks in order, and what its links refer to."""

    text: str
    lines: Sequence[tuple[int, int, int]]
    blocks: Sequence[MarkdownBlock]
    references: Sequence[tuple[str, str]]

    @property
    def said(self) -> list[MarkdownBlock]:
        """The blocks that say something, which are the rows of the document."""
        return [block for block in self.blocks if block.text]


def parse(text: str) -> MarkdownSource:
    """Return the block structure of a text."""
    try:
        from markdown_it import MarkdownIt  # 60 ms that only Markdown pays for
    except ImportError:
        raise MissingExtraError("markdown-it-py", "markdown") from None
    front = front_matter(text)
    offset = len(lines(front)) - front.endswith(("\n", "\r")) if front else 0
    rows = lines(text)
    environment: dict[str, Any] = {}
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text[len(front) :], environment)
    blocks = _front(front, offset)
    path: list[str] = []
    inside: list[int] = []
    for at, token in enumerate(tokens):
        container = _CONTAINERS.get(token.type.rsplit("_", 1)[0])
        if container and token.nesting == 1:
            path.append(container)
            inside.append((token.map or [0])[0] + offset)
        elif container and token.nesting == -1:
            path.pop()
            inside.pop()
        elif token.map and (block := _block(tokens, at, path)) is not None:
            kind, role, said = block
            first, stop = (number + offset for number in token.map)
            line = text[rows[first][0] : rows[first][1]]
            start = _start(line, token, tokens[at + 1].content if at + 1 < len(tokens) else "")
            blocks.append(
                MarkdownBlock(kind, role, said, first, stop, tuple(path), tuple(inside), rows[first][0] + start)
            )
    references = [(name, repr(one.get("href"))) for name, one in environment.get("references", {}).items()]
    return MarkdownSource(text, rows, blocks, references)


def _front(front: str, stop: int) -> list[MarkdownBlock]:
    """Return front matter as blocks: the whole, and its title, of which the first heading may be a duplicate."""
    if not front:
        return []
    blocks = [MarkdownBlock("front", "matter", _line(front), 0, stop, (), (), 0)]
    if title := title_of(front):
        line = len(lines(front[: title.start])) - 1
        blocks.append(MarkdownBlock("title", "kept", _line(title.text), line, line + 1, (), (), title.start))
    return blocks


def _block(tokens: Sequence[Token], at: int, path: Sequence[str]) -> tuple[str, Role, str] | None:
    """Return kind, role and text of the leaf that begins with this token, or None if none does."""
    token = tokens[at]
    if token.type in ("fence", "code_block"):
        return token.type, "code", _line(token.content)
    if token.type == "html_block":
        return token.type, "matter", _line(token.content)
    if token.type == "hr":
        return token.type, "matter", ""
    if token.type == "tr_open":
        close = next(number for number in range(at, len(tokens)) if tokens[number].type == "tr_close")
        cells = [one.content for one in tokens[at:close] if one.type == "inline"]
        return token.type, "cell", _line(" | ".join(cells))
    if token.type not in ("paragraph_open", "heading_open"):
        return None
    text = _said(tokens[at + 1])
    if token.type == "heading_open":
        return token.tag, "heading", text
    if _MATTER.match(tokens[at + 1].content):
        return token.type, "matter", text
    roles: dict[str, Role] = {"quote": "quote", "item": "item"}
    return token.type, next((roles[one] for one in reversed(path) if one in roles), ""), text


def _said(inline: Token) -> str:
    """Return what a reader sees of a paragraph, on one line, and of what is shown from elsewhere its address.

    A paragraph of nothing but links is told apart by where they lead.
    """
    pieces: list[str] = []
    targets: list[str] = []
    depth = 0
    loose = False
    for token in inline.children or []:
        depth += token.nesting if token.type.startswith("link_") else 0
        if token.type == "link_open":
            targets.append(str(token.attrGet("href") or ""))
        elif token.type == "image":
            pieces += [token.content, " ", str(token.attrGet("src") or "")]
        elif token.type in ("softbreak", "hardbreak"):
            pieces.append(" ")
        elif token.type in ("text", "code_inline") or (token.type == "html_inline" and _MEDIA.match(token.content)):
            pieces.append(token.content)
            loose = loose or (not depth and any(character.isalnum() for character in token.content))
    if targets and not loose:
        pieces += [" ", *targets]
    return _line("".join(pieces))


def _line(text: str) -> str:
    return " ".join(text.split())


def _start(line: str, token: Token, content: str) -> int:
    """Return where the block's own characters begin in its first line, behind the marks of what it stands in."""
    if token.type == "fence" or (token.type == "heading_open" and token.markup.startswith("#")):
        return max(0, line.find(token.markup))
    first = content.split("\n", 1)[0]
    at = line.rfind(first) if first else -1
    return at if at >= 0 else len(line) - len(line.lstrip())


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the whole stream as one record, whose document is the text a reader sees."""
    for whole in plain.read(stream, place, read_options):
        (document,) = whole.documents
        if why := over(document.text, _taken(document.text)):
            record = Record(whole.raw, error=InputError(place, why), encoding=whole.encoding)
        else:
            try:
                record = _laid_out(whole)
            except Exception as error:
                record = Record(whole.raw, error=unexpected(place, error), encoding=whole.encoding)
        yield record


def _laid_out(whole: Record) -> Record:
    (document,) = whole.documents
    source = parse(document.text)
    return replace(whole, documents=(_document(document, source),), rebuild=partial(_rebuilt, whole, source))


def _document(document: Document, source: MarkdownSource) -> Document:
    paragraphs = tuple(_paragraph(source, number, block) for number, block in enumerate(source.said))
    layout = Layout(paragraphs, tuple(block.role for block in source.said))
    return replace(document, text="\n\n".join(block.text for block in source.said), layout=layout)


def read_value(document: Document, place: str) -> Document:
    """Return what a reader sees of a document that is a value in a record; raise `InputError` for one too large."""
    if why := over(document.text, _taken(document.text)):
        raise InputError(place, why)
    return _document(document, parse(document.text))


def value_cuts(value: str, report: Report) -> list[Span] | None:
    """Return what goes from a value that `read_value` read; None when the rest would then read differently."""
    return _cuts(parse(value), report)


def _taken(text: str) -> int:
    """Return about how many bytes the blocks of a text and the tokens in them take, told before there are any."""
    blocks = text.count("\n") - text.count("\n\n")
    return BLOCK * blocks + MARK * sum(map(text.count, "*_`[]<!~\\&"))


def _paragraph(source: MarkdownSource, number: int, block: MarkdownBlock) -> Paragraph:
    last = source.lines[block.stop - 1]
    return Paragraph(number, block.start, last[1], last[2], block.first + 1, block.stop)


def _rebuilt(whole: Record, source: MarkdownSource, reports: Sequence[Report]) -> bytes:
    """Return the bytes without what goes; as they were when the rest would then read differently."""
    (report,) = reports
    cuts = _cuts(source, report)
    if cuts is None:
        return whole.raw
    (document,) = whole.documents
    return whole.without_repeats([Report(document, tuple(cuts))])


def _cuts(source: MarkdownSource, report: Report) -> list[Span] | None:
    starts = [row.start for row in split(report.document.text)[::2]]
    gone = [
        block
        for block, start in zip(source.said, starts, strict=True)
        if any(span.start <= start < span.end for span in report.cuts)
    ]
    return cuts_of(source, gone)


def cuts_of(source: MarkdownSource, gone: Sequence[MarkdownBlock]) -> list[Span] | None:
    """Return the stretches that go with these blocks; None when what stays would then read differently.

    With a block go blank lines, the marks of an item or a quote that is left with nothing, and a rule (`---`) that is
    left beside another one, or at an end, for want of what it set apart.
    """
    if not all(block.removable for block in gone):
        return None
    going = frozenset([*gone, *_dangling(source, frozenset(gone))])
    left = [block for block in source.blocks if block not in going]
    stretches = _stretches(source, going, left)
    after = parse(without(source.text, stretches))
    same = [block.sense for block in after.blocks] == [block.sense for block in left]
    return stretches if same and after.references == source.references else None


def _dangling(source: MarkdownSource, gone: Collection[MarkdownBlock]) -> list[MarkdownBlock]:
    """Return the rules that set nothing apart any more."""
    found = []
    before: MarkdownBlock | None = None
    cut = False
    for block in source.blocks:
        if block in gone:
            cut = True
        elif cut and block.kind == "hr" and (before is None or before.kind == "hr"):
            found.append(block)
        else:
            before, cut = block, False
    if cut and before is not None and before.kind == "hr":
        found.append(before)
    return found


def _stretches(source: MarkdownSource, gone: Collection[MarkdownBlock], left: Sequence[MarkdownBlock]) -> list[Span]:
    """Return what goes: whole lines, or what stands between the mark of an item and what stays in it."""
    dropped: set[int] = set()
    inner: list[tuple[int, int]] = []
    followers: dict[
        tuple[int, int], MarkdownBlock
    ] = {}  # the first that stays in an item, by the item's depth and line
    for block in reversed(left):
        for depth, (kind, line) in enumerate(zip(block.path, block.inside, strict=True)):
            if kind == "item":
                followers[depth, line] = block
    for block in gone:
        items = [
            depth for depth, kind in enumerate(block.path) if kind == "item" and block.inside[depth] == block.first
        ]
        follower = next((followers[depth, block.first] for depth in items if (depth, block.first) in followers), None)
        if follower is None:
            dropped.update(range(block.first, block.stop))
        else:
            start, stop, _ = source.lines[follower.first]
            indent = len(source.text[start:stop]) - len(source.text[start:stop].lstrip())
            inner.append((block.start, follower.start if "quote" in block.path else start + indent))
    blank = _blank(source, gone, left, dropped)
    return removal.merged([*removal.line_cuts(source.lines, blank, dropped), *inner])


def _blank(
    source: MarkdownSource, gone: Collection[MarkdownBlock], left: Sequence[MarkdownBlock], dropped: set[int]
) -> set[int]:
    """Return the lines on which nothing stands but marks of quotes; those that a cut leaves to no quote are dropped."""
    owners: dict[int, MarkdownBlock | None] = {line: block for block in left for line in range(block.first, block.stop)}
    taken = {line for block in gone for line in range(block.first, block.stop)}
    blank: set[int] = set()
    before: MarkdownBlock | None = None
    between: list[int] = []
    since = 0
    for number, (start, stop, _) in enumerate([*source.lines, (0, 0, 0)]):
        ended = number == len(source.lines)
        bare = not ended and number not in owners and not source.text[start:stop].strip(" \t>")
        if bare and number not in taken:
            between.append(number)
        elif number not in taken:
            after = owners.get(number)
            shared = before and after and set(_quotes(before)) & set(_quotes(after))
            if between and not shared and not dropped.isdisjoint(range(since, number)):
                dropped.update(one for one in between if ">" in source.text[slice(*source.lines[one][:2])])
            blank.update(between)
            before, between, since = after, [], number + 1
    return blank - dropped


def _quotes(block: MarkdownBlock) -> list[tuple[int, int]]:
    return [(depth, block.inside[depth]) for depth, kind in enumerate(block.path) if kind == "quote"]
