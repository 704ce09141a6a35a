"""Measure a paragraph that very many documents share: `python benchmarks/skew.py [DOCUMENTS]...`.

Each document has it and one of its own; once word for word, once with a word of its own in the midst, so that all stand
in the same buckets. CPU seconds of the whole process should grow as the documents do.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.generated import Writer
from benchmarks.timing import cost_of


def write(path: Path, documents: int, varied: bool) -> None:
    """Write so many documents that share a paragraph, or a wording of it."""
    writer = Writer(1)
    shared = writer.paragraph().split(" ")
    half = len(shared) // 2
    with open(path, "w", encoding="utf-8") as file:
        for number in range(documents):
            said = " ".join([*shared[:half], f"w{number}" if varied else "w", *shared[half:]])
            own = " ".join(writer.word() for _ in range(20))
            file.write(json.dumps({"id": f"d{number:07d}", "text": f"{own}\n\n{said}"}) + "\n")


def main(sizes: list[int]) -> None:
    """Print a table."""
    print("| documents | the same words | a word of its own in each |\n| --- | --- | --- |")
    for documents in sizes:
        cells = []
        for varied in (False, True):
            with tempfile.TemporaryDirectory() as name:
                source = Path(name, "documents.jsonl")
                write(source, documents, varied)
                out = ["-o", str(Path(name, "out")), "--id", "id", "--across", "remove"]
                cost = cost_of([sys.executable, "-m", "dedupe", "corpus", str(source), *out], Path(name))
                cells.append(f"{cost.cpu:.1f} s, {cost.memory:.0f} MB")
        print(f"| {documents:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or [10_000, 100_000, 300_000])
