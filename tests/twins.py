"""Slow, obvious twins of the kernels: what they compute, in plain Python."""

from __future__ import annotations

import hashlib
import re
import unicodedata

import regex

MASK = (1 << 64) - 1
M1, M2, M3, M4 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xC2B2AE3D27D4EB4F
ROUNDS_BYTES = 256
BEFORE_HASH, AFTER_HASH = 0x9AE16A3B2F90404F, 0xC949C7DEFE4D1D2B

INVISIBLE = regex.compile(
    r"[\p{Cf}\p{Variation_Selector}\u034F\u115F\u1160\u3164\uFFA0]"
    r"|[\u0640\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u0610-\u061A]"
    r"|[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7]"
)
UNSPACED = regex.compile(r"[\p{Script=Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]")


def words(text: str) -> list[str]:
    """Normalise the whole text, then go through it character by character."""
    symbols = "".join(" " if unicodedata.category(c)[0] in "SPZC" and not INVISIBLE.match(c) else c for c in text)
    visible = INVISIBLE.sub("", symbols)
    if not unicodedata.is_normalized("NFKC", visible) or any(unicodedata.category(c)[0] == "M" for c in visible):
        visible = regex.sub(r"(\p{M}{30})\p{M}+", r"\1", visible)
    normal = INVISIBLE.sub("", unicodedata.normalize("NFKC", visible))
    found: list[str] = []
    word = ""
    for character in normal:
        if unicodedata.category(character)[0] not in "LMN":
            found, word = [*found, word], ""
            continue
        folded = next((f for f in (character.casefold(), character.lower()) if len(f) == 1), character.lower()[0])
        if UNSPACED.match(character):
            found, word = [*found, word, folded], ""
        else:
            word += folded
    return [word for word in [*found, word] if word]


def word_hash(word: str) -> int:
    """Hash a word: eight bytes a round, characters outside ASCII as 0x7f, with a term of their own each."""
    data = bytes(ord(c) if ord(c) < 128 else 0x7F for c in word)
    rest, data = data[ROUNDS_BYTES:], data[:ROUNDS_BYTES]
    value = 0
    for at in range(0, len(data), 8):
        piece = data[at : at + 8]
        load = (int.from_bytes(piece, "little") << (8 * (8 - len(piece)))) & MASK
        value = (value + load) * (M1 if at == 0 else M2) & MASK
        value ^= value >> 32
    if rest:
        value = (value + int.from_bytes(hashlib.blake2b(rest, digest_size=8).digest(), "little")) & MASK
    for position, character in enumerate(word):
        if ord(character) > 127:
            term = (ord(character) | position << 32) * M3 & MASK
            term ^= term >> 32
            value = (value + term * M4) & MASK
    return value


def shingle_hashes(paragraph: list[str]) -> list[int]:
    """Hash each word of a paragraph with its neighbours or the pads."""
    hashes = [word_hash(word) for word in paragraph]
    found = []
    for at, here in enumerate(hashes):
        before = hashes[at - 1] if at else BEFORE_HASH
        after = hashes[at + 1] if at + 1 < len(hashes) else AFTER_HASH
        value = (before * M2 + after * M3 + here) & MASK
        value ^= value >> 32
        found.append((value * M4 & MASK) >> 32)
    return found


def shingles(paragraph: list[str]) -> set[tuple[str, str, str]]:
    """Return the padded word 3-grams of a paragraph."""
    padded = ["^", *paragraph, "$"]
    return set(zip(padded, padded[1:], padded[2:], strict=False)) if paragraph else set()


def lines(text: str) -> list[str]:
    """Split at \\r\\n, \\n and \\r."""
    return re.split(r"\r\n|\n|\r", text)
