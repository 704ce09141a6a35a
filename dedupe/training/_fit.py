"""Fit symmetric trees to examples, and make the parts of a model file of them."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.features import MEANINGS
from dedupe.judge.model import PACKED, SCHEMA, UNIT, model_of
from dedupe.training._calibration import DIVIDER
from dedupe.training._examples import Examples


@dataclass(frozen=True, slots=True)
class Shape:
    """The number and depth of the trees, and the parameters of the learner.

    `fits`: models that differ in their seed only; their mean is the model. `trees`: those of each. `features`: the
    share of the features that is tried for each question. `borders`: the values tried for each feature.
    """

    fits: int = 2
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
    exports = []
    for number in range(shape.fits):
        learner = CatBoostClassifier(
            iterations=shape.trees,
            depth=shape.depth,
            learning_rate=shape.rate,
            l2_leaf_reg=shape.regularisation,
            rsm=shape.features,
            border_count=shape.borders,
            random_seed=shape.seed + number,
            thread_count=2,
            verbose=0,
            allow_writing_files=False,
        )
        learner.fit(examples.features[fitted], examples.target[fitted], sample_weight=examples.weight[fitted])
        exports.append(export(learner))
    return mean_of(exports)


def export(learner: Any) -> dict[str, Any]:
    """Return what a learner has fitted, as it writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        learner.save_model(str(path), format="json")
        exported: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return exported


def mean_of(exports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the parts of a model file, whose log-odds are the mean of those of fits, with each question once."""
    trees = [
        (
            [(split["float_feature_index"], split["border"]) for split in tree["splits"] or ()],
            [round(value * exported["scale_and_bias"][0] * UNIT / len(exports)) for value in tree["leaf_values"]],
        )
        for exported in exports
        for tree in exported["oblivious_trees"]
    ]
    depth = max(len(splits) for splits, _ in trees)
    questions = sorted({split for splits, _ in trees for split in splits})
    number = {question: at for at, question in enumerate(questions)}
    used = sorted({column for column, _ in questions})
    names = list(MEANINGS)
    tree_rows, leaf_rows = [], []
    for splits, leaves in trees:
        missing = depth - len(splits)
        tree_rows.append([number[split] for split in splits] + [number[splits[-1]] if splits else 0] * missing)
        leaf_rows.append(leaves * (1 << missing))  # a question that is repeated leaves each leaf as it is
    arrays = {
        "questions": [used.index(column) for column, _ in questions],
        "borders": [border for _, border in questions],
        "trees": tree_rows,
        "leaves": leaf_rows,
    }
    return {
        "schema": SCHEMA,
        "features": [names[column] for column in used],
        "depth": depth,
        **{name: packed(name, numbers) for name, numbers in arrays.items()},
        "bias": round(sum(exported["scale_and_bias"][1][0] for exported in exports) * UNIT / len(exports)),
    }


def packed(name: str, numbers: Any) -> str:
    """Return an array of a model file as Base64."""
    return base64.b64encode(np.array(numbers, PACKED[name]).tobytes()).decode()


def log_odds(parts: dict[str, Any], examples: Examples, chosen: Bools) -> Ints:
    """Return the log-odds of examples by a fitted model."""
    return model_of(parts | UNCALIBRATED).log_odds(examples.features[chosen])


UNCALIBRATED: dict[str, Any] = {
    "calibration": {"feature": DIVIDER[0], "border": DIVIDER[1], "steps": [{"odds": [0], "shares": [0.5]}] * 2},
    "levels": {},
    "about": {},
}
"""Parts of a model file beside the trees, before calibration."""
