"""Fingerprint documents on Spark's workers, as functions over Arrow batches."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._places import as_text
from dedupe.corpus._fingerprints import CHUNK_CHARACTERS, fingerprint_safely, orders_of
from dedupe.corpus._part_writer import encode_local_results
from dedupe.corpus._parts import Item
from dedupe.corpus._plan import Plan
from dedupe.deduper import Deduper

Batches = Iterable[pa.RecordBatch]
Step = Callable[[Batches], Iterator[pa.RecordBatch]]

TEXT, ID, DATE, URL = "_text", "_id", "_date", "_url"

_PARAGRAPH_FIELDS = ("number", "words", "start", "stop", "first", "last", "offset", "length")
PARAGRAPH = "high: long, low: long, " + ", ".join(f"{name}: int" for name in _PARAGRAPH_FIELDS)
"""A paragraph of `FINGERPRINTS`; `offset` and `length`: the position of its text in `remaining`, in bytes."""

FINGERPRINTS = (
    "at long, document string, digest string, host long, high long, low long, words int, points int, lines int, order "
    f"string, local_result string, remaining binary, bands binary, paragraphs array<struct<{PARAGRAPH}>>"
)
"""A document. `at`: its position in the input. `bands`: the band keys of its paragraphs, 8 bytes each, one by one."""


def fingerprint_step(plan: Plan) -> Step:
    """Return the step from documents (`at`, text, id, date, url) to `FINGERPRINTS`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = batch.to_pydict()
            records: list[Item] = []
            characters = 0
            for row, text in enumerate(columns[TEXT]):
                if text is not None:
                    id_, date, url = (columns[name][row] or "" for name in (ID, DATE, URL))
                    records.append(Item(columns["at"][row], text, id_, date, url))
                    characters += len(text)
                if records and (characters >= CHUNK_CHARACTERS or row + 1 == batch.num_rows):
                    yield fingerprints_of(records, plan)[0]
                    records, characters = [], 0

    return step


def fingerprints_of(documents: Sequence[Item], plan: Plan) -> tuple[pa.RecordBatch, dict[int, str]]:
    """Return the `FINGERPRINTS` of documents, whose numbers become `at`, and the problems of some, by number."""
    corpus_options = plan.corpus_options
    documents = [item._replace(id=as_text(item.id)) for item in documents]  # Arrow keeps no lone surrogates
    fingerprints, reports, problems = fingerprint_safely(documents, Deduper(plan.options), plan.banding)
    table, paragraphs = fingerprints.documents, fingerprints.paragraphs
    owners = paragraphs["document"].astype(np.int64)
    ends = np.searchsorted(owners, np.arange(len(documents) + 1)).astype(np.int32)
    begins = table["offset"].astype(np.int64)
    names = ["high", "low", *_PARAGRAPH_FIELDS]
    columns = {name: np.ascontiguousarray(paragraphs[name]).view(np.int64) for name in ("high", "low")}
    columns |= {name: paragraphs[name].astype(np.int32) for name in _PARAGRAPH_FIELDS if name != "offset"}
    columns["offset"] = (paragraphs["offset"].astype(np.int64) - begins[owners]).astype(np.int32)
    structs = pa.StructArray.from_arrays([pa.array(columns[name]) for name in names], names)
    assert fingerprints.bands is not None
    band_keys = np.ascontiguousarray(fingerprints.bands.T).astype("<u8", copy=False)
    local_results: list[str | None] = [None] * len(documents)
    for number, result in encode_local_results(reports, problems).items():
        local_results[number] = json.dumps(result)
    digests = [bytes(digest).hex() for digest in table["digest"]]
    orders = [
        order.decode("utf-8", "surrogatepass")
        for order in orders_of(documents, table, corpus_options.keep_order, corpus_options.prefer_originals)
    ]
    stops = (begins + table["length"]).tolist()
    remaining = [fingerprints.texts[begin:stop] for begin, stop in zip(begins.tolist(), stops, strict=True)]
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([document.number for document in documents], pa.int64()),
            pa.array([document.id for document in documents], pa.string()),
            pa.array(digests, pa.string()),
            *(pa.array(np.ascontiguousarray(table[name]).view(np.int64)) for name in ("host", "high", "low")),
            *(pa.array(table[name].astype(np.int32)) for name in ("words", "points", "lines")),
            pa.array(orders, pa.string()),
            pa.array(local_results, pa.string()),
            pa.array(remaining, pa.binary()),
            pa.array([band_keys[begin:end].tobytes() for begin, end in itertools.pairwise(ends)], pa.binary()),
            pa.ListArray.from_arrays(pa.array(ends), structs),
        ],
        [column.split()[0] for column in FINGERPRINTS.split(" array")[0].split(", ")],
    )
    return batch, problems
