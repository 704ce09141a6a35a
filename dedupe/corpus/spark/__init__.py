"""The engine for many machines: the same steps as Spark DataFrames, with nothing collected to the driver.

Workers need this package and its extra `spark`; Java comes from the system.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import regex

from dedupe._places import as_text
from dedupe.corpus._inputs import PART, parts_of
from dedupe.corpus._parts import cut
from dedupe.corpus._run_state import CorpusReport, RunState
from dedupe.corpus.settings import CorpusOptions
from dedupe.errors import DedupeError, InputError, MissingExtraError, OptionError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedupe.corpus.local import Plan, Tell
    from dedupe.options import Options

LEAST_PART, PARTS = 4 << 20, 64
"""Bytes of the smallest parts, and how many parts there are to be until those have reached their full size."""

SHUFFLED = 32 << 20
"""Bytes of input for which there is one partition of a shuffle: what is shuffled of them at once is about as much."""

MOST_PARTITIONS = 8000
"""Partitions of a shuffle at most: each of them asks each task before it for its share."""

BATCH = 16 << 20
"""Bytes that Spark hands to Python at once."""

SMALL = 1 << 27
"""Bytes of input that count as few on one machine."""

QUICK = "-XX:TieredStopAtLevel=1"
"""What Java is told for them: compiling plans well took 34 of 92 s of CPU for 53 MB, and 15 of 85 s for 98 MB."""

_ERROR = regex.compile(r"dedupe\.errors\.\w++: (.++)")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A corpus after cleaning: DataFrames, computed when they are asked for.

    `documents`: the columns as given, the text cleaned, without what is dropped. `dropped`: documents that are known
    elsewhere, as given. `findings`: `document`, `key` and `finding`, the objects of json-lines as text, one a row.
    `problems`: `document`, `key` and `problem`, a sentence, for documents on which the program failed; they stay as
    they are.
    """

    documents: DataFrame
    dropped: DataFrame
    findings: DataFrame
    problems: DataFrame


def session(master: str = "", memory: int = 0, size: int = SMALL) -> SparkSession:
    """Return a Spark session for so many bytes of input; raise an error that says what is missing where there can be
    none.
    """
    require()
    if master.startswith("local") and size < SMALL:
        os.environ.setdefault("SPARK_SUBMIT_OPTS", QUICK)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("dedupe corpus")
    if master:
        builder = builder.master(master)
    if memory:
        builder = builder.config("spark.driver.memory", str(memory))
    made: SparkSession = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    return made


