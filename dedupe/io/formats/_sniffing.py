"""What the beginning of a file says that it is, whatever its name says."""

from __future__ import annotations

from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import BinaryIO

import regex

from dedupe.errors import InputError
from dedupe.io.compression import rejoined
from dedupe.io.formats._decoding import AUTO, MARKS, UTF_8, codec_named
from dedupe.io.formats.binaries import binary

HEAD = 1 << 13
"""Bytes that are looked at; a browser looks at 1,445 (https://mimesniff.spec.whatwg.org)."""

BLANK = 1 << 16
"""Bytes that are looked at where those are white space."""


TABLES = ("csv", "tsv")
"""Formats whose first cell may be of any kind of text."""


@dataclass(frozen=True, slots=True)
class Head:
    """A kind of content: what to call it in a sentence, the format that reads it if one does, and what to do if none
    does. `fits`: other formats that may begin so. `sure`: whether it is read as that format without being asked;
    `stands_in`: formats it may be named as, and is read all the same.
    """

    shown: str
    format: str = ""
    advice: str = ""
    fits: tuple[str, ...] = TABLES
    sure: bool = True
    stands_in: tuple[str, ...] = ()


_EXTRACT = "extract its text first"

HTML = Head("an HTML page", "html")
FRAGMENT = Head("a part of an HTML page", "html", fits=("markdown", *TABLES), sure=False)
JSON_LINES = Head("JSON lines", "json-lines", stands_in=("json",))
JSON = Head("JSON over several lines", "json")
ARRAYS = Head("a JSON array", "json", fits=("json-lines", *TABLES))
XML = Head("XML", advice=_EXTRACT)
SRT = Head("SRT subtitles", "srt")
WEBVTT = Head("WebVTT subtitles", "vtt")
ASS = Head("ASS subtitles", advice=_EXTRACT)
RTF = Head("RTF", advice=_EXTRACT)
SCRIPT = Head("the source of a program", advice="leave it out", fits=("html", *TABLES))
MESSAGE = Head("a mail message", "eml", fits=("text", "markdown", *TABLES))
MAILBOX = Head("a mailbox", "mbox", fits=("text", "markdown", "eml", *TABLES))
ARCHIVE = Head("a web archive (WARC)", "warc", fits=("wet",))
WARC = Head("a web archive (WARC)", "warc", fits=())
WET = Head("texts of a web archive (WET)", "wet", fits=(), stands_in=("warc",))
EPUB = Head("an e-book (EPUB)", "epub", fits=())
DOCX = Head("a Word document (DOCX)", "docx", fits=())
PARQUET = Head("Parquet", "parquet", fits=())

# The patterns look at the beginning of a text without the white space before it. Comments and instructions may stand
# before the first tag; each is passed whole or not at all, so none is read twice.
_BEFORE = r"(?:<!--(?:[^-]|-(?!->))*+-->\s*+|<\?(?!php)[a-z](?:[^?]|\?(?!>))*+\?>\s*+)*+"
_PAGE = regex.compile(_BEFORE + r"<(?:!doctype\s++html|html|head|body)[\s>/]", regex.IGNORECASE)
_BLOCK = (
    r"(?:article|aside|blockquote|div|dl|figure|footer|form|h[1-6]|header|link|main|meta|nav|ol|p|pre|script|section"
    r"|style|table|template|title|ul)"
)
_FRAGMENT = regex.compile(_BEFORE + rf"<({_BLOCK})(?=[\s>/])[^<>]*+>(?![:;,.)])", regex.IGNORECASE)
_CLOSED = regex.compile(rf"</{_BLOCK}\s*+>", regex.IGNORECASE)
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
"""The head of a member in the folder of a Word document's parts."""

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
_CUT_OFF = regex.compile(rf"(?:|t|tr|tru|f|fa|fal|fals|n|nu|nul|-|[.eE][-+]?|\\(?:u{_HEX})?|u{_HEX})\Z")
_DECODER = JSONDecoder()


def head_of(stream: BinaryIO) -> tuple[bytes, bool, BinaryIO]:
    """Return the first bytes of a stream, whether there may be more, and the stream with all its bytes.

    Trouble that is met is left to whoever reads on, behind what comes before it.
    """
    start = stream.tell() if stream.seekable() else None
    head = bytearray()
    size = HEAD
    problem: InputError | None = None
    while len(head) < size:
        try:
            piece = getattr(stream, "read1", stream.read)(size - len(head))
        except InputError as error:
            problem = error
            break
        if not piece:
            break
        head += piece
        if len(head) >= size and not head.strip(b" \t\r\n\f\v\0\xef\xbb\xbf\xfe\xff"):
            size = BLANK
    if start is not None:
        stream.seek(start)
        return bytes(head), len(head) >= size, stream
    return bytes(head), len(head) >= size, rejoined(bytes(head), stream, problem)


