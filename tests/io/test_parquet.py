"""Parquet: texts change, all else of the table stays."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dedupe
from tests.archives import write_parquet
from tests.cli.test_cli import SAID, status_on_a_terminal
from tests.commands import run
from tests.known import own

TWICE = f"{SAID}\n\n{SAID}"
KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int16(), pa.string())]
SETTINGS = {
    "row_group_size": 7,
    "compression": {"id": "gzip", "text": "zstd", "tags.list.element": "none"},
    "version": "1.0",
    "store_schema": False,
    "write_page_index": True,
}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_types_of_text_stay(kind: pa.DataType, tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", [TWICE, None, "", SAID] * 5, kind, row_group_size=6)
    before = pq.read_table(path)
    assert run("clean", path, "--in-place").returncode == 0
    after = pq.read_table(path)
    assert after["text"].to_pylist() == [SAID, None, "", SAID] * 5
    assert after.schema == before.schema
    assert after.drop(["text"]) == before.drop(["text"])


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.large_list(pa.large_string())], ids=str)
def test_texts_of_a_list_are_paragraphs(kind: pa.DataType, tmp_path: Path) -> None:
    lists = [[SAID, None, "The ferry sails at nine.", SAID], None, [], [f"{SAID}\n{SAID}", "a"], [None]]
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"n": range(5), "text": pa.array(lists, kind)}), path, row_group_size=2)
    assert run("check", path).returncode == 1
    assert run("clean", path, "--in-place").returncode == 0
    after = pq.read_table(path)
    assert after["text"].to_pylist() == [[SAID, None, "The ferry sails at nine."], None, [], [SAID, "a"], [None]]
    assert after.schema.field("text").type == kind
    done = run("corpus", path, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (made,) = (tmp_path / "out/documents").glob("*.parquet")
    assert pq.read_table(made).equals(after)
    assert run("check", path).returncode == 0


def test_metadata_row_groups_and_compression_stay(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", [SAID] * 17 + [TWICE], **SETTINGS)
    assert run("clean", path, "-o", f"{tmp_path}/out/").returncode == 0
    before, after = pq.ParquetFile(path), pq.ParquetFile(tmp_path / "out/x.parquet")
    assert after.read()["text"].to_pylist() == [SAID] * 18
    assert shape(after) == shape(before)
    assert after.metadata.metadata == before.metadata.metadata
    assert after.schema.equals(before.schema)


def shape(file: pq.ParquetFile) -> list[object]:
    metadata = file.metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    chunks = [group.column(at) for group in groups for at in range(group.num_columns)]
    return [
        metadata.format_version,
        [group.num_rows for group in groups],
        [(one.path_in_schema, one.compression, one.has_column_index, one.has_dictionary_page) for one in chunks],
    ]


def test_a_report_names_row_column_and_id(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", ["a", TWICE])
    found = run("check", path, "--id", "id", "--output-format", "concise").stdout.decode()
    assert found.startswith(f"{path}:record 2:3: remove exact [repeated-beside] (id '1') ")


def test_annotating_keeps_texts_and_gives_structs(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", [SAID, TWICE] * 6, row_group_size=5)
    assert run("clean", path, "--annotate", "found", "-o", f"{tmp_path}/out/").returncode == 0
    table = pq.read_table(tmp_path / "out/x.parquet")
    assert table.drop(["found"]) == pq.read_table(path)
    rows = table["found"].to_pylist()
    assert [len(row) for row in rows] == [0, 1] * 6
    assert set(rows[1][0]) == {"field", *dedupe.check(TWICE).findings[0].to_dict()}
    assert rows[1][0]["confidence"] == dedupe.check(TWICE).findings[0].confidence
    assert rows[1][0]["lines"] == [3, 3]
    assert rows[1][0]["original"] == {
        "document": str(path),
        "field": None,
        "lines": [1, 1],
        "span": [0, len(SAID)],
    }


def test_a_table_without_rows_stays_as_it_is(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", [])
    done = run("clean", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, path.read_bytes(), b"")
    assert run("clean", path, "--annotate", "found", "-o", tmp_path / "y.parquet").returncode == 0
    assert pq.read_table(tmp_path / "y.parquet").schema.names == ["id", "text", "tags", "found"]


def test_another_schema_is_a_sentence(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", ["a"])
    for field, sentence in (
        ("body", "has no column 'body'; name one of 'id', 'text', 'tags' with --field"),
        ("id", "has int64 in the column 'id', where text is needed; name another with --field"),
    ):
        done = run("check", path, "--field", field)
        assert done.returncode == 2
        assert done.stderr.decode().startswith(f"error: {path}: {sentence}")


def test_a_stream_cannot_be_read_from_its_end(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", ["a"])
    done = run("check", "-", "--format", "parquet", stdin=path.read_bytes())
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"-: is not a Parquet file that can be read from its end; name the file itself" in done.stderr


def test_several_columns_and_jobs(tmp_path: Path) -> None:
    other = SAID.replace("bridge", "harbour wall")
    table = pa.table({"a": [TWICE] * 600, "b": [other] * 599 + [f"{other}\n\n{other}"]})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=100)
    fields = ("--field", "a", "--field", "b", "--clean-field", "a", "--clean-field", "b")
    assert run("clean", tmp_path / "x.parquet", *fields, "--jobs", "2", "-o", tmp_path / "y.parquet").returncode == 0
    assert pq.read_table(tmp_path / "y.parquet").to_pydict() == {"a": [SAID] * 600, "b": [other] * 600}


@pytest.mark.parametrize("text", [TWICE, SAID])
@pytest.mark.parametrize("more", [[], ["--annotate", "said"]])
def test_no_binary_file_is_sent_to_a_terminal(tmp_path: Path, text: str, more: list[str]) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": [text]}), path)
    status, shown = status_on_a_terminal("clean", path, *more)
    assert status == 2
    assert "comes out as a Parquet file, which no terminal shows; use -o FILE, or redirect the output" in shown
    assert "PAR1" not in shown
    assert run("clean", path, *more).stdout.startswith(b"PAR1")
    status, shown = status_on_a_terminal("clean", path, *more, "-o", tmp_path / "y.parquet")
    assert (status, (tmp_path / "y.parquet").read_bytes()[:4]) == (0, b"PAR1")


def spoil_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(SAID[:30].encode())
    data[at - 60 : at] = b"\xff" * 60
    path.write_bytes(data)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "numbers for text": (
        lambda path: pq.write_table(pa.table({"id": ["a"], "text": [1.5]}), path),
        "x.parquet: has double in the column 'text', where text is needed; name another with --field, of 'id'",
    ),
    "no such column": (
        lambda path: pq.write_table(pa.table({"id": ["a"], "body": ["b"]}), path),
        "x.parquet: has no column 'text'; name one of 'id', 'body' with --field, --id, --url or --date",
    ),
    "cut short": (
        lambda path: path.write_bytes(write_parquet(path, [SAID]).read_bytes()[:-30]),
        "x.parquet: cannot be read as Parquet; it is broken or cut short: ",
    ),
    "a broken page": (
        lambda path: spoil_page(write_parquet(path, [SAID], compression=None)),
        "x.parquet: row group 1: cannot be read as Parquet; it is broken or cut short: ",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_the_same_sentence_in_a_corpus(name: str, tmp_path: Path) -> None:
    make, sentence = BROKEN[name]
    make(tmp_path / "x.parquet")
    for verb in (["check"], ["corpus", "-o", str(tmp_path / "out"), "--jobs", "1"]):
        done = run(*verb, tmp_path / "x.parquet")
        assert done.returncode == 2
        assert f"{tmp_path}/{sentence}" in done.stderr.decode()


def test_a_corpus_of_row_groups_smaller_and_larger_than_a_batch_is_read_and_written(tmp_path: Path) -> None:
    remaining = [own(number) for number in range(3000)]
    texts = [text if number % 5 else f"{text}\n\n{text}" for number, text in enumerate(remaining)]
    for size, count in ((1, 30), (700, 3000), (3000, 3000)):
        path = write_parquet(tmp_path / f"{size}.parquet", texts[:count], row_group_size=size)
        out = tmp_path / f"out{size}"
        done = run("corpus", path, "-o", out, "--id", "id", "--jobs", "1")
        assert done.returncode == 0, done.stderr
        (made,) = (out / "documents").glob("*.parquet")
        before, after = pq.read_table(path), pq.read_table(made)
        assert after.drop(["text"]).equals(before.drop(["text"]))
        assert after["text"].to_pylist() == remaining[:count]


def test_a_parquet_file_of_fsspec_is_part_of_a_corpus(tmp_path: Path) -> None:
    write_parquet(tmp_path / "x.parquet", [TWICE, None])
    done = run("corpus", f"file://{tmp_path}/x.parquet", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (made,) = (tmp_path / "out/documents").glob("*.parquet")
    assert pq.read_table(made)["text"].to_pylist() == [SAID, None]


def test_two_columns_of_a_name_that_is_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table([[TWICE], [TWICE], [1]], names=["text", "text", "n"]), path)
    for verb in (["check", path], ["clean", path, "--in-place"], ["corpus", path, "-o", tmp_path / "out"]):
        done = run(*verb)
        assert done.returncode == 2
        assert b"x.parquet: has 2 columns 'text'; rename all but one" in done.stderr
    pq.write_table(pa.table([[TWICE], [2], [1]], names=["text", "n", "n"]), path)
    assert run("clean", path, "--in-place").returncode == 0
    assert [column.to_pylist() for column in pq.ParquetFile(path).read().columns] == [[SAID], [2], [1]]
