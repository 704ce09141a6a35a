"""Where the time goes: CPU by stage inside a real run, each moment charged to the innermost stage that is under way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pkgutil import resolve_name
from time import process_time
from typing import ParamSpec, TypeVar
from unittest.mock import patch

import dedupe
from benchmarks._tables import Section, Table
from benchmarks._texts import Material
from benchmarks._timing import seconds

WORDS, GATE, MATCHES, TEXTS, FEATURES, MODEL, CHOICE, REPORTS, ACROSS, REST = (
    "words, shingles and their hashes",
    "gate",
    "matches",
    "texts and candidates",
    "features",
    "model",
    "choice and guard",
    "reports",
    "judgement across documents, reports",
    "the rest: batches, reports of documents without a match",
)

ORDER = (WORDS, GATE, MATCHES, TEXTS, FEATURES, MODEL, CHOICE, REPORTS, ACROSS, REST)

STAGES = {
    "dedupe.judge._matched.read": WORDS,
    "dedupe.judge._matched.shingles_of": WORDS,
    "dedupe.judge._matched.shingles": WORDS,
    "dedupe.judge._matched.candidate_shingles": GATE,
    "dedupe.judge._matched.chosen": MATCHES,
    "dedupe.judge._matched.chosen_positions": MATCHES,
    "dedupe.judge._matched.match": MATCHES,
    "dedupe.judge._matched._words_of": MATCHES,
    "dedupe.judge.judging.Texts": TEXTS,
    "dedupe.judge.judging.find_candidates": TEXTS,
    "dedupe.judge.judging.compute": FEATURES,
    "dedupe.judge.judging.Model.log_odds": MODEL,
    "dedupe.judge.judging.Judge._choose": CHOICE,
    "dedupe.deduper.report": REPORTS,
    "dedupe.corpus._cleaning.shingles": WORDS,
    "dedupe.corpus._cleaning.candidate_documents": GATE,
    "dedupe.corpus.in_memory.match": MATCHES,
    "dedupe.corpus.in_memory._DocumentSet.__init__": ACROSS,
    "dedupe.corpus.in_memory._DocumentSet.decide": ACROSS,
}
"""The functions that make up a stage, by the name under which they are called."""

Given = ParamSpec("Given")
Made = TypeVar("Made")


class Stopwatch:
    """Counts CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._under_way: list[str] = [REST]
        self._since = process_time()

    def charge(self) -> None:
        """Charge the time since the last call to the stage that is under way."""
        now = process_time()
        self.seconds[self._under_way[-1]] += now - self._since
        self._since = now

    def timed(self, stage: str, work: Callable[Given, Made]) -> Callable[Given, Made]:
        """Return the function, its time charged to a stage."""

        def call(*arguments: Given.args, **named: Given.kwargs) -> Made:
            self.charge()
            self._under_way.append(stage)
            try:
                return work(*arguments, **named)
            finally:
                self.charge()
                self._under_way.pop()

        return call


@contextmanager
def watched() -> Iterator[Stopwatch]:
    """Time every stage of what is called inside."""
    with ExitStack() as patches:
        watch = Stopwatch()
        for name, stage in STAGES.items():
            patches.enter_context(patch(name, watch.timed(stage, resolve_name(name))))
        yield watch
        watch.charge()


def clean_all(texts: list[str]) -> None:
    """Clean every text for itself."""
    for report in dedupe.Deduper().check_many(texts):
        _ = report.text


def split_all(texts: list[str]) -> None:
    """Split every text into words and throw them away: the yardstick."""
    for text in texts:
        text.split()


def by_stage(work: Callable[[list[str]], object], texts: list[str], runs: int) -> dict[str, float]:
    """Return the time of each stage in the quickest of some runs, in units of splitting, which is timed in turns."""
    taken: list[dict[str, float]] = []
    split: list[float] = []
    for _ in range(runs):
        split.append(seconds(partial(split_all, texts)))
        with watched() as watch:
            work(texts)
        taken.append(dict(watch.seconds))
    quickest = min(taken, key=lambda one: sum(one.values()))
    return {stage: quickest.get(stage, 0.0) / min(split) for stage in ORDER}


def stages(material: Material) -> Section:
    """Charge the time of both scopes to stages."""
    scopes = (
        by_stage(clean_all, material.texts, material.runs),
        by_stage(dedupe.corpus.clean, material.across, material.runs),
    )
    rows = [[stage, *(f"{scope[stage]:.2f}" for scope in scopes)] for stage in ORDER]
    rows.append(["all", *(f"{sum(scope.values()):.2f}" for scope in scopes)])
    return Section([Table(["stage, `str.split()` = 1", "document scope", "corpus scope"], rows)])
