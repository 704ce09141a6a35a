"""Hash the shingles of texts, many paragraphs at once, with numpy.

A shingle is a word with its two neighbours, the paragraph padded at both ends (`^ w1 w2`, ..., `wk-1 wk $`),
so a paragraph of k words has k shingles, and short paragraphs can be told apart. The hash of a word reads eight
bytes of the normalized text at a time, and adds a term for each character outside ASCII, so all scripts take one path.
The slow twin in `tests/twins.py` computes the same in plain Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from dedupe._arrays import U8, U32, U64, Bools, Ints, Places
from dedupe.text.bounds import ALWAYS_READ_CHARACTERS
from dedupe.text.letters import Letters, letters_of
from dedupe.text.paragraphs import MAX_WIDTH, MIN_INNER_LINES, one_paragraph_a_line
from dedupe.text.tokens import simplify

SHINGLING = "words 1: each with its neighbours, padded, 32 bits"
"""The scheme of the shingle hashes; those of another scheme are not comparable."""

CHUNK_CHARACTERS = 1 << 17
"""Characters that go through the kernels at once, so that their arrays stay in the cache of one core."""

BEFORE_HASH, AFTER_HASH = np.uint64(0x9AE16A3B2F90404F), np.uint64(0xC949C7DEFE4D1D2B)
"""The hashes of the pads before and after a paragraph."""

# Odd multipliers with well spread bits, as in splitmix64 and xxhash.
M1, M2, M3, M4 = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
    np.uint64(0xC2B2AE3D27D4EB4F),
)
HALF = np.uint64(32)
_SHIFTS = np.array([1 << 8 * (8 - length) for length in range(1, 9)], np.uint64)
_SHIFTS = np.append(_SHIFTS[:1], _SHIFTS)  # no word has length 0
_FIRST, _NEXT = _SHIFTS * M1, _SHIFTS * M2
"""Factors of eight bytes, by the number of them that are a word's: its bytes move up, those that follow fall out."""

# As arrays, since the overflow of scalars is a warning.
_BEFORE_TERM, _AFTER_TERM = np.array([BEFORE_HASH, AFTER_HASH]) * np.array([M2, M3])

