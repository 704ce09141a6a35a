"""The last step of Spark as a function over Arrow batches: decide on documents and cut their texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._places import host
from dedupe.across.boilerplate import boilerplate
from dedupe.across.case import Case, CoveringDocument, CrossCandidate, DocumentDecision, LocalResult
from dedupe.across.documents import decide
from dedupe.corpus._columns import decode_local_result
from dedupe.corpus._fingerprints import digest
from dedupe.corpus.spark._batches import DATE, ID, TEXT, URL, Batches, SparkPlan, Step
from dedupe.errors import InputError
from dedupe.model import Document, Original, Span, without
from dedupe.options import Options

DECISION_COLUMNS = (
    "digest",
    "words",
    "inner",
    "repeats",
    "whole",
    "whole_copy",
    "of_host",
    "of_all",
    "kept",
    "original",
)
"""The columns that a decision on a document needs besides its own."""


def decide_rows(
    rows: Sequence[dict[str, Any]], documents: Sequence[Document], plan: SparkPlan
) -> list[DocumentDecision]:
    """Return the decisions on documents; `rows` have the columns `DECISION_COLUMNS`."""
    cases = [_case(row, document, plan.options) for row, document in zip(rows, documents, strict=True)]
    return decide(cases, plan.judging)


def findings_json(row: dict[str, Any], document: Document, decision: DocumentDecision) -> str:
    """Return the findings of a document as an object of the json-lines output."""
    return json.dumps(decision.to_dict(document.id, row["digest"]))


def decision_step(plan: SparkPlan) -> Step:
    """Return the step from documents with `DECISION_COLUMNS` to cut ones with `_said` (findings) and `_dropped`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            positions = np.flatnonzero(np.asarray(batch.column("digest").is_valid()))
            rows = batch.select(list(DECISION_COLUMNS)).take(pa.array(positions)).to_pylist()
            texts = batch.column(TEXT).to_pylist()
            ids, dates, urls = (batch.column(name).to_pylist() for name in (ID, DATE, URL))
            documents = [
                Document(texts[at], ids[at] or "", dates[at] or "", urls[at] or "") for at in positions.tolist()
            ]
            findings: list[str | None] = [None] * batch.num_rows
            dropped = [False] * batch.num_rows
            decisions = decide_rows(rows, documents, plan)
            for at, row, document, decision in zip(positions.tolist(), rows, documents, decisions, strict=True):
                if digest(document).hex() != row["digest"]:
                    raise InputError(repr(document.id), "is not the same when it is computed again; persist the frame")
                findings[at] = findings_json(row, document, decision)
                dropped[at] = decision.dropped
                if not decision.dropped:
                    texts[at] = without(document.text, decision.cuts)
            cut_batch = batch.drop_columns(list(DECISION_COLUMNS))
            cut_batch = cut_batch.set_column(cut_batch.schema.get_field_index(TEXT), TEXT, pa.array(texts, pa.string()))
            cut_batch = cut_batch.append_column("_said", pa.array(findings, pa.string()))
            yield cut_batch.append_column("_dropped", pa.array(dropped, pa.bool_()))

    return step


def _case(row: dict[str, Any], document: Document, options: Options) -> Case:
    local_result = decode_local_result(json.loads(row["inner"])) if row["inner"] else LocalResult()
    candidates = []
    site = host(document.url)
    for repeat in sorted(row["repeats"] or (), key=lambda repeat: repeat["number"]):
        duplicate, original = repeat["mine"], repeat["home"]
        on_pages = boilerplate(site, repeat["pages"], repeat["here"], row["of_host"], options, row["of_all"])
        span, lines = Span(duplicate["start"], duplicate["stop"]), (duplicate["first"], duplicate["last"])
        position = Span(original["start"], original["stop"]), (original["first"], original["last"])
        source = Original(original["document"], *position, key=original["digest"])
        texts = duplicate["text"], source, original["text"]
        candidates.append(CrossCandidate(span, lines, *texts, on_pages, copy=repeat["copy"]))
    whole = None
    if (other := row["whole"]) is not None:
        source = Original(other["document"], Span(0, other["points"]), (1, other["lines"]), key=other["digest"])
        whole = CoveringDocument(source, other["remaining"].decode("utf-8").split("\n"), copy=row["whole_copy"])
    return Case(document, local_result, candidates, whole, row["words"], bool(row["original"]), bool(row["kept"]))
