"""The paragraphs of a page: the texts between the edges of blocks, with the role that the markup gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice

import regex

from dedupe.io.formats.html._nodes import SILENT, TEXT, Node, SourceLines, ancestors_of, children
from dedupe.model import Layout, Paragraph, Role

BLOCKS = frozenset(
    """address article aside blockquote body button caption center col colgroup dd details dialog dir div dl dt
    fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html label legend li listing
    main menu nav ol optgroup option p plaintext pre search section summary table tbody td textarea tfoot th thead tr
    ul xmp""".split()
)
BREAKING = frozenset("audio canvas embed iframe object select video".split())
"""Silent elements that separate the text around them, as blocks do."""

_ROLES: dict[str, Role] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("pre", "code", "kbd", "samp", "tt", "textarea", "listing", "xmp", "plaintext"), "code"),
    **dict.fromkeys(("nav", "footer", "aside"), "navigation"),
    **dict.fromkeys(("figcaption", "figure", "caption"), "caption"),
    **dict.fromkeys(("button", "label", "legend", "summary", "option"), "fixed"),
    "blockquote": "quote",
    "a": "item",  # a paragraph of links only
}
_ARIA: dict[str, Role] = {
    **dict.fromkeys(("navigation", "contentinfo", "complementary", "menu", "menubar"), "navigation"),
    "heading": "heading",
    **dict.fromkeys(("button", "menuitem", "switch", "tab"), "fixed"),
}
_PRESSED = frozenset(
    """onclick aria-controls aria-expanded aria-haspopup aria-pressed data-toggle data-bs-toggle data-action jsaction
    ng-click v-on:click x-on:click @click""".split()
)
"""Attributes of elements that are pressed, as buttons are."""

_MORE_CLASS = regex.compile(r"(?:load|read|see|show|view)more|(?<![A-Za-z])[Mm]ore(?![a-z])|More(?![a-z])")
"""Class names that mean "show more". Those of buttons and toggles are found as plain parts of a name."""

LABEL_CHARACTERS = 40
"""Most characters in an element that its class makes a control; one with more is a box with text."""

_ROLE_ATTRIBUTES = _PRESSED | {"hidden", "aria-hidden", "style", "role"}
"""Attributes that may give a role."""

PRESSED_NODES, STYLED_NODES = 4, 8
"""Most nodes of a label that is pressed, or has the class of a control; a larger element may be a linked box."""
_ROLE_ORDER: tuple[Role, ...] = ("", "item", "quote", "caption", "heading", "code", "fixed", "hidden", "navigation")
"""The roles from weak to strong: of those around a paragraph the strongest holds."""

_MENUS = frozenset(("nav",))
PICTURES = frozenset("canvas iframe img object svg video".split())
_CONTAINER_ROLES: dict[str, Role] = {"li": "item", "dt": "item", "dd": "item", "td": "cell", "th": "cell"}
_HIDDEN = regex.compile(r"(?:^|;)\s*+(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)\b", regex.IGNORECASE)


@dataclass(slots=True)
class InlineText:
    """A paragraph: its texts, the blanks and line breaks between them, and its words on one line (`text`)."""

    texts: list[Node]
    between: list[Node]
    role: Role
    text: str = ""


@dataclass(slots=True)
class TextBlock:
    """The paragraphs between two edges of blocks, which only line breaks separate.

    `gaps`: the blanks and breaks before, between and after them.
    """

    runs: list[InlineText] = field(default_factory=list)
    gaps: list[list[Node]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A page: its source, the nodes of its tree, and its blocks of paragraphs."""

    source: str
    nodes: Sequence[Node]
    text_blocks: Sequence[TextBlock]


def text_blocks(nodes: Sequence[Node]) -> list[TextBlock]:
    """Return the blocks of paragraphs of a page in order of the source."""
    found = list(_text_blocks(nodes))
    found.sort(key=lambda text_block: text_block.runs[0].texts[0].start)
    return found


