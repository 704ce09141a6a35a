"""Subtitles, SRT and WebVTT: each visible line of a cue is a paragraph, and is cut from the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from dedupe.errors import InputError
from dedupe.io.formats._decoding import Decoded
from dedupe.io.formats.plain import read_whole
from dedupe.io.formats.record import ReadOptions, Record, as_input_error
from dedupe.io.formats.strings import cut_numbers, join_strings
from dedupe.io.formats.subtitles._cues import (
    Cue,
    SubtitleSource,
    consecutive_numbers,
    cue_without,
    has_vtt_header,
    parse_srt,
    parse_vtt,
)
from dedupe.io.formats.subtitles._rolling import shown_again
from dedupe.model import Document, Layout, Paragraph, Report, Role, Span
from dedupe.text import removal
from dedupe.text.bounds import over


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


LINE_BYTES, MARK_BYTES = 450, 20
"""Bytes of memory for a line and its paragraph, and for a mark of a tag in it."""

Parse = Callable[[str], SubtitleSource]


def _read(parse: Parse, stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield a whole stream as one record."""
    yield _record(parse, stream, place, read_options)


read_srt, read_vtt = partial(_read, parse_srt), partial(_read, parse_vtt)


def _record(parse: Parse, stream: BinaryIO, place: str, read_options: ReadOptions) -> Record:
    data, content = read_whole(stream, place, read_options)
    try:
        lines, marks = (sum(map(content.text.count, characters)) for characters in ("\n\r", "<{"))
        if why := over(content.text, LINE_BYTES * lines + MARK_BYTES * marks):
            raise InputError(place, why)
        source = parse(content.text)
        document = _document(source, place)
    except Exception as error:
        return Record(data, error=as_input_error(error, place), encoding=content.encoding)
    if not (source.cues or source.faults or has_vtt_header(content.text)) and content.text.strip():
        raise InputError(place, "has no cue, so it is no subtitles; read it as plain text with --format text")
    rebuild = partial(_rebuilt, parse, content, source)
    return Record(data, (document,), rebuild, ({},), _first_fault(source, place), content.encoding)


def _document(source: SubtitleSource, place: str) -> Document:
    repeated = shown_again(source.cues)
    shown_lines = [line for cue in source.cues for line in cue.lines]
    paragraphs = tuple(
        Paragraph(number, *source.lines[line.number], line.number + 1, line.number + 1)
        for number, line in enumerate(shown_lines)
    )
    roles: list[Role] = ["again" if line.number in repeated else "spoken" for line in shown_lines]
    text = join_strings([line.text for line in shown_lines])
    return Document(text, place, layout=Layout(paragraphs, tuple(roles)))


def _first_fault(source: SubtitleSource, place: str) -> InputError | None:
    """Return the error for the first cue that cannot be read, with the number of others; None if all can be read."""
    if not source.faults:
        return None
    line, problem = source.faults[0]
    more = len(source.faults) - 1
    others = f"; so are {more:,} more" if more > 1 else "; so is one more" if more else ""
    return InputError(f"{place}:{line + 1}", f"{problem}{others}; correct it to have its cue cleaned")


def _rebuilt(parse: Parse, content: Decoded, source: SubtitleSource, reports: Sequence[Report]) -> bytes:
    """Return the bytes without the removed lines; unchanged if the rest would then parse into other cues."""
    (report,) = reports
    numbers = [line.number for cue in source.cues for line in cue.lines]
    text = without_lines(parse, source, frozenset(numbers[number] for number in cut_numbers(report)))
    return content.encoded(source.text if text is None else text)
