"""JSON lines, in and out."""

import gzip
import json
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.io.formats import RawChunk, ReadOptions
from dedupe.io.formats.json.lines import read
from dedupe.model import Report, Span, without
from tests.cli.test_cli import SAID
from tests.commands import run
from tests.texts import nasty

TWICE = f"{SAID}\n\n{SAID}"


def lines(path: Path, *records: str) -> Path:
    path.write_bytes("".join(records).encode("utf-8", "surrogatepass"))
    return path


def test_a_changed_record_changes_in_its_value_only(tmp_path: Path) -> None:
    odd = '{ "n":1.50e3 , "text" : %s, "a":[ 1,{"text":"x"} ],"text2":"\\u00e9" }\r\n'
    path = lines(tmp_path / "x.jsonl", odd % json.dumps(TWICE), '{"text": "kept \\/ as \\u0069t is"}\n\n', odd % '"y"')
    done = run("clean", path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == (odd % json.dumps(SAID) + '{"text": "kept \\/ as \\u0069t is"}\n\n' + odd % '"y"')


def test_what_is_written_unescaped_stays_unescaped(tmp_path: Path) -> None:
    text = TWICE.replace("bridge", "brücke")
    plain = json.dumps({"text": text}, ensure_ascii=False) + "\n"
    escaped = json.dumps({"text": text}) + "\n"
    done = run("clean", lines(tmp_path / "x.jsonl", plain, escaped))
    expected = SAID.replace("bridge", "brücke")
    assert done.stdout.decode() == (
        json.dumps({"text": expected}, ensure_ascii=False) + "\n" + json.dumps({"text": expected}) + "\n"
    )


def test_fields_are_names_or_paths_and_there_may_be_several(tmp_path: Path) -> None:
    others = [SAID.replace("committee", word) for word in ("council", "parish")]
    twice = [f"{one}\n\n{one}" for one in others]
    record = {"a": {"b": [TWICE, TWICE]}, "a.c": twice[0], "c": {"text": twice[1]}, "a ": 1}
    path = lines(tmp_path / "x.ndjson", json.dumps(record) + "\n")
    fields = ("a.b.1", "a.c", "c.text")
    flags = [flag for field in fields for flag in ("--field", field, "--clean-field", field)]
    expected = {"a": {"b": [TWICE, SAID]}, "a.c": others[0], "c": {"text": others[1]}, "a ": 1}
    assert json.loads(run("clean", path, *flags).stdout) == expected


@pytest.mark.parametrize("form", ["jsonl", "json"])
@pytest.mark.parametrize(
    ("record", "key"),
    [
        ('{"text": TWICE, "text": TWICE}', "text"),
        ('{"text": 1, "a": {}, "text": TWICE}', "text"),
        ('{"id": 1, "text": TWICE, "id": 2}', "id"),
        (r'{"text": 1, "te\u0078t": TWICE}', "text"),
        (r'{"\u0074ext": 1, "text": TWICE}', "text"),
        (r'{"id": 1, "text": TWICE, "i\u0064": 2}', "id"),
        (r'{"id": 1, "text": TWICE, "\u0069\u0064": 2}', "id"),
        ('{"a": {"b": TWICE, "b": TWICE}, "text": SAID}', "b"),
        ('{"a": {"b": TWICE}, "text": SAID, "a": {"b": TWICE}}', "a"),
    ],
)
def test_a_key_that_is_read_and_stands_twice_is_an_error(record: str, key: str, form: str, tmp_path: Path) -> None:
    record = record.replace("TWICE", json.dumps(TWICE)).replace("SAID", json.dumps(SAID))
    other = json.dumps({"id": 3, "text": TWICE, "a": {"b": "Of ships."}})
    path = tmp_path / f"x.{form}"
    path.write_text(f"{record}\n{other}\n" if form == "jsonl" else f"[{record},\n{other}]")
    fields = ["--field", "a.b", "--field", "text"] if key in "ab" else ["--id", "id"] if key == "id" else []
    done = run("clean", path, *fields)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    sentence = f"{path}:1: has the key '{key}' more than once in an object; leave one of them"
    assert sentence in done.stderr.decode()
    assert record in done.stdout.decode()
    assert other.replace(json.dumps(TWICE), json.dumps(SAID)) in done.stdout.decode()
    if len(fields) < 4:
        done = run("corpus", path, *fields, "-o", tmp_path / "out") if form == "jsonl" else run("check", path, *fields)
        assert (done.returncode, sentence in done.stderr.decode()) == (2, True)


@pytest.mark.parametrize(("key", "spelt"), [("a/b", r"a\/b"), ("té", r"t\u00E9"), ("M", r"\u004d"), ("O", r"\u004F")])
def test_a_key_that_stands_twice_may_be_spelt_with_any_escape(key: str, spelt: str, tmp_path: Path) -> None:
    record = f'{{"{spelt}": 1, "{key}": {json.dumps(TWICE)}}}\n{{"{spelt}": {json.dumps(TWICE)}}}\n'
    done = run("clean", lines(tmp_path / "x.jsonl", record), "--field", key)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert f"x.jsonl:1: has the key '{key}' more than once" in done.stderr.decode()
    assert done.stdout.decode() == record.replace(
        f'{{"{spelt}": {json.dumps(TWICE)}', f'{{"{spelt}": {json.dumps(SAID)}'
    )


def test_keys_that_are_not_read_may_stand_twice(tmp_path: Path) -> None:
    record = f'{{"n": 1, "text": {json.dumps(TWICE)}, "n": 2, "a": {{"text": 1, "text": "text"}}}}\n'
    done = run("clean", lines(tmp_path / "x.jsonl", record))
    assert (done.returncode, done.stdout.decode()) == (0, record.replace(json.dumps(TWICE), json.dumps(SAID)))


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=9) | st.integers() | st.none(), max_size=4)), nasty()
)
def test_rebuilding_changes_nothing_but_the_text(records: list[dict[str, object]], text: str) -> None:
    text = "gone" + text.replace("\udc80", "") + "gone"
    raw = "".join(json.dumps({**record, "text": text}) + "\n" for record in records).encode()
    found = [record for lines in read(BytesIO(raw), "x", ReadOptions()) for record in lines.records()]
    assert b"".join(record.raw for record in found) == raw
    for record, given_record in zip(found, records, strict=True):
        assert record.rebuild is not None
        (document,) = record.documents
        ends = Span(0, 4), Span(len(text) - 4, len(text))
        assert json.loads(record.rebuild([Report(document, ends)])) == {**given_record, "text": text[4:-4]}
        assert record.rebuild([Report(document)]) == record.raw


