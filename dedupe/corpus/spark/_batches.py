"""The steps as functions over Arrow batches: what Spark runs on its workers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._arrays import Ints
from dedupe._places import as_text
from dedupe.across.case import AcrossPolicy
from dedupe.across.pair import paragraph, soundly_judged
from dedupe.corpus._fingerprints import CHUNK
from dedupe.corpus._orders import orders_of
from dedupe.corpus._part_writer import local_results_of
from dedupe.corpus._parts import Item
from dedupe.corpus._plan import banding
from dedupe.corpus._sound_fingerprints import fingerprint_safely
from dedupe.corpus.settings import CorpusOptions
from dedupe.deduper import Deduper
from dedupe.judge.policy import Policy
from dedupe.matching.buckets import Buckets
from dedupe.options import Options

Batches = Iterable[pa.RecordBatch]
Step = Callable[[Batches], Iterator[pa.RecordBatch]]

TEXT, ID, DATE, URL = "_text", "_id", "_date", "_url"

_ROW_FIELDS = ("number", "words", "start", "stop", "first", "last", "offset", "length")
ROW = "high: long, low: long, " + ", ".join(f"{name}: int" for name in _ROW_FIELDS)
"""A paragraph of `PRINTS`; `offset` and `length` say where its text is in `remaining`, in bytes."""

PRINTS = (
    "at long, document string, digest string, host long, high long, low long, words int, points int, lines int, "
    f"order string, inner string, remaining binary, bands binary, rows array<struct<{ROW}>>"
)
"""A document: `at`, its place in the input; `bands`, the band keys of its rows, 8 bytes each, row by row."""

BANDS = "bucket long, row long"
PAIRS = "later long, earlier long, bounded int"
DETAILS = (
    "row long, at long, number int, document string, digest string, start int, stop int, first int, last int, "
    "text string"
)
EDGES = "later long, later_at long, earlier long, earlier_at long, earlier_number int, bearable boolean, compared int"
"""Pairs that are alike; rows of nulls carry how many were `compared`."""


@dataclass(frozen=True, slots=True)
class SparkPlan:
    """What a run is asked to do; sent to the workers."""

    options: Options
    corpus_options: CorpusOptions

    @property
    def policy(self) -> Policy:
        """What may be lost."""
        return Policy(self.options.level, self.options.keep, frozenset(self.options.ignore))

    @property
    def banding(self) -> tuple[int, int]:
        """Bands of the signatures, and values in a band."""
        return banding(self.options, self.corpus_options)

    @property
    def judging(self) -> AcrossPolicy:
        """What the judgement across documents goes by."""
        return AcrossPolicy.of(self.options, Deduper(self.options).changes, self.corpus_options.drop)


def fingerprints(asked: SparkPlan) -> Step:
    """Return the step from documents (`at`, text, id, date, url) to `PRINTS`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = batch.to_pydict()
            chosen: list[Item] = []
            size = 0
            for row, text in enumerate(columns[TEXT]):
                if text is not None:
                    id_, date, url = (columns[name][row] or "" for name in (ID, DATE, URL))
                    chosen.append(Item(columns["at"][row], text, id_, date, url))
                    size += len(text)
                if chosen and (size >= CHUNK or row + 1 == batch.num_rows):
                    yield fingerprints_of(chosen, asked)[0]
                    chosen, size = [], 0

    return step


def fingerprints_of(documents: Sequence[Item], asked: SparkPlan) -> tuple[pa.RecordBatch, dict[int, str]]:
    """Return the `PRINTS` of documents, their places being their numbers; and what went wrong with any of them."""
    corpus_options = asked.corpus_options
    documents = [one._replace(id=as_text(one.id)) for one in documents]  # Arrow keeps no lone surrogates
    prints, reports, problems = fingerprint_safely(documents, Deduper(asked.options), asked.banding)
    made, rows = prints.documents, prints.rows
    owners = rows["document"].astype(np.int64)
    ends = np.searchsorted(owners, np.arange(len(documents) + 1)).astype(np.int32)
    begins = made["offset"].astype(np.int64)
    places = {name: rows[name].astype(np.int32) for name in _ROW_FIELDS if name != "offset"}
    places["offset"] = (rows["offset"].astype(np.int64) - begins[owners]).astype(np.int32)
    keys = {name: np.ascontiguousarray(rows[name]).view(np.int64) for name in ("high", "low")}
    fields = [pa.array((keys | places)[name]) for name in ("high", "low", *_ROW_FIELDS)]
    listed = pa.ListArray.from_arrays(pa.array(ends), pa.StructArray.from_arrays(fields, ["high", "low", *_ROW_FIELDS]))
    assert prints.bands is not None
    bands = np.ascontiguousarray(prints.bands.T).astype("<u8", copy=False)
    inner: list[str | None] = [None] * len(documents)
    for number, kept in local_results_of(reports, problems).items():
        inner[number] = json.dumps(kept)
    digests = [bytes(one).hex() for one in made["digest"]]
    orders = [
        order.decode("utf-8", "surrogatepass")
        for order in orders_of(documents, made, corpus_options.first, corpus_options.prefer)
    ]
    stops = (begins + made["length"]).tolist()
    remaining = [prints.texts[begin:stop] for begin, stop in zip(begins.tolist(), stops, strict=True)]
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([document.number for document in documents], pa.int64()),
            pa.array([document.id for document in documents], pa.string()),
            pa.array(digests, pa.string()),
            *(pa.array(np.ascontiguousarray(made[name]).view(np.int64)) for name in ("host", "high", "low")),
            *(pa.array(made[name].astype(np.int32)) for name in ("words", "points", "lines")),
            pa.array(orders, pa.string()),
            pa.array(inner, pa.string()),
            pa.array(remaining, pa.binary()),
            pa.array([bands[begin:end].tobytes() for begin, end in itertools.pairwise(ends)], pa.binary()),
            listed,
        ],
        [column.split()[0] for column in PRINTS.split(" array")[0].split(", ")],
    )
    return batch, problems


