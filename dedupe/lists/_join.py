"""All pairs of rows at a threshold: candidates by their rarest shingles, and exact counts of what they share.

A set of n shingles that shares m of them with another one shares one of its n - m + 1 rarest, and that is one of the
rarest of the other one, too, if so many of that are looked at as leave room for m (Bayardo, Ma, Srikant: Scaling up all
pairs similarity search, 2007; Xiao et al.: Efficient similarity joins for near duplicate detection, 2008).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from dedupe._arrays import U64, Bools, Floats, Ints
from dedupe.lists._arguments import Criteria, TextLike, checked
from dedupe.lists._elements import ListReader
from dedupe.lists._rows import ShingleRows, blocks, rows_of, spans
from dedupe.lists._sets import Occurrences, needed, padded, shared_occurrences, spelled
from dedupe.text.words import HALF

BLOCK = 1 << 20
"""Candidates, counted once for each rare shingle, that are made at once, but for those of a single row."""

_WIDTH = 64
"""ShingleRows whose shingles are marked at once, a bit each."""

_LOW = np.uint64(0xFFFFFFFF)

Near = tuple[Ints, Ints, Floats]
"""Pairs of rows, the first before the second, and their similarity."""


class Join:
    """Find the pairs of rows at a threshold.

    `contained`: the similarity is the share of the smaller set that the larger one has, not Jaccard.
    """

    def __init__(self, rows: ShingleRows, threshold: float, *, contained: bool) -> None:
        self.rows = rows
        self._threshold = threshold
        self._contained = contained
        largest = int(rows.sizes.max(initial=0))
        self._least = needed(threshold, np.arange(largest + 1))
        self._least_of_both = needed(threshold / (1 + threshold), np.arange(2 * largest + 1))
        self._marks = np.zeros(int(rows.tokens.max(initial=-1)) + 1, np.uint64)
        # Of each row, so many tokens are looked up in these keys: first where it is the smaller one, then the larger.
        self._sides: list[tuple[Ints, U64]] = [
            (rows.narrow, self._keys(rows.wide)),
            (rows.wide, self._keys(rows.narrow)),
        ]

    def _keys(self, counts: Ints) -> U64:
        """Return the first tokens of the rows, each with its row, packed `token << 32 | row`, in order."""
        tokens = self.rows.tokens[spans(self.rows.starts[:-1], counts)]
        keys: U64 = tokens.astype(np.uint64) << HALF | np.arange(len(counts), dtype=np.uint64).repeat(counts)
        keys.sort()
        return keys

    def keep(self, alive: Bools) -> None:
        """Forget all partners but the rows that are alive."""
        self._sides = [(counts, keys[alive[(keys & _LOW).view(np.int64)]]) for counts, keys in self._sides]

    def costs(self, rows: Ints, first: int, stop: int) -> Ints:
        """Return how many candidates each of these rows has among those from `first` to `stop`, with repetitions."""
        costs = np.zeros(len(rows), np.int64)
        for counts, keys in self._sides:
            begins, ends = self._found(rows, counts, keys, first, stop)
            sums = np.append(0, np.cumsum(ends - begins))
            edges = np.append(0, np.cumsum(counts[rows]))
            costs += np.diff(sums[edges])
        return costs

    def _found(self, rows: Ints, counts: Ints, keys: U64, first: int, stop: int) -> tuple[Ints, Ints]:
        """Return where in the keys the later partners of the first tokens of each of these rows begin and end."""
        lengths = counts[rows]
        tokens = self.rows.tokens[spans(self.rows.starts[rows], lengths)].astype(np.uint64) << HALF
        least = np.maximum(rows + 1, first).astype(np.uint64).repeat(lengths)
        begins = keys.searchsorted(tokens | least)
        return begins, np.maximum(keys.searchsorted(tokens | np.uint64(stop)), begins)

    def near(self, rows: Ints, first: int, stop: int) -> Iterator[Near]:
        """Yield, in blocks, the pairs at the threshold of these rows (in order) and later ones from `first` to `stop`.

        Pairs are in order, across blocks, too.
        """
        costs = self.costs(rows, first, stop)
        for part in blocks(costs, BLOCK):
            if costs[part].any():
                yield self._verified(*self._candidates(rows[part], first, stop))

    def _candidates(self, rows: Ints, first: int, stop: int) -> tuple[Ints, Ints]:
        """Return the pairs of one of these rows and a later one that may reach the threshold, in order."""
        sizes = self.rows.sizes
        made = []
        for side, (counts, keys) in enumerate(self._sides):
            begins, ends = self._found(rows, counts, keys, first, stop)
            lengths = ends - begins
            left = rows.repeat(counts[rows]).repeat(lengths)
            right = (keys[spans(begins, lengths)] & _LOW).view(np.int64)
            fits = sizes[left] <= sizes[right] if side == 0 else sizes[right] < sizes[left]
            if not self._contained:
                small, large = (left, right) if side == 0 else (right, left)
                fits &= self._least[sizes[large]] <= sizes[small]
            made.append(left[fits].view(np.uint64) << HALF | right[fits].view(np.uint64))
        pairs = np.concatenate(made)
        pairs.sort()
        edges = np.ones(len(pairs) + 1, bool)
        edges[1:-1] = pairs[1:] != pairs[:-1]
        begins = edges.nonzero()[0]
        pairs = pairs[begins[:-1]]
        left, right = (pairs >> HALF).view(np.int64), (pairs & _LOW).view(np.int64)
        possible = np.diff(begins) >= self._least_rare(left, right)
        return left[possible], right[possible]

    def _least_rare(self, left: Ints, right: Ints) -> Ints:
        """Return how many of the tokens that were looked at two rows must share: as many as the others leave open.

        Of the row whose tokens end first all other common tokens are beyond those that were looked at.
        """
        rows = self.rows
        is_left = rows.sizes[left] <= rows.sizes[right]
        small, large = np.where(is_left, left, right), np.where(is_left, right, left)
        if self._contained:
            total = self._least[rows.sizes[small]]
        else:
            total = self._least_of_both[rows.sizes[small] + rows.sizes[large]]
        ends = rows.tokens[rows.starts[small] + rows.narrow[small] - 1]
        other_ends = rows.tokens[rows.starts[large] + rows.wide[large] - 1]
        beyond, other_beyond = rows.counts[small] - rows.narrow[small], rows.counts[large] - rows.wide[large]
        least: Ints = total - np.where(ends <= other_ends, beyond, other_beyond)
        return least

    def _verified(self, left: Ints, right: Ints) -> Near:
        """Return those pairs, given in order, that reach the threshold, and their similarity."""
        shared = self._shared(left, right)
        sizes, other_sizes = self.rows.sizes[left], self.rows.sizes[right]
        if self._contained:
            similarity = shared / np.minimum(sizes, other_sizes)
        else:
            similarity = shared / (sizes + other_sizes - shared)
        enough = similarity >= self._threshold
        return left[enough], right[enough], similarity[enough]

    def _shared(self, left: Ints, right: Ints) -> Ints:
        """Return how many tokens each pair shares; `left` in order."""
        shared = np.zeros(len(left), np.int64)
        new = np.append(True, left[1:] != left[:-1]) if len(left) else np.zeros(0, bool)
        numbers = np.cumsum(new) - 1
        begin = 0
        while begin < len(left):
            end = int(numbers.searchsorted(numbers[begin] // _WIDTH * _WIDTH + _WIDTH))
            marked = left[begin:end][new[begin:end]]
            tokens = self.rows.tokens[spans(self.rows.starts[marked], self.rows.counts[marked])]
            bits = np.uint64(1) << (numbers[begin:end][new[begin:end]] % _WIDTH).astype(np.uint64)
            np.bitwise_or.at(self._marks, tokens, bits.repeat(self.rows.counts[marked]))
            shared[begin:end] = self._marked(right[begin:end], (numbers[begin:end] % _WIDTH).astype(np.uint64))
            self._marks[tokens] = 0
            begin = end
        return shared

    def _marked(self, rows: Ints, bits: U64) -> Ints:
        """Return how many tokens of each row are marked with a bit."""
        counts = self.rows.counts[rows]
        found = []
        for part in blocks(counts, BLOCK):
            lengths = counts[part]
            marks = self._marks[self.rows.tokens[spans(self.rows.starts[rows[part]], lengths)]]
            marks >>= bits[part].repeat(lengths)
            marks &= np.uint64(1)
            found.append(np.add.reduceat(marks, np.cumsum(lengths) - lengths).view(np.int64))
        return np.concatenate(found)


def join_of(texts: Iterable[TextLike], how: Criteria) -> Join:
    """Return the join of texts; an iterable is read once, and its texts are not kept."""
    rows = rows_of(occurrences(texts, how), how.threshold, contained=how.contained)
    return Join(rows, how.threshold, contained=how.contained)


def occurrences(texts: Iterable[TextLike], how: Criteria, *, all_texts: bool = False) -> Occurrences:
    """Return the shingles that stand more than once, of texts that may reach the threshold, or of all."""
    whole = padded(ListReader(how.characters).read(checked(texts)), how.size)
    if how.characters:
        whole = spelled(whole)
    return shared_occurrences(whole, 0.0 if all_texts else how.threshold, contained=how.contained)
