"""The adapters of data frames and data sets, each with its library: one contract for all of them."""

from __future__ import annotations

import doctest
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dask
import dask.dataframe
import datasets
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dedupe
from dedupe.integrations import arrow, pandas
from dedupe.integrations import dask as with_dask
from dedupe.integrations import datasets as with_datasets
from dedupe.integrations import duckdb as with_duckdb
from dedupe.integrations import polars as with_polars
from tests.texts import ARTICLE

LINE = "The old bridge is closed to all traffic until the end of May."
OTHER = "Boats leave from the coal quay every hour, and the last one at nine."
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("when", pa.timestamp("us")),
        ("url", pa.string()),
        ("text", pa.string()),
        ("number", pa.int32()),
        ("tags", pa.list_(pa.string())),
    ]
)
TABLE = pa.table(
    {
        "id": ["007", "008", "009", "010"],
        "when": [datetime(2026, 1, 31, 12), None, datetime(2026, 2, 1), datetime(2026, 2, 2)],
        "url": ["https://a.example/x", None, "https://b.example/\\/", ""],
        "text": [f"{LINE}\n\n{LINE}", None, f"{OTHER}\n", ""],
        "number": [1, 2, 3, 4],
        "tags": [["a"], [], None, ["b", "c"]],
    },
    SCHEMA,
)
TEXTS = [LINE, None, f"{OTHER}\n", ""]
ACTIONS = [["remove"], None, [], []]


@dataclass(frozen=True)
class Adapter:
    """How a frame is made of a table, cleaned with the findings in "found", and made a table."""

    make: Callable[[pa.Table], Any]
    clean: Callable[..., Any]
    table: Callable[[Any], pa.Table]


def _clean_polars(frame: Any, text: str = "text", findings: str = "found") -> Any:
    column = pl.col(text)
    return frame.with_columns(column.dedupe.clean(), column.dedupe.findings().alias(findings))


def _clean_duckdb(table: pa.Table, text: str = "text", findings: str = "found") -> Any:
    connection = duckdb.connect()
    with_duckdb.register(connection)
    connection.register("articles", table)
    query = f"select * replace (dedupe_clean({text}) as {text}), dedupe_findings({text}) as {findings} from articles"
    return connection.sql(query).to_arrow_table()


def _from_pandas(frame: Any) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def _stream(table: pa.Table) -> Any:
    features = datasets.Features.from_arrow_schema(table.schema)
    return datasets.IterableDataset.from_generator(table.to_pylist, features=features)


def _from_stream(stream: Any) -> pa.Table:
    schema = stream.features.arrow_schema.remove_metadata()
    return pa.Table.from_pylist(list(stream), schema)


def _partitions(table: pa.Table) -> Any:
    with dask.config.set({"dataframe.convert-string": False}):
        return dask.dataframe.from_pandas(table.to_pandas(), npartitions=2)


FRAMES = {
    "arrow": Adapter(lambda table: table, arrow.clean, lambda table: table),
    "batch": Adapter(
        lambda table: table.combine_chunks().to_batches()[0] if len(table) else pa.RecordBatch.from_pylist([], SCHEMA),
        arrow.clean,
        lambda batch: pa.Table.from_batches([batch]),
    ),
    "pandas": Adapter(lambda table: table.to_pandas(), pandas.clean, _from_pandas),
    "pandas, as Arrow": Adapter(lambda table: table.to_pandas(types_mapper=pd.ArrowDtype), pandas.clean, _from_pandas),
    "dask": Adapter(_partitions, with_dask.clean, lambda frame: _from_pandas(frame.compute(scheduler="synchronous"))),
    "datasets": Adapter(
        datasets.Dataset, with_datasets.clean, lambda dataset: dataset.with_format("arrow")[:].replace_schema_metadata()
    ),
    "stream": Adapter(_stream, with_datasets.clean, _from_stream),
    "polars": Adapter(pl.from_arrow, _clean_polars, lambda frame: frame.to_arrow()),
    "lazy": Adapter(
        lambda table: pl.from_arrow(table).lazy(),
        _clean_polars,
        lambda frame: frame.collect(engine="streaming").to_arrow(),
    ),
    "duckdb": Adapter(lambda table: table, _clean_duckdb, lambda table: table),
}
WITH_COLUMNS_OF_OURS = sorted(set(FRAMES) - {"polars", "lazy", "duckdb"})


def _actions(findings: list[str | None]) -> list[list[str] | None]:
    return [None if cell is None else [finding["action"] for finding in json.loads(cell)] for cell in findings]


@pytest.fixture(autouse=True)
def _no_cache_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    datasets.disable_progress_bars()