class Slow(BytesIO):
    """A stream of which so many bytes come at a time."""

    at_once = 1

    def read1(self, size: int | None = -1) -> bytes:
        return super().read(self.at_once)


@given(st.lists(st.integers(0, 9)), st.booleans(), st.integers(1, 30), st.integers(1, 11))
def test_lines_come_whole_with_their_numbers_up_to_one_that_is_too_long(
    lengths: list[int], ended: bool, at_once: int, most: int
) -> None:
    given_lines = [b"x" * length + b"\n" for length in lengths] + [b"x"] * (not ended)
    stream = Slow(b"".join(given_lines))
    stream.at_once = at_once
    too_long = next((at for at, line in enumerate(given_lines) if len(line) > most), None)
    got: list[bytes] = []

    def take() -> None:
        for lines in read(stream, "x", ReadOptions(max_record=most)):
            assert isinstance(lines, RawChunk)
            assert lines.number == len(got) + 1
            got.extend(lines.reader.split(lines.raw))

    if too_long is None:
        take()
    else:
        with pytest.raises(InputError, match=f"^x:{too_long + 1}: "):
            take()
    assert got == given_lines[:too_long]


@given(nasty(), st.data(), st.booleans())
def test_what_stays_of_a_text_keeps_its_escapes(text: str, data: st.DataObject, ascii_only: bool) -> None:
    text = text.replace("\udc80", "")
    start = data.draw(st.integers(0, len(text)))
    cut = Span(start, data.draw(st.integers(start, len(text))))
    raw = json.dumps({"text": text}, ensure_ascii=ascii_only).replace("/", "\\/").replace("h", "\\u0068").encode()
    (record,) = next(read(BytesIO(raw), "x", ReadOptions())).records()
    assert record.rebuild is not None
    rebuilt = record.rebuild([Report(record.documents[0], (cut,))])
    expected = without(text, [cut])
    assert (
        rebuilt
        == json.dumps({"text": expected}, ensure_ascii=ascii_only).replace("/", "\\/").replace("h", "\\u0068").encode()
    )


