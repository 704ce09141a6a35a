"""Measure cleaning in many languages: `python benchmarks/speed.py languages [--texts FOLDER] [--markdown] [NAME]...`.

With `--texts`, real texts: a folder for each language with files of plain text (`.txt`, a document each) or JSON lines
(`.jsonl`, field `text`), such as `benchmarks/speed.py language-texts` fetches; few are taken over and over.

Else made-up ones: the words of a language's labelled cases are drawn by how often they stand there, with a fixed seed,
into articles of one-line paragraphs of which one in two hundred repeats another of its article, about as in news; where
words are written without spaces, what is drawn is two characters with their marks.

CPU of one core, the least of some runs, `str.split()` over the same texts in turns; a text without spaces is hardly any
work for it, so megabytes a second of UTF-8 say more there.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import accumulate, cycle
from pathlib import Path

import regex

from benchmarks._scopes import front_end
from benchmarks._stages import clean_all, split_all
from benchmarks._tables import Table, shown
from benchmarks._texts import first, megabytes, read
from benchmarks._timing import in_turns
from tests.cases import cases

UNSPACED = {"ja": "。", "th": " ", "zh": "。"}
"""Languages that are written without spaces, and what ends a sentence in them."""

_PAIR = regex.compile(r"\X{1,2}")


def vocabulary(language: str) -> Counter[str]:
    """Return how often each word stands in the cases of a language."""
    text = "\n".join(case.text for case in cases() if case.headers["language"] == language)
    return Counter(_PAIR.findall("".join(text.split())) if language in UNSPACED else text.split())


def articles(language: str, size: int, seed: int = 1) -> Iterator[str]:
    """Yield articles of about `size` bytes of UTF-8 together."""
    source = random.Random(seed)
    counts = vocabulary(language)
    words, weights = list(counts), list(accumulate(counts.values()))
    end, space = UNSPACED.get(language, ". "), "" if language in UNSPACED else " "
    while size > 0:
        rows: list[str] = []
        for _ in range(source.randint(12, 40)):
            if rows and source.random() < 0.005:
                rows.append(source.choice(rows))
                continue
            lengths = [source.randint(8, 25) for _ in range(source.randint(1, 3))]
            sentences = [space.join(source.choices(words, cum_weights=weights, k=length)) for length in lengths]
            rows.append(end.join([*sentences, ""]).strip())
        text = "\n\n".join(rows)
        size -= len(text.encode()) + 1
        yield text


def real(folder: Path, size: float) -> list[str]:
    """Return the texts in the files of a folder, over and over until they have so many megabytes."""
    texts: list[str] = []
    for path in sorted(folder.iterdir()):
        texts += read(path) if path.suffix == ".jsonl" else [path.read_text("utf-8")]
    return first(cycle(texts), size)


def languages(folder: Path | None) -> list[str]:
    """Return the languages there are texts in."""
    if folder is None:
        return sorted({case.headers["language"] for case in cases()})
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def measured(texts: list[str], runs: int) -> list[str]:
    """Return the speed of the front end, of cleaning, and of splitting, as cells of the table."""
    size = megabytes(texts)
    works = {one.__name__: partial(one, texts) for one in (front_end, clean_all, split_all)}
    front, cleaned, split = in_turns(works, runs).least.values()
    row = [cell for taken in (front, cleaned) for cell in (f"{size / taken:.0f}", f"{split / taken:.2f}")]
    return [*row, f"{size / split:.0f}"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*", help="instead of all")
    parser.add_argument("--texts", type=Path, metavar="FOLDER", help="with a folder of files for each language")
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    rows = []
    for language in given.languages or languages(given.texts):
        if given.texts is None:
            texts = list(articles(language, int(given.megabytes * 1e6)))
        else:
            texts = real(given.texts / language, given.megabytes)
        rows.append([language, *measured(texts, given.runs)])
    head = ["language", "front end MB/s", "of `str.split()`", "cleaned MB/s", "of `str.split()`", "`str.split()` MB/s"]
    print(shown(Table(head, rows), given.markdown))
