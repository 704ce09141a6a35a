"""Stretches of files, read and judged a batch at a time, in this process or in others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeVar

from dedupe._concurrency import shared
from dedupe._tally import common_missing
from dedupe.deduper import BATCH, LOST, MOST, Deduper, Said, decode_report, encode_report
from dedupe.errors import InputError
from dedupe.io.formats import Chunk, JudgedChunk, RawChunk, Record
from dedupe.model import Document, Report
from dedupe.options import Options

Owner = TypeVar("Owner")

ChunkPayload = RawChunk | Sequence[Document]
"""What is judged of a stretch: the documents that were read, or what is yet to be read."""


class Answer(NamedTuple):
    """What there is to say of a record: its number and place in its stretch, its id if it is to have one, why it
    cannot be read, what is said of each of its documents if anything is, whether it has no text, and the fields that
    neither it nor a record before it in the stretch has, if it is the first that shows this.
    """

    number: int
    start: int
    end: int
    name: str | None = None
    error: InputError | None = None
    said: Sequence[Said | None] = ()
    absent: bool = False
    missing: frozenset[str] | None = None


NOTHING = Answer(0, 0, 0)


def judged(
    stretches: Iterable[tuple[Owner, Chunk]], options: Options, jobs: int, reasons: bool = True
) -> Iterator[tuple[Owner, Chunk, Sequence[Report]]]:
    """Yield each stretch with its reports and their places, in order.

    What is yet to be read is read where it is judged, and stays so here, without reports, where nothing is found in it.
    Without reasons, reports have no findings, only what is to be cut; a source with a layout is cut by its findings.
    """
    batches = ((batch, [_given(one) for _, one in batch]) for batch in _batches(stretches))
    for batch, answers in shared(partial(_answers, options, reasons), batches, jobs, _lost):
        for answer in answers:
            owner, one = batch.popleft()  # what has gone by is not held any longer
            if isinstance(one, RawChunk):
                yield from ((owner, *told) for told in _told(one, answer))
            else:
                yield owner, one, _reports(one, answer[0].said if answer else ())


def _told(stretch: RawChunk, answers: Iterable[Answer]) -> Iterator[JudgedChunk]:
    """Yield each record of which there is something to say, and what is between them unread."""
    raw, first, reader = stretch
    done, after = 0, first
    for number, start, end, name, error, told, absent, missing in answers:
        problem = error or (reader.check_id(first + number, name) if name is not None else None)
        if not told and problem is None and not absent and missing is None:
            continue
        if done < start:
            yield RawChunk(raw[done:start], after, reader), ()
        record = reader.record(raw[start:end], first + number)
        yield record if problem is None else replace(record, error=problem), _reports(record, told)
        done, after = end, first + number + 1
    if done < len(raw):
        yield RawChunk(raw[done:], after, reader), ()


def _reports(record: Record, told: Sequence[Said | None]) -> list[Report]:
    each = zip(record.documents, told or [None] * len(record.documents), record.places, strict=True)
    return record.reports([decode_report(document, what, place) for document, what, place in each])


def _batches(stretches: Iterable[tuple[Owner, Chunk]]) -> Iterator[deque[tuple[Owner, Chunk]]]:
    """Yield stretches until they have the bytes or characters of a batch together."""
    batch: deque[tuple[Owner, Chunk]] = deque()
    length = 0
    for pair in stretches:
        batch.append(pair)
        one = pair[1]
        length += len(one.raw) if isinstance(one, RawChunk) else sum(len(document.text) for document in one.documents)
        if length >= BATCH or len(batch) >= MOST:
            yield batch
            batch, length = deque(), 0
    if batch:
        yield batch


def _given(one: Chunk) -> ChunkPayload:
    return one if isinstance(one, RawChunk) else one.documents


def _answers(options: Options, reasons: bool, batch: Sequence[ChunkPayload]) -> list[list[Answer]]:
    """Read what is yet to be read, judge all of it together, and return for each stretch what there is to say of it.

    Texts are not in it: they are where they came from.
    """
    answers: list[list[Answer]] = [[] for _ in batch]
    documents: list[Document] = []
    ends: list[tuple[int, Answer, int]] = []
    for number, one in enumerate(batch):
        if isinstance(one, RawChunk):
            missing: frozenset[str] | None = None
            for answer, read in _read(one):
                before, missing = missing, common_missing(missing, answer.missing)
                known = answer._replace(missing=None if missing == before else missing)
                documents += read
                ends.append((number, known, len(documents)))
        else:
            documents += one
            ends.append((number, NOTHING, len(documents)))
    reports = Deduper(options).check_batch(documents)
    all_said = [encode_report(report, reasons or report.document.layout is not None) for report in reports]
    start = 0
    for number, answer, end in ends:
        told = all_said[start:end]
        if any(told):
            answers[number].append(answer._replace(said=told))
        elif answer.name is not None or answer.error is not None or answer.absent or answer.missing is not None:
            answers[number].append(answer)
        start = end
    return answers


def _lost(batch: Iterable[tuple[Owner, Chunk]]) -> list[list[Answer]]:
    """Return what there is to say of a batch over which processes have ended: each record goes by as it is."""
    answers = []
    for _, one in batch:
        read = _read(one) if isinstance(one, RawChunk) else [(NOTHING, one.documents)]
        answers.append([answer._replace(said=[LOST] * len(documents)) for answer, documents in read])
    return answers


def _read(stretch: RawChunk) -> Iterator[tuple[Answer, Sequence[Document]]]:
    """Yield what there is to say of each record of a stretch before it is judged, and its documents."""
    raw, first, reader = stretch
    end = 0
    for number, piece in enumerate(reader.split(raw)):
        start, end = end, end + len(piece)
        try:
            documents, name, missing = reader.read(piece, first + number)
        except InputError as error:
            yield Answer(number, start, end, error=error), ()
        else:
            absent = not documents and not piece.isspace()
            yield Answer(number, start, end, name, absent=absent, missing=missing), documents
