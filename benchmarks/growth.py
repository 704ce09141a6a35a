"""Measure how CPU and memory grow with the size of the input, whole processes from JSON lines to JSON lines.

    python benchmarks/growth.py                                  generated articles, 1 to 100 MB
    python benchmarks/growth.py --corpus articles.jsonl --megabytes 1 10 100 1000
    python benchmarks/growth.py --scope corpus --megabytes 10 100

`--corpus` is written over and over until the size is reached; generated articles never repeat across documents, but for
those that `--scope corpus` asks for. CPU seconds of the process and its children, imports included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.generator import Generator


def lines(size: int, corpus: Path | None, across: bool) -> Iterator[str]:
    """Yield JSON lines of about `size` bytes together."""
    if corpus:
        records = (json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines() if line.strip())
        texts = cycle([record["text"] for record in records])
    else:
        texts = iter(Generator(repeated=0.05, across=across).articles(size))
    for number in count():
        text = next(texts, None)
        if text is None or size <= 0:
            return
        line = json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n"
        size -= len(line.encode())
        yield line


def measured(command: list[str]) -> tuple[float, float]:
    """Run a command; return its CPU seconds and the megabytes it took at most."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="JSON lines with a field text, instead of generated articles")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[1, 10, 100])
    parser.add_argument("--scope", choices=["document", "corpus"], default="document")
    given = parser.parse_args()
    print("| JSON lines | CPU s | ns a byte | peak MB |\n| ---: | ---: | ---: | ---: |")
    for size in given.megabytes:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "in.jsonl", Path(folder) / "out"
            with source.open("w", encoding="utf-8") as file:
                file.writelines(lines(int(size * 1e6), given.corpus, given.scope == "corpus"))
            verb = ["clean", str(source)] if given.scope == "document" else ["corpus", str(source), "--id", "id"]
            seconds, peak = measured([sys.executable, "-m", "dedupe", *verb, "-o", str(target)])
            print(
                f"| {size:g} MB | {seconds:.1f} | {1e9 * seconds / source.stat().st_size:.0f} | {peak:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
