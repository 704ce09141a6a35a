"""EPUB: the chapters of a book in reading order; one that changes takes its old place among the others' bytes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

import regex

from dedupe._failures import unexpected
from dedupe.errors import InputError
from dedupe.io.formats import _xml, html
from dedupe.io.formats._zips import COPIED, Archive, Replacements, opened, path_of, rewritten
from dedupe.io.formats.record import JudgedChunk, ReadOptions, Record, oversize
from dedupe.model import Report

KIND = "an EPUB"
CONTAINER, ENCRYPTION, SIGNATURES = (f"META-INF/{name}.xml" for name in ("container", "encryption", "signatures"))
CHAPTERS = ("application/xhtml+xml", "text/html")
"""Media types of what is read."""

LINKING = (*CHAPTERS, "application/x-dtbncx+xml", "application/smil+xml")
"""Media types of what may point into a chapter."""

PACKAGE = 1 << 23
"""Bytes that the list of a book's files may have."""

HELD = 1 << 20
"""Bytes of changed chapters that wait in memory; more of them wait on the disk."""

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_MEDIA = ("audio", "canvas", "embed", "iframe", "math", "object", "script", "svg", "video")
_MARKUP = regex.compile(
    r"""<!--.*?(?:-->|\Z)
    | <!\[CDATA\[.*?(?:\]\]>|\Z)
    | <\?.*?(?:\?>|\Z)
    | <(?P<name>[A-Za-z_][^\s/>]*+)(?:[^>"']|"[^"]*+"|'[^']*+')*+>   # possessive: a tag is looked at once""",
    regex.VERBOSE | regex.DOTALL,
)
_LETTER = regex.compile(r"[^\r\n]")
_ID = regex.compile(rb"""\b(?:id|name)\s*+=\s*+(?:"([^"]++)"|'([^']++)')""")
_TARGET = regex.compile(rb"""\b(?:href|src)\s*+=\s*+(?:"[^"#]*+\#([^"]++)"|'[^'#]*+\#([^']++)')""")


@dataclass(frozen=True, slots=True)
class Chapter(Record):
    """A chapter: where its book is, and its name in it."""

    path: str = ""
    member: str = ""