def layout(source: str, found: Sequence[TextBlock]) -> tuple[str, Layout]:
    """Return the text of a page, a line for each paragraph, and their positions in the source."""
    lines = SourceLines(source)
    spans: list[tuple[int, int, int, int, int]] = []
    columns: list[int] = []
    roles, texts = [], []
    runs = sorted((run for text_block in found for run in text_block.runs), key=lambda run: run.texts[0].start)
    last_line, last_number = 0, 0  # of the paragraph that ends last so far
    for number, run in enumerate(runs):
        start, stop = run.texts[0].start, max(text.end for text in run.texts)
        first, last = lines.number(start), lines.number(stop - 1)
        shared = first <= last_line
        if shared and not columns[last_number]:
            columns[last_number] = lines.column(spans[last_number][0])
        spans.append((start, stop, stop, first, last))
        columns.append(lines.column(start) if shared else 0)
        if last >= last_line:
            last_line, last_number = last, number
        roles.append(run.role)
        texts.append(run.text)
    paragraphs = (
        Paragraph(number, *span, column) for number, (span, column) in enumerate(zip(spans, columns, strict=True))
    )
    return "\n\n".join(texts), Layout(tuple(paragraphs), tuple(roles))


def text_of(run: InlineText) -> str:
    """Return the text of a paragraph on one line."""
    if len(run.texts) == 1 and not run.between:
        return " ".join(run.texts[0].text.replace("\0", "").split())
    pieces = sorted([*run.texts, *run.between], key=lambda node: node.number)
    return " ".join("".join(node.text if node.name == TEXT else " " for node in pieces).replace("\0", "").split())


def _text_blocks(nodes: Sequence[Node]) -> Iterator[TextBlock]:
    zones: list[tuple[Node, bool, Role]] = []  # open elements that are blocks or give a role
    inline: list[tuple[Node, Role]] = []  # texts and breaks since the last edge of a block
    with_menus, with_pictures = (
        ancestors_of(node for node in nodes if node.name in names) for names in (_MENUS, PICTURES)
    )
    number = 0
    while number < len(nodes):
        node = nodes[number]
        while zones and zones[-1][0].last < node.number:
            if zones[-1][1] and inline:
                yield from _text_block(nodes, inline, zones)
                inline = []
            zones.pop()
        role = zones[-1][2] if zones else ""
        number += 1
        if node.name == TEXT or node.name == "br":
            inline.append((node, role))
            continue
        if node.element is None:
            continue
        is_skipped = node.name in SILENT
        own_role = "" if is_skipped else _role(nodes, node)
        if is_skipped or _is_unread(node, own_role, role):
            is_skipped, number = True, node.last + 1
        is_block = node.name in (BREAKING if is_skipped else BLOCKS)
        if is_block and inline:
            yield from _text_block(nodes, inline, zones)
            inline = []
        if is_skipped:
            continue
        own_role = _role_among(own_role, node, zones, with_menus, with_pictures)
        if is_block or own_role:
            zones.append((node, is_block, _stronger(own_role, role)))
    if inline:
        yield from _text_block(nodes, inline, zones)


def _role_among(
    own_role: Role,
    node: Node,
    zones: Sequence[tuple[Node, bool, Role]],
    with_menus: AbstractSet[int],
    with_pictures: AbstractSet[int],
) -> Role:
    """Return the role of an element by what it is in and what is in it, given the role of its own."""
    if node.name in ("aside", "header") and own_role in ("", "navigation"):
        # In an article it is a pull quote, a box or a headline.
        is_in_article = any(one.name == "article" for one, _, _ in zones)
        return "navigation" if not is_in_article and (node.name == "aside" or node.number in with_menus) else ""
    if own_role == "item" and node.number in with_pictures:
        return "fixed"  # the label of an icon, the title of a teaser
    return own_role


def _stronger(own_role: Role, role: Role) -> Role:
    """Return the stronger of two roles, that of an element and that around it."""
    return max(own_role, role, key=_ROLE_ORDER.index) if own_role and role else own_role or role


def _is_unread(node: Node, own_role: Role, zone_role: Role) -> bool:
    """Say whether an element is not read: hidden code or controls, a second form of a formula."""
    if node.name in ("annotation", "annotation-xml"):
        return True
    return (zone_role == "hidden" and own_role in ("code", "fixed")) or (
        own_role == "hidden" and zone_role in ("code", "fixed")
    )


