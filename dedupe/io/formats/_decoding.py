"""Bytes as text that becomes the same bytes again."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from importlib.util import find_spec

from dedupe.errors import InputError, MissingExtraError, OptionError
from dedupe.io.formats._labels import codec_of, shown, spellings
from dedupe.io.formats.binaries import binary

AUTO = "auto"
UTF_8 = "utf-8"

MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that one's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks and the encodings they announce."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and what its bytes were: `mark + text.encode(encoding)`."""

    text: str
    mark: bytes
    encoding: str

    def encoded(self, text: str) -> bytes:
        """Return a text that was cut out of this one as the bytes it was."""
        return self.mark + text.encode(self.encoding)


def known(encoding: str) -> str:
    """Return the codec for the name of an encoding, or `auto`; raise `OptionError` for what is no encoding of texts.

    A name is read as browsers read it, so that latin1 is windows-1252; others are those of Python.
    """
    if encoding == AUTO:
        return encoding
    try:
        codec = codec_of(encoding)
        "a".encode(codec)  # of the codecs, some are no encodings of texts
    except (LookupError, UnicodeError, ValueError, TypeError):
        raise OptionError(
            f"encoding must be {AUTO} or the name of a text encoding, such as utf-8 or windows-1252, not {encoding!r}"
        ) from None
    return codec


def advice(encoding: str, marked: bool = False) -> str:
    """Return what to do about bytes that are not of an encoding; `marked`: of which a byte order mark is."""
    if marked:
        return "mend it, or take its byte order mark away"
    if known(encoding) != UTF_8:
        return "name its encoding with --encoding"
    install = "" if find_spec("charset_normalizer") else " (pip install 'paradedupe[encoding]')"
    return f"find its encoding with --encoding {AUTO}{install}, or name it with --encoding NAME"


def decoded(data: bytes, place: str, encoding: str = UTF_8) -> Decoded:
    """Decode by the byte order mark or else as this encoding, which may be `auto`.

    Raises `InputError` with the offset of the first byte that is not of the encoding, or when the text would not become
    the same bytes again. Nothing is ever replaced.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return _exact(data, mark, name, place)
    if encoding != AUTO:
        return _exact(data, b"", known(encoding), place)
    try:
        return Decoded(data.decode(UTF_8), b"", UTF_8)
    except UnicodeDecodeError:
        return _exact(data, b"", guessed(data, place), place)


def _exact(data: bytes, mark: bytes, encoding: str, place: str) -> Decoded:
    named, way = shown(encoding), advice(encoding, bool(mark))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        at = len(mark) + error.start
        raise InputError(place, f"is not {named}: byte 0x{data[at]:02x} at offset {at}; {way}") from None
    except (UnicodeError, ValueError) as error:
        raise InputError(place, f"is not {named}: {error}; {way}") from None
    if encoding == UTF_8:
        return Decoded(text, mark, encoding)  # it has one spelling of each text
    codec = next((codec for codec in spellings(encoding) if writes(codec, text, data[len(mark) :])), None)
    if codec is None:
        raise InputError(place, f"would not stay the same bytes when read as {named}; convert it to UTF-8 first")
    return Decoded(text, mark, codec)


def writes(codec: str, text: str, data: bytes) -> bool:
    """Say whether a text becomes these bytes."""
    try:
        return text.encode(codec) == data
    except (UnicodeError, ValueError):
        return False


def guessed(data: bytes, place: str) -> str:
    """Return the codec that bytes which are not UTF-8 are in most likely."""
    try:
        from charset_normalizer import from_bytes  # 40 ms that only this function costs
    except ImportError:
        raise MissingExtraError("charset-normalizer", "encoding") from None
    best = from_bytes(data).best()
    if best is None:
        raise InputError(place, "has an encoding that could not be detected; name it with --encoding")
    return codec_of(best.encoding)


def text_of(data: bytes, place: str, encoding: str = UTF_8) -> Decoded:
    """Decode a file that is text, as `decoded` does; raise `InputError` for one with a NUL, which is something else."""
    encoding = known(encoding)
    try:
        found = decoded(data, place, encoding)
    except InputError:
        if encoding == UTF_8 and (kind := binary(data)):  # that says more than which byte is not of the encoding
            raise InputError(place, f"is {kind}, no text; leave it out, or extract its text first") from None
        if encoding == UTF_8 and (offset := data.find(b"\0")) >= 0:
            raise _no_text(data, place, offset) from None
        raise
    at = found.text.find("\0")
    if at >= 0:
        raise _no_text(data, place, len(found.encoded(found.text[:at])))
    return found


def _no_text(data: bytes, place: str, offset: int) -> InputError:
    """Return the error for a NUL. An encoding is advised only where every second byte is one, as in UTF-16."""
    sample = data[: 1 << 12]
    is_wide = max(sample[::2].count(0), sample[1::2].count(0)) > len(sample) // 5
    way = "name its encoding with --encoding" if is_wide else "leave it out, or extract its text first"
    kind = binary(data)
    return InputError(place, f"has a NUL byte at offset {offset}, so it is {kind or 'no text'}; {way}")
