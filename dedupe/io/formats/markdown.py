"""Markdown: paragraphs, headings, items and quotes are found by a CommonMark parser and cut from the source."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import regex

from dedupe.errors import InputError, MissingExtraError
from dedupe.io.formats import plain
from dedupe.io.formats._front_matter import front_matter, title_of
from dedupe.io.formats.record import ReadOptions, Record, as_input_error
from dedupe.io.formats.strings import cut_numbers, join_strings
from dedupe.model import Document, Layout, Paragraph, Report, Role, Span, without
from dedupe.text import removal
from dedupe.text.bounds import over
from dedupe.text.paragraphs import lines

if TYPE_CHECKING:
    from markdown_it.token import Token

BLOCK_BYTES, MARK_BYTES = 2600, 800
"""Bytes of memory for a line of a block, and for a mark in it, with their tokens."""

NEVER_REMOVED: frozenset[Role] = frozenset({"code", "cell", "matter", "kept"})
"""Roles of blocks that are never removed."""

_MATTER = regex.compile(r"\[\^[^\]\s]++\]:|\{\{|\{%|:::|\$\$|!!!|\[\[")
"""Beginnings of a footnote's text, a template's tag, a container, a formula, an admonition and an include."""

_MEDIA = regex.compile(r"<(?:img|video|audio|iframe|embed|object|picture|source)\b", regex.IGNORECASE)

_CONTAINERS = {"blockquote": "quote", "bullet_list": "list", "ordered_list": "numbers", "list_item": "item"}


@dataclass(frozen=True, slots=True)
class MarkdownBlock:
    """A leaf of the block structure: its kind, role and text, its first line and the one behind its last, from 0.

    `containers`: the kinds of the containers around it; `container_lines`: the first line of each. `start`: where its
    content begins in the text.
    """

    kind: str
    role: Role
    text: str
    first: int
    stop: int
    containers: tuple[str, ...]
    container_lines: tuple[int, ...]
    start: int

    @property
    def removable(self) -> bool:
        """Whether it may be removed."""
        return bool(self.text) and self.role not in NEVER_REMOVED

    @property
    def identity(self) -> tuple[Any, ...]:
        """The properties that a cut of other blocks must not change."""
        return self.kind, self.role, self.text, self.containers


@dataclass(frozen=True, slots=True)
class MarkdownSource:
    """A Markdown text: its lines (start, stop, end), its blocks in order, and its link references."""

    text: str
    lines: Sequence[tuple[int, int, int]]
    blocks: Sequence[MarkdownBlock]
    references: Sequence[tuple[str, str]]

    @property
    def paragraphs(self) -> list[MarkdownBlock]:
        """The blocks with a text, which are the paragraphs of the document."""
        return [block for block in self.blocks if block.text]


def parse(text: str) -> MarkdownSource:
    """Return the block structure of a text."""
    try:
        from markdown_it import MarkdownIt  # 60 ms
    except ImportError:
        raise MissingExtraError("markdown-it-py", "markdown") from None
    front = front_matter(text)
    offset = len(lines(front)) - front.endswith(("\n", "\r")) if front else 0
    line_bounds = lines(text)
    environment: dict[str, Any] = {}
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(text[len(front) :], environment)
    blocks = _front(front, offset)
    containers: list[str] = []
    container_lines: list[int] = []
    for position, token in enumerate(tokens):
        container = _CONTAINERS.get(token.type.rsplit("_", 1)[0])
        if container and token.nesting == 1:
            containers.append(container)
            container_lines.append((token.map or [0])[0] + offset)
        elif container and token.nesting == -1:
            containers.pop()
            container_lines.pop()
        elif token.map and (block := _block(tokens, position, containers)) is not None:
            first, stop = (number + offset for number in token.map)
            line_start, line_stop, _ = line_bounds[first]
            content = tokens[position + 1].content if position + 1 < len(tokens) else ""
            start = line_start + _content_start(text[line_start:line_stop], token, content)
            blocks.append(MarkdownBlock(*block, first, stop, tuple(containers), tuple(container_lines), start))
    references = [(name, repr(reference.get("href"))) for name, reference in environment.get("references", {}).items()]
    return MarkdownSource(text, line_bounds, blocks, references)


def _front(front: str, stop: int) -> list[MarkdownBlock]:
    """Return front matter as blocks: all of it, and its title, of which the first heading may be a duplicate."""
    if not front:
        return []
    blocks = [MarkdownBlock("front", "matter", _one_line(front), 0, stop, (), (), 0)]
    if title := title_of(front):
        line = len(lines(front[: title.start])) - 1
        blocks.append(MarkdownBlock("title", "kept", _one_line(title.text), line, line + 1, (), (), title.start))
    return blocks


def _block(tokens: Sequence[Token], position: int, containers: Sequence[str]) -> tuple[str, Role, str] | None:
    """Return kind, role and text of the leaf that begins at this token; None if it begins none."""
    token = tokens[position]
    if token.type in ("fence", "code_block"):
        return token.type, "code", _one_line(token.content)
    if token.type == "html_block":
        return token.type, "matter", _one_line(token.content)
    if token.type == "hr":
        return token.type, "matter", ""
    if token.type == "tr_open":
        close = next(number for number in range(position, len(tokens)) if tokens[number].type == "tr_close")
        cells = [cell.content for cell in tokens[position:close] if cell.type == "inline"]
        return token.type, "cell", _one_line(" | ".join(cells))
    if token.type not in ("paragraph_open", "heading_open"):
        return None
    text = _visible_text(tokens[position + 1])
    if token.type == "heading_open":
        return token.tag, "heading", text
    if _MATTER.match(tokens[position + 1].content):
        return token.type, "matter", text
    roles: dict[str, Role] = {"quote": "quote", "item": "item"}
    return token.type, next((roles[cell] for cell in reversed(containers) if cell in roles), ""), text


def _visible_text(inline: Token) -> str:
    """Return the visible text of a paragraph on one line, with the addresses of its images.

    If it has no text outside links, their targets follow, since paragraphs with other targets are no duplicates.
    """
    pieces: list[str] = []
    targets: list[str] = []
    depth = 0
    has_other_text = False
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
            has_other_text = has_other_text or (not depth and any(character.isalnum() for character in token.content))
    if targets and not has_other_text:
        pieces += [" ", *targets]
    return _one_line("".join(pieces))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _content_start(line: str, token: Token, content: str) -> int:
    """Return where the block's own characters begin in its first line, behind the marks of its containers."""
    if token.type == "fence" or (token.type == "heading_open" and token.markup.startswith("#")):
        return max(0, line.find(token.markup))
    first = content.split("\n", 1)[0]
    position = line.rfind(first) if first else -1
    return position if position >= 0 else len(line) - len(line.lstrip())


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the whole stream as one record, whose document is the visible text."""
    for whole in plain.read(stream, place, read_options):
        try:
            record = _with_layout(whole)
        except Exception as error:
            record = Record(whole.raw, error=as_input_error(error, place), encoding=whole.encoding)
        yield record


def _with_layout(record: Record) -> Record:
    (document,) = record.documents
    source = _parse_within_bounds(document.text, document.id)
    return replace(record, documents=(_document(document, source),), rebuild=partial(_rebuilt, record, source))


def _document(document: Document, source: MarkdownSource) -> Document:
    paragraphs = tuple(_paragraph(source, number, block) for number, block in enumerate(source.paragraphs))
    layout = Layout(paragraphs, tuple(block.role for block in source.paragraphs))
    return replace(document, text=join_strings([block.text for block in source.paragraphs]), layout=layout)


def read_value(document: Document, place: str) -> Document:
    """Return the visible text of a value in a record as a document; raise `InputError` for one that is too large."""
    return _document(document, _parse_within_bounds(document.text, place))


def value_cuts(value: str, report: Report) -> list[Span] | None:
    """Return the cuts of a value that `read_value` parsed; None if the rest would then parse differently."""
    return _cuts(parse(value), report)


def _parse_within_bounds(text: str, place: str) -> MarkdownSource:
    """Return the block structure of a text; raise `InputError` if its blocks and tokens would take too much memory."""
    blocks = text.count("\n") - text.count("\n\n")
    if why := over(text, BLOCK_BYTES * blocks + MARK_BYTES * sum(map(text.count, "*_`[]<!~\\&"))):
        raise InputError(place, why)
    return parse(text)


def _paragraph(source: MarkdownSource, number: int, block: MarkdownBlock) -> Paragraph:
    last = source.lines[block.stop - 1]
    return Paragraph(number, block.start, last[1], last[2], block.first + 1, block.stop)


def _rebuilt(record: Record, source: MarkdownSource, reports: Sequence[Report]) -> bytes:
    """Return the bytes without the cuts; unchanged if the rest would then parse differently."""
    (report,) = reports
    cuts = _cuts(source, report)
    if cuts is None:
        return record.raw
    (document,) = record.documents
    return record.without_repeats([Report(document, tuple(cuts))])


def _cuts(source: MarkdownSource, report: Report) -> list[Span] | None:
    numbers = cut_numbers(report)
    return cuts_of(source, [block for number, block in enumerate(source.paragraphs) if number in numbers])


def cuts_of(source: MarkdownSource, removed: Sequence[MarkdownBlock]) -> list[Span] | None:
    """Return the spans that are removed with these blocks; None if the rest would then parse differently.

    They include blank lines, the marks of an item or a quote that becomes empty, and a rule (`---`) that no longer
    separates anything: one beside another rule or at an end.
    """
    if not all(block.removable for block in removed):
        return None
    all_removed = frozenset([*removed, *_dangling_rules(source, frozenset(removed))])
    remaining = [block for block in source.blocks if block not in all_removed]
    spans = _removed_spans(source, all_removed, remaining)
    after = parse(without(source.text, spans))
    same = [block.identity for block in after.blocks] == [block.identity for block in remaining]
    return spans if same and after.references == source.references else None


def _dangling_rules(source: MarkdownSource, removed: Collection[MarkdownBlock]) -> list[MarkdownBlock]:
    """Return the rules that no longer separate anything."""
    dangling = []
    previous: MarkdownBlock | None = None
    is_cut = False
    for block in source.blocks:
        if block in removed:
            is_cut = True
        elif is_cut and block.kind == "hr" and (previous is None or previous.kind == "hr"):
            dangling.append(block)
        else:
            previous, is_cut = block, False
    if is_cut and previous is not None and previous.kind == "hr":
        dangling.append(previous)
    return dangling


def _removed_spans(
    source: MarkdownSource, removed: Collection[MarkdownBlock], remaining: Sequence[MarkdownBlock]
) -> list[Span]:
    """Return the spans to remove: whole lines, or those from the mark of an item to the block that remains in it."""
    dropped: set[int] = set()
    within_lines: list[tuple[int, int]] = []
    # The first block that remains in an item, by the item's depth and line.
    followers: dict[tuple[int, int], MarkdownBlock] = {}
    for block in reversed(remaining):
        for depth, (kind, line) in enumerate(zip(block.containers, block.container_lines, strict=True)):
            if kind == "item":
                followers[depth, line] = block
    for block in removed:
        items = [depth for depth, line in enumerate(block.container_lines) if line == block.first]
        follower = next((followers[depth, block.first] for depth in items if (depth, block.first) in followers), None)
        if follower is None:
            dropped.update(range(block.first, block.stop))
        else:
            start, stop, _ = source.lines[follower.first]
            indent = len(source.text[start:stop]) - len(source.text[start:stop].lstrip())
            within_lines.append((block.start, follower.start if "quote" in block.containers else start + indent))
    blank_lines = _blank_lines(source, removed, remaining, dropped)
    return removal.merged([*removal.line_cuts(source.lines, blank_lines, dropped), *within_lines])


def _blank_lines(
    source: MarkdownSource, removed: Collection[MarkdownBlock], remaining: Sequence[MarkdownBlock], dropped: set[int]
) -> set[int]:
    """Return the lines that are blank but for marks of quotes, and add to `dropped` those whose quote is removed."""
    owners = {line: block for block in remaining for line in range(block.first, block.stop)}
    removed_lines = {line for block in removed for line in range(block.first, block.stop)}
    blank_lines: set[int] = set()
    previous: MarkdownBlock | None = None
    pending: list[int] = []
    first_pending = 0
    for number, (start, stop, _) in enumerate([*source.lines, (0, 0, 0)]):
        is_past_end = number == len(source.lines)
        is_blank = not is_past_end and number not in owners and not source.text[start:stop].strip(" \t>")
        if is_blank and number not in removed_lines:
            pending.append(number)
        elif number not in removed_lines:
            following = owners.get(number)
            shared_quotes = previous and following and set(_open_quotes(previous)) & set(_open_quotes(following))
            if pending and not shared_quotes and not dropped.isdisjoint(range(first_pending, number)):
                dropped.update(line for line in pending if ">" in source.text[slice(*source.lines[line][:2])])
            blank_lines.update(pending)
            previous, pending, first_pending = following, [], number + 1
    return blank_lines - dropped


def _open_quotes(block: MarkdownBlock) -> list[tuple[int, int]]:
    return [(depth, block.container_lines[depth]) for depth, kind in enumerate(block.containers) if kind == "quote"]
