"""File formats: parse files into documents and write them back; one module and one entry of `FORMATS` each.

To add a format, write a module and name its reader in `FORMATS`; the contract test runs over every entry. A module is
imported when a file of its format is read, since some imports cost as much as the rest of a run.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

from dedupe.errors import OptionError, UnknownFormatError, suggestion
from dedupe.io.compression import SUFFIXES
from dedupe.io.formats.record import Chunk, Format, JudgedChunk, RawChunk, ReadOptions, Record, reconcile

if TYPE_CHECKING:
    from dedupe.io.formats._sniffing import ContentKind


def lazy(module: str, function: str = "read") -> Callable[..., Any]:
    """Return a function of a format's module that imports the module when it is called."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(f"dedupe.io.formats.{module}"), function)(*arguments)

    return call


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("text", (".txt", ".text"), lazy("plain")),
        Format("markdown", (".md", ".markdown"), lazy("markdown")),
        Format("html", (".html", ".htm", ".xhtml"), lazy("html")),
        Format("json-lines", (".jsonl", ".ndjson"), lazy("json.lines"), columns=True),
        Format("srt", (".srt",), lazy("subtitles", "read_srt")),
        Format("vtt", (".vtt",), lazy("subtitles", "read_vtt")),
        Format("json", (".json",), lazy("json.array"), columns=True, only_if_named=True),
        Format("csv", (".csv",), lazy("separated", "read_csv"), columns=True),
        Format("tsv", (".tsv", ".tab"), lazy("separated", "read_tsv"), columns=True),
        Format("parquet", (".parquet",), lazy("parquet"), lazy("parquet", "write"), columns=True, checks_content=True),
        Format("warc", (".warc",), lazy("warc"), lazy("warc", "write"), becomes=".jsonl"),
        Format("wet", (".wet",), lazy("wet"), member_per_record=True),
        Format("epub", (".epub",), lazy("epub"), lazy("epub", "write"), checks_content=True),
        Format("docx", (".docx",), lazy("docx"), lazy("docx", "write"), True, ".jsonl", checks_content=True),
        Format("eml", (".eml",), lazy("mail", "read_message")),
        Format("mbox", (".mbox",), lazy("mail", "read_mailbox")),
    )
}
"""Every format by name."""

_OTHER_NAMES = {
    **{suffix[1:]: one.name for one in FORMATS.values() for suffix in one.suffixes},
    **dict.fromkeys(("jsonlines", "json_lines", "json-line"), "json-lines"),
    **dict.fromkeys(("plain", "plaintext"), "text"),
    **dict.fromkeys(("word", "doc"), "docx"),
    **dict.fromkeys(("mail", "email"), "eml"),
}
"""What people call formats, endings among it."""

_OF_RECORDS = frozenset(("json-lines", "json", "csv", "tsv", "warc", "wet", "mbox", "eml"))
"""Formats of text files with parts of their own, which a reader of pages would cut across."""

AS_TEXT = "read it as plain text all the same with --format text"


def folder_endings() -> list[str]:
    """Return the suffixes of the files that are read in a folder."""
    return [suffix for form in FORMATS.values() if not form.only_if_named for suffix in form.suffixes]


def format_by_ending(path: str) -> Format | None:
    """Return the format for the ending of a path; plain text for no ending, None for an unknown one."""
    suffix = ending_of(path)
    return next((form for form in FORMATS.values() if suffix in form.suffixes), None if suffix else FORMATS["text"])


def ending_of(path: str) -> str:
    """Return the ending of a path in lower case, without that of a compression; empty if it has none.

    An ending has a letter, and neither white space nor punctuation.

    >>> ending_of("a/Pages.JSONL.gz"), ending_of("Mr. Smith"), ending_of("access.1")
    ('.jsonl', '', '')
    """
    name = PurePath(path).name.lower()
    for ending in SUFFIXES:
        name = name.removesuffix(ending)
    suffix = PurePath(name).suffix
    return suffix if suffix[1:].isalnum() and not suffix[1:].isdigit() else ""


def format_of(path: str, stream: BinaryIO, read_options: ReadOptions) -> tuple[Format, BinaryIO]:
    """Return the format of an open file, and the stream with all its bytes.

    The format is the one named in the options, else that of ending and content. Raises `UnknownFormatError` if both are
    unknown, or if they contradict each other, and for a file of records that is named HTML.
    """
    if read_options.format:
        if read_options.format not in FORMATS:
            near = suggestion(read_options.format, FORMATS, _OTHER_NAMES)
            raise OptionError(f"--format must be one of {', '.join(FORMATS)}, not {read_options.format!r}{near}")
        named = FORMATS[read_options.format]
        return named, _checked_as_page(path, stream, read_options) if named.name == "html" else stream
    by_ending = format_by_ending(path)
    if by_ending is not None and by_ending.checks_content:
        return by_ending, stream
    from dedupe.io.formats._sniffing import detect_content, read_head  # 1 ms, not needed for a named format

    head, is_truncated, stream = read_head(stream)
    return _chosen(path, by_ending, detect_content(head, is_truncated, read_options.encoding)), stream


def _checked_as_page(path: str, stream: BinaryIO, read_options: ReadOptions) -> BinaryIO:
    """Return the stream with all its bytes; raise `UnknownFormatError` if they are records and not one page."""
    from dedupe.io.formats._sniffing import detect_content, read_head  # as in `format_of`

    head, is_truncated, stream = read_head(stream)
    content = detect_content(head, is_truncated, read_options.encoding)
    by_ending = format_by_ending(path)
    form = FORMATS.get(content.format) if content else by_ending if ending_of(path) else None
    if form is None or form.name not in _OF_RECORDS:
        return stream
    what = f"looks like {content.name}" if content else f"is {form.name}"
    advice = "leave out --format html"
    if form.columns:
        advice += ", and name the field that holds pages with --field NAME --field-format html"
    raise UnknownFormatError(path, f"{what}, which is not one page; {advice}, or {AS_TEXT}", f"that are {form.name}")


def _chosen(path: str, by_ending: Format | None, content: ContentKind | None) -> Format:
    """Return the format of a file, given the format of its ending and the kind of its content, if known."""
    ending = ending_of(path)
    if content is None:
        if by_ending is not None:
            return by_ending
        problem = f"ends in {ending}, which is no known format; name its format with --format"
        raise UnknownFormatError(path, f"{problem}, or {AS_TEXT}", f"that end in {ending}")
    if by_ending is not None and by_ending.name in (content.format, *(content.compatible if ending else ())):
        return by_ending
    if content.format and content.is_certain and (not by_ending or not ending or by_ending.name in content.misnamed):
        return FORMATS[content.format]
    problem = f"looks like {content.name}"
    if content.format:
        problem += f", though it is named {ending}" if ending else ""
        advice = f"read it as such with --format {content.format}"
    else:
        problem += ", which is not supported"
        advice = content.advice
    override = AS_TEXT
    is_page = by_ending is not None and by_ending.name == "html"
    if by_ending is not None and by_ending.name != "text" and not (is_page and content.format in _OF_RECORDS):
        override = f"as its name says with --format {by_ending.name}"
    raise UnknownFormatError(path, f"{problem}; {advice}, or {override}", f"that look like {content.name}")


__all__ = [
    "FORMATS",
    "Chunk",
    "Format",
    "JudgedChunk",
    "RawChunk",
    "ReadOptions",
    "Record",
    "ending_of",
    "folder_endings",
    "format_by_ending",
    "format_of",
    "reconcile",
]
