"""Align the words of two paragraphs: which words of one stand, in order, in the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, pairwise

from dedupe.judge._weighty_words import NEGATIONS
from dedupe.text.tokens import is_number

WordRun = tuple[int, int, int]
"""Words that two sequences have in common: the position in one, the position in the other, the number of words."""
Gap = tuple[int, int, int, int]
"""The words between two runs: start and stop in one sequence, start and stop in the other."""

MIN_RUN_WORDS = 3
"""Least aligned words in a row; shorter runs are chance unless one of this length is adjacent."""

MAX_RUN_DISTANCE = 2
"""Most words between a short run and a longer adjacent one, in both paragraphs."""

ANCHOR_WORDS = 5
"""Words in a row that align two long paragraphs where they occur once in each."""

MAX_WORD_PAIRS = 1 << 26
"""Most pairs of words aligned at once, in about 10 ms; longer paragraphs are split at anchors, then in blocks."""

BLOCK_WORDS = 1 << 13
"""Words of a block."""

MAX_DATE_DISTANCE = 4
"""Most words between the two positions of a part of a date."""


def aligned(one: Sequence[str], other: Sequence[str]) -> list[WordRun]:
    """Return the runs of equal words in the same order, ascending: a longest common subsequence without chance matches.

    If the whole of one stands in the other, that is the only run. Otherwise words move to the longest run that they can
    extend; then runs of fewer than three words are dropped unless a longer one is within two words in both.

    >>> aligned("a b c d e".split(), "a b c x d e".split())
    [(0, 0, 3), (3, 4, 2)]
    """
    if not one or not other:
        return []
    joined, needle = f" {' '.join(other)} ", f" {' '.join(one)} "
    position = joined.find(needle)
    if position >= 0:
        return [(0, joined.count(" ", 0, position), len(one))]
    return common(one, other)


def common(one: Sequence[str], other: Sequence[str]) -> list[WordRun]:
    """Align two sequences of which the first does not stand whole in the other."""
    return _reliable(_extended(one, other, _common(one, other)), len(one))


def gaps(runs: Sequence[WordRun], length: int, other_length: int) -> Iterator[Gap]:
    """Yield the gaps between the runs of two sequences of these lengths, and at their ends."""
    for (a, b, size), (c, d, _) in pairwise([(0, 0, 0), *runs, (length, other_length, 0)]):
        yield a + size, c, b + size, d


def _common(one: Sequence[str], other: Sequence[str]) -> list[WordRun]:
    """Return a longest common subsequence as runs; of very long sequences, one for each range between anchors."""
    head, shorter = 0, min(len(one), len(other))
    while head < shorter and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < shorter - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    ends = len(one) - tail, len(other) - tail
    anchors: list[WordRun] = []
    if (ends[0] - head) * (ends[1] - head) > MAX_WORD_PAIRS:
        anchors = _anchors(one, other, head, ends)
    runs = [(0, 0, head)]
    for (a, b, size), (last, end, following) in pairwise([(0, 0, head), *anchors, (*ends, tail)]):
        first, begin = a + size, b + size
        if first < last and begin < end:
            runs += [(first + a, begin + b, size) for a, b, size in _in_blocks(one[first:last], other[begin:end])]
        runs.append((last, end, following))
    return _merged([run for run in runs if run[2]])


def _in_blocks(one: Sequence[str], other: Sequence[str]) -> Iterable[WordRun]:
    """Return the runs of a longest common subsequence, block by block if the sequences are long."""
    if len(one) * len(other) <= MAX_WORD_PAIRS:
        return _subsequence(one, other)
    return _long_runs(one, other)


def _long_runs(one: Sequence[str], other: Sequence[str]) -> Iterator[WordRun]:
    """Yield the runs of a longest common subsequence of long sequences, block by block.

    A block begins at the end of the last run that begins in the first half of the block before.
    """
    a = b = 0
    while a < len(one) and b < len(other):
        whole = (len(one) - a) * (len(other) - b) <= MAX_WORD_PAIRS
        length = max(len(one), len(other)) if whole else BLOCK_WORDS
        runs = _subsequence(one[a : a + length], other[b : b + length])
        reliable = runs if whole else [run for run in runs if run[0] < BLOCK_WORDS // 2] or runs[:1]
        for start, other_start, size in reliable:
            yield a + start, b + other_start, size
        if whole or not reliable:
            return
        start, other_start, size = reliable[-1]
        a, b = a + start + size, b + other_start + size


def _subsequence(one: Sequence[str], other: Sequence[str]) -> list[WordRun]:
    """Return a longest common subsequence as runs."""
    from rapidfuzz.distance import LCSseq  # a compiled module, not loaded for texts in which nothing differs

    number, unused = dict[str, int]().setdefault, count()  # not the words, whose hashes differ between processes
    one_numbers, other_numbers = list(map(number, one, unused)), list(map(number, other, unused))
    blocks = LCSseq.opcodes(one_numbers, other_numbers).as_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]


def _anchors(one: Sequence[str], other: Sequence[str], head: int, stops: tuple[int, int]) -> list[WordRun]:
    """Return the most runs of `ANCHOR_WORDS` words that occur once in each, have one order and do not overlap."""
    positions, other_positions = (_single(side, head, end) for side, end in zip((one, other), stops, strict=True))
    pairs = [(position, other_positions[gram]) for gram, position in positions.items() if gram in other_positions]
    ends: list[int] = []  # the least position, in the other, that ends an ascending series of each length
    series: list[tuple[int, int, int]] = []
    for position, other_position in pairs:
        length = bisect_left(ends, other_position)
        ends[length : length + 1] = [other_position]
        series.append((length, position, other_position))
    longest: list[WordRun] = []
    remaining_length = len(ends) - 1
    for length, position, other_position in reversed(series):
        if length == remaining_length and (not longest or other_position < longest[-1][1]):
            longest.append((position, other_position, ANCHOR_WORDS))
            remaining_length -= 1
    disjoint: list[WordRun] = []
    for run in reversed(longest):
        if not disjoint or (run[0] >= disjoint[-1][0] + ANCHOR_WORDS and run[1] >= disjoint[-1][1] + ANCHOR_WORDS):
            disjoint.append(run)
    return disjoint


def _single(words: Sequence[str], first: int, last: int) -> dict[tuple[str, ...], int]:
    """Return the positions of the runs of `ANCHOR_WORDS` words that occur once, in order."""
    found: dict[tuple[str, ...], int] = {}
    for at in range(first, last - ANCHOR_WORDS + 1):
        gram = tuple(words[at : at + ANCHOR_WORDS])
        found[gram] = -1 if gram in found else at
    return {gram: at for gram, at in found.items() if at >= 0}


def _merged(runs: Iterable[WordRun]) -> list[WordRun]:
    """Return the runs, those that touch in both sequences merged."""
    merged: list[WordRun] = []
    for a, b, size in runs:
        if merged and merged[-1][0] + merged[-1][2] == a and merged[-1][1] + merged[-1][2] == b:
            a, b, size = *merged[-1][:2], merged.pop()[2] + size
        merged.append((a, b, size))
    return merged


def _extended(one: Sequence[str], other: Sequence[str], runs: list[WordRun]) -> list[WordRun]:
    """Return the runs after words have moved from shorter ones to longer ones that they can extend."""
    if len(runs) < 2 or not _may_grow(runs, one, other):
        return runs
    partner = [-1] * len(one)
    partner_of_other = {}
    for a, b, size in runs:
        for step in range(size):
            partner[a + step] = b + step
            partner_of_other[b + step] = a + step
    fixed: set[int] = set()
    for a, b, size in sorted(runs, key=lambda run: (-run[2], run)):
        if any(partner[a + step] != b + step for step in (0, size - 1)):
            continue  # words of it have moved to a longer run
        fixed.update(range(a, a + size))
        for start, direction in (((a - 1, b - 1), -1), ((a + size, b + size), 1)):
            position, target = start
            while 0 <= position < len(one) and 0 <= target < len(other) and one[position] == other[target]:
                previous = partner_of_other.get(target, position)
                if position in fixed or previous in fixed:
                    break
                partner_of_other.pop(partner[position], None)
                partner[previous] = -1
                partner[position], partner_of_other[target] = target, position
                fixed.add(position)
                position, target = position + direction, target + direction
    return _merged((position, target, 1) for position, target in enumerate(partner) if target >= 0)


def _may_grow(runs: Sequence[WordRun], one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether equal words stand before or behind one of the runs in both sequences."""
    for a, b, size in runs:
        if a and b and one[a - 1] == other[b - 1]:
            return True
        a, b = a + size, b + size
        if a < len(one) and b < len(other) and one[a] == other[b]:
            return True
    return False


