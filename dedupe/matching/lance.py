"""Signatures as an index of Lance has them: its MinHash LSH specification, signature version 0."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import regex

from dedupe._arrays import U8, U16, U64
from dedupe.errors import OptionError
from dedupe.text.paragraphs import split

SEED = 42
"""The seed of the hash and of the coefficients, which the specification fixes."""

MOST_HASHES = 4096
"""Values of a signature at most."""

MAX_TOKEN_BYTES = 40
"""Tokens of so many bytes of UTF-8 and more are left out."""

SEPARATOR = b"\x1f"
"""The byte between the tokens of a shingle."""

_TOKEN = regex.compile(r"[\p{Alphabetic}\p{N}]++")
_ONE_CALL_SHINGLES = 1 << 12
_MASK = (1 << 64) - 1
_P1, _P2, _P3, _P4, _P5 = (
    *(0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9),
    *(0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5),
)


def to_lance(text: str, *, num_hashes: int = 128, shingle_size: int = 3) -> U16:
    r"""Return the signature that a MinHash LSH index of Lance has for each paragraph with words, in order.

    The tokens are those of Lance's `simple` tokenizer with `lower_case` and without `ascii_folding`, stemming and stop
    words; tokens in ASCII are the same with `ascii_folding`. They are other signatures than those of an index of this
    package, which hashes words differently: each is comparable with its own kind only.

    Args:
        text: any text; it is split into paragraphs as `check` splits it.
        num_hashes: the values of a signature, as of the index: 1 to 4096.
        shingle_size: the tokens of a shingle, as of the index: 1 or more.

    Returns:
        The signatures, uint16 in little-endian order, shape (paragraphs, num_hashes): `tobytes` gives the bytes of the
        column `signature`.

    Raises:
        OptionError: `num_hashes` or `shingle_size` is not allowed.
        TypeError: the text is of another type.

    Example:
        >>> to_lance("The quick brown fox", num_hashes=4, shingle_size=2).tolist()
        [[45071, 22998, 20762, 52524]]
    """
    if not isinstance(text, str):
        raise TypeError(f"a text is a str, not {type(text).__name__}")
    if type(num_hashes) is not int or not 1 <= num_hashes <= MOST_HASHES:
        raise OptionError(f"num_hashes must be a whole number from 1 to {MOST_HASHES}, not {num_hashes!r}")
    if type(shingle_size) is not int or shingle_size < 1:
        raise OptionError(f"shingle_size must be a whole number from 1 on, not {shingle_size!r}")
    bounds = split(text).bounds
    found = [tokens for start, stop, _ in bounds if (tokens := tokens_of(text[start:stop]))]
    result = np.empty((len(found), num_hashes), "<u2")
    for position, tokens in enumerate(found):
        result[position] = signature(tokens, num_hashes, shingle_size)
    return result


def tokens_of(text: str) -> list[bytes]:
    """Return the tokens of a text, UTF-8: runs of letters and digits in small letters, without long ones."""
    words = _TOKEN.findall(text.encode("utf-8", "replace").decode("utf-8"))
    kept = (word for word in words if len(word.encode()) < MAX_TOKEN_BYTES)
    return ["".join(character.lower() for character in word).encode() for word in kept]


def signature(tokens: Sequence[bytes], num_hashes: int, shingle_size: int) -> U16:
    """Return the signature of a text by its tokens, one at least; uint16, shape (num_hashes,)."""
    count = max(1, len(tokens) - shingle_size + 1)
    shingles = {SEPARATOR.join(tokens[at : at + shingle_size]) for at in range(count)}
    hashes = xxh64(sorted(shingles))
    multipliers, offsets, compressors = coefficients(num_hashes)
    minima = np.full(num_hashes, _MASK, np.uint64)
    for first in range(0, len(hashes), _ONE_CALL_SHINGLES):
        values = hashes[first : first + _ONE_CALL_SHINGLES, None] * multipliers + offsets
        np.minimum(minima, np.minimum.reduce(values, axis=0), out=minima)
    compressed: U16 = (minima * compressors >> np.uint64(48)).astype(np.uint16)
    return compressed


@lru_cache(maxsize=8)  # a pure function, some milliseconds of each text
def coefficients(num_hashes: int) -> tuple[U64, U64, U64]:
    """Return the multipliers, the offsets and the multipliers of the compression, each uint64, shape (num_hashes,)."""
    state = SEED
    draws = []
    for _ in range(3 * num_hashes):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        draws.append(mixed ^ mixed >> 31)
    values = np.array(draws, np.uint64)
    pairs, last = values[: 2 * num_hashes], values[2 * num_hashes :]
    return pairs[0::2] | np.uint64(1), pairs[1::2], last | np.uint64(1)


def xxh64(values: Sequence[bytes]) -> U64:
    """Return the 64-bit xxHash of each value with the seed of the specification, uint64 (https://xxhash.com)."""
    of_length: defaultdict[int, list[int]] = defaultdict(list)
    for position, value in enumerate(values):
        of_length[len(value)].append(position)
    result = np.empty(len(values), np.uint64)
    for length, positions in of_length.items():
        table = np.frombuffer(b"".join(values[at] for at in positions), np.uint8).reshape(len(positions), length)
        result[np.array(positions, np.int64)] = _xxh64_rows(table)
    return result


def _xxh64_rows(table: U8) -> U64:
    """Return the hash of each row of bytes."""
    rows, length = table.shape
    at = 0
    if length < 32:
        state = _filled(rows, SEED + _P5)
    else:
        lanes = [_filled(rows, SEED + add) for add in (_P1 + _P2, _P2, 0, -_P1)]
        while at + 32 <= length:
            lanes = [_round(lane, _words(table, at + 8 * number, 8)) for number, lane in enumerate(lanes)]
            at += 32
        state = _filled(rows, 0)
        for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True):
            state = state + _rotated(lane, bits)
        for lane in lanes:
            state = (state ^ _round(_filled(rows, 0), lane)) * np.uint64(_P1) + np.uint64(_P4)
    state = state + np.uint64(length)
    while at + 8 <= length:
        state = state ^ _round(_filled(rows, 0), _words(table, at, 8))
        state = _rotated(state, 27) * np.uint64(_P1) + np.uint64(_P4)
        at += 8
    if at + 4 <= length:
        state = state ^ _words(table, at, 4) * np.uint64(_P1)
        state = _rotated(state, 23) * np.uint64(_P2) + np.uint64(_P3)
        at += 4
    for position in range(at, length):
        state = state ^ table[:, position].astype(np.uint64) * np.uint64(_P5)
        state = _rotated(state, 11) * np.uint64(_P1)
    for shift, factor in ((33, _P2), (29, _P3)):
        state = (state ^ state >> np.uint64(shift)) * np.uint64(factor)
    return state ^ state >> np.uint64(32)


def _filled(rows: int, value: int) -> U64:
    return np.full(rows, value & _MASK, np.uint64)


def _words(table: U8, at: int, width: int) -> U64:
    """Return the little-endian number in so many bytes of each row."""
    return np.ascontiguousarray(table[:, at : at + width]).view(f"<u{width}").ravel().astype(np.uint64)


def _round(state: U64, words: U64) -> U64:
    return _rotated(state + words * np.uint64(_P2), 31) * np.uint64(_P1)


def _rotated(values: U64, bits: int) -> U64:
    rotated: U64 = values << np.uint64(bits) | values >> np.uint64(64 - bits)
    return rotated