@pytest.mark.parametrize("name", FRAMES)
def test_texts_are_cleaned_nulls_pass_and_other_columns_stay(name: str) -> None:
    adapter = FRAMES[name]
    before = adapter.table(adapter.make(TABLE))
    after = adapter.table(adapter.clean(adapter.make(TABLE), "text", findings="found"))
    assert after.column_names == [*before.column_names, "found"]
    assert after.select(before.column_names).schema.equals(before.schema)
    others = [column for column in before.column_names if column != "text"]
    assert after.select(others).equals(before.select(others))
    assert after["text"].to_pylist() == TEXTS
    assert _actions(after["found"].to_pylist()) == ACTIONS


@pytest.mark.parametrize("name", FRAMES)
def test_no_rows_give_no_rows_of_the_same_columns(name: str) -> None:
    adapter = FRAMES[name]
    after = adapter.table(adapter.clean(adapter.make(TABLE.slice(0, 0)), "text", findings="found"))
    assert (len(after), after.column_names) == (0, [*TABLE.column_names, "found"])


@pytest.mark.parametrize("name", WITH_COLUMNS_OF_OURS)
def test_a_column_that_is_missing_taken_or_of_another_type_is_one_sentence(name: str) -> None:
    adapter = FRAMES[name]
    frame = adapter.make(TABLE)
    columns = "id, when, url, text, number, tags"
    with pytest.raises(dedupe.OptionError) as caught:
        adapter.clean(frame, "body")
    assert str(caught.value) == f"there is no column 'body'; the columns are {columns}"
    with pytest.raises(dedupe.OptionError, match="there is a column 'url' already; choose another name"):
        adapter.clean(frame, "text", findings="url")
    with pytest.raises(dedupe.OptionError, match=r"column 'number' is of type int32.*; convert it to strings"):
        adapter.clean(frame, "number")
    with pytest.raises(TypeError, match=r"must be a .*, not list"):
        adapter.clean([], "text")


def test_a_polars_column_of_another_type_is_one_sentence() -> None:
    with pytest.raises(dedupe.OptionError, match="column 'number' is of type Int32; convert it to strings"):
        _clean_polars(pl.from_arrow(TABLE), "number")


def test_duckdb_takes_functions_again_with_other_options() -> None:
    connection = duckdb.connect()
    with_duckdb.register(connection)
    with_duckdb.register(connection, options=dedupe.Options(ignore=("exact",)))
    text = f"{ARTICLE[0]}\n\n{ARTICLE[0]}"
    assert connection.execute("select dedupe_clean(?)", [text]).fetchone() == (text,)


def test_duckdb_refuses_another_type_itself() -> None:
    with pytest.raises(duckdb.BinderException, match="dedupe_clean"):
        _clean_duckdb(TABLE, "number")
    with pytest.raises(TypeError, match="connection must be a connection of DuckDB, not str"):
        with_duckdb.register("articles.db")


@pytest.mark.parametrize(
    "kind",
    [pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()), pa.null()],
    ids=str,
)
def test_an_arrow_column_keeps_its_type_chunks_and_description(kind: pa.DataType) -> None:
    values = [None, None] if kind == pa.null() else [f"{LINE}\n\n{LINE}", None]
    field = pa.field("text", kind, metadata={"language": "en"})
    column = pa.chunked_array([pa.array(values, kind), pa.array([], kind), pa.array(values[:1], kind)])
    table = arrow.clean(pa.table([column], pa.schema([field])))
    assert table.schema.field("text").equals(field, check_metadata=True)
    assert [len(chunk) for chunk in table["text"].chunks] == [2, 0, 1]
    assert table["text"].to_pylist() == ([None] * 3 if kind == pa.null() else [LINE, None, LINE])
    assert arrow.clean_array(column).equals(table["text"])


def test_a_pandas_frame_keeps_its_index_and_is_not_changed_itself() -> None:
    frame = pd.DataFrame({"text": [f"{LINE}\n\n{LINE}", float("nan"), pd.NA, None]}, index=[3, 3, 1, 0])
    frame["text"] = frame["text"].astype(object)
    before = frame.copy()
    cleaned = pandas.clean(frame)
    assert cleaned.index.tolist() == [3, 3, 1, 0]
    assert cleaned["text"].tolist()[0] == LINE
    assert cleaned["text"].isna().tolist() == [False, True, True, True]
    pd.testing.assert_frame_equal(frame, before)
    frame.iloc[3, 0] = 7
    with pytest.raises(dedupe.InputError, match="row 4 of column 'text': is of type int, where a string is needed"):
        pandas.clean(frame)
    with pytest.raises(dedupe.OptionError, match="2 columns have the name 'text'; the columns are text, text"):
        pandas.clean(pd.concat([frame, frame], axis=1))
    with pytest.raises(dedupe.OptionError, match="is of type category; convert it to strings"):
        pandas.clean(pd.DataFrame({"text": ["a"]}).astype("category"))


