"""CSV and TSV: read as the standard library reads them, and changed in nothing but what goes."""

import csv
import io
import json
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.io.formats import ReadOptions, Record, _rows, separated
from dedupe.io.formats._rows import COMMA, DIALECTS, TAB, Rows
from dedupe.io.formats.separated import read_csv
from dedupe.model import Report, Span, without
from tests.cli.test_cli import SAID
from tests.commands import run

TWICE = f"{SAID}\n\n{SAID}"
CELL = st.text(st.sampled_from('ab"",;\t|\n\r é'), max_size=12)
QUOTING: list[Literal[0, 1]] = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def read_all(raw: bytes) -> list[Record]:
    found = list(read_csv(io.BytesIO(raw), "x.csv", ReadOptions()))
    assert all(isinstance(one, Record) for one in found)
    return [one for one in found if isinstance(one, Record)]


def parsed(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@given(
    st.lists(st.tuples(CELL, CELL, CELL), max_size=6),
    st.sampled_from(",;\t|"),
    ENDS,
    st.sampled_from(QUOTING),
    st.booleans(),
    st.data(),
)
@settings(max_examples=50)
def test_a_cut_changes_one_cell_and_no_byte_beside(
    rows: list[tuple[str, str, str]],
    delimiter: str,
    end: str,
    quoting: Literal[0, 1],
    marked: bool,
    data: st.DataObject,
) -> None:
    if quoting == csv.QUOTE_MINIMAL:  # then the writer leaves line ends of other kinds bare: no row to any reader
        bare = dict.fromkeys(map(ord, set("\r\n") - set(end)))
        rows = [(one.translate(bare), other.translate(bare), last.translate(bare)) for one, other, last in rows]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([("id", "text", "n"), *rows])
    raw = b"\xef\xbb\xbf" * marked + out.getvalue().encode()
    records = read_all(raw)
    assert b"".join(record.raw for record in records) == raw
    assert [record.error for record in records if record.error] == []
    documents = [record for record in records if record.documents]
    assert [record.documents[0].text for record in documents] == [row[1] for row in rows]
    for record, row in zip(documents, rows, strict=True):
        text = row[1]
        edges = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
        cuts = (Span(edges[0], edges[1]), Span(edges[2], edges[3]))
        assert record.rebuild is not None
        rebuilt = record.rebuild([Report(record.documents[0], cuts)])
        assert parsed(rebuilt.decode(), delimiter) == [[row[0], without(text, cuts), row[2]]]
        assert rebuilt.count(b'"') <= record.raw.count(b'"')


@given(st.text(st.sampled_from('ab"",\n\r'), max_size=40), st.integers(1, 7))
def test_rows_are_those_of_the_standard_library_whatever_the_chunks(text: str, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rows, "CHUNK_BYTES", chunk)
        rows = Rows(io.BytesIO(text.encode()), ReadOptions())
        found = []
        raws = []
        while (row := rows.next(COMMA)) is not None:
            rows.advance(row)
            raws.append(row.raw)
            if row.problem:
                return
            found.append([separated._cell_text(row.raw[start:end]) for start, end in row.cells])
    assert b"".join(raws) == text.encode()
    assert found == [row or [""] for row in parsed(text, ",")]


@given(st.text(st.sampled_from('ab"",\n\r'), max_size=60))
def test_whatever_is_wrong_no_byte_is_lost(text: str) -> None:
    raw = b"text,n\n" + text.encode()
    assert b"".join(record.raw for record in read_all(raw)) == raw


def test_an_annotated_row_is_the_row_and_a_cell() -> None:
    raw = b'\xef\xbb\xbfid;text\r\n1;"a ""b"""\r\n\r\n2;c'
    header, first, blank, last = read_all(raw)[1:]
    assert header.annotate is not None
    assert header.annotate([], 'found; "x"') == b'id;text;"found; ""x"""\r\n'
    assert (first.annotate is not None, blank.annotate, last.annotate is not None) == (True, None, True)
    assert first.annotate is not None
    assert first.annotate([Report(first.documents[0])], "found") == b'1;"a ""b""";"[]"\r\n'


def write(path: Path, *rows: list[str], **how: object) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, **how).writerows(rows)  # type: ignore[arg-type]
    return path


