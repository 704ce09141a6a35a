"""Detect the kind of a file's content from its first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import BinaryIO

import regex

from dedupe.errors import InputError
from dedupe.io.compression import rejoined
from dedupe.io.formats._decoding import AUTO, MARKS, UTF_8, codec_named
from dedupe.io.formats.binaries import binary

HEAD_BYTES = 1 << 13
"""Bytes that are examined; a browser examines 1,445 (https://mimesniff.spec.whatwg.org)."""

MOST_BLANK_BYTES = 1 << 16
"""Bytes that are examined if those are white space."""

TABLES = ("csv", "tsv")
"""Formats whose first cell may be any kind of text."""


@dataclass(frozen=True, slots=True)
class ContentKind:
    """A kind of content: its name in errors, the format that reads it, if any, and advice if there is none.

    `compatible`: other formats that may begin like this. `is_certain`: whether it is read as its format without being
    asked. `misnamed`: formats that it may be named as without being refused.
    """

    name: str
    format: str = ""
    advice: str = ""
    compatible: tuple[str, ...] = TABLES
    is_certain: bool = True
    misnamed: tuple[str, ...] = ()


_EXTRACT = "extract its text first"

HTML = ContentKind("an HTML page", "html")
FRAGMENT = ContentKind("a part of an HTML page", "html", compatible=("markdown", *TABLES), is_certain=False)
JSON_LINES = ContentKind("JSON lines", "json-lines", misnamed=("json",))
JSON = ContentKind("JSON over several lines", "json")
ARRAYS = ContentKind("a JSON array", "json", compatible=("json-lines", *TABLES))
XML = ContentKind("XML", advice=_EXTRACT)
SRT = ContentKind("SRT subtitles", "srt")
WEBVTT = ContentKind("WebVTT subtitles", "vtt")
ASS = ContentKind("ASS subtitles", advice=_EXTRACT)
RTF = ContentKind("RTF", advice=_EXTRACT)
SCRIPT = ContentKind("the source of a program", advice="leave it out", compatible=("html", *TABLES))
MESSAGE = ContentKind("a mail message", "eml", compatible=("text", "markdown", *TABLES))
MAILBOX = ContentKind("a mailbox", "mbox", compatible=("text", "markdown", "eml", *TABLES))
ARCHIVE = ContentKind("a web archive (WARC)", "warc", compatible=("wet",))
WARC = ContentKind("a web archive (WARC)", "warc", compatible=())
WET = ContentKind("texts of a web archive (WET)", "wet", compatible=(), misnamed=("warc",))
EPUB = ContentKind("an e-book (EPUB)", "epub", compatible=())
DOCX = ContentKind("a Word document (DOCX)", "docx", compatible=())
PARQUET = ContentKind("Parquet", "parquet", compatible=())

# The patterns match the beginning of a text without the white space before it. Comments and instructions may be before
# the first tag; each is matched as a whole or not at all, so none is read twice.
_BEFORE = r"(?:<!--(?:[^-]|-(?!->))*+-->\s*+|<\?(?!php)[a-z](?:[^?]|\?(?!>))*+\?>\s*+)*+"
_PAGE = regex.compile(_BEFORE + r"<(?:!doctype\s++html|html|head|body)[\s>/]", regex.IGNORECASE)
_BLOCK = (
    r"(?:article|aside|blockquote|div|dl|figure|footer|form|h[1-6]|header|link|main|meta|nav|ol|p|pre|script|section"
    r"|style|table|template|title|ul)"
)
_FRAGMENT = regex.compile(_BEFORE + rf"<({_BLOCK})(?=[\s>/])[^<>]*+>(?![:;,.)])", regex.IGNORECASE)
_BLOCK_END = regex.compile(rf"</{_BLOCK}\s*+>", regex.IGNORECASE)
_XML = regex.compile(
    r"<\?xml\s"
    + "|"
    + _BEFORE
    + r"(?:<!doctype\s++(?!html[\s>])\w|<(?:rss|feed|urlset|sitemapindex|opml)[\s>]"
    + rf"|<(?!{_BLOCK}\b)[\w:.-]++\s[^<>]*?\bxmlns)",
    regex.IGNORECASE,
)
_TEMPLATE = regex.compile(r"<\?php|<\?=|<%[\s@=!-]", regex.IGNORECASE)
_WARC = regex.compile(r"WARC/\d\.\d\r?\n[A-Za-z-]++:")
_WARC_TYPE = regex.compile(
    r"^WARC-Type:[ \t]*+(response|resource|request|revisit|conversion)\b", regex.IGNORECASE | regex.MULTILINE
)
_WORD = regex.compile(rb"PK\x03\x04.{26}word/", regex.DOTALL)
"""The header of a member in the folder of a Word document's parts."""

_CLOCK = r"(?:\d{1,3}:)?\d{2}:\d{2}[.,]\d{1,3}"
_SRT = regex.compile(rf"(?:\d++[ \t]*+(?:\r\n?|\n))?{_CLOCK}[ \t]*+-->[ \t]*+{_CLOCK}")
_WEBVTT = regex.compile(rf"WEBVTT(?=[ \t\r\n])[^\r\n]*+[\r\n].*?{_CLOCK}[ \t]*+-->", regex.DOTALL)
_ASS = regex.compile(r"\[Script Info\][ \t]*+[\r\n]")
_SCRIPT = regex.compile(r"#!\s*+/|<\?php\s|<%@\s*+\w", regex.IGNORECASE)
_FIELD = regex.compile(r"([!-9;-~]{1,60}+):[ \t][^\r\n]*+(?:(?:\r\n|\n)[ \t][^\r\n]*+)*+(?:\r\n|\n|\Z)")
_MAILBOX = regex.compile(r"From [^\r\n]{0,280}?\d:\d\d[^\r\n]{0,280}?\d{4}[^\r\n]*+\r?\n(?:[!-9;-~]++:|>?From )")
_RTF = regex.compile(r"\{\\rtf\d")
_FIRST_MEMBER = regex.compile(r'\{\s*+"(?:[^"\\\n]|\\.)*+"\s*+:|\[\s*+(?:[\[{]|"(?:[^"\\\n]|\\.)*+"\s*+,)')
_HEX = "[0-9A-Fa-f]{0,3}"
_TRUNCATED_VALUE = regex.compile(rf"(?:|t|tr|tru|f|fa|fal|fals|n|nu|nul|-|[.eE][-+]?|\\(?:u{_HEX})?|u{_HEX})\Z")
_DECODER = JSONDecoder()


def read_head(stream: BinaryIO) -> tuple[bytes, bool, BinaryIO]:
    """Return the first bytes of a stream, whether there may be more, and the stream with all its bytes.

    An error is raised when the stream is read on to that point.
    """
    start = stream.tell() if stream.seekable() else None
    head = bytearray()
    limit = HEAD_BYTES
    problem: InputError | None = None
    while len(head) < limit:
        try:
            piece = getattr(stream, "read1", stream.read)(limit - len(head))
        except InputError as error:
            problem = error
            break
        if not piece:
            break
        head += piece
        if len(head) >= limit and not head.strip(b" \t\r\n\f\v\0\xef\xbb\xbf\xfe\xff"):
            limit = MOST_BLANK_BYTES
    if start is not None:
        stream.seek(start)
        return bytes(head), len(head) >= limit, stream
    return bytes(head), len(head) >= limit, rejoined(bytes(head), stream, problem)


def detect_content(head: bytes, is_truncated: bool, encoding: str = UTF_8) -> ContentKind | None:
    """Return the kind of a file with these first bytes; None if it may be any text.

    `is_truncated`: whether the file may have more bytes.
    """
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(b"PK\x03\x04") and (kind := _zip_kind(head)) is not None:
        return kind
    if name := binary(head):
        return ContentKind(name, advice=_EXTRACT, compatible=())
    mark, codec = next(((mark, name) for mark, name in MARKS if head.startswith(mark)), (b"", codec_named(encoding)))
    try:
        text = head[len(mark) :].decode(UTF_8 if codec == AUTO else codec, "replace")
    except UnicodeError:  # some codecs have no replacement character
        text = head.decode(UTF_8, "replace")
    text = text.lstrip("\ufeff \t\r\n\f\v\0")
    if text[:1] in "<[{":
        return _bracket_kind(text, is_truncated) if text else None
    if _WARC.match(text):
        return _web_archive_kind(text)
    kinds = ((SRT, _SRT), (WEBVTT, _WEBVTT), (SCRIPT, _SCRIPT), (MAILBOX, _MAILBOX))
    return next((kind for kind, begins in kinds if begins.match(text)), None) or _message_kind(text, is_truncated)


def _web_archive_kind(text: str) -> ContentKind:
    """Return the kind of a web archive, of pages or of texts, by the first record that has either."""
    kind = _WARC_TYPE.search(text)
    if kind is None:
        return ARCHIVE
    return WET if kind[1].lower() == "conversion" else WARC


def _zip_kind(head: bytes) -> ContentKind | None:
    """Return the kind of a ZIP archive by its first members; None if these do not tell it."""
    if head[30:38] == b"mimetype" and b"application/epub+zip" in head[38:256]:
        return EPUB
    return DOCX if _WORD.search(head) else None


def _message_kind(text: str, is_truncated: bool) -> ContentKind | None:
    """Return the kind of a message, recognized by the header fields From and Date and one that only mail has; else
    None, as for a memo, or "Dear all: ...".
    """
    names, position = set(), 0
    while field := _FIELD.match(text, position):
        names.add(field.group(1).lower())
        position = field.end()
    is_complete = text.startswith(("\n", "\r\n"), position) or position == len(text) or is_truncated
    of_mail = names & {"message-id", "received", "mime-version", "return-path", "dkim-signature", "x-mozilla-status"}
    return MESSAGE if is_complete and {"from", "date"} <= names and of_mail else None


def _bracket_kind(text: str, is_truncated: bool) -> ContentKind | None:
    """Return the kind of a text that begins with a bracket."""
    if text[0] != "<":
        kinds = ((ASS, _ASS), (RTF, _RTF))
        return next((kind for kind, begins in kinds if begins.match(text)), None) or _json_kind(text, is_truncated)
    if _SCRIPT.match(text):
        return SCRIPT
    if _PAGE.match(text):
        return SCRIPT if _TEMPLATE.search(text) else HTML
    if _XML.match(text):
        return XML
    long_comment = is_truncated and text.startswith("<!--") and text.rfind("-->") < text.rfind("<!--")
    return FRAGMENT if long_comment or (_FRAGMENT.match(text) and _BLOCK_END.search(text)) else None


def _json_kind(text: str, is_truncated: bool) -> ContentKind | None:
    """Return the kind of a JSON text; None for a text that only begins like JSON."""
    end = _end_of_value(text, is_truncated)
    if end is None:
        return None
    value, rest = text[:end], text[end:]
    if '"' not in value:
        return None  # such as [1] above a footnote
    several_lines = "\n" in value or "\r" in value
    following = rest.lstrip()
    if following and (following[0] not in "[{" or _end_of_value(following, is_truncated) is None):
        return None  # such as front matter
    if several_lines:
        return JSON
    return JSON_LINES if text[0] == "{" else ARRAYS


def _end_of_value(text: str, is_truncated: bool) -> int | None:
    """Return where the first value of a JSON text ends, or the text's end if the value is truncated; None if it is no
    JSON.
    """
    try:
        return _DECODER.raw_decode(text)[1]
    except JSONDecodeError as error:
        open_string = error.msg.startswith("Unterminated string")
        if not open_string and not _TRUNCATED_VALUE.match(text, error.pos):
            return None
        return len(text) if is_truncated or _FIRST_MEMBER.match(text) else None
    except (RecursionError, ValueError):  # nested a thousand deep, or a number of thousands of digits
        return len(text)