ROUNDS_BYTES = 256
"""Bytes of a word that are read eight a round; the rest of a longer word (encoded data) is hashed at once."""


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingle hashes of a chunk of documents.

    `hashes`: uint32, one a word, in the order of the text. `starts`: int64, shape (paragraphs + 1,), the first shingle
    of each paragraph. `documents`: int64, shape (documents + 1,), the first paragraph of each document.
    """

    hashes: U32
    starts: Ints
    documents: Ints


def chunks(texts: Iterable[str], size: int = CHUNK_CHARACTERS) -> Iterator[list[str]]:
    """Yield the texts in lists of at least `size` characters in all (the last may be smaller)."""
    texts = list(texts)
    ends = np.cumsum(np.fromiter(map(len, texts), np.intp, len(texts)))
    first = done = 0
    while first < len(texts):
        stop = int(ends.searchsorted(done + size)) + 1
        yield texts[first:stop]
        first, done = stop, int(ends[min(stop, len(texts)) - 1])


def shingles(texts: Sequence[str]) -> Shingles:
    """Return the shingle hashes of texts, with the paragraphs of `paragraphs.split`."""
    if max(map(len, texts), default=0) > ALWAYS_READ_CHARACTERS:
        groups = groupby(texts, lambda text: len(text) > ALWAYS_READ_CHARACTERS)
        return joined(
            [part for large, some in groups for part in (map(_in_pieces, some) if large else [_of_small(list(some))])]
        )
    return _of_small(texts)


def _in_pieces(text: str, size: int = CHUNK_CHARACTERS) -> Shingles:
    """Return the shingles of one large text, made a few lines at a time."""
    text = one_paragraph_a_line(text)
    parts, start = [], 0
    while start <= len(text):
        stop = text.find("\n", start + size)
        piece = text[start : stop if stop >= 0 else len(text)]
        letters = letters_of(piece, [piece])
        parts.append(_prepared([simplify(piece)]) if len(letters.complex) else _shingled(letters))
        start += len(piece) + 1
    whole = joined(parts)
    return Shingles(whole.hashes, whole.starts, np.array([0, len(whole.starts) - 1]))


def _of_small(texts: Sequence[str]) -> Shingles:
    """Return the shingles of texts that go through the kernels together."""
    text = "\n".join(texts)
    letters = letters_of(text, texts)
    changed = simplified(letters, text, texts)
    if not changed:
        return _shingled(letters)
    if 2 * len(changed) > len(texts):
        return _prepared([changed.get(number, text) for number, text in enumerate(texts)])
    order = np.arange(len(texts))
    order[list(changed)] = np.arange(len(texts), len(texts) + len(changed))
    return chosen(joined([_shingled(letters), _prepared(list(changed.values()))]), order)


def simplified(letters: Letters, text: str, texts: Sequence[str]) -> dict[int, str]:
    """Return by number the texts that must be read in another form: with one paragraph a line, or simplified.

    `letters`: of all texts, which are given both joined and one by one.
    """
    suspect = perhaps_wrapped(letters.lines, letters.documents)
    if suspect.any():
        suspect &= ~_with_long_lines(letters)
    if "\r" in text:
        suspect |= np.array(["\r" in text for text in texts])
    simple = {number: one_paragraph_a_line(texts[number]) for number in suspect.nonzero()[0].tolist()}
    for number in sorted(set(letters.complex.tolist())):
        simple[number] = simplify(simple.get(number, texts[number]))
    return {number: text for number, text in simple.items() if text != texts[number]}


def _prepared(texts: Sequence[str]) -> Shingles:
    """Return the shingles of simplified texts with one paragraph a line."""
    return _shingled(letters_of("\n".join(texts), texts))


def chosen(chunk: Shingles, documents: Ints) -> Shingles:
    """Return the shingles of some documents, given by number, in that order, as if there were no others."""
    paragraphs = list(map(slice, chunk.documents[documents].tolist(), chunk.documents[documents + 1].tolist()))
    words = [slice(chunk.starts[part.start], chunk.starts[part.stop]) for part in paragraphs]
    lengths = np.diff(chunk.starts)
    return Shingles(
        np.concatenate([chunk.hashes[part] for part in words]),
        offsets(np.concatenate([lengths[part] for part in paragraphs])),
        offsets(np.diff(chunk.documents)[documents]),
    )


def offsets(lengths: Ints | Bools) -> Ints:
    """Return the begin of parts of these lengths, and the end of the last; int64, shape (parts + 1,)."""
    sums = np.zeros(len(lengths) + 1, np.intp)
    lengths.cumsum(out=sums[1:])
    return sums


def perhaps_wrapped(lines: Places, documents: Ints) -> Bools:
    """Say for each document whether it may be hard-wrapped: whether enough of its line ends are apart from others.

    `lines`: positions of all line ends. `documents`: the first paragraph of each, shape (documents + 1,). The line end
    behind a document counts too, so a few documents pass that have one too few.
    """
    beside = np.zeros(len(lines) + 1, bool)
    beside[1:-1] = lines[1:] - lines[:-1] == 1
    beside[1:] |= beside[:-1]
    apart = (~beside[1:]).nonzero()[0]
    owners = documents[1:-1].searchsorted(apart, "right")
    many: Bools = np.bincount(owners, minlength=len(documents) - 1) >= MIN_INNER_LINES
    return many


def _with_long_lines(letters: Letters) -> Bools:
    """Say for each document whether it has a line too long for a hard-wrapped text; a few such lines are missed.

    A line is at most twice as long here as in the text itself, where characters stand for two. Only a line with a word
    near its end counts, since others may end in white space, which adds nothing to their width.
    """
    long = (np.diff(letters.lines, prepend=0) > 2 * MAX_WIDTH + 4).nonzero()[0]
    ends = letters.lines[long]
    long = long[letters.word[ends - 1] | letters.word[ends - 2] | letters.word[ends - 3]]
    found = np.zeros(len(letters.documents) - 1, bool)
    found[letters.documents[1:-1].searchsorted(long, "right")] = True
    return found


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


def _shingled(letters: Letters) -> Shingles:
    """Return the shingles of texts that need no other form."""
    words, starts = _hashed_words(letters)
    return Shingles(_combined(words, starts), starts, letters.documents)


def _hashed_words(letters: Letters) -> tuple[U64, Ints]:
    """Return the hash of every word, and the first word of each line, shape (lines + 1,)."""
    hashes, starts, _ = read_words(letters)
    lines = letters.lines
    first = np.zeros(len(lines) + 2, np.intp)
    first[1:-1] = starts.searchsorted(lines)
    first[-1] = len(starts)
    return hashes, first


def read_words(letters: Letters) -> tuple[U64, Places, Places]:
    """Return the hash, start and end (exclusive) of every word, in positions of `letters.normalized`."""
    starts, ends = _edges(letters.word, letters.single)
    hashes = _hashed_bytes(letters.normalized, starts, ends)
    if len(letters.others):
        _add_others(hashes, starts, letters.others, letters.codes)
    return hashes, starts, ends


def _edges(word: Bools, single: Bools | None) -> tuple[Places, Places]:
    """Return the starts and ends (exclusive) of words; `single` marks characters that are words by themselves."""
    if single is None:
        turns = (word[1:] != word[:-1]).nonzero()[0]
        turns += 1
        return turns[0::2], turns[1::2]
    apart = single[1:] | single[:-1]
    begins = word[1:] & (apart | ~word[:-1])
    closes = word[:-1] & (apart | ~word[1:])
    return begins.nonzero()[0] + 1, closes.nonzero()[0] + 1


def _hashed_bytes(normalized: U8, starts: Places, ends: Places) -> U64:
    """Return the hash of each word's bytes, read eight a round; one word in eleven takes more than one round."""
    loads = np.ndarray((len(normalized) - 7,), "<u8", normalized, 0, (1,))
    if len(normalized) < 8 * CHUNK_CHARACTERS:  # a copy is eight times as long, but aligned, and takes 60 % of the time
        loads = loads.copy()
    lengths = ends - starts
    hashes: U64 = loads[starts]
    hashes *= _FIRST.take(lengths, mode="clip")
    hashes ^= hashes >> HALF
    longer = (lengths > 8).nonzero()[0]
    positions, remaining = starts[longer], lengths[longer]
    huge = longer[remaining > ROUNDS_BYTES].tolist()
    np.minimum(remaining, ROUNDS_BYTES, out=remaining)
    while len(longer):
        remaining -= 8
        positions += 8
        load: U64 = loads[positions]
        load *= _NEXT.take(remaining, mode="clip")
        load += hashes[longer] * M2
        load ^= load >> HALF
        hashes[longer] = load
        unfinished = (remaining > 8).nonzero()[0]
        longer, positions, remaining = longer[unfinished], positions[unfinished], remaining[unfinished]
    for word in huge:
        digest = hashlib.blake2b(normalized[starts[word] + ROUNDS_BYTES : ends[word]].tobytes(), digest_size=8).digest()
        hashes[word : word + 1] += np.frombuffer(digest, "<u8")
    return hashes


def _add_others(hashes: U64, starts: Places, positions: Places, codes: U32) -> None:
    """Add to each word's hash a term for each character outside ASCII, from its code point and offset in the word."""
    if 4 * len(positions) < len(starts):
        owners = starts.searchsorted(positions, "right") - 1
    else:
        end = max(starts[-1], positions[-1]) + 1
        owners = np.arange(len(starts)).repeat(np.diff(starts, append=end))[positions - starts[0]]
    terms = (positions - starts[owners]).astype(np.uint64)
    terms <<= HALF
    terms |= codes
    terms *= M3
    terms ^= terms >> HALF
    terms *= M4
    np.add.at(hashes, owners, terms)


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
