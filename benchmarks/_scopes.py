"""The cost from text to cleaned text, a document at a time and a whole set, beside simpler work on the same texts."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import dedupe
from benchmarks._stages import clean_all, split_all
from benchmarks._tables import Section, Table
from benchmarks._texts import Material, json_lines, megabytes, write
from benchmarks._timing import Times, in_turns, run
from dedupe.text.shingles import shingles
from dedupe.text.words import chunks

SPLIT, CLEAN, DISK = (
    "`str.split()`",
    "text in, cleaned text out",
    "JSON lines to JSON lines, `dedupe clean`, whole process",
)
HEAD = ("CPU of one core", "MB/s", "ns a byte", "of the speed of `str.split()`")
Works = Mapping[str, Callable[[], object]]


def front_end(texts: list[str]) -> None:
    """Make the shingles of every text."""
    for chunk in chunks(texts):
        shingles(chunk)


def clean_file(source: Path, folder: Path) -> None:
    """Clean JSON lines in a process of their own."""
    target = folder / "cleaned.jsonl"
    run([sys.executable, "-m", "dedupe", "clean", str(source), "--field", "text", "-o", str(target)])


def clean_corpus(source: Path, folder: Path) -> None:
    """Clean JSON lines as a set in a process of its own; in a new folder, since a run that is there is not repeated."""
    with tempfile.TemporaryDirectory(dir=folder) as target:
        run([sys.executable, "-m", "dedupe", "corpus", str(source), "-o", target])


def articles(material: Material) -> Section:
    """Time this project and the yardsticks on the same texts."""
    texts = material.texts
    plain = write(material.folder / "texts.txt", (f"{text}\n" for text in texts))
    word = re.compile(r"\w+")
    works: dict[str, Callable[[], object]] = {
        SPLIT: partial(split_all, texts),
        CLEAN: partial(clean_all, texts),
        DISK: partial(clean_file, material.lines, material.folder),
        "finding only: words, shingles and their hashes": partial(front_end, texts),
        "yardstick: `lower().split()`": lambda: [len(text.lower().split()) for text in texts],
        "yardstick: `re.findall(r'\\w+')`": lambda: [len(word.findall(text)) for text in texts],
        "yardstick: reading the texts from a file": lambda: plain.read_text("utf-8"),
        "yardstick: `wc -w`, whole process": partial(run, ["wc", "-w", str(plain)]),
    }
    times = in_turns(works, material.runs)
    size = megabytes(texts)
    figures = {name: times.least[SPLIT] / times.least[work] for name, work in AIMED.items() if work in times.least}
    return Section([Table(HEAD, rows(works, times, size), [f"{len(texts):,} texts, {size:.1f} MB."])], figures)


AIMED = {"articles": CLEAN, "disk": DISK}
"""The aims that these figures are for."""


def across(material: Material) -> Section:
    """Time this project in corpus scope."""
    texts = material.across
    source = material.lines
    if texts is not material.texts:
        source = write(material.folder / "across.jsonl", json_lines(texts))
    works: dict[str, Callable[[], object]] = {
        SPLIT: partial(split_all, texts),
        "texts in, cleaned texts out, `dedupe.corpus.clean`": partial(dedupe.corpus.clean, texts),
        "JSON lines to a folder, `dedupe corpus`, whole process": partial(clean_corpus, source, material.folder),
    }
    size = megabytes(texts)
    table = Table(HEAD, rows(works, in_turns(works, material.runs), size), [f"{len(texts):,} texts, {size:.1f} MB."])
    return Section([table])


def generated(material: Material) -> Section:
    """Time this project on generated articles, by the share of their paragraphs that repeat."""
    lines = []
    for share, texts in material.generated.items():
        source = write(material.folder / "generated.jsonl", json_lines(texts))
        works: dict[str, Callable[[], object]] = {
            SPLIT: partial(split_all, texts),
            "document scope": partial(clean_all, texts),
            "corpus scope": partial(dedupe.corpus.clean, texts),
            "JSON lines": partial(clean_file, source, material.folder),
        }
        size = megabytes(texts)
        for name, speed, _, part in rows(works, in_turns(works, material.runs), size)[1:]:
            lines.append([f"{share:.0%} of the paragraphs repeat, {name}", f"{size:.1f}", speed, part])
    note = "JSON lines go to JSON lines in a whole process, the start of which counts."
    return Section([Table(["generated articles", "MB", *HEAD[1::2]], lines, [note])])


def rows(works: Works, times: Times, size: float) -> list[list[str]]:
    """Return a row for each piece of work: megabytes a second, and as part of the yardstick's speed."""
    found = []
    for name in works:
        if name in times.failed:
            found.append([name, times.failed[name], "", ""])
            continue
        taken = times.least[name]
        found.append([name, f"{size / taken:.1f}", f"{1e3 * taken / size:.1f}", f"{times.least[SPLIT] / taken:.2f}"])
    return found
