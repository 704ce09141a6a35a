"""The Spark engine: the same answer as the local one, on one machine, on a cluster, with a worker killed."""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpora import generated

ROOT = Path(__file__).parent.parent.parent
SETTINGS = "spark.sql.shuffle.partitions 3\nspark.ui.enabled false\nspark.sql.adaptive.enabled false\n"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
OPTIONS = ["--id", "id", "--date", "date", "--across", "remove"]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dedupe", "corpus", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=ENVIRONMENT | environment, timeout=900
    )


def records(out: Path, folder: str = "documents") -> Counter[str]:
    files = [path for path in (out / folder).glob("part-*") if path.is_file()]
    return Counter(line for path in files for line in path.read_text("utf-8").splitlines())


def findings(out: Path) -> dict[str, object]:
    return {one["document"]: one["findings"] for one in map(json.loads, records(out, "findings"))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a corpus in one file, the same in three files in another order, and the local answer."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(SETTINGS)  # small data need few partitions
    ENVIRONMENT["SPARK_CONF_DIR"] = str(folder)
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
    import pyspark

    spark_class = str(Path(pyspark.__file__).parent / "bin/spark-class")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    log = open(tmp_path / "cluster.log", "wb")  # noqa: SIM115  closed below
    place = ["--host", "127.0.0.1", "--webui-port", "0"]

    def start(role: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [spark_class, f"org.apache.spark.deploy.{role}", *place, *arguments]
        return subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=log, start_new_session=True)

    started = [start("master.Master", "--port", str(port))]
    try:
        for number in range(2):
            work = ["--cores", "1", "--memory", "1g", "--work-dir", str(tmp_path / f"work{number}"), address]
            started.append(start("worker.Worker", *work))
        until = time.monotonic() + 120
        while (tmp_path / "cluster.log").read_bytes().count(b"Successfully registered with master") < 2:
            assert time.monotonic() < until, (tmp_path / "cluster.log").read_text()[-2000:]
            time.sleep(0.2)
        yield address, started[1:]
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def test_a_cluster_gives_the_local_answer_though_a_worker_is_killed(
    folder: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    command = [sys.executable, "-m", "dedupe", "corpus", str(folder / "one.jsonl"), "-o", str(folder / "cluster")]
    command += [*OPTIONS, "--engine", "spark", "--master", address]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 300
    while process.poll() is None and not (folder / "cluster/fingerprints/_SUCCESS").exists():
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
made = spark.clean(frame, text="text", id="id", date="date", options=dedupe.Options(across="remove"))
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
        (name, json.dumps(one, sort_keys=True))
        for name, ones in findings(folder / "local").items()
        for one in ones  # type: ignore[attr-defined]  # of JSON
    )
    assert said == expected


def test_the_absence_of_java_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "bash").symlink_to(str(shutil.which("bash")))
    done = run(folder / "one.jsonl", "-o", tmp_path / "out", "--engine", "spark", PATH=str(bare), JAVA_HOME="")
    assert done.returncode == 2
    assert re.fullmatch(r"error: spark: needs Java 17.*\n", done.stderr)
