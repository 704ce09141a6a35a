"""Group paragraphs with Spark's joins: from fingerprints to duplicates with their originals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dedupe.across import FIRST_DUPLICATE
from dedupe.across.whole import LEAST_PARAGRAPHS
from dedupe.corpus.spark._copies import with_document_copies, with_paragraph_copies

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedupe.corpus._plan import Plan

Keep = Callable[["DataFrame", str], "DataFrame"]
"""Keep the result of a stage, under a name, so that it is computed once."""

EARLIER = -(1 << 63)
"""Added to `at` of documents of an earlier run, which makes them negative."""


def documents_to_decide(fingerprints: DataFrame, removed: DataFrame | None, plan: Plan, keep: Keep) -> DataFrame:
    """Return the documents to decide on: `at` and `decisions.DECISION_COLUMNS`.

    `fingerprints`: `batches.FINGERPRINTS`, those of an earlier run with a negative `at`. `removed`: paragraphs (`at`,
    `number`) of that run that are not in its output; a negative number stands for a whole document.

    Paragraphs are numbered across documents, in the order of these, so that finding the first of several compares, and
    shuffles, eight bytes each.
    """
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

    paragraphs = keep(_number_paragraphs(fingerprints), "paragraphs")
    copies = keep(_copies(paragraphs, removed), "copies")
    pinned = copies.select(F.col("first_at").alias("at")).distinct()
    compared = paragraphs.join(copies.select("at"), "at", "left_anti")
    if removed is not None:
        compared = compared.join(removed.where("number < 0").select("at"), "at", "left_anti")
        compared = compared.join(removed, ["at", "number"], "left_anti")
    first_columns = [F.min_by(name, "paragraph").alias(f"first_{name}") for name in ("at", "number")]
    keys = compared.groupBy("high", "low").agg(
        F.min("paragraph").alias("first"), *first_columns, F.count("*").alias("members")
    )
    keys = keep(keys, "keys")
    edges = keep(_edges(fingerprints, keys, plan, keep), "edges").where("later is not null")
    duplicates = _duplicates(compared, keys, edges, pinned, plan)
    counting = plan.options.keep_copies > 1
    if counting:
        duplicates = with_paragraph_copies(duplicates, copies)
    else:
        duplicates = duplicates.withColumn("copy", F.lit(FIRST_DUPLICATE))
    duplicates = keep(duplicates.where("at >= 0"), "duplicates")

    original_columns = [
        F.col(f"original_{name}" if name else "original").alias(name or "paragraph") for name in ("", "at", "number")
    ]
    positions = duplicates.select("paragraph", "at", "number").union(duplicates.select(*original_columns)).distinct()
    details = keep(_details(positions, fingerprints), "details")
    starts = details.select("paragraph", "start")
    original = F.struct("document", "digest", "start", "stop", "first", "last", "text").alias("details")
    original_details = details.select(F.col("paragraph").alias("original"), original)
    found = duplicates.join(starts, "paragraph").join(original_details, "original")
    duplicate = F.struct("number", "start", "pages", "pages_on_host", "copy", F.col("details").alias("original"))
    found = found.groupBy("at").agg(F.collect_list(duplicate).alias("duplicates"))

    whole = F.struct("document", "digest", "points", "lines", "remaining").alias("covering")
    covering = copies.select("at", "first_at").unionByName(_covering_documents(duplicates, fingerprints))
    if counting:
        covering = with_document_copies(covering, paragraphs)
    else:
        covering = covering.withColumn("covering_copy", F.lit(FIRST_DUPLICATE))
    texts = fingerprints.select(F.col("at").alias("first_at"), whole)
    covering = covering.join(texts, "first_at").select("at", "covering", "covering_copy")

    originals = duplicates.select(F.col("original_at").alias("at")).union(pinned).distinct()
    hosts = fingerprints.where("host <> 0").groupBy("host").agg((F.count("*") - 1).alias("host_size"))
    documents = fingerprints.where("at >= 0").select("at", "digest", "words", "local_result", "host")
    documents = documents.join(found, "at", "left").join(covering, "at", "left")
    documents = documents.where("local_result is not null or duplicates is not null or covering is not null")
    documents = (
        documents.join(hosts, "host", "left").withColumn("host_size", F.coalesce("host_size", F.lit(0))).drop("host")
    )
    count = fingerprints.count() - 1 if plan.options.boilerplate_min_global_share else 0
    documents = documents.withColumn("document_count", F.lit(count))
    documents = documents.join(pinned.withColumn("pinned", F.lit(True)), "at", "left")
    return documents.join(originals.withColumn("has_originals", F.lit(True)), "at", "left")


def _covering_documents(duplicates: DataFrame, fingerprints: DataFrame) -> DataFrame:
    """Return for each document (`at`) the one (`first_at`) with most originals of it, at least half its paragraphs.

    Of several it is the first, whose paragraphs have the lower numbers.
    """
    from pyspark.sql import functions as F  # noqa: N812

    counts = [F.count("*").alias("count"), F.min("original").alias("paragraph")]
    counted = duplicates.groupBy("at", F.col("original_at").alias("first_at")).agg(*counts)
    rank = F.struct("count", -F.col("paragraph"))
    best = counted.groupBy("at").agg(F.max("count").alias("count"), F.max_by("first_at", rank).alias("first_at"))
    sizes = fingerprints.select("at", F.size("paragraphs").alias("size"))
    return best.join(sizes, "at").where(2 * F.col("count") >= F.col("size")).select("at", "first_at")


def _number_paragraphs(fingerprints: DataFrame) -> DataFrame:
    """Return all paragraphs, numbered by `paragraph` in the order of their documents.

    `is_first`: whether a paragraph is the first of its document; it then has its keys, `whole_high` and `whole_low`.
    """
    from pyspark.sql import functions as F  # noqa: N812

    names = ("number", "high", "low")
    lists = [F.col(f"paragraphs.{name}").alias(name) for name in names]
    enough = F.size("paragraphs") >= LEAST_PARAGRAPHS
    whole = [F.when(enough, F.col(name)).alias(f"whole_{name}") for name in ("high", "low")]
    few = fingerprints.where(F.size("paragraphs") > 0).select("at", "order", "host", *whole, *lists)
    # Documents of an earlier run come before all others.
    ordered = few.orderBy(F.col("at") >= 0, "order", "at")
    each = ordered.select("at", "host", "whole_high", "whole_low", F.posexplode(F.arrays_zip(*names)))
    # After a sort these numbers are in its order, across partitions too.
    numbered = each.withColumn("paragraph", F.monotonically_increasing_id()).withColumn("is_first", F.col("pos") == 0)
    keys = [F.when(F.col("is_first"), F.col(name)).alias(name) for name in ("whole_high", "whole_low")]
    return numbered.select("paragraph", "at", "host", "is_first", *keys, "col.number", "col.high", "col.low")


def _copies(paragraphs: DataFrame, removed: DataFrame | None) -> DataFrame:
    """Return the documents (`paragraph`, `at`) of `LEAST_PARAGRAPHS` with the text of an earlier one (`first_at`).

    `paragraph`: the first one of the document. Documents with paragraphs that are missing in the output of an earlier
    run are no originals.
    """
    from pyspark.sql import functions as F  # noqa: N812

    documents = paragraphs.where("is_first and whole_high is not null")
    documents = documents.select("paragraph", "at", "whole_high", "whole_low")
    if removed is not None:
        documents = documents.join(removed.select("at").distinct(), "at", "left_anti")
    first = [
        F.min("paragraph").alias("first"),
        F.min_by("at", "paragraph").alias("first_at"),
        F.count("*").alias("members"),
    ]
    groups = documents.groupBy("whole_high", "whole_low").agg(*first).where("members > 1")
    member = documents.join(groups, ["whole_high", "whole_low"])
    return member.where("paragraph <> first and at >= 0").select("paragraph", "at", "first_at")


def _edges(fingerprints: DataFrame, keys: DataFrame, plan: Plan, keep: Keep) -> DataFrame:
    """Return the similar pairs among the first paragraphs of keys: candidates share a bucket, and are then compared."""
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.spark import _batches as batches

    corpus_options = plan.corpus_options
    positions = keys.select(
        F.col("first").alias("paragraph"), F.col("first_at").alias("at"), F.col("first_number").alias("number")
    )
    keyed = fingerprints.select("at", F.col("paragraphs.number").alias("numbers"), "bands")
    keyed = keyed.join(_wanted(positions), "at").select("numbers", "bands", "wanted")
    banded = keyed.mapInArrow(batches.band_step(plan.banding[0]), batches.BANDS)
    buckets = banded.repartition("bucket").sortWithinPartitions("bucket", "paragraph")
    paired = keep(buckets.mapInArrow(batches.pair_step(corpus_options.window), batches.PAIRS), "pairs")
    paired = paired.select("later", "earlier").distinct()
    sides = paired.select(F.col("later").alias("paragraph")).union(paired.select("earlier")).distinct()
    details = _details(sides.join(positions, "paragraph"), fingerprints)
    texts = keep(details.select("paragraph", "at", "number", "text"), "texts")
    for side in ("later", "earlier"):
        named = {name: f"{side}_{name}" for name in ("at", "number", "text")}
        paired = paired.join(texts.withColumnsRenamed({"paragraph": side, **named}), side)
    paired = paired.where("later_at <> earlier_at")
    columns = ["later", "later_at", "earlier", "earlier_at", "earlier_number", "later_text", "earlier_text"]
    return paired.select(*columns).mapInArrow(batches.comparison_step(plan), batches.EDGES)


def _wanted(positions: DataFrame) -> DataFrame:
    """Return the `wanted` paragraphs of each document (`at`) as structs of `number` and `paragraph`."""
    from pyspark.sql import functions as F  # noqa: N812

    return positions.groupBy("at").agg(F.collect_list(F.struct("number", "paragraph")).alias("wanted"))


def _details(positions: DataFrame, fingerprints: DataFrame) -> DataFrame:
    """Return `batches.DETAILS` of the paragraphs at these positions: `paragraph`, `at`, `number`."""
    from dedupe.corpus.spark import _batches as batches

    columns = ["at", "document", "digest", "remaining", "paragraphs"]
    documents = fingerprints.select(*columns).join(_wanted(positions), "at").select(*columns, "wanted")
    return documents.mapInArrow(batches.details, batches.DETAILS)


def _duplicates(compared: DataFrame, keys: DataFrame, edges: DataFrame, pinned: DataFrame, plan: Plan) -> DataFrame:
    """Return paragraphs (`paragraph`, `at`, `number`) with an original in another document (`original`, `original_at`,
    `original_number`).

    It is the first one with the same words, if that stays; else the first that stays and covers it; else the first that
    is similar. `lossless`: whether its removal would lose nothing.
    """
    from pyspark.sql import functions as F  # noqa: N812

    removable = edges.limit(0).select(F.col("later").alias("first"))
    if plan.options.cross_document == "remove":
        pinned_later = pinned.withColumnRenamed("at", "later_at")
        moving = edges.where("within_budget and later_at >= 0").join(pinned_later, "later_at", "left_anti")
        removable = moving.select(F.col("later").alias("first")).distinct()
        edges = edges.join(removable.withColumnRenamed("first", "earlier"), "earlier", "left_anti")
    original = [
        F.min("earlier").alias("paragraph"),
        *(F.min_by(f"earlier_{name}", "earlier").alias(name) for name in ("at", "number")),
    ]
    best = edges.groupBy("later", "within_budget").agg(*original).withColumnRenamed("later", "first")
    position = F.struct("paragraph", "at", "number")
    covering = best.where("within_budget").select("first", position.alias("covering"))
    similar = best.where("not within_budget").select("first", position.alias("similar"))
    known = keys.join(covering, "first", "left").join(similar, "first", "left")
    known = known.join(removable.withColumn("removable", F.lit(True)), "first", "left")
    known = known.where("members > 1 or covering is not null or similar is not null")
    names = ["paragraph", "at", "number"]
    duplicates = compared.select(*names, "host", "high", "low").join(known, ["high", "low"])
    pages = compared.groupBy("high", "low").agg((F.count_distinct("at") - 1).cast("int").alias("pages"))
    hosts = compared.where("host <> 0").groupBy("high", "low", "host")
    on_host = hosts.agg((F.count_distinct("at") - 1).cast("int").alias("pages_on_host"))
    duplicates = duplicates.join(pages, ["high", "low"]).join(on_host, ["high", "low", "host"], "left")
    first = F.struct(
        *(F.col(name).alias(to) for name, to in zip(("first", "first_at", "first_number"), names, strict=True))
    )
    stays = (F.col("paragraph") != F.col("first")) & (F.col("removable").isNull() | F.col("covering").isNull())
    target = F.when(stays, first).otherwise(F.coalesce("covering", "similar")).alias("target")
    lossless = (stays | F.col("covering").isNotNull()).alias("lossless")
    on_host_or_none = F.coalesce("pages_on_host", F.lit(0)).alias("pages_on_host")
    duplicates = duplicates.select(*names, "pages", on_host_or_none, lossless, target)
    columns = ("original", "original_at", "original_number")
    targets = [F.col(f"target.{name}").alias(to) for name, to in zip(names, columns, strict=True)]
    duplicates = duplicates.where("target is not null and target.at <> at")
    return duplicates.select(*names, "pages", "pages_on_host", "lossless", *targets)
