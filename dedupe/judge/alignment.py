"""Which words of one paragraph stand, in order, in another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from dedupe.judge._weight import NEGATIONS
from dedupe.text.tokens import is_number

WordRun = tuple[int, int, int]
"""A stretch that two sequences of words have in common: where in one, where in the other, how many words."""
Gap = tuple[int, int, int, int]
"""What lies between two runs: first and last place in one, first and last place in the other, the last excluded."""

LEAST_RUN = 3
"""Aligned words count when so many stand in a row, or beside such a run: fewer are chance."""

BESIDE = 2
"""Words within which a shorter run is beside a longer one, in both paragraphs."""

ANCHOR = 5
"""Words in a row that, standing once in each of two long paragraphs, hold them together."""

WORK = 1 << 26
"""Pairs of words whose common subsequence takes some 10 ms; longer paragraphs are cut at anchors, then into blocks."""

BLOCK = 1 << 13
"""Words of a block."""

MOVED = 4
"""Words on whose other side a figure of a date may stand."""


def aligned(one: Sequence[str], other: Sequence[str]) -> list[WordRun]:
    """Return the runs of equal words in the same order, first to last: a longest common subsequence that is trusted.

    Of one sequence that stands whole in the other it is that place. Else, as many a subsequence is longest, words are
    moved to the longest run beside which they stand; then runs of fewer than three words that are not within two words
    of a longer one, on the same side in both, are dropped: they are chance.

    >>> aligned("a b c d e".split(), "a b c x d e".split())
    [(0, 0, 3), (3, 4, 2)]
    """
    if not one or not other:
        return []
    joined, needle = f" {' '.join(other)} ", f" {' '.join(one)} "
    place = joined.find(needle)
    if place >= 0:
        return [(0, joined.count(" ", 0, place), len(one))]
    return common(one, other)


def common(one: Sequence[str], other: Sequence[str]) -> list[WordRun]:
    """Return `aligned` of two sequences of which the first does not stand whole in the other."""
    return _trusted(_gathered(one, other, _common(one, other)), len(one))


def gaps(runs: Sequence[WordRun], mine: int, theirs: int) -> Iterator[Gap]:
    """Yield what lies between the runs of two sequences of these lengths, and at their ends."""
    for (a, b, size), (c, d, _) in pairwise([(0, 0, 0), *runs, (mine, theirs, 0)]):
        yield a + size, c, b + size, d


def _common(one: Sequence[str], other: Sequence[str]) -> list[WordRun]:
    """Return a longest common subsequence as runs; of very long sequences, one between their anchors."""
    head, shorter = 0, min(len(one), len(other))
    while head < shorter and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < shorter - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    ends = len(one) - tail, len(other) - tail
    stretches = [(head, ends[0], head, ends[1])]
    anchors: list[WordRun] = []
    if (ends[0] - head) * (ends[1] - head) > WORK:
        anchors = _anchors(one, other, head, ends)
        fixed = [(0, 0, head), *anchors, (*ends, tail)]
        stretches = [(a + size, c, b + size, d) for (a, b, size), (c, d, _) in pairwise(fixed)]
    runs = [(0, 0, head), *anchors, (*ends, tail)]
    for first, last, begin, end in stretches:
        for a, b, size in _in_blocks(one[first:last], other[begin:end]) if first < last and begin < end else ():
            runs.append((first + a, begin + b, size))
    return _joined(sorted(run for run in runs if run[2]))


def _in_blocks(one: Sequence[str], other: Sequence[str]) -> Iterator[WordRun]:
    """Yield the runs of a longest common subsequence, or of those of blocks if that would take too long.

    Each block begins where the last run ends that begins in the first half of the one before.
    """
    a = b = 0
    while a < len(one) and b < len(other):
        whole = (len(one) - a) * (len(other) - b) <= WORK
        mine, theirs = (one[a:], other[b:]) if whole else (one[a : a + BLOCK], other[b : b + BLOCK])
        runs = _subsequence(mine, theirs)
        kept = runs if whole else [run for run in runs if run[0] < BLOCK // 2] or runs[:1]
        for start, place, size in kept:
            yield a + start, b + place, size
        if whole or not kept:
            return
        start, place, size = kept[-1]
        a, b = a + start + size, b + place + size


def _subsequence(one: Sequence[str], other: Sequence[str]) -> list[WordRun]:
    """Return a longest common subsequence as runs."""
    if set(one).isdisjoint(other):
        return []
    from rapidfuzz.distance import LCSseq  # a compiled module, not loaded for texts in which nothing differs

    numbers: dict[str, int] = {}  # not the words, whose hashes differ between processes
    mine, theirs = ([numbers.setdefault(word, len(numbers)) for word in side] for side in (one, other))
    blocks = LCSseq.opcodes(mine, theirs).as_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]


def _anchors(one: Sequence[str], other: Sequence[str], head: int, ends: tuple[int, int]) -> list[WordRun]:
    """Return the runs of `ANCHOR` words that stand once in each, as many as keep one order and do not overlap."""
    mine, theirs = (_single(side, head, end) for side, end in zip((one, other), ends, strict=True))
    pairs = [(place, theirs[gram]) for gram, place in mine.items() if gram in theirs]
    least: list[int] = []  # the least end, in the other, of an ascending series of each length
    steps: list[tuple[int, int, int]] = []
    for place, there in pairs:
        length = bisect_left(least, there)
        least[length : length + 1] = [there]
        steps.append((length, place, there))
    found: list[WordRun] = []
    wanted = len(least) - 1
    for length, place, there in reversed(steps):
        if length == wanted and (not found or there < found[-1][1]):
            found.append((place, there, ANCHOR))
            wanted -= 1
    apart: list[WordRun] = []
    for run in reversed(found):
        if not apart or (run[0] >= apart[-1][0] + ANCHOR and run[1] >= apart[-1][1] + ANCHOR):
            apart.append(run)
    return apart


def _single(words: Sequence[str], first: int, last: int) -> dict[tuple[str, ...], int]:
    """Return where each run of `ANCHOR` words stands that stands once, in order."""
    found: dict[tuple[str, ...], int] = {}
    for at in range(first, last - ANCHOR + 1):
        gram = tuple(words[at : at + ANCHOR])
        found[gram] = -1 if gram in found else at
    return {gram: at for gram, at in found.items() if at >= 0}


def _joined(runs: Iterable[WordRun]) -> list[WordRun]:
    """Return runs with those made one that touch in both sequences."""
    made: list[WordRun] = []
    for a, b, size in runs:
        if made and made[-1][0] + made[-1][2] == a and made[-1][1] + made[-1][2] == b:
            a, b, size = *made[-1][:2], made.pop()[2] + size
        made.append((a, b, size))
    return made


def _gathered(one: Sequence[str], other: Sequence[str], runs: list[WordRun]) -> list[WordRun]:
    """Return the runs with words moved from shorter ones to longer ones beside which equal words stand."""
    if len(runs) < 2 or not any(_may_grow(run, one, other) for run in runs):
        return runs
    there = [-1] * len(one)
    here = {}
    for a, b, size in runs:
        for step in range(size):
            there[a + step] = b + step
            here[b + step] = a + step
    final: set[int] = set()
    for a, b, size in sorted(runs, key=lambda run: (-run[2], run)):
        if any(there[a + step] != b + step for step in (0, size - 1)):
            continue  # a longer run has taken words of it
        final.update(range(a, a + size))
        for start, way in (((a - 1, b - 1), -1), ((a + size, b + size), 1)):
            mine, theirs = start
            while 0 <= mine < len(one) and 0 <= theirs < len(other) and one[mine] == other[theirs]:
                taken = here.get(theirs, mine)
                if mine in final or taken in final:
                    break
                here.pop(there[mine], None)
                there[taken] = -1
                there[mine], here[theirs] = theirs, mine
                final.add(mine)
                mine, theirs = mine + way, theirs + way
    return _joined((at, place, 1) for at, place in enumerate(there) if place >= 0)


def _may_grow(run: WordRun, one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether equal words stand beside a run, on the same side in both."""
    a, b, size = run
    if a and b and one[a - 1] == other[b - 1]:
        return True
    a, b = a + size, b + size
    return a < len(one) and b < len(other) and one[a] == other[b]


