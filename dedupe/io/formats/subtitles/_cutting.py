"""Taking lines and whole cues out of subtitles, and their numbers after that."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dedupe.io.formats.subtitles._cues import Cue, SubtitleSource, numbered, parse_srt, without_lines
from dedupe.model import Span
from dedupe.text import removal


def cuts_of(parse: Callable[[str], SubtitleSource], source: SubtitleSource, gone: frozenset[int]) -> str | None:
    """Return the text without these lines; None when what stays would then be other cues.

    A cue of which nothing is left goes as a whole: its number or id, its times, the blank lines behind it. The numbers
    of SRT go up by one as before, if they did.
    """
    dropped: set[int] = set()
    left: list[Cue] = []
    for cue in source.cues:
        rest = without_lines(cue, gone)
        if rest is None:
            dropped.update(range(cue.first, cue.stop))
        else:
            dropped.update(line.number for line in cue.lines if line.number in gone)
            left.append(rest)
    numbers = numbered(source) if parse is parse_srt else None
    edits = [(span, "") for span in removal.cuts(source.text, source.lines, dropped)]
    if numbers:
        edits += _renumbered(source, left, numbers[0])
    text = _edited(source.text, edits)
    after = parse(text)
    same = [_sense(cue) for cue in after.cues] == [_sense(cue) for cue in left]
    if not same or len(after.faults) != len(source.faults):
        return None
    return None if numbers and left and numbered(after) is None else text


def _sense(cue: Cue) -> tuple[object, ...]:
    """Return what must be the same after a cut."""
    return cue.start, cue.end, cue.timed - cue.first, [line.said for line in cue.lines]


def _renumbered(source: SubtitleSource, left: Sequence[Cue], first: int) -> list[tuple[Span, str]]:
    """Return the numbers that change, and what they become; as wide as they were where they begin with a nought."""
    edits = []
    for number, cue in enumerate(left, first):
        start = source.lines[cue.first][0]
        row = source.line(cue.first)
        old = row.lstrip("\ufeff").strip()
        new = str(number).zfill(len(old) if old.startswith("0") else 0)
        if new != old:
            start += row.index(old)
            edits.append((Span(start, start + len(old)), new))
    return edits


def _edited(text: str, edits: Sequence[tuple[Span, str]]) -> str:
    """Return a text with these stretches, which do not overlap, replaced."""
    pieces = []
    done = 0
    for span, new in sorted(edits):
        pieces += [text[done : span.start], new]
        done = span.end
    return "".join([*pieces, text[done:]])
