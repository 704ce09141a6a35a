"""Names of encodings, read as browsers read them: `latin1` is windows-1252 and `gb2312` is GB 18030.

The Encoding Standard (https://encoding.spec.whatwg.org) maps labels to supersets of the encodings they name, since
files with such labels use these. Python's codecs leave some bytes undefined that the standard reads as control
characters; the codecs registered here define them, so that such a file is read and written back as the same bytes.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from dedupe.io.formats import _euc_jp

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PREFIX = "web-"
"""Prefix of the names of the codecs registered here."""

_SUPERSETS = {
    "ascii": "web-windows-1252",
    "iso8859-1": "web-windows-1252",
    "iso8859-9": "web-windows-1254",
    "iso8859-11": "web-windows-874",
    "tis-620": "web-windows-874",
    "cp874": "web-windows-874",
    **{f"cp{number}": f"web-windows-{number}" for number in (1250, 1251, 1252, 1253, 1254, 1255, 1257, 1258)},
    "koi8-u": "web-koi8-u",
    "gb2312": "web-gbk",
    "gbk": "web-gbk",
    "gb18030": "web-gbk",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_jp": _euc_jp.NAME,
    "euc_kr": "cp949",
    "utf-16": "utf-16-le",  # the byte order of nearly every file without a mark
    "utf-32": "utf-32-le",
}
"""The codec by the name of one that Python reads as a subset, or writes with a byte order mark."""

_LABELS = {
    label: codec
    for codec, labels in (
        ("utf-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"),
        ("utf-16-le", "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff"),
        ("utf-16-be", "unicodefffe"),
        *((f"iso8859-{part}", f"iso8859{part}") for part in (*range(1, 12), 13, 14, 15)),
        ("iso8859-6", "csiso88596e csiso88596i iso-8859-6-e iso-8859-6-i"),
        ("iso8859-7", "sun_eu_greek"),
        ("iso8859-8", "csiso88598e csiso88598i iso-8859-8-e iso-8859-8-i logical visual"),
        ("iso8859-15", "csisolatin9"),
        ("koi8-r", "koi koi8"),
        ("koi8-u", "koi8-ru"),
        ("mac-roman", "csmacintosh mac x-mac-roman"),
        ("mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian"),
        ("cp874", "dos-874 windows-874"),
        *((f"cp{number}", f"x-cp{number}") for number in range(1250, 1259)),
        ("gbk", "csgb2312 gb_2312 gb_2312-80 x-gbk"),
        ("big5", "cn-big5 x-x-big5"),
        ("cp932", "windows-31j x-sjis"),
        ("euc_jp", "cseucpkdfmtjapanese x-euc-jp"),
        ("cp949", "cseuckr csksc56011987 iso-ir-149 ks_c_5601-1989 ksc_5601 windows-949"),
    )
    for label in labels.split()
}
"""Codecs by labels of the standard that Python does not know."""

UTF_16 = frozenset(("utf-16-le", "utf-16-be"))
STANDARD = frozenset(
    (
        *("utf-8", "big5hkscs", "cp866", "cp932", "cp949", "cp1256", "iso2022_jp", "koi8-r"),
        *("mac-cyrillic", "mac-roman", _euc_jp.NAME, "web-gbk", "web-koi8-u", "web-windows-874"),
        *(f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"web-windows-{number}" for number in (1250, 1251, 1252, 1253, 1254, 1255, 1257, 1258)),
        *("hz", "iso2022_kr"),  # browsers read nothing of these
    )
)
"""The codecs of the standard but UTF-16; Python has more, of which a page cannot have any."""

_OTHERWISE = {"koi8-u": {0xAE: "ў", 0xBE: "Ў"}, "windows-1255": {0xCA: "\u05ba"}}
"""Bytes that the standard decodes to other characters than Python, by codec."""

_EURO, _EURO_BYTE = "€", b"\x80"


def codec_of(label: str) -> str:
    """Return the codec for a label of browsers, or else for a name of Python; raise `LookupError` for others.

    >>> codec_of("latin1"), codec_of("GB2312"), codec_of("utf8"), codec_of("cp437")
    ('web-windows-1252', 'web-gbk', 'utf-8', 'cp437')
    """
    label = label.strip(" \t\n\f\r").lower()
    name = codecs.lookup(_LABELS.get(label, label)).name
    return _SUPERSETS.get(name, name)


def shown(codec: str) -> str:
    """Return the name of a codec as errors show it."""
    return codec.removeprefix(PREFIX).upper()


def spellings(codec: str) -> tuple[str, ...]:
    """Return the codecs that may encode a text decoded with this one to the same bytes.

    A euro sign has two bytes in GB 18030, and one in the GBK of Windows.
    """
    return ("gb18030", codec) if codec == "web-gbk" else (codec,)


def _table(name: str) -> str:
    """Return the character of each byte of a codec; control bytes that Python leaves undefined map to themselves."""
    codec = name.replace("windows-", "cp")
    table = [bytes([byte]).decode(codec, "replace") for byte in range(256)]
    for byte in range(0x80, 0xA0):
        table[byte] = chr(byte) if table[byte] == "\ufffd" else table[byte]
    for byte, character in _OTHERWISE.get(name, {}).items():
        table[byte] = character
    return "".join(table).replace("\ufffd", "\ufffe")  # `charmap_decode` reads this as undefined


def _euro_for_byte(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == _EURO_BYTE[0]:
        return _EURO, error.start + 1
    raise error


def _euros_as_bytes(text: str, errors: str = "strict") -> tuple[bytes, int]:
    return _EURO_BYTE.join(piece.encode("gb18030", errors) for piece in text.split(_EURO)), len(text)


def _gbk_decoded(data: ReadableBuffer, errors: str = "strict") -> tuple[str, int]:
    return codecs.decode(bytes(data), "gb18030", "web-euro" if errors == "strict" else errors), len(memoryview(data))


def _gbk_decoder(errors: str = "strict") -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("gb18030")("web-euro" if errors == "strict" else errors)


def _single_bytes(name: str) -> codecs.CodecInfo:
    table = _table(name)
    encoding = codecs.charmap_build(table)

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        return codecs.charmap_encode(text, errors, encoding)

    def decode(data: ReadableBuffer, errors: str = "strict") -> tuple[str, int]:
        return codecs.charmap_decode(data, errors, table)

    class Decoder(codecs.IncrementalDecoder):
        """Decode piece by piece; each character is one byte."""

        def decode(self, data: ReadableBuffer, final: bool = False) -> str:
            return decode(data, self.errors)[0]

    return codecs.CodecInfo(encode, decode, incrementaldecoder=Decoder, name=PREFIX + name)


def _found(name: str) -> codecs.CodecInfo | None:
    """Return a codec of this module for the name that Python looks up, in which hyphens may be underscores."""
    name = name.replace("_", "-")
    if name not in _SUPERSETS.values() or not name.startswith(PREFIX):
        return None
    if name == "web-gbk":
        return codecs.CodecInfo(_euros_as_bytes, _gbk_decoded, incrementaldecoder=_gbk_decoder, name=name)
    return _euc_jp.CODEC if name == _euc_jp.NAME else _single_bytes(name.removeprefix(PREFIX))


codecs.register_error("web-euro", _euro_for_byte)
codecs.register(_found)
