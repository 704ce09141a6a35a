"""EUC-JP as browsers read it: with the characters that NEC and Windows added to JIS X 0208, such as circled numbers.

The Encoding Standard has one table for EUC-JP and Shift_JIS, that of Windows; Python has it for Shift_JIS only.
"""

from __future__ import annotations

import codecs
from contextlib import suppress
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

NAME = "web-euc-jp"

_RUN = regex.compile(rb"(?P<ascii>[\x00-\x7f]++)|(?P<pairs>(?:[\xa1-\xfe]{2})++)|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}")
_INCOMPLETE = regex.compile(rb"[\x8e\xa1-\xfe]|\x8f[\xa1-\xfe]?+")
_CELLS = 94
"""Rows of JIS X 0208, and characters in each."""


@cache
def _characters() -> dict[bytes, str]:
    """Return the character of each pair of bytes."""
    pairs: dict[bytes, str] = {}
    for row in range(_CELLS):
        for cell in range(_CELLS):
            lead, trail = row // 2, cell + _CELLS * (row % 2)
            shifted = bytes([lead + (0x81 if lead < 0x1F else 0xC1), trail + (0x40 if trail < 0x3F else 0x41)])
            with suppress(UnicodeDecodeError):  # most rows are not full
                pairs[bytes([row + 0xA1, cell + 0xA1])] = shifted.decode("cp932")
    return pairs


@cache
def _pairs() -> dict[str, bytes]:
    """Return the pair of bytes of each character; the first one if there are several."""
    return {character: pair for pair, character in reversed(_characters().items())}


def _decoded(data: bytes, errors: str, final: bool) -> tuple[str, int]:
    """Return the text of bytes, and how many were read: all of them, or all but an incomplete character."""
    pieces: list[str] = []
    position = 0
    while position < len(data):
        match = _RUN.match(data, position)
        if match is None and not final and _INCOMPLETE.fullmatch(data, position):
            break
        text = _text(match) if match else ""
        if text and match:
            pieces.append(text)
            position = position + 2 * len(text) if match.lastgroup == "pairs" else match.end()
        else:
            end = min(match.end(), position + 2) if match else position + 1
            error = UnicodeDecodeError(NAME, data, position, end, "no such character")
            replacement, position = codecs.lookup_error(errors)(error)
            pieces.append(str(replacement))
    return "".join(pieces), position


def _text(match: regex.Match[bytes]) -> str:
    """Return the text of a run of characters of one kind, up to the first that is none."""
    run = match.group()
    if match.lastgroup == "ascii":
        return run.decode("ascii")
    if match.lastgroup == "pairs":
        characters = _characters()
        return "".join(takewhile(bool, (characters.get(run[at : at + 2], "") for at in range(0, len(run), 2))))
    try:
        return run.decode("euc_jp")
    except UnicodeDecodeError:
        return ""


def _encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    pairs = _pairs()
    pieces = [
        character.encode("ascii" if character.isascii() else "euc_jp", errors) if pair is None else pair
        for character in text
        for pair in [pairs.get(character)]
    ]
    return b"".join(pieces), len(text)


def _decode(data: ReadableBuffer, errors: str = "strict") -> tuple[str, int]:
    return _decoded(bytes(data), errors, True)


class _Decoder(codecs.BufferedIncrementalDecoder):
    """Decode piece by piece."""

    def _buffer_decode(self, data: ReadableBuffer, errors: str, final: bool) -> tuple[str, int]:
        return _decoded(bytes(data), errors, final)


CODEC = codecs.CodecInfo(_encode, _decode, incrementaldecoder=_Decoder, name=NAME)
