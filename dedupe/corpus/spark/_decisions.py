"""The last step of Spark as a function over Arrow batches: documents are judged and their texts cut."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._places import host
from dedupe.across.boilerplate import boilerplate
from dedupe.across.case import Case, CrossCandidate, DocumentDecision, LocalResult, Whole
from dedupe.across.documents import decide
from dedupe.corpus._columns import local_result_of
from dedupe.corpus._fingerprints import digest
from dedupe.corpus.spark._batches import DATE, ID, TEXT, URL, Batches, SparkPlan, Step
from dedupe.errors import InputError
from dedupe.model import Document, Original, Span, without
from dedupe.options import Options

TAKEN = ("digest", "words", "inner", "repeats", "whole", "of_host", "kept", "original")
"""What is known of a document, beside its columns, when its fate is decided."""


def decided(rows: Sequence[dict[str, Any]], documents: Sequence[Document], asked: SparkPlan) -> list[DocumentDecision]:
    """Return what becomes of documents, by what is known of each, `TAKEN`."""
    cases = [_case(row, document, asked.options) for row, document in zip(rows, documents, strict=True)]
    return decide(cases, asked.judging)


def said_of(row: dict[str, Any], document: Document, outcome: DocumentDecision) -> str:
    """Return what was found in a document as an object of json-lines."""
    return json.dumps(outcome.to_dict(document.id, row["digest"]))


def fates(asked: SparkPlan) -> Step:
    """Return the step from documents with all that was found to the same with `_cuts`, `_said` and `_dropped`.

    It takes the columns `TAKEN` away.
    """

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            touched = np.flatnonzero(np.asarray(batch.column("digest").is_valid()))
            rows = batch.select(list(TAKEN)).take(pa.array(touched)).to_pylist()
            texts = batch.column(TEXT).to_pylist()
            ids, dates, urls = (batch.column(name).to_pylist() for name in (ID, DATE, URL))
            documents = [Document(texts[at], ids[at] or "", dates[at] or "", urls[at] or "") for at in touched.tolist()]
            said: list[str | None] = [None] * batch.num_rows
            dropped = [False] * batch.num_rows
            outcomes = decided(rows, documents, asked)
            for at, row, document, outcome in zip(touched.tolist(), rows, documents, outcomes, strict=True):
                if digest(document).hex() != row["digest"]:
                    raise InputError(repr(document.id), "is not the same when it is computed again; persist the frame")
                said[at] = said_of(row, document, outcome)
                dropped[at] = outcome.dropped
                if not outcome.dropped:
                    texts[at] = without(document.text, outcome.cuts)
            left = batch.drop_columns(list(TAKEN))
            left = left.set_column(left.schema.get_field_index(TEXT), TEXT, pa.array(texts, pa.string()))
            left = left.append_column("_said", pa.array(said, pa.string()))
            yield left.append_column("_dropped", pa.array(dropped, pa.bool_()))

    return step


def _case(row: dict[str, Any], document: Document, options: Options) -> Case:
    own = local_result_of(json.loads(row["inner"])) if row["inner"] else LocalResult()
    candidates = []
    site = host(document.url)
    for one in sorted(row["repeats"] or (), key=lambda one: one["number"]):
        mine, home = one["mine"], one["home"]
        said = boilerplate(site, one["pages"], one["here"], row["of_host"], options)
        span, lines = Span(mine["start"], mine["stop"]), (mine["first"], mine["last"])
        there = Span(home["start"], home["stop"]), (home["first"], home["last"])
        original = Original(home["document"], *there, key=home["digest"])
        candidates.append(CrossCandidate(span, lines, mine["text"], original, home["text"], said))
    whole = None
    if (one := row["whole"]) is not None:
        original = Original(one["document"], Span(0, one["points"]), (1, one["lines"]), key=one["digest"])
        whole = Whole(original, one["remaining"].decode("utf-8").split("\n"))
    return Case(document, own, candidates, whole, row["words"], bool(row["original"]), bool(row["kept"]))
