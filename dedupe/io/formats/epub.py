"""EPUB: the chapters of a book in reading order; only the bytes of changed chapters are replaced in the archive."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

import regex

from dedupe.errors import InputError, damaged
from dedupe.io.formats import _xml, html
from dedupe.io.formats._zips import COPIED_BYTES, Archive, Replacements, open_archive, path_of, with_replacements
from dedupe.io.formats.record import JudgedChunk, ReadOptions, Record, as_input_error, oversize
from dedupe.model import Report

KIND = "an EPUB"
CONTAINER, ENCRYPTION, SIGNATURES = (f"META-INF/{name}.xml" for name in ("container", "encryption", "signatures"))
CHAPTER_TYPES = ("application/xhtml+xml", "text/html")
"""Media types of chapters."""

LINKING_TYPES = (*CHAPTER_TYPES, "application/x-dtbncx+xml", "application/smil+xml")
"""Media types of files that may link into a chapter."""

PACKAGE_BYTES = 1 << 23
"""Bytes that the package file, which lists a book's files, may have."""

BYTES_IN_MEMORY = 1 << 20
"""Bytes of changed chapters that are kept in memory; more are kept on the disk."""

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
    """A chapter: the path of its book, and its name in the archive."""

    path: str = ""
    member: str = ""


class Book:
    """A book whose chapters are read: its chapters, and the targets of links in its files."""

    def __init__(self, archive: Archive) -> None:
        self.place = archive.place
        self.path = archive.path
        self.signed = SIGNATURES in archive
        self.package = _package_name(archive)
        self.encrypted = _encrypted_names(archive)
        media_types: dict[str, str] = {}
        names: dict[str, str] = {}
        spine: list[str] = []

        def start(name: str, attributes: Mapping[str, str]) -> None:
            local = name.rpartition(" ")[2]
            if local == "item":
                names[attributes.get("id", "")] = href = attributes.get("href", "")
                media_types[href] = attributes.get("media-type", "").lower()
            elif local == "itemref":
                spine.append(attributes.get("idref", ""))

        _xml.parse(_read_list(archive, self.package), f"{self.place}:{self.package}", start)
        hrefs = dict.fromkeys(names[item_id] for item_id in spine if item_id in names)
        self.chapters = [self._member(href) for href in hrefs if media_types.get(href) in CHAPTER_TYPES]
        self._linking = [self._member(href) for href, media_type in media_types.items() if media_type in LINKING_TYPES]

    def _member(self, href: str) -> str:
        """Return the name in the archive for a reference in the package file."""
        from urllib.parse import unquote  # 4 ms

        path = unquote(href.partition("#")[0])
        return path if "://" in path else posixpath.normpath(posixpath.join(posixpath.dirname(self.package), path))

    def chapter(self, archive: Archive, member: str, read_options: ReadOptions) -> Chapter:
        """Return a chapter as a record; raise `InputError` for one that cannot be read."""
        where = f"{self.place}:{member}"
        if member.startswith(("/", "../")) or "://" in member:
            raise damaged(where, "leads out of the archive, so it is not read")
        if member in self.encrypted:
            raise InputError(where, "is encrypted, so it is not read; save it without encryption first")
        data = archive.read(member, min(read_options.max_record, html.MAX_BYTES), oversize(read_options))
        _xml.parse(data, where)
        page = html.record(data, where, _xml.declared(data), as_html)

        def rebuild(reports: Sequence[Report]) -> bytes:
            assert page.rebuild is not None
            cleaned = page.rebuild(reports)
            _xml.parse(cleaned, where)
            if self.signed:
                raise InputError(where, "is signed, and a change would break its signature; remove the signature first")
            if not _ids(data).isdisjoint(self.targets - _ids(cleaned)):
                raise InputError(where, "has a target of links in what would be removed; remove the duplicates by hand")
            return cleaned

        values = {field.name: getattr(page, field.name) for field in fields(page)}
        return Chapter(**{**values, "rebuild": rebuild if page.documents else None}, path=self.path, member=member)

    @cached_property
    def targets(self) -> frozenset[bytes]:
        """The ids that links of the book lead to, in any chapter."""
        from urllib.parse import unquote_to_bytes  # imported already

        targets: set[bytes] = set()
        with open_archive(self.path, self.place, KIND) as archive:
            for member in self._linking:
                with suppress(InputError):  # reported when it is read, if it is a chapter
                    data = archive.read(member, html.MAX_BYTES, "is too large").replace(b"\0", b"")
                    targets.update(unquote_to_bytes(double or single) for double, single in _TARGET.findall(data))
        return frozenset(targets)


