"""Which lines of subtitles are the preceding line shown again: rolling captions, and cues that are doubled.

What is said twice stays. What is only shown again is told from the structure alone: it stands at the end of the cue
before, and that one is still shown, or was just now.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from dedupe.io.formats.subtitles._cues import Cue, CueLine, without_lines
from dedupe.judge.content import SHORT, ParagraphText

GAP = 1000
"""Milliseconds that may lie between the end of a cue and one that shows its lines again."""

FLASH = 100
"""Milliseconds in which nobody reads a line: rolling captions have such cues, of 10 ms, between two others."""

DEEPEST = 16
"""Lines of a cue that are looked for at the end of the one before; captions have four at most."""

ROUNDS = 6
"""Times a file is looked at as it would remain, as texts are judged. What has not settled then stays."""

OFTEN, TOLD = (2, 5), (1, 5)
"""The share of the cues that repeat from which all do by design, and the share of these that must tell it each alone.

In a doubled file half of the cues repeat. So they do in a song of which each line is sung twice, but those are short.
"""

LONGEST = 1000
"""Characters that are looked at to tell whether a line is long."""

_SUNG = ("♪", "♫", "♬", "🎵", "🎶")


class Repeat(NamedTuple):
    """The first lines of a cue, which are the last of the one before.

    `sure`: whether both are shown at one time, or the cue is too short to be read. `rolls`: whether new lines follow.
    `long`: whether they say so much that nobody says it twice in a row.
    """

    lines: Sequence[CueLine]
    sure: bool = False
    rolls: bool = False
    long: bool = False


_NONE = Repeat(())


def shown_again(cues: Sequence[Cue]) -> frozenset[int]:
    """Return the numbers of the lines that are the preceding line shown again.

    Found in rounds, each on what the ones before leave: so nothing is found in a file that was cleaned.
    """
    again: set[int] = set()
    for _ in range(ROUNDS):
        found = frozenset(line.number for repeat in _repeats(cues) for line in repeat.lines if _has_words(line))
        if not found:
            return frozenset(again)
        again |= found
        cues = [left for cue in cues if (left := without_lines(cue, found)) is not None]
    return frozenset()


def _repeats(cues: Sequence[Cue]) -> list[Repeat]:
    """Return what is a repeat by its own structure, or by that of the file."""
    found: list[Repeat] = []
    last = _NONE
    for before, cue in pairwise(cues):
        shown = before.end - before.start > FLASH or bool(last.lines)
        last = _repeat(before, cue) if shown else _NONE  # else it would be left only where nobody reads it
        if last.lines:
            found.append(last)
    filled = sum(bool(cue.lines) for cue in cues)
    told = sum(one.sure or one.rolls or one.long for one in found)
    if len(found) > 1 and len(found) * OFTEN[1] >= filled * OFTEN[0] and told * TOLD[1] >= len(found) * TOLD[0]:
        return found
    return [one for one in found if one.sure or one.long]


def _repeat(before: Cue, cue: Cue) -> Repeat:
    """Return what of a cue is the end of the one before, shown again at once."""
    if cue.apart or cue.start < before.start or cue.start - max(before.start, before.end) > GAP:
        return _NONE
    count = _overlap([line.said for line in before.lines], [line.said for line in cue.lines])
    lines = cue.lines[:count]
    if not any(map(_has_words, lines)):
        return _NONE
    said = " ".join(line.said[:LONGEST] for line in lines)[:LONGEST]
    sung = any(mark in said for mark in _SUNG)
    return Repeat(
        lines,
        sure=cue.start < before.end or cue.end - cue.start <= FLASH,
        rolls=count < len(cue.lines),
        long=not sung and ParagraphText(said).size >= SHORT,
    )


def _overlap(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many lines at the end of one cue are those with which the next begins.

    >>> _overlap(["one", "two"], ["two", "three"])
    1
    """
    if before == after:
        return len(after)
    most = min(len(before), len(after), DEEPEST)
    return next((count for count in range(most, 0, -1) if before[-count:] == after[:count]), 0)


def _has_words(line: CueLine) -> bool:
    return any(map(str.isalnum, line.said))