CORPUS: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[..., pa.Table]]] = {
    "arrow": (lambda table: table, arrow.clean_corpus, lambda table: table),
    "pandas": (lambda table: table.to_pandas(), pandas.clean_corpus, _from_pandas),
    "datasets": (datasets.Dataset, with_datasets.clean_corpus, lambda dataset: dataset.with_format("arrow")[:]),
}


@pytest.mark.parametrize("name", CORPUS)
def test_a_column_is_cleaned_as_one_set(name: str) -> None:
    make, clean_corpus, table = CORPUS[name]
    texts = [f"{LINE}\n\nNobody was hurt.", None, f"{OTHER}\n\n{LINE}", "Nobody came."]
    whens = [datetime(2026, 2, 3), None, datetime(2026, 1, 1), datetime(2026, 2, 2)]
    rows = TABLE.set_column(3, "text", pa.array(texts)).set_column(1, "when", pa.array(whens, pa.timestamp("us")))
    before = table(make(rows))
    removing = dedupe.Options(cross_document="remove")
    after = table(clean_corpus(make(rows), "text", "id", "when", "url", options=removing, findings="found"))
    assert after.column_names == [*before.column_names, "found"]
    others = [column for column in before.column_names if column != "text"]
    assert after.select(others).equals(before.select(others))
    assert after["text"].to_pylist() == ["Nobody was hurt.", None, f"{OTHER}\n\n{LINE}", "Nobody came."]
    found = [cell and json.loads(cell) for cell in after["found"].to_pylist()]
    assert found[1] is None
    assert [finding["original"]["document"] for cell in found if cell for finding in cell] == ["009"]
    only_flagged = table(clean_corpus(make(rows), "text", "id", "when"))
    assert only_flagged["text"].to_pylist() == texts
    assert only_flagged.schema.equals(before.schema)
    assert len(table(clean_corpus(make(rows.slice(0, 0))))) == 0
    with pytest.raises(dedupe.OptionError, match="there is no column 'day'"):
        clean_corpus(make(rows), date="day")
    same = rows.set_column(0, "id", pa.array(["a"] * 4))
    with pytest.raises(dedupe.OptionError, match="two documents have the id 'a'"):
        clean_corpus(make(same), id="id")


def test_a_dataset_keeps_features_order_and_format() -> None:
    rows = datasets.Dataset(TABLE).cast_column("number", datasets.ClassLabel(names=["a", "b", "c", "d", "e"]))
    for dataset in (rows.shuffle(seed=5), rows.with_format("pandas", columns=["id", "text"])):
        for cleaned in (with_datasets.clean(dataset), with_datasets.clean_corpus(dataset)):
            assert cleaned.features == dataset.features
            assert cleaned.format["type"] == dataset.format["type"]
            assert set(cleaned.format["columns"]) == set(dataset.format["columns"])
            assert list(cleaned["id"]) == list(dataset["id"])
    unknown = datasets.IterableDataset.from_generator(lambda: iter([{"text": f"{LINE}\n\n{LINE}"}, {"text": None}]))
    assert list(with_datasets.clean(unknown)) == [{"text": LINE}, {"text": None}]
    with pytest.raises(dedupe.OptionError, match="there is no column 'body'; the columns are text"):
        list(with_datasets.clean(unknown, "body"))
    with pytest.raises(TypeError, match="must be a split, a Dataset or IterableDataset, not DatasetDict"):
        with_datasets.clean(datasets.DatasetDict(train=rows))


def test_results_that_another_version_has_cached_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "articles.jsonl").write_text(json.dumps({"text": f"{LINE}\n\n{LINE}"}) + "\n", "utf-8")
    rows = datasets.Dataset.from_json(str(tmp_path / "articles.jsonl"), cache_dir=str(tmp_path / "cache"))

    def files() -> list[str]:
        return [file["filename"] for file in with_datasets.clean(rows).cache_files]

    first = files()
    assert files() == first
    monkeypatch.setattr(dedupe, "__version__", "99")
    assert files() != first


def test_errors_come_back_from_other_processes_as_they_were() -> None:
    for error in (
        dedupe.MissingExtraError("pyarrow", "arrow"),
        dedupe.OptionError("no"),
        dedupe.InputError("column 'a'", "is of type int64"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))


def test_the_examples_of_the_adapters_are_true() -> None:
    for module in (pandas, with_duckdb, with_polars):
        done = doctest.testmod(module)
        assert done.attempted > done.failed == 0
