"""Group paragraphs with Spark's joins: from fingerprints to duplicates with their originals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dedupe.across import FIRST_DUPLICATE
from dedupe.across.whole import LEAST_PARAGRAPHS
from dedupe.corpus.spark._copies import with_document_copies, with_paragraph_copies

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedupe.corpus.spark._batches import SparkPlan

Keep = Callable[["DataFrame", str], "DataFrame"]
"""Keep the result of a stage, under a name, so that it is computed once."""

EARLIER = -(1 << 63)
"""Added to `at` of documents of an earlier run, which makes them negative."""


def documents_to_decide(fingerprints: DataFrame, removed: DataFrame | None, plan: SparkPlan, keep: Keep) -> DataFrame:
    """Return the documents to decide on: `at` and `decisions.DECISION_COLUMNS`.

    `fingerprints`: `batches.FINGERPRINTS`, those of an earlier run with a negative `at`. `removed`: paragraphs (`at`,
    `number`) of that run that are not in its output; a negative number stands for a whole document.

    Paragraphs are numbered across documents, in the order of these, so that finding the first of several compares, and
    shuffles, eight bytes each.
    """
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

    paragraphs = keep(_number_paragraphs(fingerprints), "rows")
    copies = keep(_copies(paragraphs, removed), "copies")
    kept = copies.select(F.col("first_at").alias("at")).distinct()
    compared = paragraphs.join(copies.select("at"), "at", "left_anti")
    if removed is not None:
        compared = compared.join(removed.where("number < 0").select("at"), "at", "left_anti")
        compared = compared.join(removed, ["at", "number"], "left_anti")
    first_columns = [F.min_by(name, "row").alias(f"first_{name}") for name in ("at", "number")]
    keys = compared.groupBy("high", "low").agg(
        F.min("row").alias("first"), *first_columns, F.count("*").alias("members")
    )
    keys = keep(keys, "keys")
    edges = keep(_edges(fingerprints, keys, plan, keep), "edges").where("later is not null")
    repeats = _repeats(compared, keys, edges, kept, plan)
    counting = plan.options.keep_copies > 1
    repeats = with_paragraph_copies(repeats, copies) if counting else repeats.withColumn("copy", F.lit(FIRST_DUPLICATE))
    repeats = keep(repeats.where("at >= 0"), "repeats")

    positions = repeats.select("row", "at", "number").union(repeats.select("home", "home_at", "home_number")).distinct()
    details = keep(_details(positions, fingerprints), "details")
    details_of = F.struct("document", "digest", "start", "stop", "first", "last", "text")
    duplicates, home = (
        details.select(F.col("row").alias(name), details_of.alias(f"{name}_details")) for name in ("row", "home")
    )
    sides = F.col("row_details").alias("mine"), F.col("home_details").alias("home")
    pair = F.struct("number", "pages", "here", "copy", *sides)
    pairs = repeats.join(duplicates, "row").join(home, "home")
    found = pairs.groupBy("at").agg(F.collect_list(pair).alias("repeats"))

    whole = F.struct("document", "digest", "points", "lines", "remaining").alias("whole")
    covering = copies.select("at", "first_at").unionByName(_covering_documents(repeats, fingerprints))
    covering = (
        with_document_copies(covering, paragraphs)
        if counting
        else covering.withColumn("whole_copy", F.lit(FIRST_DUPLICATE))
    )
    texts = fingerprints.select(F.col("at").alias("first_at"), whole)
    wholes = covering.join(texts, "first_at").select("at", "whole", "whole_copy")

    originals = repeats.select(F.col("home_at").alias("at")).union(kept).distinct()
    hosts = fingerprints.where("host <> 0").groupBy("host").agg((F.count("*") - 1).alias("of_host"))
    documents = fingerprints.where("at >= 0").select("at", "digest", "words", "inner", "host")
    documents = documents.join(found, "at", "left").join(wholes, "at", "left")
    documents = documents.where("inner is not null or repeats is not null or whole is not null")
    documents = (
        documents.join(hosts, "host", "left").withColumn("of_host", F.coalesce("of_host", F.lit(0))).drop("host")
    )
    size = fingerprints.count() - 1 if plan.options.boilerplate_min_global_share else 0
    documents = documents.withColumn("of_all", F.lit(size))
    documents = documents.join(kept.withColumn("kept", F.lit(True)), "at", "left")
    return documents.join(originals.withColumn("original", F.lit(True)), "at", "left")


def _covering_documents(repeats: DataFrame, fingerprints: DataFrame) -> DataFrame:
    """Return for each document (`at`) the one (`first_at`) with most originals of it, at least half its paragraphs.

    Of several it is the first, whose paragraphs have the lower numbers.
    """
    from pyspark.sql import functions as F  # noqa: N812

    counts = [F.count("*").alias("count"), F.min("home").alias("row")]
    counted = repeats.groupBy("at", F.col("home_at").alias("first_at")).agg(*counts)
    rank = F.struct("count", -F.col("row"))
    best = counted.groupBy("at").agg(F.max("count").alias("count"), F.max_by("first_at", rank).alias("first_at"))
    sizes = fingerprints.select("at", F.size("rows").alias("size"))
    return best.join(sizes, "at").where(2 * F.col("count") >= F.col("size")).select("at", "first_at")


def _number_paragraphs(fingerprints: DataFrame) -> DataFrame:
    """Return all paragraphs, numbered by `row` in the order of their documents.

    `head`: whether a paragraph is the first of its document; it then has its keys, `whole_high` and `whole_low`.
    """
    from pyspark.sql import functions as F  # noqa: N812

    names = ("number", "high", "low")
    lists = [F.col(f"rows.{name}").alias(name) for name in names]
    enough = F.size("rows") >= LEAST_PARAGRAPHS
    whole = [F.when(enough, F.col(name)).alias(f"whole_{name}") for name in ("high", "low")]
    few = fingerprints.where(F.size("rows") > 0).select("at", "order", "host", *whole, *lists)
    # Documents of an earlier run come before all others.
    ordered = few.orderBy(F.col("at") >= 0, "order", "at")
    each = ordered.select("at", "host", "whole_high", "whole_low", F.posexplode(F.arrays_zip(*names)))
    # After a sort these numbers are in its order, across partitions too.
    numbered = each.withColumn("row", F.monotonically_increasing_id()).withColumn("head", F.col("pos") == 0)
    keys = [F.when(F.col("head"), F.col(name)).alias(name) for name in ("whole_high", "whole_low")]
    return numbered.select("row", "at", "host", "head", *keys, "col.number", "col.high", "col.low")


def _copies(paragraphs: DataFrame, removed: DataFrame | None) -> DataFrame:
    """Return the documents (`row`, `at`) of `LEAST_PARAGRAPHS` that have the same text as an earlier one (`first_at`).

    Documents with paragraphs that are missing in the output of an earlier run are no originals.
    """
    from pyspark.sql import functions as F  # noqa: N812

    heads = paragraphs.where("head and whole_high is not null").select("row", "at", "whole_high", "whole_low")
    if removed is not None:
        heads = heads.join(removed.select("at").distinct(), "at", "left_anti")
    first = [F.min("row").alias("first"), F.min_by("at", "row").alias("first_at")]
    groups = heads.groupBy("whole_high", "whole_low").agg(*first, F.count("*").alias("members")).where("members > 1")
    member = heads.join(groups, ["whole_high", "whole_low"])
    return member.where("row <> first and at >= 0").select("row", "at", "first_at")


def _edges(fingerprints: DataFrame, keys: DataFrame, plan: SparkPlan, keep: Keep) -> DataFrame:
    """Return the similar pairs among the first paragraphs of keys: candidates share a bucket, and are then compared."""
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.spark import _batches as batches

    corpus_options = plan.corpus_options
    pair = F.struct(F.col("first_number").alias("number"), F.col("first").alias("row"))
    duplicates = keys.groupBy(F.col("first_at").alias("at")).agg(F.collect_list(pair).alias("mine"))
    keyed = fingerprints.select("at", F.col("rows.number").alias("numbers"), "bands").join(duplicates, "at")
    banded = keyed.select("numbers", "bands", "mine").mapInArrow(batches.band_step(plan.banding[0]), batches.BANDS)
    buckets = banded.repartition("bucket").sortWithinPartitions("bucket", "row")
    paired = keep(buckets.mapInArrow(batches.pair_step(corpus_options.window), batches.PAIRS), "pairs")
    paired = paired.select("later", "earlier").distinct()
    sides = paired.select(F.col("later").alias("row")).union(paired.select("earlier")).distinct()
    positions = keys.select(
        F.col("first").alias("row"), F.col("first_at").alias("at"), F.col("first_number").alias("number")
    )
    texts = keep(_details(sides.join(positions, "row"), fingerprints).select("row", "at", "number", "text"), "texts")
    for side in ("later", "earlier"):
        named = {name: f"{side}_{name}" for name in ("at", "number", "text")}
        paired = paired.join(texts.withColumnsRenamed({"row": side, **named}), side)
    paired = paired.where("later_at <> earlier_at")
    wanted = ["later", "later_at", "earlier", "earlier_at", "earlier_number", "later_text", "earlier_text"]
    return paired.select(*wanted).mapInArrow(batches.comparison_step(plan), batches.EDGES)


def _details(positions: DataFrame, fingerprints: DataFrame) -> DataFrame:
    """Return `batches.DETAILS` of the paragraphs at these positions: `row`, `at`, `number`."""
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.spark import _batches as batches

    duplicates = positions.groupBy("at").agg(F.collect_list(F.struct("number", "row")).alias("mine"))
    whole = fingerprints.select("at", "document", "digest", "remaining", "rows").join(duplicates, "at")
    whole = whole.select("at", "document", "digest", "remaining", "rows", "mine")
    return whole.mapInArrow(batches.details, batches.DETAILS)


def _repeats(compared: DataFrame, keys: DataFrame, edges: DataFrame, kept: DataFrame, plan: SparkPlan) -> DataFrame:
    """Return paragraphs (`row`, `at`, `number`) with an original in another one (`home`, `home_at`, `home_number`).

    It is the first one with the same words, if that stays; else the first that stays and covers it; else the first that
    is similar.
    """
    from pyspark.sql import functions as F  # noqa: N812

    removable = edges.limit(0).select(F.col("later").alias("first"))
    if plan.options.cross_document == "remove":
        moving = edges.where("bearable and later_at >= 0").join(
            kept.withColumnRenamed("at", "later_at"), "later_at", "left_anti"
        )
        removable = moving.select(F.col("later").alias("first")).distinct()
        edges = edges.join(removable.withColumnRenamed("first", "earlier"), "earlier", "left_anti")
    original = [
        F.min("earlier").alias("row"),
        *(F.min_by(f"earlier_{name}", "earlier").alias(name) for name in ("at", "number")),
    ]
    best = edges.groupBy("later", "bearable").agg(*original).withColumnRenamed("later", "first")
    paragraph = F.struct("row", "at", "number")
    firmly = best.where("bearable").select("first", paragraph.alias("firm"))
    nearly = best.where("not bearable").select("first", paragraph.alias("nearly"))
    known = keys.join(firmly, "first", "left").join(nearly, "first", "left")
    known = known.join(removable.withColumn("goes", F.lit(True)), "first", "left").withColumn(
        "goes", F.coalesce("goes", F.lit(False))
    )
    known = known.where("members > 1 or firm is not null or nearly is not null")
    repeats = compared.select("row", "at", "number", "host", "high", "low").join(known, ["high", "low"])
    pages = compared.groupBy("high", "low").agg((F.count_distinct("at") - 1).cast("int").alias("pages"))
    hosts = compared.where("host <> 0").groupBy("high", "low", "host")
    on_host = hosts.agg((F.count_distinct("at") - 1).cast("int").alias("here"))
    repeats = repeats.join(pages, ["high", "low"]).join(on_host, ["high", "low", "host"], "left")
    repeats = repeats.withColumn("here", F.coalesce("here", F.lit(0)))
    first = F.struct(F.col("first").alias("row"), F.col("first_at").alias("at"), F.col("first_number").alias("number"))
    stays = (F.col("row") != F.col("first")) & (~F.col("goes") | F.col("firm").isNull())
    target = F.when(stays, first).otherwise(F.coalesce("firm", "nearly"))
    lossless = (stays | F.col("firm").isNotNull()).alias("lossless")
    repeats = repeats.select("row", "at", "number", "pages", "here", lossless, target.alias("target"))
    original_columns = [
        F.col(f"target.{name}").alias(to)
        for name, to in (("row", "home"), ("at", "home_at"), ("number", "home_number"))
    ]
    return repeats.where("target is not null and target.at <> at").select(
        "row", "at", "number", "pages", "here", "lossless", *original_columns
    )
