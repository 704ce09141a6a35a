"""Several fields of a record are one document; a field can be written in a format of its own."""

import csv
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dedupe
from dedupe.errors import OptionError
from dedupe.io.formats import ReadOptions
from dedupe.io.formats._fields import Field, join_fields, split_report
from dedupe.io.formats.json.record import record_of
from dedupe.model import Document, Report
from dedupe.text.paragraphs import split
from tests.commands import run
from tests.test_bounds import PEAK

TITLE = "Night ferry returns to the harbour after forty years"
TEASER = "The night ferry to Sandholm sailed again on Friday, forty years after the line was given..."
BODY = [
    "The night ferry to Sandholm sailed again on Friday, forty years after the line was given up for want of money.",
    "The ship was built in 1971 and spent most of its life carrying lorries between two ports that have silted up.",
    'It was "not the first time" that nobody came, the chairman wrote; nor, he added, would it be the last.',
]
FIELDS = ("--field", "title", "--field", "summary", "--field", "text")


def joined(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


RECORD = {"id": "a", "title": TITLE, "summary": TEASER, "text": joined(TITLE, TEASER, *BODY)}


def written(path: Path, records: Sequence[dict[str, str]]) -> Path:
    if path.suffix == ".parquet":
        import pyarrow as pa  # no other format needs it
        import pyarrow.parquet as pq

        pq.write_table(pa.table({name: [one[name] for one in records] for name in records[0]}), path)
    elif path.suffix == ".csv":
        rows = [list(records[0]), *(list(one.values()) for one in records)]
        cells = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows]
        path.write_text("".join(cells), newline="")
    else:
        path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return path


csv.field_size_limit(1 << 26)  # large fields are read, too


