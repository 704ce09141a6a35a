"""The texts that were labelled apart: the figures in README are those measured."""

import json
from pathlib import Path
from typing import Any

import dedupe

ROOT = Path(__file__).parent.parent.parent


def outcome(case: dict[str, Any]) -> tuple[int, int, int]:
    """Return the lines of a case that went rightly, that should have gone, and that went wrongly; lines are from 0."""
    removed = [one.lines for one in dedupe.check(case["text"]).findings if one.action == "remove"]
    lines = case["text"].split("\n")
    gone = {line - 1 for first, last in removed for line in range(first, last + 1) if lines[line - 1].strip()}
    sides = [(set(one), set(other)) for one, other in case["one_of"]]
    either = {line for pair in sides for side in pair for line in side}
    wanted = set(case["should_remove"]) - either
    free = either | set(case["also_ok"]) | set(case["unsure"])
    hits, misses, wrong = len(gone & wanted), len(wanted - gone), len(gone - wanted - free)
    for one, other in sides:
        taken = (one <= gone) + (other <= gone)
        hits, wrong = hits + (taken == 1), wrong + (taken == 2)
        misses += taken == 0 and not one | other <= set(case["unsure"])
    return hits, misses, wrong


def test_the_figures_on_texts_labelled_apart_are_those_measured() -> None:
    cases = [json.loads(line) for line in (ROOT / "fixtures/apart.jsonl").read_text("utf-8").splitlines()]
    kept = [case for case in cases if case["kind"].endswith("(keep)")]
    hits, misses, wrong = (sum(column) for column in zip(*map(outcome, cases), strict=True))
    damaged = sum(outcome(case)[2] > 0 for case in kept)
    said = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"On {len(cases)} texts that were written and labelled apart" in said
    precision, recall = f"{hits / (hits + wrong):.2f}", f".{round(100 * hits / (hits + misses))}"
    assert f"precision {precision}, recall {recall}, and {damaged} of {len(kept)} texts damaged" in said
