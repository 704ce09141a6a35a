"""Measure the cost of a core: this project and its peers on the same texts, beside what they find.

    python benchmarks/speed.py                            generated articles
    python benchmarks/speed.py --corpus articles.jsonl    one's own (JSON lines with a field "text")
    python benchmarks/speed.py --markdown                 the tables as they stand in README

CPU seconds of one thread, everything from text to result, the least of some runs; `str.split()` over the same texts is
timed around every run, and speeds are given as parts of its speed, since that travels better between machines. Recall
and precision are those of pairs of paragraphs at the threshold, against a count of all pairs in plain Python with an
independent split into words and no hash. Peers are in the extra `bench`; one that is missing is left out, and named.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads: its threads would cost more than they give
sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

import dedupe
from benchmarks.generator import Generator
from dedupe.matching import match
from dedupe.shingles import chunks, joined, shingles

THRESHOLD, PERMUTATIONS = 0.7, 128
Pairs = set[tuple[int, int]]
PACKAGES = ("numpy", "datasketch", "xxhash", "rensa", "gaoya", "trafilatura")


def tokens(row: str) -> list[str]:
    """Return a paragraph's padded word 3-grams as strings: what every peer is fed."""
    words = ["^", *re.findall(r"\w+", row.lower()), "$"]
    return [" ".join(words[at : at + 3]) for at in range(len(words) - 2)]


def all_pairs(rows: list[str]) -> Pairs:
    """Return every pair of rows at the threshold: sets of word tuples, exact, by the rarest tuples of each set.

    Two sets of that similarity share one of the rarest `(1 - threshold) * size + 1` of either (prefix filtering).
    """
    sets = [set(tokens(row)) for row in rows]
    counts = Counter(token for one in sets for token in one)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    found: Pairs = set()
    for number, one in enumerate(sets):
        prefix = sorted(one, key=lambda token: (counts[token], token))[: int((1 - THRESHOLD) * len(one)) + 1]
        for other in {other for token in prefix if counts[token] > 1 for other in holders[token]}:
            shared = len(one & sets[other])
            if shared >= THRESHOLD * (len(one) + len(sets[other]) - shared):
                found.add((other, number))
        for token in prefix:
            holders[token].append(number)
    return found


def ours(rows: list[str]) -> Pairs:
    """Propose by the index, verify exactly; equal rows fold to their first, and all pairs of them are counted."""
    whole = joined([shingles(chunk) for chunk in chunks(rows)])
    found = match(whole, np.zeros(len(rows), np.uint64), jaccard=THRESHOLD, containment=None, permutations=PERMUTATIONS)
    groups: dict[int, list[int]] = {}
    for copy, first in zip(found.copies.tolist(), found.firsts.tolist(), strict=True):
        groups.setdefault(first, [first]).append(copy)
    pairs: Pairs = {(one, other) for group in groups.values() for at, other in enumerate(group) for one in group[:at]}
    for left, right in zip(found.left.tolist(), found.right.tolist(), strict=True):
        for one in groups.get(left, [left]):
            pairs.update((min(one, other), max(one, other)) for other in groups.get(right, [right]))
    return pairs


def datasketch_loop(rows: list[str]) -> Pairs:
    """Fill a MinHash shingle by shingle, as the documentation shows."""
    import datasketch

    index = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)

    def sketch(row: str) -> datasketch.MinHash:
        one = datasketch.MinHash(PERMUTATIONS)
        for token in tokens(row):
            one.update(token.encode())
        return one

    return _asked(index, (sketch(row) for row in rows))


def datasketch_bulk(rows: list[str]) -> Pairs:
    """Let `MinHash.bulk` do all rows at once, with the quickest hash."""
    import datasketch
    import xxhash

    index = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    sets = ([token.encode() for token in tokens(row)] for row in rows)
    return _asked(index, datasketch.MinHash.bulk(sets, num_perm=PERMUTATIONS, hashfunc=xxhash.xxh32_intdigest))


def _asked(index: object, sketches: Iterable[object]) -> Pairs:
    found: Pairs = set()
    for number, one in enumerate(sketches):
        found.update((other, number) for other in index.query(one))  # type: ignore[attr-defined]
        index.insert(number, one)  # type: ignore[attr-defined]
    return found


def rensa_loop(rows: list[str]) -> Pairs:
    """Make a signature at a time, ask, check the estimate, insert."""
    import rensa

    index = rensa.RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=16)
    found: Pairs = set()
    made = []
    for number, row in enumerate(rows):
        one = rensa.RMinHash(num_perm=PERMUTATIONS, seed=1)
        one.update(tokens(row))
        found.update((other, number) for other in index.query(one) if made[other].jaccard(one) >= THRESHOLD)
        index.insert(number, one)
        made.append(one)
    return found


