"""The tasks of Spark's workers over parts of files: read and fingerprint a part, or decide on and write it.

All workers reach the files and the output folder. A task may run twice, even at the same time, so each file is written
under another name and renamed when it is complete.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._atomic import NewFiles, write_file
from dedupe._failures import failure, unexpected
from dedupe._tally import ErrorCounts
from dedupe.across.case import DocumentDecision
from dedupe.corpus._columns import decode_local_result
from dedupe.corpus._new_files import Folders
from dedupe.corpus._parts import InputPart, RecordDecision, count_lines, record_name
from dedupe.corpus._plan import Plan
from dedupe.corpus._sources import write
from dedupe.corpus.local import chunks, count_problems
from dedupe.corpus.spark._batches import Batches, SparkPlan, Step, fingerprints_of
from dedupe.corpus.spark._decisions import decide_rows, findings_json
from dedupe.errors import InputError
from dedupe.model import Document

RECORD_BITS = 32
"""Bits of the number of a record in its part; the number of the part is in the bits above."""

REMOVED = "at long, number int"
ALL_PARAGRAPHS = -1
"""The number that stands for all paragraphs of a document, in `REMOVED`."""

LINES = "part long, lines long"

COUNTS = ("records", "bad", "absent", "documents", "paragraphs")
"""What is counted when a part is read."""


def line_step(parts: Sequence[InputPart]) -> Step:
    """Return the step from numbers of parts (`id`) to `LINES`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            numbers = batch.column("id").to_pylist()
            counts = [count_lines(parts[number]) for number in numbers]
            yield pa.RecordBatch.from_arrays(
                [pa.array(numbers, pa.int64()), pa.array(counts, pa.int64())], ["part", "lines"]
            )

    return step


def read_counts_file(plan: Plan, part: InputPart) -> Path:
    """Return the path of the counts and errors of reading a part."""
    return plan.folder("work") / f"read-{part.number:05d}.json"


def stop_file(plan: Plan) -> Path:
    """Return the path of the file that exists when an error has stopped the run."""
    return plan.folder("work") / "stopped"


def read_step(parts: Sequence[InputPart], plan: Plan) -> Step:
    """Return the step from numbers of parts (`id`) to `batches.FINGERPRINTS`.

    Counts and errors are written to a file. The fingerprints of a part that `failed` are ignored: no original may be in
    what is not written.
    """
    spark_plan = SparkPlan(plan.options, plan.corpus_options)

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column("id").to_pylist():
                if not stop_file(plan).exists():
                    yield from _fingerprint_batches(parts[number], plan, spark_plan)

    return step


def _fingerprint_batches(part: InputPart, plan: Plan, spark_plan: SparkPlan) -> Iterator[pa.RecordBatch]:
    counts: Counter[str] = Counter()
    errors = ErrorCounts()
    failed: list[str] = []
    paragraphs = 0
    try:
        for chunk in chunks(part, plan, counts, errors):
            numbered = [item._replace(number=part.number << RECORD_BITS | item.number) for item in chunk]
            batch, problems = fingerprints_of(numbered, spark_plan)
            count_problems(problems, chunk, part, plan, counts, errors)
            counts["documents"] += batch.num_rows
            paragraphs += len(batch.column("rows").flatten())
            yield batch
    except Exception as raised:
        error = raised if isinstance(raised, InputError) else unexpected(part.place, raised)
        failed = [error.place, error.problem]
        counts["bad"] += 1
        if plan.on_error == "stop":
            stop_file(plan).touch()
    part_counts = {name: counts[name] for name in ("records", "bad", "absent")}
    part_counts |= {"documents": 0 if failed else counts["documents"], "paragraphs": 0 if failed else paragraphs}
    write_file(read_counts_file(plan, part), json.dumps({**part_counts, **errors.to_dict(), "failed": failed}).encode())


def write_step(parts: Sequence[InputPart], plan: Plan) -> Callable[[pa.Table], pa.Table]:
    """Return the function that writes a part and returns its paragraphs that are not in the output, `REMOVED`.

    Its table has the columns `part`, `at` and `decisions.DECISION_COLUMNS`, a row for each document to decide on; a row
    with a negative `at` only names the part.
    """
    spark_plan = SparkPlan(plan.options, plan.corpus_options)

    def step(table: pa.Table) -> pa.Table:
        part = parts[table.column("part")[0].as_py()]
        return _PartWriting(part, plan, spark_plan, table).write()

    return step


