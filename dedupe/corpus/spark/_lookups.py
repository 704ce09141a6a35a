"""Run steps on the documents that rows name by `at`, where their fingerprints are, so that these are not shuffled."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it
import pyarrow.parquet as pq

from dedupe._arrays import Ints
from dedupe.corpus.spark._batches import Batches

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

RECORD_BITS = 32
"""Bits of the number of a record in its part; the number of the part is in the bits above."""

EARLIER = -(1 << 63)
"""Added to `at` of documents of an earlier run, which makes them negative."""

MOST_PARTITIONS = 8000
"""Partitions of a shuffle at most: each of them reads from each task before it."""

_LIST_BITS = 6
"""The rows of so many bits of paragraphs of a document are joined with it at a time."""

_BATCH_DOCUMENTS = 1024
"""Documents whose fingerprints are read at a time."""


class Found(NamedTuple):
    """Documents, and rows that name them.

    `documents`: columns of `batches.FINGERPRINTS`. `owners`: the position of the document of each row, int64. `part`:
    the number of the part that the documents are in; 0 where there are none.
    """

    part: int
    documents: pa.RecordBatch
    owners: Ints
    rows: pa.RecordBatch


FoundStep = Callable[[Iterable[Found]], Iterator[pa.RecordBatch]]


class FingerprintSource(Protocol):
    """The fingerprints of all documents: `frame`, with the columns `batches.FINGERPRINTS`."""

    frame: DataFrame

    def look_up(
        self, rows: DataFrame, columns: Sequence[str], fields: Sequence[str], step: FoundStep, schema: str
    ) -> DataFrame:
        """Return the results of a step over rows and the documents that they name by `at`.

        `columns`, `fields`: those of documents and of their paragraphs that the step needs. `schema`: of the results.
        """
        ...


class FramedFingerprints:
    """Fingerprints that Spark holds, which are joined with the rows."""

    def __init__(self, frame: DataFrame) -> None:
        self.frame = frame

    def look_up(
        self, rows: DataFrame, columns: Sequence[str], fields: Sequence[str], step: FoundStep, schema: str
    ) -> DataFrame:
        """Return the results of a step over rows and the documents that they name by `at`."""
        from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

        paragraphs = [paragraphs_with(fields)] if fields else []
        documents = self.frame.select("at", *columns, *paragraphs)
        # The rows of some paragraphs at a time, since a list is held in memory.
        near = [F.shiftright("number", _LIST_BITS).alias("near")] if "number" in rows.columns else []
        lists = rows.groupBy("at", *near).agg(F.collect_list(F.struct(*rows.columns)).alias("rows")).drop("near")

        def run(batches: Batches) -> Iterator[pa.RecordBatch]:
            return step(map(_found_in, batches))

        return documents.join(lists, "at").mapInArrow(run, schema)


def paragraphs_with(fields: Sequence[str]) -> Column:
    """Return the column `paragraphs` with only these fields."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.transform("paragraphs", lambda one: F.struct(*(one[name].alias(name) for name in fields))).alias(
        "paragraphs"
    )


def _found_in(batch: pa.RecordBatch) -> Found:
    lists = batch.column("rows")
    owners = np.repeat(np.arange(batch.num_rows, dtype=np.int64), np.diff(np.asarray(lists.offsets)))
    return Found(0, batch, owners, pa.RecordBatch.from_struct_array(lists.flatten()))


class SavedFingerprints:
    """Fingerprints in files of Parquet, one a part, which the task that has the rows of a part reads.

    `folders`: those of this run, and of an earlier one if there is one. `partitions`: the number of tasks.
    `paragraphs`: their number.
    """

    def __init__(self, frame: DataFrame, folders: Sequence[Path], partitions: int, paragraphs: int) -> None:
        self.frame = frame
        self.files = FingerprintFiles(folders)
        self.partitions = partitions
        self.paragraphs = paragraphs

    def look_up(
        self, rows: DataFrame, columns: Sequence[str], fields: Sequence[str], step: FoundStep, schema: str
    ) -> DataFrame:
        """Return the results of a step over rows and the documents that they name by `at`.

        Rows may have a column `part`; one without `at` is then found with no documents, before all others of its part.
        """
        files = self.files

        def run(batches: Batches) -> Iterator[pa.RecordBatch]:
            return step(files.find(batches, columns, fields))

        return self.by_part(rows).mapInArrow(run, schema)

    def by_part(self, rows: DataFrame) -> DataFrame:
        """Return rows so that those of a part are in one partition, in order."""
        return with_part(rows).repartition(self.partitions, "part").sortWithinPartitions("part", "at")


def with_part(rows: DataFrame) -> DataFrame:
    """Return rows with the number of the `part` that their documents are in."""
    from pyspark.sql import functions as F  # noqa: N812

    return rows if "part" in rows.columns else rows.withColumn("part", F.shiftright("at", RECORD_BITS))


class FingerprintFiles:
    """The files of fingerprints, by part."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders

    @cached_property
    def _paths(self) -> dict[int, list[Path]]:
        """The files of each part, in the order of their documents."""
        paths: dict[int, list[Path]] = {}
        for folder, first in zip(self.folders, (0, EARLIER >> RECORD_BITS), strict=False):
            for path in sorted(folder.glob("part-*.parquet")):
                paths.setdefault(first + int(path.name.split("-")[1]), []).append(path)
        return paths

    def documents(self, part: int, columns: Sequence[str], fields: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the documents of a part, in order."""
        leaves = [f"paragraphs.list.element.{name}" for name in fields]
        for path in self._paths.get(part, ()):
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(_BATCH_DOCUMENTS, columns=["at", *columns, *leaves])

    def find(self, batches: Batches, columns: Sequence[str], fields: Sequence[str]) -> Iterator[Found]:
        """Yield rows, in the order of `part` and `at`, with the documents that they name."""
        reading: _PartDocuments | None = None
        for batch in batches:
            parts = batch.column("part").to_numpy()
            edges = [0, *(np.flatnonzero(np.diff(parts)) + 1).tolist(), len(parts)]
            for begin, end in itertools.pairwise(edges):
                if begin < end:
                    part = int(parts[begin])
                    if reading is None or reading.part != part:
                        reading = _PartDocuments(part, self.documents(part, columns, fields))
                    yield from reading.find(batch.slice(begin, end - begin))


class _PartDocuments:
    """The documents of a part, read from the first to the last."""

    def __init__(self, part: int, documents: Iterator[pa.RecordBatch]) -> None:
        self.part = part
        self._documents = documents
        self._batch: pa.RecordBatch | None = None
        self._ats = np.zeros(0, np.int64)

    def find(self, rows: pa.RecordBatch) -> Iterator[Found]:
        """Yield rows of the part, in order, with the documents that they name."""
        without = rows.column("at").null_count
        if without:
            yield Found(self.part, rows.slice(0, 0), np.zeros(0, np.int64), rows.slice(0, without))
        rows = rows.slice(without)
        ats = rows.column("at").to_numpy()
        done = 0
        while done < len(ats):
            while self._batch is None or self._ats[-1] < ats[done]:
                self._batch = next(self._documents)
                self._ats = self._batch.column("at").to_numpy() + (EARLIER if self.part < 0 else 0)
            stop = int(np.searchsorted(ats, self._ats[-1], "right"))
            owners = np.searchsorted(self._ats, ats[done:stop])
            yield Found(self.part, self._batch, owners, rows.slice(done, stop - done))
            done = stop
