"""Clean a column of texts of a Hugging Face dataset."""

from __future__ import annotations

from typing import Any, TypeVar

import dedupe
from dedupe.integrations import _columns

try:
    import datasets
    import pyarrow as pa

    from dedupe.integrations import arrow
except ImportError:
    raise dedupe.MissingExtraError("datasets", "datasets") from None

Rows = TypeVar("Rows", datasets.Dataset, datasets.IterableDataset)


def clean(
    dataset: Rows, text: str = "text", *, options: dedupe.Options | None = None, findings: str = "", **settings: Any
) -> Rows:
    """Return a dataset with a column cleaned, each text on its own. Nulls stay null; features and format stay.

    Args:
        dataset: a dataset, or a stream of one (`IterableDataset`).
        text: the name of the column with the texts.
        options: how duplicates are found and judged; None for the default options.
        findings: the name of a new column with the findings of each text as a JSON array; "" for none.
        settings: arguments of `Dataset.map`, such as `num_proc=2`.

    Raises:
        OptionError: there is no such column, it is not of strings, or the one for the findings is there already.
        TypeError: `dataset` is something else; clean the splits of a `DatasetDict` one by one.
    """
    _columns.require_type(
        dataset, (datasets.Dataset, datasets.IterableDataset), "dataset", "a split, a Dataset or IterableDataset"
    )
    known = dataset.features
    if known is not None:
        empty = arrow.clean(known.arrow_schema.empty_table(), text, findings=findings)  # raises what is wrong at once
        settings["features"] = datasets.Features({**datasets.Features.from_arrow_schema(empty.schema), **known})
    # Results are cached under a hash of these arguments: those of another version must not be found.
    arguments = {"text": text, "options": options, "findings": findings, "version": dedupe.__version__}
    settings |= {"batched": True, "fn_kwargs": arguments}
    if isinstance(dataset, datasets.IterableDataset):  # as Arrow, batches in which a column is null have another type
        return dataset.map(_clean_examples, **settings)
    mapped = dataset.with_format("arrow").map(_clean_table, **settings) if len(dataset) else datasets.Dataset(empty)
    return _formatted(mapped, dataset)


def clean_corpus(
    dataset: datasets.Dataset,
    text: str = "text",
    id: str = "",
    date: str = "",
    url: str = "",
    *,
    options: dedupe.Options | None = None,
    findings: str = "",
) -> datasets.Dataset:
    """Return a dataset with a column cleaned as one set, in memory; see `dedupe.integrations.arrow.clean_corpus`.

    Raises:
        OptionError: as `clean`, or two texts have the same id.
        TypeError: `dataset` is something else.
    """
    _columns.require_type(dataset, datasets.Dataset, "dataset", "a split, a Dataset")
    _columns.require_names(dataset.column_names, [text, id, date, url], findings)
    if not len(dataset):  # joined columns without rows would be lost
        return clean(dataset, text, findings=findings)
    read = list(dict.fromkeys(name for name in (text, id, date, url) if name))
    table = dataset.with_format("arrow", read)[:]
    table = arrow.clean_corpus(table, text, id, date, url, options=options, findings=findings)
    new = [findings] if findings else []
    parts = [dataset.with_format(None).remove_columns([text]), datasets.Dataset(table.select([text, *new]))]
    joined = datasets.concatenate_datasets([part for part in parts if part.column_names], axis=1)
    return _formatted(joined.select_columns([*dataset.column_names, *new]), dataset)


def _clean_table(rows: pa.Table, *, version: str, **arguments: Any) -> pa.Table:
    return arrow.clean(rows, **arguments)


def _clean_examples(
    batch: dict[str, list[Any]], *, text: str, options: dedupe.Options | None, findings: str, version: str
) -> dict[str, list[str | None]]:
    _columns.require_names(batch, [text])  # a stream may not know its columns before
    cleaned = _columns.clean_each(batch[text], text, options)
    return {text: cleaned.texts, **({findings: cleaned.findings} if findings else {})}


def _formatted(cleaned: datasets.Dataset, like: datasets.Dataset) -> datasets.Dataset:
    """Return a dataset in the format of another one."""
    columns = None if set(like.format["columns"]) == set(like.column_names) else like.format["columns"]
    settings = like.format["format_kwargs"] | {"output_all_columns": like.format["output_all_columns"]}
    return cleaned.with_format(like.format["type"], columns, **settings)
