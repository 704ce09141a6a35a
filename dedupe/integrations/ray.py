"""Clean a column of texts of a Ray Dataset."""

from __future__ import annotations

import dedupe
from dedupe.integrations import _columns

try:
    import pyarrow as pa
    import ray.data

    from dedupe.integrations import arrow
except ImportError:
    raise dedupe.MissingExtraError("Ray Data", "ray") from None


def clean(
    dataset: ray.data.Dataset, text: str = "text", *, options: dedupe.Options | None = None, findings: str = ""
) -> ray.data.Dataset:
    """Clean a column, each text on its own. Nulls stay null, and the other columns as they are.

    Nothing is computed before the result is used. Where the schema is not known yet, what is wrong with it raises then.

    Args:
        dataset: a dataset.
        text: the name of the column with the texts.
        options: how duplicates are found and judged; None for the default options.
        findings: the name of a new column with the findings of each text as a JSON array; "" for none.

    Returns:
        A dataset with the cleaned texts.

    Raises:
        OptionError: there is no such column, it is not of strings, or the one for the findings is there already.
        TypeError: `dataset` is something else.
    """
    _columns.require_type(dataset, ray.data.Dataset, "dataset", "a ray.data.Dataset")
    schema = dataset.schema(fetch_if_missing=False)
    if schema is not None and isinstance(schema.base_schema, pa.Schema):
        arrow.clean(schema.base_schema.empty_table(), text, findings=findings)  # raises what is wrong at once
    arguments = {"text": text, "options": options, "findings": findings}
    return dataset.map_batches(arrow.clean, batch_format="pyarrow", zero_copy_batch=True, fn_kwargs=arguments)
