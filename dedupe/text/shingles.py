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
from itertools import groupby

import numpy as np

from dedupe._arrays import U8, U32, U64, Bools, Ints, Places
from dedupe.text.bounds import SMALL
from dedupe.text.letters import Letters, letters_of
from dedupe.text.paragraphs import MAX_WIDTH, MIN_INNER_LINES, one_paragraph_a_line
from dedupe.text.tokens import simplify

SHINGLING = "words 1: each with its neighbours, padded, 32 bits"
"""Names what makes hashes of words; those that were made in another way are not comparable."""

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
_SHIFTS = np.array([1 << 8 * (8 - length) for length in range(1, 9)], np.uint64)
_SHIFTS = np.append(_SHIFTS[:1], _SHIFTS)  # there is no word of length 0
_FIRST, _NEXT = _SHIFTS * M1, _SHIFTS * M2
"""By how much eight bytes are multiplied of which this many are a word's: its bytes move up, what follows them goes."""

_BEFORE, _AFTER = np.array([BEGIN, END]) * np.array([M2, M3])  # of scalars the overflow would be a warning

LONG = 256
"""Bytes of a word that are read in rounds; of a longer one (encoded data) the rest is hashed at once."""

# The C library of Linux gives the memory of large arrays back to the system when they are freed, and takes it again
# page by page: a quarter of the time here. It keeps what is no larger than the largest it was ever given back; this
# array is never touched and so costs nothing.
np.empty(1 << 23, np.uint8)


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
    texts = list(texts)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    first = done = 0
    while first < len(texts):
        stop = int(ends.searchsorted(done + size)) + 1
        yield texts[first:stop]
        first, done = stop, int(ends[min(stop, len(texts)) - 1])


def shingles(texts: Sequence[str]) -> Shingles:
    """Return the shingle hashes of texts; their rows are those of `paragraphs.split`."""
    if max(map(len, texts), default=0) > SMALL:
        groups = groupby(texts, lambda text: len(text) > SMALL)
        return joined(
            [part for large, some in groups for part in (map(_in_pieces, some) if large else [_of_small(list(some))])]
        )
    return _of_small(texts)


def _in_pieces(text: str, size: int = CHUNK) -> Shingles:
    """Return the shingles of one large text, made a few lines at a time."""
    rows = one_paragraph_a_line(text)
    parts, start = [], 0
    while start <= len(rows):
        stop = rows.find("\n", start + size)
        piece = rows[start : stop if stop >= 0 else len(rows)]
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
    """Return by number, of texts that were read joined and are given one by one, those to be read in another form: one
    row a line, and without characters that must be simplified.
    """
    odd = perhaps_wrapped(letters.lines, letters.documents)
    if odd.any():
        odd &= ~_with_long_lines(letters)
    if "\r" in text:
        odd |= np.array(["\r" in text for text in texts])
    simple = {number: one_paragraph_a_line(texts[number]) for number in odd.nonzero()[0].tolist()}
    for number in sorted(set(letters.complex.tolist())):
        simple[number] = simplify(simple.get(number, texts[number]))
    return {number: text for number, text in simple.items() if text != texts[number]}


def _prepared(texts: Sequence[str]) -> Shingles:
    """Return the shingles of texts of a line for each row, without characters that must be simplified."""
    return _shingled(letters_of("\n".join(texts), texts))


def chosen(chunk: Shingles, documents: Ints) -> Shingles:
    """Return the shingles of some of the documents, given by number, in that order, as if there were no others."""
    rows = list(map(slice, chunk.documents[documents].tolist(), chunk.documents[documents + 1].tolist()))
    words = [slice(chunk.starts[part.start], chunk.starts[part.stop]) for part in rows]
    lengths = np.diff(chunk.starts)
    return Shingles(
        np.concatenate([chunk.hashes[part] for part in words]),
        offsets(np.concatenate([lengths[part] for part in rows])),
        offsets(np.diff(chunk.documents)[documents]),
    )


def offsets(lengths: Ints | Bools) -> Ints:
    """Return where parts of these lengths begin, and where the last ends; int64, shape (parts + 1,)."""
    sums = np.zeros(len(lengths) + 1, np.int64)
    lengths.cumsum(out=sums[1:])
    return sums


def perhaps_wrapped(lines: Places, documents: Ints) -> Bools:
    """Say for each document whether it has enough line ends apart from others to be hard-wrapped.

    `lines`: the places of all line ends. `documents`: the first row of each, shape (documents + 1,). The line end
    behind a document counts too: a few pass in vain.
    """
    beside = np.zeros(len(lines) + 1, bool)
    beside[1:-1] = lines[1:] - lines[:-1] == 1
    beside[1:] |= beside[:-1]
    apart = (~beside[1:]).nonzero()[0]
    owners = documents[1:-1].searchsorted(apart, "right")
    many: Bools = np.bincount(owners, minlength=len(documents) - 1) >= MIN_INNER_LINES
    return many


