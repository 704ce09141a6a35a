"""Number the copies of paragraphs and of whole documents with Spark, as `across.copies` does on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedupe.across import FIRST_DUPLICATE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def with_paragraph_copies(repeats: DataFrame, copies: DataFrame) -> DataFrame:
    """Add `copy` to repeats (`row`, `home`, `home_at`, `lossless`): their number among the copies of the original.

    `copies`: documents with the text of an earlier one (`first_at`), with the first `row` of each.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

    counted = repeats.where("lossless")
    in_order = F.row_number().over(Window.partitionBy("home").orderBy("row"))
    numbers = counted.select("row", in_order.alias("nth"))
    members = counted.select(F.col("home_at").alias("first_at"), "row", F.lit(0).alias("whole"))
    members = members.unionByName(copies.select("first_at", "row", F.lit(1).alias("whole")))
    so_far = F.sum("whole").over(Window.partitionBy("first_at").orderBy("row"))
    before = members.withColumn("before", so_far).where("whole = 0").select("row", "before")
    number = F.col("nth") + F.col("before") + (FIRST_DUPLICATE - 1)
    copied = numbers.join(before, "row").select("row", number.cast("int").alias("copy"))
    return repeats.join(copied, "row", "left").withColumn("copy", F.coalesce("copy", F.lit(FIRST_DUPLICATE)))


def with_document_copies(covering: DataFrame, paragraphs: DataFrame) -> DataFrame:
    """Add `whole_copy` to documents (`at`) that another one (`first_at`) contains: their number among these."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    heads = paragraphs.where("head").select("at", F.col("row").alias("head_row"))
    in_order = F.row_number().over(Window.partitionBy("first_at").orderBy("head_row"))
    numbered = covering.join(heads, "at").withColumn("whole_copy", in_order + (FIRST_DUPLICATE - 1))
    return numbered.drop("head_row")
