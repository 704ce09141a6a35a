"""Subtitles, SRT and WebVTT: the source stays; each line of a cue that says something is a row of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from dedupe._failures import unexpected
from dedupe.errors import InputError
from dedupe.io.formats._decoding import Decoded
from dedupe.io.formats.plain import read_whole
from dedupe.io.formats.record import ReadOptions, Record
from dedupe.io.formats.subtitles._cues import SubtitleSource, is_headed, parse_srt, parse_vtt
from dedupe.io.formats.subtitles._cutting import cuts_of
from dedupe.io.formats.subtitles._rolling import shown_again
from dedupe.model import Document, Layout, Paragraph, Report, Role
from dedupe.text.bounds import over
from dedupe.text.paragraphs import split

LINE, MARK = 450, 20
"""Bytes that a line and a mark of a tag in it take, with what is made of them."""

Parse = Callable[[str], SubtitleSource]


def read_srt(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the whole stream as one record: SRT."""
    yield _record(parse_srt, stream, place, read_options)


def read_vtt(stream: BinaryIO, place: str, read_options: ReadOptions) -> Iterator[Record]:
    """Yield the whole stream as one record: WebVTT."""
    yield _record(parse_vtt, stream, place, read_options)


def _record(parse: Parse, stream: BinaryIO, place: str, read_options: ReadOptions) -> Record:
    data, content = read_whole(stream, place, read_options)
    if why := over(content.text, _taken(content.text)):
        return Record(data, error=InputError(place, why), encoding=content.encoding)
    try:
        source = parse(content.text)
        document = _document(source, place)
    except Exception as error:
        return Record(data, error=unexpected(place, error), encoding=content.encoding)
    if not (source.cues or source.faults or is_headed(content.text)) and content.text.strip():
        raise InputError(place, "has no cue, so it is no subtitles; read it as plain text with --format text")
    rebuild = partial(_rebuilt, parse, content, source)
    return Record(data, (document,), rebuild, ({},), _fault(source, place), content.encoding)


def _taken(text: str) -> int:
    """Return about how many bytes the lines of a text and what is made of them take, told before there are any."""
    return LINE * (text.count("\n") + text.count("\r")) + MARK * (text.count("<") + text.count("{"))


def _document(source: SubtitleSource, place: str) -> Document:
    again = shown_again(source.cues)
    said = [line for cue in source.cues for line in cue.lines]
    paragraphs = tuple(
        Paragraph(number, *source.lines[line.number], line.number + 1, line.number + 1)
        for number, line in enumerate(said)
    )
    roles: list[Role] = ["again" if line.number in again else "spoken" for line in said]
    return Document("\n\n".join(line.said for line in said), place, layout=Layout(paragraphs, tuple(roles)))


def _fault(source: SubtitleSource, place: str) -> InputError | None:
    """Return what is wrong with the first cue that cannot be read, and how many more there are; None if all can."""
    if not source.faults:
        return None
    line, problem = source.faults[0]
    more = len(source.faults) - 1
    others = f"; so are {more:,} more" if more > 1 else "; so is one more" if more else ""
    return InputError(f"{place}:{line + 1}", f"{problem}, so what stands there is left as it is{others}")


def _rebuilt(parse: Parse, content: Decoded, source: SubtitleSource, reports: Sequence[Report]) -> bytes:
    """Return the bytes without what goes; as they were when the rest would then be other cues."""
    (report,) = reports
    numbers = [line.number for cue in source.cues for line in cue.lines]
    starts = [row.start for row in split(report.document.text)[::2]]
    cuts = iter(report.cuts)
    cut = next(cuts, None)
    gone = set()
    for number, start in zip(numbers, starts, strict=True):
        while cut is not None and cut.end <= start:
            cut = next(cuts, None)
        if cut is not None and cut.start <= start:
            gone.add(number)
    text = cuts_of(parse, source, frozenset(gone))
    return content.encoded(source.text if text is None else text)
