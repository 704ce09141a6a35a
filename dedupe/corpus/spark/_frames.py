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
    from dedupe.corpus.spark._lookups import FingerprintSource

Keep = Callable[["DataFrame", str], "DataFrame"]
"""Keep the result of a stage, under a name, so that it is computed once."""


def facts_to_decide_on(fingerprints: FingerprintSource, removed: DataFrame | None, plan: Plan, keep: Keep) -> DataFrame:
    """Return what is known of documents, `decisions.FACTS`: rows that name them by `at`, several for one document.

    `fingerprints`: those of an earlier run with a negative `at`. `removed`: paragraphs (`at`, `number`) of that run
    that are not in its output; a negative number stands for a whole document.

    Paragraphs are numbered across documents, in the order of these, so that finding the first of several compares, and
    shuffles, eight bytes each.
    """
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

    numbers = keep(_number_paragraphs(fingerprints.frame), "numbers")
    copies = keep(_copies(numbers, removed), "copies")
    pinned = copies.select(F.col("first_at").alias("at")).distinct()
    compared = numbers.select("at", "paragraph", "size").join(copies.select("at"), "at", "left_anti")
    compared = compared.withColumn("excluded", F.lit(None).cast("array<int>"))
    if removed is not None:
        compared = compared.join(removed.where("number < 0").select("at"), "at", "left_anti")
        compared = _excluding(compared, removed)
    compared = keep(compared, "compared")
    equal = keep(_equal_paragraphs(fingerprints, compared, keep), "keys")
    edges = keep(_edges(fingerprints, _excluding(compared, equal.where("paragraph <> first")), plan, keep), "edges")
    duplicates = _duplicates(equal, edges.where("later is not null"), pinned, plan)
    if plan.options.keep_copies > 1:
        duplicates = with_paragraph_copies(duplicates, copies)
    else:
        duplicates = duplicates.withColumn("copy", F.lit(FIRST_DUPLICATE))
    duplicates = keep(duplicates.where("at >= 0"), "duplicates")
    return _facts(fingerprints, duplicates, copies, numbers, plan)


def _number_paragraphs(fingerprints: DataFrame) -> DataFrame:
    """Return `steps.NUMBERS` of documents: their paragraphs are numbered through, in the order of documents."""
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.spark import _steps as steps

    size = F.size("paragraphs.number").alias("size")
    enough = F.col("size") >= LEAST_PARAGRAPHS
    whole = [F.when(enough, F.col(name)).alias(f"whole_{name}") for name in ("high", "low")]
    sized = fingerprints.select("at", "order", size, "high", "low").where("size > 0")
    # Documents of an earlier run come before all others.
    ordered = sized.orderBy(F.col("at") >= 0, "order", "at").select("at", "size", *whole)
    return ordered.mapInArrow(steps.number_step, steps.NUMBERS)


def _copies(numbers: DataFrame, removed: DataFrame | None) -> DataFrame:
    """Return the documents (`paragraph`, `at`) of `LEAST_PARAGRAPHS` with the text of an earlier one (`first_at`).

    `paragraph`: the first one of the document. Documents with paragraphs that are missing in the output of an earlier
    run are no originals.
    """
    from pyspark.sql import functions as F  # noqa: N812

    documents = numbers.where("whole_high is not null")
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


def _excluding(compared: DataFrame, paragraphs: DataFrame) -> DataFrame:
    """Return documents (`at`, `paragraph`, `size`, `excluded`) with more paragraphs (`at`, `number`) excluded."""
    from pyspark.sql import functions as F  # noqa: N812

    more = paragraphs.groupBy("at").agg(F.collect_list("number").alias("more"))
    both = F.concat(F.coalesce("excluded", F.array().cast("array<int>")), F.col("more"))
    excluded = F.when(F.col("more").isNull(), F.col("excluded")).otherwise(both).alias("excluded")
    return compared.join(more, "at", "left").select("at", "paragraph", "size", excluded)


