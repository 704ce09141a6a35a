"""Remove lines and whole cues from subtitles, and renumber the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dedupe.io.formats.subtitles._cues import Cue, SubtitleSource, consecutive_numbers, cue_without, parse_srt
from dedupe.model import Span
from dedupe.text import removal


def without_lines(
    parse: Callable[[str], SubtitleSource], source: SubtitleSource, removed: frozenset[int]
) -> str | None:
    """Return the text without these lines; None if the rest would then parse into other cues.

    A cue without any lines left is removed as a whole, with its number or id, its times, and the blank lines behind it.
    Consecutive numbers of SRT stay consecutive.
    """
    removed_lines: set[int] = set()
    remaining: list[Cue] = []
    for cue in source.cues:
        remaining_cue = cue_without(cue, removed)
        if remaining_cue is None:
            removed_lines.update(range(cue.first, cue.stop))
        else:
            removed_lines.update(line.number for line in cue.lines if line.number in removed)
            remaining.append(remaining_cue)
    numbers = consecutive_numbers(source) if parse is parse_srt else None
    edits = [(span, "") for span in removal.cuts(source.text, source.lines, removed_lines)]
    if numbers:
        edits += _renumbered(source, remaining, numbers[0])
    text = _edited(source.text, edits)
    after = parse(text)
    same = [_identity(cue) for cue in after.cues] == [_identity(cue) for cue in remaining]
    if not same or len(after.faults) != len(source.faults):
        return None
    return None if numbers and remaining and consecutive_numbers(after) is None else text


def _identity(cue: Cue) -> tuple[object, ...]:
    """Return the properties of a cue that a cut of others must not change."""
    return cue.start, cue.end, cue.times_line - cue.first, [line.text for line in cue.lines]


def _renumbered(source: SubtitleSource, remaining: Sequence[Cue], first: int) -> list[tuple[Span, str]]:
    """Return the edits of the numbers that change; a number with a leading zero keeps its width."""
    edits = []
    for number, cue in enumerate(remaining, first):
        start = source.lines[cue.first][0]
        line = source.line(cue.first)
        former = line.lstrip("\ufeff").strip()
        replacement = str(number).zfill(len(former) if former.startswith("0") else 0)
        if replacement != former:
            start += line.index(former)
            edits.append((Span(start, start + len(former)), replacement))
    return edits


def _edited(text: str, edits: Sequence[tuple[Span, str]]) -> str:
    """Return a text with these spans, which do not overlap, replaced."""
    pieces = []
    done = 0
    for span, replacement in sorted(edits):
        pieces += [text[done : span.start], replacement]
        done = span.end
    return "".join([*pieces, text[done:]])
