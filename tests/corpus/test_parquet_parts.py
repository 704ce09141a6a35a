"""Parquet files of several row groups: their parts, what they give back, and what is left out of a broken one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedupe.corpus._cutting import cut
from dedupe.corpus._inputs import parts_of
from dedupe.corpus._parts import record_name
from dedupe.corpus._run_state import CorpusReport
from dedupe.corpus.local import Plan, clean
from dedupe.corpus.settings import CorpusOptions
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from dedupe.options import Options
from tests.corpora import generated
from tests.test_house import ROOT

READING = ReadOptions(id="id", date="date")
OPTIONS = ["--id", "id", "--date", "date", "--cross-document", "remove"]
Rows = list[dict[str, str]]


def write(path: Path, rows: Rows, groups: int, filling: int = 0) -> Path:
    """Write rows in so many row groups, each with about so many bytes that do not compress."""
    size = -(-len(rows) // groups)
    fill = random.Random(1)
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    table = table.append_column("filling", [[fill.randbytes(filling // size) for _ in rows]])
    pq.write_table(table, path, row_group_size=size)
    return path


def run(out: Path, *paths: Path, jobs: int = 1, said: list[str] | None = None) -> CorpusReport:
    plan = Plan(Options(cross_document="remove"), READING, CorpusOptions(), str(out), jobs=jobs)
    return clean([str(path) for path in paths], plan, complain=(said if said is not None else []).append)


def rows_of(out: Path, folder: str = "documents") -> Rows:
    """Return the rows that a run has written, in the order of its parts."""
    tables = [pq.read_table(path) for path in sorted((out / folder).glob("*.parquet"))]
    return pa.concat_tables(tables).drop_columns("filling").to_pylist() if tables else []


def findings(out: Path) -> list[str]:
    return sorted(line for path in (out / "findings").iterdir() for line in path.read_text().splitlines())


@pytest.fixture
def rows() -> Rows:
    documents = generated(60, seed=4).documents
    return [*documents, {**documents[7], "id": "again", "date": "2031"}]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedupe.corpus._cutting.SMALLEST_PART_BYTES", 4000)


@pytest.mark.usefixtures("small_parts")
def test_row_groups_are_parts_that_give_back_the_rows_in_order(tmp_path: Path, rows: Rows) -> None:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run(tmp_path / "lines", tmp_path / "in.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "lines/documents/part-00000.jsonl").read_text().splitlines()]
    for groups, jobs in ((1, 1), (9, 1), (9, 2)):
        out = tmp_path / f"{groups}-{jobs}"
        report = run(out, write(tmp_path / f"{groups}.parquet", rows, groups), jobs=jobs)
        assert (len(list((out / "documents").iterdir())) > 2) == (groups > 1)
        assert rows_of(out) == lines
        assert len(rows_of(out, "dropped")) == 1
        assert findings(out) == findings(tmp_path / "lines")
        assert report.counts["bytes"] == (tmp_path / f"{groups}.parquet").stat().st_size


@pytest.mark.usefixtures("small_parts")
def test_rows_of_a_part_are_named_by_their_numbers_in_the_file(tmp_path: Path, rows: Rows) -> None:
    path = write(tmp_path / "in.parquet", rows, 9)
    parts = cut(parts_of([str(path)], READING, print, WalkOptions()), 1 << 20)
    assert [part.number for part in parts] == list(range(len(parts)))
    assert (parts[0].start, parts[-1].stop) == (0, 9)
    assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert [record_name(part, 0) for part in parts] == [f"{path}:row {7 * part.start + 1}" for part in parts]


@pytest.mark.usefixtures("small_parts")
def test_row_groups_that_cannot_be_read_are_left_out_alone(tmp_path: Path, rows: Rows) -> None:
    path = write(tmp_path / "in.parquet", rows, 9)
    column = pq.ParquetFile(path).metadata.row_group(4).column(2)
    assert column.path_in_schema == "text"
    data = bytearray(path.read_bytes())
    begin = column.dictionary_page_offset or column.data_page_offset
    data[begin : begin + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(data)
    said: list[str] = []
    run(tmp_path / "out", path, said=said)
    (part,) = [
        one
        for one in cut(parts_of([str(path)], READING, print, WalkOptions()), 1 << 20)
        if 4 in range(one.start, one.stop)
    ]
    (sentence,) = said
    assert sentence.startswith(f"{path}: row group 5: cannot be read as Parquet")
    assert sentence.endswith(f"; nothing of its row groups {part.start + 1} to {part.stop} is in the output")
    kept = [row["id"] for at, row in enumerate(rows) if at // 7 not in range(part.start, part.stop)]
    assert [row["id"] for folder in ("documents", "dropped") for row in rows_of(tmp_path / "out", folder)] == kept


@pytest.mark.usefixtures("small_parts")
def test_a_file_without_the_column_is_reported_once(tmp_path: Path, rows: Rows) -> None:
    path = write(
        tmp_path / "in.parquet", [{"id": row["id"], "date": row["date"], "body": row["text"]} for row in rows], 9
    )
    said: list[str] = []
    run(tmp_path / "out", path, said=said)
    (sentence,) = said
    assert sentence.startswith(f"{path}: has no column 'text'")
    assert sentence.endswith("; nothing of its row groups 1 to 9 is in the output")


@pytest.mark.slow
def test_a_killed_run_over_row_groups_goes_on_and_ends_the_same(tmp_path: Path, rows: Rows) -> None:
    path = write(tmp_path / "in.parquet", rows, 6, 3 << 20)
    run(tmp_path / "whole", path)
    command = [sys.executable, "-m", "dedupe", "corpus", str(path), "-o", str(tmp_path / "killed"), *OPTIONS]
    command += ["--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    kills = 0
    for stage in ("fingerprints", "documents"):
        process = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
        while process.poll() is None and not list((tmp_path / "killed" / stage).glob("part-00001*")):
            time.sleep(0.002)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "killed/documents").iterdir())) == 3
    assert rows_of(tmp_path / "killed") == rows_of(tmp_path / "whole")
    assert findings(tmp_path / "killed") == findings(tmp_path / "whole")
