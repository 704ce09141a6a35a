"""DOCX: the paragraphs of a Word document, with the roles of their styles; cleaned, it becomes JSON lines."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from dedupe._failures import unexpected
from dedupe.errors import InputError
from dedupe.io.formats import _xml
from dedupe.io.formats._zips import Archive, opened, path_of
from dedupe.io.formats.html import is_blank
from dedupe.io.formats.record import JudgedChunk, ReadOptions, Record, findings, oversize
from dedupe.model import Document, Layout, Paragraph, Report, Role
from dedupe.text.bounds import over

KIND = "a Word document"
RELATIONS = "_rels/.rels"
PART = 1 << 23
"""Bytes that a part beside the text may have."""

BASES = 10
"""Styles that may be based on one another."""

PARAGRAPH = 600
"""Bytes that a paragraph takes, with what is made of it."""

_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main ",
    "http://purl.oclc.org/ooxml/wordprocessingml/main ",
)
_FORMULA = "http://schemas.openxmlformats.org/officeDocument/2006/math t"
_FALLBACK = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"

_SKIPPED = frozenset(("txbxContent", "del", "moveFrom", "rt"))
"""Elements whose text was deleted, or is beside that of the paragraph they are in."""

_SPACES = frozenset(("br", "cr", "tab", "ptab"))
_ROLES: dict[str, Role] = {
    **dict.fromkeys(("title", "subtitle"), "heading"),
    **dict.fromkeys(("caption", "image caption", "table caption"), "caption"),
    **dict.fromkeys(("quote", "intense quote", "block text"), "quote"),
    **dict.fromkeys(("source code", "html preformatted", "macro text", "macro"), "code"),
    "table of figures": "navigation",
}
"""Roles by the names of styles, which are English in every document, in small letters."""

_BEGINNINGS: tuple[tuple[str, Role], ...] = (("heading ", "heading"), ("toc ", "navigation"), ("list", "item"))


@dataclass(slots=True)
class _Reader:
    """Takes the elements of a document's text as they come; `styles`: the roles of paragraphs by their styles."""

    styles: Mapping[str, Role]
    place: str
    data: bytes
    texts: list[str] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    number: int = 0
    said: list[str] = field(default_factory=list)
    role: Role = ""
    skipped: int = 0
    cells: int = 0
    hidden: bool = False
    open_: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = _local(name)
        if self.skipped or local in _SKIPPED or name == _FALLBACK:
            self.skipped += local in _SKIPPED or name == _FALLBACK
        elif local == "p":
            self.number += 1
            self.said, self.role = [], ""
        elif local == "tc":
            self.cells += 1
        elif local == "pStyle":
            self.role = self.role or self.styles.get(_value(attributes), "")
        elif local == "numId" and _value(attributes) != "0":
            self.role = self.role or "item"
        elif local == "r":
            self.hidden = False
        elif local in ("vanish", "webHidden"):
            self.hidden = _value(attributes) not in ("0", "false", "off")
        elif local in _SPACES:
            self.said.append(" ")
        elif local == "noBreakHyphen":
            self.said.append("\u2011")
        elif local == "t" or name == _FORMULA:
            self.open_ = not self.hidden

    def end(self, name: str) -> None:
        local = _local(name)
        if self.skipped:
            self.skipped -= local in _SKIPPED or name == _FALLBACK
        elif local == "p":
            self._paragraph()
        elif local == "tc":
            self.cells -= 1
        elif local == "t" or name == _FORMULA:
            self.open_ = False

    def text(self, text: str) -> None:
        if self.open_ and not self.skipped:
            self.said.append(text)

    def _paragraph(self) -> None:
        said = " ".join("".join(self.said).split())
        if is_blank(said):
            return
        self.texts.append(said)
        self.roles.append("cell" if self.cells else self.role)
        self.numbers.append(self.number)
        if not len(self.texts) % 1024 and (why := over(self.data, PARAGRAPH * len(self.texts))):
            raise InputError(self.place, why)

    def document(self) -> Document:
        """Return what was read; a line is a paragraph of the document, a place one in the text."""
        paragraphs = []
        at = 0
        for count, (said, number) in enumerate(zip(self.texts, self.numbers, strict=True)):
            stop = at + len(said)
            paragraphs.append(Paragraph(count, at, stop, stop, number, number))
            at = stop + 2
        return Document("\n\n".join(self.texts), self.place, layout=Layout(tuple(paragraphs), tuple(self.roles)))


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the text of the document as one record. Headers, footers, notes and text boxes are not read."""
    with opened(path_of(stream, place), place, KIND) as archive:
        try:
            record = _record(archive, read_options)
        except InputError:
            raise
        except Exception as error:
            raise unexpected(place, error) from error
    yield record


def _record(archive: Archive, read_options: ReadOptions) -> Record:
    place = archive.place
    main = _related(archive, RELATIONS, "/officeDocument")
    if not main:
        raise InputError(f"{place}:{RELATIONS}", "names no text, so the archive is no Word document")
    folder, name = posixpath.split(main)
    styles = _related(archive, posixpath.join(folder, "_rels", f"{name}.rels"), "/styles")
    data = archive.read(main, read_options.max_record, oversize(read_options))
    reader = _Reader(_styles(archive, styles), place, data)
    _xml.parse(data, f"{place}:{main}", reader.start, reader.end, reader.text)
    document = reader.document()
    texts = reader.texts
    assert document.layout is not None
    starts = [one.start for one in document.layout.paragraphs]

    def rebuild(reports: Sequence[Report]) -> bytes:
        going = {one.span.start for one in reports[0].findings if one.action == "remove"}
        return "\n\n".join(text for text, at in zip(texts, starts, strict=True) if at not in going).encode()

    if not texts:
        return Record(b"", absent=True)
    return Record(document.text.encode(), (document,), rebuild, ({},))


def write(judged: Iterable[JudgedChunk], column: str) -> Iterator[bytes]:
    r"""Yield a JSON line for the document: {"text": ...}; with a column, the text as it was and the findings."""
    for record, reports in judged:
        assert isinstance(record, Record)
        text = record.raw if column else record.without_repeats(reports)
        line: dict[str, object] = {"text": text.decode()}
        if column in line:
            raise InputError(f"--annotate {column}", "is the name of the text itself; name another one")
        if column:
            line[column] = findings(reports)
        yield json.dumps(line).encode("ascii") + b"\n"


def _local(name: str) -> str:
    """Return the name of an element of Word's own without its namespace; empty for any other."""
    space, blank, local = name.rpartition(" ")
    return local if space + blank in _NAMESPACES else ""


