"""Find lines of subtitles that show the preceding line again: in rolling captions, and in doubled cues.

A line that is spoken twice stays. A line that is only shown again is recognized by structure: it is at the end of the
cue before, which is still shown or has just ended, or in a cue of the same times and words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from dedupe.io.formats.subtitles._cues import Cue, CueLine, cue_without
from dedupe.judge.content import SHORT, ParagraphText

GAP_MS = 1000
"""Milliseconds between the end of a cue and one that shows its lines again, at most."""

FLASH_MS = 100
"""Milliseconds in which nobody can read a line: rolling captions have cues of 10 ms between two others."""

MOST_SHARED_LINES = 16
"""Lines that two cues can share, at most; captions have up to four."""

ROUNDS = 6
"""Rounds in which the remaining lines are examined, as for texts; without a fixpoint after these, all lines stay."""

DESIGN_SHARE, CERTAIN_SHARE = (2, 5), (1, 5)
"""Share of cues that repeat in a file that repeats by design, and share of these that must be certain by themselves.

In a doubled file half of the cues repeat. So do they in a song with each line sung twice, but those lines are short.
"""

EXAMINED_CHARACTERS = 1000
"""Characters that are examined to decide whether a line is long."""

_SUNG = ("♪", "♫", "♬", "🎵", "🎶")


class Repeat(NamedTuple):
    """The first lines of a cue, which equal the last ones of the cue before.

    `sure`: whether both cues are shown at the same time, or the cue is too short to be read. `rolls`: whether new lines
    follow. `long`: whether the lines are too long to be spoken twice in a row.
    """

    lines: Sequence[CueLine]
    sure: bool = False
    rolls: bool = False
    long: bool = False


_NONE = Repeat(())


def shown_again(cues: Sequence[Cue]) -> frozenset[int]:
    """Return the numbers of the lines that show the preceding line again.

    Each round examines the lines that remain after the ones before, so that a cleaned file has none.
    """
    repeated: set[int] = set()
    for _ in range(ROUNDS):
        again = _same_cues(cues)
        cues = _without(cues, again)
        shown = frozenset(line.number for repeat in _repeats(cues) for line in repeat.lines if _has_words(line))
        if not shown and not again:
            return frozenset(repeated)
        repeated |= again | shown
        cues = _without(cues, shown)
    return frozenset()


def _without(cues: Sequence[Cue], lines: frozenset[int]) -> Sequence[Cue]:
    if not lines:
        return cues
    return [remaining for cue in cues if (remaining := cue_without(cue, lines)) is not None]


def _same_cues(cues: Sequence[Cue]) -> frozenset[int]:
    """Return the numbers of the lines of cues that an earlier one equals in times and words.

    Both are shown at one time, wherever they stand: a track was appended to itself. Nothing is compared across a fault.
    """
    seen: set[tuple[int, int, tuple[str, ...]]] = set()
    again: set[int] = set()
    for cue in cues:
        if cue.follows_fault:
            seen.clear()
        key = cue.start, cue.end, tuple(line.text for line in cue.lines)
        if key in seen and any(map(_has_words, cue.lines)):
            again.update(line.number for line in cue.lines)
        seen.add(key)
    return frozenset(again)


def _repeats(cues: Sequence[Cue]) -> list[Repeat]:
    """Return the repeats that are certain by their own structure, or by that of the file."""
    repeats: list[Repeat] = []
    last = _NONE
    for previous, cue in pairwise(cues):
        is_readable = previous.end - previous.start > FLASH_MS or bool(last.lines)
        # If it is not, the line would remain only where nobody can read it.
        last = _repeat(previous, cue) if is_readable else _NONE
        if last.lines:
            repeats.append(last)
    filled = sum(bool(cue.lines) for cue in cues)
    certain = sum(repeat.sure or repeat.rolls or repeat.long for repeat in repeats)
    is_frequent = len(repeats) > 1 and len(repeats) * DESIGN_SHARE[1] >= filled * DESIGN_SHARE[0]
    if is_frequent and certain * CERTAIN_SHARE[1] >= len(repeats) * CERTAIN_SHARE[0]:
        return repeats
    return [repeat for repeat in repeats if repeat.sure or repeat.long]


def _repeat(previous: Cue, cue: Cue) -> Repeat:
    """Return the lines of a cue that show the end of the cue before again, right after it."""
    if cue.follows_fault or cue.start < previous.start or cue.start - max(previous.start, previous.end) > GAP_MS:
        return _NONE
    count = _overlap([line.text for line in previous.lines], [line.text for line in cue.lines])
    lines = cue.lines[:count]
    if not any(map(_has_words, lines)):
        return _NONE
    text = " ".join(line.text[:EXAMINED_CHARACTERS] for line in lines)[:EXAMINED_CHARACTERS]
    sung = any(mark in text for mark in _SUNG)
    return Repeat(
        lines,
        sure=cue.start < previous.end or cue.end - cue.start <= FLASH_MS,
        rolls=count < len(cue.lines),
        long=not sung and ParagraphText(text).size >= SHORT,
    )


def _overlap(previous: Sequence[str], after: Sequence[str]) -> int:
    """Return how many lines at the end of one cue equal those at the beginning of the next.

    >>> _overlap(["one", "two"], ["two", "three"])
    1
    """
    if previous == after:
        return len(after)
    limit = min(len(previous), len(after), MOST_SHARED_LINES)
    return next((count for count in range(limit, 0, -1) if previous[-count:] == after[:count]), 0)


def _has_words(line: CueLine) -> bool:
    return any(map(str.isalnum, line.text))
