"""Measure cleaning in the languages of the labelled cases: `python benchmarks/languages.py [--markdown] [LANGUAGE]...`.

The words of a language's cases are drawn by how often they stand there, with a fixed seed, into articles of one-line
paragraphs of which one in two hundred repeats another of its article, about as in news; where words are written without
spaces, what is drawn is two characters with their marks. CPU of one core, the least of some runs, `str.split()` over
the same texts in turns; a text without spaces is hardly any work for it, so megabytes a second of UTF-8 say more there.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from pathlib import Path

import regex

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.scopes import front_end
from benchmarks.stages import clean_all, split_all
from benchmarks.tables import Table, shown
from benchmarks.texts import megabytes
from benchmarks.timing import in_turns
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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*", help="instead of all")
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    rows = []
    for language in given.languages or sorted({case.headers["language"] for case in cases()}):
        texts = list(articles(language, int(given.megabytes * 1e6)))
        size = megabytes(texts)
        works = {one.__name__: partial(one, texts) for one in (front_end, clean_all, split_all)}
        front, cleaned, split = in_turns(works, given.runs).least.values()
        row = [cell for taken in (front, cleaned) for cell in (f"{size / taken:.0f}", f"{split / taken:.2f}")]
        rows.append([language, *row, f"{size / split:.0f}"])
    head = ["language", "front end MB/s", "of `str.split()`", "cleaned MB/s", "of `str.split()`", "`str.split()` MB/s"]
    print(shown(Table(head, rows), given.markdown))


if __name__ == "__main__":
    main()
