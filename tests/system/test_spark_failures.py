"""Where the program fails on a record, Spark names it as the local engine does, leaves it as it is, and goes on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import POISON, SAID, TWICE, TWICE_POISON, planted
from tests.system.test_spark import ENVIRONMENT, HERE, SETTINGS, errors, files, records, run

TEXTS = {
    "one": TWICE,
    "two": TWICE_POISON,
    "three": f"{SAID}\n",
    "four": f"Yesterday {POISON}\n",
    "five": "Nobody came.",
}
OPTIONS = ["--id", "id", "--cross-document", "remove"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spark-defaults.conf").write_text(SETTINGS)
    lines = [json.dumps({"id": name, "text": text}) + "\n" for name, text in TEXTS.items()]
    (tmp_path / "all.jsonl").write_text("".join(lines))
    return tmp_path


def environment(folder: Path, kind: str) -> dict[str, str]:
    return {**planted(folder, kind), "SPARK_CONF_DIR": str(folder)}


@pytest.mark.parametrize("kind", ["judge", "across"])
def test_files_are_written_as_by_the_local_engine(folder: Path, kind: str) -> None:
    given = [folder / "all.jsonl", *OPTIONS]
    local = run(*given, "-o", folder / "local", **environment(folder, kind))
    spark = run(*given, "-o", folder / "spark", *HERE, **environment(folder, kind))
    assert local.returncode == spark.returncode == 2, local.stderr + spark.stderr[-3000:]
    assert errors(spark) == errors(local)
    assert len(errors(local)) == 1
    assert "KeyError" in errors(local)[0]
    assert files(folder / "spark") == files(folder / "local")


SESSION = """
import sys
import dedupe
from dedupe.corpus import spark
frame = spark.session("local[2]").read.json(sys.argv[1]).repartition(3)
made = spark.clean(frame, text="text", id="id", options=dedupe.Options(cross_document="remove"))
for name in ("documents", "problems", "findings"):
    getattr(made, name).write.json(sys.argv[2] + "/" + name)
"""


def test_data_frames_name_what_failed(folder: Path) -> None:
    failing = ["four", "two"]
    command = [sys.executable, "-c", SESSION, str(folder / "all.jsonl"), str(folder / "out")]
    known = {**ENVIRONMENT, **environment(folder, "shingles")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=known, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    problems = {one["document"]: one["problem"] for one in map(json.loads, records(folder / "out", "problems"))}
    assert sorted(problems) == failing
    assert all("KeyError" in problem for problem in problems.values())
    texts = {one["id"]: one["text"] for one in map(json.loads, records(folder / "out"))}
    assert [texts[name] for name in failing] == [TEXTS[name] for name in failing]
    assert texts["one"] == f"{SAID}\n"
    assert texts.get("three", "") != TEXTS["three"]