def _with_long_lines(letters: Letters) -> Bools:
    """Say for each document whether it has a line too long for a hard-wrapped text; a few that have are missed.

    A line is twice as long at most as in the text itself, where characters stood for two, and only one with a word
    near its end is sure to have no blanks there that do not count.
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
    rows = np.cumsum([0, *(len(part.starts) - 1 for part in parts)])
    first = np.zeros(1, np.int64)
    return Shingles(
        np.concatenate([np.zeros(0, np.uint32), *(part.hashes for part in parts)]),
        np.concatenate([first, *(part.starts[1:] + at for part, at in zip(parts, words, strict=False))]),
        np.concatenate([first, *(part.documents[1:] + at for part, at in zip(parts, rows, strict=False))]),
    )


def _shingled(letters: Letters) -> Shingles:
    """Return the shingles of texts that need no further preparation."""
    words, starts = _hashed_words(letters)
    return Shingles(_combined(words, starts), starts, letters.documents)


def _hashed_words(letters: Letters) -> tuple[U64, Ints]:
    """Return the hash of every word, and the first word of each line, shape (lines + 1,)."""
    hashes, starts, _ = read_words(letters)
    lines = letters.lines
    first = np.zeros(len(lines) + 2, np.int64)
    first[1:-1] = starts.searchsorted(lines)
    first[-1] = len(starts)
    return hashes, first


def read_words(letters: Letters) -> tuple[U64, Places, Places]:
    """Return the hash of every word, and where it starts and ends (exclusive), the space before the texts counted."""
    starts, ends = _edges(letters.word, letters.single)
    hashes = _hashed_bytes(letters.folded, starts, ends)
    if len(letters.others):
        _add_others(hashes, starts, letters.others, letters.codes)
    return hashes, starts, ends


def _edges(word: Bools, single: Bools | None) -> tuple[Places, Places]:
    """Return where words start and end (exclusive); `single` marks characters that are words by themselves."""
    if single is None:
        turns = (word[1:] != word[:-1]).nonzero()[0]
        turns += 1
        return turns[0::2], turns[1::2]
    apart = single[1:] | single[:-1]
    begins = word[1:] & (apart | ~word[:-1])
    closes = word[:-1] & (apart | ~word[1:])
    return begins.nonzero()[0] + 1, closes.nonzero()[0] + 1


def _hashed_bytes(folded: U8, starts: Places, ends: Places) -> U64:
    """Hash each word's bytes, eight at a time; the eleventh of words that is longer than eight takes further rounds."""
    loads = np.ndarray((len(folded) - 7,), "<u8", folded, 0, (1,))
    if len(folded) < 8 * CHUNK:  # a copy eight times as long, read where numbers are aligned, takes 60 % of the time
        loads = loads.copy()
    lengths = ends - starts
    hashes: U64 = loads[starts]
    hashes *= _FIRST.take(lengths, mode="clip")
    hashes ^= hashes >> HALF
    longer = (lengths > 8).nonzero()[0]
    places, left = starts[longer], lengths[longer]
    huge = longer[left > LONG].tolist()
    np.minimum(left, LONG, out=left)
    while len(longer):
        left -= 8
        places += 8
        more: U64 = loads[places]
        more *= _NEXT.take(left, mode="clip")
        more += hashes[longer] * M2
        more ^= more >> HALF
        hashes[longer] = more
        again = (left > 8).nonzero()[0]
        longer, places, left = longer[again], places[again], left[again]
    for at in huge:
        digest = hashlib.blake2b(folded[starts[at] + LONG : ends[at]].tobytes(), digest_size=8).digest()
        hashes[at : at + 1] += np.frombuffer(digest, "<u8")
    return hashes


def _add_others(hashes: U64, starts: Places, places: Places, codes: U32) -> None:
    """Add to each word's hash a term for each of its characters outside ASCII and its offset in the word."""
    if 4 * len(places) < len(starts):
        owners = starts.searchsorted(places, "right") - 1
    else:
        end = max(starts[-1], places[-1]) + 1
        owners = np.arange(len(starts)).repeat(np.diff(starts, append=end))[places - starts[0]]
    terms = (places - starts[owners]).astype(np.uint64)
    terms <<= HALF
    terms |= codes
    terms *= M3
    terms ^= terms >> HALF
    terms *= M4
    np.add.at(hashes, owners, terms)


def _combined(words: U64, starts: Ints) -> U32:
    """Return the shingle hash around each word: itself and its neighbours within its row, or the pads."""
    filled = starts[:-1][starts[1:] > starts[:-1]]
    hashes = np.empty_like(words)
    np.multiply(words[:-1], M2, out=hashes[1:])
    hashes[filled] = _BEFORE
    after = np.empty_like(words)
    np.multiply(words[1:], M3, out=after[:-1])
    after[filled[1:] - 1] = _AFTER
    after[-1:] = _AFTER
    hashes += after
    hashes += words
    np.right_shift(hashes, HALF, out=after)
    hashes ^= after
    hashes *= M4
    hashes >>= HALF
    return hashes.astype(np.uint32)