def test_a_report_names_path_record_field_and_id(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", '{"text": "a", "id": 7}\n', json.dumps({"id": "k", "text": TWICE}) + "\n")
    done = run("check", path, "--id", "id", "--output-format", "json-lines")
    assert done.returncode == 1
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first == {"schema": 1, "document": str(path), "record": 1, "field": "text", "id": "7", "findings": []}
    assert (second["record"], second["id"]) == (2, "k")
    (finding,) = second["findings"]
    assert finding["original"]["document"] == str(path)
    assert finding["lines"] == [3, 3]
    concise = run("check", path, "--output-format", "concise").stdout.decode()
    assert concise.startswith(f"{path}:record 2:3: remove exact")


def test_compressed_files_come_out_compressed(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"text": TWICE}).encode()))
    assert run("clean", path, "-o", tmp_path / "y.jsonl.gz").returncode == 0
    assert json.loads(gzip.decompress((tmp_path / "y.jsonl.gz").read_bytes())) == {"text": SAID}
    assert run("clean", "--in-place", tmp_path).returncode == 0
    assert json.loads(gzip.decompress(path.read_bytes())) == {"text": SAID}


BAD = [
    ('{"text": "cut off', "17: is not JSON"),
    ('{"txt": "a"}', "17: has no field 'text'; name another with --field: the fields are 'txt'"),
    ('{"text": 7}', "17: has a number in the field 'text', where a string is needed; correct this record"),
    ('{"text": [1]}', "17: has a number in the array 'text'"),
    ('{"text": "a \\ud800 b"}', "17: has a lone surrogate \\ud800"),
    ("[1]", "17: is an array, where an object is needed"),
    ("\ud800", "17: is not UTF-8: byte 0xed at offset 0"),
    ("[" * 100_000, "17: is n"),
    ('{"text": "a", "n": %s}' % ("1" * 5000), "17: has a number of thousands of digits"),
    ('{"text": "a", "id": "1"}', "17: has the id '1' of an earlier record"),
]


@pytest.mark.parametrize(("record", "sentence"), BAD)
def test_a_bad_record_is_a_sentence_with_file_and_line_and_the_rest_is_done(
    tmp_path: Path, record: str, sentence: str
) -> None:
    good = [json.dumps({"id": str(number), "text": TWICE}) + "\n" for number in range(20)]
    path = lines(tmp_path / "x.jsonl", *good[:16], record + "\n", *good[17:])
    done = run("clean", path, *(["--id", "id"] if '"id"' in record else []))
    assert done.returncode == 2
    message = done.stderr.decode()
    assert message.count("\n") == 1
    assert f"{path}:{sentence}" in message
    cleaned = done.stdout.split(b"\n")[:-1]
    assert cleaned[16] == (record).encode("utf-8", "surrogatepass")
    assert all(json.loads(line)["text"] == SAID for at, line in enumerate(cleaned) if at != 16)