def _sought(lists: pa.Array, numbers: pa.Array, mine: pa.Array) -> tuple[Ints, Ints]:
    """Return the documents and the places of the rows that count, int64; places are those in all lists, end to end.

    `lists`: a list a document, of which `numbers` are the numbers of its rows, ascending. `mine`: lists of structs with
    a `number`.
    """
    counts, sought = (np.diff(np.asarray(one.offsets)) for one in (lists, mine))
    documents = np.arange(len(counts), dtype=np.int64)
    have = np.repeat(documents, counts) << 32 | np.asarray(numbers).astype(np.int64)
    owners = np.repeat(documents, sought)
    named = np.asarray(mine.flatten().field("number")).astype(np.int64)
    return owners, np.searchsorted(have, owners << 32 | named)


def bands(number: int) -> Step:
    """Return the step from documents (`numbers` of their rows, `bands`, `mine`: `number` and `row` of those that count)
    to `BANDS`.
    """

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            mine = batch.column("mine")
            numbers = batch.column("numbers")
            _, places = _sought(numbers, numbers.flatten(), mine)
            keys = np.frombuffer(b"".join(batch.column("bands").to_pylist()), "<i8").reshape(-1, number)
            rows = mine.flatten().field("row")
            for band in keys[places].T:
                yield pa.RecordBatch.from_arrays([pa.array(np.ascontiguousarray(band)), rows], ["bucket", "row"])

    return step


def pairs(window: int) -> Step:
    """Return the step from `BANDS`, each bucket in one partition, sorted by bucket and row, to `PAIRS`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        buckets = Buckets(window)
        counted = 0
        for batch in batches:
            keys = batch.column("bucket").to_numpy().view(np.uint64)
            earlier, later = buckets.pairs(keys, batch.column("row").to_numpy())
            bounded = np.zeros(len(later), np.int32)
            if len(bounded):
                bounded[0] = buckets.bounded - counted
                counted = buckets.bounded
            columns = [pa.array(column) for column in (later, earlier, bounded)]
            yield pa.RecordBatch.from_arrays(columns, ["later", "earlier", "bounded"])

    return step


def details(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield `DETAILS` of the rows that count of documents: `at`, `document`, `digest`, `remaining`, `rows`, `mine`."""
    for batch in batches:
        rows, mine = batch.column("rows"), batch.column("mine")
        flat = rows.flatten()
        owners, places = _sought(rows, flat.field("number"), mine)
        texts = batch.column("remaining").to_pylist()
        place = {name: np.asarray(flat.field(name))[places] for name in _ROW_FIELDS}
        ends = (place["offset"] + place["length"]).tolist()
        bounds = zip(owners.tolist(), place["offset"].tolist(), ends, strict=True)
        said = [texts[owner][begin:end].decode("utf-8") for owner, begin, end in bounds]
        whose = pa.array(owners)
        yield pa.RecordBatch.from_arrays(
            [
                mine.flatten().field("row"),
                batch.column("at").take(whose),
                pa.array(place["number"]),
                *(batch.column(name).take(whose) for name in ("document", "digest")),
                *(pa.array(place[name]) for name in ("start", "stop", "first", "last")),
                pa.array(said, pa.string()),
            ],
            [column.split()[0] for column in DETAILS.split(", ")],
        )


def edges(asked: SparkPlan) -> Step:
    """Return the step from pairs with their `DETAILS` to `EDGES`: compared word by word."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        policy, jaccard = asked.policy, asked.options.jaccard
        names = [column.split()[0] for column in EDGES.split(", ")]
        for batch in batches:
            texts = (batch.column(name).to_pylist() for name in ("later_text", "earlier_text"))
            both = (map(paragraph, column) for column in texts)
            seen = [soundly_judged(one, other, policy, jaccard) for one, other in zip(*both, strict=True)]
            kept = pa.array([one is not None for one in seen], pa.bool_())
            columns = [batch.column(name).filter(kept) for name in names[:-2]]
            within_budget = pa.array([not one.loss for one in seen if one is not None], pa.bool_())
            compared = pa.array([0] * len(within_budget), pa.int32())
            yield pa.RecordBatch.from_arrays([*columns, within_budget, compared], names)
            nothing = [pa.nulls(1, column.type) for column in (*columns, within_budget)]
            yield pa.RecordBatch.from_arrays([*nothing, pa.array([len(seen)], pa.int32())], names)

    return step
