"""A run of Spark over files: stages whose results are saved in the output folder."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

from dedupe._atomic import write_file
from dedupe.corpus._cutting import count_lines, with_first_lines
from dedupe.corpus._parts import InputPart
from dedupe.corpus._run_state import REPORT, CorpusReport, PartErrors, RunState, refuse_other_bands, repeated_id
from dedupe.corpus.local import stop_or
from dedupe.corpus.settings import CorpusOptions
from dedupe.corpus.spark import _batches as steps
from dedupe.corpus.spark import _decisions, _tasks
from dedupe.corpus.spark._frames import facts_to_decide_on
from dedupe.corpus.spark._lookups import EARLIER, MOST_PARTITIONS, RECORD_BITS, SavedFingerprints
from dedupe.errors import InputError, OptionError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedupe.corpus._plan import Plan
    from dedupe.corpus.local import Tell

FINGERPRINTS_FOLDER, REMOVED_FOLDER = "fingerprints/documents", "fingerprints/removed"
"""What a later run needs: the fingerprints, and the paragraphs of them that are not in the output."""

FAILED_FILE = "fingerprints/failed.json"
"""Numbers of the parts that could not be read to their end, whose fingerprints are ignored."""

COUNTED_BY_DRIVER_BYTES = 1 << 30
"""Bytes of files whose lines the driver counts, in about a second; workers count those of more."""


def check_earlier(plan: Plan) -> None:
    """Raise `OptionError` if the earlier run is not one of Spark, not complete, or has other bands."""
    corpus_options = plan.corpus_options
    if not corpus_options.against:
        return
    earlier = Path(corpus_options.against)
    if not (earlier / REPORT).exists() or not (earlier / REMOVED_FOLDER / "_SUCCESS").exists():
        raise OptionError(
            f"against must be the folder of a complete run of the engine spark, with fingerprints, not "
            f"{corpus_options.against!r}; complete that run, or name another folder"
        )
    refuse_other_bands(earlier, plan.banding)


def with_earlier(
    fingerprints: DataFrame, spark: SparkSession, corpus_options: CorpusOptions
) -> tuple[DataFrame, DataFrame | None]:
    """Return fingerprints with those of an earlier run, if one is named, and the paragraphs it removed."""
    if not corpus_options.against:
        return fingerprints, None
    earlier = Path(os.path.abspath(corpus_options.against))
    old, removed = (spark.read.parquet(str(earlier / name)) for name in (FINGERPRINTS_FOLDER, REMOVED_FOLDER))
    shifted = (F.col("at") + F.lit(EARLIER)).alias("at")
    old = _without(old, json.loads((earlier / FAILED_FILE).read_text()))
    old = old.select(*(shifted if name == "at" else name for name in fingerprints.columns))
    return fingerprints.unionByName(old), removed.select(shifted, "number")


def _without(fingerprints: DataFrame, failed: Sequence[int]) -> DataFrame:
    """Return fingerprints without those of failed parts."""
    return fingerprints.where(~F.shiftright("at", RECORD_BITS).isin(*failed)) if failed else fingerprints


class SparkRun:
    """Run the stages over files."""

    def __init__(
        self,
        spark: SparkSession,
        plan: Plan,
        parts: Sequence[InputPart],
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
        self.frames: dict[str, DataFrame] = {}
        self.paragraphs = 0

    def run(self) -> CorpusReport:
        """Run the stages that are not finished; return the report."""
        started = time.monotonic()
        self.plan.folder("work").mkdir(exist_ok=True)
        fingerprints = self._fingerprints()
        self.state.finish_stage("fingerprint", started)
        started = time.monotonic()
        fingerprints, removed = with_earlier(fingerprints, self.spark, self.plan.corpus_options)
        saved = self._saved(fingerprints)
        facts = facts_to_decide_on(saved, removed, self.plan, self._save_stage)
        self._report_repeated_ids(fingerprints)
        self.state.add_counts(**self._counts())
        self.state.finish_stage("group", started)
        started = time.monotonic()
        self._write(facts, saved)
        self.state.finish_stage("documents", started)
        return self.state.finish(self.complain)

    def _save_stage(self, frame: DataFrame, name: str) -> DataFrame:
        """Save the result of a stage in the folder "work", unless it is there, and return it read from there."""
        self.frames[name] = self._save(frame, f"work/{name}", name)
        return self.frames[name]

    def _save(self, frame: DataFrame, name: str, stage: str) -> DataFrame:
        """Save a frame as Parquet, unless it is there, and return it read from there."""
        folder = self.plan.folder(name)
        self.tell(stage, 0, 1)
        if not (folder / "_SUCCESS").exists():
            self.spark.sparkContext.setJobDescription(stage)
            frame.write.mode("overwrite").option("compression", "zstd").parquet(str(folder))
        self.tell(stage, 1, 1)
        return self.spark.read.schema(frame.schema).parquet(str(folder))

    def _part_numbers(self, count: int) -> DataFrame:
        """Return the numbers of parts (`id`), each a task of its own."""
        return self.spark.range(0, count, 1, max(1, count))

    def _parts_with_lines(self) -> list[InputPart]:
        """Return the parts with the numbers of their first lines in their files."""
        pieces = [part for part in self.parts if part.is_piece_of_lines]
        if sum(part.size for part in pieces) < COUNTED_BY_DRIVER_BYTES:
            return with_first_lines(self.parts, {part.number: count_lines(part) for part in pieces})
        counted = self._part_numbers(len(pieces)).mapInArrow(_tasks.line_step(pieces), _tasks.LINES).collect()
        return with_first_lines(self.parts, {pieces[row["part"]].number: row["lines"] for row in counted})

    def _fingerprints(self) -> DataFrame:
        """Return the fingerprints of all parts that did not fail; report errors."""
        plan, folder = self.plan, self.plan.folder(FINGERPRINTS_FOLDER)
        _tasks.stop_file(plan).unlink(missing_ok=True)
        self.parts = self._parts_with_lines()
        frame = self._part_numbers(len(self.parts)).mapInArrow(_tasks.read_step(self.parts, plan), steps.FINGERPRINTS)
        fingerprints = self._save(frame, FINGERPRINTS_FOLDER, "fingerprint")
        failed = []
        errors = PartErrors(self.complain)
        for part in self.parts:
            path = _tasks.read_counts_file(plan, part)
            if not path.exists():  # the run was stopped before this part
                continue
            counts = json.loads(path.read_text())
            if counts["failed"] and plan.on_error == "stop":
                shutil.rmtree(folder)
                raise InputError(*counts["failed"])
            if counts["failed"]:
                failed.append(part.number)
            errors.tell(part, counts)
            self.paragraphs += counts["paragraphs"]
        errors.end()
        write_file(plan.folder(FAILED_FILE), json.dumps(failed).encode())
        return _without(fingerprints, failed)

    def _report_repeated_ids(self, fingerprints: DataFrame) -> None:
        """Report ids that several documents have."""
        named = fingerprints.where("at >= 0 and document <> ''").groupBy("document").count().where("count > 1")
        repeated = named.agg(F.sum(F.col("count") - 1).alias("count"), F.min("document").alias("name")).first()
        if repeated is not None and repeated["count"]:
            stop_or(self.plan, InputError(*repeated_id(repeated["name"], repeated["count"])), self.complain)

    def _saved(self, fingerprints: DataFrame) -> SavedFingerprints:
        """Return the fingerprints of this run, and of an earlier one if there is one, as files."""
        outs = [Path(self.plan.out)]
        paragraphs = self.paragraphs
        if self.plan.corpus_options.against:
            outs.append(Path(os.path.abspath(self.plan.corpus_options.against)))
            paragraphs += json.loads((outs[-1] / REPORT).read_text())["counts"]["paragraphs"]
        folders = [out / FINGERPRINTS_FOLDER for out in outs]
        files = sum(1 for folder in folders for _ in folder.glob("part-*.parquet"))
        return SavedFingerprints(fingerprints, folders, max(1, min(MOST_PARTITIONS, files)), paragraphs)

    def _counts(self) -> dict[str, int]:
        """Return the counts of the stages between reading and writing."""
        bounded = self.frames["pairs"].agg(F.sum("bounded").alias("total")).first()
        compared = self.frames["edges"].agg(F.sum("compared").alias("total"), F.count("later").alias("similar")).first()
        assert bounded is not None
        assert compared is not None
        left_out = F.coalesce(F.size("excluded"), F.lit(0))
        taking_part = self.frames["compared"].agg(F.sum(F.col("size") - left_out).alias("total")).first()
        assert taking_part is not None
        return {
            "keys": int(taking_part["total"] or 0) - self.frames["keys"].where("paragraph <> first").count(),
            "candidates": int(compared["total"] or 0),
            "bounded": int(bounded["total"] or 0),
            "pairs": int(compared["similar"]),
            "copied_documents": self.frames["copies"].count(),
        }

    def _write(self, facts: DataFrame, saved: SavedFingerprints) -> None:
        """Write documents and findings, part by part."""
        rows = facts.select(F.shiftright("at", RECORD_BITS).alias("part"), "at", *_decisions.FACTS)
        all_parts = self._part_numbers(len(self.parts)).select(
            F.col("id").alias("part"), F.lit(-1).cast("long").alias("at")
        )
        rows = all_parts.unionByName(rows, allowMissingColumns=True)
        step = _tasks.write_step(self.parts, self.plan, saved.files)
        self._save(rows.groupBy("part").applyInArrow(step, _tasks.REMOVED), REMOVED_FOLDER, "documents")