def values(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq  # likewise

        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return list(csv.DictReader(file))
    return [json.loads(line) for line in path.read_text().splitlines()]


ENDINGS = (".jsonl", ".csv", ".parquet")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_headline_and_a_teaser_go_from_the_text(ending: str, jobs: str, tmp_path: Path) -> None:
    other = {"id": "b", "title": "Bridge closed", "summary": "", "text": joined(*BODY[1:])}
    path = written(tmp_path / f"x{ending}", [RECORD, other])
    out = tmp_path / f"y{ending}"
    done = run("clean", "-q", path, *FIELDS, "--id", "id", "--jobs", jobs, "-o", out)
    assert (done.returncode, done.stderr) == (0, b"")
    assert values(out) == [{**RECORD, "text": joined(*BODY)}, other]
    second = run("check", out, *FIELDS)
    assert second.returncode == 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_only_the_fields_that_are_named_are_cleaned(ending: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"x{ending}", [{"title": TITLE, "text": joined(TITLE, *BODY, BODY[0])}])
    cleaned = {}
    for fields in ((), ("title",), ("title", "text")):
        out = tmp_path / f"y{len(fields)}{ending}"
        flags = [flag for name in fields for flag in ("--clean-field", name)]
        run("clean", "-q", path, "--field", "title", "--field", "text", *flags, "-o", out)
        (row,) = values(out)
        cleaned[fields] = row["title"], row["text"]
    assert cleaned[()] == (TITLE, joined(*BODY))
    assert cleaned["title",] == ("", joined(TITLE, *BODY, BODY[0]))  # the text is the original now
    assert cleaned["title", "text"] == (TITLE, joined(*BODY))


def test_a_report_names_the_field_of_the_original(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", [RECORD])
    found = run("check", path, *FIELDS, "--output-format", "json-lines").stdout.splitlines()
    title, summary, text = map(json.loads, found)
    assert [one["field"] for one in (title, summary, text)] == ["title", "summary", "text"]
    assert [title["findings"], summary["findings"]] == [[], []]
    headline, teaser = text["findings"]
    assert headline["original"] == {"document": str(path), "field": "title", "lines": [1, 1], "span": [0, len(TITLE)]}
    assert teaser["original"]["field"] == "summary"
    assert [headline["lines"], teaser["lines"]] == [[1, 1], [3, 3]]
    assert "line 1 of title" in headline["reason"]
    full = run("check", path, *FIELDS).stdout.decode()
    assert "is in line 1 of summary" in full
    assert f"{path}:record 1:3" in full


@pytest.mark.heavy  # of pyarrow
def test_findings_in_a_column_name_both_fields(tmp_path: Path) -> None:
    path = written(tmp_path / "x.parquet", [RECORD])
    run("clean", "-q", path, *FIELDS, "--annotate", "found", "-o", tmp_path / "y.parquet")
    (row,) = values(tmp_path / "y.parquet")
    assert [(one["field"], one["original"]["field"]) for one in row["found"]] == [
        ("text", "title"),
        ("text", "summary"),
    ]


def test_a_set_and_an_index_take_the_fields_as_one_document(tmp_path: Path) -> None:
    other = {"id": "b", "title": "Old ships", "summary": "", "text": joined("Of ships.", BODY[1], "They sail.")}
    path = written(tmp_path / "x.jsonl", [RECORD, other])
    arguments = (path, *FIELDS, "--id", "id", "--output-format", "json-lines")
    found = [json.loads(line) for line in run("check", *arguments, "--scope", "corpus").stdout.splitlines()]
    own, across = found[2]["findings"], found[5]["findings"]
    assert [one["original"]["field"] for one in own] == ["title", "summary"]
    assert [(one["action"], one["original"]["document"]) for one in across] == [("flag", "a")]
    index = tmp_path / "x.index"
    assert run("index", "add", path, *FIELDS, "--id", "id", "--index", index).returncode == 0
    new = written(tmp_path / "n.jsonl", [{**RECORD, "id": "c", "text": joined(TITLE, *BODY)}])
    indexed = [json.loads(line) for line in run("check", new, *arguments[1:], "--index", index).stdout.splitlines()]
    assert {one["original"]["document"] for one in indexed[2]["findings"]} >= {"a"}


@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_a_record_that_lacks_a_field_is_judged_by_those_it_has(ending: str, tmp_path: Path) -> None:
    lacking = {"id": "b", "title": TITLE, "text": joined(TITLE, *BODY)}
    records = [RECORD, lacking, {"id": "c", "summary": TEASER}, {"id": "d", "body": "Of ships."}]
    path = tmp_path / f"x.{ending}"
    path.write_text("\n".join(map(json.dumps, records)) if ending == "jsonl" else json.dumps(records, indent=1))
    done = run("clean", "-q", path, *FIELDS, "--id", "id", "-o", tmp_path / f"y.{ending}")
    assert done.returncode == 2
    assert done.stderr.count(b"has no field") == 1
    assert b"has no field 'title'" in done.stderr
    assert b"id 'd'" in done.stderr
    text = (tmp_path / f"y.{ending}").read_text()
    left = json.loads(text if ending == "json" else "[" + ",".join(text.splitlines()) + "]")
    assert left == [{**RECORD, "text": joined(*BODY)}, {**lacking, "text": joined(*BODY)}, *records[2:]]


@pytest.mark.parametrize("name", ["x.txt", "x.html"])
@pytest.mark.parametrize("option", [("--field-format", "html"), ("--clean-field", "text")])
def test_an_option_about_fields_is_said_to_do_nothing_where_there_are_none(
    option: tuple[str, str], name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(BODY[0])
    kind = "text" if name == "x.txt" else "html"
    sentence = f"{path}: is {kind}, which has no fields, so {option[0]} has no effect; leave it out\n".encode()
    for verb in (("check", path), ("clean", path)):
        assert (done := run(*verb, *option)).returncode == 0
        assert done.stderr.count(sentence) == 1
    written(tmp_path / "y.jsonl", [RECORD])
    assert b"has no effect" not in run("check", tmp_path, *option).stderr
    (tmp_path / "dedupe.toml").write_text('field-format = "html"\n')
    assert b"has no effect" not in run("check", path).stderr


def test_a_field_to_clean_that_is_not_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", [RECORD])
    done = run("check", path, "--clean-field", "title")
    assert done.returncode == 2
    assert b"must be among the fields that are read ('text'), not 'title'" in done.stderr
    with pytest.raises(OptionError):
        ReadOptions(field=("a", "b"), clean_field=("c",))


def feed(count: int, seed: int) -> list[tuple[dict[str, str], int]]:
    """Return records of made-up words and the number of paragraphs planted in front of the text of each."""
    draw = random.Random(seed)
    syllables = [first + second for first in "bdfgklmnprst" for second in "aeiou"]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 4))) for _ in range(3000)]

    def sentence(low: int, high: int) -> str:
        return " ".join(draw.choices(words, k=draw.randint(low, high))).capitalize()

    records = []
    for number in range(count):
        title = sentence(5, 10)
        body = [" ".join(sentence(8, 20) + "." for _ in range(draw.randint(2, 4))) for _ in range(draw.randint(3, 7))]
        cut_off = body[0][:120].rsplit(" ", 1)[0] + "..."
        summary = cut_off if number % 4 == 2 else sentence(15, 25) + "."
        planted = [[title], [summary], [title, summary], []][number % 4]
        record = {"id": str(number), "title": title, "summary": summary, "text": joined(*planted, *body)}
        records.append((record, len(planted)))
    return records


def test_planted_headlines_and_teasers_are_found_and_cut_only_where_allowed(tmp_path: Path) -> None:
    records = feed(1000, 1)
    path = written(tmp_path / "x.jsonl", [record for record, _ in records])
    run("clean", "-q", path, *FIELDS, "--id", "id", "-o", tmp_path / "y.jsonl")
    expected = [{**one, "text": joined(*one["text"].split("\n\n")[planted:])} for one, planted in records]
    assert values(tmp_path / "y.jsonl") == expected


PARTS = st.lists(
    st.sampled_from([TITLE, TEASER, *BODY, "", " ", "He said:", "Yes.", "\u200b", "A\nB", "A\r\nB", "Salt & eggs"]),
    max_size=5,
)


