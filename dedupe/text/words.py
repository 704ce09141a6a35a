"""Read texts: the words of many paragraphs at once, with numpy.

The hash of a word reads eight bytes of the normalized text at a time, and adds a term for each character outside ASCII,
so all scripts take one path. The slow twin in `tests/twins.py` computes the same in plain Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby

import numpy as np

from dedupe._arrays import U8, U32, U64, Bools, Ints, Places
from dedupe.text.letters import Letters, letters_of
from dedupe.text.paragraphs import MAX_WIDTH, MIN_INNER_LINES, one_paragraph_a_line
from dedupe.text.tokens import simplify

CHUNK_CHARACTERS = 1 << 17
"""Characters that go through the kernels at once, so that their arrays stay in the cache of one core."""

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

ROUNDS_BYTES = 256
"""Bytes of a word that are read eight a round; the rest of a longer word (encoded data) is hashed at once."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of texts, each paragraph of which is a line.

    `hashes`: uint64. `starts`, `ends`: int64, positions of the first character of each and of the one behind its last.
    `single`: bool, whether each is a character of a script without spaces. All have the shape (words,).
    `first`, `begins`: int64, shape (lines + 1,), the first word and the first character of each line. `documents`:
    int64, shape (texts + 1,), the first line of each text. `characters`: uint8 or uint32, the code points of the texts,
    with a line end behind each line.
    """

    hashes: U64
    starts: Ints
    ends: Ints
    single: Bools
    first: Ints
    begins: Ints
    documents: Ints
    characters: U8 | U32

    def with_lines(self, lines: Bools, counts: Ints) -> Words:
        """Return the words of flagged lines, as if there were no others; `counts`: the number of them in each text."""
        return _copied([(self, _runs(lines))], counts)


def chosen_words(parts: Sequence[tuple[Words, Ints]]) -> Words:
    """Return the words of some texts of several lists, given by number in ascending order, as those of one list."""
    if len(parts) == 1 and len(parts[0][1]) == len(parts[0][0].documents) - 1:
        return parts[0][0]
    runs, counts = [], []
    for words, texts in parts:
        lines = words.documents[1:] - words.documents[:-1]
        found = np.zeros(len(lines), bool)
        found[texts] = True
        runs.append((words, words.documents[_runs(found)]))
        counts.append(lines[texts])
    return _copied(runs, np.concatenate(counts))


def _runs(flags: Bools) -> Ints:
    """Return where runs of flags begin and end (exclusive), int64, shape (runs, 2)."""
    padded = np.zeros(len(flags) + 2, bool)
    padded[1:-1] = flags
    runs: Ints = (padded[1:] != padded[:-1]).nonzero()[0].reshape(-1, 2)
    return runs


def _copied(parts: Sequence[tuple[Words, Ints]], counts: Ints) -> Words:
    """Return the words of runs of lines of several lists of texts as those of one; each column is copied once.

    `parts`: words, and where runs of their lines begin and end. `counts`: the number of lines of each text of the list.
    """
    lines, words, characters = (
        [(part, slice(*run)) for part, ends in positions for run in ends.tolist()]
        for positions in (
            parts,
            [(part, part.first[runs]) for part, runs in parts],
            [(part, part.begins[runs]) for part, runs in parts],
        )
    )
    line_counts = [run.stop - run.start for _, run in lines]
    word_counts, word_total, word_moves = moves([run for _, run in words])
    _, character_total, character_moves = moves([run for _, run in characters])
    moved = character_moves.repeat(word_counts)
    starts = np.concatenate([part.starts[run] for part, run in words])
    starts += moved
    ends = np.concatenate([part.ends[run] for part, run in words])
    ends += moved
    first = np.concatenate([*(part.first[run] for part, run in lines), [0]])
    first[:-1] += word_moves.repeat(line_counts)
    first[-1] = word_total
    begins = np.concatenate([*(part.begins[run] for part, run in lines), [0]])
    begins[:-1] += character_moves.repeat(line_counts)
    begins[-1] = character_total
    return Words(
        np.concatenate([part.hashes[run] for part, run in words]),
        starts,
        ends,
        np.concatenate([part.single[run] for part, run in words]),
        first,
        begins,
        offsets(counts),
        np.concatenate([part.characters[run] for part, run in characters]),
    )


def moves(runs: Sequence[slice]) -> tuple[Ints, int, Ints]:
    """Return the lengths of runs, their sum, and how far each moves when they are put behind one another."""
    ends = np.array([(run.start, run.stop) for run in runs], np.intp)
    lengths = ends[:, 1] - ends[:, 0]
    begins = offsets(lengths)
    return lengths, int(begins[-1]), begins[:-1] - ends[:, 0]


def chunks(texts: Iterable[str], size: int = CHUNK_CHARACTERS) -> Iterator[list[str]]:
    """Yield the texts in lists of at least `size` characters in all (the last may be smaller)."""
    texts = list(texts)
    ends = np.cumsum(np.fromiter(map(len, texts), np.intp, len(texts)))
    first = done = 0
    while first < len(texts):
        stop = int(ends.searchsorted(done + size)) + 1
        yield texts[first:stop]
        first, done = stop, int(ends[min(stop, len(texts)) - 1])


def read(texts: Sequence[str]) -> Words:
    """Return the words of texts, with the paragraphs of `paragraphs.split`."""
    letters = letters_of(texts)
    changed = _simplified(letters, texts)
    if not changed:
        return read_letters(letters)
    if 2 * len(changed) > len(texts):
        return read_letters(letters_of([changed.get(number, text) for number, text in enumerate(texts)]))
    rest, others, at = read_letters(letters), read_letters(letters_of([changed[at] for at in sorted(changed)])), count()
    runs = groupby(range(len(texts)), changed.__contains__)
    return chosen_words(
        [(others, np.array([next(at) for _ in run])) if other else (rest, np.array(list(run))) for other, run in runs]
    )


def _simplified(letters: Letters, texts: Sequence[str]) -> dict[int, str]:
    """Return by number the texts that must be read in another form: with one paragraph a line, or simplified.

    `letters`: of all texts.
    """
    suspect = perhaps_wrapped(letters.lines, letters.documents)
    if suspect.any():
        suspect &= ~_with_long_lines(letters)
    suspect |= np.fromiter(("\r" in text for text in texts), bool, len(texts))
    simple = {number: one_paragraph_a_line(texts[number]) for number in suspect.nonzero()[0].tolist()}
    for number in sorted(set(letters.complex.tolist())):
        simple[number] = simplify(simple.get(number, texts[number]))
    return {number: text for number, text in simple.items() if text != texts[number]}


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


def read_letters(letters: Letters) -> Words:
    """Return the words of texts that need no other form."""
    starts, ends = _edges(letters.word, letters.single)
    hashes = _hashed_bytes(letters.normalized, starts, ends)
    if len(letters.others):
        _add_others(hashes, starts, letters.others, letters.codes)
    single = np.zeros(len(starts), bool) if letters.single is None else letters.single[1:][starts]
    begins = np.zeros(len(letters.lines) + 1, np.intp)
    begins[1:] = letters.lines
    return Words(
        hashes, starts, ends, single, starts.searchsorted(begins), begins, letters.documents, letters.characters
    )


def _edges(word: Bools, single: Bools | None) -> tuple[Places, Places]:
    """Return the starts and ends (exclusive) of words; `single` marks characters that are words by themselves."""
    if single is None:
        turns = (word[1:] != word[:-1]).nonzero()[0]
        return turns[0::2], turns[1::2]
    apart = single[1:] | single[:-1]
    begins = word[1:] & (apart | ~word[:-1])
    closes = word[:-1] & (apart | ~word[1:])
    return begins.nonzero()[0], closes.nonzero()[0]


def _hashed_bytes(normalized: U8, starts: Places, ends: Places) -> U64:
    """Return the hash of each word's bytes, read eight a round; one word in eleven takes more than one round."""
    loads = np.ndarray((len(normalized) - 8,), "<u8", normalized, 1, (1,))
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
        rest = normalized[starts[word] + ROUNDS_BYTES + 1 : ends[word] + 1]
        digest = hashlib.blake2b(rest.tobytes(), digest_size=8).digest()
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


def offsets(lengths: Ints | Bools) -> Ints:
    """Return the begin of parts of these lengths, and the end of the last; int64, shape (parts + 1,)."""
    sums = np.zeros(len(lengths) + 1, np.intp)
    lengths.cumsum(out=sums[1:])
    return sums
