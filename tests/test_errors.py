"""What is said of records that cannot be read or have no text: enough to mend them, and not a line for each."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dedupe._tally import ErrorCounts, kind_of
from dedupe.errors import InputError
from tests.archives import HTML, write_parquet, write_warc
from tests.cli.test_cli import SAID
from tests.commands import run
from tests.known import own

TWICE = f"{SAID}\n\n{SAID}"
GOOD = {"id": "good", "text": TWICE}


def records(path: Path, *rows: object) -> Path:
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in rows), "utf-8")
    return path


def missing_fields(folder: Path) -> tuple[Path, str]:
    rows = ({"id": str(number), "body": TWICE, "url": ""} for number in range(50))
    return records(folder / "x.jsonl", *rows, GOOD), "has no field 'text'"


def broken_lines(folder: Path) -> tuple[Path, str]:
    bad = ("{" if number % 2 else '{"text": tru' for number in range(50))
    return records(folder / "x.jsonl", *bad, GOOD), "is not JSON"


def wrong_types(folder: Path) -> tuple[Path, str]:
    bad = ({"id": str(number), "text": number} for number in range(50))
    return records(folder / "x.jsonl", *bad, GOOD), "has a number in the field 'text', where a string is needed"


def repeated_ids(folder: Path) -> tuple[Path, str]:
    rows = ({"id": str(number % 2), "text": "Short."} for number in range(52))
    return records(folder / "x.jsonl", *rows, GOOD), "has the id ... of an earlier record"


def ragged_rows(folder: Path) -> tuple[Path, str]:
    rows = "".join(f"{number},a" + ",more" * (number % 3 + 1) + "\n" for number in range(50))
    path = folder / "x.csv"
    path.write_text(f'id,text\n{rows}good,"{TWICE}"\n')
    return path, "has ... cell, where the first row has ..."


def undecodable_cells(folder: Path) -> tuple[Path, str]:
    path = folder / "x.tsv"
    bad = b"".join(b"%d\t%c\n" % (number, 0xA0 + number) for number in range(50))
    path.write_bytes(b"id\ttext\n" + bad + b'good\t"' + TWICE.encode() + b'"\n')
    return path, "is not UTF-8"


def large_rows(folder: Path) -> tuple[Path, str]:
    return write_parquet(folder / "x.parquet", ["a" * 2000] * 50 + [TWICE]), "is a record larger than 1,000 bytes"


def odd_codings(folder: Path) -> tuple[Path, str]:
    bad = [(b"<p>x</p>", [HTML, ("Content-Encoding", "zip")])] * 50
    path = write_warc(folder / "x.warc", [*bad, (f"<p>{SAID}</p><p>{SAID}</p>".encode(), [HTML])])
    return path, "has the content encoding 'zip', where gzip, deflate, br or none is read"


KINDS = [
    missing_fields,
    broken_lines,
    wrong_types,
    repeated_ids,
    ragged_rows,
    undecodable_cells,
    pytest.param(large_rows, marks=pytest.mark.heavy),
    odd_codings,
]


def wanted(path: Path) -> list[str]:
    limit = ["--max-record", "1000"] if path.suffix == ".parquet" else []
    return limit if path.suffix == ".warc" else ["--id", "id", *limit]


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_three_errors_of_a_kind_are_told_and_how_many_more(
    make: Callable[[Path], tuple[Path, str]], tmp_path: Path
) -> None:
    path, head = make(tmp_path)
    done = run("check", path, *wanted(path))
    said = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert len(said) == 4
    assert all(line.startswith(f"error: {path}:") for line in said[:3])
    assert said[3] == f"error: {path}: 47 more records of this kind: {head}"
    assert b"1 to remove" in done.stdout or b"remove exact" in done.stdout


@pytest.mark.parametrize(
    "verb",
    [
        ("clean",),
        ("clean", "--jobs", "2"),
        ("tune",),
        ("check", "--scope", "corpus"),
        ("index", "add", "--index", "new.index"),
        ("corpus", "-o", "out"),
    ],
    ids=" ".join,
)
def test_every_verb_tells_three_names_the_fields_and_the_option(verb: tuple[str, ...], tmp_path: Path) -> None:
    path, _ = missing_fields(tmp_path)
    other = records(tmp_path / "y.jsonl", *[{"txt": "a"}] * 5, {"text": "b"})
    extra = [str(tmp_path / one) if one in ("new.index", "out") else one for one in verb]
    paths = [path] if verb[0] == "clean" else [path, other]
    done = run(*extra, *paths)
    said = done.stderr.decode().splitlines()
    problem = "has no field 'text'; name another with --field: the fields are 'id', 'body', 'url'"
    assert done.returncode == 2
    assert said[:4] == [
        *(f"error: {path}:{number}: {problem}" for number in (1, 2, 3)),
        f"error: {path}: 47 more records of this kind: has no field 'text'",
    ]
    if len(paths) == 2:
        problem = "has no field 'text'; name another with --field: the fields are 'txt'"
        assert said[4:8] == [
            *(f"error: {other}:{number}: {problem}" for number in (1, 2, 3)),
            f"error: {other}: 2 more records of this kind: has no field 'text'",
        ]


def test_kinds_are_told_apart_file_by_file_and_the_option_is_that_of_the_field(tmp_path: Path) -> None:
    path = records(tmp_path / "x.jsonl", "{", GOOD, "[1]", {"text": "a"}, {}, "{", "{", "{", "{")
    said = run("check", path, "--id", "id").stderr.decode().splitlines()
    assert [line.removeprefix(f"error: {path}").split(":")[1] for line in said[:4]] == ["1", "3", "4", "5"]
    assert said[2].endswith(":4: has no field 'id'; name another with --id: the fields are 'text'")
    assert said[3].endswith(":5: has no field 'id'; name another with --id: it has no fields at all")
    assert said[6:] == [f"error: {path}: 2 more records of this kind: is not JSON"]


def test_an_error_names_file_record_and_id(tmp_path: Path) -> None:
    path = records(tmp_path / "x.jsonl", {"id": "a'b", "text": 7})
    said = run("check", path, "--id", "id").stderr.decode()
    assert said.startswith(f"error: {path}:1: has a number in the field 'text'")
    assert said.endswith(' (id "a\'b")\n')
    table = tmp_path / "x.csv"
    table.write_bytes(b'id,text\na,"x\ny"\nb,\xff\n')
    said = run("check", table, "--id", "id").stderr.decode()
    way = "find its encoding with --encoding auto, or name it with --encoding NAME"
    assert said == f"error: {table}:4: is not UTF-8: byte 0xff in cell 2; {way} (record 2, id 'b')\n"
    archive, _ = odd_codings(tmp_path)
    said = run("check", archive).stderr.decode()
    assert said.startswith(f"error: {archive}:record 2: has the content encoding")
    assert said.splitlines()[0].endswith(" (id 'https://example.org/0')")


def test_an_error_in_a_parquet_file_names_row_and_id(tmp_path: Path) -> None:
    rows = write_parquet(tmp_path / "x.parquet", ["a" * 2000])
    said = run("check", rows, "--id", "id", "--max-record", "1000").stderr.decode()
    assert said.startswith(f"error: {rows}:row 1: is a record larger")
    assert said.endswith(" (id '0')\n")


def test_a_finding_names_file_record_id_and_field(tmp_path: Path) -> None:
    path = records(tmp_path / "x.jsonl", {}, {"key": "k", "a": "Short.", "b": TWICE})
    columns = ("--id", "key", "--field", "a", "--field", "b")
    for form, place in (
        ("concise", f"{path}:record 2:3: remove exact [repeated-beside] (id 'k', field 'b') "),
        ("full", f"--> {path}:record 2:3 (id 'k', field 'b')\n"),
        ("github", f"::remove {path}:record 2:3 (id 'k', field 'b'): "),
        ("sarif", f"\"fullyQualifiedName\": \"{path}:record 2 (id 'k', field 'b')\""),
    ):
        assert place in run("check", path, *columns, "--output-format", form).stdout.decode()


def test_a_row_of_a_table_is_where_it_begins_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f'id,text\na,"x\ny"\nb,"{TWICE}"\n')
    assert b",line=4,endLine=4," in run("check", path, "--output-format", "github").stdout
    found = json.loads(run("check", path, "--output-format", "json-lines").stdout.splitlines()[1])
    assert (found["record"], found["line"]) == (2, 4)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("verb", ["check", "clean"])
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_record_without_text_is_counted_and_stays(ending: str, verb: str, jobs: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{ending}"
    if ending == "jsonl":
        records(path, *[{"text": None, "n": 1}] * 5, GOOD, {"text": ""})
    else:
        write_parquet(path, [None] * 5 + [TWICE, ""])
    output: list[str | Path] = ["-o", tmp_path / f"out.{ending}"] if verb == "clean" else []
    done = run(verb, path, "--jobs", jobs, *output)
    assert done.returncode == (1 if verb == "check" else 0)
    told = done.stderr.decode().splitlines()
    assert told[0] == f"warning: {path}: 5 records have no text; nothing of them is changed"
    assert len(told) == (1 if verb == "check" else 2)  # how many paragraphs were removed
    if verb == "clean" and ending == "jsonl":
        before, after = ((tmp_path / name).read_bytes().splitlines() for name in ("x.jsonl", "out.jsonl"))
        assert after[:5] == before[:5]
        assert json.loads(after[5])["text"] == SAID


def test_a_table_has_empty_texts_and_none_that_are_absent(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f'id,text\na,\nb,"{TWICE}"\n')
    done = run("clean", path)
    assert (done.returncode, done.stderr, done.stdout.decode()) == (0, b"", f'id,text\na,\nb,"{SAID}"\n')


def test_of_several_fields_one_may_be_absent(tmp_path: Path) -> None:
    row = {"a": None, "b": TWICE}
    path = records(tmp_path / "x.jsonl", row, {"a": TWICE, "b": None}, {"a": None, "b": None})
    done = run("clean", path, "--field", "a", "--field", "b", "--clean-field", "a", "--clean-field", "b")
    assert (done.returncode, done.stderr.decode()) == (
        0,
        f"warning: {path}: 1 record has no text; nothing of them is changed\n",
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"a": None, "b": SAID},
        {"a": SAID, "b": None},
        {"a": None, "b": None},
    ]


UNKNOWN = "error: {}: no record has the field {!r}; check its name, or leave it out"


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("verb", ["check", "clean", "index add"])
@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_a_field_that_no_record_of_any_file_has_is_an_error(ending: str, verb: str, jobs: str, tmp_path: Path) -> None:
    paths = []
    for name in ("one", "two"):
        objects = [json.dumps({"text": TWICE, "other": own(number) * 20}) for number in range(400)]
        objects[300] = json.dumps({"text": TWICE, "summary": None})
        text = "[" + ",\n".join(objects) + "]" if ending == "json" else "\n".join(objects)
        paths.append(tmp_path / f"{name}.{ending}")
        paths[-1].write_text(text)
    fields = ["--field", "summary", "--field", "titel", "--field", "subtitel", "--field", "text"]
    options = ["-o", tmp_path / "out"] if verb == "clean" else ["--jobs", jobs]
    if verb == "index add":
        options = ["--index", tmp_path / "x.sqlite"]
    done = run(*verb.split(), *paths, *fields, *options)
    told = [line for line in done.stderr.decode().splitlines() if "no record has" in line]
    assert told == [UNKNOWN.format(f"{paths[0]} and the other files", name) for name in ("subtitel", "titel")]
    assert done.returncode == 2
    if verb == "clean":
        assert all((tmp_path / "out" / path.name).read_text().count(SAID) == 400 for path in paths)


@pytest.mark.parametrize("other", ["jsonl", "json", "csv", pytest.param("parquet", marks=pytest.mark.heavy)])
def test_a_field_that_some_record_of_some_file_has_is_no_error(other: str, tmp_path: Path) -> None:
    path = records(tmp_path / "x.jsonl", {"text": TWICE})
    with_tags = tmp_path / f"y.{other}"
    as_json = json.dumps({"tags": None, "text": SAID})
    texts = {"jsonl": as_json, "json": f"[{as_json}]", "csv": "text,tags\na,b\n"}
    if other in texts:
        with_tags.write_text(texts[other])
    else:
        write_parquet(with_tags, [SAID])
    fields = ["--field", "tags", "--field", "text"]
    done = run("check", path, with_tags, *fields)
    assert (done.returncode, done.stderr) == (1, b"")
    assert run("check", path, *fields).stderr.decode() == UNKNOWN.format(path, "tags") + "\n"


def test_empty_arrays_on_the_way_to_a_text_are_no_error(tmp_path: Path) -> None:
    path = records(tmp_path / "x.jsonl", {"body": []}, {"body": []})
    done = run("check", path, "--field", "body[].txt")
    sentence = f"warning: {path}: 2 records have no text; nothing of them is changed\n"
    assert (done.returncode, done.stderr.decode()) == (0, sentence)


@pytest.mark.parametrize(
    ("record", "advice"),
    [
        ({"text": 5}, "correct this record\n"),
        ({"text": 5, "n": 1}, "correct this record\n"),
        ({"id": "a", "text": 5}, "correct this record, or name another field with --field, of 'id'\n"),
        ({"id": "a", "text": {"body": "b"}}, "name a string in it with --field text.NAME, of 'body'\n"),
        ({"text": {}}, "correct this record\n"),
        ({"text": [5]}, "correct this record, or name another field with --field\n"),
    ],
)
def test_what_is_said_of_a_value_that_is_no_text_helps(record: dict[str, object], advice: str, tmp_path: Path) -> None:
    done = run("check", records(tmp_path / "x.jsonl", record))
    assert (done.returncode, done.stderr.decode().split("; ")[1]) == (2, advice)


def test_an_absent_id_is_none_and_repeats_no_other(tmp_path: Path) -> None:
    lines = records(tmp_path / "x.jsonl", *[{"id": None, "text": TWICE}] * 2)
    table = tmp_path / "x.csv"
    table.write_text(f'id,text\n,"{TWICE}"\n,"{TWICE}"\n')
    for path in (lines, table):
        done = run("check", path, "--id", "id", "--output-format", "json-lines")
        assert (done.returncode, done.stderr) == (1, b"")
        assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["", ""]


def test_a_column_of_findings_is_empty_for_a_record_without_text(tmp_path: Path) -> None:
    done = run("clean", records(tmp_path / "x.jsonl", {"text": None}), "--annotate", "found")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"text": None, "found": []})


@pytest.mark.heavy  # of pyarrow
def test_a_corpus_counts_records_without_text(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    records(tmp_path / "in/x.jsonl", {"text": None}, GOOD, {"text": None})
    write_parquet(tmp_path / "in/x.parquet", [None, TWICE])
    done = run("corpus", tmp_path / "in", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b" changed, 3 records without text\n" in done.stdout
    assert json.loads((tmp_path / "out/report.json").read_text())["counts"]["absent"] == 3
    written = (tmp_path / "out/documents/part-00000.jsonl").read_text().splitlines()
    assert written[0] == written[2] == '{"text": null}'


def test_what_two_errors_have_in_common_is_their_kind() -> None:
    assert kind_of("has the id 'a; b: c' of an earlier row; ids must be unique") == "has the id ... of an earlier row"
    assert kind_of("has a lone surrogate \\ud800 in the field 'a'") == "has a lone surrogate ... in the field ..."
    tally = ErrorCounts()
    for number in range(9):
        tally.note(InputError(f"x:{number}", f"has the id '{number}; x' of an earlier row; ids must be unique"))
    assert [one.place for one in tally.shown] == ["x:0", "x:1", "x:2"]
    assert list(tally.rest()) == ["6 more records of this kind: has the id ... of an earlier row"]
    whole = ErrorCounts()
    assert len([*whole.add(tally.to_dict()), *whole.add(tally.to_dict())]) == 3
    assert list(whole.rest()) == ["15 more records of this kind: has the id ... of an earlier row"]


def test_what_an_index_knows_is_said_with_file_record_and_id(tmp_path: Path) -> None:
    index = ("--index", tmp_path / "seen.index")
    (tmp_path / "old.txt").write_text(SAID)
    assert run("index", "add", tmp_path / "old.txt", *index).returncode == 0
    path = records(tmp_path / "x.jsonl", {"id": "a", "text": "Short."}, {"id": "b", "text": SAID})
    done = run("index", "query", path, "--id", "id", *index)
    assert done.stdout.decode().startswith(f"{path}:record 2:1 (id 'b'): in 1 document, first seen ")
    done = run("index", "query", path, "--id", "id", *index, "--output-format", "json-lines")
    found = json.loads(done.stdout.splitlines()[1])
    assert (found["document"], found["path"], found["record"]) == ("b", str(path), 2)
    assert run("index", "query", tmp_path / "old.txt", *index).returncode == 0
