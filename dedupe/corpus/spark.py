"""The engine for many machines: the same steps as Spark DataFrames, with nothing collected to the driver.

Workers need this package and its extra `spark`; Java comes from the system.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import regex

from dedupe.corpus.outcome import CorpusReport, RunState, repeated_id, tell_errors
from dedupe.corpus.parts import Part, count_lines, cut
from dedupe.corpus.scaling import Scaling
from dedupe.corpus.sources import PART, parts_of
from dedupe.errors import DedupeError, InputError, MissingExtraError, OptionError
from dedupe.options import Options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedupe.corpus.local import Plan, Tell

LEAST_PART, PARTS = 4 << 20, 64
"""Bytes of the smallest parts, and how many parts there are to be until those have reached their full size."""

SHUFFLED = 32 << 20
"""Bytes of input for which there is one partition of a shuffle: what is shuffled of them at once is about as much."""

MOST_PARTITIONS = 8000
"""Partitions of a shuffle at most: each of them asks each task before it for its share."""

BATCH = 16 << 20
"""Bytes that Spark hands to Python at once."""

QUICK = "-XX:TieredStopAtLevel=1"
"""What Java is told on one machine: more than half of its time went into compiling plans better than they need."""

COUNTED_HERE = 1 << 30
"""Bytes of files whose lines are counted at once, in about a second, rather than by workers."""

_ERROR = regex.compile(r"dedupe\.errors\.(\w++): (.++)")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A corpus after cleaning: DataFrames, computed when they are asked for.

    `documents`: the columns as given, the text cleaned, without what is dropped. `dropped`: documents that are known
    elsewhere, as given. `findings`: `document`, `key` and `finding`, the objects of json-lines as text, one a row.
    """

    documents: DataFrame
    dropped: DataFrame
    findings: DataFrame