def rensa_batch(rows: list[str]) -> Pairs:
    """Make all signatures in one call."""
    import rensa

    index = rensa.RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=16)
    made = rensa.RMinHash.from_token_sets([tokens(row) for row in rows], num_perm=PERMUTATIONS, seed=1)
    found: Pairs = set()
    for number, one in enumerate(made):
        found.update((other, number) for other in index.query(one) if made[other].jaccard(one) >= THRESHOLD)
        index.insert(number, one)
    return found


def gaoya_index(rows: list[str]) -> Pairs:
    """Let its own tokeniser, in Rust, make the 3-grams."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, THRESHOLD, 16, 8, None, "word", True, (3, 3))
    found: Pairs = set()
    for number, row in enumerate(rows):
        found.update((other, number) for other in index.query(row))
        index.insert_document(number, row)
    return found


def coverage(rows: list[str]) -> set[int]:
    """Flag rows of which half the 3-grams were seen before, as onion does: says neither where nor how alike."""
    seen: set[str] = set()
    found = set()
    for number, row in enumerate(rows):
        mine = set(tokens(row))
        if len(mine & seen) > 0.5 * len(mine):
            found.add(number)
        seen |= mine
    return found


def trafilatura_filter(rows: list[str]) -> set[int]:
    """Flag rows whose text was seen before, as trafilatura's option `deduplicate` does."""
    from lxml.etree import Element
    from trafilatura.deduplication import duplicate_test
    from trafilatura.settings import Extractor

    options = Extractor(dedup=True)
    found = set()
    for number, row in enumerate(rows):
        element = Element("p")
        element.text = "".join(character for character in row if character.isprintable())
        if duplicate_test(element, options):
            found.add(number)
    return found


PEERS: dict[str, tuple[str, Callable[[list[str]], Pairs | set[int]]]] = {
    "this project": ("", ours),
    "gaoya": ("gaoya", gaoya_index),
    "rensa, one by one": ("rensa", rensa_loop),
    "rensa, batch": ("rensa", rensa_batch),
    "datasketch `MinHash.bulk`, xxhash": ("xxhash", datasketch_bulk),
    "datasketch `update()`": ("datasketch", datasketch_loop),
    "coverage, as onion does, in Python": ("", coverage),
    "trafilatura's duplicate filter": ("trafilatura", trafilatura_filter),
}


def split_all(texts: Iterable[str]) -> None:
    """Split every text into words and throw them away: the yardstick."""
    for text in texts:
        text.split()


def clean_all(texts: list[str]) -> None:
    """Clean every text."""
    for report in dedupe.Deduper().check_many(texts):
        _ = report.text


def clean_file(source: Path, target: Path) -> None:
    """Clean JSON lines on disk, through the command's own functions."""
    from dedupe.cli.app import app

    app(["clean", str(source), "--field", "text", "-o", str(target)], standalone_mode=False)


def least(work: Callable[[], object], yardstick: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the least CPU seconds of the work, and of the yardstick, taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for one, taken in ((yardstick, times[1]), (work, times[0])):
            start = time.process_time()
            one()
            taken.append(time.process_time() - start)
    return min(times[0]), min(times[1])


def megabytes(texts: Iterable[str]) -> float:
    """Return the size of texts in UTF-8."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6


def read(path: Path) -> list[str]:
    """Return the texts of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines if line.strip()]


def cleaning(name: str, texts: list[str], runs: int) -> list[str]:
    """Return a row: the speed of cleaning these texts in memory."""
    taken, split = least(partial(clean_all, texts), partial(split_all, texts), runs)
    size = megabytes(texts)
    return [name, f"{size:.1f}", f"{size / taken:.0f}", f"{size / split:.0f}", f"{split / taken:.2f}"]


def yardsticks(texts: list[str], runs: int) -> list[list[str]]:
    """Return rows: what simpler work over the same texts costs."""
    words = re.compile(r"\w+")
    work: dict[str, Callable[[], object]] = {
        "`lower().split()`": lambda: [len(text.lower().split()) for text in texts],
        "`re.findall(r'\\w+')`": lambda: [len(words.findall(text)) for text in texts],
        "words, shingles and their hashes only": lambda: [len(shingles(chunk).hashes) for chunk in chunks(texts)],
    }
    rows = []
    for name, one in work.items():
        taken, split = least(one, partial(split_all, texts), runs)
        size = megabytes(texts)
        rows.append([name, f"{size:.1f}", f"{size / taken:.0f}", f"{size / split:.0f}", f"{split / taken:.2f}"])
    return rows