def _reliable(runs: list[WordRun], words: int) -> list[WordRun]:
    """Return the runs of `MIN_RUN_WORDS` words or more, and shorter ones adjacent to them on the same side in both."""
    least = min(MIN_RUN_WORDS, words)
    kept = [run for run in runs if run[2] >= least]
    if len(kept) == len(runs) or not kept:
        return kept
    adjacent = {
        *_adjacent_runs(runs, least),
        *_adjacent_runs([(-a - size, -b - size, size) for a, b, size in reversed(runs)], least),
    }
    return [run for at, run in enumerate(runs) if run[2] >= least or at in adjacent or at - len(runs) in adjacent]


def _adjacent_runs(runs: Sequence[WordRun], least: int) -> Iterator[int]:
    """Yield which runs closely follow one of this length or more; counted from the end if positions are negative."""
    a = b = None
    for at, (start, other_start, size) in enumerate(runs):
        if a is not None and b is not None and start - a <= MAX_RUN_DISTANCE and other_start - b <= MAX_RUN_DISTANCE:
            yield at if start >= 0 else -1 - at
        if size >= least:
            a, b = start + size, other_start + size


def rewritten(between: Sequence[Gap], one: Sequence[str], other: Sequence[str]) -> frozenset[int]:
    """Return the positions of words in gaps that the other has there too: with other spaces, or in a reordered date."""
    found: list[int] = []
    for first, last, begin, end in between:
        respaced = first < last and begin < end and last - first != end - begin
        if respaced and _is_respaced(one[first:last], other[begin:end]):
            found.extend(range(first, last))
    for before, after in pairwise(between):
        if after[0] - before[1] > MAX_DATE_DISTANCE:
            continue
        skipped = one[before[1] : after[0]]
        moved = (*one[before[0] : before[1]], *one[after[0] : after[1]])
        other_moved = (*other[before[2] : before[3]], *other[after[2] : after[3]])
        if len(moved) == 1 and moved == other_moved and _is_date(moved[0], skipped):
            found.append(before[0] if before[0] < before[1] else after[0])
    return frozenset(found)


def _is_respaced(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether two sequences differ in spaces only, none of which splits a number or makes a negation."""
    if "".join(one) != "".join(other):
        return False
    figures = any(a[-1].isdigit() and b[0].isdigit() for words in (one, other) for a, b in pairwise(words))
    return not figures and NEGATIONS.isdisjoint(one) and NEGATIONS.isdisjoint(other)


def _is_date(word: str, skipped: Sequence[str]) -> bool:
    """Return whether a word on the other side of the skipped ones may be a month and they its days, or the reverse."""
    if is_number(word):
        return len(skipped) == 1 and not is_number(skipped[0]) and skipped[0] not in NEGATIONS
    return any(map(is_number, skipped)) and NEGATIONS.isdisjoint((word, *skipped))
