"""The promises, each over texts built to be nasty. What a promise means is computed here anew, from the texts alone."""

import json
import random
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import dedupe
from tests import twins
from tests.promised import NEAR, broken
from tests.texts import SENTENCES, nasty

LONG = SENTENCES[0]


MANY = 1000
"""Texts on which the promises are tested where the slow tests are run; the quick ones take 100."""


def content_lines(text: str) -> list[str]:
    return [line for line in twins.lines(text) if line.strip()]


@given(nasty())
def test_1_cleaning_only_removes_whole_paragraphs(text: str) -> None:
    report = dedupe.check(text)
    lines = twins.lines(text)
    gone = {
        line
        for finding in report.findings
        if finding.action == "remove"
        for line in range(finding.lines[0], finding.lines[1] + 1)
    }
    kept = [line for number, line in enumerate(lines, 1) if number not in gone and line.strip()]
    assert content_lines(report.text) == kept
    # Nothing is written anew: what stays can be found in the text in order, character by character.
    remaining = iter(text)
    assert all(character in remaining for character in report.text)
    if not gone:
        assert report.text == text
    elif text[-1:] not in "\r\n":
        assert report.text[-1:] not in "\r\n"
    else:
        assert report.text[-1:] in "\r\n"


@given(nasty())
@example("We lost 5 million of them in the year before.\n\nWe lost -5 million of them in the year before.")
def test_2_every_removed_paragraph_has_an_original_that_stays_and_nothing_of_weight_is_lost(text: str) -> None:
    report = dedupe.check(text)
    rows = [line for line in twins.lines(text) if line.strip()]
    numbers = [number for number, line in enumerate(twins.lines(text), 1) if line.strip()]
    removed = [one for one in report.findings if one.action == "remove"]
    gone = {numbers.index(one.lines[0]) for one in removed}
    for one in removed:
        mine = rows[numbers.index(one.lines[0])]
        first, last = (numbers.index(line) for line in one.original.lines)
        assert gone.isdisjoint(range(first, last + 1))
        around = range(max(0, first - NEAR), min(len(rows), last + NEAR + 1))
        beside = [rows[at] for at in around if at not in gone and not first <= at <= last]
        assert not broken(mine, " ".join(rows[first : last + 1]), beside)


@given(nasty())
@example(f"{LONG}\n\n{LONG}\n\n{LONG}")
def test_3_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = dedupe.clean(text)
    assert dedupe.clean(once) == once
    assert not dedupe.check(once).changed


PROMISES = [
    test_1_cleaning_only_removes_whole_paragraphs,
    test_2_every_removed_paragraph_has_an_original_that_stays_and_nothing_of_weight_is_lost,
    test_3_cleaning_twice_is_cleaning_once,
]


@pytest.mark.slow
@pytest.mark.parametrize("promise", PROMISES)
def test_promises_1_to_3_hold_on_many_texts(promise: Callable[[], None]) -> None:
    settings(max_examples=MANY)(given(nasty())(promise.hypothesis.inner_test))()  # type: ignore[attr-defined]


@given(st.lists(nasty(), max_size=5))
@pytest.mark.slow
def test_4_the_same_alone_in_batches_and_again(texts: list[str]) -> None:
    alone = [dedupe.Deduper().check((str(number), text)).to_dict() for number, text in enumerate(texts)]
    together = [report.to_dict() for report in dedupe.Deduper().check_many((str(n), t) for n, t in enumerate(texts))]
    assert together == alone


def test_4_the_same_in_processes_with_other_hash_seeds() -> None:
    text = "\n".join(SENTENCES * 2)
    program = "import dedupe,sys,json; print(json.dumps(dedupe.check(json.load(sys.stdin)).to_dict()))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(text),
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in (0, 1, 2)
    }
    assert len(outputs) == 1


@given(nasty())
def test_5_clean_is_what_check_says(text: str) -> None:
    report = dedupe.check(text)
    assert dedupe.clean(text) == report.text
    assert report.changed == any(finding.action == "remove" for finding in report.findings)
    assert report.problem == ""


@given(st.lists(st.sampled_from(["a", "b", "a b", "b a", "no", "yes", "...", "7", "8", "橋", "*"]), max_size=20))
def test_6_short_paragraphs_are_compared_exactly(rows: list[str]) -> None:
    report = dedupe.check("\n".join(rows))
    for finding in report.findings:
        assert twins.words(rows[finding.lines[0] - 1]) == twins.words(rows[finding.original.lines[0] - 1])


@given(nasty(), st.randoms(use_true_random=False))
def test_no_order_of_paragraphs_takes_both_of_two_copies(text: str, order: random.Random) -> None:
    rows = content_lines(text)
    order.shuffle(rows)
    shuffled = "\n".join(rows)
    kept = content_lines(dedupe.clean(shuffled))
    said = {tuple(twins.words(row)) for row in kept}
    removed = [row for row in dedupe.check(shuffled).findings if row.action == "remove" and row.kind == "exact"]
    for finding in removed:
        assert tuple(twins.words(rows[finding.lines[0] - 1])) in said
