"""A run of Spark over files, stage after stage, each kept below OUT when it is done."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

from dedupe._atomic import write_file
from dedupe.corpus._parts import Part, count_lines
from dedupe.corpus._run_state import CorpusReport, PartErrors, RunState, refuse_other_bands, repeated_id
from dedupe.corpus.local import stop_or
from dedupe.corpus.settings import CorpusOptions
from dedupe.corpus.spark import _batches as steps
from dedupe.corpus.spark import _decisions, _tasks
from dedupe.corpus.spark._frames import EARLIER, touched
from dedupe.errors import InputError, OptionError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedupe.corpus.local import Plan, Tell

PRINTS, GONE = "fingerprints/prints", "fingerprints/gone"
"""What a later run needs: the fingerprints, and which paragraphs of them are not in the output."""

FAILED = "fingerprints/failed.json"
"""Numbers of the parts that could not be read to their end: what is kept of them counts for nothing."""

COUNTED_HERE = 1 << 30
"""Bytes of files whose lines are counted at once, in about a second, rather than by workers."""


def check_earlier(asked: steps.SparkPlan) -> None:
    """Raise `OptionError` where the earlier run that is named is none of Spark's, not complete, or banded otherwise."""
    corpus_options = asked.corpus_options
    if not corpus_options.against:
        return
    earlier = Path(corpus_options.against)
    if not (earlier / "report.json").exists() or not (earlier / GONE / "_SUCCESS").exists():
        raise OptionError(
            f"against must be the folder of a complete run of the engine spark, with fingerprints, not "
            f"{corpus_options.against!r}"
        )
    refuse_other_bands(earlier, asked.banding)


def with_earlier(
    prints: DataFrame, spark: SparkSession, corpus_options: CorpusOptions
) -> tuple[DataFrame, DataFrame | None]:
    """Return fingerprints with those of an earlier run, and what of that one is no longer in its output."""
    if not corpus_options.against:
        return prints, None
    earlier = Path(os.path.abspath(corpus_options.against))
    old, gone = (spark.read.parquet(str(earlier / name)) for name in (PRINTS, GONE))
    shifted = (F.col("at") + F.lit(EARLIER)).alias("at")
    old = _without(old, json.loads((earlier / FAILED).read_text()))
    old = old.select(*(shifted if name == "at" else name for name in prints.columns))
    return prints.unionByName(old), gone.select(shifted, "number")


def _without(prints: DataFrame, failed: Sequence[int]) -> DataFrame:
    """Return fingerprints without those of parts that could not be read to their end."""
    return prints.where(~F.shiftright("at", _tasks.BITS).isin(*failed)) if failed else prints


