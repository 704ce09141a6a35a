"""The examples of docs/pipelines.md, run."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import SAID
from tests.integrations.sites import serve
from tests.io.test_json_lines import TWICE

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = {
    name: program
    for program in re.findall(r"```python\n(.*?)```", (ROOT / "docs/pipelines.md").read_text("utf-8"), re.DOTALL)
    for name in re.findall(r"^# (\w+\.py)$", program, re.MULTILINE)
}
RECORDS = [
    {"id": str(number), "date": f"2026-01-{number + 10}", "text": f"{TWICE}\n\nNumber {number} is told here."}
    for number in range(5)
]


def test_every_example_is_run_by_a_test() -> None:
    programs = {"with_pandas.py", "with_polars.py", "with_datasets.py", "with_corpus.py"}
    assert set(EXAMPLES) == programs | {"settings.py", "extract.py"}


@pytest.mark.parametrize("name", ["with_pandas.py", "with_polars.py", "with_datasets.py", "with_corpus.py"])
def test_an_example_cleans_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(EXAMPLES[name], "utf-8")
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(record) + "\n" for record in RECORDS), "utf-8")
    environment = {**os.environ, "HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, name], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    texts = [json.loads(line)["text"] for line in (tmp_path / "clean.jsonl").read_text("utf-8").splitlines()]
    assert texts == [f"{SAID}\n\nNumber {number} is told here." for number in range(5)]


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
