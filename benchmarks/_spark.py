"""Spark beside the local engine: `python benchmarks/corpus.py spark CORPUS.jsonl FOLDER ID DATE [RUN...]`.

ID and DATE name fields of the corpus. Runs go below FOLDER, by default all of `RUNS`: the local engine and Spark on the
corpus as it is and in another order in three files, with other partitionings, on one core, on two and on a cluster of
one master and two workers. Printed are, of each run, whether documents, dropped records and findings are those of the
first, to the byte, its time and the CPU of all its processes; and of each run on Spark what its stages shuffled and
stored, in bytes a paragraph, by Spark's own metrics. A run that is complete is not done again.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.clusters import standalone

PARTITIONS = "spark.sql.shuffle.partitions {}"
SHUFFLED = ("spark.sql.autoBroadcastJoinThreshold -1", "spark.sql.adaptive.autoBroadcastJoinThreshold -1")
"""Nothing is small enough to be sent to all workers, as in a corpus of any size: all that is joined is shuffled."""

RUNS: dict[str, tuple[bool, str, tuple[str, ...]]] = {
    # name: whether in another order, master, settings
    "local": (False, "", ()),
    "local-reordered": (True, "", ()),
    "spark-2": (False, "local[2]", ()),
    "spark-1": (False, "local[1]", ()),
    "spark-2-reordered": (True, "local[2]", (PARTITIONS.format(13),)),
    "spark-cluster": (True, "cluster", (PARTITIONS.format(5),)),
    "spark-2-shuffled": (False, "local[2]", SHUFFLED),
}
REAPER = 36
"""PR_SET_CHILD_SUBREAPER: what a process leaves behind becomes a child of ours, so that its CPU is counted too."""


def reordered(corpus: Path, folder: Path) -> list[Path]:
    """Write the corpus in another order in three files; return them."""
    paths = [folder / f"reordered-{number}.jsonl" for number in range(3)]
    if not all(path.exists() for path in paths):
        with open(corpus, "rb") as file:
            lines = [line if line.endswith(b"\n") else line + b"\n" for line in file]
        random.Random(7).shuffle(lines)
        for number, path in enumerate(paths):
            path.write_bytes(b"".join(lines[number::3]))
    return paths


def run(name: str, corpus: Path, folder: Path, fields: list[str]) -> None:
    """Do a run, and keep beside its output what it took."""
    other, master, chosen = RUNS[name]
    took = folder / f"{name}.json"
    if took.exists():
        return
    paths = reordered(corpus, folder) if other else [corpus]
    settings = folder / f"{name}-conf"
    events = folder / f"{name}-events"
    for one in (settings, events):
        one.mkdir(exist_ok=True)
    lines = ["spark.eventLog.enabled true", "spark.eventLog.compress false", *chosen]
    lines += [f"spark.eventLog.dir {events.as_uri()}", f"spark.local.dir {folder}/spark"]
    (settings / "spark-defaults.conf").write_text("\n".join(lines) + "\n")
    environment = {**os.environ, "SPARK_CONF_DIR": str(settings), "SPARK_LOCAL_IP": "127.0.0.1"}
    environment |= {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "dedupe", "corpus", *map(str, paths), "-o", str(folder / name)]
    command += ["--id", fields[0], "--date", fields[1], "--cross-document", "remove"]
    ctypes.CDLL(None).prctl(REAPER, 1, 0, 0, 0)
    with ExitStack() as stack:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        if master == "cluster":
            master = stack.enter_context(standalone(folder, environment))[0]
        if master:
            command += ["--engine", "spark", "--master", master]
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        spent = time.monotonic() - started
    if not (folder / name / "report.json").exists():  # the status alone may tell of ids that repeat
        raise RuntimeError(done.stderr[-3000:])
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    took.write_text(json.dumps({"clock": spent, "cpu": cpu}))


def answer(out: Path) -> dict[str, tuple[int, str]]:
    """Return how many records a run has written, and a hash of them in sorted order."""
    found = {}
    for part in ("documents", "dropped", "findings"):
        lines: list[bytes] = []
        for path in (out / part).glob("part-*"):
            with open(path, "rb") as file:
                lines += [hashlib.blake2b(line.rstrip(b"\n"), digest_size=16).digest() for line in file]
        found[part] = len(lines), hashlib.blake2b(b"".join(sorted(lines)), digest_size=8).hexdigest()
    return found


def stages(events: Path) -> dict[str, Counter[str]]:
    """Return by stage of the program what its tasks shuffled, stored and took, from the event log."""
    names: dict[int, str] = {}
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    order: list[dict[str, Any]] = []
    for path in events.rglob("events_*"):
        with open(path) as file:
            order += map(json.loads, file)
    for event in order:
        if event["Event"] == "SparkListenerJobStart":
            name = event.get("Properties", {}).get("spark.job.description", "counts")
            for stage in event["Stage IDs"]:
                names.setdefault(stage, name)
        elif event["Event"] == "SparkListenerTaskEnd" and (metrics := event.get("Task Metrics")):
            one = found[names.get(event["Stage ID"], "counts")]
            one["shuffled"] += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
            one["records"] += metrics["Shuffle Write Metrics"]["Shuffle Records Written"]
            one["stored"] += metrics["Output Metrics"]["Bytes Written"]
            one["spilled"] += metrics["Disk Bytes Spilled"]
            one["milliseconds"] += metrics["Executor Run Time"]
    return dict(found)


def main() -> None:
    """Do the runs and print what they showed."""
    corpus, folder, *rest = sys.argv[1:]
    compare(Path(corpus), Path(folder), rest[:2], rest[2:])


def compare(corpus: Path, folder: Path, fields: list[str], names: list[str]) -> None:
    """Do the runs of these names, or all, and print what they showed; `fields`: those of ids and dates."""
    folder.mkdir(parents=True, exist_ok=True)
    first: dict[str, tuple[int, str]] | None = None
    size = corpus.stat().st_size
    for name in names or list(RUNS):
        run(name, corpus, folder, fields)
        took = json.loads((folder / f"{name}.json").read_text())
        said = answer(folder / name)
        first = first or said
        counts = ", ".join(f"{count:,} {part}" for part, (count, _) in said.items())
        verdict = "identical" if said == first else "DIFFERENT"
        rate = size / 1e6 / took["cpu"]
        print(f"{name}: {counts}: {verdict}; {took['clock']:.0f} s, {took['cpu']:.0f} s of CPU, {rate:.2f} MB/s of CPU")
        if RUNS[name][1]:
            paragraphs = json.loads((folder / name / "report.json").read_text())["counts"]["paragraphs"]
            for stage, one in stages(folder / f"{name}-events").items():
                shuffled, stored = (one[kind] / paragraphs for kind in ("shuffled", "stored"))
                seconds = one["milliseconds"] / 1000
                print(f"  {stage:12} {shuffled:8.1f} shuffled {stored:8.1f} stored {seconds:8.1f} s of tasks")