class SparkRun:
    """A run over files, stage after stage."""

    def __init__(
        self,
        spark: SparkSession,
        plan: Plan,
        parts: Sequence[Part],
        state: RunState,
        complain: Callable[[str], None],
        tell: Tell,
    ) -> None:
        self.spark = spark
        self.plan = plan
        self.parts = parts
        self.state = state
        self.complain = complain
        self.tell = tell
        self.kept: dict[str, DataFrame] = {}

    def run(self) -> CorpusReport:
        """Do what is not done yet; return the report."""
        asked = steps.SparkPlan(self.plan.options, self.plan.corpus_options)
        started = time.monotonic()
        self.plan.folder("work").mkdir(exist_ok=True)
        prints = self._fingerprints()
        self.state.took("fingerprint", started)
        started = time.monotonic()
        prints, gone = with_earlier(prints, self.spark, self.plan.corpus_options)
        known = touched(prints, gone, asked, self._keep)
        self._note_ids(prints)
        self.state.note(**self._counts())
        self.state.took("group", started)
        started = time.monotonic()
        self._write(known)
        self.state.took("documents", started)
        return self.state.finish(self.complain)

    def _keep(self, made: DataFrame, name: str) -> DataFrame:
        """Write what a stage has made below OUT/work, unless it is there, and return it as it is read from there."""
        self.kept[name] = self._stored(made, f"work/{name}", name)
        return self.kept[name]

    def _stored(self, made: DataFrame, name: str, stage: str) -> DataFrame:
        folder = self.plan.folder(name)
        self.tell(stage, 0, 1)
        if not (folder / "_SUCCESS").exists():
            self.spark.sparkContext.setJobDescription(stage)
            made.write.mode("overwrite").option("compression", "zstd").parquet(str(folder))
        self.tell(stage, 1, 1)
        return self.spark.read.schema(made.schema).parquet(str(folder))

    def _numbers(self, count: int) -> DataFrame:
        """Return the numbers of parts (`id`), each a task of its own."""
        return self.spark.range(0, count, 1, max(1, count))

    def _counted(self) -> list[Part]:
        """Return the parts with the numbers of their first lines in their files."""
        pieces = [part for part in self.parts if part.stop]
        if sum(part.size for part in pieces) < COUNTED_HERE:
            lines = {part.number: count_lines(part) for part in pieces}
        else:
            counted = self._numbers(len(pieces)).mapInArrow(_tasks.lines(pieces), _tasks.LINES).collect()
            lines = {pieces[row["part"]].number: row["lines"] for row in counted}
        found: list[Part] = []
        for _, group in groupby(self.parts, key=lambda part: part.names):
            line = 1
            for part in group:
                found.append(replace(part, line=line))
                line += lines.get(part.number, 0)
        return found

    def _fingerprints(self) -> DataFrame:
        plan, folder = self.plan, self.plan.folder(PRINTS)
        _tasks.stopped(plan).unlink(missing_ok=True)
        self.parts = self._counted()
        made = self._numbers(len(self.parts)).mapInArrow(_tasks.read(self.parts, plan), steps.PRINTS)
        prints = self._stored(made, PRINTS, "fingerprint")
        failed = []
        errors = PartErrors(self.complain)
        for part in self.parts:
            path = _tasks.counts_of(plan, part)
            if not path.exists():  # the run was stopped before it
                continue
            counts = json.loads(path.read_text())
            if counts["failed"] and plan.on_error == "stop":
                shutil.rmtree(folder)
                raise InputError(*counts["failed"])
            if counts["failed"]:
                failed.append(part.number)
            errors.tell(part, counts)
        errors.end()
        write_file(plan.folder(FAILED), json.dumps(failed).encode())
        return _without(prints, failed)

    def _note_ids(self, prints: DataFrame) -> None:
        """Tell of ids that several documents have."""
        named = prints.where("at >= 0 and document <> ''").groupBy("document").count().where("count > 1")
        twice = named.agg(F.sum(F.col("count") - 1).alias("count"), F.min("document").alias("name")).first()
        if twice is not None and twice["count"]:
            stop_or(self.plan, InputError(*repeated_id(twice["name"], twice["count"])), self.complain)

    def _counts(self) -> dict[str, int]:
        """Return the counts of the stages between reading and writing."""
        bounded = self.kept["pairs"].agg(F.sum("bounded").alias("total")).first()
        compared = self.kept["edges"].agg(F.sum("compared").alias("total"), F.count("later").alias("alike")).first()
        assert bounded is not None
        assert compared is not None
        return {
            "keys": self.kept["keys"].count(),
            "candidates": int(compared["total"] or 0),
            "bounded": int(bounded["total"] or 0),
            "pairs": int(compared["alike"]),
            "copied_documents": self.kept["copies"].count(),
        }

    def _write(self, known: DataFrame) -> None:
        """Write documents and findings, part by part."""
        rows = known.select(F.shiftright("at", _tasks.BITS).alias("part"), "at", *_decisions.TAKEN)
        every = self._numbers(len(self.parts)).select(F.col("id").alias("part"), F.lit(-1).cast("long").alias("at"))
        rows = every.unionByName(rows, allowMissingColumns=True)
        made = rows.groupBy("part").applyInArrow(_tasks.written(self.parts, self.plan), _tasks.GONE)
        self._stored(made, GONE, "documents")
