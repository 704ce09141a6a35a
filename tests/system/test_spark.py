"""The Spark engine: the same answer as the local one, on one machine, on a cluster, with a worker killed."""

import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dedupe
from tests.clusters import standalone
from tests.corpora import generated
from tests.known import own
from tests.scopes import BRIDGE, ROAD, SETS, SNOW, VOTE, found_in, in_memory, written

ROOT = Path(__file__).parent.parent.parent
SETTINGS = "spark.sql.shuffle.partitions 3\nspark.ui.enabled false\nspark.sql.adaptive.enabled false\n"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
OPTIONS = ["--id", "id", "--date", "date", "--cross-document", "remove"]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dedupe", "corpus", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=ENVIRONMENT | environment, timeout=900
    )


def records(out: Path, folder: str = "documents") -> Counter[str]:
    files = [path for path in (out / folder).glob("part-*") if path.is_file()]
    return Counter(line for path in files for line in path.read_text("utf-8").splitlines())


def findings(out: Path) -> dict[str, list[dict[str, Any]]]:
    return {one["document"]: one["findings"] for one in map(json.loads, records(out, "findings"))}


@pytest.fixture(scope="module", autouse=True)
def settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have Spark make few partitions of small data."""
    folder = tmp_path_factory.mktemp("settings")
    (folder / "spark-defaults.conf").write_text(SETTINGS)
    ENVIRONMENT["SPARK_CONF_DIR"] = str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a corpus in one file, the same in three files in another order, and the local answer."""
    folder = tmp_path_factory.mktemp("spark")
    documents = generated(300, seed=5).documents
    twice = [{**documents[at], "id": f"twice{at}", "date": "2021"} for at in range(0, 60, 20)]
    lines = [json.dumps(one) + "\n" for one in [*documents, *twice]]
    (folder / "one.jsonl").write_text("".join(lines))
    random.Random(2).shuffle(lines)
    for part in range(3):
        (folder / f"three-{part}.jsonl").write_text("".join(lines[part::3]))
    done = run(folder / "one.jsonl", "-o", folder / "local", *OPTIONS)
    assert done.returncode == 0, done.stderr
    assert records(folder / "local", "dropped")
    return folder


def same(folder: Path, name: str) -> None:
    for part in ("documents", "dropped"):
        assert records(folder / name, part) == records(folder / "local", part)
    assert findings(folder / name) == findings(folder / "local")


def test_one_machine_gives_the_local_answer_from_other_files_in_another_order(folder: Path) -> None:
    spark = ["--engine", "spark", "--master", "local[2]"]
    done = run(*sorted(folder.glob("three-*.jsonl")), "-o", folder / "here", *OPTIONS, *spark)
    assert done.returncode == 0, done.stderr
    same(folder, "here")
    report = json.loads((folder / "here/report.json").read_text())
    local = json.loads((folder / "local/report.json").read_text())
    assert report["findings"] == local["findings"]
    assert report["counts"] == {**local["counts"], "bytes": report["counts"]["bytes"]}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a master and two workers; give the master's address and the workers."""
    with standalone(tmp_path, ENVIRONMENT) as started:
        yield started


