"""The last step of Spark as a function over Arrow batches: decide on documents and cut their texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe.across.boilerplate import Pages
from dedupe.across.case import Case, CoveringDocument, CrossCandidate, LocalResult
from dedupe.across.documents import decide
from dedupe.corpus._columns import decode_local_result
from dedupe.corpus._fingerprints import digest
from dedupe.corpus._plan import Plan
from dedupe.corpus._writing import across_policy, findings_json
from dedupe.corpus.spark._batches import DATE, ID, TEXT, URL, Batches, Step
from dedupe.errors import InputError
from dedupe.model import Document, Original, Span, without

DOCUMENT_COLUMNS, PARAGRAPH_FIELDS = ("digest", "words", "local_result"), ("number", "start")
"""What the decision on a document needs of its fingerprints."""

FACTS = ("duplicate", "covering", "pinned", "has_originals", "host_size", "document_count")
"""What is known of a document besides: one of these a row, others are null, but for the last."""

DECISION_COLUMNS = (*DOCUMENT_COLUMNS, "paragraphs", "facts")
"""The columns that a decision on a document needs besides its own; `facts`: a list."""

IS_DECIDED_ON = (
    "local_result is not null or exists(facts, fact -> fact.duplicate is not null or fact.covering is not null)"
)
"""The condition of Spark under which there is something to decide about a document."""

FINDINGS, DROPPED = "_findings", "_dropped"
"""The columns of the decisions: findings as an object of the json-lines output, and whether a document is dropped."""


def decision_step(plan: Plan) -> Step:
    """Return the step from documents with `DECISION_COLUMNS` to cut ones with `FINDINGS` and `DROPPED`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        policy = across_policy(plan)
        for batch in batches:
            positions = np.flatnonzero(np.asarray(batch.column("digest").is_valid())).tolist()
            rows = batch.select(list(DECISION_COLUMNS)).take(pa.array(positions, pa.int64())).to_pylist()
            texts, ids, dates, urls = (batch.column(name).to_pylist() for name in (TEXT, ID, DATE, URL))
            documents = [Document(texts[at], ids[at] or "", dates[at] or "", urls[at] or "") for at in positions]
            cases = [case_of(row, document) for row, document in zip(rows, documents, strict=True)]
            findings: list[str | None] = [None] * batch.num_rows
            dropped = [False] * batch.num_rows
            for at, case, decision in zip(positions, cases, decide(cases, policy), strict=True):
                document = case.document
                if digest(document).hex() != case.key:
                    raise InputError(repr(document.id), "is not the same when it is computed again; persist the frame")
                findings[at] = findings_json(case, decision)
                dropped[at] = decision.dropped
                if not decision.dropped:
                    texts[at] = without(document.text, decision.cuts)
            cut_batch = batch.drop_columns(list(DECISION_COLUMNS))
            cut_batch = cut_batch.set_column(cut_batch.schema.get_field_index(TEXT), TEXT, pa.array(texts, pa.string()))
            cut_batch = cut_batch.append_column(FINDINGS, pa.array(findings, pa.string()))
            yield cut_batch.append_column(DROPPED, pa.array(dropped, pa.bool_()))

    return step


def case_of(row: Mapping[str, Any], document: Document) -> Case:
    """Return what is to be decided about a document; `row` has the columns `DECISION_COLUMNS`."""
    facts = row["facts"] or ()
    duplicates = [fact["duplicate"] for fact in facts if fact["duplicate"]]
    starts = starts_of(row) if duplicates else {}
    candidates = []
    for one in sorted(duplicates, key=lambda one: one["number"]):
        position = Span(one["start"], one["stop"]), (one["first"], one["last"])
        original = Original(one["document"], *position, key=one["digest"])
        pages = Pages(one["pages"], one["pages_on_host"])
        candidates.append(CrossCandidate(starts[one["number"]], original, one["text"], pages, copy=one["copy"]))
    covering = None
    if (other := _first(facts, "covering")) is not None:
        whole = Original(other["document"], Span(0, other["points"]), (1, other["lines"]), key=other["digest"])
        remaining = other["remaining"].decode("utf-8").split("\n")
        covering = CoveringDocument(whole, remaining, copy=other["covering_copy"])
    return Case(
        document,
        decode_local_result(json.loads(row["local_result"])) if row["local_result"] else LocalResult(),
        candidates,
        covering,
        key=row["digest"],
        words=row["words"],
        is_original=bool(_first(facts, "has_originals")),
        pinned=bool(_first(facts, "pinned")),
        host_size=_first(facts, "host_size") or 0,
        document_count=_first(facts, "document_count") or 0,
    )


def starts_of(row: Mapping[str, Any]) -> dict[int, int]:
    """Return where the paragraphs of a document start, by their numbers."""
    return {one["number"]: one["start"] for one in row["paragraphs"]}


def is_decided_on(row: Mapping[str, Any]) -> bool:
    """Return whether there is something to decide about a document, as `IS_DECIDED_ON` says."""
    return bool(row["local_result"] or any(fact["duplicate"] or fact["covering"] for fact in row["facts"] or ()))


def _first(facts: Sequence[Mapping[str, Any]], name: str) -> Any:
    return next((fact[name] for fact in facts if fact[name] is not None), None)