def _equal_paragraphs(fingerprints: FingerprintSource, compared: DataFrame, keep: Keep) -> DataFrame:
    """Return the paragraphs (`paragraph`, `at`, `number`) that share a key, with the `first` of each key.

    `pages`, `pages_on_host`: the numbers of other documents with the key, and of those of the same host.
    """
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.spark import _steps as steps
    from dedupe.corpus.spark._sharing import sharing

    needed = ["host"], ["number", "high", "low"]
    rows = keep(sharing(fingerprints, compared, needed, steps.paragraph_keys, steps.KEYS), "shared")
    first_columns = [F.min_by(name, "paragraph").alias(f"first_{name}") for name in ("at", "number")]
    groups = rows.groupBy("high", "low").agg(
        F.min("paragraph").alias("first"), *first_columns, F.count("*").alias("members")
    )
    members = rows.join(groups.where("members > 1"), ["high", "low"]).drop("members")
    pages = members.groupBy("first").agg((F.count_distinct("at") - 1).cast("int").alias("pages"))
    hosts = members.where("host <> 0").groupBy("first", "host")
    on_host = hosts.agg((F.count_distinct("at") - 1).cast("int").alias("pages_on_host"))
    members = members.join(pages, "first").join(on_host, ["first", "host"], "left")
    on_host_or_none = F.coalesce("pages_on_host", F.lit(0)).alias("pages_on_host")
    names = ("paragraph", "at", "number", "first", "first_at", "first_number", "pages")
    return members.select(*names, on_host_or_none)


def _edges(fingerprints: FingerprintSource, compared: DataFrame, plan: Plan, keep: Keep) -> DataFrame:
    """Return the similar pairs among the first paragraphs of keys: candidates share a bucket, and are then compared."""
    from dedupe.corpus.spark import _steps as steps
    from dedupe.corpus.spark._sharing import sharing

    needed = ["bands"], ["number"]
    banded = sharing(fingerprints, compared, needed, steps.band_keys(plan.banding[0]), steps.BANDS)
    buckets = banded.repartition("bucket").sortWithinPartitions("bucket", "paragraph")
    pairs = keep(buckets.mapInArrow(steps.pair_step(plan.corpus_options.window), steps.PAIRS), "pairs")
    pairs = pairs.where("later is not null").drop("bounded").distinct()
    needed = ["remaining"], list(steps.TEXT_FIELDS)
    # Each text is asked for once: very many paragraphs may be compared with the first one of their bucket.
    earlier = pairs.select("earlier", *(pairs[f"earlier_{name}"].alias(name) for name in ("at", "number"))).distinct()
    texts = fingerprints.look_up(earlier, *needed, steps.text_step, steps.TEXTS)
    named = pairs.join(texts, "earlier").withColumnsRenamed({"later_at": "at", "later_number": "number"})
    return fingerprints.look_up(named, *needed, steps.comparison_step(plan), steps.EDGES)


def _duplicates(equal: DataFrame, edges: DataFrame, pinned: DataFrame, plan: Plan) -> DataFrame:
    """Return paragraphs (`paragraph`, `at`, `number`) with an original in another document (`original`, `original_at`,
    `original_number`).

    It is the first one with the same words, if that stays; else the first that stays and covers it; else the first that
    is similar. `lossless`: whether its removal would lose nothing.
    """
    from pyspark.sql import functions as F  # noqa: N812

    names = ("paragraph", "at", "number")
    later = edges.select(*(F.col(f"later_{name}" if at else "later").alias(name) for at, name in enumerate(names)))
    alone = later.distinct().join(equal.select("paragraph"), "paragraph", "left_anti")
    firsts = [F.col(name).alias(f"first_{name}" if at else "first") for at, name in enumerate(names)]
    none = [F.lit(0).alias(name) for name in ("pages", "pages_on_host")]
    members = equal.unionByName(alone.select(*names, *firsts, *none))
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
    position = F.struct(*names)
    covering = best.where("within_budget").select("first", position.alias("covering"))
    similar = best.where("not within_budget").select("first", position.alias("similar"))
    known = members.join(covering, "first", "left").join(similar, "first", "left")
    known = known.join(removable.withColumn("removable", F.lit(True)), "first", "left")
    first = F.struct(
        *(F.col(name).alias(to) for name, to in zip(("first", "first_at", "first_number"), names, strict=True))
    )
    stays = (F.col("paragraph") != F.col("first")) & (F.col("removable").isNull() | F.col("covering").isNull())
    target = F.when(stays, first).otherwise(F.coalesce("covering", "similar")).alias("target")
    lossless = (stays | F.col("covering").isNotNull()).alias("lossless")
    duplicates = known.select(*names, "pages", "pages_on_host", lossless, target)
    columns = ("original", "original_at", "original_number")
    targets = [F.col(f"target.{name}").alias(to) for name, to in zip(names, columns, strict=True)]
    duplicates = duplicates.where("target is not null and target.at <> at")
    return duplicates.select(*names, "pages", "pages_on_host", "lossless", *targets)


