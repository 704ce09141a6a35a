"""The blocks of a Markdown text, found by a CommonMark parser, and its front matter: metadata in YAML or TOML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import regex

from dedupe.errors import MissingExtraError
from dedupe.model import Role
from dedupe.text.paragraphs import lines

if TYPE_CHECKING:
    from markdown_it.token import Token


_FRONT = regex.compile(
    r"""\A(---|\+\+\+)[ \t]*+(?:\r\n|[\r\n])
    (?:(?!(?:\1|\.\.\.)[ \t]*+(?:[\r\n]|\Z))[^\r\n]*+(?:\r\n|[\r\n]))*+  # possessive: a line is looked at once
    (?:\1|\.\.\.)[ \t]*+(?:\r\n|[\r\n]|\Z)""",
    regex.VERBOSE,
)
"""All lines from a first one of three dashes (YAML) or pluses (TOML) to the next such line."""

_TITLE = regex.compile(
    r"""(?:^|(?<=[\r\n]))title[ \t]*+[:=][ \t]*+
    (?:"(?P<double>(?:[^"\\\r\n]|\\.)++)"|'(?P<single>(?:[^'\r\n]|'')++)'|(?P<bare>[^\s"'\[\]{}>|&*!\#][^\r\n]*+))
    [ \t]*+(?=[\r\n])""",
    regex.VERBOSE,
)
"""A title on one line; one over several lines, or that is no string, does not match."""

_COMMENT = regex.compile(r"[ \t]++\#.*+")


class Title(NamedTuple):
    """A title: its start in the front matter, and its text."""

    start: int
    text: str


def front_matter(text: str) -> str:
    """Return the front matter of a text, with its delimiting lines; empty if there is none."""
    match = _FRONT.match(text)
    return str(match.group()) if match else ""


def title_of(front: str) -> Title | None:
    r"""Return the title in front matter; None if there is none.

    >>> title_of("---\ndate: 2024-05-01\ntitle: 'The Ferry''s Return'\n---\n")
    Title(start=29, text="The Ferry's Return")
    """
    match = _TITLE.search(front)
    if match is None:
        return None
    if (double := match["double"]) is not None:
        return Title(match.start("double"), double.replace('\\"', '"').replace("\\\\", "\\"))
    if (single := match["single"]) is not None:
        return Title(match.start("single"), single.replace("''", "'"))
    return Title(match.start("bare"), _COMMENT.sub("", match["bare"]).rstrip())


NEVER_REMOVED: frozenset[Role] = frozenset({"code", "cell", "matter", "kept"})
"""Roles of blocks that are never removed."""

_MATTER = regex.compile(r"\[\^[^\]\s]++\]:|\{\{|\{%|:::|\$\$|!!!|\[\[|\([^()\n]++\)=\s*+$")
"""Beginnings of a footnote, a template's tag, a container, a formula, an admonition, an include; a MyST target."""

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
    """Return two blocks: the whole front matter, and its title, so that a heading that repeats it can be removed."""
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
