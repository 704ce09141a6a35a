"""The records of texts: documents, their paragraphs and spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from dedupe.errors import OptionError


def parts(record: Any) -> tuple[type, tuple[Any, ...]]:
    """Return the type and the arguments of a record for `pickle`, whose own way takes twice as long with slots."""
    return type(record), tuple([getattr(record, name) for name in record.__slots__])


@dataclass(frozen=True, slots=True, order=True)
class Span:
    r"""A half-open range of a text, in code points: `text[start:end]`.

    Attributes:
        start: the position of its first code point, from 0.
        end: the position behind its last code point.

    Example:
        >>> text = "Once.\n\nTwice."
        >>> span = Span(7, 13)
        >>> text[span.start : span.end]
        'Twice.'
    """

    start: int
    end: int
    __reduce__ = parts


def without(text: str, cuts: Sequence[Span]) -> str:
    """Return the text without these spans, which are in order and do not overlap."""
    if not cuts:
        return text
    edges = [0, *(edge for cut in cuts for edge in (cut.start, cut.end)), len(text)]
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of a text, or several hard-wrapped lines. A blank line is a paragraph too.

    Attributes:
        number: its position among the paragraphs, from 0.
        start: the position of its first character, in code points.
        stop: the position behind its content, where its line end begins.
        end: the position behind its line end.
        first_line: its first line, from 1.
        last_line: its last line, from 1.
        column: the column of its first character, from 1, if another paragraph shares one of its lines; else 0.
    """

    number: int
    start: int
    stop: int
    end: int
    first_line: int
    last_line: int
    column: int = 0

    @property
    def span(self) -> Span:
        """The position of its content."""
        return Span(self.start, self.stop)

    @property
    def lines(self) -> tuple[int, int]:
        """Its first and last line."""
        return self.first_line, self.last_line


Role = Literal[
    "",
    "heading",
    "item",
    "cell",
    "code",
    "quote",
    "caption",
    "navigation",
    "hidden",
    "matter",
    "fixed",
    "history",
    "kept",
    "spoken",
    "again",
]
"""What the markup or structure of a source tells about a paragraph; "" if nothing.

`matter` is front matter. `hidden` is text that a reader never sees. `fixed` is text that cannot be removed: the label
of a button, or text that stands elsewhere in the source than on the page. `history` is quoted from an earlier message.
`kept` stays, and is the original of its duplicates: the title of a record whose text is cleaned. `spoken` has a time of
its own, as a line of subtitles has: its repetition is no duplicate, so it is flagged at most. `again` is such a line
that the structure of the source only shows again: it is removed as a duplicate of the nearest equal line before it,
whatever the confidence. Running heads of pages have these two roles, too.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a record whose fields are one document.

    Attributes:
        name: the name of the field.
        first: the number of its first paragraph.
        start: the position of its first character in the joined fields.
        line: the line of its first character there, from 1.
    """

    name: str
    first: int
    start: int
    line: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the paragraphs of an extracted text stand in its source, and their roles, in order.

    The text of a page or a Markdown file consists of these paragraphs, each on one line, with a blank line between any
    two. The text of a record whose fields are one document consists of these fields, with a blank line between any two,
    and has `parts`.

    Attributes:
        paragraphs: the paragraphs, at their positions in the source.
        roles: the role of each, "" for none; see `Role`.
        parts: the fields of a record, for a text that was joined from several.
    """

    paragraphs: tuple[Paragraph, ...]
    roles: tuple[Role, ...]
    parts: tuple[Part, ...] = ()

    def part(self, number: int) -> Part | None:
        """Return the part that the paragraph of this number is in; None for a text without parts."""
        return next((part for part in reversed(self.parts) if part.first <= number), None)


@dataclass(frozen=True, slots=True)
class Document:
    """A text with an id, to be checked alone or together with others.

    Attributes:
        text: the text.
        id: what reports and an index call the document.
        date: ISO 8601, compared as text. Across documents, the original is in the one with the lower date, then id.
        url: the address, whose host is the site of the document.
        layout: where the paragraphs stand in the source of an extracted text, to which spans of findings then point.

    Example:
        >>> import dedupe
        >>> document = dedupe.Document("The bridge is closed.", id="a", date="2026-01-31")
        >>> dedupe.Deduper().check(document).document.id
        'a'
    """

    text: str
    id: str = ""
    date: str = ""
    url: str = ""
    layout: Layout | None = None

    @classmethod
    def of_paragraphs(
        cls, paragraphs: Sequence[str], roles: Sequence[Role] = (), *, id: str = "", date: str = "", url: str = ""
    ) -> Document:
        """Return a document whose paragraphs are the texts of a list; findings about it tell positions in the list.

        The span of a finding, and that of its original, is a range of positions from 0, `paragraphs[start:end]`; its
        lines are the same from 1. Blank texts are left out, and line ends in a text count as spaces.

        Args:
            paragraphs: the texts, in order.
            roles: the role of each, "" for none; no roles by default.
            id: what reports and an index call the document.
            date: ISO 8601.
            url: the address.

        Returns:
            The document. Its text has each paragraph on a line, with a blank line between any two.

        Raises:
            TypeError: `paragraphs` is one text, or something in it is no text; its position is named.
            OptionError: there are not as many roles as paragraphs, or there is no such role.

        Example:
            >>> import dedupe
            >>> paragraphs = ["The old bridge is closed until May.", "", "The old bridge is closed until May."]
            >>> report = dedupe.check(dedupe.Document.of_paragraphs(paragraphs))
            >>> [(finding.action, finding.span, finding.original.span) for finding in report.findings]
            [('remove', Span(start=2, end=3), Span(start=0, end=1))]
        """
        if isinstance(paragraphs, (str, bytes)):
            raise TypeError(f"paragraphs are a list of texts, not one {type(paragraphs).__name__}")
        if roles and len(roles) != len(paragraphs):
            raise OptionError(f"there are {len(paragraphs)} paragraphs and {len(roles)} roles; give one for each")
        filled: list[tuple[int, str]] = []
        for position, text in enumerate(paragraphs):
            if not isinstance(text, str):
                raise TypeError(f"paragraphs[{position}] is a str, not {type(text).__name__}")
            if roles and roles[position] not in get_args(Role):
                raise OptionError(f"there is no role {roles[position]!r:.40}, which paragraphs[{position}] has")
            if line := " ".join(text.splitlines()).strip():
                filled.append((position, line))
        places = tuple([Paragraph(at, at, at + 1, at + 1, at + 1, at + 1) for at, _ in filled])
        layout = Layout(places, tuple([roles[at] if roles else "" for at, _ in filled]))
        return cls("\n\n".join([line for _, line in filled]), id, date, url, layout)