class Book:
    """What is known of a book while its chapters are read: its files, and which places in them are pointed at."""

    def __init__(self, archive: Archive) -> None:
        self.place = archive.place
        self.path = archive.path
        self.signed = SIGNATURES in archive
        self.package = _package(archive)
        self.encrypted = _encrypted(archive)
        kinds: dict[str, str] = {}
        names: dict[str, str] = {}
        order: list[str] = []

        def start(name: str, attributes: Mapping[str, str]) -> None:
            local = name.rpartition(" ")[2]
            if local == "item":
                names[attributes.get("id", "")] = href = attributes.get("href", "")
                kinds[href] = attributes.get("media-type", "").lower()
            elif local == "itemref":
                order.append(attributes.get("idref", ""))

        _xml.parse(_read(archive, self.package), f"{self.place}:{self.package}", start)
        hrefs = dict.fromkeys(names[one] for one in order if kinds.get(names.get(one, "")) in CHAPTERS)
        self.chapters = [self._member(href) for href in hrefs]
        self._linking = [self._member(href) for href, kind in kinds.items() if kind in LINKING]
        self._targets: frozenset[bytes] | None = None

    def _member(self, href: str) -> str:
        """Return the name in the archive that a reference of the package leads to."""
        from urllib.parse import unquote  # 4 ms that only books pay for

        path = unquote(href.partition("#")[0])
        return path if "://" in path else posixpath.normpath(posixpath.join(posixpath.dirname(self.package), path))

    def chapter(self, archive: Archive, member: str, read_options: ReadOptions) -> Chapter:
        """Return a chapter as a record; raise `InputError` for one that cannot be read."""
        where = f"{self.place}:{member}"
        if member.startswith(("/", "../")) or "://" in member:
            raise InputError(where, "leads out of the archive, so it is not read")
        if member in self.encrypted:
            raise InputError(where, "is encrypted, so it is not read")
        data = archive.read(member, min(read_options.max_record, html.MAX_BYTES), oversize(read_options))
        _xml.parse(data, where)
        page = html.record(data, where, _xml.declared(data), as_html)

        def rebuild(reports: Sequence[Report]) -> bytes:
            assert page.rebuild is not None
            cleaned = page.rebuild(reports)
            _xml.parse(cleaned, where)
            if self.signed:
                raise InputError(where, "is signed, and would be true to its signature no more")
            if not _ids(data).isdisjoint(self.targets - _ids(cleaned)):
                raise InputError(where, "has a place that links lead to in what would go")
            return cleaned

        known = {one.name: getattr(page, one.name) for one in fields(page)}
        return Chapter(**{**known, "rebuild": rebuild if page.documents else None}, path=self.path, member=member)

    @property
    def targets(self) -> frozenset[bytes]:
        """The ids that links of the book lead to, whichever chapter they are in."""
        if self._targets is None:
            from urllib.parse import unquote_to_bytes  # loaded already

            found: set[bytes] = set()
            with opened(self.path, self.place, KIND) as archive:
                for member in self._linking:
                    with suppress(InputError):  # said when it is its turn, if it is a chapter
                        data = archive.read(member, html.MAX_BYTES, "is too large").replace(b"\0", b"")
                        found.update(unquote_to_bytes(one or other) for one, other in _TARGET.findall(data))
            self._targets = frozenset(found)
        return self._targets


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a record for each chapter, in reading order; one that cannot be read is an error, and the rest goes on."""
    path = path_of(stream, place)
    with opened(path, place, KIND) as archive:
        book = Book(archive)
        if not book.chapters:
            raise InputError(f"{place}:{book.package}", "names no chapter that is XHTML")
        for member in book.chapters:
            try:
                record = book.chapter(archive, member, read_options)
            except InputError as error:
                record = Chapter(b"", error=error, path=path, member=member)
            except Exception as error:
                record = Chapter(b"", error=unexpected(f"{place}:{member}", error), path=path, member=member)
            yield record


def write(judged: Iterable[JudgedChunk], _: str) -> Iterator[bytes]:
    """Yield the bytes of the new book: those of the source but for chapters that change, and their places."""
    path = ""
    with SpooledTemporaryFile(HELD) as spool:
        new = Replacements(spool)
        for record, reports in judged:
            assert isinstance(record, Chapter)
            path = record.path
            if (content := record.without_repeats(reports)) != record.raw:
                new.add(record.member, content)
        if new.members:
            yield from rewritten(path, path, KIND, new)
        elif path:
            with open(path, "rb") as file:
                while piece := file.read(COPIED):
                    yield piece


def as_html(source: str) -> str:
    """Return a chapter, which is XML, as HTML would have it, of the same length: what is empty is not left open."""
    return _MARKUP.sub(_markup, source)


def _markup(match: regex.Match[str]) -> str:
    """Return markup that HTML reads as XML reads this, of the same length."""
    markup = match.group()
    name = match["name"]
    if name is None:
        return markup if markup.startswith("<!--") else _comment(markup)
    if not markup.endswith("/>") or name.lower() in _VOID:
        return markup
    if name.lower() in _MEDIA:
        return f"<img{' ' * (len(name) - 3)}{markup[1 + len(name) :]}"
    return _comment(markup)


def _comment(markup: str) -> str:
    """Return a comment of the same length; where there is no room for one, an end tag of nothing, which is none."""
    if len(markup) < 7:
        return f"</{_LETTER.sub('x', markup[2:-1])}>"
    return f"<!--{_LETTER.sub('x', markup[4:-3])}-->"


def _ids(data: bytes) -> frozenset[bytes]:
    return frozenset(one or other for one, other in _ID.findall(data.replace(b"\0", b"")))


def _read(archive: Archive, member: str) -> bytes:
    return archive.read(member, PACKAGE, f"is larger than {PACKAGE >> 20} MB; no such list is")


def _package(archive: Archive) -> str:
    """Return the name of the file that lists the book's files."""
    found: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name.rpartition(" ")[2] == "rootfile":
            found.append(attributes.get("full-path", ""))

    _xml.parse(_read(archive, CONTAINER), f"{archive.place}:{CONTAINER}", start)
    if not found or not found[0]:
        raise InputError(f"{archive.place}:{CONTAINER}", "names no package file, so the archive is no EPUB")
    return found[0]


def _encrypted(archive: Archive) -> frozenset[str]:
    """Return the names of the files that are encrypted."""
    from urllib.parse import unquote  # 4 ms that only books pay for

    found: set[str] = set()

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name.rpartition(" ")[2] == "CipherReference":
            found.add(unquote(attributes.get("URI", "")))

    if ENCRYPTION in archive:
        _xml.parse(_read(archive, ENCRYPTION), f"{archive.place}:{ENCRYPTION}", start)
    return frozenset(found)
