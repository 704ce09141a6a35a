"""Decode bytes only if the text encodes to the same bytes again."""

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
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks and their codecs."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and how its bytes are encoded: they are `mark + text.encode(encoding)`."""

    text: str
    mark: bytes
    encoding: str

    def encoded(self, text: str) -> bytes:
        """Return the bytes of a text that is cut from this one."""
        return self.mark + text.encode(self.encoding)


def codec_named(encoding: str) -> str:
    """Return the codec for the name of an encoding, or `auto`; raise `OptionError` for any other name.

    Names are those of browsers, in which latin1 is windows-1252, and those of Python.
    """
    if encoding == AUTO:
        return encoding
    try:
        codec = codec_of(encoding)
        "a".encode(codec)  # fails for the codecs that do not encode text
    except (LookupError, UnicodeError, ValueError, TypeError):
        raise OptionError(
            f"encoding must be {AUTO} or the name of a text encoding, such as utf-8 or windows-1252, not {encoding!r}"
        ) from None
    return codec


def encoding_advice(encoding: str, has_mark: bool = False) -> str:
    """Return advice for bytes that cannot be decoded; `has_mark`: whether a byte order mark names the encoding."""
    if has_mark:
        return "repair it, or remove its byte order mark"
    if codec_named(encoding) != UTF_8:
        return "name its encoding with --encoding"
    install = "" if find_spec("charset_normalizer") else " (pip install 'paradedupe[encoding]')"
    return f"find its encoding with --encoding {AUTO}{install}, or name it with --encoding NAME"


def decode_bytes(data: bytes, place: str, encoding: str = UTF_8) -> Decoded:
    """Decode by the byte order mark, or else as this encoding, which may be `auto`.

    Raises `InputError` with the offset of the first invalid byte, or if the text would not encode to the same bytes.
    No character is ever replaced.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return _decode_exactly(data, mark, name, place)
    if encoding != AUTO:
        return _decode_exactly(data, b"", codec_named(encoding), place)
    try:
        return Decoded(data.decode(UTF_8), b"", UTF_8)
    except UnicodeDecodeError:
        return _decode_exactly(data, b"", guess_codec(data, place), place)


def _decode_exactly(data: bytes, mark: bytes, encoding: str, place: str) -> Decoded:
    name, advice = shown(encoding), encoding_advice(encoding, bool(mark))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = len(mark) + error.start
        raise InputError(place, f"is not {name}: byte 0x{data[offset]:02x} at offset {offset}; {advice}") from None
    except (UnicodeError, ValueError) as error:
        raise InputError(place, f"is not {name}: {error}; {advice}") from None
    if encoding == UTF_8:
        return Decoded(text, mark, encoding)  # UTF-8 encodes each text in one way only
    codec = next((codec for codec in spellings(encoding) if encodes_to(codec, text, data[len(mark) :])), None)
    if codec is None:
        raise InputError(place, f"would not stay the same bytes when read as {name}; convert it to UTF-8 first")
    return Decoded(text, mark, codec)


def encodes_to(codec: str, text: str, data: bytes) -> bool:
    """Say whether a text encodes to these bytes."""
    try:
        return text.encode(codec) == data
    except (UnicodeError, ValueError):
        return False


def guess_codec(data: bytes, place: str) -> str:
    """Return the most likely codec of bytes that are not UTF-8."""
    try:
        from charset_normalizer import from_bytes  # 40 ms
    except ImportError:
        raise MissingExtraError("charset-normalizer", "encoding") from None
    best = from_bytes(data).best()
    if best is None:
        raise InputError(place, "has an encoding that could not be detected; name it with --encoding")
    return codec_of(best.encoding)


def decode_text(data: bytes, place: str, encoding: str = UTF_8) -> Decoded:
    """Decode a text file as `decode_bytes` does; raise `InputError` for a NUL, which no text has."""
    encoding = codec_named(encoding)
    try:
        decoded = decode_bytes(data, place, encoding)
    except InputError:
        if encoding == UTF_8 and not any(data.startswith(mark) for mark, _ in MARKS):
            if kind := binary(data):  # tells more than the invalid byte
                raise InputError(place, f"is {kind}, no text; leave it out, or extract its text first") from None
            if (offset := data.find(b"\0")) >= 0:
                raise _nul_error(data, place, offset) from None
        raise
    position = decoded.text.find("\0")
    if position >= 0:
        raise _nul_error(data, place, len(decoded.encoded(decoded.text[:position])))
    return decoded


def _nul_error(data: bytes, place: str, offset: int) -> InputError:
    """Return the error for a NUL; it advises to name an encoding only if every second byte is NUL, as in UTF-16."""
    sample = data[: 1 << 12]
    is_wide = max(sample[::2].count(0), sample[1::2].count(0)) > len(sample) // 5
    advice = "name its encoding with --encoding" if is_wide else "leave it out, or extract its text first"
    kind = binary(data)
    return InputError(place, f"has a NUL byte at offset {offset}, so it is {kind or 'no text'}; {advice}")
