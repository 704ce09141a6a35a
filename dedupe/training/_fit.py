"""Fit symmetric trees to examples, and write them as data."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.features import MEANINGS
from dedupe.judge.model import SCHEMA, UNIT, made_of
from dedupe.training._examples import Examples


@dataclass(frozen=True, slots=True)
class Shape:
    """How many trees, how deep, and how cautiously they are fitted."""

    trees: int = 500
    depth: int = 6
    rate: float = 0.06
    regularisation: float = 4.0
    features: float = 0.3
    """The share of the features that is tried for each question."""
    borders: int = 64
    """The values that are tried for each feature."""
    seed: int = 1


def fit(examples: Examples, chosen: Bools, shape: Shape) -> dict[str, Any]:
    """Fit a model to the chosen examples whose target is known, and return its parts as they stand in a model file."""
    learner = _learnt(examples, chosen, shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        learner.save_model(str(path), format="json")
        return trees_of(json.loads(path.read_text("utf-8")))


def _learnt(examples: Examples, chosen: Bools, shape: Shape) -> Any:
    from catboost import CatBoostClassifier  # only training needs it; 0.5 s to load

    fitted = chosen & examples.sampled
    learner = CatBoostClassifier(
        iterations=shape.trees,
        depth=shape.depth,
        learning_rate=shape.rate,
        l2_leaf_reg=shape.regularisation,
        rsm=shape.features,
        border_count=shape.borders,
        random_seed=shape.seed,
        thread_count=2,
        verbose=0,
        allow_writing_files=False,
    )
    learner.fit(examples.features[fitted], examples.target[fitted], sample_weight=examples.weight[fitted])
    return learner


def trees_of(exported: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a model file from what the learner exports: questions asked twice are written once."""
    trees = exported["oblivious_trees"]
    asked = [[(split["float_feature_index"], split["border"]) for split in tree["splits"] or ()] for tree in trees]
    depth = max(map(len, asked))
    questions = sorted({question for tree in asked for question in tree})
    number = {question: at for at, question in enumerate(questions)}
    scale, (bias,) = exported["scale_and_bias"]
    used = sorted({column for column, _ in questions})
    names = list(MEANINGS)
    rows, leaves = [], []
    for tree, splits in zip(trees, asked, strict=True):
        missing = depth - len(splits)
        rows.append([number[split] for split in splits] + [number[splits[-1]] if splits else 0] * missing)
        leaves.append(_leaves(tree["leaf_values"], missing, scale))
    return {
        "schema": SCHEMA,
        "features": [names[column] for column in used],
        "questions": [used.index(column) for column, _ in questions],
        "borders": [float(np.float32(border)) for _, border in questions],
        "trees": rows,
        "leaves": leaves,
        "bias": round(bias * UNIT),
    }


def _leaves(values: list[float], missing: int, scale: float) -> list[int]:
    """Return the leaves of a tree, in whole parts; one that asks less has each leaf whatever else is answered."""
    whole = [round(value * scale * UNIT) for value in values]
    return whole * (1 << missing)


def log_odds(parts: dict[str, Any], examples: Examples, chosen: Bools) -> Ints:
    """Return the log-odds that a fitted model gives to examples."""
    return made_of(parts | UNCALIBRATED).log_odds(examples.features[chosen])


UNCALIBRATED: dict[str, Any] = {
    "calibration": {"odds": [0], "shares": [0.5]},
    "levels": {},
    "about": {},
}
"""What a model file has beside the trees, before it is known."""
