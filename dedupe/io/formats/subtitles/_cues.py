"""Parse subtitles into cues: their lines, the text of these, and their times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import NamedTuple

import regex

from dedupe.text.paragraphs import lines

SHOWN_CHARACTERS = 40
"""Characters of a line that an error quotes."""

_CLOCK = r"(-?)(?:(\d{1,4}):[ ]?)?(\d{1,2}):[ ]?(\d{1,2})(?:[,.:][ ]?(\d{1,9}))?"
_TIMES = regex.compile(rf"[ \t]*+{_CLOCK}[ \t]*+-->[ \t]*+{_CLOCK}(?![^ \t])")
"""Both times of a cue; as in players, hours are optional, and a comma, a point or a colon is before milliseconds."""

_ARROW = regex.compile(r"[\d \t:.,;-]*?-->[ \t]*+(?:[\d:.,;-].*+)?\Z")
"""A line that is meant to be times: it has no text before or behind the arrow."""

_CUT_OFF_TIMES = regex.compile(r"[ \t]*+\d{1,4}:[\d \t:.,]*+-{0,2}+\Z")
"""A line of times that is cut off before its arrow."""

_NOTE = regex.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t]|\Z)")
_NUMBER = regex.compile(r"[ \t]*+[0-9]{1,9}[ \t]*+\Z")

# No tag contains the beginning of another, so each character is matched once or twice, even if tags are not closed.
_VOICE = regex.compile(r"<v(?:\.[^\s<>]*+)?[ \t]++([^<>]*+)>")
_TAG = regex.compile(r"</?[A-Za-z][^<>]*+>|<\d++:[\d:.]++>|\{\\[^{}]*+\}")
_VISIBLE = regex.compile(r"[^\p{Z}\p{C}]")


class CueLine(NamedTuple):
    """A line of a cue that is not blank: its number in the file, from 0, and its text without tags."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue: its lines, the first in the file (its number or id, if it has one), and the one behind its last.

    `times_line`: the line of its times. `start`, `end`: when it is shown, in milliseconds. `follows_fault`: whether
    a part that could not be read is between it and the cue before.
    """

    first: int
    times_line: int
    stop: int
    lines: tuple[CueLine, ...]
    start: int
    end: int
    follows_fault: bool = False


class Fault(NamedTuple):
    """The problem with a cue that cannot be read, and its line, from 0."""

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
    """The lines of a possible cue, and the problem with it, if any."""

    first: int
    times_line: int
    stop: int
    problem: str = ""


def parse_srt(text: str) -> SubtitleSource:
    """Return the cues of SRT. As in players, a cue ends at the number or the times of the next one.

    Text before the first cue, or under times that cannot be read, belongs to no cue.
    """
    return _read(text, _srt_blocks)


def parse_vtt(text: str) -> SubtitleSource:
    """Return the cues of WebVTT, parsed as in browsers (https://www.w3.org/TR/webvtt1/#file-parsing).

    The header, notes, styles, regions and blocks without times are no cues.
    """
    return _read(text, _vtt_blocks)


def has_vtt_header(text: str) -> bool:
    """Say whether a text begins with the header of WebVTT."""
    return regex.match(r"\ufeff?WEBVTT(?:[ \t\r\n]|\Z)", text) is not None


def _srt_blocks(texts: Sequence[str]) -> Iterator[_Block]:
    cue_starts: list[tuple[int, int, str]] = []
    for number, line in enumerate(texts):
        problem = _times_line_problem(texts, number, line)
        if problem is not None:
            previous = cue_starts[-1][1] if cue_starts else -1
            has_number = number - 1 > previous and _is_number(texts[number - 1])
            cue_starts.append((number - has_number, number, problem))
    stops = [first for first, _, _ in cue_starts] + [len(texts)]
    for (first, times_line, problem), end in zip(cue_starts, stops[1:], strict=True):
        yield _Block(first, times_line, end, problem)


def _times_line_problem(texts: Sequence[str], number: int, line: str) -> str | None:
    """Return the problem with a line of times, empty if there is none; None for any other line."""
    if "-->" in line:
        if _times(line):
            return ""
        return _times_problem(line) if ":" in line and _ARROW.match(line) else None
    if not line[:1].isdigit():  # the quick way out
        return None
    before = texts[number - 1] if number else ""
    if _CUT_OFF_TIMES.match(line) and _is_number(before) and not (number > 1 and texts[number - 2].strip()):
        return _times_problem(line)
    is_last = number and number + 2 >= len(texts) and not "".join(texts[number + 1 :])
    if is_last and _is_number(line) and not before.strip():
        return "the file ends behind the number of a cue"
    return None


def _times(line: str) -> regex.Match[str] | None:
    """Return the times in a line; None if there are none, or the second is cut off before its fraction."""
    match = _TIMES.match(line)
    return match if match and (match[5] is None) == (match[10] is None) else None


def _is_number(line: str) -> bool:
    return _NUMBER.match(line.lstrip("\ufeff")) is not None


def _times_problem(line: str) -> str:
    line = line.strip()
    excerpt = line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "..."
    return f"{excerpt!r} is not a line of times"


def _vtt_blocks(texts: Sequence[str]) -> Iterator[_Block]:
    position, count = 0, len(texts)
    if has_vtt_header(texts[0]):
        while position < count and texts[position] and "-->" not in texts[position]:
            position += 1
    while position < count:
        if not texts[position]:
            position += 1
            continue
        first = position
        first_two = range(position, min(position + 2, count))
        times_line = next((number for number in first_two if "-->" in texts[number]), None)
        position = position + 1 if times_line is None else times_line + 1
        while position < count and texts[position] and "-->" not in texts[position]:
            position += 1
        if times_line is not None:
            times = texts[times_line]
            yield _Block(first, times_line, position, "" if _times(times) else _times_problem(times))
        elif position - first <= 2 and _CUT_OFF_TIMES.match(texts[position - 1]) and _NOTE.match(texts[first]) is None:
            yield _Block(first, position - 1, position, _times_problem(texts[position - 1]))


def _read(text: str, blocks_of: Callable[[Sequence[str]], Iterator[_Block]]) -> SubtitleSource:
    line_bounds = lines(text)
    texts = [text[start:stop] for start, stop, _ in line_bounds]
    cues: list[Cue] = []
    faults: list[Fault] = []
    follows_fault = False
    for first, times_line, end, problem in blocks_of(texts):
        times = None if problem else _times(texts[times_line])
        if times is None:
            faults.append(Fault(times_line, problem))
            follows_fault = True
            continue
        visible = ((number, _visible_text(texts[number])) for number in range(times_line + 1, end))
        cue_lines = tuple(CueLine(number, words) for number, words in visible if words)
        stop = cue_lines[-1].number + 1 if cue_lines else times_line + 1
        while stop < end and texts[stop]:  # lines that show nothing, such as a space, belong to the cue
            stop += 1
        start_ms, end_ms = _milliseconds(*times.groups()[:5]), _milliseconds(*times.groups()[5:])
        cues.append(Cue(first, times_line, stop, cue_lines, start_ms, end_ms, follows_fault))
        follows_fault = False
    return SubtitleSource(text, line_bounds, cues, faults)


def _milliseconds(sign: str, hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    """Return a time in milliseconds, given its parts."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    time = whole * 1000 + int((fraction or "").ljust(3, "0")[:3])
    return -time if sign else time


def _visible_text(line: str) -> str:
    """Return the visible text of a line, with the speaker named by a voice tag; empty if nothing is visible."""
    if "<" in line or "{" in line:
        line = _TAG.sub("", _VOICE.sub(r"\1: ", line))
    if "&" in line:
        line = unescape(line)
    return " ".join(line.split()) if _VISIBLE.search(line) else ""


def consecutive_numbers(source: SubtitleSource) -> list[int] | None:
    """Return the numbers of the cues of SRT if these increase by one and all can be read; else None."""
    if source.faults or not all(cue.first < cue.times_line for cue in source.cues):
        return None
    numbers = [int(source.line(cue.first).lstrip("\ufeff")) for cue in source.cues]
    return numbers if numbers and numbers == list(range(numbers[0], numbers[0] + len(numbers))) else None


def cue_without(cue: Cue, removed: frozenset[int]) -> Cue | None:
    """Return a cue without these lines; None if none remains."""
    remaining = tuple(line for line in cue.lines if line.number not in removed)
    return replace(cue, lines=remaining) if remaining or not cue.lines else None
