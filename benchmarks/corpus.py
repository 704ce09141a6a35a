"""Measure corpora in files: make one with planted copies, recall and precision on it, what grows, and other programs.

python benchmarks/corpus.py generate OUT.jsonl MEGABYTES [--seed 1]
python benchmarks/corpus.py recall CORPUS.jsonl OUT       of dedupe corpus CORPUS.jsonl -o OUT --id id --date date
python benchmarks/corpus.py skew [DOCUMENTS]...           a paragraph that very many documents share
python benchmarks/corpus.py skew DOCUMENTS --write FOLDER    these documents, for `spark`
python benchmarks/corpus.py buckets CORPUS.jsonl          how many pairs the bands propose at scale, simulated
python benchmarks/corpus.py beside CORPUS.jsonl --text-dedup PYTHON --datatrove PYTHON
python benchmarks/corpus.py spark CORPUS.jsonl FOLDER ID DATE    Spark beside the local engine
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import re
import statistics
import sys
import tempfile
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import _parts
from benchmarks._timing import Cost, cost_of
from dedupe._arrays import U64, Ints
from dedupe.corpus.settings import CorpusOptions
from dedupe.deduper import Deduper
from dedupe.judge.content import SHORT
from dedupe.matching.minhash import banded
from dedupe.text.paragraphs import one_paragraph_a_line
from dedupe.text.shingles import joined, shingles
from dedupe.text.words import chunks

PROGRAMS = {"spark": "_spark"}
"""What has options of its own."""

LETTERS, VOWELS = "bcdfghklmnprstvz", "aeiou"


def vocabulary(generator: random.Random, size: int) -> list[str]:
    """Return different made-up words."""
    found: dict[str, None] = {}
    while len(found) < size:
        word = "".join(generator.choice(LETTERS) + generator.choice(VOWELS) for _ in range(generator.randint(1, 4)))
        found[word] = None
    return list(found)


class Writer:
    """Draws words by Zipf's law."""

    def __init__(self, seed: int) -> None:
        self.generator = random.Random(seed)
        self.words = vocabulary(random.Random(0), 50_000)
        self.weights = list(accumulate(1 / (rank + 10) for rank in range(len(self.words))))

    def word(self) -> str:
        """Return a word."""
        return self.words[bisect(self.weights, self.generator.random() * self.weights[-1])]

    def paragraph(self) -> str:
        """Return a paragraph of 30 to 110 words."""
        words = self.generator.choices(self.words, cum_weights=self.weights, k=self.generator.randint(30, 110))
        return " ".join(words).capitalize() + "."

    def changed(self, paragraph: str) -> str:
        """Return a paragraph with a word in a hundred, but one at least, changed, inside."""
        words = paragraph.split(" ")
        for _ in range(max(1, len(words) // 100)):
            words[self.generator.randrange(1, len(words) - 1)] = self.word()
        return " ".join(words)


def generate(path: str, megabytes: float, seed: int) -> None:
    """Write a generated corpus, and beside it, in a file that ends in .planted, what was planted.

    Paragraphs are words drawn from a vocabulary by Zipf's law, so no two are alike by chance. 3 in a hundred copy an
    earlier one word for word and 2 in a hundred with a few words changed (Jaccard similarity of shingles about 0.8 and
    up); of each planted one there is a line: kind, copy's document and line, original's document and line.
    """
    writer = Writer(seed)
    draw = writer.generator
    pool: list[tuple[str, str, int]] = []
    size = number = 0
    with open(path, "w") as out, open(path + ".planted", "w") as planted:
        while size < megabytes * 1e6:
            name = f"d{number:08d}"
            paragraphs = []
            used = set()
            for line in range(draw.randint(3, 14)):
                chance = draw.random()
                text = writer.paragraph()
                if pool and chance < 0.05:
                    original, home, at = draw.choice(pool)
                    if home not in used:
                        used.add(home)
                        text = original if chance < 0.03 else writer.changed(original)
                        kind = "exact" if chance < 0.03 else "near"
                        print(kind, name, 2 * line + 1, home, at, sep="\t", file=planted)
                elif chance < 0.3:
                    entry = (text, name, 2 * line + 1)
                    if len(pool) < 100_000:
                        pool.append(entry)
                    else:
                        pool[draw.randrange(len(pool))] = entry
                paragraphs.append(text)
            date = f"{number:010d}"
            line_out = json.dumps({"id": name, "date": date, "title": name, "text": "\n\n".join(paragraphs)})
            out.write(line_out + "\n")
            size += len(line_out) + 1
            number += 1


def triples(text: str) -> set[tuple[str, str, str]]:
    """Return a paragraph's padded triples of words."""
    words = ["", *re.findall(r"\w+", text.lower()), ""]
    return set(zip(words, words[1:], words[2:], strict=False))


def likeness(one: str, other: str) -> float:
    """Return the Jaccard similarity of two paragraphs."""
    mine, theirs = triples(one), triples(other)
    return len(mine & theirs) / len(mine | theirs)


def recall(path: str, out: str, least: float = 0.8) -> None:
    """Print recall of the planted copies, and precision by a twin that shares nothing with the program: it splits at
    line ends, takes words by a regular expression, and compares sets of triples.
    """
    lines: dict[str, list[str]] = {}
    with open(path) as file:
        for line in file:
            one = json.loads(line)
            lines[one["id"]] = one["text"].split("\n")
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for part in sorted(Path(out, "findings").glob("part-*")):
        for line in part.read_text().splitlines():
            one = json.loads(line)
            for finding in one["findings"]:
                if "key" in finding["original"]:
                    home = finding["original"]
                    found[one["document"], finding["lines"][0]] = home["document"], home["lines"][0]
    planted = hits = 0
    with open(path + ".planted") as file:
        for line in file:
            _, name, at, home, place = line.rstrip("\n").split("\t")
            if likeness(lines[name][int(at) - 1], lines[home][int(place) - 1]) >= least:
                planted += 1
                hits += (name, int(at)) in found
    right = sum(
        likeness(lines[name][at - 1], lines[home][place - 1]) >= least for (name, at), (home, place) in found.items()
    )
    print(f"recall {hits} of {planted} = {hits / planted:.4f}")
    print(f"precision {right} of {len(found)} = {right / len(found):.4f}")


def write_skewed(path: Path, documents: int, varied: bool) -> None:
    """Write so many documents that share a paragraph, or a wording of it."""
    writer = Writer(1)
    shared = writer.paragraph().split(" ")
    half = len(shared) // 2
    with open(path, "w", encoding="utf-8") as file:
        for number in range(documents):
            said = " ".join([*shared[:half], f"w{number}" if varied else "w", *shared[half:]])
            own = " ".join(writer.word() for _ in range(20))
            record = {"id": f"d{number:07d}", "date": "2026", "text": f"{own}\n\n{said}"}
            file.write(json.dumps(record) + "\n")


def write_all_skewed(sizes: list[int], folder: Path) -> None:
    """Write both kinds of documents below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for documents in sizes:
        for varied, name in ((False, "same"), (True, "varied")):
            write_skewed(folder / f"{name}-{documents}.jsonl", documents, varied)


def skew(sizes: list[int]) -> None:
    """Print what documents cost that share a paragraph, word for word or with a word of its own in the midst of each.

    CPU seconds of the whole process should grow as the documents do.
    """
    print("| documents | the same words | a word of its own in each |\n| --- | --- | --- |")
    for documents in sizes:
        cells = []
        for varied in (False, True):
            with tempfile.TemporaryDirectory() as name:
                source = Path(name, "documents.jsonl")
                write_skewed(source, documents, varied)
                out = ["-o", str(Path(name, "out")), "--id", "id", "--cross-document", "remove"]
                cost = cost_of([sys.executable, "-m", "dedupe", "corpus", str(source), *out], Path(name))
                cells.append(f"{cost.cpu:.1f} s, {cost.memory:.0f} MB")
        print(f"| {documents:,} | {' | '.join(cells)} |", flush=True)


BANDINGS = {0.5: (42, 3), 0.7: (25, 5), 0.8: (20, 6)}
PARTS = (1 / 8, 1 / 4, 1 / 2, 1)


def band_keys_of(texts: Sequence[str], bands: int, width: int) -> U64:
    """Return the band keys of texts of one line each, uint64, shape (bands, texts)."""
    chunk = joined([shingles(part) for part in chunks(texts)])
    return banded(chunk.hashes, chunk.starts[:-1], np.diff(chunk.starts), bands, width)


def counted(sizes: Ints, window: int) -> tuple[int, int, int]:
    """Return all pairs of buckets of these sizes, those that the window lets through, and the largest size."""
    inside = np.minimum(sizes, window + 1)
    bounded = inside * (inside - 1) // 2 + np.maximum(sizes - window - 1, 0) * (window + 1)
    return int((sizes * (sizes - 1) // 2).sum()), int(bounded.sum()), int(sizes.max(initial=0))


def buckets(path: str, documents: int) -> None:
    """Print the pairs that the bands of a growing part of a corpus propose, without a bound and with the window.

    Pairs of unrelated paragraphs grow with the square of the corpus, pairs of related ones and what the window lets
    through with the corpus; the two are fitted and read off at so many documents.
    """
    window = CorpusOptions().window
    with open(path) as file:
        texts = [json.loads(line)["text"] for line in file]
    rows: dict[str, int] = {}
    for number, report in enumerate(Deduper().check_many(texts)):
        for row in one_paragraph_a_line(report.text).split("\n"):
            if len(row) >= SHORT:
                rows.setdefault(row, number)
    paragraphs, owners = list(rows), np.array(list(rows.values()))
    scale = documents / len(texts)
    print(f"{len(texts)} documents, {len(paragraphs)} different paragraphs; read off at {documents:,} documents")
    for threshold, (bands, width) in BANDINGS.items():
        keys = np.concatenate(
            [band_keys_of(paragraphs[at : at + 20_000], bands, width) for at in range(0, len(paragraphs), 20_000)],
            axis=1,
        )
        points = []
        for part in PARTS:
            among = owners < len(texts) * part
            sizes = np.concatenate([np.unique(band[among], return_counts=True)[1] for band in keys])
            points.append((int(among.sum()), *counted(sizes, window)))
            print(
                f"{threshold}: {points[-1][0]} paragraphs, {points[-1][1]} pairs, {points[-1][2]} in the window, "
                f"largest bucket {points[-1][3]}"
            )
        count, pairs = np.array([one[0] for one in points], float), np.array([one[1] for one in points], float)
        slope, related = np.polyfit(count, pairs / count, 1)
        whole = len(paragraphs) * scale
        unbounded = max(0.0, slope) * whole + related
        print(
            f"{threshold}: {max(0.0, slope):.2e} x paragraphs + {related:.3f} pairs a paragraph; "
            f"at {whole:,.0f} paragraphs {unbounded:,.0f} without a bound, "
            f"{min(unbounded, bands * (window + 1)):,.0f} at most with it"
        )


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


def programs(given: argparse.Namespace, source: Path, out: Path) -> dict[str, list[str]]:
    """Return what is run, by name."""
    ours = [sys.executable, "-m", "dedupe", "corpus", str(source), "-o", str(out / "ours"), "--id", "id"]
    ours += ["--jaccard", "0.8", "--bands", "20", "--band-rows", "6"]
    found = {"dedupe corpus": [*ours, "--cross-document", "remove"]}
    if given.text_dedup:
        cache = ["--cache_dir", str(out / "cache"), "--output", str(out / "text-dedup")]
        found["text-dedup"] = [given.text_dedup, *TEXT_DEDUP, "--data_files", str(source), *cache]
    if given.datatrove:
        found["datatrove"] = [given.datatrove, "-c", DATATROVE, str(source.parent), str(out / "datatrove")]
    return found


def beside(given: argparse.Namespace) -> None:
    """Print what `dedupe corpus` costs beside other programs that read and write the same documents.

    Each paragraph of the corpus becomes a document, since the others drop whole documents. All use one worker, 20 bands
    of 6 values, word triples and a threshold of 0.8; CPU seconds (user and system) are of the whole process and its
    children, the median of the runs, with the seconds by the clock and the largest memory of one process.
    """
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "source", "documents.jsonl")
        source.parent.mkdir()
        documents, size = cut(given.corpus, given.limit, source)
        for _ in range(given.runs):  # in turns, so that what else the machine does meets all
            with tempfile.TemporaryDirectory(dir=name) as out:
                for program, command in programs(given, source, Path(out)).items():
                    costs.setdefault(program, []).append(cost_of(command, Path(out)))
    print(f"{documents:,} documents, {size / 1e6:.1f} MB; Python {platform.python_version()}, {given.runs} runs\n")
    print("| what | CPU | by the clock | memory | CPU, times ours |\n| --- | --- | --- | --- | --- |")
    base = statistics.median(one.cpu for one in costs["dedupe corpus"])
    for program, all_ in costs.items():
        cpu, clock = statistics.median(one.cpu for one in all_), statistics.median(one.clock for one in all_)
        memory = max(one.memory for one in all_)
        print(f"| {program} | {cpu:.1f} s | {clock:.1f} s | {memory:.0f} MB | {cpu / base:.1f} |")


def options() -> argparse.ArgumentParser:
    """Return the options of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("generate")
    verb.add_argument("corpus")
    verb.add_argument("megabytes", type=float)
    verb.add_argument("--seed", type=int, default=1)
    verb = verbs.add_parser("recall")
    verb.add_argument("corpus")
    verb.add_argument("out")
    verb = verbs.add_parser("skew")
    verb.add_argument("documents", type=int, nargs="*", default=[10_000, 100_000, 300_000])
    verb.add_argument("--write", default="", metavar="FOLDER", help="write them there, and do nothing with them")
    verb = verbs.add_parser("buckets")
    verb.add_argument("corpus")
    verb.add_argument("--documents", type=float, default=1e9)
    verb = verbs.add_parser("beside")
    verb.add_argument("corpus")
    verb.add_argument("--text-dedup", default="", metavar="PYTHON", help="of an environment with it")
    verb.add_argument("--datatrove", default="", metavar="PYTHON", help="likewise")
    verb.add_argument("--limit", type=int, default=0, help="documents at most")
    verb.add_argument("--runs", type=int, default=3)
    return parser


def main() -> None:
    """Do what is asked for."""
    given = options().parse_args()
    if given.verb == "generate":
        generate(given.corpus, given.megabytes, given.seed)
    elif given.verb == "recall":
        recall(given.corpus, given.out)
    elif given.verb == "skew":
        if given.write:
            write_all_skewed(given.documents, Path(given.write))
        else:
            skew(given.documents)
    elif given.verb == "buckets":
        buckets(given.corpus, int(given.documents))
    else:
        beside(given)


if __name__ == "__main__":
    _parts.run(PROGRAMS, main)
