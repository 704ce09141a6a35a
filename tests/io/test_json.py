"""Files of one JSON value, and texts that are several strings, in and out."""

import json
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.io.formats import ReadOptions, Record
from dedupe.io.formats.json.array import Structure, read
from dedupe.io.formats.strings import cuts_of_each, join_strings, remaining
from tests.cli.test_cli import SAID
from tests.commands import run
from tests.io.test_json_lines import TWICE, Slow
from tests.texts import ARTICLE, nasty

PRETTY = [{"id": 1, "tags": [], "text": TWICE}, {"id": 2, "text": "The ferry sails at nine."}, {"id": 3, "text": TWICE}]


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def records(data: bytes, at_once: int = 1 << 18, **read_options: Any) -> list[Record]:
    stream = Slow(data)
    stream.at_once = at_once
    return [one for stretch in read(stream, "x.json", ReadOptions(**read_options)) for one in stretch.records()]


def cleaned(data: bytes, **read_options: Any) -> bytes:
    """Return a file without what repeats in its records."""
    deduper = Deduper()
    return b"".join(
        one.without_repeats(deduper.check_batch(list(one.documents))) for one in records(data, **read_options)
    )


@pytest.mark.slow
@pytest.mark.parametrize("indent", [None, 0, 1, 2, "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_values_change_and_no_byte_beside_them(tmp_path: Path, indent: int | str | None, ends: str) -> None:
    text = f"\ufeff \n{json.dumps(PRETTY, indent=indent)} \n\n".replace("\n", ends)
    expected = text.replace(json.dumps(TWICE), json.dumps(SAID))
    path = written(tmp_path / "x.json", text)
    assert run("clean", path).stdout.decode() == expected
    assert run("check", path).returncode == 1
    assert run("clean", path, "--in-place", DEDUPE_UNDO_DIR=str(tmp_path / "undo")).returncode == 0
    assert path.read_bytes().decode() == expected
    assert run("check", path).returncode == 0
    assert run("undo", path, DEDUPE_UNDO_DIR=str(tmp_path / "undo")).returncode == 0
    assert path.read_bytes().decode() == text


def test_one_object_is_a_record(tmp_path: Path) -> None:
    text = json.dumps({"head": {"a": [1, {"b": "]"}]}, "text": TWICE}, indent=2)
    done = run("clean", written(tmp_path / "x.json", text))
    assert done.stdout.decode() == text.replace(json.dumps(TWICE), json.dumps(SAID))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_other_encodings_stay(tmp_path: Path, encoding: str) -> None:
    cleaned_once, twice = (json.dumps([{"text": text + " é"}], indent=1, ensure_ascii=False) for text in (SAID, TWICE))
    twice = json.dumps([{"text": f"{SAID} é\n\n{SAID} é"}], indent=1, ensure_ascii=False)
    path = written(tmp_path / "x.json", twice.encode(encoding))
    done = run("clean", path, *(["--encoding", encoding] if encoding == "utf-16-le" else []))
    assert (done.stdout, done.stderr) == (cleaned_once.encode(encoding), b"")


def test_a_report_names_record_line_field_and_id(tmp_path: Path) -> None:
    path = written(tmp_path / "x.json", json.dumps(PRETTY, indent=1))
    found = [
        json.loads(one) for one in run("check", path, "--id", "id", "--output-format", "json-lines").stdout.splitlines()
    ]
    assert [(one["record"], one["id"], one["line"]) for one in found] == [(1, "1", 2), (2, "2", 7), (3, "3", 11)]
    assert run("check", path, "--output-format", "concise").stdout.decode().startswith(f"{path}:record 1:3: remove")


def test_annotating_keeps_the_form_of_the_objects(tmp_path: Path) -> None:
    text = '[\n  {\n    "text": "a"\n  },\n  {"text": "b" },\n  {"text": null}\n]\n'
    done = run("clean", written(tmp_path / "x.json", text), "--annotate", "found")
    assert done.stdout.decode() == (
        '[\n  {\n    "text": "a",\n    "found": []\n  },\n  {"text": "b", "found": [] },\n'
        '  {"text": null, "found": []}\n]\n'
    )


# What is wrong with a file: the sentence, and whether the rest of it is done.

GOOD = json.dumps({"text": TWICE})
BAD = {
    "a comma at the end": (f"[{GOOD},\n]", "x.json:1: has a comma with nothing behind it", True),
    "a comma at the beginning": (f"[\n,{GOOD}]", "x.json:2: has a comma with nothing before it", True),
    "no comma": (f"[{GOOD}\n{GOOD}]", "x.json:2: has no comma before this object", True),
    "a comma in an object": (f'[{GOOD},\n{{"text": "a",}}]', "x.json:2: is not JSON: ", True),
    "a broken word": (
        f'[{GOOD},\n{{"n":\nnul}}]',
        "x.json:3: is not JSON: Expecting value at character 7; correct this record (record 2)",
        True,
    ),
    "a comment": (f"[{GOOD},\n// a\n{GOOD}]", "x.json:2: has a comment, which is no JSON; take it out", True),
    "a comment first": (f"// a\n[{GOOD}]", "x.json:1: has a comment, which is no JSON; take it out", False),
    "strings": (f'[\n"a", "b", {GOOD}]', "x.json:2: has a string where an object is needed; put texts into obj", True),
    "a number": (f"[{GOOD}, 1]", "x.json:1: has a number where an object is needed", True),
    "an array": (f'[{GOOD}, ["a"]]', "x.json:1: is an array, where an object is needed; make it one (record 2)", True),
    "the wrong bracket": (f'[{GOOD}, {{"text": "a"]]', "x.json:1: is not JSON: Expecting ',' delimiter", True),
    "the wrong last bracket": (f"[{GOOD}\n}}", "x.json:2: has a brace } where the bracket ]", False),
    "no last bracket": (f"[{GOOD},\n{GOOD}\n", "x.json:2: has an array that never ends", False),
    "no bracket inside": (
        f'[{GOOD},\n{{"a": {{"b": 1}},\n{GOOD}',
        "x.json:2: has an object that begins here and",
        False,
    ),
    "no quotation mark": (f'[{GOOD},\n{{"text": "a}},\n{GOOD}]', "never ends", False),
    "two arrays": (f"[{GOOD}]\n\n[{GOOD}]", "x.json:3: has a second value behind the first", False),
    "text behind": (f"[{GOOD}]\nend", "x.json:2: has something behind the end of its array", False),
    "no field": (f'[{GOOD},\n{{"txt": 1}}]', "x.json:2: has no field 'text'; name another with --field", True),
    "an array inside": (
        f'{{"n": 1,\n"articles": [{GOOD}]}}',
        "to have each object in 'articles' as a record",
        True,
    ),
    "a lone surrogate": (f'[{GOOD}, {{"text": "\\ud800"}}]', "has a lone surrogate \\ud800 in the field 'text'", True),
    "a long number": (f'[{GOOD}, {{"text": {"1" * 10_000}}}]', "x.json:1: has a number of thousands of digits", True),
    "a deep array": (
        f"[{GOOD}, {'[' * 100_000}{']' * 100_000}]",
        "x.json:1: is nested too deeply; correct this record (record 2)",
        True,
    ),
    "a deep beginning": ("[" * 1_000_000, "x.json:1: has an object that begins here and never ends", False),
    "no value": ('"text"', "x.json:1: has a string where an object is needed", False),
    "white space": (" \n", "x.json:1: has nothing but white space", False),
    "another encoding": (
        f'[{GOOD}, {{"text": "\udce9"}}]',
        "x.json:1: is not UTF-8: byte 0xe9 at offset 10; ",
        True,
    ),
    "too many objects": (f'[{GOOD}, {{"n": [{"{}," * 900_000}1]}}]', "it was left as it was; split", True),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_json_is_a_sentence_with_its_place(tmp_path: Path, case: str) -> None:
    text, sentence, goes_on = BAD[case]
    data = text.encode("utf-8", "surrogateescape")
    path = written(tmp_path / "x.json", data)
    done = run("clean", "-q", path, "--in-place", "--format", "json", DEDUPE_UNDO_DIR=str(tmp_path / "undo"))
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1 + done.stderr.count(b"was not read to its end")
    assert sentence.replace("it was left", "so it is left") in done.stderr.decode()
    cleaned_once = data.replace(GOOD.encode(), json.dumps({"text": SAID}).encode())
    assert path.read_bytes() == (cleaned_once if goes_on and case != "an array inside" else data)


def test_what_is_no_number_in_json_is_passed_by_as_python_reads_it(tmp_path: Path) -> None:
    text = f'[{{"n": NaN, "m": -Infinity, "text": {json.dumps(TWICE)}}}]'
    done = run("clean", written(tmp_path / "x.json", text))
    assert (done.stdout.decode(), done.stderr) == (text.replace(json.dumps(TWICE), json.dumps(SAID)), b"")


def test_an_empty_array_stays(tmp_path: Path) -> None:
    for text in ("[]", " [ \n ] \n"):
        done = run("clean", written(tmp_path / "x.json", text))
        assert (done.returncode, done.stdout.decode(), done.stderr) == (0, text, b"")


def test_ids_are_told_across_the_file_by_any_number_of_processes(tmp_path: Path) -> None:
    rows = [{"id": f"k{number % 2990}", "text": f"{TWICE}\n\n{number}"} for number in range(3000)]
    path = written(tmp_path / "x.json", json.dumps(rows, indent=1))
    one, two = (run("clean", path, "--id", "id", "--jobs", jobs) for jobs in ("1", "2"))
    assert one.returncode == 2
    assert b"x.json:11962: has the id 'k0' of an earlier record" in one.stderr
    assert (one.stdout, one.stderr) == (two.stdout, two.stderr)
    assert [row["text"] for row in json.loads(one.stdout)][:2] == [f"{SAID}\n\n0", f"{SAID}\n\n1"]


# The structure, and any JSON.

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('a"\\[]{},: \n\u00e9\U0001f6a2'), max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
SPACE = st.text(st.sampled_from(" \t\n\r"), max_size=3)


def spelled(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """Return a value as JSON, with any white space between its parts."""
    gap = partial(draw, SPACE)
    if isinstance(value, dict):
        members = (f"{gap()}{json.dumps(k)}{gap()}:{gap()}{spelled(v, draw)}{gap()}" for k, v in value.items())
        return f"{{{','.join(members) or gap()}}}"
    if isinstance(value, list):
        return f"[{','.join(f'{gap()}{spelled(one, draw)}{gap()}' for one in value) or gap()}]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@pytest.mark.slow
@given(st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), max_size=5), st.data(), st.integers(1, 40))
def test_objects_are_found_in_whatever_pieces_they_come(
    rows: list[dict[str, Any]], data: st.DataObject, size: int
) -> None:
    rows = [{**row, "text": "said"} for row in rows]
    raw = f"{data.draw(SPACE)}{spelled(rows, data.draw)}{data.draw(SPACE)}".encode()
    found = records(raw, size)
    assert b"".join(one.raw for one in found) == raw
    assert [json.loads(one.raw) for one in found if one.documents] == rows
    assert not any(one.error for one in found)
    starts = [one.places[0]["line"] for one in found if one.documents]
    assert starts == sorted(starts)
    assert cleaned(raw) == raw


@given(st.binary(max_size=60).map(lambda raw: bytes(b'[]{}"\\,a1 \n'[one % 11] for one in raw)), st.integers(1, 20))
def test_no_bytes_are_lost_or_taken_for_an_error_of_the_program(raw: bytes, size: int) -> None:
    try:
        assert b"".join(one.raw for one in records(raw, size)) == raw
    except InputError:
        return


@given(VALUES, st.integers(1, 9))
def test_edges_are_those_that_a_walk_over_the_characters_finds(value: Any, size: int) -> None:
    raw = json.dumps(value, ensure_ascii=False).encode()
    structure, found = Structure(), []
    for at in range(0, len(raw), size):
        found += [(at + place, depth) for place, depth in structure.edges(raw[at : at + size], 1)]
    depth, inside, escaped, expected = 0, False, False, []
    for at, sign in enumerate(raw.decode("latin-1")):
        if inside:
            inside = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            inside = True
        elif sign in "[{":
            depth += 1
            expected += [(at, depth)] if depth == 2 else []
        elif sign in "]}":
            depth -= 1
            expected += [(at, depth)] if depth <= 1 else []
    assert found == expected


# Texts that are several strings.


def test_strings_of_an_array_are_paragraphs_and_go_with_their_commas(tmp_path: Path) -> None:
    first, second, third = (json.dumps(one) for one in ARTICLE[:3])
    text = f'{{\n  "text": [\n    {first},\n    {second},\n    {first},\n    {third}\n  ],\n  "n": [1,2]\n}}\n'
    path = written(tmp_path / "x.json", text)
    assert run("clean", path).stdout.decode() == text.replace(f"    {first},\n    {third}", f"    {third}")
    (finding,) = json.loads(run("check", path, "--output-format", "json-lines").stdout)["findings"]
    assert (finding["lines"], finding["original"]["lines"]) == ([5, 5], [1, 1])
    last = f'{{"text": [ {first},{second} , {first} ]}}\n'
    done = run("clean", written(tmp_path / "x.jsonl", last))
    assert done.stdout.decode() == f'{{"text": [ {first},{second} ]}}\n'


def test_paths_lead_through_arrays(tmp_path: Path) -> None:
    one, two, three, four = ARTICLE
    record = {
        "body": {
            "sections": [{"paragraphs": [one, two]}, {"other": 1}, {"paragraphs": [two, three]}, {"paragraphs": []}]
        },
        "blocks": [{"text": four}, {"image": "x.png"}, {"text": f"{one}\n{four}"}, {"text": four}, {"text": None}],
    }
    path = written(tmp_path / "x.jsonl", json.dumps(record) + "\n")
    before = json.loads(path.read_text())
    record["body"]["sections"][2]["paragraphs"] = [three]  # type: ignore[index]  # it is a dictionary
    for field in ("body.sections[].paragraphs[]", "body.sections[].paragraphs"):
        done = run("clean", path, "--field", field)
        assert done.stdout.decode() == json.dumps({**record, "blocks": before["blocks"]}) + "\n"
    record["blocks"][2]["text"] = one  # type: ignore[index]  # likewise
    record["blocks"][3]["text"] = ""  # type: ignore[index]  # likewise
    done = run("clean", path, "--field", "blocks[].text")
    assert done.stdout.decode() == json.dumps({**before, "blocks": record["blocks"]}) + "\n"
    both = run("clean", path, "--field", "body.sections[].paragraphs", "--field", "blocks[].text")
    record["blocks"][2]["text"] = ""  # type: ignore[index]  # it repeats the other field, which stays
    assert both.stdout.decode() == json.dumps({**before, "blocks": record["blocks"]}) + "\n"


def test_escapes_of_strings_stay(tmp_path: Path) -> None:
    line = '{"text": ["a \\u0062 \\/", "SAID\\r\\n\\u0054he end.", "SAID\\n\\ud83d\\udea2 \\"b\\"\\n"]}\n'
    line = line.replace("SAID", SAID)
    done = run("clean", written(tmp_path / "x.jsonl", line))
    assert done.stdout.decode() == line.replace(f'"{SAID}\\n', '"')


BAD_ARRAYS = [
    ({"text": ["a", 1]}, [], "has a number in the array 'text', where strings are needed; correct this record"),
    (
        {"text": [{"p": "a"}]},
        [],
        "has an object in the array 'text', where strings are needed; name a string in it",
    ),
    ({"text": [{"p": "a"}]}, ["--field", "text[]"], "has an object in the field 'text[]', where a string is needed"),
    ({"text": [["a"]]}, [], "has an array in the array 'text'"),
    ({"text": "a"}, ["--field", "text[]"], "has no field 'text[]'"),
    ({"a": [{"b": 1}]}, ["--field", "a[].c"], "has no field 'a[].c'"),
    ({"a": [{"b": 1}]}, ["--field", "a[].b"], "has a number in the field 'a[].b', where a string is needed"),
    ({"a": ["x", "y"], "text": "a"}, ["--id", "a[]"], "has no field 'a[]'; name another with --id"),
    ({"text": ["a", "\ud800"]}, [], "has a lone surrogate"),
]


@pytest.mark.parametrize(("record", "options", "sentence"), BAD_ARRAYS)
def test_what_is_no_string_in_an_array_is_a_sentence(
    tmp_path: Path, record: dict[str, Any], options: list[str], sentence: str
) -> None:
    path = written(tmp_path / "x.jsonl", json.dumps(record))
    done = run("clean", path, *options)
    assert (done.returncode, done.stdout) == (2, path.read_bytes())
    assert f"x.jsonl:1: {sentence}" in done.stderr.decode()


def test_empty_arrays_and_nulls_are_no_text(tmp_path: Path) -> None:
    text = '{"text": []}\n{"text": [null]}\n{"text": null}\n'
    done = run("check", written(tmp_path / "x.jsonl", text))
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1)


@pytest.mark.slow
@given(st.lists(nasty().map(lambda text: text.replace("\udc80", "")), max_size=6))
def test_strings_are_left_as_the_joined_text_is(strings: list[str]) -> None:
    """What `check` announces is what goes, and what is left, read again, says the same."""
    record = {"text": strings, "n": 1}
    raw = json.dumps(record, indent=1).encode()
    (report, *_) = [*Deduper().check_batch([document for one in records(raw) for document in one.documents]), None]
    cleaned_once = cleaned(raw)
    kept = json.loads(cleaned_once)
    assert kept["n"] == 1
    if report is None or not report.changed:
        assert cleaned_once == raw
        return
    assert kept["text"] == remaining(strings, report.cuts)
    assert [line for line in join_strings(kept["text"]).splitlines() if line.strip()] == [
        line for line in report.text.splitlines() if line.strip()
    ]
    assert cleaned(cleaned_once) == cleaned_once
    pretty = json.dumps(kept, indent=1).encode()
    assert cleaned_once == pretty


@given(st.lists(nasty(), min_size=1, max_size=6))
@pytest.mark.slow
def test_without_cuts_each_string_stays(strings: list[str]) -> None:
    assert list(cuts_of_each(strings, ())) == [[]] * len(strings)


def test_a_corpus_and_lists_of_strings(tmp_path: Path) -> None:
    rows = [{"text": list(ARTICLE)}, {"text": [ARTICLE[0], "The ferry sails at nine.", ARTICLE[0]]}]
    path = written(tmp_path / "x.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    done = run("corpus", path, "-o", tmp_path / "out", "--cross-document", "remove")
    assert done.returncode == 0, done.stderr
    (made,) = (tmp_path / "out/documents").glob("*.jsonl")
    kept = [json.loads(line)["text"] for line in made.read_text().splitlines()]
    assert sorted(kept[0] + kept[1]) == sorted([*ARTICLE, "The ferry sails at nine."])
    assert kept[0] in (list(ARTICLE), list(ARTICLE[1:]))


@pytest.mark.parametrize(
    ("kind", "text"), [("json", json.dumps(PRETTY, indent=1)), ("csv", "text\na\n"), ("html", "<p>a</p>\n")]
)
def test_a_corpus_names_the_way_for_what_it_does_not_read(kind: str, text: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"x.{kind}", text)
    done = run("corpus", path, "-o", tmp_path / "out")
    assert done.returncode == 2
    sentence = (
        f"x.{kind}: is of the format {kind}; a corpus is read from json-lines, parquet, text; convert to one of these"
    )
    assert f"{sentence}, or use clean --scope corpus, which reads all formats".encode() in done.stderr
    assert run("clean", path, "--scope", "corpus").returncode == 0
    (folder := tmp_path / "in").mkdir()
    path.rename(folder / path.name)
    written(folder / "x.txt", "a\n")
    told = run("corpus", folder, "-o", tmp_path / "other").stderr.decode()
    assert f"1 file is left out for its ending (1 .{kind}); a corpus is read from json-lines, parquet, text;" in told


def test_a_sequence_of_bytes_is_read_once(tmp_path: Path) -> None:
    assert [one.raw for one in read(BytesIO(b'[{"text":"a"}]'), "x", ReadOptions())] == [b"[", b'{"text":"a"}', b"]"]
