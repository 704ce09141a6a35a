"""The engine for many machines: the steps of the local engine as Spark DataFrames; the driver collects nothing.

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
from dedupe.corpus._cutting import cut, shared_part_bytes
from dedupe.corpus._inputs import parts_of
from dedupe.corpus._plan import Plan
from dedupe.corpus._run_state import CorpusReport, RunState
from dedupe.corpus.settings import CorpusOptions
from dedupe.errors import DedupeError, InputError, MissingExtraError, OptionError
from dedupe.io.formats import ReadOptions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from typing_extensions import Unpack

    from dedupe.corpus.local import Tell
    from dedupe.options import Options, OptionValues

SHUFFLE_PARTITION_BYTES = 32 << 20
"""Bytes of input for each partition of a shuffle, which shuffles about as many bytes."""

ARROW_BATCH_BYTES = 16 << 20
"""Bytes that Spark hands to Python at once."""

SMALL_INPUT_BYTES = 1 << 27
"""Bytes of input below which compiling plans well costs more than it saves."""

QUICK_JAVA_OPTION = "-XX:TieredStopAtLevel=1"
"""The option of Java for them: compiling plans well took 34 of 92 s of CPU for 53 MB, and 15 of 85 s for 98 MB."""

_ERROR = regex.compile(r"dedupe\.errors\.\w++: (.++)")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned corpus, as lazy DataFrames.

    Attributes:
        documents: the columns as given, with the cleaned text, without dropped documents.
        dropped: documents that are contained in others, as given.
        findings: `document`, `key` and `finding`, an object of the json-lines output as text, a row each.
        problems: `document`, `key` and `problem`, a sentence, for documents on which the program failed, which are
            unchanged.
    """

    documents: DataFrame
    dropped: DataFrame
    findings: DataFrame
    problems: DataFrame


def session(master: str = "", memory: int = 0, size: int = SMALL_INPUT_BYTES) -> SparkSession:
    """Return a Spark session with the settings that suit an input.

    Args:
        master: the address of the cluster, as in "local[2]"; "" for that of the environment.
        memory: the memory of the driver in bytes; 0 for Spark's default.
        size: the bytes of the input.

    Raises:
        InputError: Java is missing.
        MissingExtraError: pyspark is missing.
    """
    require()
    if master.startswith("local") and size < SMALL_INPUT_BYTES:
        os.environ.setdefault("SPARK_SUBMIT_OPTS", QUICK_JAVA_OPTION)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("dedupe corpus")
    if master:
        builder = builder.master(master)
    if memory:
        builder = builder.config("spark.driver.memory", str(memory))
    made: SparkSession = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    return made