def content_of(head: bytes, cut: bool, encoding: str = UTF_8) -> Head | None:
    """Return what a file is that begins so; None where it may be any text. `cut`: whether it goes on behind that."""
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(b"PK\x03\x04") and (kind := _zipped(head)) is not None:
        return kind
    if shown := binary(head):
        return Head(shown, advice=_EXTRACT, fits=())
    mark, codec = next(((mark, name) for mark, name in MARKS if head.startswith(mark)), (b"", codec_named(encoding)))
    try:
        text = head[len(mark) :].decode(UTF_8 if codec == AUTO else codec, "replace")
    except UnicodeError:  # some codecs know no replacement
        text = head.decode(UTF_8, "replace")
    text = text.lstrip("\ufeff \t\r\n\f\v\0")
    if text[:1] in "<[{":
        return _in_brackets(text, cut) if text else None
    if _WARC.match(text):
        return _archive(text)
    kinds = ((SRT, _SRT), (WEBVTT, _WEBVTT), (SCRIPT, _SCRIPT), (MAILBOX, _MAILBOX))
    return next((kind for kind, begins in kinds if begins.match(text)), None) or _mail(text, cut)


def _archive(text: str) -> Head:
    """Return whether a web archive has pages or texts, by the first record that has either."""
    kind = _WARC_TYPE.search(text)
    if kind is None:
        return ARCHIVE
    return WET if kind[1].lower() == "conversion" else WARC


def _zipped(head: bytes) -> Head | None:
    """Return what a ZIP archive is that begins so, if its first members tell."""
    if head[30:38] == b"mimetype" and b"application/epub+zip" in head[38:256]:
        return EPUB
    return DOCX if _WORD.search(head) else None


def _mail(text: str, cut: bool) -> Head | None:
    """Return whether a text is a message by the fields that it begins with: who wrote it and when, and such as only
    mail has. A memo that begins like one, or "Dear all: ...", has none of these.
    """
    names, at = set(), 0
    while field := _FIELD.match(text, at):
        names.add(field.group(1).lower())
        at = field.end()
    whole = text.startswith(("\n", "\r\n"), at) or at == len(text) or cut
    of_mail = names & {"message-id", "received", "mime-version", "return-path", "dkim-signature", "x-mozilla-status"}
    return MESSAGE if whole and {"from", "date"} <= names and of_mail else None


def _in_brackets(text: str, cut: bool) -> Head | None:
    """Return what a text is that begins with a bracket of some kind."""
    if text[0] != "<":
        kinds = ((ASS, _ASS), (RTF, _RTF))
        return next((kind for kind, begins in kinds if begins.match(text)), None) or _json(text, cut)
    if _SCRIPT.match(text):
        return SCRIPT
    if _PAGE.match(text):
        return SCRIPT if _TEMPLATE.search(text) else HTML
    if _XML.match(text):
        return XML
    long_comment = cut and text.startswith("<!--") and text.rfind("-->") < text.rfind("<!--")
    return FRAGMENT if long_comment or (_FRAGMENT.match(text) and _CLOSED.search(text)) else None


def _json(text: str, cut: bool) -> Head | None:
    """Return what JSON it is that begins so; None for what only begins like some."""
    end = _end_of_value(text, cut)
    if end is None:
        return None
    value, rest = text[:end], text[end:]
    if '"' not in value:
        return None  # such as [1] above a footnote
    several_lines = "\n" in value or "\r" in value
    following = rest.lstrip()
    if following and (following[0] not in "[{" or _end_of_value(following, cut) is None):
        return None  # such as front matter
    if several_lines:
        return JSON
    return JSON_LINES if text[0] == "{" else ARRAYS


def _end_of_value(text: str, cut: bool) -> int | None:
    """Return where the first value of a JSON text ends, which is its end if the value goes on behind it; None if it
    is no JSON.
    """
    try:
        return _DECODER.raw_decode(text)[1]
    except JSONDecodeError as error:
        open_string = error.msg.startswith("Unterminated string")
        if not open_string and not _CUT_OFF.match(text, error.pos):
            return None
        return len(text) if cut or _FIRST_MEMBER.match(text) else None
    except (RecursionError, ValueError):  # nested a thousand deep, or a number of thousands of digits
        return len(text)