def read(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a record for each chapter, in reading order; one that cannot be read has an error, and the rest is read."""
    path = path_of(stream, place)
    with open_archive(path, place, KIND) as archive:
        book = Book(archive)
        if not book.chapters:
            raise InputError(
                f"{place}:{book.package}", "names no chapter that is XHTML; convert its chapters to XHTML first"
            )
        for member in book.chapters:
            try:
                record = book.chapter(archive, member, read_options)
            except Exception as error:
                record = Chapter(b"", error=as_input_error(error, f"{place}:{member}"), path=path, member=member)
            yield record


def write(judged: Iterable[JudgedChunk], _: str) -> Iterator[bytes]:
    """Yield the bytes of the new book: those of the source but for changed chapters, and offsets."""
    path = ""
    with SpooledTemporaryFile(BYTES_IN_MEMORY) as spool:
        new = Replacements(spool)
        for record, reports in judged:
            assert isinstance(record, Chapter)
            path = record.path
            if (content := record.without_repeats(reports)) != record.raw:
                new.add(record.member, content)
        if new.members:
            yield from with_replacements(path, path, KIND, new)
        elif path:
            with open(path, "rb") as file:
                while piece := file.read(COPIED_BYTES):
                    yield piece


def as_html(source: str) -> str:
    """Return a chapter, which is XML, as HTML of the same length, in which empty elements are closed."""
    return _MARKUP.sub(_as_html_markup, source)


def _as_html_markup(match: regex.Match[str]) -> str:
    """Return markup of the same length that HTML parses as XML parses this."""
    markup = match.group()
    name = match["name"]
    if name is None:
        return markup if markup.startswith("<!--") else _as_comment(markup)
    if not markup.endswith("/>") or name.lower() in _VOID:
        return markup
    if name.lower() in _MEDIA:
        return f"<img{' ' * (len(name) - 3)}{markup[1 + len(name) :]}"
    return _as_comment(markup)


def _as_comment(markup: str) -> str:
    """Return a comment of the same length; if it would be too short, an end tag without a start tag."""
    if len(markup) < 7:
        return f"</{_LETTER.sub('x', markup[2:-1])}>"
    return f"<!--{_LETTER.sub('x', markup[4:-3])}-->"


def _ids(data: bytes) -> frozenset[bytes]:
    return frozenset(double or single for double, single in _ID.findall(data.replace(b"\0", b"")))


def _read_list(archive: Archive, member: str) -> bytes:
    return archive.read(member, PACKAGE_BYTES, f"is larger than {PACKAGE_BYTES >> 20} MB; no such list is")


def _package_name(archive: Archive) -> str:
    """Return the name of the file that lists the book's files."""
    names = _attributes(archive, CONTAINER, "rootfile", "full-path")
    if not names or not names[0]:
        raise damaged(f"{archive.place}:{CONTAINER}", "names no package file, so the archive is no EPUB")
    return names[0]


def _encrypted_names(archive: Archive) -> frozenset[str]:
    """Return the names of the files that are encrypted."""
    from urllib.parse import unquote  # 4 ms

    uris = _attributes(archive, ENCRYPTION, "CipherReference", "URI") if ENCRYPTION in archive else []
    return frozenset(map(unquote, uris))


def _attributes(archive: Archive, member: str, element: str, attribute: str) -> list[str]:
    """Return an attribute of all elements of this name in a member; empty where it is missing."""
    values: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name.rpartition(" ")[2] == element:
            values.append(attributes.get(attribute, ""))

    _xml.parse(_read_list(archive, member), f"{archive.place}:{member}", start)
    return values
