"""The tasks of Spark's workers over parts of files: read and fingerprint a part, or decide on and write it.

All workers reach the files and the output folder. A task may run twice, even at the same time, so each file is written
under another name and renamed when it is complete.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._atomic import NewFiles, write_file
from dedupe._tally import ErrorCounts
from dedupe.across.case import Case, DocumentDecision
from dedupe.corpus._cutting import count_lines
from dedupe.corpus._parts import InputPart
from dedupe.corpus._plan import Plan
from dedupe.corpus._reading import PartReading
from dedupe.corpus._writing import PartWriting, save_counts
from dedupe.corpus.spark._batches import Batches, Step, fingerprints_of
from dedupe.corpus.spark._decisions import DOCUMENT_COLUMNS, PARAGRAPH_FIELDS, case_of, is_decided_on, starts_of
from dedupe.corpus.spark._lookups import RECORD_BITS, FingerprintFiles
from dedupe.model import Document

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

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column("id").to_pylist():
                if not stop_file(plan).exists():
                    yield from _fingerprint_batches(parts[number], plan)

    return step


def _fingerprint_batches(part: InputPart, plan: Plan) -> Iterator[pa.RecordBatch]:
    reading = PartReading(plan, part)
    documents = paragraphs = 0
    try:
        for chunk in reading.chunks():
            numbered = [item._replace(number=part.number << RECORD_BITS | item.number) for item in chunk]
            batch, problems = fingerprints_of(numbered, plan)
            reading.note_problems(problems, chunk)
            documents += batch.num_rows
            paragraphs += len(batch.column("paragraphs").flatten())
            yield batch
    except Exception as raised:
        reading.fail(raised)
        documents = paragraphs = 0
        if plan.on_error == "stop":
            stop_file(plan).touch()
    counts = {**reading.to_dict(), "documents": documents, "paragraphs": paragraphs}
    write_file(read_counts_file(plan, part), json.dumps(counts).encode())


def write_step(
    parts: Sequence[InputPart], plan: Plan, fingerprints: FingerprintFiles
) -> Callable[[pa.Table], pa.Table]:
    """Return the function that writes a part and returns its paragraphs that are not in the output, `REMOVED`.

    Its table has the columns `part`, `at` and `decisions.FACTS`; a row with a negative `at` only names the part.
    """

    def step(table: pa.Table) -> pa.Table:
        part = parts[table.column("part")[0].as_py()]
        read_counts = json.loads(read_counts_file(plan, part).read_text())
        counts = Counter({name: read_counts[name] for name in COUNTS})
        problems = ErrorCounts()
        removed: list[tuple[int, int]] = []
        if not read_counts["failed"]:
            cases = _PartCases(part, table, fingerprints)
            writing = PartWriting(plan, part, counts, cases.of, cases.note_removed)
            with NewFiles() as new:
                writing.write(new, set(cases.rows))
            problems, removed = writing.problems, cases.removed
        save_counts(plan, part, counts, problems)
        at, number = zip(*removed, strict=True) if removed else ((), ())
        return pa.table({"at": pa.array(at, pa.int64()), "number": pa.array(number, pa.int32())})

    return step


class _PartCases:
    """What is to be decided about the documents of a part; `removed`: their paragraphs that are not in the output.

    `rows`: `decisions.DECISION_COLUMNS` of the documents to decide on, by the numbers of their records.
    """

    def __init__(self, part: InputPart, table: pa.Table, fingerprints: FingerprintFiles) -> None:
        self.first_at = part.number << RECORD_BITS
        facts: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        for fact in table.to_pylist():
            facts[fact["at"]].append(fact)
        self.rows: dict[int, dict[str, Any]] = {}
        for batch in fingerprints.documents(part.number, DOCUMENT_COLUMNS, PARAGRAPH_FIELDS):
            for row in batch.to_pylist():
                row["facts"] = facts.get(row["at"])
                if is_decided_on(row):
                    self.rows[row["at"] - self.first_at] = row
        self.removed: list[tuple[int, int]] = []

    def of(self, records: Sequence[tuple[int, Document]]) -> list[Case]:
        """Return what is to be decided about documents, each with the number of its record."""
        return [case_of(self.rows[number], document) for number, document in records]

    def note_removed(self, number: int, decision: DocumentDecision) -> None:
        """Note which paragraphs of the document of a record are not in the output."""
        removed = [ALL_PARAGRAPHS]
        if not (decision.dropped or decision.emptied):
            # Others were removed from the document alone, and have a new original.
            row = self.rows[number]
            starts = starts_of(row)
            duplicates = (fact["duplicate"]["number"] for fact in row["facts"] or () if fact["duplicate"])
            removed = [paragraph for paragraph in duplicates if starts[paragraph] in decision.removed]
        self.removed += [(self.first_at | number, paragraph) for paragraph in removed]