def _role(nodes: Sequence[Node], node: Node) -> Role:
    """Return the role that an element gives to all text in it."""
    attributes = node.attributes
    if not _ROLE_ATTRIBUTES.isdisjoint(attributes):
        if "hidden" in attributes or (attributes.get("aria-hidden") or "").lower() == "true":
            return "hidden"
        if _HIDDEN.search(attributes.get("style") or ""):
            return "hidden"
        aria_role = _ARIA.get((attributes.get("role") or "").lower())
        if aria_role:
            return aria_role
        if node.last - node.number <= PRESSED_NODES and node.name != "a" and not _PRESSED.isdisjoint(attributes):
            return "fixed"
    if 0 < node.last - node.number <= STYLED_NODES and _is_styled(nodes, node):
        return "fixed"
    if node.name == "dialog" and "open" not in attributes:
        return "hidden"
    return _ROLES.get(node.name, "")


def _is_styled(nodes: Sequence[Node], node: Node) -> bool:
    """Say whether an element has the class of a control and only a label in it."""
    names = node.attributes.get("class")
    if not names:
        return False
    classes = " ".join(names)
    lower_classes = classes.lower()
    # For each element asked here a pattern would cost more.
    is_control = "btn" in lower_classes or "button" in lower_classes or "toggle" in lower_classes
    if not is_control and ("more" not in lower_classes or not _MORE_CLASS.search(classes)):
        return False
    return sum(len(one.text) for one in nodes[node.number : node.last + 1] if not one.blank) <= LABEL_CHARACTERS


def _text_block(
    nodes: Sequence[Node], inline: Sequence[tuple[Node, Role]], zones: Sequence[tuple[Node, bool, Role]]
) -> Iterator[TextBlock]:
    """Yield the block that texts and line breaks make, if it has more than blank text and is in the source."""
    if all(node.blank or node.name == "br" for node, _ in inline):
        return
    container, zone_role = next((node, role) for node, is_block, role in reversed(zones) if is_block)
    container_role = _container_role(nodes, container)
    outer_role = (
        container_role
        if not zone_role or (container_role == "cell" and zone_role in ("caption", "item", "quote"))
        else zone_role
    )
    text_block = TextBlock()
    gap: list[Node] = []
    for node, role in inline:
        if node.name == "br" or node.blank:
            gap.append(node)
            continue
        own_role = outer_role if role == zone_role else role
        if text_block.runs and sum(one.name == "br" for one in gap) < 2:
            run = text_block.runs[-1]
            run.between += gap
            run.texts.append(node)
            run.role = run.role if own_role == run.role else outer_role
        else:
            text_block.gaps.append(gap)
            text_block.runs.append(InlineText([node], [], own_role))
        gap = []
    text_block.gaps.append(gap)
    for run in text_block.runs:
        if not all(text.sound for text in run.texts):
            run.role = "fixed"
        run.text = text_of(run)
    _drop_unplaced(text_block)
    if text_block.runs:
        yield text_block


def _drop_unplaced(text_block: TextBlock) -> None:
    """Drop texts that have no position in the source, and paragraphs without other texts."""
    for number in range(len(text_block.runs) - 1, -1, -1):
        run = text_block.runs[number]
        if any(text.start < 0 for text in run.texts):
            run.texts = [text for text in run.texts if text.start >= 0]
            if not run.texts:
                del text_block.runs[number]
                text_block.gaps[number : number + 2] = [text_block.gaps[number] + text_block.gaps[number + 1]]


def _container_role(nodes: Sequence[Node], container: Node) -> Role:
    """Return the role of text directly in an item of a list or a cell, or in its only child."""
    for _ in range(3):
        if container.name in _CONTAINER_ROLES:
            return _CONTAINER_ROLES[container.name]
        parent = container.parent
        if parent is None or sum(not child.blank for child in islice(children(nodes, parent), 8)) > 1:
            return ""
        container = parent
    return ""
