"""The cues of a file of subtitles: where their lines stand, what these say, and when they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import NamedTuple

import regex

from dedupe.text.paragraphs import lines

SHOWN = 40
"""Characters of a line that an error shows."""

_CLOCK = r"(-?)(?:(\d{1,4}):[ ]?)?(\d{1,2}):[ ]?(\d{1,2})(?:[,.:][ ]?(\d{1,9}))?"
_TIMES = regex.compile(rf"[ \t]*+{_CLOCK}[ \t]*+-->[ \t]*+{_CLOCK}(?![^ \t])")
"""Both times of a cue: hours may be missing, and players take a comma, a point or a colon before milliseconds."""

_ARROW = regex.compile(r"[\d \t:.,;-]*?-->[ \t]*+(?:[\d:.,;-].*+)?\Z")
"""What can only be meant for the times of a cue: nothing of a text stands before the arrow or behind it."""

_TORN = regex.compile(r"[ \t]*+\d{1,4}:[\d \t:.,]*+-{0,2}+\Z")
"""A line of times that breaks off before its arrow."""

_NOTE = regex.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t]|\Z)")
_NUMBER = regex.compile(r"[ \t]*+[0-9]{1,9}[ \t]*+\Z")

# No tag holds another one's beginning, so each character is looked at once or twice, whatever is left open.
_VOICE = regex.compile(r"<v(?:\.[^\s<>]*+)?[ \t]++([^<>]*+)>")
_TAG = regex.compile(r"</?[A-Za-z][^<>]*+>|<\d++:[\d:.]++>|\{\\[^{}]*+\}")
_INK = regex.compile(r"[^\p{Z}\p{C}]")


class CueLine(NamedTuple):
    """A line of a cue with something in it: its number in the file, from 0, and what it says without its tags."""

    number: int
    said: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue: its lines in the file, from the one with its number or id, if it has one, to the one behind its last.

    `timed`: the line of its times. `start`, `end`: when it is shown, in milliseconds. `apart`: whether something that
    could not be read stands between it and the cue before.
    """

    first: int
    timed: int
    stop: int
    lines: tuple[CueLine, ...]
    start: int
    end: int
    apart: bool = False


