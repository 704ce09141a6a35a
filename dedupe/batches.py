"""Stretches of files, read and judged a batch at a time, in this process or in others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
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
    """What came of a stretch: what is said of each document if anything is, its id, and why it cannot be read."""

    said: Sequence[Said | None]
    name: str
    error: InputError | None


NOTHING = Answer((), "", None)


def judged(
    stretches: Iterable[tuple[Owner, Stretch]], options: Options, jobs: int
) -> Iterator[tuple[Owner, Stretch, Sequence[Report]]]:
    """Yield each stretch with its reports and their places, in order.

    What is yet to be read is read where it is judged, and stays so here, without reports, where nothing is found in it.
    """
    batches = ((batch, [_given(one) for _, one in batch]) for batch in _batches(stretches))
    for batch, answers in shared(partial(_answers, options), batches, jobs):
        for number in range(len(batch)):
            owner, one = batch.popleft()  # what has gone by is not held any longer
            answer = answers.get(number, NOTHING)
            if isinstance(one, Unread):
                error = answer.error or one.reader.passed(one.number, answer.name)
                if not answer.said and error is None:
                    yield owner, one, ()
                    continue
                one = replace(one.record(), error=error)
            yield owner, one, _reports(one, answer.said or [None] * len(one.documents))


def _reports(record: Record, told: Sequence[Said | None]) -> list[Report]:
    each = zip(record.documents, told, record.places, strict=True)
    return [heard(document, what, place) for document, what, place in each]


def _batches(stretches: Iterable[tuple[Owner, Stretch]]) -> Iterator[deque[tuple[Owner, Stretch]]]:
    """Yield stretches until they have the bytes or characters of a batch together."""
    batch: deque[tuple[Owner, Stretch]] = deque()
    length = 0
    for pair in stretches:
        batch.append(pair)
        one = pair[1]
        length += len(one.raw) if isinstance(one, Unread) else sum(len(document.text) for document in one.documents)
        if length >= BATCH or len(batch) >= BATCH // 8:
            yield batch
            batch, length = deque(), 0
    if batch:
        yield batch


def _given(one: Stretch) -> Given:
    return one if isinstance(one, Unread) else one.documents


def _answers(options: Options, batch: Sequence[Given]) -> dict[int, Answer]:
    """Read what is yet to be read, judge all of it together, and return what there is to say, by number in the batch.

    Texts are not in it: they are where they came from.
    """
    documents: list[Document] = []
    ends: list[int] = []
    found: dict[int, Answer] = {}
    for number, one in enumerate(batch):
        if not isinstance(one, Unread):
            documents += one
        else:
            try:
                read, name = one.reader.read(one.raw, one.number)
                documents += read
                if name:
                    found[number] = Answer((), name, None)
            except InputError as error:
                found[number] = Answer((), "", error)
        ends.append(len(documents))
    all_said = [said(report) for report in Deduper(options).check_batch(documents)]
    start = 0
    for number, end in enumerate(ends):
        if any(all_said[start:end]):
            found[number] = found.get(number, NOTHING)._replace(said=all_said[start:end])
        start = end
    return found