def test_a_report_names_row_column_and_id(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", ["key", "body"], ["7", "one\nline"], ["k", TWICE])
    done = run("check", path, "--id", "key", "--field", "body", "--output-format", "json-lines")
    first, second = map(json.loads, done.stdout.splitlines())
    place = {"document": str(path), "record": 1, "field": "body", "id": "7", "line": 2}
    assert first == {"schema": 1, **place, "findings": []}
    assert (second["record"], second["id"], second["findings"][0]["lines"]) == (2, "k", [3, 3])


def test_columns_go_by_number_in_a_file_without_header(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", ["1", TWICE], ["2", TWICE])
    done = run("clean", path, "--field", "2")
    assert parsed(done.stdout.decode(), ",") == [["1", SAID], ["2", SAID]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_by_which_the_header_has_the_column(delimiter: str, tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", ["id", "text"], ["1, 2", TWICE], delimiter=delimiter)
    assert parsed(run("clean", path).stdout.decode(), delimiter) == [["id", "text"], ["1, 2", SAID]]


def test_several_columns_are_done_and_their_findings_named(tmp_path: Path) -> None:
    other = "The ferry sails at nine, in every kind of weather, with cars on the lower deck."
    path = write(tmp_path / "x.tsv", ["a", "b"], [TWICE, f"{other}\n\n{other}"], delimiter="\t")
    fields = ("--field", "a", "--field", "b", "--clean-field", "a", "--clean-field", "b")
    assert parsed(run("clean", path, *fields).stdout.decode(), "\t") == [["a", "b"], [SAID, other]]
    annotated = parsed(run("clean", path, *fields, "--annotate", "c").stdout.decode(), "\t")
    assert [one["field"] for one in json.loads(annotated[1][2])] == ["a", "b"]


def test_a_column_named_twice_is_one(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", ["a", "b"], [TWICE, "1"])
    expected = [["a", "b"], [SAID, "1"]]
    assert parsed(run("clean", path, "--field", "a", "--field", "1").stdout.decode(), ",") == expected
    assert parsed(run("clean", path, "--field", "a", "--field", "a").stdout.decode(), ",") == expected


def test_behind_a_stray_mark_the_rest_is_done(tmp_path: Path) -> None:
    good = f'1,"{TWICE}"\n'
    path = tmp_path / "x.csv"
    path.write_text(f'id,text\n{good}2,"a "stray" mark\nover a line"\n{good}{good}')
    done = run("clean", path)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        f"error: {path}:5: has text behind the quotation mark that ends cell 2 (record 2)"
    ]
    expected = f'1,"{SAID}"\n'
    assert done.stdout.decode() == f'id,text\n{expected}2,"a "stray" mark\nover a line"\n{expected}{expected}'


def test_a_mark_that_is_never_closed_costs_its_line_only(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('id,text\n1,"open\n' + "2,b\n" * 100)
    done = run("clean", path)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        f"error: {path}:2: has a quotation mark before cell 2, and none behind it (record 1)"
    ]
    assert done.stdout == path.read_bytes()


def test_what_was_the_only_cell_of_a_row_stays_a_row(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"text\n{SAID}\n{SAID}\n")
    done = run("clean", path, "--scope", "corpus", "--cross-document", "remove")
    assert done.stdout.decode() == f'text\n{SAID}\n""\n'


def test_an_empty_file_has_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"")
    done = run("clean", tmp_path / "x.csv")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"is empty" in done.stderr


def test_the_dialects_are_few() -> None:
    assert [one.delimiter for one in DIALECTS] == [b",", b";", b"\t", b"|"]
    assert TAB in DIALECTS


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_two_columns_of_a_name_that_is_read_are_refused(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"n,n,text,text\n1,2,{SAID},{SAID}\n".replace(",", delimiter))
    done = run("check", path)
    assert (done.returncode, done.stderr.decode()) == (
        2,
        f"error: {path}:1: has 2 columns 'text'; rename all but one\n",
    )
    path.write_text(f'n,n,text\n1,2,"{SAID}\n{SAID}"\n'.replace(",", delimiter))
    assert run("check", path).returncode == 1
    assert b"has 2 columns 'n'" in run("check", path, "--id", "n").stderr