@given(st.lists(st.tuples(PARTS, st.sampled_from(["\n", "\n\n", "\r\n", "\r"]), st.booleans()), min_size=2, max_size=4))
@example([([""], "\n", True), ([TITLE], "\n", False), ([TITLE, "", TITLE], "\r\n", True)])
def test_what_is_put_together_is_taken_apart(parts: list[tuple[list[str], str, bool]]) -> None:
    texts = [end.join(paragraphs) for paragraphs, end, _ in parts]
    fields = [
        Field(Document(text, f"x#{number}"), {"field": str(number)}, parts[number][2])
        for number, text in enumerate(texts)
    ]
    whole = join_fields(fields, "x")
    reports = split_report(dedupe.check(whole), fields)
    assert [report.document.text for report in reports] == texts
    for report, one in zip(reports, fields, strict=True):
        assert one.cleaned or not report.findings
        rows = split(report.text).contents
        removed = [report.excerpt(finding.span) for finding in report.findings if finding.action == "remove"]
        before = split(report.document.text).contents
        assert sorted([*rows, *map(str.strip, removed)]) == sorted(before)
        for finding in report.findings:
            lines = report.document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            assert lines[finding.lines[0] - 1].strip() == report.excerpt(finding.span).strip()
            original_report = reports[int(finding.original.field or one.place["field"])]
            assert original_report.document.id == finding.original.document
            assert original_report.excerpt(finding.original.span).strip() in split(original_report.text).contents
    remaining_fields = [
        Field(Document(report.text, report.document.id), one.place, one.cleaned)
        for report, one in zip(reports, fields, strict=True)
    ]
    assert not any(
        report.changed for report in split_report(dedupe.check(join_fields(remaining_fields, "x")), remaining_fields)
    )


HTML = f"<div><h1>{TITLE}</h1>\n<p>{BODY[0]}</p><p class='x'>{BODY[1]} &amp; more</p>\n<p>{BODY[0]}</p></div>"
MARKDOWN = f"# {TITLE}\n\n{BODY[0]}\n\n* {BODY[1]}\n\n```\ncode\n```\n\n{BODY[0]}\n"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("format", "value", "remaining"),
    [
        ("html", HTML, HTML.replace(f"\n<p>{BODY[0]}</p></div>", "\n</div>")),
        ("markdown", MARKDOWN, MARKDOWN.replace(f"\n\n{BODY[0]}\n", "\n", 2).replace("\n\n*", f"\n\n{BODY[0]}\n\n*")),
    ],
)
def test_a_field_is_read_in_its_format(ending: str, format: str, value: str, remaining: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"x{ending}", [{"title": TITLE, "body": value}, {"title": "x", "body": "plain"}])
    arguments = ("--field", "body", "--field-format", format)
    run("clean", "-q", path, *arguments, "-o", tmp_path / f"y{ending}")
    assert values(tmp_path / f"y{ending}") == [{"title": TITLE, "body": remaining}, {"title": "x", "body": "plain"}]
    run("clean", "-q", path, "--field", "title", *arguments, "-o", tmp_path / f"z{ending}")
    heading = f"<h1>{TITLE}</h1>" if format == "html" else f"# {TITLE}\n\n"
    assert values(tmp_path / f"z{ending}")[0]["body"] == remaining.replace(heading, "")


def test_a_value_that_takes_too_much_memory_is_named_and_the_others_are_done(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", [{"body": "<p>" * 400_000}, {"body": HTML}])
    done = run("clean", path, "--field", "body", "--field-format", "html", "-o", tmp_path / "y.jsonl")
    assert done.returncode == 2
    assert f"error: {path}:1: ".encode() in done.stderr
    assert len(values(tmp_path / "y.jsonl")[1]["body"]) < len(HTML)


@pytest.mark.parametrize("ending", ENDINGS)
def test_fields_of_too_many_lines_are_a_sentence_in_time_and_the_others_are_done(ending: str, tmp_path: Path) -> None:
    large = {"id": "a", "title": TITLE, "text": "a\nb\n" * 2_000_000}
    path = written(tmp_path / f"x{ending}", [large, {"id": "b", "title": TITLE, "text": joined(TITLE, *BODY)}])
    out = tmp_path / f"y{ending}"
    arguments = ("--field", "title", "--field", "text", "--id", "id")
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path), *arguments, "-o", str(out)], capture_output=True, text=True
    )
    assert "which is too much for its 8.0 MB, so it is left as it was" in done.stderr
    assert "id 'a'" in done.stderr
    assert 1024 * int(done.stdout) < 20 * 8_000_000 + 200_000_000
    assert values(out) == [large, {"id": "b", "title": TITLE, "text": joined(*BODY)}]


def test_a_record_of_several_fields_has_one_document() -> None:
    raw = json.dumps(RECORD).encode()
    record = record_of(raw, "x", 1, ReadOptions(field=("title", "summary", "text"), id="id"))
    (document,) = record.documents
    assert document.id == "a"
    assert document.text == joined(TITLE, TEASER, RECORD["text"])
    assert [one.document.id for one in record.fields] == ["a#title", "a#summary", "a#text"]
    assert [report.document.id for report in record.reports([Report(document)])] == ["a#title", "a#summary", "a#text"]
