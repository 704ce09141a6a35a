"""From texts to shingle hashes, many paragraphs at once: the numpy front end.

A shingle is a word with its two neighbours, the paragraph padded at both ends (`^ w1 w2`, ..., `wk-1 wk $`),
so a paragraph of k words has k shingles and no two paragraphs are alike for want of them. Word hashes are read eight
bytes at a time from the folded text; characters outside ASCII add a term of their own, so every script takes one path.
The slow twin in `tests/twins.py` says in plain Python what each function computes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import U8, U32, U64, Bools, Ints, Places
from dedupe.words import (
    COMPLEX,
    DROPPED,
    FOLDED_ASCII,
    SINGLE,
    WORD,
    character_classes,
    code_points,
    folded_characters,
    simplify,
)

CHUNK = 1 << 17
"""Characters that go through the kernels at once: their arrays stay in the cache of one core."""

BEGIN, END = np.uint64(0x9AE16A3B2F90404F), np.uint64(0xC949C7DEFE4D1D2B)
"""The hashes of the pads before and after a paragraph."""

# Odd multipliers with well spread bits, as in splitmix64 and xxhash.
M1, M2, M3, M4 = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
    np.uint64(0xC2B2AE3D27D4EB4F),
)
HALF = np.uint64(32)

LONG = 256
"""Bytes of a word that are read in rounds; of a longer one (encoded data) the rest is hashed at once."""

_OTHER = 0x7F
"""The byte that stands for a word character outside ASCII."""


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingle hashes of a chunk of documents.

    `hashes`: uint32, one a word, in the order of the text. `starts`: int64, shape (rows + 1,), the first shingle of
    each row. `documents`: int64, shape (documents + 1,), the first row of each document.
    """

    hashes: U32
    starts: Ints
    documents: Ints


def chunks(texts: Iterable[str], size: int = CHUNK) -> Iterator[list[str]]:
    """Yield the texts in lists of at least `size` characters together (the last may be smaller)."""
    chunk: list[str] = []
    length = 0
    for text in texts:
        chunk.append(text)
        length += len(text)
        if length >= size:
            yield chunk
            chunk, length = [], 0
    if chunk:
        yield chunk


def shingles(texts: Sequence[str]) -> Shingles:
    """Return the shingle hashes of texts that have one paragraph a line (`paragraphs.one_row_a_line`)."""
    documents = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([text.count("\n") + 1 for text in texts], out=documents[1:])
    joined = "\n".join(texts)
    places, codes, classes = _beyond_ascii(joined)
    if np.bitwise_or.reduce(classes, initial=0) & (COMPLEX | DROPPED):
        joined = "\n".join(simplify(text) for text in texts)
        places, codes, classes = _beyond_ascii(joined)
    words, starts = _hashed_words(joined, places, codes, classes)
    return Shingles(_combined(words, starts), starts, documents)


def joined(parts: Sequence[Shingles]) -> Shingles:
    """Return the shingles of several chunks as those of one."""
    words = np.cumsum([0, *(len(part.hashes) for part in parts)])
    rows = np.cumsum([0, *(len(part.starts) - 1 for part in parts)])
    first = np.zeros(1, np.int64)
    return Shingles(
        np.concatenate([np.zeros(0, np.uint32), *(part.hashes for part in parts)]),
        np.concatenate([first, *(part.starts[1:] + at for part, at in zip(parts, words, strict=False))]),
        np.concatenate([first, *(part.documents[1:] + at for part, at in zip(parts, rows, strict=False))]),
    )


def _beyond_ascii(text: str) -> tuple[Places, U32, U8]:
    """Return the places, code points and classes of the characters outside ASCII."""
    if text.isascii():
        return np.zeros(0, np.intp), np.zeros(0, np.uint32), np.zeros(0, np.uint8)
    codes = code_points(text)
    places = np.flatnonzero(codes > 127)
    codes = codes[places]
    return places, codes, character_classes(codes)


