"""Group paragraphs on Spark's workers: keys, pairs, comparisons and originals, as functions over Arrow batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._arrays import U64, Ints
from dedupe.across.pair import judge_pair_safely, paragraph_text
from dedupe.corpus._plan import Plan
from dedupe.corpus.spark._batches import Batches, Step
from dedupe.corpus.spark._lookups import Found, FoundStep
from dedupe.matching.buckets import Buckets

NUMBERS = "at long, size int, paragraph long, whole_high long, whole_low long"
"""A document: the number of paragraphs, and that of its first one in the order of all documents."""

KEYS = "high long, paragraph long, at long, number int, low long, host long"
BANDS = "bucket long, paragraph long, at long, number int"

_LATER = "later long, later_at long, later_number int"
_EARLIER = "earlier long, earlier_at long, earlier_number int"
PAIRS = f"{_LATER}, {_EARLIER}, bounded int"
"""Pairs; a row of nulls has the number of paragraphs that are not compared with all of their bucket."""

TEXTS = "earlier long, text string"

EDGES = f"{_LATER}, {_EARLIER}, within_budget boolean, compared int"
"""Similar pairs; rows of nulls have the numbers of pairs that were `compared`."""

ORIGINALS = "original long, document string, digest string, start int, stop int, first int, last int, text string"

COVERINGS = "first_at long, document string, digest string, points int, lines int, remaining binary"
"""Documents that cover others."""

TEXT_FIELDS = ("number", "offset", "length")
DETAIL_FIELDS = ("number", "start", "stop", "first", "last", "offset", "length")

_MEMBER = np.dtype([("paragraph", "<i8"), ("at", "<i8"), ("number", "<i4")])


def names_of(schema: str) -> list[str]:
    """Return the names of the columns of a schema."""
    return [column.split()[0] for column in schema.split(", ")]


def number_step(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Yield documents, which come in order, with the number of their first paragraph; numbers ascend over partitions.

    They are those of Spark's `monotonically_increasing_id`, of paragraphs.
    """
    from pyspark import TaskContext

    context = TaskContext.get()
    assert context is not None
    done = context.partitionId() << 33
    for batch in batches:
        sizes = batch.column("size").to_numpy()
        ends = np.cumsum(sizes, dtype=np.int64) + done
        done = int(ends[-1]) if len(ends) else done
        columns = [batch.column("at"), batch.column("size"), pa.array(ends - sizes)]
        columns += [batch.column(name) for name in ("whole_high", "whole_low")]
        yield pa.RecordBatch.from_arrays(columns, names_of(NUMBERS))


class _Compared(NamedTuple):
    """Paragraphs that are compared with others.

    `positions`: in the paragraphs of all documents of a batch, joined; `owners`: the position of their documents there;
    `columns`: `paragraph`, `at` and `number` of each.
    """

    positions: Ints
    owners: Ints
    columns: list[pa.Array]


def _compared(found: Found) -> _Compared:
    """Return the paragraphs of the documents that rows name (`at`, `paragraph`), without the `excluded` numbers."""
    sizes, starts = _sizes_and_starts(found)
    counts = sizes[found.owners]
    each = np.repeat(np.arange(len(counts)), counts)
    index = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts)
    owners = found.owners[each]
    positions = starts[owners] + index
    numbers = np.asarray(found.documents.column("paragraphs").flatten().field("number"))[positions].astype(np.int64)
    excluded = found.rows.column("excluded").fill_null([])
    rows = np.repeat(np.arange(len(counts)), np.diff(np.asarray(excluded.offsets)))
    stays = np.isin(each << 32 | numbers, rows << 32 | np.asarray(excluded.flatten()).astype(np.int64), invert=True)
    first, at = (found.rows.column(name).to_numpy() for name in ("paragraph", "at"))
    arrays = (first[each] + index)[stays], at[each][stays], numbers[stays].astype(np.int32)
    return _Compared(positions[stays], owners[stays], [pa.array(array) for array in arrays])


def _sizes_and_starts(found: Found) -> tuple[Ints, Ints]:
    """Return the number of paragraphs of each document, and the position of its first one among all, both int64."""
    sizes = np.diff(np.asarray(found.documents.column("paragraphs").offsets)).astype(np.int64)
    return sizes, np.cumsum(sizes) - sizes


def paragraph_keys(found: Found) -> tuple[U64, pa.RecordBatch]:
    """Return the first halves of the keys of paragraphs, shape (1, paragraphs), and the rest of `KEYS`."""
    compared = _compared(found)
    flat = found.documents.column("paragraphs").flatten()
    high, low = (np.asarray(flat.field(name))[compared.positions] for name in ("high", "low"))
    host = found.documents.column("host").to_numpy()[compared.owners]
    columns = [*compared.columns, pa.array(low), pa.array(host)]
    return high.view(np.uint64)[None], pa.RecordBatch.from_arrays(columns, names_of(KEYS)[1:])


def band_keys(number: int) -> Callable[[Found], tuple[U64, pa.RecordBatch]]:
    """Return the function from documents to so many band keys of each paragraph, and the rest of `BANDS`."""

    def keys(found: Found) -> tuple[U64, pa.RecordBatch]:
        compared = _compared(found)
        bands = np.frombuffer(b"".join(found.documents.column("bands").to_pylist()), "<u8").reshape(-1, number)
        return bands[compared.positions].T, pa.RecordBatch.from_arrays(compared.columns, names_of(BANDS)[1:])

    return keys


