"""Sets of documents in memory, from files whose records have no ids."""

import json
from pathlib import Path

import pytest

from tests.commands import run
from tests.texts import SENTENCES

RECORDS = [{"title": "The ferry", "text": SENTENCES[0]}, {"title": "The bridge", "text": SENTENCES[0]}]


@pytest.mark.parametrize(
    ("array", "original"),
    [
        (json.dumps([*RECORDS, *RECORDS]), ":1"),
        (f"[\n{json.dumps(RECORDS[0])},\n{json.dumps(RECORDS[0])}, {json.dumps(RECORDS[0])}]", ":2"),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_records_of_one_line_without_ids_are_told_apart(tmp_path: Path, array: str, original: str, jobs: str) -> None:
    path = tmp_path / "ferries.json"
    path.write_text(array)
    for fields in (["--field", "text"], ["--field", "title", "--field", "text"]):
        done = run("check", path, *fields, "--scope", "corpus", "--output-format", "json-lines", "--jobs", jobs)
        assert done.stderr == b""
        reports = [json.loads(line) for line in done.stdout.splitlines()]
        originals = {finding["original"]["document"] for report in reports for finding in report["findings"]}
        assert originals == {f"{path}{original}"}
        assert [report["record"] for report in reports if report["findings"]] == list(
            range(2, array.count('"text"') + 1)
        )


def test_records_of_one_line_without_ids_do_not_replace_one_another_in_an_index(tmp_path: Path) -> None:
    path = tmp_path / "ferries.json"
    path.write_text(json.dumps(RECORDS))
    added = run("index", "add", path, "--index", tmp_path / "seen.index")
    assert b"2 documents added" in added.stderr
    stats = run("index", "stats", "--index", tmp_path / "seen.index", "--output-format", "json")
    assert json.loads(stats.stdout)["documents"] == 2
