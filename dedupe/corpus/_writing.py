"""The last stage over files: decide on the documents of a part, write them, and count what was decided."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from dedupe._atomic import NewFiles, write_file
from dedupe._failures import failure
from dedupe._tally import ErrorCounts
from dedupe.across.case import AcrossPolicy, Case, DocumentDecision
from dedupe.across.documents import decide
from dedupe.corpus._new_files import Folders
from dedupe.corpus._parts import InputPart, RecordDecision, WantedRecords, record_name
from dedupe.corpus._plan import Plan
from dedupe.corpus._sources import write
from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.model import Document

Cases = Callable[[Sequence[tuple[int, Document]]], Sequence[Case]]
"""Return what is to be decided about documents, each with the number of its record, which ascend from call to call."""

NoteRemoved = Callable[[int, DocumentDecision], None]
"""Called with the number of a record of which something is not in the output, and the decision on it."""


def across_policy(plan: Plan) -> AcrossPolicy:
    """Return the settings of the judgement across documents."""
    return AcrossPolicy(plan.options, Deduper(plan.options).changes, plan.corpus_options.drop_covered)


def findings_json(case: Case, decision: DocumentDecision) -> str:
    """Return the findings of a document as an object of the json-lines output."""
    return json.dumps(decision.to_dict(case.document.id, case.key))


class PartWriting:
    """Write one part: decide on its documents, a batch at a time, cut their texts, and note what is removed.

    `pending`: the documents that were decided on and are not reported yet, by the number of their records.
    """

    def __init__(
        self, plan: Plan, part: InputPart, counts: Counter[str], cases: Cases, note_removed: NoteRemoved
    ) -> None:
        self.plan, self.part, self.counts, self.cases, self.note_removed = plan, part, counts, cases, note_removed
        self.policy = across_policy(plan)
        self.problems = ErrorCounts()
        self.pending: dict[int, tuple[Case, DocumentDecision]] = {}

    def write(self, new: NewFiles, wanted: WantedRecords) -> None:
        """Write documents and findings; `wanted`: the records to decide on."""
        plan = self.plan
        self.findings = new.open(plan.folder("findings") / f"part-{self.part.number:05d}.jsonl")
        folders = Folders(new, str(plan.folder("documents")), str(plan.folder("dropped")))
        write(self.part, plan.read_options, folders, wanted, self._decide, self._note_unwritten)
        self._report_pending()

    def _decide(self, records: Sequence[tuple[int, Document]]) -> list[RecordDecision]:
        """Decide on documents, after reporting those decided on before, which have been written."""
        self._report_pending()
        cases = self.cases(records)
        decisions = decide(cases, self.policy)
        for (number, _), case, decision in zip(records, cases, decisions, strict=True):
            self.pending[number] = case, decision
        return [(decision.cuts, decision.dropped) for decision in decisions]

    def _note_unwritten(self, number: int, error: Exception) -> None:
        case, _ = self.pending[number]
        self.pending[number] = case, DocumentDecision((), (), problem=failure(error))

    def _report_pending(self) -> None:
        """Write the findings of documents that have been written, and count them."""
        for number, (case, decision) in self.pending.items():
            if decision.problem and not case.local.problem:  # those were reported when they were read
                error = InputError(record_name(self.part, number, case.document.id), decision.problem)
                if self.plan.on_error == "stop":
                    raise error
                self.counts["bad"] += 1
                self.problems.note(error)
            self.findings.write(findings_json(case, decision).encode() + b"\n")
            self._count(decision)
            if decision.dropped or decision.emptied or decision.removed:
                self.note_removed(number, decision)
        self.pending.clear()

    def _count(self, decision: DocumentDecision) -> None:
        counts = self.counts
        for finding in decision.findings:
            counts[f"{finding.action} {finding.kind}"] += 1
        counts["changed"] += bool(decision.cuts) and not decision.dropped
        counts["dropped"] += decision.dropped
        counts["unsettled"] += decision.unsettled


def save_counts(plan: Plan, part: InputPart, counts: Counter[str], problems: ErrorCounts) -> None:
    """Save the counts and errors of a part; they mark it as written."""
    part_counts: dict[str, Any] = {**counts, "errors": problems.to_dict()}
    write_file(plan.folder("work") / f"counts-{part.number:05d}.json", json.dumps(part_counts).encode())