def test_on_error_stop_writes_nothing_of_that_file(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", json.dumps({"text": TWICE}) + "\n", "{\n", json.dumps({"text": TWICE}) + "\n")
    before = path.read_bytes()
    done = run("clean", path, "--in-place", "--on-error", "stop")
    assert done.returncode == 2
    assert path.read_bytes() == before
    assert b"x.jsonl:2: is not JSON" in done.stderr


def test_a_truncated_gzip_is_said_and_stays_as_it_was(tmp_path: Path) -> None:
    whole = gzip.compress("".join(json.dumps({"text": f"{TWICE} {n}"}) + "\n" for n in range(5000)).encode())
    path, good = tmp_path / "x.jsonl.gz", lines(tmp_path / "y.jsonl", json.dumps({"text": TWICE}))
    path.write_bytes(whole[: len(whole) // 2])
    done = run("clean", "-q", "--in-place", path, good)
    assert done.returncode == 2
    assert "is cut short: its gzip ends after" in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert path.read_bytes() == whole[: len(whole) // 2]
    assert json.loads(good.read_bytes()) == {"text": SAID}


def test_what_repeats_nothing_comes_out_byte_for_byte(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "x.jsonl", *(f'{{"text":"Number {n} says one thing only, and says it once."}}\n' for n in range(500))
    )
    assert run("clean", path).stdout == path.read_bytes()


def test_a_stream_of_records_needs_its_format_named() -> None:
    done = run("clean", "-", "--format", "json-lines", stdin=json.dumps({"text": TWICE}).encode())
    assert json.loads(done.stdout) == {"text": SAID}


def test_scope_corpus_sees_other_records(tmp_path: Path) -> None:
    records = [
        {"id": "b", "date": "2024-02-01", "text": f"Unlike.\n\n{SAID}"},
        {"id": "a", "date": "2024-03-01", "text": SAID},
    ]
    path = lines(tmp_path / "x.jsonl", *(json.dumps(record) + "\n" for record in records))
    columns = ("--id", "id", "--date", "date", "--scope", "corpus")
    found = run("check", path, *columns, "--output-format", "json-lines").stdout.splitlines()
    assert json.loads(found[0])["findings"] == []
    (finding,) = json.loads(found[1])["findings"]
    assert (finding["action"], finding["original"]["document"]) == ("flag", "b")
    cleaned = run("clean", path, *columns, "--cross-document", "remove").stdout.splitlines()
    assert [json.loads(line)["text"] for line in cleaned] == [f"Unlike.\n\n{SAID}", ""]


@pytest.mark.slow
def test_jobs_change_nothing_not_even_what_is_said_of_bad_records(tmp_path: Path) -> None:
    good = [json.dumps({"text": f"{TWICE}\n\n{n}" if n % 3 else f"{n}", "id": str(n)}) + "\n" for n in range(9000)]
    for place, (bad, _) in enumerate(BAD):
        good[1 + 800 * place] = bad.replace('"id": "1"', '"id": "0"') + "\n"
    path = lines(tmp_path / "x.jsonl", *good, "\n", good[5])
    one, two = (run("clean", path, "--id", "id", "--jobs", jobs) for jobs in ("1", "2"))
    assert one.returncode == two.returncode == 2
    assert one.stderr.count(b"\n") == len(BAD) + 1
    assert two.stderr == one.stderr
    assert two.stdout == one.stdout
    assert len(one.stdout) < len(path.read_bytes())
    reasoned = run("clean", path, "--id", "id", "--jobs", "2", "--removed", tmp_path / "removed.jsonl")
    assert (reasoned.stdout, reasoned.stderr) == (one.stdout, one.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_on_error_stop_gives_up_one_file_and_says_why_once(tmp_path: Path, jobs: str) -> None:
    texts = [json.dumps({"text": f"{TWICE}\n\n{n}"}) + "\n" for n in range(3000)]
    bad = lines(tmp_path / "a.jsonl", *texts, "{\n", *texts, "[\n", *texts)
    good = lines(tmp_path / "b.jsonl", *texts)
    before = bad.read_bytes()
    done = run("clean", "-q", bad, good, "--in-place", "--on-error", "stop", "--jobs", jobs)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"a.jsonl:3001: is not JSON" in done.stderr
    assert bad.read_bytes() == before
    assert len(good.read_bytes()) < len("".join(texts))


@pytest.mark.slow
def test_the_command_streams(tmp_path: Path) -> None:
    """A reader of the output gets records while the input is still being written."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dedupe", "clean", "-", "--format", "json-lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    records = [json.dumps({"text": f"{TWICE}\n\n{number}"}).encode() + b"\n" for number in range(8000)]
    first = threading.Event()
    waited: list[bool] = []

    def write(stdin: IO[bytes]) -> None:
        stdin.writelines(records[:7000])
        stdin.flush()
        waited.append(first.wait(60))
        stdin.writelines(records[7000:])
        stdin.close()

    writer = threading.Thread(target=write, args=(process.stdin,))
    writer.start()
    assert json.loads(process.stdout.readline())["text"] == f"{SAID}\n\n0"
    first.set()
    assert len(process.stdout.read().splitlines()) == 7999
    writer.join()
    assert waited == [True]
    process.stdout.close()
    process.wait()


def test_a_field_named_twice_is_changed_once(tmp_path: Path) -> None:
    path = lines(tmp_path / "x.jsonl", json.dumps({"text": TWICE}))
    assert json.loads(run("clean", path, "--field", "text", "--field", "text").stdout) == {"text": SAID}
    path = lines(tmp_path / "x.jsonl", json.dumps({"text": [TWICE]}))
    assert json.loads(run("clean", path, "--field", "text.0", "--field", "text.00").stdout) == {"text": [SAID]}