def session(master: str = "", memory: int = 0) -> SparkSession:
    """Return a Spark session; raise an error that says what is missing where there can be none."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise InputError(
            "spark", "needs Java 17, which is not on this machine; install it (openjdk-17-jre-headless on Debian)"
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_SUBMIT_OPTS", QUICK)
    try:
        from pyspark.sql import SparkSession  # 400 ms, and a Java machine with it
    except ImportError:
        raise MissingExtraError("pyspark", "spark") from None
    builder = SparkSession.builder.appName("dedupe corpus")
    if master:
        builder = builder.master(master)
    if memory:
        builder = builder.config("spark.driver.memory", str(memory))
    made: SparkSession = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    return made


def clean(
    frame: DataFrame,
    text: str = "text",
    id: str = "",
    date: str = "",
    url: str = "",
    *,
    options: Options | None = None,
    scaling: Scaling | None = None,
) -> Cleaned:
    """Clean a DataFrame of documents, by the names of its columns.

    The answer is a function of the set of rows, whatever their order and their partitions; rows alike in id, date and
    text are interchangeable. Rows without text stay as they are. The frame and what the stages make of it are persisted
    on the disks of the executors.
    """
    from pyspark import StorageLevel
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it
    from pyspark.sql.types import StructType

    from dedupe.corpus import batches as steps
    from dedupe.corpus.frames import touched

    for name in frame.columns:
        if name in ("at", "_text", "_id", "_date", "_url", *steps.TAKEN):
            raise OptionError(f"a column is named {name!r}, which is needed inside; rename it")
    scaling = scaling or Scaling()
    if scaling.sample:
        raise OptionError("sample is for files; of a frame, clean frame.sample(...)")

    def keep(made: DataFrame, _: str) -> DataFrame:
        return made.persist(StorageLevel.DISK_ONLY)

    asked = steps.Asked(options or Options(), scaling)
    inner = [steps.TEXT, steps.ID, steps.DATE, steps.URL]
    given = frame.withColumn("at", F.monotonically_increasing_id())
    for name, column in zip(inner, (text, id, date, url), strict=True):
        given = given.withColumn(name, F.col(f"`{column}`").cast("string") if column else F.lit(""))
    given = keep(given, "given")
    prints = given.select("at", *inner).mapInArrow(steps.fingerprints(asked), steps.PRINTS)
    prints, gone = _with_earlier(keep(prints, "fingerprints"), frame.sparkSession, scaling)
    joined = given.join(touched(prints, gone, asked, keep), "at", "left").select(*given.columns, *steps.TAKEN)
    added = StructType.fromDDL("_said string, _dropped boolean")
    assert isinstance(added, StructType)
    judged = keep(joined.mapInArrow(steps.fates(asked), StructType([*given.schema.fields, *added.fields])), "judged")
    whole = [F.col("_text").alias(name) if name == text else F.col(f"`{name}`") for name in frame.columns]
    schema = "document string, key string, findings array<string>"
    said = judged.where("_said is not null").select(F.from_json("_said", schema).alias("one"))
    findings = said.select("one.document", "one.key", F.explode("one.findings").alias("finding"))
    return Cleaned(judged.where("not _dropped").select(whole), judged.where("_dropped").select(whole), findings)


def _with_earlier(prints: DataFrame, spark: SparkSession, scaling: Scaling) -> tuple[DataFrame, DataFrame | None]:
    """Return fingerprints with those of an earlier run, and what of that one is no longer in its output."""
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.frames import EARLIER

    if not scaling.against:
        return prints, None
    earlier = Path(os.path.abspath(scaling.against))
    folders = [earlier / "fingerprints" / name for name in ("prints", "gone")]
    if not (earlier / "report.json").exists() or not all((folder / "_SUCCESS").exists() for folder in folders):
        raise OptionError(
            f"against must be the folder of a complete run of the engine spark, with fingerprints, not "
            f"{scaling.against!r}"
        )
    kept = json.loads((earlier / "run.json").read_text())["identity"]["settings"]["scaling"]
    if (banding := (kept["bands"], kept["band_rows"])) != (scaling.bands, scaling.band_rows):
        raise OptionError(f"against needs the bands of the earlier run: --bands {banding[0]} --band-rows {banding[1]}")
    shifted = (F.col("at") + F.lit(EARLIER)).alias("at")
    old, gone = (spark.read.parquet(str(folder)) for folder in folders)
    old = old.select(*(shifted if name == "at" else name for name in prints.columns))
    return prints.unionByName(old), gone.select(shifted, "number")


def clean_files(
    paths: Sequence[str], plan: Plan, *, complain: Callable[[str], None] = lambda _: None, tell: Tell = lambda *_: None
) -> CorpusReport:
    """Clean files into OUT; OUT and the files are reached by all workers. What a killed run had done is kept.

    Raises `OptionError` when OUT holds something else than a run of the same inputs and options.
    """
    from dedupe.corpus.local import stop_or

    whole = parts_of(paths, plan.reading, lambda error: stop_or(plan, error, complain), whole=True)
    size = sum(part.size for part in whole)
    parts = cut(whole, min(PART, max(LEAST_PART, size // PARTS)))
    state = RunState(plan.out, plan.identity, parts)
    if state.complete:
        return state.report()
    plan = replace(plan, out=os.path.abspath(plan.out))
    spark = session(plan.scaling.master, plan.scaling.memory_bytes)
    _tune(spark, size)
    with _sentences():
        return _Run(spark, plan, parts, state, complain, tell).run()


def _tune(spark: SparkSession, size: int) -> None:
    """Set what nobody has set: as many partitions as this size of input needs, and batches that fit into memory."""
    most = max(2 * spark.sparkContext.defaultParallelism, min(MOST_PARTITIONS, size // SHUFFLED))
    settings = {"spark.sql.shuffle.partitions": most, "spark.sql.execution.arrow.maxBytesPerBatch": BATCH}
    given = spark.sparkContext.getConf()
    for name, value in settings.items():
        if not given.contains(name):
            spark.conf.set(name, str(value))


@contextmanager
def _sentences() -> Iterator[None]:
    """Raise what is raised on a worker as the sentence it is."""
    from pyspark.errors import PySparkException

    from dedupe import errors

    try:
        yield
    except PySparkException as error:
        found = _ERROR.search(str(error))
        kind = getattr(errors, found[1], None) if found else None
        if found is None or kind is None:
            raise
        raise InputError("spark", found[2]) if kind is InputError else DedupeError(found[2]) from None


class _Run:
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
        from dedupe.corpus import batches as steps
        from dedupe.corpus.frames import touched

        asked = steps.Asked(self.plan.options, self.plan.scaling)
        started = time.monotonic()
        self.plan.folder("work").mkdir(exist_ok=True)
        prints = self._fingerprints()
        self.state.took("fingerprint", started)
        started = time.monotonic()
        prints, gone = _with_earlier(prints, self.spark, self.plan.scaling)
        known = touched(prints, gone, asked, self._keep)
        self._note_ids(prints)
        self.state.note(**self._counts())
        self.state.took("group", started)
        started = time.monotonic()
        self._write(known)
        self.state.took("documents", started)
        return self.state.finish()

    def _keep(self, made: DataFrame, name: str) -> DataFrame:
        """Write what a stage has made below OUT/work, unless it is there, and return it as it is read from there."""
        self.kept[name] = self._stored(made, f"work/{name}")
        return self.kept[name]

    def _stored(self, made: DataFrame, name: str) -> DataFrame:
        folder = self.plan.folder(name)
        if not (folder / "_SUCCESS").exists():
            self.spark.sparkContext.setJobDescription(folder.name)
            made.write.mode("overwrite").option("compression", "zstd").parquet(str(folder))
        self.tell(folder.name, 1, 1)
        return self.spark.read.schema(made.schema).parquet(str(folder))

    def _numbers(self, count: int) -> DataFrame:
        """Return the numbers of parts (`id`), each a task of its own."""
        return self.spark.range(0, count, 1, max(1, count))

    def _counted(self) -> list[Part]:
        """Return the parts with the numbers of their first lines in their files."""
        from dedupe.corpus import tasks

        pieces = [part for part in self.parts if part.stop]
        if sum(part.size for part in pieces) < COUNTED_HERE:
            lines = {part.number: count_lines(part) for part in pieces}
        else:
            counted = self._numbers(len(pieces)).mapInArrow(tasks.lines(pieces), tasks.LINES).collect()
            lines = {pieces[row["part"]].number: row["lines"] for row in counted}
        found: list[Part] = []
        for _, group in groupby(self.parts, key=lambda part: part.names):
            line = 1
            for part in group:
                found.append(replace(part, line=line))
                line += lines.get(part.number, 0)
        return found

    def _fingerprints(self) -> DataFrame:
        from pyspark.sql import functions as F  # noqa: N812

        from dedupe.corpus import tasks
        from dedupe.corpus.batches import PRINTS

        plan, folder = self.plan, self.plan.folder("fingerprints/prints")
        tasks.stopped(plan).unlink(missing_ok=True)
        self.parts = self._counted()
        made = self._numbers(len(self.parts)).mapInArrow(tasks.read(self.parts, plan), PRINTS)
        prints = self._stored(made, "fingerprints/prints")
        failed = []
        for part in self.parts:
            path = tasks.counts_of(plan, part)
            if not path.exists():  # the run was stopped before it
                continue
            counts = json.loads(path.read_text())
            if counts["failed"] and plan.on_error == "stop":
                shutil.rmtree(folder)
                raise InputError(*counts["failed"])
            if counts["failed"]:
                failed.append(part.number)
            tell_errors(part, counts, self.complain)
        return prints.where(~F.shiftright("at", tasks.BITS).isin(failed)) if failed else prints

    def _note_ids(self, prints: DataFrame) -> None:
        """Tell of ids that several documents have."""
        from pyspark.sql import functions as F  # noqa: N812

        from dedupe.corpus.local import stop_or

        named = prints.where("at >= 0 and document <> ''").groupBy("document").count().where("count > 1")
        twice = named.agg(F.sum(F.col("count") - 1).alias("count"), F.min("document").alias("name")).first()
        if twice is not None and twice["count"]:
            stop_or(self.plan, InputError(*repeated_id(twice["name"], twice["count"])), self.complain)

    def _counts(self) -> dict[str, int]:
        """Return the counts of the stages between reading and writing."""
        from pyspark.sql import functions as F  # noqa: N812

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
        from pyspark.sql import functions as F  # noqa: N812

        from dedupe.corpus import tasks
        from dedupe.corpus.batches import TAKEN

        rows = known.select(F.shiftright("at", tasks.BITS).alias("part"), "at", *TAKEN)
        every = self._numbers(len(self.parts)).select(F.col("id").alias("part"), F.lit(-1).cast("long").alias("at"))
        rows = every.unionByName(rows, allowMissingColumns=True)
        made = rows.groupBy("part").applyInArrow(tasks.written(self.parts, self.plan), tasks.GONE)
        self._stored(made, "fingerprints/gone")


__all__ = ["Cleaned", "clean", "clean_files", "session"]
