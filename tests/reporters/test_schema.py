"""The JSON of every verb, and of the library, is as its schema in the package says."""

import json
import re
from copy import deepcopy
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

import dedupe
from tests.commands import run
from tests.io.test_formats import BUILT
from tests.scopes import BODY, BRIDGE, MONEY, PROMO, ROAD
from tests.texts import ARTICLE, SENTENCES

SCHEMA = json.loads(files("dedupe.reporters").joinpath("schema.json").read_text("utf-8"))
DEFINITIONS = SCHEMA["$defs"]
FLAGGED = f"{SENTENCES[5]}\n\n{SENTENCES[6]}"


def closed(schema: Any) -> Any:
    """Return a schema that allows no keys but those it describes: an undescribed one is an error here."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if isinstance(found.get("properties"), dict) and found.get("type") == "object":
        found["additionalProperties"] = False
    return found


def validator(name: str, strict: bool = True) -> Draft202012Validator:
    schema = deepcopy(SCHEMA) | {"$ref": f"#/$defs/{name}"}
    if strict:
        schema["$defs"]["annotation"] = {  # a union of keys, which cannot be closed part by part
            "type": "array",
            "items": closed(DEFINITIONS["finding"] | {"additionalProperties": False}),
        }
        field = DEFINITIONS["annotation"]["items"]["properties"]
        schema["$defs"]["annotation"]["items"]["properties"] = DEFINITIONS["finding"]["properties"] | field
        schema = closed(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check(name: str, *values: Any) -> None:
    assert values
    for value in values:
        validator(name).validate(value)
        validator(name, strict=False).validate(value)


def lines(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.decode("ascii").splitlines()]


def test_the_schema_is_one_and_describes_every_key() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$ref"] == "#/$defs/report"

    def walk(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, part in value.get("properties", {}).items():
                assert "description" in part or DEFINITIONS[part["$ref"].rpartition("/")[2]]["description"], (name, key)
            for key in value.get("required", ()):
                assert key in value["properties"], (name, key)
            for key, part in value.items():
                walk(part, f"{name}.{key}")
        elif isinstance(value, list):
            for part in value:
                walk(part, name)

    walk(SCHEMA, "")
    used = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(SCHEMA)))
    printed = {"annotation", "removed", "query", "compare", "tune", "settings", "stats", "run"}
    assert used | printed == set(DEFINITIONS)


def test_the_schema_names_the_actions_and_kinds_of_the_library() -> None:
    properties = DEFINITIONS["finding"]["properties"]
    assert properties["action"]["enum"] == list(get_args(dedupe.Action))
    assert properties["kind"]["enum"] == list(get_args(dedupe.Kind))


@pytest.mark.parametrize(
    "text", ["", BRIDGE, BODY, "\n\n".join(ARTICLE * 2), FLAGGED, "\n".join(SENTENCES * 2), f"{BRIDGE}\r\n\r\n{BRIDGE}"]
)
def test_a_report_of_the_library(text: str) -> None:
    report = dedupe.check(("an id", text))
    check("report", report.to_dict(), json.loads(json.dumps(report.to_dict())))
    for finding in report.findings:
        check("finding", finding.to_dict())
        assert dedupe.Finding.of_dict(finding.to_dict()).to_dict() == finding.to_dict()


def test_reports_of_a_set_and_of_an_index() -> None:
    documents = [(str(number), f"{BODY}\n\n{PROMO}\n\nNumber {number}.") for number in range(12)]
    for action in ("flag", "remove"):
        check("report", *(report.to_dict() for report in dedupe.corpus.check(documents, cross_document=action)))
        with dedupe.open_index(":memory:", store_text=True) as index:
            deduper = dedupe.Deduper(index=index, cross_document=action)
            found = [report.to_dict() for report in deduper.check_many(documents, remember=True)]
        check("report", *found)
        assert any("first_seen" in one["original"] for report in found for one in report["findings"])


def test_a_report_of_a_document_on_which_the_program_failed() -> None:
    report = dedupe.Report(dedupe.Document(BODY, "a"), problem="The program failed on it.")
    check("report", report.to_dict())


@pytest.mark.parametrize("kind", BUILT)
def test_what_check_prints_of_every_format(kind: str, tmp_path: Path) -> None:
    name, write, _ = BUILT[kind]
    path = write(tmp_path / name, [[ROAD, *ARTICLE, MONEY, *ARTICLE]])
    done = run("check", path, "--output-format", "json-lines")
    found = lines(done.stdout)
    check("report", *found)
    assert any(report["findings"] for report in found), done.stderr


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Return a file of records, with repeats in and between their fields, and some that cannot be read."""
    text = f"{BODY}\n\n{BRIDGE}\n\n{FLAGGED}"
    whole = [{"id": str(number), "title": "Bridge to be painted green", "text": text} for number in range(3)]
    bad: list[Any] = [{"id": "x"}, {"id": "y", "title": "", "text": 3}]
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in whole + bad) + "{\n", "utf-8")
    return path


