"""The texts that are measured on: from JSON lines or a generator, in files as the programs want them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks._generator import Generator


@dataclass(frozen=True, slots=True)
class Material:
    """What a run measures on, and how often.

    `texts`: for document scope; `across`: for corpus scope, the same if they come from a file. `compared`: those of
    `across` that the peers are compared on. `generated`: by the share of paragraphs that repeat. `lines`: `texts` as
    JSON lines. `corpus`: the file they came from, if any. `small`, `large`: megabytes that are streamed. `folder`: for
    files that are thrown away.
    """

    texts: list[str]
    across: list[str]
    compared: list[str]
    generated: dict[float, list[str]]
    lines: Path
    corpus: Path | None
    small: float
    large: float
    runs: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Sample:
    """Articles, and the paragraphs of all of them together."""

    texts: list[str]
    rows: list[str]


def sample_of(texts: list[str]) -> Sample:
    """Return articles with their paragraphs."""
    return Sample(texts, rows_of(texts))


def read(path: Path) -> list[str]:
    """Return the texts of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines if line.strip()]


def first(texts: Iterable[str], size: float) -> list[str]:
    """Return the first texts that have so many megabytes together."""
    found: list[str] = []
    for text in texts:
        if size <= 0:
            break
        found.append(text)
        size -= megabytes([text])
    return found


def rows_of(texts: Iterable[str]) -> list[str]:
    """Return the paragraphs of all texts together, one a line; without those that have neither letter nor digit."""
    return [row for text in texts for row in text.split("\n") if re.search(r"[^\W_]", row)]


def megabytes(texts: Iterable[str]) -> float:
    """Return the size of texts in UTF-8."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6


def endless(corpus: Path) -> Iterator[str]:
    """Yield the texts of JSON lines over and over, none of them held."""
    while True:
        with corpus.open(encoding="utf-8") as file:
            yield from (json.loads(line)["text"] for line in file if line.strip())


def json_lines(texts: Iterable[str], size: float = float("inf")) -> Iterator[str]:
    """Yield texts as JSON lines, of about `size` bytes together."""
    numbers = count()
    for text in texts:
        if size <= 0:
            return
        line = json.dumps({"id": str(next(numbers)), "text": text}, ensure_ascii=False) + "\n"
        size -= len(line.encode("utf-8", "replace"))
        yield line


def write(path: Path, lines: Iterable[str]) -> Path:
    """Write lines to a file and return it."""
    with path.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(lines)
    return path


def streamed(path: Path, size: float, corpus: Path | None, across: bool = False) -> Path:
    """Write so many megabytes of JSON lines: a corpus over and over, or articles of which a twentieth repeats.

    None of it is held. With `across`, generated articles repeat each other, else themselves.
    """
    texts = endless(corpus) if corpus else Generator(repeated=0.05, across=across).articles(int(size * 1e6))
    return write(path, json_lines(texts, size * 1e6))