def _value(attributes: Mapping[str, str]) -> str:
    return next((value for name, value in attributes.items() if name.endswith(" val")), "")


def _related(archive: Archive, part: str, kind: str) -> str:
    """Return the name of the part that these relations name for a purpose; empty if there is none."""
    found: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name.endswith(" Relationship") and attributes.get("Type", "").endswith(kind):
            found.append(attributes.get("Target", ""))

    if part not in archive and part != RELATIONS:
        return ""
    _xml.parse(_part(archive, part), f"{archive.place}:{part}", start)
    if not found:
        return ""
    folder = posixpath.dirname(posixpath.dirname(part))
    return posixpath.normpath(posixpath.join("/", folder, found[0])).lstrip("/")


def _part(archive: Archive, name: str) -> bytes:
    return archive.read(name, PART, f"is larger than {PART >> 20} MB; no such part is")


def _styles(archive: Archive, part: str) -> dict[str, Role]:
    """Return the roles of paragraphs by the ids of their styles; one that says nothing has that of its base."""
    roles: dict[str, Role] = {}
    bases: dict[str, str] = {}
    style = ""

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal style
        local = _local(name)
        if local == "style":
            style = next((value for one, value in attributes.items() if one.endswith(" styleId")), "")
        elif style and local == "name":
            roles[style] = _role(_value(attributes).lower())
        elif style and local == "basedOn":
            bases[style] = _value(attributes)
        elif style and local == "numId" and not roles.get(style) and _value(attributes) != "0":
            roles[style] = "item"

    def end(name: str) -> None:
        nonlocal style
        if _local(name) == "style":
            style = ""

    if part in archive:
        _xml.parse(_part(archive, part), f"{archive.place}:{part}", start, end)
    return {one: _inherited(one, roles, bases) for one in roles}


def _inherited(style: str, roles: Mapping[str, Role], bases: Mapping[str, str]) -> Role:
    """Return the role of a style or, if it has none, of the nearest style it is based on that has one."""
    for _ in range(BASES):
        if roles.get(style) or style not in bases:
            break
        style = bases[style]
    return roles.get(style, "")


def _role(style: str) -> Role:
    """Return what the name of a style says of a paragraph."""
    if style in _ROLES:
        return _ROLES[style]
    return next((role for beginning, role in _BEGINNINGS if style.startswith(beginning)), "")
