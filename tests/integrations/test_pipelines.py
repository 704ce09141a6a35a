"""The examples of docs/pipelines.md, docs/frames.md and docs/retrieval.md, run."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from tests.cli.test_cli import SAID
from tests.integrations.sites import serve
from tests.integrations.test_scrapy import body
from tests.io.test_json_lines import TWICE

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = {
    name: program
    for page in ("pipelines", "frames", "retrieval")
    for program in re.findall(r"```python\n(.*?)```", (ROOT / f"docs/{page}.md").read_text("utf-8"), re.DOTALL)
    for name in re.findall(r"^# (\w+\.py)$", program, re.MULTILINE)
}
RECORDS: list[dict[str, Any]] = [
    {
        "id": f"00{number}",
        "date": f"2026-01-{number + 10}",
        "url": f"https://a.example/{number}",
        "text": f"{TWICE}\n\nNumber {number} is told here.",
    }
    for number in range(5)
]
CLEANED = [{**record, "text": f"{SAID}\n\nNumber {number} is told here."} for number, record in enumerate(RECORDS)]
WITHOUT_TEXT = {"id": "009", "date": "2026-01-31", "url": "https://b.example/\\/", "text": None}
OF_COLUMNS = ["with_pandas.py", "with_polars.py", "with_datasets.py", "with_arrow.py", "with_duckdb.py", "with_dask.py"]
OF_DOCUMENTS = ["with_corpus.py", "with_datatrove.py"]
OF_CHUNKS = ["to_a_store.py", "with_llama_index.py", "without_a_framework.py"]


def test_every_example_is_run_by_a_test() -> None:
    others = {"settings.py", "extract.py", "with_ray.py"}
    assert set(EXAMPLES) == others.union(OF_COLUMNS, OF_DOCUMENTS, OF_CHUNKS)


def run_example(name: str, folder: Path, records: list[dict[str, Any]], more: str = "") -> str:
    """Run an example on a file of records, and return what it prints."""
    (folder / name).write_text(EXAMPLES[name] + more, "utf-8")
    (folder / "articles.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    parquet.write_table(pyarrow.Table.from_pylist(records), folder / "articles.parquet")
    environment = {**os.environ, "HF_HOME": str(folder / "cache"), "HF_HUB_OFFLINE": "1"}
    environment |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    with TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as short:  # for sockets, whose paths are bounded
        environment["RAY_TMPDIR"] = short
        done = subprocess.run(
            [sys.executable, name], cwd=folder, capture_output=True, text=True, check=False, env=environment
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


def written(folder: Path) -> list[dict[str, Any]]:
    """Return the records that an example has written, into a file or a folder."""
    path = folder / "clean" if (folder / "clean").is_dir() else next(folder.glob("clean.*"))
    if files := list(path.glob("*.jsonl")) if path.is_dir() else [path] if path.suffix == ".jsonl" else []:
        return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("name", OF_COLUMNS)
def test_an_example_cleans_a_column_and_leaves_the_others_as_they_were(name: str, tmp_path: Path) -> None:
    run_example(name, tmp_path, [*RECORDS, WITHOUT_TEXT])
    records = written(tmp_path)
    assert [len(json.loads(record.pop("repeats") or "[]")) for record in records] == [1] * 5 + [0]
    assert records == [*CLEANED, WITHOUT_TEXT]


@pytest.mark.parametrize("name", OF_DOCUMENTS)
def test_an_example_cleans_documents(name: str, tmp_path: Path) -> None:
    run_example(name, tmp_path, RECORDS)
    assert [record["text"] for record in written(tmp_path)] == [record["text"] for record in CLEANED]


ERRORS = """
import pyarrow

table = pyarrow.table({"text": ["a"], "number": [1]})
for column in ("body", "number"):
    try:
        clean(ray.data.from_arrow(table), column)
    except Exception as error:
        print(type(error).__name__, error)
print(clean(ray.data.from_arrow(table.slice(0, 0))).take_all())
ray.shutdown()
"""


def test_a_ray_dataset_is_cleaned(tmp_path: Path) -> None:
    """In one process for all that is to be shown: Ray takes seconds to start."""
    out = run_example("with_ray.py", tmp_path, [*RECORDS, WITHOUT_TEXT], ERRORS)
    records = written(tmp_path)
    assert [len(json.loads(record.pop("repeats") or "[]")) for record in records] == [1] * 5 + [0]
    assert records == [*CLEANED, WITHOUT_TEXT]
    assert out.splitlines()[-3:] == [
        "OptionError there is no column 'body'; the columns are text, number",
        "OptionError column 'number' is of type int64; convert it to strings, or name another column",
        "[]",
    ]


@pytest.mark.parametrize("name", OF_CHUNKS)
def test_an_example_drops_chunks_of_a_copied_page(name: str, tmp_path: Path) -> None:
    for folder, ending, form in (("pages", "html", "<p>{}</p>"), ("articles", "txt", "{}\n\n")):
        (tmp_path / folder).mkdir()
        for page, number in {"a": 1, "b": 2, "copy": 1}.items():
            paragraphs = "".join(form.format(paragraph) for paragraph in body(number) * 2)
            text = f"<html><body><article>{paragraphs}</article></body></html>" if ending == "html" else paragraphs
            (tmp_path / folder / f"{page}.{ending}").write_text(text, "utf-8")
    out = run_example(name, tmp_path, RECORDS)
    if name == "without_a_framework.py":
        assert out.count("coal quay") == 1
        return
    lines = [line.partition(" ") for line in out.splitlines()]
    assert {Path(source).stem for source, _, _ in lines} == {"a", "b"}
    assert [bool(duplicates) for source, _, duplicates in lines] == [source.startswith("a.") for source, _, _ in lines]
    assert "100% of it is in the chunk that stays" in out


def test_the_settings_of_the_scrapy_example_are_accepted(tmp_path: Path) -> None:
    from scrapy.utils.test import get_crawler

    from dedupe.integrations.scrapy import DedupePipeline

    (tmp_path / "settings.py").write_text(EXAMPLES["settings.py"], "utf-8")
    settings = {key: value for key, value in runpy.run_path(str(tmp_path / "settings.py")).items() if key.isupper()}
    pipeline = DedupePipeline.from_crawler(get_crawler(settings_dict=settings))
    item = pipeline.process_item({"text": TWICE})
    assert isinstance(item, dict)
    assert item["text"] == SAID
    assert [finding["action"] for finding in item["repeats"]] == ["remove"]


def test_what_an_extractor_returns_is_cleaned(tmp_path: Path) -> None:
    rows = "".join(f"<p>{row}</p>" for row in [SAID, "It may do so next week, or the week after that one.", SAID])
    page = f"<html><body><article><h1>Bridge</h1>{rows}</article></body></html>"
    (tmp_path / "page.html").write_text(page)
    (tmp_path / "extract.py").write_text(EXAMPLES["extract.py"], "utf-8")
    with serve(tmp_path, []) as address:
        done = subprocess.run(
            [sys.executable, "-c", f"import extract; print(extract.article('{address}/page.html'))"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "no_proxy": "*"},
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(SAID) == 1