FIELDS = ("--id", "id", "--field", "title", "--field", "text")


def test_what_check_prints_of_records(records: Path) -> None:
    for more in (("--id", "id"), FIELDS, (*FIELDS, "--scope", "corpus"), ("--ignore", "near")):
        found = lines(run("check", records, *more, "--output-format", "json-lines").stdout)
        check("report", *found)
        assert [report["record"] for report in found if report["findings"]]


def test_what_clean_writes(records: Path, tmp_path: Path) -> None:
    removed, out = tmp_path / "removed.jsonl", tmp_path / "out.jsonl"
    run("clean", records, *FIELDS, "-o", out, "--removed", removed)
    check("removed", *lines(removed.read_bytes()))
    for more in (("--id", "id"), FIELDS):
        run("clean", records, *more, "-o", out, "--annotate", "found")
        found = [record["found"] for record in lines(out.read_bytes()[:-2]) if "found" in record]
        check("annotation", *found)
        assert any(found)


def test_what_corpus_writes(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("corpus", records, "-o", out, "--id", "id", "--cross-document", "remove", "--drop-covered", 0)
    found = list(chain.from_iterable(lines(path.read_bytes()) for path in sorted((out / "findings").iterdir())))
    check("report", *found)
    assert any(report["findings"] for report in found)
    assert all(report["key"] for report in found)
    check("run", json.loads((out / "report.json").read_bytes()))


def test_what_the_verbs_of_an_index_print(records: Path, tmp_path: Path) -> None:
    index = ("--index", tmp_path / "seen.index")
    new = tmp_path / "new.txt"
    new.write_text(f"{BRIDGE}\n\nNobody has written this before.\n", "utf-8")
    run("index", "add", records, "--id", "id", *index, "--store-text")
    check("stats", *lines(run("index", "stats", *index, "--output-format", "json").stdout))
    for path in (new, records):
        found = lines(run("index", "query", path, *index, "--output-format", "json-lines").stdout)
        check("query", *found)
        assert any(one["paragraphs"] for one in found)
        check("report", *lines(run("check", path, *index, "--output-format", "json-lines").stdout))


def test_what_compare_settings_and_tune_print(tmp_path: Path) -> None:
    for name, text in (("a", BRIDGE), ("b", BRIDGE.replace("dark", "deep")), ("c", ROAD), ("d", BODY)):
        (tmp_path / name).with_suffix(".txt").write_text(text, "utf-8")
    for one, other in ("ab", "ac", "aa"):
        texts = [tmp_path / f"{name}.txt" for name in (one, other)]
        check("compare", *lines(run("compare", *texts, "--output-format", "json").stdout))
    check("settings", *lines(run("settings", "--output-format", "json", DEDUPE_IGNORE="near").stdout))
    (tmp_path / "e.txt").write_text(f"{BRIDGE}\n\n{BRIDGE}\n\n{FLAGGED}\n", "utf-8")
    check("tune", *lines(run("tune", tmp_path, "--output-format", "json").stdout))


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"findings": None},
        {"document": None},
        {"record": 0},
        {"findings": [{}]},
        {"findings": [{"action": "keep"}]},
        {"surprise": 1},
    ],
)
def test_what_is_no_report_is_refused(change: dict[str, Any]) -> None:
    report = dedupe.check(("a", f"{BRIDGE}\n\n{BRIDGE}")).to_dict()
    changed = report | change
    if change.get("findings") and change["findings"][0]:
        changed["findings"] = [report["findings"][0] | change["findings"][0]]
    with pytest.raises(ValidationError):
        validator("report").validate(changed)


def test_a_program_of_today_reads_the_keys_of_tomorrow() -> None:
    report = dedupe.check(("a", f"{BRIDGE}\n\n{BRIDGE}")).to_dict()
    report["more"] = report["findings"][0]["more"] = report["findings"][0]["original"]["more"] = 1
    validator("report", strict=False).validate(report)
