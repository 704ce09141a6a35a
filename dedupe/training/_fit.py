"""Fit symmetric trees to examples, and turn them into the parts of a model file."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.features import MEANINGS
from dedupe.judge.model import SCHEMA, UNIT, model_of
from dedupe.training._evaluation import DIVIDER
from dedupe.training._examples import Examples


@dataclass(frozen=True, slots=True)
class Shape:
    """The number and depth of the trees, and the parameters of the learner.

    `features`: the share of the features that is tried for each question. `borders`: the values tried for each
    feature.
    """

    trees: int = 620
    depth: int = 6
    rate: float = 0.1
    regularisation: float = 4.0
    features: float = 0.3
    borders: int = 64
    seed: int = 1


def fit(examples: Examples, chosen: Bools, shape: Shape) -> dict[str, Any]:
    """Fit a model to the chosen examples with a known target; return the parts of its file."""
    from catboost import CatBoostClassifier  # only training needs it; 0.5 s to load

    fitted = chosen & examples.is_fitted
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
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        learner.save_model(str(path), format="json")
        return trees_of(json.loads(path.read_text("utf-8")))


def trees_of(exported: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a model file from the learner's export, with each distinct question once."""
    trees = exported["oblivious_trees"]
    splits_of = [[(split["float_feature_index"], split["border"]) for split in tree["splits"] or ()] for tree in trees]
    depth = max(map(len, splits_of))
    questions = sorted({split for splits in splits_of for split in splits})
    number = {question: at for at, question in enumerate(questions)}
    scale, (bias,) = exported["scale_and_bias"]
    used = sorted({column for column, _ in questions})
    names = list(MEANINGS)
    tree_rows, leaves = [], []
    for tree, splits in zip(trees, splits_of, strict=True):
        missing = depth - len(splits)
        tree_rows.append([number[split] for split in splits] + [number[splits[-1]] if splits else 0] * missing)
        values = [round(value * scale * UNIT) for value in tree["leaf_values"]]
        leaves.append(values * (1 << missing))  # a question that is repeated leaves each leaf as it is
    return {
        "schema": SCHEMA,
        "features": [names[column] for column in used],
        "questions": [used.index(column) for column, _ in questions],
        "borders": [float(np.float32(border)) for _, border in questions],
        "trees": tree_rows,
        "leaves": leaves,
        "bias": round(bias * UNIT),
    }


def log_odds(parts: dict[str, Any], examples: Examples, chosen: Bools) -> Ints:
    """Return the log-odds of examples by a fitted model."""
    return model_of(parts | UNCALIBRATED).log_odds(examples.features[chosen])


UNCALIBRATED: dict[str, Any] = {
    "calibration": {"feature": DIVIDER[0], "border": DIVIDER[1], "steps": [{"odds": [0], "shares": [0.5]}] * 2},
    "levels": {},
    "about": {},
}
"""Parts of a model file beside the trees, before calibration."""