def _facts(
    fingerprints: FingerprintSource, duplicates: DataFrame, copies: DataFrame, numbers: DataFrame, plan: Plan
) -> DataFrame:
    """Return what is known of documents: `decisions.FACTS`."""
    from pyspark.sql import functions as F  # noqa: N812

    from dedupe.corpus.spark import _steps as steps

    frame = fingerprints.frame
    named = [F.col(f"original_{name}").alias(name) for name in ("at", "number")]
    needed = ["document", "digest", "remaining"], list(steps.DETAIL_FIELDS)
    wanted = duplicates.select("original", *named).distinct()
    originals = fingerprints.look_up(wanted, *needed, steps.original_step, steps.ORIGINALS)
    duplicated = duplicates.select("at", "number", "pages", "pages_on_host", "copy", "original")
    duplicated = duplicated.join(originals, "original").drop("original")

    covering = copies.select("at", "first_at").unionByName(_covering_documents(duplicates, numbers))
    if plan.options.keep_copies > 1:
        covering = with_document_copies(covering, numbers)
    else:
        covering = covering.withColumn("covering_copy", F.lit(FIRST_DUPLICATE))
    wanted = covering.select(F.col("first_at").alias("at")).distinct()
    coverings = fingerprints.look_up(
        wanted, steps.names_of(steps.COVERINGS)[1:], [], steps.covering_step, steps.COVERINGS
    )
    covered = covering.select("at", "first_at", "covering_copy").join(coverings, "first_at").drop("first_at")

    pinned = copies.select(F.col("first_at").alias("at")).distinct()
    with_originals = duplicates.select(F.col("original_at").alias("at")).union(pinned).distinct()
    hosts = frame.where("host <> 0").select("at", "host")
    sizes = hosts.groupBy("host").agg((F.count("*") - 1).cast("int").alias("host_size"))
    hosted = hosts.join(duplicates.select("at"), "at", "left_semi").join(sizes, "host").select("at", "host_size")
    count = frame.count() - 1 if plan.options.boilerplate_min_global_share else 0
    facts = [
        duplicated.select("at", F.struct(*(name for name in duplicated.columns if name != "at")).alias("duplicate")),
        covered.select("at", F.struct(*(name for name in covered.columns if name != "at")).alias("covering")),
        pinned.withColumn("pinned", F.lit(True)),
        with_originals.withColumn("has_originals", F.lit(True)),
        hosted,
    ]
    known, *others = facts
    for other in others:
        known = known.unionByName(other, allowMissingColumns=True)
    return known.where("at >= 0").withColumn("document_count", F.lit(count))


def _covering_documents(duplicates: DataFrame, numbers: DataFrame) -> DataFrame:
    """Return for each document (`at`) the one (`first_at`) with most originals of it, at least half its paragraphs.

    Of several it is the first, whose paragraphs have the lower numbers.
    """
    from pyspark.sql import functions as F  # noqa: N812

    counts = [F.count("*").alias("count"), F.min("original").alias("paragraph")]
    counted = duplicates.groupBy("at", F.col("original_at").alias("first_at")).agg(*counts)
    rank = F.struct("count", -F.col("paragraph"))
    best = counted.groupBy("at").agg(F.max("count").alias("count"), F.max_by("first_at", rank).alias("first_at"))
    sizes = numbers.select("at", "size")
    return best.join(sizes, "at").where(2 * F.col("count") >= F.col("size")).select("at", "first_at")
