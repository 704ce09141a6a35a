"""The model: trees that are data, read with care, evaluated alike everywhere."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe.errors import ModelError
from dedupe.judge.features import MEANINGS
from dedupe.judge.model import MAX_TREES, UNIT, load_model, model_of, read_model
from dedupe.training._fit import packed
from tests.commands import run

NAMES = list(MEANINGS)[:3]


ARRAYS: dict[str, Any] = {
    "questions": [0, 1, 2],
    "borders": [0.5, 0.25, -1.0],
    "trees": [[0, 1], [1, 2]],
    "leaves": [[0, UNIT, -UNIT, 2 * UNIT], [5, 6, 7, 8]],
}


def parts(arrays: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """Return the parts of a small model: two trees of depth two, and what is to be otherwise."""
    return {
        "schema": 3,
        "features": NAMES,
        "depth": 2,
        **{name: packed(name, numbers) for name, numbers in (ARRAYS | (arrays or {})).items()},
        "bias": -3,
        "calibration": {
            "feature": NAMES[0],
            "border": 0.5,
            "steps": [
                {"odds": [-(1 << 40), 0, UNIT], "shares": [0.1, 0.5, 0.9]},
                {"odds": [0], "shares": [0.7]},
            ],
        },
        "levels": {"conservative": 0.9, "default": 0.5, "aggressive": 0.3, "flag": 0.2},
        "about": {},
    } | changed


def slowly(arrays: dict[str, Any], row: list[float]) -> int:
    """Return the log-odds of one candidate, node by node."""
    total = -3
    for tree, leaves in zip(arrays["trees"], arrays["leaves"], strict=True):
        leaf = 0
        for depth, question in enumerate(tree):
            column = arrays["questions"][question]
            leaf += bool(np.float32(row[column]) > np.float32(arrays["borders"][question])) << depth
        total += leaves[leaf]
    return total


@given(st.lists(st.lists(st.floats(-2, 2, width=32), min_size=3, max_size=3), min_size=1, max_size=40))
def test_trees_evaluated_at_once_are_trees_evaluated_one_by_one(rows: list[list[float]]) -> None:
    table = np.zeros((len(rows), len(MEANINGS)), np.float32)
    table[:, :3] = rows
    assert model_of(parts()).log_odds(table).tolist() == [slowly(ARRAYS, row) for row in rows]


def test_leaves_are_counted_beyond_a_narrow_number() -> None:
    trees = [[0, 1, 2, 0, 1, 2, 0, 1]] * 300
    many = ARRAYS | {"trees": trees, "leaves": [[32_512 + leaf - at for leaf in range(256)] for at in range(300)]}
    rows = [[1.0, 0.0, 0.0], [0.0, 1.0, -2.0], [1.0, 1.0, 1.0]]
    table = np.zeros((len(rows), len(MEANINGS)), np.float32)
    table[:, :3] = rows
    assert model_of(parts(many, depth=8)).log_odds(table).tolist() == [slowly(many, row) for row in rows]


@given(st.permutations(range(7)))
def test_log_odds_do_not_depend_on_the_other_candidates(order: list[int]) -> None:
    table = np.random.default_rng(1).random((7, len(MEANINGS)), np.float32)
    model = load_model()
    alone = [int(model.log_odds(table[at : at + 1])[0]) for at in order]
    assert model.log_odds(table[order]).tolist() == alone


def test_confidence_is_the_step_below() -> None:
    odds = np.array([-(1 << 50), -1, 0, UNIT - 1, UNIT])
    table = np.zeros((len(odds), len(MEANINGS)), np.float32)
    assert model_of(parts()).confidence(odds, table).tolist() == [0.1, 0.1, 0.5, 0.5, 0.9]


def test_confidence_is_that_of_the_kind_of_text() -> None:
    table = np.zeros((3, len(MEANINGS)), np.float32)
    table[:, 0] = 0.0, 0.5, 0.75  # beyond the border from here on
    assert model_of(parts()).confidence(np.array([UNIT, UNIT, UNIT]), table).tolist() == [0.9, 0.9, 0.7]


WHOLE = json.dumps(parts())
CALIBRATION = parts()["calibration"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WHOLE[:200], "is no whole model file"),
        ("[]", "is no whole model file"),
        ("{}", "is no whole model file"),
        (json.dumps(parts(schema=2)), "is a model of schema 2, and this version reads 3"),
        (json.dumps(parts(calibration={"odds": [0], "shares": [0.5]})), "is no whole model file"),
        (json.dumps(parts(calibration={**CALIBRATION, "feature": "moon"})), "does not have: moon"),
        (json.dumps(parts(calibration={**CALIBRATION, "border": float("nan")})), "do not fit together"),
        (json.dumps(parts(features=["size_of_the_moon", *NAMES[1:]])), "does not have: size_of_the_moon"),
        (json.dumps(parts({"borders": [0.5, float("nan"), 1.0]})), "do not fit together"),
        (json.dumps(parts({"trees": [[0, 1], [1, 9]]})), "do not fit together"),
        (json.dumps(parts({"questions": [0, 1, 3]})), "do not fit together"),
        (json.dumps(parts({"questions": [0, 1]})), "do not fit together"),
        (json.dumps(parts({"leaves": [[1, 2, 3, 4]]})), "do not fit together"),
        (json.dumps(parts({"leaves": [1, 2, 3]})), "is no whole model file"),
        (json.dumps(parts({"trees": [0, 1, 2]})), "is no whole model file"),
        (json.dumps(parts({"trees": [[0, 1]] * MAX_TREES, "leaves": [[0] * 4] * MAX_TREES})), "do not fit together"),
        (json.dumps(parts(leaves=parts()["leaves"][:-1])), "is no whole model file"),
        (json.dumps(parts(leaves=parts()["leaves"][:-4])), "is no whole model file"),
        (json.dumps(parts(leaves="AA" + parts()["leaves"][:-2])), "is no whole model file"),
        (json.dumps(parts(leaves="!" + parts()["leaves"][1:])), "is no whole model file"),
        (json.dumps(parts(leaves="é" + parts()["leaves"][1:])), "is no whole model file"),
        (json.dumps(parts(leaves=[[0, 1, 2, 3], [5, 6, 7, 8]])), "is no whole model file"),
        (json.dumps(parts(borders=parts()["borders"][:4])), "is no whole model file"),
        (json.dumps(parts(depth=0)), "is no whole model file"),
        (json.dumps(parts(depth=-1)), "is no whole model file"),
        (json.dumps(parts(depth=3)), "is no whole model file"),
        (json.dumps(parts(depth=1 << 60)), "is no whole model file"),
        (json.dumps(parts(depth=float("inf"))), "is no whole model file"),
        (json.dumps(parts(bias=1 << 70)), "do not fit together"),
        ("[" * 100_000, "is no whole model file"),
        (json.dumps(parts(levels={"default": 0.5})), "do not fit together"),
    ],
)
def test_a_file_that_is_no_model_is_a_sentence(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=message):
        read_model(text, "mine.json")
    path = tmp_path / "mine.json"
    path.write_text(text)
    article = tmp_path / "article.txt"
    article.write_text("Once upon a time.\n")
    done = run("check", article, "--model", path)
    assert (done.returncode, done.stdout) == (2, b"")
    sentence = done.stderr.decode()
    assert str(path) in sentence
    assert len(sentence.splitlines()) == 1


def test_a_model_that_is_not_there_is_a_sentence() -> None:
    for name in ("nowhere.json", "a\0b", "\ud800", "/"):
        with pytest.raises(ModelError, match="cannot be read as a model") as raised:
            dedupe.Deduper(model=name)
        assert "Errno" not in str(raised.value)


def test_the_model_of_the_package_says_what_it_is() -> None:
    about = load_model().about
    assert about["texts"] > 2000
    assert len(about["checksum"]) == 32
    assert about["parts"] == 5


def test_the_model_of_the_package_is_small() -> None:
    path = Path(dedupe.__file__).parent / "judge/model.json"
    assert path.stat().st_size < 300_000
