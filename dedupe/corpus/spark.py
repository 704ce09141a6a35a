"""The engine for many machines: the same steps as Spark DataFrames, with nothing collected to the driver.

Workers need this package and its extra `spark`; Java comes from the system.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dedupe.corpus.outcome import CorpusReport, RunState
from dedupe.corpus.scaling import Scaling
from dedupe.corpus.sources import parts_of
from dedupe.errors import InputError, MissingExtraError, OptionError
from dedupe.options import Options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from dedupe.corpus.local import Plan, Tell


Keep = Callable[["DataFrame", str], "DataFrame"]
"""Keeps what a stage has made, under a name, so that it is not made again."""


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
    text are interchangeable. Rows without text stay as they are. What the stages make is persisted on the disks of the
    executors; `frame` must give the same rows when it is computed again.
    """
    _ready(frame)
    judged = _judged(frame, (text, id, date, url), options or Options(), scaling or Scaling(), _persisted)
    return _split(judged, frame.columns, text)


def _ready(frame: DataFrame) -> None:
    for name in frame.columns:
        if name in ("at", "_text", "_id", "_date", "_url"):
            raise OptionError(f"a column is named {name!r}, which is needed inside; rename it")


def _persisted(frame: DataFrame, name: str) -> DataFrame:
    from pyspark import StorageLevel

    return frame.persist(StorageLevel.DISK_ONLY)


def _split(judged: DataFrame, columns: Sequence[str], text: str) -> Cleaned:
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

    whole = [F.col("_text").alias(name) if name == text else F.col(f"`{name}`") for name in columns]
    schema = "document string, key string, findings array<string>"
    said = judged.where("_said is not null").select(F.from_json("_said", schema).alias("one"))
    findings = said.select("one.document", "one.key", F.explode("one.findings").alias("finding"))
    return Cleaned(judged.where("not _dropped").select(whole), judged.where("_dropped").select(whole), findings)


