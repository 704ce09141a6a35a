"""The paragraphs of a page: stretches of text between the edges of blocks, with the role that the markup gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import regex

from dedupe.io.formats.html._nodes import SILENT, TEXT, Node, SourceLines, children, is_blank
from dedupe.model import Layout, Paragraph, Role

BLOCKS = frozenset(
    """address article aside blockquote body button caption center col colgroup dd details dialog dir div dl dt
    fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html label legend li listing
    main menu nav ol optgroup option p plaintext pre search section summary table tbody td textarea tfoot th thead tr
    ul xmp""".split()
)
BREAKING = frozenset("audio canvas embed iframe object select video".split())
"""Silent elements that part the text around them, as blocks do."""

_ROLES: dict[str, Role] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("pre", "code", "kbd", "samp", "tt", "textarea", "listing", "xmp", "plaintext"), "code"),
    **dict.fromkeys(("nav", "footer", "aside"), "navigation"),
    **dict.fromkeys(("figcaption", "figure", "caption"), "caption"),
    **dict.fromkeys(("button", "label", "legend", "summary", "option"), "fixed"),
    "blockquote": "quote",
    "a": "item",  # what is nothing but links
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
"""Attributes of what is pressed, as a button is."""

_MORE = regex.compile(r"(?:load|read|see|show|view)more|(?<![A-Za-z])[Mm]ore(?![a-z])|More(?![a-z])")
"""What a class of an element says that shows more; the other names of controls are part of no other word."""

SHORT = 40
"""Characters up to which such an element is a label; a longer one may be a text in a box of this name."""

_TELLING = _PRESSED | {"hidden", "aria-hidden", "style", "role"}
"""Attributes that may give a role."""

SMALL, STYLED = 4, 8
"""Nodes up to which an element that is pressed, or styled so, is a label, and no box that opens a page."""
_RANKS: tuple[Role, ...] = ("", "item", "quote", "caption", "heading", "code", "fixed", "hidden", "navigation")
"""Of the roles of all that a paragraph is in, the one furthest behind holds."""

_MENUS = frozenset(("nav",))
PICTURES = frozenset("canvas iframe img object svg video".split())
_OF_CONTAINERS: dict[str, Role] = {"li": "item", "dt": "item", "dd": "item", "td": "cell", "th": "cell"}
_HIDDEN = regex.compile(r"(?:^|;)\s*+(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)\b", regex.IGNORECASE)


@dataclass(slots=True)
class InlineText:
    """A paragraph: its texts, and the blanks and line breaks between them; `text` is what it says, on one line."""

    texts: list[Node]
    between: list[Node]
    role: Role
    text: str = ""


@dataclass(slots=True)
class TextBlock:
    """Paragraphs that only line breaks part, between two edges of blocks.

    `gaps`: the breaks before, between and behind them.
    """

    runs: list[InlineText] = field(default_factory=list)
    gaps: list[list[Node]] = field(default_factory=list)


def text_blocks(nodes: Sequence[Node]) -> list[TextBlock]:
    """Return the paragraphs of a page in order of the source."""
    found = list(_stretches(nodes))
    found.sort(key=lambda stretch: stretch.runs[0].texts[0].start)
    return found


def layout(source: str, found: Sequence[TextBlock]) -> tuple[str, Layout]:
    """Return the text of a page, a line for each paragraph, and where in the source they stand."""
    lines = SourceLines(source)
    spans: list[tuple[int, int, int, int, int]] = []
    columns: list[int] = []
    roles, texts = [], []
    runs = sorted((run for stretch in found for run in stretch.runs), key=lambda run: run.texts[0].start)
    reached, furthest = 0, 0  # the last line so far, and the number of the paragraph that ends there
    for number, run in enumerate(runs):
        start, stop = run.texts[0].start, max(text.end for text in run.texts)
        first, last = lines.number(start), lines.number(stop - 1)
        shared = first <= reached
        if shared and not columns[furthest]:
            columns[furthest] = lines.column(spans[furthest][0])
        spans.append((start, stop, stop, first, last))
        columns.append(lines.column(start) if shared else 0)
        if last >= reached:
            reached, furthest = last, number
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


def _stretches(nodes: Sequence[Node]) -> Iterator[TextBlock]:
    zones: list[tuple[Node, bool, Role]] = []  # open elements that are blocks or give a role
    inline: list[tuple[Node, Role]] = []  # texts and breaks since the last edge of a block
    with_menus, with_pictures = _holding(nodes, _MENUS), _holding(nodes, PICTURES)
    shows = False  # whether one of these is more than blank
    at = 0
    while at < len(nodes):
        node = nodes[at]
        while zones and zones[-1][0].last < node.number:
            if zones[-1][1] and inline:
                if shows:
                    yield from _stretch(nodes, inline, zones)
                inline, shows = [], False
            zones.pop()
        role = zones[-1][2] if zones else ""
        at += 1
        if node.name == TEXT or node.name == "br":
            inline.append((node, role))
            shows = shows or not (node.blank or node.name == "br")
            continue
        if node.given is None:
            continue
        skipped = node.name in SILENT
        own = "" if skipped else _role(nodes, node)
        if skipped or _is_idle(node, own, role):
            skipped, at = True, node.last + 1
        block = node.name in (BREAKING if skipped else BLOCKS)
        if block and inline:
            if shows:
                yield from _stretch(nodes, inline, zones)
            inline, shows = [], False
        if skipped:
            continue
        if node.name in ("aside", "header") and own in ("", "navigation"):
            inside = any(one.name == "article" for one, _, _ in zones)  # then it is a pull quote, a box, a headline
            own = "navigation" if not inside and (node.name == "aside" or node.number in with_menus) else ""
        if own == "item" and node.number in with_pictures:
            own = "fixed"  # the label of an icon, the title of a teaser
        if block or own:
            zones.append((node, block, _further(own, role)))
    if shows:
        yield from _stretch(nodes, inline, zones)


def _further(own: Role, role: Role) -> Role:
    """Return the role that holds of two, that of an element and that around it."""
    return max(own, role, key=_RANKS.index) if own and role else own or role


def _holding(nodes: Sequence[Node], names: frozenset[str]) -> set[int]:
    """Return the numbers of the nodes that hold an element of one of these names."""
    found: set[int] = set()
    for node in nodes:
        if node.name in names:
            above = node.parent
            while above is not None and above.number not in found:
                found.add(above.number)
                above = above.parent
    return found


def _is_idle(node: Node, own: Role, zone: Role) -> bool:
    """Say whether an element has nothing for us: hidden code or controls, a second form of a formula."""
    if node.name in ("annotation", "annotation-xml"):
        return True
    return (zone == "hidden" and own in ("code", "fixed")) or (own == "hidden" and zone in ("code", "fixed"))


def _role(nodes: Sequence[Node], node: Node) -> Role:
    """Return what an element says of all the text in it."""
    attributes = node.attributes
    if not _TELLING.isdisjoint(attributes):
        if "hidden" in attributes or (attributes.get("aria-hidden") or "").lower() == "true":
            return "hidden"
        if _HIDDEN.search(attributes.get("style") or ""):
            return "hidden"
        given = _ARIA.get((attributes.get("role") or "").lower())
        if given:
            return given
        if node.last - node.number <= SMALL and node.name != "a" and not _PRESSED.isdisjoint(attributes):
            return "fixed"
    if 0 < node.last - node.number <= STYLED and _is_styled(nodes, node):
        return "fixed"
    if node.name == "dialog" and "open" not in attributes:
        return "hidden"
    return _ROLES.get(node.name, "")


def _is_styled(nodes: Sequence[Node], node: Node) -> bool:
    """Say whether a class of an element says that it is a control, with a label and no more in it."""
    given = node.attributes.get("class")
    if not given:
        return False
    classes = " ".join(given)
    named = classes.lower()
    is_named = "btn" in named or "button" in named or "toggle" in named  # each element is asked: a pattern costs more
    if not is_named and ("more" not in named or not _MORE.search(classes)):
        return False
    return sum(len(one.text) for one in nodes[node.number : node.last + 1] if not one.blank) <= SHORT


def _stretch(
    nodes: Sequence[Node], inline: Sequence[tuple[Node, Role]], zones: Sequence[tuple[Node, bool, Role]]
) -> Iterator[TextBlock]:
    """Yield the stretch that texts and line breaks make, if they stand in the source."""
    container, zone = next((node, role) for node, block, role in reversed(zones) if block)
    inner = _of_container(nodes, container)
    outer = inner if not zone or (inner == "cell" and zone in ("caption", "item", "quote")) else zone
    stretch = TextBlock()
    gap: list[Node] = []
    for node, role in inline:
        if node.name == "br" or node.blank:
            gap.append(node)
            continue
        own = outer if role == zone else role
        if stretch.runs and sum(one.name == "br" for one in gap) < 2:
            run = stretch.runs[-1]
            run.between += gap
            run.texts.append(node)
            run.role = run.role if own == run.role else outer
        else:
            stretch.gaps.append(gap)
            stretch.runs.append(InlineText([node], [], own))
        gap = []
    stretch.gaps.append(gap)
    for run in stretch.runs:
        if not all(text.sound for text in run.texts):
            run.role = "fixed"
        run.text = text_of(run)
    _drop_unplaced(stretch)
    if stretch.runs:
        yield stretch


def _drop_unplaced(stretch: TextBlock) -> None:
    """Leave out the paragraphs that begin nowhere in the source, and texts that are nowhere in it."""
    for at in range(len(stretch.runs) - 1, -1, -1):
        run = stretch.runs[at]
        if any(text.start < 0 for text in run.texts):
            run.texts = [text for text in run.texts if text.start >= 0]
            if not run.texts:
                del stretch.runs[at]
                stretch.gaps[at : at + 2] = [stretch.gaps[at] + stretch.gaps[at + 1]]


def _of_container(nodes: Sequence[Node], container: Node) -> Role:
    """Return the role of text that is all, or directly, in an item of a list or a cell."""
    for _ in range(3):
        if container.name in _OF_CONTAINERS:
            return _OF_CONTAINERS[container.name]
        parent = container.parent
        if parent is None or sum(not child.blank for child in islice(children(nodes, parent), 8)) > 1:
            return ""
        container = parent
    return ""


__all__ = ["BLOCKS", "SILENT", "InlineText", "TextBlock", "is_blank", "layout", "text_blocks", "text_of"]
