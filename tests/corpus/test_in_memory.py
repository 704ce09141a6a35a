"""Sets of documents in memory."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dedupe import corpus
from dedupe.model import Document
from tests.commands import run
from tests.scopes import BRIDGE, ROAD, SNOW
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


def test_paragraphs_are_told_apart_wherever_they_stand_among_blank_lines_and_removed_ones() -> None:
    first, second, third = BRIDGE, ROAD, SNOW
    documents = [
        ("a", f"{first}\n\n\n***\n{second}\n"),
        ("b", f"\n{third}\r\n\r\n{third}\r\n \r\n{second}\n\n{first}"),
    ]
    found = corpus.check(documents, cross_document="remove")
    assert [report.text for report in found] == [documents[0][1], f"\n{third}"]
    originals = {finding.span.start: finding.original for finding in found[1].findings}
    assert {(one.document, one.lines) for one in originals.values()} == {("b", (2, 2)), ("a", (5, 5)), ("a", (1, 1))}


def test_a_document_whose_paragraphs_and_layout_differ_is_named_and_the_others_are_done() -> None:
    texts = [BRIDGE, ROAD, SNOW]
    documents = [Document.of_paragraphs(texts, id=name) for name in ("a", "b", "c")]
    assert documents[0].layout is not None
    layout = replace(documents[0].layout, paragraphs=documents[0].layout.paragraphs[:2])
    reports = corpus.check([replace(documents[0], layout=layout), *documents[1:]])
    assert [report.failed for report in reports] == [True, False, False]
    assert {finding.original.document for finding in reports[2].findings} == {"b"}
