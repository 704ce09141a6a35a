"""Parse and check chunks of files, a batch at a time, in this process or in workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeVar

from dedupe._concurrency import shared
from dedupe._payloads import LOST, ReportPayload, decode_report, encode_report
from dedupe._tally import common_missing
from dedupe.deduper import BATCH_CHARACTERS, BATCH_DOCUMENTS, Deduper
from dedupe.errors import InputError
from dedupe.io.formats import Chunk, JudgedChunk, RawChunk, Record
from dedupe.model import Document, Report
from dedupe.options import Options

Owner = TypeVar("Owner")

ChunkPayload = RawChunk | Sequence[Document]
"""What is sent to a worker of a chunk: its documents, or the raw chunk to be parsed there."""


class RecordResult(NamedTuple):
    """The result of parsing and checking a record of a chunk.

    `number`: its number in the chunk. `start`, `end`: its position in the bytes of the chunk. `id`: its id; None if ids
    are not read. `error`: why it cannot be read. `payloads`: one a document, or none at all if all are empty. `absent`:
    whether it has no text. `missing`: the fields that neither it nor a record before it in the chunk has,
    if it is the first that shows this.
    """

    number: int
    start: int
    end: int
    id: str | None = None
    error: InputError | None = None
    payloads: Sequence[ReportPayload | None] = ()
    absent: bool = False
    missing: frozenset[str] | None = None


PARSED = RecordResult(0, 0, 0)
"""The result of a chunk that is a parsed record, before it is checked."""


def judged(
    chunks: Iterable[tuple[Owner, Chunk]], options: Options, jobs: int, reasons: bool = True
) -> Iterator[tuple[Owner, Chunk, Sequence[Report]]]:
    """Yield each chunk with its reports and their places, in order.

    A raw chunk is parsed where it is checked; parts of it without findings are yielded as raw chunks without reports.
    Without `reasons`, reports have cuts but no findings, except for documents with a layout.
    """
    batches = ((batch, [_payload(chunk) for _, chunk in batch]) for batch in _batches(chunks))
    for batch, results in shared(partial(_check_batch, options, reasons), batches, jobs, _lost):
        for records in results:
            owner, chunk = batch.popleft()  # so that a chunk is freed when it has been yielded
            if isinstance(chunk, RawChunk):
                yield from ((owner, *judged_chunk) for judged_chunk in _parse_results(chunk, records))
            else:
                yield owner, chunk, _reports(chunk, records[0].payloads if records else ())


def _parse_results(chunk: RawChunk, results: Iterable[RecordResult]) -> Iterator[JudgedChunk]:
    """Yield each record with a report, an error or no text, and the bytes between them as raw chunks."""
    raw, first, reader = chunk
    done, next_number = 0, first
    for number, start, end, id_, error, payloads, absent, missing in results:
        error = error or (reader.check_id(first + number, id_) if id_ is not None else None)
        if not payloads and error is None and not absent and missing is None:
            continue
        if done < start:
            yield RawChunk(raw[done:start], next_number, reader), ()
        record = reader.record(raw[start:end], first + number)
        yield record if error is None else replace(record, error=error), _reports(record, payloads)
        done, next_number = end, first + number + 1
    if done < len(raw):
        yield RawChunk(raw[done:], next_number, reader), ()


def _reports(record: Record, payloads: Sequence[ReportPayload | None]) -> list[Report]:
    """Return the reports of a record from the payloads of its documents."""
    each = zip(record.documents, payloads or [None] * len(record.documents), record.places, strict=True)
    return record.reports([decode_report(document, payload, place) for document, payload, place in each])


def _batches(chunks: Iterable[tuple[Owner, Chunk]]) -> Iterator[deque[tuple[Owner, Chunk]]]:
    """Yield batches of chunks that have the bytes or characters of a batch together."""
    batch: deque[tuple[Owner, Chunk]] = deque()
    size = 0
    for pair in chunks:
        batch.append(pair)
        chunk = pair[1]
        size += len(chunk.raw) if isinstance(chunk, RawChunk) else sum(len(one.text) for one in chunk.documents)
        if size >= BATCH_CHARACTERS or len(batch) >= BATCH_DOCUMENTS:
            yield batch
            batch, size = deque(), 0
    if batch:
        yield batch


def _payload(chunk: Chunk) -> ChunkPayload:
    return chunk if isinstance(chunk, RawChunk) else chunk.documents


def _check_batch(options: Options, reasons: bool, batch: Sequence[ChunkPayload]) -> list[list[RecordResult]]:
    """Parse the raw chunks of a batch, check all its documents together, and return the results for each chunk.

    Texts are not sent back: the process that reads the files has them.
    """
    results: list[list[RecordResult]] = [[] for _ in batch]
    documents: list[Document] = []
    ends: list[tuple[int, RecordResult, int]] = []
    for number, payload in enumerate(batch):
        if isinstance(payload, RawChunk):
            missing: frozenset[str] | None = None
            for result, record_documents in _parse(payload):
                before, missing = missing, common_missing(missing, result.missing)
                result = result._replace(missing=None if missing == before else missing)
                documents += record_documents
                ends.append((number, result, len(documents)))
        else:
            documents += payload
            ends.append((number, PARSED, len(documents)))
    reports = Deduper(options).check_batch(documents, reasons=reasons)
    payloads = list(map(encode_report, reports))
    start = 0
    for number, result, end in ends:
        if any(payloads[start:end]):
            results[number].append(result._replace(payloads=payloads[start:end]))
        elif result.id is not None or result.error is not None or result.absent or result.missing is not None:
            results[number].append(result)
        start = end
    return results


def _lost(batch: Iterable[tuple[Owner, Chunk]]) -> list[list[RecordResult]]:
    """Return the results of a batch over which two worker processes ended: each record stays as it is."""
    results = []
    for _, chunk in batch:
        records = _parse(chunk) if isinstance(chunk, RawChunk) else [(PARSED, chunk.documents)]
        results.append([result._replace(payloads=[LOST] * len(documents)) for result, documents in records])
    return results


def _parse(chunk: RawChunk) -> Iterator[tuple[RecordResult, Sequence[Document]]]:
    """Yield the result of each record of a chunk before it is checked, and its documents."""
    raw, first, reader = chunk
    end = 0
    for number, record in enumerate(reader.split(raw)):
        start, end = end, end + len(record)
        try:
            documents, id_, missing = reader.read(record, first + number)
        except InputError as error:
            yield RecordResult(number, start, end, error=error), ()
        else:
            absent = not documents and not record.isspace()
            yield RecordResult(number, start, end, id_, absent=absent, missing=missing), documents
