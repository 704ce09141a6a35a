"""The steps that Spark runs on its workers, as functions over Arrow batches."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._arrays import Ints
from dedupe._places import as_text
from dedupe.across.pair import judge_pair_safely, paragraph_text
from dedupe.corpus._fingerprints import CHUNK_CHARACTERS, fingerprint_safely, orders_of
from dedupe.corpus._part_writer import encode_local_results
from dedupe.corpus._parts import Item
from dedupe.corpus._plan import Plan
from dedupe.deduper import Deduper
from dedupe.matching.buckets import Buckets

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

BANDS = "bucket long, paragraph long"
PAIRS = "later long, earlier long, bounded int"
DETAILS = (
    "paragraph long, at long, number int, document string, digest string, start int, stop int, first int, last int, "
    "text string"
)
EDGES = (
    "later long, later_at long, earlier long, earlier_at long, earlier_number int, within_budget boolean, compared int"
)
"""Similar pairs; rows of nulls have the numbers of pairs that were `compared`."""


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


def _find_positions(lists: pa.Array, numbers: pa.Array, wanted: pa.Array) -> tuple[Ints, Ints]:
    """Return the documents of the wanted paragraphs, and their positions in all lists, joined; both int64.

    `lists`: one a document, of its paragraphs. `numbers`: the numbers of these paragraphs, ascending in a document.
    `wanted`: one list a document, of structs with a `number`.
    """
    counts, wanted_counts = (np.diff(np.asarray(column.offsets)) for column in (lists, wanted))
    documents = np.arange(len(counts), dtype=np.int64)
    keys = np.repeat(documents, counts) << 32 | np.asarray(numbers).astype(np.int64)
    owners = np.repeat(documents, wanted_counts)
    wanted_numbers = np.asarray(wanted.flatten().field("number")).astype(np.int64)
    return owners, np.searchsorted(keys, owners << 32 | wanted_numbers)


def band_step(number: int) -> Step:
    """Return the step from documents (`numbers` of paragraphs, `bands`, the `wanted` paragraphs) to `BANDS`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            wanted = batch.column("wanted")
            numbers = batch.column("numbers")
            _, positions = _find_positions(numbers, numbers.flatten(), wanted)
            names = ["bucket", "paragraph"]
            keys = np.frombuffer(b"".join(batch.column("bands").to_pylist()), "<i8").reshape(-1, number)
            paragraphs = wanted.flatten().field("paragraph")
            for band in keys[positions].T:
                yield pa.RecordBatch.from_arrays([pa.array(np.ascontiguousarray(band)), paragraphs], names)

    return step


def pair_step(window: int) -> Step:
    """Return the step from `BANDS`, each bucket in one partition, sorted by bucket and paragraph, to `PAIRS`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        buckets = Buckets(window)
        counted = 0
        for batch in batches:
            keys = batch.column("bucket").to_numpy().view(np.uint64)
            earlier, later = buckets.pairs(keys, batch.column("paragraph").to_numpy())
            bounded = np.zeros(len(later), np.int32)
            if len(bounded):
                bounded[0] = buckets.bounded - counted
                counted = buckets.bounded
            columns = [pa.array(column) for column in (later, earlier, bounded)]
            yield pa.RecordBatch.from_arrays(columns, ["later", "earlier", "bounded"])

    return step


def details(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield `DETAILS` of the `wanted` paragraphs of documents."""
    for batch in batches:
        paragraphs, wanted = batch.column("paragraphs"), batch.column("wanted")
        flat = paragraphs.flatten()
        owners, positions = _find_positions(paragraphs, flat.field("number"), wanted)
        texts = batch.column("remaining").to_pylist()
        fields = {name: np.asarray(flat.field(name))[positions] for name in _PARAGRAPH_FIELDS}
        ends = (fields["offset"] + fields["length"]).tolist()
        bounds = zip(owners.tolist(), fields["offset"].tolist(), ends, strict=True)
        wanted_texts = [texts[owner][begin:end].decode("utf-8") for owner, begin, end in bounds]
        documents = pa.array(owners)
        yield pa.RecordBatch.from_arrays(
            [
                wanted.flatten().field("paragraph"),
                batch.column("at").take(documents),
                pa.array(fields["number"]),
                *(batch.column(name).take(documents) for name in ("document", "digest")),
                *(pa.array(fields[name]) for name in ("start", "stop", "first", "last")),
                pa.array(wanted_texts, pa.string()),
            ],
            [column.split()[0] for column in DETAILS.split(", ")],
        )


def comparison_step(plan: Plan) -> Step:
    """Return the step from pairs with their texts to `EDGES`: they are compared word by word."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        policy, jaccard = plan.policy, plan.options.jaccard
        names = [column.split()[0] for column in EDGES.split(", ")]
        for batch in batches:
            texts = (batch.column(name).to_pylist() for name in ("later_text", "earlier_text"))
            pairs = zip(*(map(paragraph_text, column) for column in texts), strict=True)
            comparisons = [judge_pair_safely(later, earlier, policy, jaccard) for later, earlier in pairs]
            similar = [comparison for comparison in comparisons if comparison is not None]
            is_similar = pa.array([comparison is not None for comparison in comparisons], pa.bool_())
            columns = [batch.column(name).filter(is_similar) for name in names[:-2]]
            within_budget = pa.array([not comparison.loss for comparison in similar], pa.bool_())
            compared = pa.array([0] * len(within_budget), pa.int32())
            yield pa.RecordBatch.from_arrays([*columns, within_budget, compared], names)
            nulls = [pa.nulls(1, column.type) for column in (*columns, within_budget)]
            yield pa.RecordBatch.from_arrays([*nulls, pa.array([len(comparisons)], pa.int32())], names)

    return step