class Fault(NamedTuple):
    """What is wrong with a cue that cannot be read: its line, from 0, and a sentence."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class SubtitleSource:
    """A file of subtitles: its text, its lines (start, stop, end), and its cues in order."""

    text: str
    lines: Sequence[tuple[int, int, int]]
    cues: Sequence[Cue]
    faults: Sequence[Fault]

    def line(self, number: int) -> str:
        """Return a line, from 0, without its end."""
        start, stop, _ = self.lines[number]
        return self.text[start:stop]


class _Block(NamedTuple):
    """The lines of what is meant for a cue, and why it can be none."""

    first: int
    timed: int
    stop: int
    problem: str = ""


def parse_srt(text: str) -> SubtitleSource:
    """Return the cues of SRT. A cue goes on to the number or the times of the next one, as players read it.

    What stands before the first is none, nor is what stands under times that cannot be read.
    """
    bounds = lines(text)
    rows = [text[start:stop] for start, stop, _ in bounds]
    return _read(text, bounds, rows, _srt_blocks(rows))


def parse_vtt(text: str) -> SubtitleSource:
    """Return the cues of WebVTT, found as browsers find them (https://www.w3.org/TR/webvtt1/#file-parsing).

    The header, notes, styles, regions and blocks without times are none.
    """
    bounds = lines(text)
    rows = [text[start:stop] for start, stop, _ in bounds]
    return _read(text, bounds, rows, _vtt_blocks(rows))


def is_headed(text: str) -> bool:
    """Say whether a text begins as WebVTT does."""
    return regex.match(r"\ufeff?WEBVTT(?:[ \t\r\n]|\Z)", text) is not None


def _srt_blocks(rows: Sequence[str]) -> Iterator[_Block]:
    heads: list[tuple[int, int, str]] = []
    for at, row in enumerate(rows):
        problem = _srt_problem(rows, at, row)
        if problem is not None:
            before = heads[-1][1] if heads else -1
            heads.append((at - (at - 1 > before and _is_number(rows[at - 1])), at, problem))
    ends = [first for first, _, _ in heads] + [len(rows)]
    for (first, timed, problem), end in zip(heads, ends[1:], strict=True):
        yield _Block(first, timed, end, problem)


def _srt_problem(rows: Sequence[str], at: int, row: str) -> str | None:
    """Return what is wrong with the line that a cue's times are in, empty if nothing; None for another line."""
    if "-->" in row:
        if _times(row):
            return ""
        return _untimed(row) if ":" in row and _ARROW.match(row) else None
    if not row[:1].isdigit():  # the quick way out
        return None
    if _TORN.match(row) and at and _is_number(rows[at - 1]) and not (at > 1 and rows[at - 2].strip()):
        return _untimed(row)
    if at and at + 2 >= len(rows) and _is_number(row) and not rows[at - 1].strip() and not "".join(rows[at + 1 :]):
        return "the file ends behind the number of a cue"
    return None


def _times(row: str) -> regex.Match[str] | None:
    """Return the times in a line; None if there are none, or the second breaks off before its fraction."""
    found = _TIMES.match(row)
    return found if found and (found[5] is None) == (found[10] is None) else None


def _is_number(row: str) -> bool:
    return _NUMBER.match(row.lstrip("\ufeff")) is not None


def _untimed(row: str) -> str:
    return f"{_shown(row)} is no line of times"


def _vtt_blocks(rows: Sequence[str]) -> Iterator[_Block]:
    at, count = 0, len(rows)
    if is_headed(rows[0]):
        while at < count and rows[at] and "-->" not in rows[at]:
            at += 1
    while at < count:
        if not rows[at]:
            at += 1
            continue
        first = at
        timed = next((one for one in range(at, min(at + 2, count)) if not rows[one] or "-->" in rows[one]), None)
        is_cue = timed is not None and bool(rows[timed])
        at = timed + 1 if timed is not None and is_cue else at + 1
        while at < count and rows[at] and "-->" not in rows[at]:
            at += 1
        if timed is not None and is_cue:
            yield _Block(first, timed, at, "" if _times(rows[timed]) else _untimed(rows[timed]))
        elif at - first <= 2 and _TORN.match(rows[at - 1]) and _NOTE.match(rows[first]) is None:
            yield _Block(first, at - 1, at, _untimed(rows[at - 1]))


def _read(
    text: str, bounds: Sequence[tuple[int, int, int]], rows: Sequence[str], blocks: Iterator[_Block]
) -> SubtitleSource:
    cues: list[Cue] = []
    faults: list[Fault] = []
    apart = False
    for first, timed, end, problem in blocks:
        times = None if problem else _times(rows[timed])
        if times is None:
            faults.append(Fault(timed, problem))
            apart = True
            continue
        said = tuple(CueLine(at, said) for at in range(timed + 1, end) if rows[at] and (said := _said(rows[at])))
        stop = said[-1].number + 1 if said else timed + 1
        while stop < end and rows[stop]:  # what shows nothing, such as a line of one space, belongs to the cue too
            stop += 1
        groups = times.groups()
        cues.append(Cue(first, timed, stop, said, _time(*groups[:5]), _time(*groups[5:]), apart))
        apart = False
    return SubtitleSource(text, bounds, cues, faults)


def _time(sign: str, hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    """Return a time in milliseconds."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    time = whole * 1000 + int((fraction or "").ljust(3, "0")[:3])
    return -time if sign else time


def _said(row: str) -> str:
    """Return what a viewer reads of a line, and who says it where a tag does; empty for a line that shows nothing."""
    if "<" in row or "{" in row:
        row = _TAG.sub("", _VOICE.sub(r"\1: ", row))
    if "&" in row:
        row = unescape(row)
    return " ".join(row.split()) if _INK.search(row) else ""


def _shown(row: str) -> str:
    row = row.strip()
    return repr(row if len(row) <= SHOWN else row[:SHOWN] + "...")


def numbered(source: SubtitleSource) -> list[int] | None:
    """Return the numbers of the cues of SRT where these go up by one from cue to cue and all can be read; else None."""
    if source.faults or not all(cue.first < cue.timed for cue in source.cues):
        return None
    found = [int(source.line(cue.first).lstrip("\ufeff")) for cue in source.cues]
    return found if found and found == list(range(found[0], found[0] + len(found))) else None


def without_lines(cue: Cue, gone: frozenset[int]) -> Cue | None:
    """Return what is left of a cue without these lines; None if nothing is."""
    left = tuple(line for line in cue.lines if line.number not in gone)
    return replace(cue, lines=left) if left or not cue.lines else None
