"""Measure how CPU and memory grow with the size of the input, in whole processes.

    python benchmarks/speed.py growth                                  generated articles, 1 to 100 MB
    python benchmarks/speed.py growth --corpus articles.jsonl --megabytes 1 10 100 1000
    python benchmarks/speed.py growth --scope corpus --megabytes 10 100
    python benchmarks/speed.py growth --hostile                        texts made to be slow, each one document
    python benchmarks/speed.py growth --sized --megabytes 1 8 64       likewise, of any size and in several formats

JSON lines go in and come out; hostile texts are only checked. `--corpus` is written over and over until the size is
reached; generated articles never repeat across documents, but for those that `--scope corpus` asks for. CPU seconds of
the process and its children, imports included.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks._generator import Generator
from benchmarks._texts import streamed
from benchmarks._timing import cost_of

SIZES = (1, 8, 64)
"""Megabytes of each hostile text, if none are given."""


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


def _repeated(piece: str, before: str = "", after: str = "") -> Callable[[int], str]:
    return lambda size: before + piece * (max(0, size - len(before) - len(after)) // len(piece)) + after


def _numbered(piece: str, times: int = 1) -> Callable[[int], str]:
    return lambda size: "".join(piece.format(n) for n in range(size // times // len(piece.format(10_000_000)))) * times


SIZED: dict[str, tuple[str, Callable[[int], str]]] = {
    "two one-letter lines in turn": (".txt", _repeated("a\nb\n")),
    "two short sentences in turn": (".txt", _repeated("He came home late.\nShe did not.\n")),
    "short lines, each another": (".txt", _numbered("word {}\n")),
    "short lines, the second half a copy": (".txt", _numbered("word {}\n", 2)),
    "equal sentences": (".txt", _repeated("The committee met again on Tuesday and could not agree on the colour.\n")),
    "one word without end": (".txt", _repeated("ha ")),
    "HTML: tiny paragraphs": (".html", _repeated("<p>ab</p>", "<body>", "</body>")),
    "HTML: lines parted by breaks": (".html", _repeated("ab<br>", "<p>", "</p>")),
    "HTML: nested boxes": (".html", _repeated("<div>")),
    "HTML: attributes": (".html", _repeated("a=1 ", "<p ", ">x</p>")),
    "Markdown: tiny paragraphs": (".md", _repeated("a\n\nb\n\n")),
    "Markdown: marks": (".md", _repeated("*a* ")),
    "CSV: tiny rows": (".csv", _repeated("1,a\n", "id,text\n")),
    "CSV: a cell of two lines in turn": (".csv", _repeated("a\nb\n", 'id,text\n1,"', '"\n')),
    "CSV: cells without end": (".csv", _repeated("a,", "id,text\n1,", "\n")),
    "JSON lines: a text of two lines in turn": (".jsonl", _repeated("a\\nb\\n", '{"text": "', '"}\n')),
    "JSON lines: small objects": (".jsonl", _repeated("{},", '{"text": "a", "x": [', "0]}\n")),
}
"""Texts of any size, by what they are: the ending of their file, and what makes one of so many bytes."""


def measured(sizes: Sequence[float]) -> None:
    """Print what cleaning each hostile text takes, at each size; a page is 32 MB at most."""
    print("| text | " + " | ".join(f"{size:g} MB: ns a byte, peak MB" for size in sizes) + " |")
    print("| --- |" + " ---: |" * len(sizes))
    for name, (suffix, make) in SIZED.items():
        cells = []
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                source, target = (Path(folder, one).with_suffix(suffix) for one in ("in", "out"))
                source.write_text(make(int(size * 1e6)), "utf-8")
                command = [sys.executable, "-m", "dedupe", "clean", str(source), "-o", str(target)]
                cost = cost_of(command, fine=(0, 2))
                as_it_was = target.is_file() and target.read_bytes() == source.read_bytes()
                over = ", too much" if cost.memory > 20 * size + 200 else ""
                cells.append(f"{1000 * cost.cpu / size:.0f}, {cost.memory:.0f}{over}{' (as it was)' * as_it_was}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="JSON lines with a field text, instead of generated articles")
    parser.add_argument("--megabytes", type=float, nargs="+")
    parser.add_argument("--scope", choices=["document", "corpus"], default="document")
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--sized", action="store_true")
    given = parser.parse_args()
    if given.sized:
        measured(given.megabytes or SIZES)
        return
    if given.hostile:
        print("| text | size | CPU s | peak MB |\n| --- | ---: | ---: | ---: |")
        for rows in (10_000, 30_000, 100_000):
            for name, text in hostile(rows).items():
                with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    cost = cost_of([sys.executable, "-m", "dedupe", "check", file.name], fine=(0, 1, 2))
                    size = len(text.encode()) / 1e6
                bounded = " (as it was)" if cost.status == 2 else ""
                print(f"| {rows:,} {name} | {size:.1f} MB | {cost.cpu:.1f}{bounded} | {cost.memory:.0f} |", flush=True)
        return
    print("| JSON lines | CPU s | ns a byte | peak MB |\n| ---: | ---: | ---: | ---: |")
    for size in given.megabytes or (1, 10, 100):
        with tempfile.TemporaryDirectory() as folder:
            source = streamed(Path(folder, "in.jsonl"), size, given.corpus, given.scope == "corpus")
            verb = ["clean", str(source)] if given.scope == "document" else ["corpus", str(source), "--id", "id"]
            cost = cost_of([sys.executable, "-m", "dedupe", *verb, "-o", str(Path(folder, "out"))])
            each = 1e9 * cost.cpu / source.stat().st_size
            print(f"| {size:g} MB | {cost.cpu:.1f} | {each:.0f} | {cost.memory:.0f} |", flush=True)