class _PartWriting:
    """Write one part: decide on its documents, a batch at a time, cut their texts, and note what is removed.

    `pending`: the documents that were decided on and are not reported yet, by the number of their records.
    """

    def __init__(self, part: InputPart, plan: Plan, spark_plan: SparkPlan, table: pa.Table) -> None:
        self.part = part
        self.plan = plan
        self.spark_plan = spark_plan
        self.table = table
        ids = table.column("at").to_pylist()
        self.rows = {at & (1 << RECORD_BITS) - 1: row for row, at in enumerate(ids) if at >= 0}
        read_counts = json.loads(read_counts_file(plan, part).read_text())
        self.counts = Counter({name: read_counts[name] for name in COUNTS})
        self.failed = bool(read_counts["failed"])
        self.findings: list[str] = []
        self.problems = ErrorCounts()
        self.pending: dict[int, tuple[dict[str, Any], Document, DocumentDecision]] = {}
        self.removed: list[tuple[int, int]] = []

    def write(self) -> pa.Table:
        """Write documents, findings and counts, unless the part failed; return the removed paragraphs."""
        plan, part = self.plan, self.part
        if not self.failed:
            with NewFiles() as new:
                folders = Folders(new, str(plan.folder("documents")), str(plan.folder("dropped")))
                write(part, plan.read_options, folders, set(self.rows), self._decide, self._note_unwritten)
                self._report_pending()
                findings = new.open(plan.folder("findings") / f"part-{part.number:05d}.jsonl")
                findings.write("".join(f"{finding}\n" for finding in self.findings).encode())
        part_counts = {**self.counts, "told": self.problems.to_dict()}
        write_file(plan.folder("work") / f"counts-{part.number:05d}.json", json.dumps(part_counts).encode())
        columns = zip(*self.removed, strict=True) if self.removed else ((), ())
        at, number = (list(column) for column in columns)
        return pa.table({"at": pa.array(at, pa.int64()), "number": pa.array(number, pa.int32())})

    def _decide(self, records: Sequence[tuple[int, Document]]) -> list[RecordDecision]:
        """Decide on documents, after reporting those decided on before, which have been written."""
        self._report_pending()
        rows = self.table.take(pa.array([self.rows[number] for number, _ in records], pa.int64())).to_pylist()
        documents = [document for _, document in records]
        decisions = decide_rows(rows, documents, self.spark_plan)
        for (number, document), row, decision in zip(records, rows, decisions, strict=True):
            self.pending[number] = row, document, decision
        return [(decision.cuts, decision.dropped) for decision in decisions]

    def _note_unwritten(self, number: int, error: Exception) -> None:
        row, document, _ = self.pending[number]
        self.pending[number] = row, document, DocumentDecision((), (), problem=failure(error))

    def _report_pending(self) -> None:
        """Record the findings of documents that have been written, and count them."""
        for number, (row, document, decision) in self.pending.items():
            if decision.problem and not (row["inner"] and decode_local_result(json.loads(row["inner"])).problem):
                error = InputError(record_name(self.part, number, document.id), decision.problem)
                if self.plan.on_error == "stop":
                    raise error
                self.counts["bad"] += 1
                self.problems.note(error)
            self.findings.append(findings_json(row, document, decision))
            self._count(row, decision)
        self.pending.clear()

    def _count(self, row: dict[str, Any], decision: DocumentDecision) -> None:
        """Count a decision, and note which paragraphs of the document are not in the output."""
        counts = self.counts
        for finding in decision.findings:
            counts[f"{finding.action} {finding.kind}"] += 1
        counts["changed"] += bool(decision.cuts) and not decision.dropped
        counts["dropped"] += decision.dropped
        counts["unsettled"] += decision.unsettled
        if decision.dropped or decision.emptied:
            self.removed.append((row["at"], ALL_PARAGRAPHS))
            return
        removed = decision.removed
        for repeat in row["repeats"] or ():
            if repeat["mine"]["start"] in removed:
                self.removed.append((row["at"], repeat["number"]))