def pair_step(window: int) -> Step:
    """Return the step from `BANDS`, each bucket in one partition, sorted by bucket and paragraph, to `PAIRS`.

    Pairs of one document are left out.
    """

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        buckets = Buckets(window)
        names = names_of(PAIRS)
        types = [pa.int64(), pa.int64(), pa.int32()] * 2
        for batch in batches:
            members = np.empty(batch.num_rows, _MEMBER)
            for name in names_of(BANDS)[1:]:
                members[name] = batch.column(name).to_numpy()
            earlier, later = buckets.pairs(batch.column("bucket").to_numpy().view(np.uint64), members)
            apart = later["at"] != earlier["at"]
            sides = (side[apart] for side in (later, earlier))
            columns = [pa.array(np.ascontiguousarray(side[name])) for side in sides for name in _MEMBER.names or ()]
            yield pa.RecordBatch.from_arrays([*columns, pa.nulls(int(apart.sum()), pa.int32())], names)
        nulls = [pa.nulls(1, column_type) for column_type in types]
        yield pa.RecordBatch.from_arrays([*nulls, pa.array([buckets.bounded], pa.int32())], names)

    return step


class _Paragraphs:
    """The paragraphs that rows name by `at` and `number`."""

    def __init__(self, found: Found) -> None:
        flat = found.documents.column("paragraphs").flatten()
        sizes, _ = _sizes_and_starts(found)
        keys = np.repeat(np.arange(len(sizes)), sizes) << 32 | np.asarray(flat.field("number")).astype(np.int64)
        wanted = found.owners << 32 | found.rows.column("number").to_numpy().astype(np.int64)
        self.found, self.flat, self.positions = found, flat, np.searchsorted(keys, wanted)

    def field(self, name: str) -> np.ndarray:
        """Return a field of each paragraph."""
        values: np.ndarray = np.asarray(self.flat.field(name))[self.positions]
        return values

    def texts(self) -> list[str]:
        """Return the text of each paragraph."""
        documents = self.found.documents.column("remaining").to_pylist()
        offsets, lengths = self.field("offset").tolist(), self.field("length").tolist()
        bounds = zip(self.found.owners.tolist(), offsets, lengths, strict=True)
        return [documents[owner][begin : begin + length].decode("utf-8") for owner, begin, length in bounds]


def text_step(found: Iterable[Found]) -> Iterator[pa.RecordBatch]:
    """Yield the `TEXTS` of paragraphs (`earlier`)."""
    for one in found:
        texts = pa.array(_Paragraphs(one).texts(), pa.string())
        yield pa.RecordBatch.from_arrays([one.rows.column("earlier"), texts], names_of(TEXTS))


def comparison_step(plan: Plan) -> FoundStep:
    """Return the step from pairs, the later one named by `at` and `number`, to `EDGES`: they are compared word by word.

    `text`: that of the earlier one.
    """

    def step(found: Iterable[Found]) -> Iterator[pa.RecordBatch]:
        policy, jaccard = plan.policy, plan.options.jaccard
        names = names_of(EDGES)
        named = {"later_at": "at", "later_number": "number"}
        for one in found:
            texts = _Paragraphs(one).texts(), one.rows.column("text").to_pylist()
            pairs = zip(*(map(paragraph_text, column) for column in texts), strict=True)
            comparisons = [judge_pair_safely(later, earlier, policy, jaccard) for later, earlier in pairs]
            similar = [comparison for comparison in comparisons if comparison is not None]
            is_similar = pa.array([comparison is not None for comparison in comparisons], pa.bool_())
            columns = [one.rows.column(named.get(name, name)).filter(is_similar) for name in names[:-2]]
            within_budget = pa.array([not comparison.loss for comparison in similar], pa.bool_())
            compared = pa.array([0] * len(within_budget), pa.int32())
            yield pa.RecordBatch.from_arrays([*columns, within_budget, compared], names)
            nulls = [pa.nulls(1, column.type) for column in (*columns, within_budget)]
            yield pa.RecordBatch.from_arrays([*nulls, pa.array([len(comparisons)], pa.int32())], names)

    return step


def original_step(found: Iterable[Found]) -> Iterator[pa.RecordBatch]:
    """Yield the `ORIGINALS` that rows name."""
    for one in found:
        paragraphs = _Paragraphs(one)
        yield pa.RecordBatch.from_arrays(
            [
                one.rows.column("original"),
                *_of_documents(one, ("document", "digest")),
                *(pa.array(paragraphs.field(name)) for name in ("start", "stop", "first", "last")),
                pa.array(paragraphs.texts(), pa.string()),
            ],
            names_of(ORIGINALS),
        )


def covering_step(found: Iterable[Found]) -> Iterator[pa.RecordBatch]:
    """Yield the `COVERINGS` that rows name."""
    names = names_of(COVERINGS)
    for one in found:
        yield pa.RecordBatch.from_arrays([one.rows.column("at"), *_of_documents(one, names[1:])], names)


def _of_documents(found: Found, names: Sequence[str]) -> list[pa.Array]:
    """Return columns of the document of each row."""
    return [found.documents.column(name).take(pa.array(found.owners)) for name in names]
