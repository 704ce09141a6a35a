"""From texts to numbers: the words, or characters, that their shingles are made of, equal only where these are."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import regex

from dedupe._arrays import U64, Bools, Ints
from dedupe.text.letters import Letters, letters_of
from dedupe.text.tokens import code_points, normalize, simplify
from dedupe.text.words import CHUNK_CHARACTERS, HALF, M1, offsets, read_letters

LOAD, MAX_PACKED = 8, 12
"""Letters of a word that are read at once, of which its hash is a one-to-one function; letters that have room in 64
bits at five bits each. Words that are longer, or not all ASCII, are numbered in a table."""

_BYTES = np.array([(1 << 8 * length) - 1 for length in range(MAX_PACKED - LOAD + 1)], np.uint64)
_LETTER = np.uint64(0x4040404040404040)
"""The bits that ASCII letters have and digits have not."""

_TOP = np.uint64(1 << 63)
"""Marks packed words. The last letter of a short word is the top byte of its load, so this bit is not set there; in a
number of the table that byte is zero."""

_FIRST_RARE = np.uint64(0x110000)
"""Elements from here on are no characters, but texts without a word."""

_BETWEEN = regex.compile(r"(?<=[!-~])\s(?=[!-~])")
"""White space at which a long text may be cut: normalisation joins nothing across it."""

_HAS_WORD = regex.compile(r"[\p{L}\p{N}]")


@dataclass(slots=True)
class Elements:
    """The words or characters of texts as numbers.

    `values`: uint64, none of them 0, one an element in the order of the texts. `starts`: int64, shape (texts + 1,), the
    first element of each text. A text without a word has one element, which stands for all of it.
    """

    values: U64
    starts: Ints


def numbering() -> defaultdict[str, int]:
    """Return a table that numbers strings from 1 in the order in which they are asked for."""
    return defaultdict(count(1).__next__)


@dataclass(slots=True)
class ListReader:
    """Read the elements of texts, chunk by chunk: equal elements have equal numbers in all chunks."""

    characters: bool = False
    _numbers: defaultdict[str, int] = field(default_factory=numbering)

    def read(self, texts: Iterable[str]) -> Iterator[Elements]:
        """Yield the elements of all texts, about 128 K characters at once; a longer text is read in pieces."""
        chunk: list[str] = []
        size = 0
        for text in texts:
            if len(text) >= CHUNK_CHARACTERS:
                if chunk:
                    yield self._of(chunk)
                chunk, size = [], 0
                yield self._of_large(text)
                continue
            chunk.append(text)
            size += len(text)
            if size >= CHUNK_CHARACTERS:
                yield self._of(chunk)
                chunk, size = [], 0
        if chunk:
            yield self._of(chunk)

    def _of_large(self, text: str) -> Elements:
        """Return the elements of one text, read in pieces."""
        parts: list[U64] = []
        start = 0
        while start < len(text):
            cut = _BETWEEN.search(text, start + CHUNK_CHARACTERS)
            stop = cut.start() if cut else len(text)
            piece = text[start:stop]
            if _HAS_WORD.search(piece):
                if parts and self.characters:
                    parts.append(np.array([32], np.uint64))
                parts.append(self._of([piece]).values)
            start = stop
        if not parts:
            return self._of([text])
        values = np.concatenate(parts)
        return Elements(values, np.array([0, len(values)], np.int64))

    def _of(self, texts: Sequence[str]) -> Elements:
        """Return the elements of a chunk."""
        texts = folded(texts)
        values, starts = self._characters(texts) if self.characters else self._words(texts)
        empty = (starts[1:] == starts[:-1]).nonzero()[0]
        if len(empty):
            whole = ["\0" + " ".join(texts[number].split()) for number in empty.tolist()]
            numbers = np.array([self._numbers[text] for text in whole], np.uint64)
            values = np.insert(values, starts[empty], numbers + _FIRST_RARE if self.characters else _mixed(numbers))
            starts = offsets(np.maximum(np.diff(starts), 1))
        return Elements(values, starts)

    def _characters(self, texts: Sequence[str]) -> tuple[U64, Ints]:
        lines = normalize("\n".join(text.replace("\n", " ") for text in texts)).split("\n")
        canonical = [" ".join(line.split()) for line in lines]
        starts = offsets(np.fromiter(map(len, canonical), np.int64, len(canonical)))
        return code_points("".join(canonical)).astype(np.uint64), starts

    def _words(self, texts: Sequence[str]) -> tuple[U64, Ints]:
        letters = letters_of(texts)
        if len(letters.complex):
            texts = list(texts)
            for number in set(letters.complex.tolist()):
                texts[number] = simplify(texts[number])
            letters = letters_of(texts)
        words = read_letters(letters)  # hashes are one-to-one for words of up to eight ASCII letters or digits
        values, begins, ends = words.hashes, words.starts, words.ends
        foreign = np.zeros(len(begins), bool)
        if len(letters.others):
            foreign[begins.searchsorted(letters.others, "right") - 1] = True
        lengths = ends - begins
        middling = ((lengths > LOAD) & (lengths <= MAX_PACKED) & ~foreign).nonzero()[0]
        packed, is_packed = _packed(letters, begins[middling], lengths[middling])
        values[middling] = packed
        rare = foreign | (lengths > LOAD)
        rare[middling[is_packed]] = False
        at = rare.nonzero()[0]
        if len(at):
            spelled = _spelled(letters)
            spans = zip(begins[at].tolist(), ends[at].tolist(), strict=True)
            values[at] = _mixed(np.array([self._numbers[spelled[begin:end]] for begin, end in spans], np.uint64))
        return values, words.first[words.documents]


def _packed(letters: Letters, begins: Ints, lengths: Ints) -> tuple[U64, Bools]:
    """Return ASCII words of nine to twelve characters, five bits a letter, and whether they are all letters."""
    loads = np.ndarray((len(letters.normalized) - 8,), "<u8", letters.normalized, 1, (1,))
    first = loads[begins]
    rest = loads[begins + LOAD] & _BYTES[lengths - LOAD]
    is_packed: Bools = (first & _LETTER == _LETTER) & (rest & _LETTER == _BYTES[lengths - LOAD] & _LETTER)
    values = _five_bits(first) | _five_bits(rest) << np.uint64(5 * LOAD) | _TOP
    return _mixed(values), is_packed


def _five_bits(load: U64) -> U64:
    """Return the low five bits of each byte of a load, one behind the other."""
    for shift, lower in ((3, 0x001F001F001F001F), (6, 0x000003FF000003FF), (12, 0x00000000000FFFFF)):
        width = np.uint64(8 * (shift // 3))
        load = load & np.uint64(lower) | (load & np.uint64(lower) << width) >> np.uint64(shift)
    return load


def folded(texts: Sequence[str]) -> Sequence[str]:
    """Return texts with the one letter written out whose upper case is two letters: STRASSE is Straße."""
    whole = "".join(texts)
    if whole.isascii() or not ("ß" in whole or "ẞ" in whole):
        return texts
    return [text.replace("ß", "ss").replace("ẞ", "SS") for text in texts]


def _spelled(letters: Letters) -> str:
    """Return the folded characters of a chunk, at the positions of `letters.characters`."""
    if not len(letters.others):
        return letters.normalized[1:].tobytes().decode("latin-1")
    folded = letters.normalized[1:].astype("<u4")
    folded[letters.others] = letters.codes
    return folded.tobytes().decode("utf-32-le", "surrogatepass")


def _mixed(loads: U64) -> U64:
    """Return what the hash of a short word makes of its load, which is one-to-one."""
    mixed: U64 = loads * M1
    mixed ^= mixed >> HALF
    return mixed


def wordless(text: str) -> int:
    """Return a 32-bit hash that stands for a text without a word."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "little")
