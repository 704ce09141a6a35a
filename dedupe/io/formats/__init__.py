"""File formats: how bytes become documents and, changed, bytes again. One file a format, one line in the table.

To add a format, write a module and name its reader in `FORMATS`; the contract test runs over every entry. A module is
loaded when a file of its format is met: some cost as much as the rest of a run.
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
    from dedupe.io.formats._sniffing import Head


def _later(module: str, function: str = "read") -> Callable[..., Any]:
    """Return a function of a format's module, which is loaded when the function is called."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(f"dedupe.io.formats.{module}"), function)(*arguments)

    return call


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("text", (".txt", ".text"), _later("plain")),
        Format("markdown", (".md", ".markdown"), _later("markdown")),
        Format("html", (".html", ".htm", ".xhtml"), _later("html")),
        Format("json-lines", (".jsonl", ".ndjson"), _later("json.lines"), columns=True),
        Format("srt", (".srt",), _later("subtitles", "read_srt")),
        Format("vtt", (".vtt",), _later("subtitles", "read_vtt")),
        Format("json", (".json",), _later("json.array"), columns=True, named=True),
        Format("csv", (".csv",), _later("separated", "read_csv"), columns=True),
        Format("tsv", (".tsv", ".tab"), _later("separated", "read_tsv"), columns=True),
        Format("parquet", (".parquet",), _later("parquet"), _later("parquet", "write"), columns=True, tells=True),
        Format("warc", (".warc",), _later("warc"), _later("warc", "write"), becomes=".jsonl"),
        Format("wet", (".wet",), _later("wet"), members=True),
        Format("epub", (".epub",), _later("epub"), _later("epub", "write"), tells=True),
        Format(
            "docx",
            (".docx",),
            _later("docx"),
            _later("docx", "write"),
            columns=True,
            becomes=".jsonl",
            tells=True,
        ),
        Format("eml", (".eml",), _later("mail", "read_message")),
        Format("mbox", (".mbox",), _later("mail", "read_mailbox")),
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


def endings_taken() -> list[str]:
    """Return the endings of the files that are taken in a folder."""
    return [suffix for one in FORMATS.values() if not one.named for suffix in one.suffixes]


def format_by_ending(path: str) -> Format | None:
    """Return the format whose suffix the path has; plain text without an ending, None for one that is not known."""
    suffix = ending_of(path)
    return next((one for one in FORMATS.values() if suffix in one.suffixes), None if suffix else FORMATS["text"])


def ending_of(path: str) -> str:
    """Return the ending of a path in small letters, as it is before a compression's; empty if it has none.

    An ending has a letter and neither white space nor punctuation: "Mr. Smith" and "access.1" have none.
    """
    name = PurePath(path).name.lower()
    for ending in SUFFIXES:
        name = name.removesuffix(ending)
    suffix = PurePath(name).suffix
    return suffix if suffix[1:].isalnum() and not suffix[1:].isdigit() else ""


def format_of(path: str, stream: BinaryIO, read_options: ReadOptions) -> tuple[Format, BinaryIO]:
    """Return the format of an open file, and the stream with all its bytes: what is named, else what ending and content
    say.

    Raises `UnknownFormatError` for a file that neither tells, and for one whose content is not what its ending says.
    """
    if read_options.format:
        if read_options.format not in FORMATS:
            near = suggestion(read_options.format, FORMATS, _OTHER_NAMES)
            raise OptionError(f"--format must be one of {', '.join(FORMATS)}, not {read_options.format!r}{near}")
        return FORMATS[read_options.format], stream
    named = format_by_ending(path)
    if named is not None and named.tells:
        return named, stream
    from dedupe.io.formats._sniffing import content_of, head_of  # 1 ms that a format that is named does not cost

    head, cut, stream = head_of(stream)
    return _chosen(path, named, content_of(head, cut, read_options.encoding)), stream


def _chosen(path: str, named: Format | None, content: Head | None) -> Format:
    """Return the format of a file by what its ending names, if anything, and what its content is, if that is known."""
    ending = ending_of(path)
    if content is None:
        if named is not None:
            return named
        problem = f"ends in {ending}, which no format here does; name its format with --format"
        raise UnknownFormatError(path, f"{problem}, or {_KEPT['text']}", f"that end in {ending}")
    if named is not None and named.name in (content.format, *(content.fits if ending else ())):
        return named
    if content.format and content.sure and (named is None or not ending or named.name in content.stands_in):
        return FORMATS[content.format]
    problem = f"looks like {content.shown}"
    if content.format:
        problem += f", though it is named {ending}" if ending else ""
        way = f"read it as such with --format {content.format}"
    else:
        problem += ", a format that is not read"
        way = content.advice
    kept = named.name if named is not None else "text"
    kept = _KEPT.get(kept, f"as its name says with --format {kept}")
    raise UnknownFormatError(path, f"{problem}; {way}, or {kept}", f"that look like {content.shown}")


_KEPT = {"text": "read it as plain text all the same with --format text"}
"""The way out for who knows better."""


__all__ = [
    "FORMATS",
    "Chunk",
    "Format",
    "JudgedChunk",
    "RawChunk",
    "ReadOptions",
    "Record",
    "ending_of",
    "endings_taken",
    "format_by_ending",
    "format_of",
    "reconcile",
]