def require() -> None:
    """Raise an error if Java or pyspark is missing; have workers run this interpreter."""
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
    **values: Unpack[OptionValues],
) -> Cleaned:
    """Clean a DataFrame of documents.

    The result depends on the set of rows, not on their order or partitions; rows with the same id, date and text are
    interchangeable. Rows without text are unchanged. The frame and the results of the stages are persisted on the disks
    of the executors; stages between the first and the last may run at once, and are not computed again where an
    executor is lost, which is an error.

    Args:
        frame: the documents.
        text: the name of the column with the texts.
        id: the name of the column with the ids; "" for none.
        date: the name of the column with the dates (ISO 8601); "" for none.
        url: the name of the column with the addresses; "" for none.
        options: how duplicates are found and judged; None for the default options.
        corpus_options: options for corpora larger than memory; None for the default options.
        **values: options by their names, instead of `options` or in place of some of them.

    Returns:
        The cleaned documents, and the findings.

    Raises:
        OptionError: a column has a name that is used internally, or an option is not for frames.
    """
    from pyspark import StorageLevel
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it
    from pyspark.sql.types import StructType

    from dedupe.corpus.spark import _batches as steps
    from dedupe.corpus.spark import _decisions
    from dedupe.corpus.spark._frames import facts_to_decide_on
    from dedupe.corpus.spark._jobs import check_earlier, with_earlier
    from dedupe.corpus.spark._lookups import FramedFingerprints, paragraphs_with
    from dedupe.options import options_of

    for name in frame.columns:
        if name in ("at", "_text", "_id", "_date", "_url", *_decisions.DECISION_COLUMNS):
            raise OptionError(f"a column is named {name!r}, which is needed inside; rename it")
    corpus_options = corpus_options or CorpusOptions()
    if corpus_options.sample:
        raise OptionError("sample is for files; of a frame, clean frame.sample(...)")
    plan = Plan(options_of(options, values), ReadOptions(), corpus_options)
    check_earlier(plan)

    def keep(made: DataFrame, _: str) -> DataFrame:
        return made.persist(StorageLevel.DISK_ONLY)

    def keep_stage(made: DataFrame, _: str) -> DataFrame:
        # A plan holds those of all stages that it names, as often as it names them; a checkpoint has none.
        return made.localCheckpoint(eager=False, storageLevel=StorageLevel.DISK_ONLY)

    columns = [steps.TEXT, steps.ID, steps.DATE, steps.URL]
    numbered = frame.withColumn("at", F.monotonically_increasing_id())
    for name, column in zip(columns, (text, id, date, url), strict=True):
        numbered = numbered.withColumn(name, F.col(f"`{column}`").cast("string") if column else F.lit(""))
    numbered = keep(numbered, "given")
    fingerprints = numbered.select("at", *columns).mapInArrow(steps.fingerprint_step(plan), steps.FINGERPRINTS)
    fingerprints, removed = with_earlier(keep(fingerprints, "fingerprints"), frame.sparkSession, corpus_options)
    facts = facts_to_decide_on(FramedFingerprints(fingerprints), removed, plan, keep_stage)
    facts = facts.groupBy("at").agg(F.collect_list(F.struct(*_decisions.FACTS)).alias("facts"))
    to_decide = fingerprints.select(
        "at", *_decisions.DOCUMENT_COLUMNS, paragraphs_with(_decisions.PARAGRAPH_FIELDS)
    ).join(facts, "at", "left")
    joined = numbered.join(to_decide.where(_decisions.IS_DECIDED_ON), "at", "left")
    joined = joined.select(*numbered.columns, *_decisions.DECISION_COLUMNS)
    added = StructType.fromDDL(f"{_decisions.FINDINGS} string, {_decisions.DROPPED} boolean")
    assert isinstance(added, StructType)
    schema = StructType([*numbered.schema.fields, *added.fields])
    judged = keep(joined.mapInArrow(_decisions.decision_step(plan), schema), "judged")
    whole = [F.col("_text").alias(name) if name == text else F.col(f"`{name}`") for name in frame.columns]
    report = "document string, key string, problem string, findings array<string>"
    reports = judged.where(f"{_decisions.FINDINGS} is not null").select(
        F.from_json(_decisions.FINDINGS, report).alias("one")
    )
    findings = reports.select("one.document", "one.key", F.explode("one.findings").alias("finding"))
    problems = reports.where("one.problem is not null").select("one.document", "one.key", "one.problem")
    documents, dropped = (
        judged.where(which).select(whole) for which in (f"not {_decisions.DROPPED}", _decisions.DROPPED)
    )
    return Cleaned(documents, dropped, findings, problems)


def clean_files(
    paths: Sequence[str],
    plan: Plan,
    *,
    complain: Callable[[str], None] = lambda _: None,
    tell: Tell = lambda *_: None,
    note: Callable[[str], None] = lambda _: None,
) -> CorpusReport:
    """Clean files into the output folder, which all workers reach; continue a run that was interrupted.

    Raises `OptionError` if the folder has something else than a run with the same inputs and options, or its name is
    not UTF-8.
    """
    from dedupe.corpus.local import stop_or

    for option, folder in (("--output", plan.out), ("--against", plan.corpus_options.against)):
        if folder != as_text(folder):
            raise OptionError(
                f"{option} {as_text(folder)} has a name that is not UTF-8, which Spark cannot open; rename it"
            )

    require()
    from dedupe.corpus.spark._jobs import SparkRun, check_earlier  # it loads pyspark

    check_earlier(plan)
    whole = parts_of(paths, plan.read_options, lambda error: stop_or(plan, error, complain), plan.walk_options, note)
    size = sum(part.size for part in whole)
    parts = cut(whole, shared_part_bytes(whole))
    state = RunState(plan.out, plan.identity, parts)
    if state.complete:
        return state.report(complain)
    plan = replace(plan, out=os.path.abspath(plan.out))
    spark = session(plan.corpus_options.master, plan.corpus_options.memory_bytes, size)
    _tune(spark, size)
    with _sentences():
        return SparkRun(spark, plan, parts, state, complain, tell).run()


def _tune(spark: SparkSession, size: int) -> None:
    """Set, unless they are set, the number of partitions that the size needs, and batches that fit into memory."""
    from dedupe.corpus.spark._lookups import MOST_PARTITIONS

    most = max(2 * spark.sparkContext.defaultParallelism, min(MOST_PARTITIONS, size // SHUFFLE_PARTITION_BYTES))
    settings = {"spark.sql.shuffle.partitions": most, "spark.sql.execution.arrow.maxBytesPerBatch": ARROW_BATCH_BYTES}
    configured = spark.sparkContext.getConf()
    for name, value in settings.items():
        if not configured.contains(name):
            spark.conf.set(name, str(value))


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn errors of workers that are ours into `DedupeError`."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        if (found := _ERROR.search(str(error))) is None:
            raise
        raise DedupeError(found[1]) from None


__all__ = ["Cleaned", "clean", "session"]