def test_a_cluster_gives_the_local_answer_though_a_worker_is_killed(
    folder: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    command = [sys.executable, "-m", "dedupe", "corpus", str(folder / "one.jsonl"), "-o", str(folder / "cluster")]
    command += [*OPTIONS, "--engine", "spark", "--master", address]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 300
    while process.poll() is None and not (folder / "cluster/fingerprints/documents/_SUCCESS").exists():
        assert time.monotonic() < until
        time.sleep(0.1)
    assert process.poll() is None
    os.killpg(workers[0].pid, signal.SIGKILL)
    _, stderr = process.communicate(timeout=900)
    assert process.returncode == 0, stderr[-3000:]
    same(folder, "cluster")


SESSION = """
import json, sys, warnings
import dedupe
from dedupe.corpus import spark
frame = spark.session("local[2]").read.json(sys.argv[1]).repartition(int(sys.argv[2]))
made = spark.clean(frame, text="text", id="id", date="date", options=dedupe.Options(cross_document="remove"))
made.documents.write.json(sys.argv[3] + "/documents")
made.findings.write.json(sys.argv[3] + "/findings")
"""


def test_a_session_of_the_user_gets_data_frames_with_the_local_answer(folder: Path) -> None:
    command = [sys.executable, "-c", SESSION, str(folder / "one.jsonl"), "5", str(folder / "session")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    texts = {(one["id"], one["text"]) for one in map(json.loads, records(folder / "session"))}
    assert texts == {(one["id"], one["text"]) for one in map(json.loads, records(folder / "local"))}
    found = [json.loads(line) for line in records(folder / "session", "findings").elements()]
    said = Counter((one["document"], json.dumps(json.loads(one["finding"]), sort_keys=True)) for one in found)
    expected = Counter(
        (name, json.dumps(one, sort_keys=True)) for name, ones in findings(folder / "local").items() for one in ones
    )
    assert said == expected


def test_the_absence_of_java_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "bash").symlink_to(str(shutil.which("bash")))
    done = run(folder / "one.jsonl", "-o", tmp_path / "out", "--engine", "spark", PATH=str(bare), JAVA_HOME="")
    assert done.returncode == 2
    assert re.fullmatch(r"error: spark: needs Java 17.*\n", done.stderr)


SAID = "The committee met on a long grey afternoon and could not agree on the colour of the new bridge."
MORE = "Residents said that they had been told nothing at all, and that the old one had been good enough for them."
HERE = ["--engine", "spark", "--master", "local[2]"]


def both(folder: Path, *arguments: object) -> tuple[subprocess.CompletedProcess[str], ...]:
    """Run the local engine into `one` and Spark into `two`; both see the same."""
    return tuple(
        run(*arguments, "-o", folder / name, *OPTIONS, *engine) for name, engine in (("one", []), ("two", HERE))
    )


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the sentences of the program; what Spark itself says stands among them."""
    return [line for line in done.stderr.splitlines() if line.startswith("error: ")]


def files(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes()
        for part in ("documents", "dropped", "findings")
        for path in sorted((out / part).rglob("*"))
        if path.is_file() and path.suffix != ".parquet"
    }


def counts(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the report without the times."""
    return [line for line in done.stdout.splitlines() if not re.fullmatch(r"\w+: [\d.]+ s", line)]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all kinds of input that the local engine reads, good and bad."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("odd")
    (folder / "in/texts/deep").mkdir(parents=True)
    (folder / "in/texts/a.txt").write_text(SAID)
    (folder / "in/texts/deep/b.txt").write_text(f"{SAID}\r\n\r\n{MORE} And so on.\r\n")
    (folder / "in/texts/deep/c.txt").write_bytes(b"a\0b, which is no text")
    good = [
        {"id": f"j{at}", "date": "3", "text": f"{MORE}\n\nNumber {at} is said here only, by nobody else at all."}
        for at in range(9)
    ]
    lines = [json.dumps(one, indent=None) for one in good]
    lines[2:2] = ["not json", "", '{"id": "b", "date": "2"}', '{"id": "j1", "date": "4",  "text":"' + SAID + '"}  ']
    (folder / "in/lines.jsonl").write_text("\n".join(lines))  # without an end of line at its end
    with gzip.open(folder / "in/packed.jsonl.gz", "wt") as file:
        file.write(json.dumps({"id": "packed", "date": "3", "text": f"{SAID}\n\n{MORE}"}) + "\n")
    cut = gzip.compress(
        b"".join(
            json.dumps({"id": f"cut{at}", "date": "0", "text": f"{SAID} {at}"}).encode() + b"\n" for at in range(5000)
        )
    )
    (folder / "in/cut.jsonl.gz").write_bytes(cut[: len(cut) // 2])
    table = pa.table(
        {
            "id": ["p", "q", "r"],
            "date": ["1", "2", "5"],
            "text": [f"{SAID}\n\nIn a table.", None, f"{MORE}\n\nIn it too."],
        }
    )
    pq.write_table(table, folder / "in/a.parquet")
    (folder / "in/b.parquet").write_bytes((folder / "in/a.parquet").read_bytes()[:-30])
    pq.write_table(table.drop_columns("text"), folder / "in/c.parquet")
    return folder


def test_odd_input_gives_the_sentences_and_the_files_of_the_local_engine(odd: Path) -> None:
    import pyarrow.parquet as pq

    local, spark = both(odd, odd / "in/texts", *sorted((odd / "in").glob("*.*")))
    assert local.returncode == spark.returncode == 2, spark.stderr
    assert errors(spark) == errors(local)
    places = [r"lines.jsonl:3: is not JSON", r"lines.jsonl:5: has no field 'text'.*\(id 'b'\)"]
    places += [r"b.parquet: cannot be read as Parquet", r"c.parquet: has no column 'text'", r"cut.jsonl.gz: "]
    places += [r"'j1': is the id of more than one document \(1 repeat an id\)", r"deep/c.txt: "]
    for place in places:
        assert len([one for one in errors(spark) if re.search(place, one)]) == 1, place
    assert counts(spark) == counts(local)
    assert [one for one in counts(spark) if one.endswith(", 1 record without text")]
    assert "remove exact" in spark.stdout
    assert files(odd / "two") == files(odd / "one")
    tables = [sorted((odd / name / "documents").glob("*.parquet")) for name in ("one", "two")]
    assert [path.name for path in tables[0]] == [path.name for path in tables[1]] != []
    for one, two in zip(*tables, strict=True):
        assert pq.read_table(one).equals(pq.read_table(two))


def test_what_a_part_that_was_left_out_says_is_no_original_later(odd: Path, tmp_path: Path) -> None:
    (tmp_path / "new.jsonl").write_text(json.dumps({"id": "n", "date": "1", "text": f"{SAID} 7\n\n{MORE} No."}) + "\n")
    for name, engine in (("one", []), ("two", HERE)):
        run(odd / "in/cut.jsonl.gz", odd / "in/packed.jsonl.gz", "-o", tmp_path / f"old-{name}", *OPTIONS, *engine)
        earlier = ["--against", tmp_path / f"old-{name}"]
        assert run(tmp_path / "new.jsonl", "-o", tmp_path / name, *OPTIONS, *engine, *earlier).returncode == 0
    assert files(tmp_path / "two") == files(tmp_path / "one")
    (found,) = findings(tmp_path / "two").values()
    assert {one["original"]["document"] for one in found} == {"packed"}


def test_an_error_stops_a_run_where_it_is_to(odd: Path, tmp_path: Path) -> None:
    for path in ("lines.jsonl", "b.parquet"):
        local, spark = both(tmp_path / path, odd / "in" / path, "--on-error", "stop")
        assert local.returncode == spark.returncode == 2
        assert errors(spark) == errors(local) != []
        assert not (tmp_path / path / "two/report.json").exists()
    missing = run(odd / "in/lines.jsonl", "-o", tmp_path / "out", *HERE, "--id", "id", "--against", odd / "in")
    assert re.search("error: against must be the folder of a complete run of the engine spark", missing.stderr)


def test_a_folder_that_holds_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = run(folder / "one.jsonl", "-o", tmp_path, *OPTIONS, *HERE)
    assert done.returncode == 2
    assert "is not empty and no run of dedupe corpus" in done.stderr
    done = run(folder / "one.jsonl", "-o", folder / "local", *OPTIONS, *HERE)
    assert "holds a run of other inputs or options" in done.stderr


def test_lines_of_a_cut_file_are_named_by_their_numbers_in_it(tmp_path: Path) -> None:
    from dedupe.corpus._cutting import count_lines, cut
    from dedupe.corpus._inputs import parts_of
    from dedupe.corpus._sources import items
    from dedupe.errors import InputError
    from dedupe.io.formats import ReadOptions
    from dedupe.io.walking import WalkOptions

    path = tmp_path / "in.jsonl"
    path.write_text(
        "".join("bad\n" if at % 7 == 0 else json.dumps({"text": f"{SAID} {at}"}) + "\n" for at in range(100))
    )
    complaints: list[InputError] = []
    whole = parts_of([str(path)], ReadOptions(), complaints.append, WalkOptions())
    assert complaints == []
    pieces = cut(whole, 700)
    assert len(pieces) > 5
    assert [piece.number for piece in pieces] == list(range(len(pieces)))
    assert sum(map(count_lines, pieces)) == 100
    line, found = 1, []
    for piece in pieces:
        found += [one.place for one in items(replace(piece, line=line), ReadOptions()) if isinstance(one, InputError)]
        line += count_lines(piece)
    assert found == [f"{path}:{at + 1}" for at in range(0, 100, 7)]


def test_a_bucket_of_very_many_paragraphs_gives_the_local_answer(tmp_path: Path) -> None:
    """One wording of a paragraph a document: all are in the same buckets, and each is compared with some only."""
    words = SAID.split()
    texts = [
        f"Nobody else has told item {at} at all: {own(at)}\n\n{' '.join([*words[:9], f'w{at}', *words[9:]])}"
        for at in range(150)
    ]
    lines = [json.dumps({"id": f"d{at:03}", "date": "2026", "text": text}) + "\n" for at, text in enumerate(texts)]
    (tmp_path / "in.jsonl").write_text("".join(lines))
    local, spark = both(tmp_path, tmp_path / "in.jsonl", "--window", "3")
    assert local.returncode == spark.returncode == 0, spark.stderr
    assert "compared with some of a large bucket only" in local.stdout
    assert counts(spark) == counts(local)
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_row_groups_of_parquet_are_the_parts_of_both_engines(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    documents = generated(60, seed=4).documents
    columns: dict[str, list[Any]] = {name: [one[name] for one in documents] for name in documents[0]}
    columns["filling"] = [random.Random(at).randbytes(250_000) for at in range(60)]
    pq.write_table(pa.table(columns), tmp_path / "in.parquet", row_group_size=10)
    local, spark = both(tmp_path, tmp_path / "in.parquet")
    assert local.returncode == spark.returncode == 0, spark.stderr
    assert counts(spark) == counts(local)
    assert files(tmp_path / "two") == files(tmp_path / "one")
    tables = [sorted((tmp_path / name / "documents").iterdir()) for name in ("one", "two")]
    assert [path.name for path in tables[0]] == [path.name for path in tables[1]]
    assert len(tables[0]) == 3
    for one, two in zip(*tables, strict=True):
        assert pq.read_table(one).equals(pq.read_table(two))
    rows = [row for path in tables[0] for row in pq.read_table(path, columns=["id"]).to_pylist()]
    assert [row["id"] for row in rows] == columns["id"]


def test_an_earlier_run_holds_the_originals_and_what_it_removed_does_not(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "one.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "old.jsonl").write_text("".join(lines[::2]))
    (tmp_path / "new.jsonl").write_text("".join(lines[1::2]))
    for name, engine in (("one", []), ("two", HERE)):
        first = run(tmp_path / "old.jsonl", "-o", tmp_path / f"old-{name}", *OPTIONS, *engine)
        assert first.returncode == 0, first.stderr
    (tmp_path / "old.jsonl").rename(tmp_path / "away.jsonl")
    reports = []
    for name, engine in (("one", []), ("two", HERE)):
        again = ["--against", tmp_path / f"old-{name}", *engine]
        second = run(tmp_path / "new.jsonl", "-o", tmp_path / name, *OPTIONS, *again)
        assert second.returncode == 0, second.stderr
        reports.append(counts(second))
    assert reports[0] == reports[1]
    assert files(tmp_path / "two") == files(tmp_path / "one")
    originals = {one["original"].get("document") for ones in findings(tmp_path / "two").values() for one in ones}
    assert originals & {json.loads(line)["id"] for line in lines[::2]}
    banded = run(
        tmp_path / "new.jsonl",
        "-o",
        tmp_path / "out",
        *HERE,
        *OPTIONS,
        "--bands",
        10,
        "--against",
        tmp_path / "old-two",
    )
    assert "error: against needs the bands of the earlier run; give --bands 35 --band-rows 3" in banded.stderr


def test_a_sample_writes_nothing_and_finds_what_the_local_engine_finds(folder: Path, tmp_path: Path) -> None:
    local, spark = both(tmp_path, folder / "one.jsonl", "--sample", "0.5")
    assert spark.returncode == 0, spark.stderr
    assert "A sample of 50.00%. The whole would take about" in spark.stdout
    head = [done.stdout.split("fingerprint: ")[0] for done in (local, spark)]
    assert head[0] == head[1]
    assert not (tmp_path / "two").exists()


def test_a_killed_run_goes_on_and_ends_the_same(folder: Path) -> None:
    command = [sys.executable, "-m", "dedupe", "corpus", str(folder / "one.jsonl"), "-o", str(folder / "killed")]
    command += [*OPTIONS, *HERE]
    process = subprocess.Popen(command, env=ENVIRONMENT, start_new_session=True, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while not (folder / "killed" / "work" / "keys" / "_SUCCESS").exists():
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    made = (folder / "killed/fingerprints/documents/_SUCCESS").stat().st_mtime_ns
    done = run(folder / "one.jsonl", "-o", folder / "killed", *OPTIONS, *HERE)
    assert done.returncode == 0, done.stderr
    assert (folder / "killed/fingerprints/documents/_SUCCESS").stat().st_mtime_ns == made
    same(folder, "killed")
    assert not (folder / "killed/work").exists()


@pytest.mark.parametrize("across", ["flag", "remove"])
def test_spark_gives_the_answer_of_the_other_scopes(tmp_path: Path, across: str) -> None:
    """All sets at once, each under a name of its own: so many runs of Spark would take minutes."""
    documents = [
        replace(one, id=f"{name} {one.id}", date=f"{at:02} {one.date}", url=one.url.replace("news", f"news{at}"))
        for at, (name, several) in enumerate(SETS.items())
        for one in several
        if at == 0 or one.text != SETS["whole"][0].text or name == "whole"
    ]
    path = written(documents, tmp_path)
    options = ["--id", "id", "--date", "date", "--url", "url", "--cross-document", across, "--drop-covered", "0"]
    done = run(path, "-o", tmp_path / "spark", *options, *HERE)
    assert done.returncode == 0, done.stderr
    assert found_in(tmp_path / "spark") == in_memory(documents, across, tmp_path)


PLANNED = """
import json, sys
import dedupe
from dedupe.corpus import spark
from dedupe.corpus.local import Plan
from dedupe.corpus.settings import CorpusOptions
from dedupe.io.formats import ReadOptions
options = dedupe.Options(cross_document="remove", **json.loads(sys.argv[3]))
corpus_options = CorpusOptions(engine="spark", master="local[2]", drop_covered=0.0)
spark.clean_files([sys.argv[1]], Plan(options, ReadOptions(id="id", date="date"), corpus_options, sys.argv[2]))
"""


def test_spark_counts_copies_and_pages_as_the_other_scopes_do(tmp_path: Path) -> None:
    """Copies of paragraphs and of whole documents, a variant, and what stands on a share of all documents."""
    article = "\n\n".join((BRIDGE, ROAD, SNOW))
    documents = [dedupe.Document(article, name, f"2026-01-0{day}") for day, name in enumerate("abcd", 1)]
    documents += [
        dedupe.Document(f"{text}\n\n{own(number)}", f"e{number}", f"2026-02-{number:02}")
        for number, text in enumerate((ROAD, VOTE, ROAD.replace("14", "15"), VOTE, VOTE, ROAD, VOTE), 1)
    ]
    values = {"keep_copies": 3, "boilerplate_min_docs": 2, "boilerplate_min_global_share": 0.25}
    expected = in_memory(documents, "remove", tmp_path, **values)
    assert [one[3] for one in expected].count("remove") == 4
    assert {one[1] for one in expected if "stands on 3 of 10 other pages" in one[-1]} == {"boilerplate"}
    paths = str(written(documents, tmp_path)), str(tmp_path / "spark")
    command = [sys.executable, "-c", PLANNED, *paths, json.dumps(values)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    assert found_in(tmp_path / "spark") == expected
