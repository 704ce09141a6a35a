"""Threads that share a deduper, an index, or nothing but the module find what one thread finds."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

import dedupe
from tests.texts import ARTICLE, SENTENCES

THREADS = 8
Result = TypeVar("Result")

OTHER = "Nobody has written this sentence before, and nobody will write it again in any other document."


def texts(count: int) -> list[str]:
    """Return texts that differ, with repeats of all kinds in them."""
    parts = [*SENTENCES, *ARTICLE]
    return [
        "\n\n".join([f"Document {number} of a set.", *parts[number % 7 :], *parts[: 3 + number % 11]])
        for number in range(count)
    ]


def at_once(work: Callable[[Any], Result], items: Iterable[Any]) -> list[Result]:
    """Do work on items in threads that begin at the same moment, switching often; return the results in order."""
    barrier = threading.Barrier(THREADS)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(THREADS, initializer=barrier.wait) as pool:
            return list(pool.map(work, items))
    finally:
        sys.setswitchinterval(interval)


def test_threads_share_a_deduper() -> None:
    items = texts(12)
    alone = [dedupe.Deduper(keep="last").check(text) for text in items]
    shared = dedupe.Deduper(keep="last")
    assert at_once(shared.check, items) == alone
    assert any(report.changed for report in alone)
    many = at_once(lambda part: list(shared.check_many(part)), [items[:4]] * THREADS)
    assert many == [alone[:4]] * THREADS


def test_threads_share_the_functions_of_the_module() -> None:
    items = texts(12)
    alone = [dedupe.Deduper().check(text) for text in items]
    assert at_once(dedupe.check, items) == alone
    assert at_once(dedupe.clean, items) == [report.text for report in alone]
    aggressive = [dedupe.Deduper(level="aggressive").check(text) for text in items]
    assert at_once(lambda text: dedupe.check(text, level="aggressive"), items) == aggressive


FRESH = """
import json, sys, threading
from concurrent.futures import ThreadPoolExecutor
import dedupe

items = json.load(sys.stdin)
barrier = threading.Barrier(8)
sys.setswitchinterval(1e-5)
with ThreadPoolExecutor(8, initializer=barrier.wait) as pool:
    reports = list(pool.map(dedupe.check, items))
print(json.dumps([report.to_dict() for report in reports]))
"""


def test_threads_may_be_the_first_to_use_the_module() -> None:
    """What is loaded and filled on first use, the model and the tables of characters, is so for all of them."""
    items = texts(12)
    done = subprocess.run(
        [sys.executable, "-c", FRESH], input=json.dumps(items), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == [dedupe.check(text).to_dict() for text in items]


def test_threads_judge_a_set_each() -> None:
    sets = [[(str(number), text) for number, text in enumerate(texts(2 + size % 2))] for size in range(THREADS)]
    assert at_once(dedupe.corpus.check, sets) == [dedupe.corpus.check(documents) for documents in sets]


@pytest.fixture(params=["memory", "file"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dedupe.OpenIndex]:
    place = ":memory:" if request.param == "memory" else tmp_path / "seen.index"
    with dedupe.open_index(place, write=True, store_text=True) as opened:
        yield opened


def known(count: int) -> list[tuple[str, str]]:
    return [(f"known {number}", text) for number, text in enumerate(texts(count))]


def test_threads_share_a_deduper_with_an_index(index: dedupe.OpenIndex) -> None:
    dedupe.Deduper(index=index).add(known(12))
    items = [(f"new {number}", text + "\n\n" + OTHER) for number, text in enumerate(texts(12))]
    alone = [dedupe.Deduper(index=index).check(item) for item in items]
    assert any(finding.original.first_seen for report in alone for finding in report.findings)
    assert at_once(dedupe.Deduper(index=index).check, items) == alone
    assert at_once(lambda item: dedupe.Deduper(index=index).check(item), items) == alone


def test_threads_ask_while_others_write(index: dedupe.OpenIndex) -> None:
    """What is asked gets the findings of the documents before; those that are written meanwhile say something else."""
    dedupe.Deduper(index=index).add(known(6))
    item = ("new", texts(1)[0])
    before = dedupe.Deduper(index=index).check(item).findings
    shared = dedupe.Deduper(index=index)

    def work(number: int) -> Any:
        if number % 2:
            return shared.check(item).findings
        shared.add([(f"other {number}", f"{OTHER} It is number {number}, and has its own words: {number * 'word '}")])
        return before

    assert at_once(work, range(24)) == [before] * 24
    assert index.stats().documents == 6 + 12
    assert list(index.problems()) == []
    assert len(list(index.documents())) == 18


@pytest.mark.parametrize("dedupers", [1, THREADS])
def test_of_equal_documents_that_threads_remember_one_is_the_first(index: dedupe.OpenIndex, dedupers: int) -> None:
    """Checking and adding are one step, for all dedupers that share an index."""
    made = [dedupe.Deduper(index=index, cross_document="remove") for _ in range(dedupers)]

    def work(number: int) -> bool:
        report = made[number % dedupers].check((str(number), OTHER), remember=True)
        assert not report.problem
        return bool(report.findings)

    assert sorted(at_once(work, range(24))) == [False] + [True] * 23
    assert index.stats().documents == 24
    assert index.stats().distinct_paragraphs == 1


def test_threads_remove_and_count(index: dedupe.OpenIndex) -> None:
    dedupe.Deduper(index=index).add(known(24))
    removed = at_once(lambda number: index.remove([f"known {number}"]), [*range(24)] * 2)
    assert sorted(removed) == [0] * 24 + [1] * 24
    assert index.stats().documents == 0
    assert index.holds(["known 1"]) == set()


@pytest.mark.parametrize("turn", range(20))  # threads that make the same file met in one turn of about ten
def test_threads_open_a_file_each(tmp_path: Path, turn: int) -> None:
    place = tmp_path / f"{turn}.index"

    def work(number: int) -> None:
        with dedupe.open_index(place, write=True) as opened:
            dedupe.Deduper(index=opened).add([(str(number), f"{OTHER} Number {number}.")])

    at_once(work, range(16))
    with dedupe.open_index(place) as opened:
        assert opened.stats().documents == 16


def test_an_event_loop_goes_on_while_a_thread_checks() -> None:
    items = texts(12)

    async def check_all() -> tuple[list[dedupe.Report], int]:
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                beats += 1
                await asyncio.sleep(0)

        heart = asyncio.create_task(beat())
        reports = await asyncio.gather(*(asyncio.to_thread(dedupe.check, text) for text in items))
        heart.cancel()
        return reports, beats

    reports, beats = asyncio.run(check_all())
    assert reports == [dedupe.check(text) for text in items]
    assert beats > len(items)
