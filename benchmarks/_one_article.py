"""What one article costs: in a program that is running, and in a command that must start first."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from itertools import islice
from time import process_time

import dedupe
from benchmarks._generator import Generator
from benchmarks._tables import Section, Table
from benchmarks._texts import Material, rows_of
from benchmarks._timing import ROOT, cost_of

ARTICLES, CALLS = 21, 10
"""How many articles are timed, since no two cost the same, and how often in a round."""

CLEAN, HALF = (6000, 30), (2900, 7)
"""Characters and paragraphs of a clean article, and of one that, most of it said twice, is as long."""


def said_once(texts: Sequence[str], form: tuple[int, int]) -> list[str]:
    """Return the articles nearest to so many characters and paragraphs of which nothing is found twice."""
    size, rows = form

    def distance(text: str) -> float:
        return abs(len(text) - size) / size + abs(len(rows_of([text])) - rows) / rows

    clean = (text for text in sorted(texts, key=distance) if not dedupe.check(text).findings)
    return list(islice(clean, ARTICLES))


def doubled(text: str) -> str:
    """Return a scraped article as they come: the headline twice, then all paragraphs, then all but the first again."""
    head, *rows = rows_of([text])
    return "\n".join([head, "", head, *rows, *rows[1:]])


def warm(material: Material) -> Section:
    """Time `dedupe.clean` on clean articles and on doubled ones."""
    texts = material.texts if material.corpus else list(Generator(repeated=0).articles(400_000))
    kinds = {
        "clean": said_once(texts, CLEAN),
        "doubled": [doubled(text) for text in said_once(texts, HALF)],
    }
    taken: dict[str, list[float]] = {}
    for _ in range(material.runs):
        for name, articles in kinds.items():
            times = [1e3 * median_of_calls(text) for text in articles]
            taken[name] = list(map(min, times, taken.get(name, times)))
    rows = []
    for name, articles in kinds.items():
        size = statistics.median(map(len, articles))
        found = statistics.median(len(dedupe.check(text).findings) for text in articles)
        times = sorted(taken[name])
        middle = f"{statistics.median(times):.2f} ({times[0]:.2f} to {times[-1]:.2f})"
        rows.append([f"a {name} article", f"{size:,.0f}", f"{found:.0f}", middle])
    head = ["`dedupe.clean`, warm", "characters", "findings", f"ms, median of {ARTICLES} articles (least to most)"]
    return Section([Table(head, rows)], {name: statistics.median(times) for name, times in taken.items()})


def median_of_calls(text: str) -> float:
    """Return the CPU seconds of a call."""
    taken = []
    for _ in range(CALLS):
        began = process_time()
        dedupe.clean(text)
        taken.append(process_time() - began)
    return statistics.median(taken)


COMMANDS = {
    "base": ("`python -c 'import numpy'`", ["-c", "import numpy"]),
    "single": ("the same with OPENBLAS_NUM_THREADS=1", ["-c", "import numpy"]),
    "import": ("`import dedupe`", ["-c", "import dedupe"]),
    "call": ("`import dedupe`, and a first call", ["-c", "import dedupe; dedupe.clean('')"]),
    "help": ("`dedupe --help`", ["-m", "dedupe", "--help"]),
    "check": ("`dedupe check` on one article", ["-m", "dedupe", "check", str(ROOT / "fixtures/articles/ferry.txt")]),
}


def start(material: Material) -> Section:
    """Time what must start first, in units of a Python that imports numpy."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(2 * material.runs + 1):
        for name, (_, command) in COMMANDS.items():
            cost = cost_of([sys.executable, *command], fine=(0, 1), alone=name == "single")
            if turn:  # the first only writes what Python compiles
                taken[name].append(cost.cpu)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    ratios = {name: one / medians["base"] for name, one in medians.items()}
    rows = [[COMMANDS[name][0], f"{1e3 * one:.0f}", f"{ratios[name]:.2f}"] for name, one in medians.items()]
    table = Table(["a process of its own, median", "CPU, ms", "`import numpy` = 1"], rows)
    return Section([table], {name: ratios[name] for name in ("import", "help", "check")})