def require() -> None:
    """Raise an error that says what is missing, where there can be no Spark; workers run this interpreter."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise InputError(
            "spark", "needs Java 17, which is not on this machine; install it (openjdk-17-jre-headless on Debian)"
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        import pyspark.sql  # noqa: F401  400 ms, and a Java machine later
    except ImportError:
        raise MissingExtraError("pyspark", "spark") from None


def clean(
    frame: DataFrame,
    text: str = "text",
    id: str = "",
    date: str = "",
    url: str = "",
    *,
    options: Options | None = None,
    corpus_options: CorpusOptions | None = None,
) -> Cleaned:
    """Clean a DataFrame of documents, by the names of its columns.

    The answer is a function of the set of rows, whatever their order and their partitions; rows alike in id, date and
    text are interchangeable. Rows without text stay as they are. The frame and what the stages make of it are persisted
    on the disks of the executors.
    """
    from pyspark import StorageLevel
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it
    from pyspark.sql.types import StructType

    from dedupe.corpus.spark import _batches as steps
    from dedupe.corpus.spark import _decisions
    from dedupe.corpus.spark._frames import touched
    from dedupe.corpus.spark._jobs import check_earlier, with_earlier
    from dedupe.deduper import checked_options

    for name in frame.columns:
        if name in ("at", "_text", "_id", "_date", "_url", *_decisions.TAKEN):
            raise OptionError(f"a column is named {name!r}, which is needed inside; rename it")
    corpus_options = corpus_options or CorpusOptions()
    if corpus_options.sample:
        raise OptionError("sample is for files; of a frame, clean frame.sample(...)")
    asked = steps.SparkPlan(checked_options(options), corpus_options)
    check_earlier(asked)

    def keep(made: DataFrame, _: str) -> DataFrame:
        return made.persist(StorageLevel.DISK_ONLY)

    inner = [steps.TEXT, steps.ID, steps.DATE, steps.URL]
    given = frame.withColumn("at", F.monotonically_increasing_id())
    for name, column in zip(inner, (text, id, date, url), strict=True):
        given = given.withColumn(name, F.col(f"`{column}`").cast("string") if column else F.lit(""))
    given = keep(given, "given")
    prints = given.select("at", *inner).mapInArrow(steps.fingerprints(asked), steps.PRINTS)
    prints, gone = with_earlier(keep(prints, "fingerprints"), frame.sparkSession, corpus_options)
    joined = given.join(touched(prints, gone, asked, keep), "at", "left").select(*given.columns, *_decisions.TAKEN)
    added = StructType.fromDDL("_said string, _dropped boolean")
    assert isinstance(added, StructType)
    judged = keep(
        joined.mapInArrow(_decisions.fates(asked), StructType([*given.schema.fields, *added.fields])), "judged"
    )
    whole = [F.col("_text").alias(name) if name == text else F.col(f"`{name}`") for name in frame.columns]
    schema = "document string, key string, problem string, findings array<string>"
    said = judged.where("_said is not null").select(F.from_json("_said", schema).alias("one"))
    findings = said.select("one.document", "one.key", F.explode("one.findings").alias("finding"))
    problems = said.where("one.problem is not null").select("one.document", "one.key", "one.problem")
    documents, dropped = (judged.where(which).select(whole) for which in ("not _dropped", "_dropped"))
    return Cleaned(documents, dropped, findings, problems)


def clean_files(
    paths: Sequence[str],
    plan: Plan,
    *,
    complain: Callable[[str], None] = lambda _: None,
    tell: Tell = lambda *_: None,
    note: Callable[[str], None] = lambda _: None,
) -> CorpusReport:
    """Clean files into OUT; OUT and the files are reached by all workers. What a killed run had done is kept.

    Raises `OptionError` when OUT holds something else than a run of the same inputs and options, or has a name that is
    no text to Java.
    """
    from dedupe.corpus.local import stop_or

    for option, folder in (("--output", plan.out), ("--against", plan.corpus_options.against)):
        if folder != as_text(folder):
            raise OptionError(
                f"{option} {as_text(folder)} has a name that is not UTF-8, which Spark cannot open; rename it"
            )

    require()
    from dedupe.corpus.spark._batches import SparkPlan
    from dedupe.corpus.spark._jobs import SparkRun, check_earlier  # it loads pyspark

    check_earlier(SparkPlan(plan.options, plan.corpus_options))
    whole = parts_of(
        paths, plan.read_options, lambda error: stop_or(plan, error, complain), True, plan.walk_options, note=note
    )
    size = sum(part.size for part in whole)
    parts = cut(whole, min(PART, max(LEAST_PART, size // PARTS)))
    state = RunState(plan.out, plan.identity, parts)
    if state.complete:
        return state.report(complain)
    plan = replace(plan, out=os.path.abspath(plan.out))
    spark = session(plan.corpus_options.master, plan.corpus_options.memory_bytes, size)
    _tune(spark, size)
    with _sentences():
        return SparkRun(spark, plan, parts, state, complain, tell).run()


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

    try:
        yield
    except PySparkException as error:
        if (found := _ERROR.search(str(error))) is None:
            raise
        raise DedupeError(found[1]) from None


__all__ = ["Cleaned", "clean", "clean_files", "session"]
