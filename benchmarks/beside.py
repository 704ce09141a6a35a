"""Measure `dedupe corpus` beside other programs on the same documents, each as it starts, reads and writes.

    python benchmarks/beside.py CORPUS.jsonl --text-dedup PYTHON --datatrove PYTHON [--limit 20000] [--runs 3]

CORPUS.jsonl is of `generated.py`; each of its paragraphs becomes a document, since the others drop whole documents.
PYTHON is the interpreter of an environment with text-dedup or datatrove; one that is not named is left out. All use one
worker, 20 bands of 6 values, word triples and a threshold of 0.8; CPU seconds (user and system) are of the whole
process and its children, the median of the runs, with the seconds by the clock and the largest memory of one process.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.timing import Cost, cost_of

DATATROVE = """
import sys
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

source, out = sys.argv[1:]
config = MinhashConfig(n_grams=3, num_buckets=20, hashes_per_bucket=6)

def run(name, tasks, *steps):
    LocalPipelineExecutor(pipeline=list(steps), tasks=tasks, workers=1, logging_dir=f"{out}/logs/{name}").run()

def reader():
    return JsonlReader(source, text_key="text", id_key="id")

if __name__ == "__main__":
    run("signatures", 1, reader(), MinhashDedupSignature(f"{out}/signatures", config=config))
    run("buckets", 20, MinhashDedupBuckets(f"{out}/signatures", f"{out}/buckets", config=config))
    run("clusters", 1, MinhashDedupCluster(f"{out}/buckets", f"{out}/gone", config=config))
    run("documents", 1, reader(), MinhashDedupFilter(f"{out}/gone"), JsonlWriter(f"{out}/documents", compression=None))
"""

TEXT_DEDUP = (
    *("-m", "text_dedup.minhash", "--path", "json", "--split", "train", "--column", "text", "--num_proc", "1"),
    *("--ngram", "3", "--min_length", "1", "--num_perm", "120", "--threshold", "0.8", "--b", "20", "--r", "6"),
)


def cut(path: str, limit: int, target: Path) -> tuple[int, int]:
    """Write each paragraph of a corpus as a document; return how many there are and their bytes."""
    number = 0
    with open(path, encoding="utf-8") as file, open(target, "w", encoding="utf-8") as out:
        for line in file:
            for text in json.loads(line)["text"].split("\n\n"):
                if limit and number == limit:
                    return number, target.stat().st_size
                out.write(json.dumps({"id": f"p{number:08d}", "text": text}) + "\n")
                number += 1
    return number, target.stat().st_size


def commands(given: argparse.Namespace, source: Path, out: Path) -> dict[str, list[str]]:
    """Return what is run, by name."""
    ours = [sys.executable, "-m", "dedupe", "corpus", str(source), "-o", str(out / "ours"), "--id", "id"]
    ours += ["--jaccard", "0.8", "--bands", "20", "--band-rows", "6"]
    found = {"dedupe corpus": [*ours, "--across", "remove"]}
    if given.text_dedup:
        cache = ["--cache_dir", str(out / "cache"), "--output", str(out / "text-dedup")]
        found["text-dedup"] = [given.text_dedup, *TEXT_DEDUP, "--data_files", str(source), *cache]
    if given.datatrove:
        found["datatrove"] = [given.datatrove, "-c", DATATROVE, str(source.parent), str(out / "datatrove")]
    return found


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--text-dedup", default="", metavar="PYTHON")
    parser.add_argument("--datatrove", default="", metavar="PYTHON")
    parser.add_argument("--limit", type=int, default=0, help="documents at most")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "source", "documents.jsonl")
        source.parent.mkdir()
        documents, size = cut(given.corpus, given.limit, source)
        for _ in range(given.runs):  # in turns, so that what else the machine does meets all
            with tempfile.TemporaryDirectory(dir=name) as out:
                for program, command in commands(given, source, Path(out)).items():
                    costs.setdefault(program, []).append(cost_of(command, Path(out)))
    print(f"{documents:,} documents, {size / 1e6:.1f} MB; Python {platform.python_version()}, {given.runs} runs\n")
    print("| what | CPU | by the clock | memory | CPU, times ours |\n| --- | --- | --- | --- | --- |")
    base = statistics.median(one.cpu for one in costs["dedupe corpus"])
    for program, all_ in costs.items():
        cpu, clock = statistics.median(one.cpu for one in all_), statistics.median(one.clock for one in all_)
        memory = max(one.memory for one in all_)
        print(f"| {program} | {cpu:.1f} s | {clock:.1f} s | {memory:.0f} MB | {cpu / base:.1f} |")


if __name__ == "__main__":
    main()
