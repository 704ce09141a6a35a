"""Hash the shingles of texts, many paragraphs at once, with numpy.

A shingle is a word with its two neighbours, the paragraph padded at both ends (`^ w1 w2`, ..., `wk-1 wk $`),
so a paragraph of k words has k shingles, and short paragraphs can be told apart. The slow twin in `tests/twins.py`
computes the same in plain Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from dedupe._arrays import U32, U64, Ints
from dedupe.text.bounds import ALWAYS_READ_CHARACTERS
from dedupe.text.letters import letters_of
from dedupe.text.paragraphs import one_paragraph_a_line
from dedupe.text.tokens import simplify
from dedupe.text.words import CHUNK_CHARACTERS, HALF, M2, M3, M4, Words, moves, offsets, read, read_letters

SHINGLING = "words 1: each with its neighbours, padded, 32 bits"
"""The scheme of the shingle hashes; those of another scheme are not comparable."""

BEFORE_HASH, AFTER_HASH = np.uint64(0x9AE16A3B2F90404F), np.uint64(0xC949C7DEFE4D1D2B)
"""The hashes of the pads before and after a paragraph."""

# As arrays, since the overflow of scalars is a warning.
_BEFORE_TERM, _AFTER_TERM = np.array([BEFORE_HASH, AFTER_HASH]) * np.array([M2, M3])


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingle hashes of a chunk of documents.

    `hashes`: uint32, one a word, in the order of the text. `starts`: int64, shape (paragraphs + 1,), the first shingle
    of each paragraph. `documents`: int64, shape (documents + 1,), the first paragraph of each document.
    """

    hashes: U32
    starts: Ints
    documents: Ints


def shingles(texts: Sequence[str]) -> Shingles:
    """Return the shingle hashes of texts, with the paragraphs of `paragraphs.split`."""
    if max(map(len, texts), default=0) > ALWAYS_READ_CHARACTERS:
        groups = groupby(texts, lambda text: len(text) > ALWAYS_READ_CHARACTERS)
        return joined(
            [
                part
                for large, some in groups
                for part in (map(_in_pieces, some) if large else [shingles_of(read(list(some)))])
            ]
        )
    return shingles_of(read(texts))


def shingles_of(words: Words) -> Shingles:
    """Return the shingle hashes of texts that are read already."""
    return Shingles(_combined(words.hashes, words.first), words.first, words.documents)


def _in_pieces(text: str, size: int = CHUNK_CHARACTERS) -> Shingles:
    """Return the shingles of one large text, made a few lines at a time."""
    text = one_paragraph_a_line(text)
    parts, start = [], 0
    while start <= len(text):
        stop = text.find("\n", start + size)
        piece = text[start : stop if stop >= 0 else len(text)]
        letters = letters_of([piece])
        parts.append(shingles_of(read_letters(letters_of([simplify(piece)]) if len(letters.complex) else letters)))
        start += len(piece) + 1
    whole = joined(parts)
    return Shingles(whole.hashes, whole.starts, np.array([0, len(whole.starts) - 1]))


def chosen(parts: Sequence[tuple[Shingles, Ints]]) -> Shingles:
    """Return the shingles of some documents of several chunks, given by number in order, as those of one."""
    if len(parts) == 1 and len(parts[0][1]) == len(parts[0][0].documents) - 1:
        return parts[0][0]
    runs = [(chunk, np.array([chunk.documents[some], chunk.documents[some + 1]]).T) for chunk, some in parts]
    paragraphs, words = (
        [(chunk, slice(*run)) for chunk, ends in positions for run in ends.tolist()]
        for positions in (runs, [(chunk, chunk.starts[ends]) for chunk, ends in runs])
    )
    counts, _, _ = moves([run for _, run in paragraphs])
    _, total, word_moves = moves([run for _, run in words])
    starts = np.concatenate([*(chunk.starts[run] for chunk, run in paragraphs), [total]])
    starts[:-1] += word_moves.repeat(counts)
    return Shingles(np.concatenate([chunk.hashes[run] for chunk, run in words]), starts, offsets(counts))


def chosen_positions(parts: Sequence[tuple[Shingles, Ints, Ints]]) -> Ints:
    """Return the positions among the chosen shingles of those in chosen documents, of positions in order.

    `parts`: chunks, the numbers of documents, in order, and positions of shingles.
    """
    if len(parts) == 1 and len(parts[0][1]) == len(parts[0][0].documents) - 1:
        return parts[0][2]
    found, runs = [], []
    for chunk, documents, positions in parts:
        ends = chunk.starts[np.array([chunk.documents[documents], chunk.documents[documents + 1]]).T]
        runs += [slice(*run) for run in ends.tolist()]
        found += [positions[slice(*run)] for run in positions.searchsorted(ends).tolist()]
    _, _, run_moves = moves(runs)
    chosen_places = np.concatenate(found)
    chosen_places += run_moves.repeat([len(some) for some in found])
    return chosen_places


def joined(parts: Sequence[Shingles]) -> Shingles:
    """Return the shingles of several chunks as those of one."""
    if len(parts) == 1:
        return parts[0]
    words = np.cumsum([0, *(len(part.hashes) for part in parts)])
    paragraphs = np.cumsum([0, *(len(part.starts) - 1 for part in parts)])
    first = np.zeros(1, np.intp)
    return Shingles(
        np.concatenate([np.zeros(0, np.uint32), *(part.hashes for part in parts)]),
        np.concatenate([first, *(part.starts[1:] + before for part, before in zip(parts, words, strict=False))]),
        np.concatenate(
            [first, *(part.documents[1:] + before for part, before in zip(parts, paragraphs, strict=False))]
        ),
    )


def _combined(words: U64, starts: Ints) -> U32:
    """Return the shingle hash of each word, from itself and its neighbours in the paragraph, or the pads."""
    filled = starts[:-1][starts[1:] > starts[:-1]]
    hashes = np.empty_like(words)
    np.multiply(words[:-1], M2, out=hashes[1:])
    hashes[filled] = _BEFORE_TERM
    after = np.empty_like(words)
    np.multiply(words[1:], M3, out=after[:-1])
    after[filled[1:] - 1] = _AFTER_TERM
    after[-1:] = _AFTER_TERM
    hashes += after
    hashes += words
    np.right_shift(hashes, HALF, out=after)
    hashes ^= after
    hashes *= M4
    hashes >>= HALF
    return hashes.astype(np.uint32)
