"""Stretches of files, read and judged a batch at a time, in this process or in others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeVar

from dedupe.deduper import BATCH, Deduper, Said, heard, said
from dedupe.errors import InputError
from dedupe.formats import Record, Stretch, Unread
from dedupe.model import Document, Report
from dedupe.options import Options
from dedupe.processes import shared

Owner = TypeVar("Owner")

Given = Unread | Sequence[Document]
"""What is judged of a stretch: the documents that were read, or what is yet to be read."""


class Answer(NamedTuple):
    """What came of a stretch: a report for each document, its id, and why it cannot be read."""

    reports: Sequence[Report] = ()
    name: str = ""
    error: InputError | None = None


class Sent(NamedTuple):
    """What a worker sends of an answer: all but the documents."""

    said: Sequence[Said | None]
    name: str
    error: InputError | None


def judged(
    stretches: Iterable[tuple[Owner, Stretch]], options: Options, jobs: int, every: bool
) -> Iterator[tuple[Owner, Stretch, Sequence[Report]]]:
    """Yield each stretch with its reports and their places, in order; what could not be read, as a record that says so.

    Without `every`, there are no reports of a stretch that was yet to be read and in which nothing was found.
    """
    for owner, one, answer in _answered(stretches, options, jobs, every):
        reports = answer.reports
        if isinstance(one, Record):
            yield owner, one, _placed(reports, one)
        elif answer.error is not None:
            yield owner, Record(one.raw, error=answer.error), ()
        elif (error := one.reader.passed(one.number, answer.name)) is not None:
            record = replace(one.record(), error=error)
            yield owner, record, _placed(reports or [Report(document) for document in record.documents], record)
        elif every or any(said(report) for report in reports):
            yield owner, one, _placed(reports, one.record())
        else:
            yield owner, one, ()


def _placed(reports: Sequence[Report], record: Record) -> list[Report]:
    return [replace(report, place=place) for report, place in zip(reports, record.places, strict=True)]


def _answered(
    stretches: Iterable[tuple[Owner, Stretch]], options: Options, jobs: int, every: bool
) -> Iterator[tuple[Owner, Stretch, Answer]]:
    batches = ((batch, [_given(one) for _, one in batch]) for batch in _batches(stretches))
    if jobs == 1:
        for batch, answers in shared(partial(_answers, options), batches, jobs):
            for (owner, one), answer in zip(batch, answers, strict=True):
                yield owner, one, answer
    else:
        for batch, sent in shared(partial(_sent, options), batches, jobs):
            for number, (owner, one) in enumerate(batch):
                yield owner, one, _received(one, sent.get(number), every)


def _batches(stretches: Iterable[tuple[Owner, Stretch]]) -> Iterator[list[tuple[Owner, Stretch]]]:
    """Yield stretches until they have the bytes or characters of a batch together."""
    batch: list[tuple[Owner, Stretch]] = []
    length = 0
    for owner, one in stretches:
        batch.append((owner, one))
        length += len(one.raw) if isinstance(one, Unread) else sum(len(document.text) for document in one.documents)
        if length >= BATCH or len(batch) >= BATCH // 8:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _given(one: Stretch) -> Given:
    return one if isinstance(one, Unread) else one.documents


def _answers(options: Options, batch: Sequence[Given]) -> list[Answer]:
    """Read what is yet to be read, and judge all of it together."""
    documents: list[Document] = []
    found: list[tuple[int, str, InputError | None]] = []
    for one in batch:
        name, error = "", None
        read: Sequence[Document] = ()
        try:
            read, name = one.reader.read(one.raw, one.number) if isinstance(one, Unread) else (one, "")
        except InputError as failed:
            error = failed
        documents += read
        found.append((len(read), name, error))
    reports = iter(Deduper(options).check_batch(documents))
    return [Answer(list(islice(reports, count)), name, error) for count, name, error in found]


def _sent(options: Options, batch: Sequence[Given]) -> dict[int, Sent]:
    """Do the same in a worker, and send back what there is to say: the texts are where they came from."""
    found = {}
    for number, (reports, name, error) in enumerate(_answers(options, batch)):
        what = [said(report) for report in reports]
        if name or error is not None or any(what):
            found[number] = Sent(what if any(what) else (), name, error)
    return found


def _received(one: Stretch, sent: Sent | None, every: bool) -> Answer:
    """Return what came of a stretch; its text is read again where a report is about it."""
    what, name, error = sent or ((), "", None)
    if error is not None or (isinstance(one, Unread) and not every and not what):
        return Answer((), name, error)
    documents = one.documents if isinstance(one, Record) else one.reader.read(one.raw, one.number)[0]
    what = what or [None] * len(documents)
    return Answer([heard(document, told) for document, told in zip(documents, what, strict=True)], name)
