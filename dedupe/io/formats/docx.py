"""DOCX: the paragraphs of a Word document with the roles of their styles; the cleaned text is written as JSON lines."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.io.formats import _xml
from dedupe.io.formats._zips import Archive, open_archive, path_of
from dedupe.io.formats.html import is_blank
from dedupe.io.formats.record import JudgedChunk, ReadOptions, Record, as_input_error, findings, oversize
from dedupe.io.formats.strings import SEPARATOR, join_strings
from dedupe.model import Document, Layout, Paragraph, Report, Role
from dedupe.text.bounds import over

KIND = "a Word document"
RELATIONSHIPS = "_rels/.rels"
PART_BYTES = 1 << 23
"""Bytes that a part other than the text may have."""

MOST_BASES = 10
"""Length of a chain of styles based on one another that is followed."""

PARAGRAPH_BYTES = 600
"""Bytes of memory for a paragraph."""

_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main ",
    "http://purl.oclc.org/ooxml/wordprocessingml/main ",
)
_FORMULA = "http://schemas.openxmlformats.org/officeDocument/2006/math t"
_FALLBACK = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"

_SKIPPED = frozenset(("txbxContent", "del", "moveFrom", "rt"))
"""Elements whose text is deleted, or does not belong to the text of their paragraph."""

_SPACES = frozenset(("br", "cr", "tab", "ptab"))
_ROLES: dict[str, Role] = {
    **dict.fromkeys(("title", "subtitle"), "heading"),
    **dict.fromkeys(("caption", "image caption", "table caption"), "caption"),
    **dict.fromkeys(("quote", "intense quote", "block text"), "quote"),
    **dict.fromkeys(("source code", "html preformatted", "macro text", "macro"), "code"),
    "table of figures": "navigation",
}
"""Roles by the names of styles, in lower case; these names are English in every document."""

_ROLES_BY_PREFIX: tuple[tuple[str, Role], ...] = (("heading ", "heading"), ("toc ", "navigation"), ("list", "item"))


@dataclass(slots=True)
class _TextHandler:
    """Handle the elements of a document's text in order; `styles`: the roles of paragraphs by their styles."""

    styles: Mapping[str, Role]
    place: str
    data: bytes
    texts: list[str] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    number: int = 0
    pieces: list[str] = field(default_factory=list)
    role: Role = ""
    skipped: int = 0
    cells: int = 0
    hidden: bool = False
    in_text: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = _local_name(name)
        if self.skipped or local in _SKIPPED or name == _FALLBACK:
            self.skipped += local in _SKIPPED or name == _FALLBACK
        elif local == "p":
            self.number += 1
            self.pieces, self.role = [], ""
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
            self.pieces.append(" ")
        elif local == "noBreakHyphen":
            self.pieces.append("\u2011")
        elif local == "t" or name == _FORMULA:
            self.in_text = not self.hidden

    def end(self, name: str) -> None:
        local = _local_name(name)
        if self.skipped:
            self.skipped -= local in _SKIPPED or name == _FALLBACK
        elif local == "p":
            self._paragraph()
        elif local == "tc":
            self.cells -= 1
        elif local == "t" or name == _FORMULA:
            self.in_text = False

    def text(self, text: str) -> None:
        if self.in_text and not self.skipped:
            self.pieces.append(text)

    def _paragraph(self) -> None:
        text = " ".join("".join(self.pieces).split())
        if is_blank(text):
            return
        self.texts.append(text)
        self.roles.append("cell" if self.cells else self.role)
        self.numbers.append(self.number)
        if not len(self.texts) % 1024 and (why := over(self.data, PARAGRAPH_BYTES * len(self.texts))):
            raise InputError(self.place, why)

    def document(self) -> Document:
        """Return the document; its line numbers count the paragraphs of the file, its positions are in the text."""
        paragraphs = []
        start = 0
        for count, (text, number) in enumerate(zip(self.texts, self.numbers, strict=True)):
            stop = start + len(text)
            paragraphs.append(Paragraph(count, start, stop, stop, number, number))
            start = stop + len(SEPARATOR)
        return Document(join_strings(self.texts), self.place, layout=Layout(tuple(paragraphs), tuple(self.roles)))


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the text of the document as one record, without headers, footers, notes and text boxes."""
    with open_archive(path_of(stream, place), place, KIND) as archive:
        try:
            record = _record(archive, read_options)
        except Exception as error:
            raise as_input_error(error, place) from None
    yield record


def _record(archive: Archive, read_options: ReadOptions) -> Record:
    place = archive.place
    main = _related_part(archive, RELATIONSHIPS, "/officeDocument")
    if not main:
        raise InputError(
            f"{place}:{RELATIONSHIPS}",
            "names no text, so the archive is no Word document; save it again as a Word document",
        )
    folder, name = posixpath.split(main)
    styles = _related_part(archive, posixpath.join(folder, "_rels", f"{name}.rels"), "/styles")
    data = archive.read(main, read_options.max_record, oversize(read_options))
    handler = _TextHandler(_roles_of_styles(archive, styles), place, data)
    _xml.parse(data, f"{place}:{main}", handler.start, handler.end, handler.text)
    document = handler.document()
    texts = handler.texts
    assert document.layout is not None
    starts = [paragraph.start for paragraph in document.layout.paragraphs]

    def rebuild(reports: Sequence[Report]) -> bytes:
        removed = {finding.span.start for finding in reports[0].findings if finding.action == "remove"}
        return join_strings([text for text, start in zip(texts, starts, strict=True) if start not in removed]).encode()

    if not texts:
        return Record(b"", absent=True)
    return Record(document.text.encode(), (document,), rebuild, ({},))


def write(judged: Iterable[JudgedChunk], column: str) -> Iterator[bytes]:
    r"""Yield a JSON line for the document: {"text": ...}; with a column, the unchanged text and the findings."""
    for record, reports in judged:
        assert isinstance(record, Record)
        text = record.raw if column else record.without_repeats(reports)
        line: dict[str, object] = {"text": text.decode()}
        if column in line:
            raise InputError(f"--annotate {column}", "is the name of the text itself; name another one")
        if column:
            line[column] = findings(reports)
        yield json.dumps(line).encode("ascii") + b"\n"


def _local_name(name: str) -> str:
    """Return the name of an element of WordprocessingML without its namespace; empty for any other."""
    space, blank, local = name.rpartition(" ")
    return local if space + blank in _NAMESPACES else ""


def _value(attributes: Mapping[str, str]) -> str:
    return next((value for name, value in attributes.items() if name.endswith(" val")), "")


def _related_part(archive: Archive, part: str, kind: str) -> str:
    """Return the name of the related part of this kind; empty if there is none."""
    targets: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name.endswith(" Relationship") and attributes.get("Type", "").endswith(kind):
            targets.append(attributes.get("Target", ""))

    if part not in archive and part != RELATIONSHIPS:
        return ""
    _xml.parse(_read_part(archive, part), f"{archive.place}:{part}", start)
    if not targets:
        return ""
    folder = posixpath.dirname(posixpath.dirname(part))
    return posixpath.normpath(posixpath.join("/", folder, targets[0])).lstrip("/")


def _read_part(archive: Archive, name: str) -> bytes:
    return archive.read(name, PART_BYTES, f"is larger than {PART_BYTES >> 20} MB; no such part is")


def _roles_of_styles(archive: Archive, part: str) -> dict[str, Role]:
    """Return the roles of paragraphs by the ids of their styles; a style without one inherits it from its base."""
    roles: dict[str, Role] = {}
    bases: dict[str, str] = {}
    style = ""

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal style
        local = _local_name(name)
        if local == "style":
            style = next((value for key, value in attributes.items() if key.endswith(" styleId")), "")
        elif style and local == "name":
            roles[style] = _role_of_name(_value(attributes).lower())
        elif style and local == "basedOn":
            bases[style] = _value(attributes)
        elif style and local == "numId" and not roles.get(style) and _value(attributes) != "0":
            roles[style] = "item"

    def end(name: str) -> None:
        nonlocal style
        if _local_name(name) == "style":
            style = ""

    if part in archive:
        _xml.parse(_read_part(archive, part), f"{archive.place}:{part}", start, end)
    return {style_id: _inherited_role(style_id, roles, bases) for style_id in roles}


def _inherited_role(style: str, roles: Mapping[str, Role], bases: Mapping[str, str]) -> Role:
    """Return the role of a style, or else of the nearest of its bases that has one."""
    for _ in range(MOST_BASES):
        if roles.get(style) or style not in bases:
            break
        style = bases[style]
    return roles.get(style, "")


def _role_of_name(style: str) -> Role:
    """Return the role of paragraphs with a style of this name."""
    if style in _ROLES:
        return _ROLES[style]
    return next((role for beginning, role in _ROLES_BY_PREFIX if style.startswith(beginning)), "")