def _judged(
    frame: DataFrame, names: tuple[str, str, str, str], options: Options, scaling: Scaling, keep: Keep
) -> DataFrame:
    """Return the frame with `at`, `_text` (cleaned), `_id`, `_cuts`, `_said`, `_dropped` and `_unsettled`."""
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql import types as T  # noqa: N812

    from dedupe.corpus import batches as steps

    if scaling.against or scaling.sample:
        raise OptionError("against and sample work with the local engine; leave out --engine")
    asked = steps.Asked(options, scaling)
    inner = [steps.TEXT, steps.ID, steps.DATE, steps.URL]
    given = frame.withColumn("at", F.monotonically_increasing_id())
    for name, column in zip(inner, names, strict=True):
        given = given.withColumn(name, F.col(f"`{column}`").cast("string") if column else F.lit(""))
    prints = keep(given.select("at", *inner).mapInArrow(steps.fingerprints(asked), steps.PRINTS), "fingerprints")

    whole = prints.where("words > 0")
    groups = whole.groupBy("high", "low").agg(F.min("order").alias("first"), F.count("*").alias("members"))
    groups = groups.where("members > 1").select("high", "low", "first")
    member = whole.join(groups, ["high", "low"])
    home = F.struct("document", "digest", "points", "lines", "remaining").alias("copy")
    firsts = member.where("order = first").select("high", "low", F.col("at").alias("first_at"), home)
    copies = member.where("order <> first").select("high", "low", "at").join(firsts, ["high", "low"])
    copies = keep(copies.select("at", "copy", "first_at"), "copies")
    kept = copies.select(F.col("first_at").alias("at")).distinct()

    alone = prints.join(copies.select("at"), "at", "left_anti")
    rows = alone.select("at", "host", "order", F.explode("rows").alias("row")).select("at", "host", "order", "row.*")
    record = F.struct("at", "order", *steps.ROW)
    keys = rows.groupBy("high", "low").agg(
        F.min_by(record, F.struct("order", "number")).alias("rep"), F.count("*").alias("members")
    )
    keys = keep(keys, "keys")
    reps = keys.select("rep.*")

    banded = reps.select("high", "low", "at", "order", "number", "text").mapInArrow(steps.bands(scaling), steps.BANDS)
    sorted_ = banded.repartition("bucket").sortWithinPartitions("bucket", "order", "number")
    proposed = keep(sorted_.mapInArrow(steps.pairs(scaling.window), steps.PAIRS), "pairs")
    sides = ["later_high", "later_low", "earlier_high", "earlier_low"]
    paired = proposed.select(sides).distinct()
    for side in ("later", "earlier"):
        texts = reps.select(
            F.col("high").alias(f"{side}_high"), F.col("low").alias(f"{side}_low"), F.col("text").alias(f"{side}_text")
        )
        paired = paired.join(texts, [f"{side}_high", f"{side}_low"])
    edges = keep(paired.mapInArrow(steps.edges(asked), steps.EDGES), "edges")

    firm = edges
    if options.across == "remove":
        moving = edges.where("bearable").select(F.col("later_high").alias("high"), F.col("later_low").alias("low"))
        moving = moving.distinct().join(reps.select("high", "low", "at"), ["high", "low"])
        moving = moving.join(kept, "at", "left_anti")
        moving = moving.select(F.col("high").alias("earlier_high"), F.col("low").alias("earlier_low"))
        firm = edges.join(moving, ["earlier_high", "earlier_low"], "left_anti")
    homes = reps.select(
        F.col("high").alias("earlier_high"),
        F.col("low").alias("earlier_low"),
        F.struct("at", "order", *steps.ROW).alias("home"),
    )
    grouped = firm.join(homes, ["earlier_high", "earlier_low"]).groupBy("later_high", "later_low", "bearable")
    best = grouped.agg(F.min_by("home", F.struct("home.order", "home.number")).alias("home"))
    best = best.withColumnsRenamed({"later_high": "high", "later_low": "low"})
    firmly = best.where("bearable").select("high", "low", F.col("home").alias("firm"))
    nearly = best.where("not bearable").select("high", "low", F.col("home").alias("nearly"))
    known = keys.join(firmly, ["high", "low"], "left").join(nearly, ["high", "low"], "left")
    known = known.where("members > 1 or firm is not null or nearly is not null")
    mine = F.struct("at", "order", *steps.ROW).alias("mine")
    repeats = rows.select("high", "low", "host", mine).join(known, ["high", "low"])
    if scaling.boilerplate:
        said = rows.where("host <> 0").groupBy("high", "low", "host").agg(F.count_distinct("at").alias("documents"))
        said = said.where(F.col("documents") >= scaling.boilerplate).withColumn("boilerplate", F.lit(True))
        repeats = repeats.join(said.drop("documents"), ["high", "low", "host"], "left")
    else:
        repeats = repeats.withColumn("boilerplate", F.lit(False))
    own = F.col("mine.at").eqNullSafe(F.col("rep.at")) & F.col("mine.number").eqNullSafe(F.col("rep.number"))
    target = F.coalesce("firm", F.when(own, F.col("nearly")).otherwise(F.col("rep")))
    repeats = repeats.select("mine", target.alias("home"), "boilerplate").where(
        "home is not null and home.at <> mine.at"
    )
    repeats = keep(repeats, "repeats")
    originals = repeats.select("home.at").union(copies.select("first_at")).distinct()

    found = repeats.groupBy("mine.at").agg(F.collect_list(F.struct("mine", "home", "boilerplate")).alias("repeats"))
    about = prints.select("at", "digest", "words", "inner", "remaining", "points", "lines")
    joined = given.join(about, "at", "left").join(found, "at", "left").join(copies.select("at", "copy"), "at", "left")
    joined = joined.join(kept.withColumn("kept", F.lit(True)), "at", "left")
    joined = joined.join(originals.withColumn("original", F.lit(True)), "at", "left")
    added = "_cuts array<long>, _said string, _dropped boolean, _unsettled boolean"
    schema = T.StructType([*given.schema.fields, *_fields(added)])
    joined = joined.select(*given.columns, *steps.TAKEN)  # a batch has its columns by place
    return keep(joined.mapInArrow(steps.fates(asked), schema), "judged")


def _total(column: DataFrame) -> int:
    """Return the sum of the only column."""
    from pyspark.sql import functions as F  # noqa: N812

    row = column.agg(F.sum(column.columns[0]).alias("total")).first()
    return int(row["total"] or 0) if row is not None else 0


def _fields(ddl: str) -> list[Any]:
    """Return the fields of a schema in Spark's own words."""
    from pyspark.sql.types import StructType

    schema = StructType.fromDDL(ddl)
    assert isinstance(schema, StructType)
    return schema.fields


