"""The encoding of a page: that of its byte order mark, else of a `<meta>` in its head, else UTF-8."""

from __future__ import annotations

import codecs

import regex

from dedupe.errors import InputError
from dedupe.io.formats import _labels
from dedupe.io.formats._decoding import UTF_8, encodes_to, encoding_advice
from dedupe.io.formats._labels import spellings

HEAD_BYTES = 1 << 16
"""Bytes in which a `<meta>` is looked for. A browser looks into 1024 and begins anew when it meets one further on."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_COMMENT = regex.compile(rb"<!--.*?(?:-->|$)", regex.DOTALL)
_META = regex.compile(rb"<meta[\s/](?:[^>\"']|\"[^\"]*+\"|'[^']*+')*+>", regex.IGNORECASE)
_ATTRIBUTE = regex.compile(rb"([^\s\"'>/=]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_CHARSET = regex.compile(rb"charset\s*+=\s*+[\"']?+([^\s\"';]++)", regex.IGNORECASE)


def decode(data: bytes, place: str, encoding: str = "") -> tuple[bytes, str, str]:
    """Return the byte order mark, the text behind it, and the codec that encodes the text to the same bytes.

    `encoding` is a codec that overrides a `<meta>`. Raises `InputError` with the byte offset if the page cannot be
    decoded, or if encoding the text would give other bytes.
    """
    mark, codec = next(((mark, codec) for mark, codec in _MARKS if data.startswith(mark)), (b"", ""))
    codec = codec or encoding or declared(data) or "utf-8"
    body = data[len(mark) :]
    hint = f"; {encoding_advice(encoding or UTF_8, bool(mark))}"
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        at = error.start + len(mark)
        raise InputError(place, f"is not {_labels.shown(codec)}: byte 0x{data[at]:02x} at offset {at}{hint}") from None
    codec, back = next(
        ((one, body) for one in spellings(codec) if encodes_to(one, text, body)), (codec, _written(codec, text))
    )
    if back != body:
        at = next((at for at, (one, other) in enumerate(zip(back, body, strict=False)) if one != other), len(back))
        raise InputError(
            place,
            f"is {_labels.shown(codec)} that cannot be encoded to the same bytes, from byte {at + len(mark)} on{hint}",
        )
    return mark, text, codec


def _written(codec: str, text: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return b""


def declared(data: bytes) -> str:
    """Return the codec that a `<meta>` names, its label read as browsers do; empty if there is none."""
    for tag in _META.findall(_COMMENT.sub(b"", data[:HEAD_BYTES])):
        attributes = {name.lower(): b"".join(value) for name, *value in _ATTRIBUTE.findall(tag)}
        label = attributes.get(b"charset", b"")
        if not label and attributes.get(b"http-equiv", b"").lower() == b"content-type":
            match = _CHARSET.search(attributes.get(b"content", b""))
            label = match.group(1) if match else b""
        codec = codec_of(label.decode("ascii", "ignore")) if label else ""
        if codec:
            return codec
    return ""


def codec_of(label: str) -> str:
    """Return the codec for a label as browsers read it in a page; empty if the Encoding Standard does not have it.

    A page that names UTF-16 in ASCII cannot be UTF-16: the HTML standard takes it for UTF-8.
    """
    try:
        codec = _labels.codec_of("windows-1252" if label.strip().lower() == "x-user-defined" else label)
    except LookupError:
        return ""
    return "utf-8" if codec in _labels.UTF_16 else codec if codec in _labels.STANDARD else ""
