"""What a worker of Spark does with a part of the files: reading it to fingerprints, writing it by its fates.

OUT and the files are reached by all workers. A task may be done twice, even at the same time: each writes beside the
place of what it makes, and puts it there whole.
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
from dedupe.corpus._columns import local_result_of
from dedupe.corpus._new_files import Folders
from dedupe.corpus._parts import Part, RecordDecision, count_lines, named
from dedupe.corpus._sources import write
from dedupe.corpus.local import Plan, chunks, note_problems
from dedupe.corpus.spark._batches import Batches, SparkPlan, Step, fingerprints_of
from dedupe.corpus.spark._decisions import decided, said_of
from dedupe.errors import InputError
from dedupe.model import Document

BITS = 32
"""Bits of the number of a record in its part; those of the part are above."""

GONE = "at long, number int"
WHOLE = -1
"""The number that stands for all paragraphs of a document, in `GONE`."""

LINES = "part long, lines long"


def lines(parts: Sequence[Part]) -> Step:
    """Return the step from numbers of parts (`id`) to `LINES`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            numbers = batch.column("id").to_pylist()
            counts = [count_lines(parts[number]) for number in numbers]
            yield pa.RecordBatch.from_arrays(
                [pa.array(numbers, pa.int64()), pa.array(counts, pa.int64())], ["part", "lines"]
            )

    return step


def counts_of(plan: Plan, part: Part) -> Path:
    """Return the file that says what was read of a part."""
    return plan.folder("work") / f"read-{part.number:05d}.json"


def stopped(plan: Plan) -> Path:
    """Return the file whose being there tells tasks that an error has stopped the run."""
    return plan.folder("work") / "stopped"


def read(parts: Sequence[Part], plan: Plan) -> Step:
    """Return the step from numbers of parts (`id`) to `batches.PRINTS`.

    What was read of a part is counted beside it. What comes of a part that `failed` counts for nothing: no original may
    stand in what is not written.
    """
    asked = SparkPlan(plan.options, plan.corpus_options)

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column("id").to_pylist():
                if not stopped(plan).exists():
                    yield from _printed(parts[number], plan, asked)

    return step


def _printed(part: Part, plan: Plan, asked: SparkPlan) -> Iterator[pa.RecordBatch]:
    counts: Counter[str] = Counter()
    errors = ErrorCounts()
    failed: list[str] = []
    rows = 0
    try:
        for chunk in chunks(part, plan, counts, errors):
            made, problems = fingerprints_of(
                [one._replace(number=part.number << BITS | one.number) for one in chunk], asked
            )
            note_problems(problems, chunk, part, plan, counts, errors)
            counts["documents"] += made.num_rows
            rows += len(made.column("rows").flatten())
            yield made
    except Exception as raised:
        error = raised if isinstance(raised, InputError) else unexpected(part.place, raised)
        failed = [error.place, error.problem]
        counts["bad"] += 1
        if plan.on_error == "stop":
            stopped(plan).touch()
    known = {name: counts[name] for name in ("records", "bad", "absent")}
    known |= {"documents": 0 if failed else counts["documents"], "paragraphs": 0 if failed else rows}
    write_file(counts_of(plan, part), json.dumps({**known, **errors.to_dict(), "failed": failed}).encode())


def written(parts: Sequence[Part], plan: Plan) -> Callable[[pa.Table], pa.Table]:
    """Return the function from what is known of a part's documents to the paragraphs that are not written, `GONE`.

    A table has the columns `part`, `at` and `decisions.TAKEN`; a row with a negative `at` only names the part.
    Documents,
    findings and counts are written below OUT.
    """
    asked = SparkPlan(plan.options, plan.corpus_options)

    def step(table: pa.Table) -> pa.Table:
        part = parts[table.column("part")[0].as_py()]
        return _Writing(part, plan, asked, table).write()

    return step


class _Writing:
    """A part on its way from findings to text."""

    def __init__(self, part: Part, plan: Plan, asked: SparkPlan, table: pa.Table) -> None:
        self.part = part
        self.plan = plan
        self.asked = asked
        self.table = table
        places = table.column("at").to_pylist()
        self.rows = {at & (1 << BITS) - 1: row for row, at in enumerate(places) if at >= 0}
        read = json.loads(counts_of(plan, part).read_text())
        self.counts = Counter({name: read[name] for name in ("records", "bad", "absent", "documents", "paragraphs")})
        self.failed = bool(read["failed"])
        self.said: list[str] = []
        self.problems = ErrorCounts()
        self.waiting: dict[int, tuple[dict[str, Any], Document, DocumentDecision]] = {}
        self.gone: list[tuple[int, int]] = []

    def write(self) -> pa.Table:
        """Write what there is of the part; return what of it is gone."""
        plan, part = self.plan, self.part
        if not self.failed:
            with NewFiles() as new:
                folders = Folders(new, str(plan.folder("documents")), str(plan.folder("dropped")))
                write(part, plan.read_options, folders, set(self.rows), self._fates, self._unwritten)
                self._settle_all()
                findings = new.open(plan.folder("findings") / f"part-{part.number:05d}.jsonl")
                findings.write("".join(f"{one}\n" for one in self.said).encode())
        told = {**self.counts, "told": self.problems.to_dict()}
        write_file(plan.folder("work") / f"counts-{part.number:05d}.json", json.dumps(told).encode())
        columns = zip(*self.gone, strict=True) if self.gone else ((), ())
        at, number = (list(column) for column in columns)
        return pa.table({"at": pa.array(at, pa.int64()), "number": pa.array(number, pa.int32())})

    def _fates(self, chosen: Sequence[tuple[int, Document]]) -> list[RecordDecision]:
        self._settle_all()
        rows = self.table.take(pa.array([self.rows[number] for number, _ in chosen], pa.int64())).to_pylist()
        documents = [document for _, document in chosen]
        outcomes = decided(rows, documents, self.asked)
        for (number, document), row, outcome in zip(chosen, rows, outcomes, strict=True):
            self.waiting[number] = row, document, outcome
        return [(outcome.cuts, outcome.dropped) for outcome in outcomes]

    def _unwritten(self, number: int, error: Exception) -> None:
        row, document, _ = self.waiting[number]
        self.waiting[number] = row, document, DocumentDecision((), (), problem=failure(error))

    def _settle_all(self) -> None:
        """Say what becomes of the documents that were written."""
        for number, (row, document, outcome) in self.waiting.items():
            if outcome.problem and not (row["inner"] and local_result_of(json.loads(row["inner"])).problem):
                error = InputError(named(self.part, number, document.id), outcome.problem)
                if self.plan.on_error == "stop":
                    raise error
                self.counts["bad"] += 1
                self.problems.note(error)
            self.said.append(said_of(row, document, outcome))
            self._note(row, outcome)
        self.waiting.clear()

    def _note(self, row: dict[str, Any], outcome: DocumentDecision) -> None:
        """Count what becomes of a document, and remember which of its paragraphs are in the output no more."""
        counts = self.counts
        for one in outcome.findings:
            counts[f"{one.action} {one.kind}"] += 1
        counts["changed"] += bool(outcome.cuts) and not outcome.dropped
        counts["dropped"] += outcome.dropped
        counts["unsettled"] += outcome.unsettled
        if outcome.dropped or outcome.emptied:
            self.gone.append((row["at"], WHOLE))
            return
        removed = outcome.removed
        for one in row["repeats"] or ():
            if one["mine"]["start"] in removed:
                self.gone.append((row["at"], one["number"]))
