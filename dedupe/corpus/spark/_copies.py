"""Number the copies of paragraphs and of whole documents with Spark, as `across._copies` does on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedupe.across import FIRST_DUPLICATE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def with_paragraph_copies(duplicates: DataFrame, copies: DataFrame) -> DataFrame:
    """Add `copy` to duplicates (`paragraph`, `original`, `original_at`, `lossless`): their number among the copies.

    `copies`: documents with the text of an earlier one (`first_at`), with the first `paragraph` of each.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

    counted = duplicates.where("lossless")
    in_order = F.row_number().over(Window.partitionBy("original").orderBy("paragraph"))
    numbers = counted.select("paragraph", in_order.alias("nth"))
    members = counted.select(F.col("original_at").alias("first_at"), "paragraph", F.lit(0).alias("whole"))
    members = members.unionByName(copies.select("first_at", "paragraph", F.lit(1).alias("whole")))
    so_far = F.sum("whole").over(Window.partitionBy("first_at").orderBy("paragraph"))
    before = members.withColumn("before", so_far).where("whole = 0").select("paragraph", "before")
    number = F.col("nth") + F.col("before") + (FIRST_DUPLICATE - 1)
    copied = numbers.join(before, "paragraph").select("paragraph", number.cast("int").alias("copy"))
    return duplicates.join(copied, "paragraph", "left").withColumn("copy", F.coalesce("copy", F.lit(FIRST_DUPLICATE)))


def with_document_copies(covering: DataFrame, numbers: DataFrame) -> DataFrame:
    """Add `covering_copy` to documents (`at`) that another one (`first_at`) contains: their number among these."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    firsts = numbers.select("at", "paragraph")
    in_order = F.row_number().over(Window.partitionBy("first_at").orderBy("paragraph"))
    numbered = covering.join(firsts, "at").withColumn("covering_copy", in_order + (FIRST_DUPLICATE - 1))
    return numbered.drop("paragraph")