def _trusted(runs: list[WordRun], words: int) -> list[WordRun]:
    """Return the runs of `LEAST_RUN` words or more, and shorter ones beside those on the same side in both."""
    least = min(LEAST_RUN, words)
    kept = [run for run in runs if run[2] >= least]
    if len(kept) == len(runs) or not kept:
        return kept
    beside = {*_beside(runs, least), *_beside([(-a - size, -b - size, size) for a, b, size in reversed(runs)], least)}
    return [run for at, run in enumerate(runs) if run[2] >= least or at in beside or at - len(runs) in beside]


def _beside(runs: Sequence[WordRun], least: int) -> Iterator[int]:
    """Yield which runs follow one of at least this length closely; counted from the end when they run backwards."""
    a = b = None
    for at, (mine, theirs, size) in enumerate(runs):
        if a is not None and b is not None and mine - a <= BESIDE and theirs - b <= BESIDE:
            yield at if mine >= 0 else -1 - at
        if size >= least:
            a, b = mine + size, theirs + size


def rewritten(between: Sequence[Gap], one: Sequence[str], other: Sequence[str]) -> frozenset[int]:
    """Return the places of one's words, in what lies between runs, that the other has there too: spaced otherwise, or a
    date in another order.
    """
    found: list[int] = []
    for first, last, begin, end in between:
        if first < last and begin < end and is_respaced(one[first:last], other[begin:end]):
            found.extend(range(first, last))
    for before, after in pairwise(between):
        passed = one[before[1] : after[0]]
        if len(passed) > MOVED:
            continue
        mine = (*one[before[0] : before[1]], *one[after[0] : after[1]])
        theirs = (*other[before[2] : before[3]], *other[after[2] : after[3]])
        if len(mine) == 1 and mine == theirs and _is_date(mine[0], passed):
            found.append(before[0] if before[0] < before[1] else after[0])
    return frozenset(found)


def is_respaced(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether two runs of words differ in their spaces only, none of which parts figures or makes a negation."""
    if len(one) == len(other) or "".join(one) != "".join(other):
        return False
    figures = any(a[-1].isdigit() and b[0].isdigit() for words in (one, other) for a, b in pairwise(words))
    return not figures and NEGATIONS.isdisjoint(one) and NEGATIONS.isdisjoint(other)


def _is_date(word: str, passed: Sequence[str]) -> bool:
    """Say whether a word that stands on the other side of others may be a month beside its days, or the reverse."""
    if is_number(word):
        return len(passed) == 1 and not is_number(passed[0]) and passed[0] not in NEGATIONS
    return any(map(is_number, passed)) and NEGATIONS.isdisjoint((word, *passed))