def clean_files(
    paths: Sequence[str], plan: Plan, *, complain: Callable[[str], None] = lambda _: None, tell: Tell = lambda *_: None
) -> CorpusReport:
    """Clean files into OUT, which all workers reach; return what was done. What a killed run had done is kept.

    JSON lines or Parquet; `OUT/documents` are then of the same kind. Raises `OptionError` when OUT holds something
    else than a run of the same inputs and options.
    """
    import time

    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus import batches as steps

    sources = parts_of(paths, plan.reading, lambda error: complain(str(error)))
    kinds = {part.format for part in sources}
    if len(kinds) > 1 or not kinds <= {"json-lines", "parquet"}:
        raise OptionError(f"the engine spark reads JSON lines or Parquet, not {' with '.join(sorted(kinds))}")
    state = RunState(plan.out, {**plan.identity, "engine": "spark"}, sources)
    if state.complete:
        return state.report()
    started = time.monotonic()
    spark = session(plan.scaling.master, plan.scaling.memory_bytes)
    names = list(dict.fromkeys(name for part in sources for name in part.names))
    reading = plan.reading
    if kinds == {"parquet"}:
        frame = spark.read.parquet(*names)
        columns = (reading.field[0], reading.id, reading.date, reading.url)
    else:
        lines = spark.read.text(names, lineSep="\n")
        frame = lines.mapInArrow(steps.parsed(reading), steps.PARSED)
        columns = ("text", "id", "date", "url")

    def keep(made: DataFrame, name: str) -> DataFrame:
        folder = os.path.join(os.path.abspath(plan.out), "fingerprints" if name == "fingerprints" else f"work/{name}")
        if not os.path.exists(os.path.join(folder, "_SUCCESS")):
            made.write.mode("overwrite").parquet(folder)
        tell(name, 1, 1)
        return spark.read.schema(made.schema).parquet(folder)

    kept: dict[str, DataFrame] = {}

    def noted(made: DataFrame, name: str) -> DataFrame:
        kept[name] = keep(made, name)
        return kept[name]

    judged = _judged(frame, columns, plan.options, plan.scaling, noted)
    stay = judged.where("not _dropped")
    gone = judged.where("_dropped")
    out = os.path.abspath(plan.out)
    if kinds == {"parquet"}:
        whole = _split(judged, frame.columns, reading.field[0])
        whole.documents.write.mode("overwrite").parquet(f"{out}/documents")
        whole.dropped.write.mode("overwrite").parquet(f"{out}/dropped")
    else:
        lines = stay.select("value", "_cuts").mapInArrow(steps.rebuilt(reading), "value string")
        lines.write.mode("overwrite").text(f"{out}/documents")
        gone.select("value").write.mode("overwrite").text(f"{out}/dropped")
    judged.where("_said is not null").select("_said").write.mode("overwrite").text(f"{out}/findings")
    state.took("spark", started)
    schema = "findings array<struct<action: string, kind: string>>"
    said = judged.where("_said is not null").select(F.explode(F.from_json("_said", schema).findings).alias("one"))
    kinds_found = said.groupBy("one.action", "one.kind").count().collect()
    found = {f"{row['action']} {row['kind']}": row["count"] for row in kinds_found}
    counts = judged.select(
        F.count("_text").alias("documents"),
        F.count("*").alias("records"),
        F.count_if(F.col("_text").isNull()).alias("bad"),
        F.count_if("_dropped").alias("dropped"),
        F.count_if("_unsettled").alias("unsettled"),
        F.count_if((F.size("_cuts") > 0) & ~F.col("_dropped")).alias("changed"),
    ).first()
    assert counts is not None
    pairs = kept["pairs"]
    sides = [name for name in pairs.columns if name != "bounded"]
    more = {
        "paragraphs": _total(kept["fingerprints"].select(F.size("rows"))),
        "keys": kept["keys"].count(),
        "candidates": pairs.select(sides).distinct().count(),
        "bounded": _total(pairs.select("bounded")),
        "pairs": kept["edges"].count(),
        "copied_documents": kept["copies"].count(),
    }
    if counts["bad"]:
        complain(f"{counts['bad']} records have no text that can be read; they stay as they are")
    return state.finish_with(counts.asDict() | more, found)
