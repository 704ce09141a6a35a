"""Training: labels, examples, a fit that comes out the same twice, figures that are counted right."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import catboost
import numpy as np
import pytest

from dedupe._score import Score
from dedupe.judge.features import MEANINGS
from dedupe.judge.model import UNIT, model_of, read_model
from dedupe.judge.policy import Policy
from dedupe.options import Options
from dedupe.training._evaluation import Rated, calibrate, curve_point, rate, removable_lines, removals
from dedupe.training._examples import GOES, REFUSED_WEIGHT, STAYS, UNKNOWN, lines_of, make_examples, target
from dedupe.training._fit import UNCALIBRATED, trees_of
from dedupe.training._labels import Labelled, checksum, read_labels
from dedupe.training._report import levels

ROOT = Path(__file__).parent.parent.parent
LABELS = ROOT / "fixtures/labels"
ONE = "The ferry will not sail on Sunday because its engine has to be taken out and looked at."
OTHER = "Passengers are taken across in three small boats, the smallest of which belongs to the priest."


def labelled(text: str, **labels: Any) -> Labelled:
    record: dict[str, Any] = {"id": "one", "kind": "article", "site": "a.example", "text": text, **labels}
    sets = {name: frozenset(record.get(name, ())) for name in ("remove", "open")}
    return Labelled("one", "article", "a.example", text, sets["remove"], tuple(record.get("either", ())), sets["open"])


def test_labels_of_the_project_can_be_read() -> None:
    texts = read_labels([LABELS / "written.jsonl"])
    assert len(texts) == len((LABELS / "written.jsonl").read_text("utf-8").strip().split("\n")) > 200
    assert 2 * sum(one.edited for one in texts) >= len(texts)


def test_labels_without_a_text_take_it_by_id_and_checksum(tmp_path: Path) -> None:
    labels, texts = tmp_path / "labels.jsonl", tmp_path / "texts.jsonl"
    labels.write_text(json.dumps({"id": "a", "kind": "web", "checksum": checksum(ONE), "remove": [0]}) + "\n")
    texts.write_text(json.dumps({"id": "a", "text": OTHER}) + "\n")
    with pytest.raises(ValueError, match="no file of texts has 'a' with this checksum"):
        read_labels([labels], [texts])
    texts.write_text(json.dumps({"id": "a", "text": ONE}) + "\n")
    assert read_labels([labels], [texts])[0].text == ONE


def test_a_record_that_is_no_label_is_an_error_with_its_line(tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"kind": "web", "text": ""}\n')
    done = subprocess.run(
        [sys.executable, "-m", "dedupe.training", labels], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"{labels}:1: no labelled text")


def test_outcomes_are_counted_by_line() -> None:
    text = labelled("a\nb\na\nb\nc\nc", remove=[2], either=(frozenset({4, 5}),), open=[3])
    assert text.outcome({2, 3, 4}) == ({2, 4}, set(), set())
    assert text.outcome({0, 4, 5}) == ({5}, {2}, {0, 4})
    assert removable_lines(text) == 2


def test_a_candidate_should_go_if_an_editor_takes_it_out_and_its_original_stays() -> None:
    text = labelled("a\nb\na\na\nc\nc", remove=[2, 3], either=(frozenset({4, 5}),), open=[1])
    assert [target(text, *pair) for pair in ((2, 0), (0, 2), (2, 3), (5, 4), (4, 5), (1, 0))] == [
        GOES, STAYS, UNKNOWN, GOES, UNKNOWN, UNKNOWN,
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_those_of_line_feeds(end: str) -> None:
    assert lines_of(end.join([ONE, "", OTHER])) == [(0, 0), (2, 2)]


def test_examples_are_those_that_the_judge_sees() -> None:
    examples = make_examples([labelled("\n\n".join([ONE, OTHER, ONE]), remove=[4])], Options())
    pairs = zip(examples.duplicate.tolist(), examples.original.tolist(), examples.target.tolist(), strict=True)
    assert sorted(pairs) == [(0, 2, STAYS), (2, 0, GOES)]


def test_what_the_guard_refuses_weighs_less() -> None:
    corrected = ONE.replace("Sunday", "Sunday the 5th"), ONE.replace("Sunday", "Sunday the 6th")
    examples = make_examples([labelled("\n\n".join([*corrected, OTHER, OTHER]), remove=[6])], Options())
    pairs = zip(examples.duplicate.tolist(), examples.original.tolist(), examples.refused.tolist(), strict=True)
    assert sorted(pairs) == [(0, 1, True), (1, 0, True), (2, 3, False), (3, 2, False)]
    assert np.allclose(examples.weight[examples.refused], REFUSED_WEIGHT * examples.weight[~examples.refused])
    assert np.isclose(examples.weight.sum() ** 2, 2 + 2 * REFUSED_WEIGHT)  # as many as would weigh as much


def test_removals_and_points_of_the_curve_are_counted() -> None:
    texts = [labelled("\n\n".join([ONE, OTHER, ONE, OTHER]), remove=[4])]
    examples = make_examples(texts, Options())
    odds = np.where(examples.duplicate > examples.original, 10 + examples.duplicate, -10)
    found = removals(texts, examples, odds, Policy())
    assert found.right.tolist() == [True, False]
    calibration, rated = rate(found, examples)
    assert calibration["steps"] == [{"odds": [12], "shares": [0.5]}] * 2  # too few for one of each kind of text
    assert rated.confidence.tolist() == [0.5, 0.5]
    point = curve_point(texts, rated, ("article",), 0.5)
    assert (point.score, point.damaged) == (Score(hits=1, wrong=1), 1)
    assert curve_point(texts, rated, ("article",), 0.6).score.recall == 0


def test_levels_lie_above_what_harms_edited_texts() -> None:
    kinds = ("article", "article-hard", "page", "song")
    texts = [Labelled(kind, kind, "", "", frozenset(range(9)), (), frozenset()) for kind in kinds]
    # The song loses a line at confidence .8; every other removal is right.
    confidence = np.array([0.9, 0.9, 0.9, 0.8, 0.6, 0.6, 0.6])
    found = Rated(np.array([0, 1, 2, 3, 0, 1, 2]), confidence, np.arange(7) != 3)
    assert levels(texts, found)["default"] == 0.9
    calm = Rated(np.delete(found.text, 3), np.delete(confidence, 3), np.delete(found.right, 3))
    assert levels(texts, calm)["default"] == 0.6


def test_calibration_never_falls() -> None:
    random = np.random.default_rng(1)
    odds = np.sort(random.integers(-100, 100, 2000))
    right = random.random(2000) < (odds + 100) / 200
    found = calibrate(odds, right)
    assert (np.diff(found.shares) > 0).all()
    assert (np.diff(found.odds) > 0).all()
    assert abs(float(found.confidence(np.array([0]))[0]) - 0.5) < 0.1


def test_calibration_rises_between_the_middles_of_pools() -> None:
    # Two pools, of which half and nine in ten are right: a level of .7 lies between them.
    odds = np.arange(1200)
    right = np.where(odds < 600, odds % 2 == 0, odds % 10 != 0)
    found = calibrate(odds, right)
    assert (found.shares[0], found.shares[-1]) == (0.5, 0.9)
    assert 500 < found.odds[np.searchsorted(found.shares, 0.7)] < 700


def test_training_gives_a_model_and_the_same_one_again(tmp_path: Path) -> None:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "dedupe.training",
        LABELS / "written.jsonl",
        "--trees",
        "12",
        "--depth",
        "3",
    ]
    for name in ("one.json", "other.json"):
        subprocess.run([*command, "-o", tmp_path / name], check=True, capture_output=True)
    first = (tmp_path / "one.json").read_text()
    assert first == (tmp_path / "other.json").read_text()
    model = read_model(first, "one.json")
    assert model.trees.shape == (12, 3)
    assert model.about["texts"] == len(read_labels([LABELS / "written.jsonl"]))
    assert {one["level"] for one in model.about["figures"]} == {"conservative", "default", "aggressive"}


def test_a_model_file_gives_what_the_learner_gives() -> None:
    random = np.random.default_rng(2)
    table = random.random((400, 5)).astype(np.float32)
    target = (table[:, 0] + table[:, 3] > 1).astype(int)
    learner = catboost.CatBoostClassifier(iterations=20, depth=4, verbose=0, allow_writing_files=False, random_seed=1)
    learner.fit(table, target)
    with TemporaryDirectory() as folder:
        learner.save_model(f"{folder}/m.json", format="json")
        parts = trees_of(json.loads(Path(folder, "m.json").read_text()))
    wide = np.zeros((400, len(MEANINGS)), np.float32)
    wide[:, :5] = table
    ours = model_of(parts | UNCALIBRATED).log_odds(wide) / UNIT
    assert np.abs(ours - learner.predict(table, prediction_type="RawFormulaVal")).max() < 0.01
