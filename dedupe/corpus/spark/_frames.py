"""The steps between fingerprints and fates as Spark's joins and groups: which paragraphs say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dedupe.across.whole import LEAST_PARAGRAPHS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedupe.corpus.spark._batches import SparkPlan

Keep = Callable[["DataFrame", str], "DataFrame"]
"""Keeps what a stage has made, under a name, so that it is not made again."""

EARLIER = -(1 << 63)
"""What is added to the places of documents of an earlier run: they are negative."""


def touched(prints: DataFrame, gone: DataFrame | None, asked: SparkPlan, keep: Keep) -> DataFrame:
    """Return the documents of which something is said: `at` and what `decisions.TAKEN` names.

    `prints`: `batches.PRINTS`, those of an earlier run with places below 0. `gone`: paragraphs (`at`, `number`) of that
    run that are no longer in its output; a number below 0 stands for all of a document.

    Paragraphs are numbered through in the order of their documents, so that wherever the lesser of two is looked for,
    eight bytes are compared, and shuffled.
    """
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

    rows = keep(_rows(prints), "rows")
    copies = keep(_copies(rows, gone), "copies")
    kept = copies.select(F.col("first_at").alias("at")).distinct()
    alive = rows.join(copies.select("at"), "at", "left_anti")
    if gone is not None:
        alive = alive.join(gone.where("number < 0").select("at"), "at", "left_anti")
        alive = alive.join(gone, ["at", "number"], "left_anti")
    least = [F.min_by(name, "row").alias(f"first_{name}") for name in ("at", "number")]
    keys = alive.groupBy("high", "low").agg(F.min("row").alias("first"), *least, F.count("*").alias("members"))
    keys = keep(keys, "keys")
    edges = keep(_edges(prints, keys, asked, keep), "edges").where("later is not null")
    repeats = keep(_repeats(alive, keys, edges, kept, asked), "repeats")

    places = repeats.select("row", "at", "number").union(repeats.select("home", "home_at", "home_number")).distinct()
    details = keep(_details(places, prints), "details")
    said = F.struct("document", "digest", "start", "stop", "first", "last", "text")
    mine, home = (details.select(F.col("row").alias(name), said.alias(f"{name}_said")) for name in ("row", "home"))
    one = F.struct("number", "pages", "here", F.col("row_said").alias("mine"), F.col("home_said").alias("home"))
    found = repeats.join(mine, "row").join(home, "home").groupBy("at").agg(F.collect_list(one).alias("repeats"))

    whole = F.struct("document", "digest", "points", "lines", "remaining").alias("whole")
    likeliest = copies.unionByName(_likeliest(repeats, prints))
    texts = prints.select(F.col("at").alias("first_at"), whole)
    wholes = likeliest.join(texts, "first_at").select("at", "whole")

    originals = repeats.select(F.col("home_at").alias("at")).union(kept).distinct()
    sites = prints.where("host <> 0").groupBy("host").agg((F.count("*") - 1).alias("of_host"))
    about = prints.where("at >= 0").select("at", "digest", "words", "inner", "host")
    about = about.join(found, "at", "left").join(wholes, "at", "left")
    about = about.where("inner is not null or repeats is not null or whole is not null")
    about = about.join(sites, "host", "left").withColumn("of_host", F.coalesce("of_host", F.lit(0))).drop("host")
    about = about.join(kept.withColumn("kept", F.lit(True)), "at", "left")
    return about.join(originals.withColumn("original", F.lit(True)), "at", "left")


def _likeliest(repeats: DataFrame, prints: DataFrame) -> DataFrame:
    """Return in which document (`first_at`) each (`at`) may stand as a whole: where the most of its originals are.

    Half of its paragraphs at least; of several the least, which has the lesser rows.
    """
    from pyspark.sql import functions as F  # noqa: N812

    counts = [F.count("*").alias("count"), F.min("home").alias("row")]
    counted = repeats.groupBy("at", F.col("home_at").alias("first_at")).agg(*counts)
    rank = F.struct("count", -F.col("row"))
    best = counted.groupBy("at").agg(F.max("count").alias("count"), F.max_by("first_at", rank).alias("first_at"))
    sizes = prints.select("at", F.size("rows").alias("size"))
    return best.join(sizes, "at").where(2 * F.col("count") >= F.col("size")).select("at", "first_at")


def _rows(prints: DataFrame) -> DataFrame:
    """Return all paragraphs, numbered through by `row` in the order of their documents.

    `head`: whether a paragraph is the first of its document; `whole_high` and `whole_low` are then the document's keys.
    """
    from pyspark.sql import functions as F  # noqa: N812

    names = ("number", "high", "low")
    lists = [F.col(f"rows.{name}").alias(name) for name in names]
    enough = F.size("rows") >= LEAST_PARAGRAPHS
    whole = [F.when(enough, F.col(name)).alias(f"whole_{name}") for name in ("high", "low")]
    few = prints.where(F.size("rows") > 0).select("at", "order", "host", *whole, *lists)
    # What an earlier run has goes before all else.
    ordered = few.orderBy(F.col("at") >= 0, "order", "at")
    each = ordered.select("at", "host", "whole_high", "whole_low", F.posexplode(F.arrays_zip(*names)))
    # Numbers made after a sort grow with it, from partition to partition too.
    numbered = each.withColumn("row", F.monotonically_increasing_id()).withColumn("head", F.col("pos") == 0)
    keys = [F.when(F.col("head"), F.col(name)).alias(name) for name in ("whole_high", "whole_low")]
    return numbered.select("row", "at", "host", "head", *keys, "col.number", "col.high", "col.low")


def _copies(rows: DataFrame, gone: DataFrame | None) -> DataFrame:
    """Return which documents (`at`) of some paragraphs have the same text as another one (`first_at`).

    One of which something is missing in the output of an earlier run stands for no other.
    """
    from pyspark.sql import functions as F  # noqa: N812

    heads = rows.where("head and whole_high is not null").select("row", "at", "whole_high", "whole_low")
    if gone is not None:
        heads = heads.join(gone.select("at").distinct(), "at", "left_anti")
    first = [F.min("row").alias("first"), F.min_by("at", "row").alias("first_at")]
    groups = heads.groupBy("whole_high", "whole_low").agg(*first, F.count("*").alias("members")).where("members > 1")
    member = heads.join(groups, ["whole_high", "whole_low"])
    return member.where("row <> first and at >= 0").select("at", "first_at")


def _edges(prints: DataFrame, keys: DataFrame, asked: SparkPlan, keep: Keep) -> DataFrame:
    """Return the pairs of first paragraphs that the bands propose and that hold when they are compared by words."""
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.spark import _batches as steps

    corpus_options = asked.corpus_options
    one = F.struct(F.col("first_number").alias("number"), F.col("first").alias("row"))
    mine = keys.groupBy(F.col("first_at").alias("at")).agg(F.collect_list(one).alias("mine"))
    keyed = prints.select("at", F.col("rows.number").alias("numbers"), "bands").join(mine, "at")
    banded = keyed.select("numbers", "bands", "mine").mapInArrow(steps.bands(asked.banding[0]), steps.BANDS)
    buckets = banded.repartition("bucket").sortWithinPartitions("bucket", "row")
    paired = keep(buckets.mapInArrow(steps.pairs(corpus_options.window), steps.PAIRS), "pairs")
    paired = paired.select("later", "earlier").distinct()
    sides = paired.select(F.col("later").alias("row")).union(paired.select("earlier")).distinct()
    places = keys.select(
        F.col("first").alias("row"), F.col("first_at").alias("at"), F.col("first_number").alias("number")
    )
    texts = keep(_details(sides.join(places, "row"), prints).select("row", "at", "number", "text"), "texts")
    for side in ("later", "earlier"):
        named = {name: f"{side}_{name}" for name in ("at", "number", "text")}
        paired = paired.join(texts.withColumnsRenamed({"row": side, **named}), side)
    paired = paired.where("later_at <> earlier_at")
    wanted = ["later", "later_at", "earlier", "earlier_at", "earlier_number", "later_text", "earlier_text"]
    return paired.select(*wanted).mapInArrow(steps.edges(asked), steps.EDGES)


def _details(places: DataFrame, prints: DataFrame) -> DataFrame:
    """Return `batches.DETAILS` of the paragraphs at these places: `row`, `at`, `number`."""
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.spark import _batches as steps

    mine = places.groupBy("at").agg(F.collect_list(F.struct("number", "row")).alias("mine"))
    whole = prints.select("at", "document", "digest", "remaining", "rows").join(mine, "at")
    whole = whole.select("at", "document", "digest", "remaining", "rows", "mine")
    return whole.mapInArrow(steps.details, steps.DETAILS)


def _repeats(alive: DataFrame, keys: DataFrame, edges: DataFrame, kept: DataFrame, asked: SparkPlan) -> DataFrame:
    """Return the paragraphs that may have an original elsewhere: `row`, `at`, `number`, and `home` with the same of it.

    It is the least that stays and may stand for it; else, for the first of its key, the least that is nearly the same.
    """
    from pyspark.sql import functions as F  # noqa: N812

    goes = edges.limit(0).select(F.col("later").alias("first"))
    if asked.options.across == "remove":
        moving = edges.where("bearable and later_at >= 0").join(
            kept.withColumnRenamed("at", "later_at"), "later_at", "left_anti"
        )
        goes = moving.select(F.col("later").alias("first")).distinct()
        edges = edges.join(goes.withColumnRenamed("first", "earlier"), "earlier", "left_anti")
    home = [
        F.min("earlier").alias("row"),
        *(F.min_by(f"earlier_{name}", "earlier").alias(name) for name in ("at", "number")),
    ]
    best = edges.groupBy("later", "bearable").agg(*home).withColumnRenamed("later", "first")
    place = F.struct("row", "at", "number")
    firmly = best.where("bearable").select("first", place.alias("firm"))
    nearly = best.where("not bearable").select("first", place.alias("nearly"))
    known = keys.join(firmly, "first", "left").join(nearly, "first", "left")
    known = known.join(goes.withColumn("goes", F.lit(True)), "first", "left").withColumn(
        "goes", F.coalesce("goes", F.lit(False))
    )
    known = known.where("members > 1 or firm is not null or nearly is not null")
    repeats = alive.where("at >= 0").select("row", "at", "number", "host", "high", "low").join(known, ["high", "low"])
    everywhere = alive.groupBy("high", "low").agg((F.count_distinct("at") - 1).cast("int").alias("pages"))
    sites = alive.where("host <> 0").groupBy("high", "low", "host")
    here = sites.agg((F.count_distinct("at") - 1).cast("int").alias("here"))
    repeats = repeats.join(everywhere, ["high", "low"]).join(here, ["high", "low", "host"], "left")
    repeats = repeats.withColumn("here", F.coalesce("here", F.lit(0)))
    own = F.struct(F.col("first").alias("row"), F.col("first_at").alias("at"), F.col("first_number").alias("number"))
    # The least with the same words, if it stays; else what may stand for it; else what is nearly the same.
    stays = (F.col("row") != F.col("first")) & (~F.col("goes") | F.col("firm").isNull())
    target = F.when(stays, own).otherwise(F.coalesce("firm", "nearly"))
    repeats = repeats.select("row", "at", "number", "pages", "here", target.alias("target"))
    homes = [
        F.col(f"target.{name}").alias(to)
        for name, to in (("row", "home"), ("at", "home_at"), ("number", "home_number"))
    ]
    return repeats.where("target is not null and target.at <> at").select(
        "row", "at", "number", "pages", "here", *homes
    )
