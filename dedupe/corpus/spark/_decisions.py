"""The last step of Spark as a function over Arrow batches: decide on documents and cut their texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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

DECISION_COLUMNS = (
    *("digest", "words", "local_result", "duplicates", "covering", "covering_copy"),
    *("host_size", "document_count", "pinned", "has_originals"),
)
"""The columns that a decision on a document needs besides its own."""

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
    candidates = []
    for duplicate in sorted(row["duplicates"] or (), key=lambda one: one["number"]):
        there = duplicate["original"]
        position = Span(there["start"], there["stop"]), (there["first"], there["last"])
        original = Original(there["document"], *position, key=there["digest"])
        pages = Pages(duplicate["pages"], duplicate["pages_on_host"])
        candidates.append(CrossCandidate(duplicate["start"], original, there["text"], pages, copy=duplicate["copy"]))
    covering = None
    if (other := row["covering"]) is not None:
        whole = Original(other["document"], Span(0, other["points"]), (1, other["lines"]), key=other["digest"])
        covering = CoveringDocument(whole, other["remaining"].decode("utf-8").split("\n"), copy=row["covering_copy"])
    return Case(
        document,
        decode_local_result(json.loads(row["local_result"])) if row["local_result"] else LocalResult(),
        candidates,
        covering,
        key=row["digest"],
        words=row["words"],
        is_original=bool(row["has_originals"]),
        pinned=bool(row["pinned"]),
        host_size=row["host_size"],
        document_count=row["document_count"],
    )
