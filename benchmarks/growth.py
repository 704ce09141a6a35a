"""Measure how CPU and memory grow with the size of the input, in whole processes.

    python benchmarks/growth.py                                  generated articles, 1 to 100 MB
    python benchmarks/growth.py --corpus articles.jsonl --megabytes 1 10 100 1000
    python benchmarks/growth.py --scope corpus --megabytes 10 100
    python benchmarks/growth.py --hostile                        texts made to be slow, each one document

JSON lines go in and come out; hostile texts are only checked. `--corpus` is written over and over until the size is
reached; generated articles never repeat across documents, but for those that `--scope corpus` asks for. CPU seconds of
the process and its children, imports included.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.generator import Generator
from benchmarks.texts import streamed
from benchmarks.timing import cost_of


def hostile(rows: int) -> dict[str, str]:
    """Return texts of so many rows, each of which was slow, or could be, in a way of its own."""
    said = "The committee met again on Tuesday and could not agree on the colour of the bridge over the river"
    generator = Generator(repeated=0).articles(140 * rows)
    prose = [row for text in generator for row in text.split("\n\n")][: rows // 2]
    runs = "ha " * rows
    bridge = "The mayor opened the new bridge over the long river on a rainy Sunday and many came to see it. "
    return {
        "variants of one sentence": "\n".join(f"{said} {'abcdefghij'[n % 10]}{n}, it is said." for n in range(rows)),
        "equal lines": "\n".join([f"{said}."] * rows),
        "lines of one form with two numbers": "\n".join(f"{said}: {n} for, {rows - n} against." for n in range(rows)),
        "lines, the second half a copy of the first": "\n\n".join(prose * 2),
        "the same word in two paragraphs, edited twice": f"{bridge}{runs}oh {runs}.\n\nNow {bridge}{runs}ah {runs}now.",
        "marks on a letter, twice": "\n\n".join([f"{said} a" + "\u0301" * rows] * 2),
    }


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="JSON lines with a field text, instead of generated articles")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[1, 10, 100])
    parser.add_argument("--scope", choices=["document", "corpus"], default="document")
    parser.add_argument("--hostile", action="store_true")
    given = parser.parse_args()
    if given.hostile:
        print("| text | size | CPU s | peak MB |\n| --- | ---: | ---: | ---: |")
        for rows in (10_000, 30_000, 100_000):
            for name, text in hostile(rows).items():
                with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    cost = cost_of([sys.executable, "-m", "dedupe", "check", file.name], fine=(0, 1))
                    size = len(text.encode()) / 1e6
                print(f"| {rows:,} {name} | {size:.1f} MB | {cost.cpu:.1f} | {cost.memory:.0f} |", flush=True)
        return
    print("| JSON lines | CPU s | ns a byte | peak MB |\n| ---: | ---: | ---: | ---: |")
    for size in given.megabytes:
        with tempfile.TemporaryDirectory() as folder:
            source = streamed(Path(folder, "in.jsonl"), size, given.corpus, given.scope == "corpus")
            verb = ["clean", str(source)] if given.scope == "document" else ["corpus", str(source), "--id", "id"]
            cost = cost_of([sys.executable, "-m", "dedupe", *verb, "-o", str(Path(folder, "out"))])
            each = 1e9 * cost.cpu / source.stat().st_size
            print(f"| {size:g} MB | {cost.cpu:.1f} | {each:.0f} | {cost.memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