def on_disk(texts: list[str], runs: int) -> list[str]:
    """Return a row: JSON lines to JSON lines."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        taken, split = least(partial(clean_file, source, target), partial(split_all, texts), runs)
    size = megabytes(texts)
    return [
        "JSON lines to JSON lines",
        f"{size:.1f}",
        f"{size / taken:.0f}",
        f"{size / split:.0f}",
        f"{split / taken:.2f}",
    ]


def compared(rows: list[str], wanted: Pairs, runs: int) -> tuple[list[list[str]], list[str]]:
    """Return a row for each peer: speed, how much slower, recall, precision, peak memory; and who is missing."""
    table, missing = [], []
    mine = 0.0
    size = megabytes(rows)
    later = {right for _, right in wanted}
    for name, (package, work) in PEERS.items():
        try:
            importlib.import_module(package or "sys")
        except ImportError:
            missing.append(package)
            continue
        found = work(rows)  # once beforehand: imports and first use are not counted
        taken, _ = least(partial(work, rows), lambda: None, runs if name == "this project" else max(1, runs - 2))
        mine = mine or taken
        true: set[object] = set(wanted) if any(isinstance(one, tuple) for one in found) else set(later)
        hits = len(true & found)
        table.append(
            [
                name,
                f"{size / taken:.1f}",
                f"{taken / mine:.1f}",
                f"{hits / max(1, len(true)):.3f}",
                f"{hits / max(1, len(found)):.3f}",
                f"{peak(name, rows):.0f}",
            ]
        )
    return table, missing


def high_water() -> float:
    """Return the megabytes this process took at most; Linux counts in `ru_maxrss` what its parent took before it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s*(\d+)", status.read_text())[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def peak(name: str, rows: list[str]) -> float:
    """Return the megabytes that a process of its own takes at most for this, texts and interpreter included."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as file:
        file.writelines(json.dumps({"text": row}) + "\n" for row in rows)
    try:
        command = [sys.executable, __file__, "--alone", name, "--corpus", file.name]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    finally:
        Path(file.name).unlink()


def show(head: list[str], rows: list[list[str]], markdown: bool) -> None:
    """Print a table."""
    if markdown:
        print("|", " | ".join(head), "|")
        print("|", " | ".join("---" if at == 0 else "---:" for at in range(len(head))), "|")
        for row in rows:
            print("|", " | ".join(row), "|")
    else:
        widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
        for row in [head, *rows]:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()


def machine() -> str:
    """Return what the figures were measured on."""
    processor = ""
    if Path("/proc/cpuinfo").exists():
        names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        processor = f"{names[0]}, {len(names)} cores, " if names else ""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return f"{processor}Python {platform.python_version()}, {', '.join(versions)}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="JSON lines with a field text, instead of generated articles")
    parser.add_argument("--megabytes", type=float, default=10, help="size of what is generated")
    parser.add_argument("--compared", type=float, default=2, help="megabytes that the peers are compared on")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        PEERS[given.alone][1](read(given.corpus))
        print(high_water())
        return
    print(machine(), "\n")
    size = int(given.megabytes * 1e6)
    generated = {rate: list(Generator(repeated=rate).articles(size)) for rate in (0.01, 0.1, 0.5)}
    table = []
    if given.corpus:
        texts = read(given.corpus)
        table += [cleaning(f"articles of {given.corpus.name}", texts, given.runs), on_disk(texts, given.runs)]
        table += yardsticks(texts, given.runs)
    table += [cleaning(f"generated, {rate:.0%} repeated", texts, given.runs) for rate, texts in generated.items()]
    show(["one document at a time", "MB", "MB/s", "`str.split()` MB/s", "part of its speed"], table, given.markdown)

    source = read(given.corpus) if given.corpus else list(Generator(repeated=0.1, across=True).articles(size))
    rows: list[str] = []
    left = int(given.compared * 1e6)
    for text in source:
        if left <= 0:
            break
        rows += [row for row in text.split("\n") if row.strip()]
        left -= len(text)
    wanted = all_pairs(rows)
    table, missing = compared(rows, wanted, given.runs)
    print(f"{len(rows)} paragraphs of all documents together, {megabytes(rows):.1f} MB,")
    print(f"{len(wanted)} pairs at {THRESHOLD}\n")
    show(["pairs at Jaccard 0.7", "MB/s", "times our CPU", "recall", "precision", "peak MB"], table, given.markdown)
    if missing:
        print("not installed, and so not measured:", ", ".join(missing))


if __name__ == "__main__":
    main()