def _hashed_words(text: str, places: Places, codes: U32, classes: U8) -> tuple[U64, Ints]:
    """Return the hash of every word of a simplified text, and the first word of each line, shape (lines + 1,)."""
    # A space in front and nine behind, so that every word has edges and an eight-byte load never runs out.
    data = np.frombuffer(
        bytearray(b" " + text.encode("latin-1", "replace").translate(FOLDED_ASCII) + b" " * 9), np.uint8
    )
    lines = np.flatnonzero(data == 10)
    single: Bools | None = None
    if len(places):
        word = (classes & WORD) > 0
        places, classes, codes = places[word] + 1, classes[word], folded_characters(codes[word])
        data[places] = np.where(codes < 128, codes, _OTHER)
        alone = places[(classes & SINGLE) > 0]
        if len(alone):
            single = np.zeros(len(data), bool)
            single[alone] = True
    starts, ends = _edges(data, single)
    hashes = _hashed_bytes(data, starts, ends)
    beyond = codes > 127  # full-width letters and the like have become ASCII
    if beyond.any():
        _add_others(hashes, starts, places[beyond], codes[beyond])
    first = np.zeros(len(lines) + 2, np.int64)
    first[1:-1] = np.searchsorted(starts, lines)
    first[-1] = len(starts)
    return hashes, first


def _edges(data: U8, single: Bools | None) -> tuple[Places, Places]:
    """Return where words start and end (exclusive); `single` marks characters that are words by themselves."""
    word = data > 32
    if single is None:
        turns = np.flatnonzero(word[1:] != word[:-1])
        turns += 1
        return turns[0::2], turns[1::2]
    apart = single[1:] | single[:-1]
    begins = word[1:] & (apart | ~word[:-1])
    closes = word[:-1] & (apart | ~word[1:])
    return np.flatnonzero(begins) + 1, np.flatnonzero(closes) + 1


def _hashed_bytes(data: U8, starts: Places, ends: Places) -> U64:
    """Hash each word's bytes, eight at a time; the eleventh of words that is longer than eight takes further rounds."""
    loads = np.ndarray((len(data) - 7,), "<u8", data, 0, (1,))
    lengths = ends - starts
    hashes: U64 = loads[starts]
    hashes <<= (np.maximum(8 - lengths, 0) << 3).astype(np.uint64)
    hashes *= M1
    hashes ^= hashes >> HALF
    huge = np.flatnonzero(lengths > LONG)
    rests = [(at, starts[at] + LONG, ends[at]) for at in huge.tolist()]
    lengths = np.minimum(lengths, LONG)
    longer = np.flatnonzero(lengths > 8)
    done = 8
    while len(longer):
        rest = lengths[longer] - done
        more = loads[starts[longer] + done] << (np.maximum(8 - rest, 0) << 3).astype(np.uint64)
        mixed = (hashes[longer] + more) * M2
        hashes[longer] = mixed ^ (mixed >> HALF)
        longer = longer[rest > 8]
        done += 8
    for at, start, end in rests:
        digest = hashlib.blake2b(data[start:end].tobytes(), digest_size=8).digest()
        hashes[at : at + 1] += np.frombuffer(digest, "<u8")
    return hashes


def _add_others(hashes: U64, starts: Places, places: Places, codes: U32) -> None:
    """Add to each word's hash a term for each of its characters outside ASCII and its offset in the word."""
    owners = np.searchsorted(starts, places, "right") - 1
    terms = (codes.astype(np.uint64) | ((places - starts[owners]).astype(np.uint64) << HALF)) * M3
    terms ^= terms >> HALF
    terms *= M4
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    hashes[owners[firsts]] += np.add.reduceat(terms, firsts)


def _combined(words: U64, starts: Ints) -> U32:
    """Return the shingle hash around each word: itself and its neighbours within its row, or the pads."""
    filled = starts[:-1][starts[1:] > starts[:-1]]
    before = np.empty_like(words)
    before[1:] = words[:-1]
    before[filled] = BEGIN
    before *= M2
    after = np.empty_like(words)
    after[:-1] = words[1:]
    after[filled[1:] - 1] = END
    if len(after):
        after[-1] = END
    after *= M3
    before += after
    before += words
    before ^= before >> HALF
    before *= M4
    before >>= HALF
    return before.astype(np.uint32)
