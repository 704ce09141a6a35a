"""The model: how likely an editor is to take a duplicate out for an original, from symmetric trees that are data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._arrays import F32, Floats, Ints, Places
from dedupe.errors import ModelError
from dedupe.judge.features import MEANINGS

SCHEMA = 1
"""The version of the form of a model file."""

UNIT = 1 << 12
"""Log-odds are whole numbers of this part: sums of them are the same in every order and on every machine."""

DEEPEST = 8
"""Questions of a tree at most: the number of a leaf is a byte."""

_BLOCK = 1 << 9
"""Candidates that are evaluated at once: few, so that what is made for all trees stays in the cache."""


@dataclass(frozen=True)
class Model:
    """Symmetric trees: every node of one depth asks the same question, so a tree is a table of its answers.

    `features`: names of the columns. `questions`: int64, shape (questions,), the column each asks about.
    `borders`: float32, likewise: is the feature above it? `trees`: int64, shape (trees, depth), the questions of each.
    `leaves`: int64, shape (trees, 2 ** depth), log-odds by the answers, in `UNIT` parts. `bias`: added to their sum.
    `odds`, `shares`: the calibration, ascending: from each of these log-odds on, the share of removals that is right.
    `levels`: the least confidence of a removal on each level, and of a flag.
    """

    features: tuple[str, ...]
    questions: Places
    borders: F32
    trees: Places
    leaves: Ints
    bias: int
    odds: Ints
    shares: Floats
    levels: dict[str, float]
    about: dict[str, Any]

    @cached_property
    def columns(self) -> Places:
        """The position of each of its features among those of this version."""
        names = list(MEANINGS)
        return np.array([names.index(name) for name in self.features], np.intp)

    def log_odds(self, table: F32) -> Ints:
        """Return the log-odds of candidates, in `UNIT` parts; `table`: float32, shape (candidates, features)."""
        found = np.empty(len(table), np.int64)
        columns, first_leaf, levels, leaves = self._tables
        borders = self.borders[:, None]
        for at in range(0, len(table), _BLOCK):
            some = np.ascontiguousarray(table[at : at + _BLOCK].T)
            answers = (some.take(columns, axis=0) > borders).view(np.uint8)
            leaf = np.zeros((len(first_leaf), answers.shape[1]), np.uint8)
            for questions in levels:  # the deepest first, as digits of a number
                leaf += leaf
                leaf += answers.take(questions, axis=0)
            np.add.reduce(leaves.take(first_leaf + leaf), axis=0, dtype=leaves.dtype, out=found[at : at + _BLOCK])
        return found + self.bias

    @cached_property
    def _tables(self) -> tuple[Places, Any, Places, Ints]:
        """The column of each question, the first leaf of each tree, the questions by depth, and all leaves."""
        trees, depth = self.trees.shape
        # Narrow numbers take half the time: as many bits as all leaves need, and as their greatest sum.
        first_leaf = (np.arange(trees)[:, None] << depth).astype(np.min_scalar_type(self.leaves.size))
        largest = max(int(self.leaves.max(initial=0)), -int(self.leaves.min(initial=0)))
        leaves: Any = self.leaves.ravel().astype(np.int32 if largest * trees < 1 << 31 else np.int64)
        return self.columns[self.questions], first_leaf, np.ascontiguousarray(self.trees.T[::-1]), leaves

    def confidence(self, log_odds: Ints) -> Floats:
        """Return the share of removals with such log-odds that is right, 0 to 1."""
        found: Floats = self.shares[np.maximum(self.odds.searchsorted(log_odds, "right") - 1, 0)]
        return found


def read_model(text: str, name: str) -> Model:
    """Read a model from the text of its file.

    Raises `ModelError`, which names the file, when it is cut short, of another version, or asks for unknown features.
    """
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ModelError(
                f"{name} is a model of schema {data['schema']}, and this version reads {SCHEMA}: train it anew"
            )
        model = made_of(data)
    except ModelError:
        raise
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelError(f"{name} is no whole model file ({error!r}): train it anew, or leave --model out") from error
    unknown = sorted(set(model.features) - MEANINGS.keys())
    if unknown:
        raise ModelError(
            f"{name} asks for features that this version does not have: {', '.join(unknown[:3])}; train it anew"
        )
    _check(model, name)
    return model


def made_of(data: dict[str, Any]) -> Model:
    """Return the model that these parts of a file make, unchecked."""
    return Model(
        tuple(data["features"]),
        np.array(data["questions"], np.intp),
        np.array(data["borders"], np.float32),
        np.array(data["trees"], np.intp),
        np.array(data["leaves"], np.int64),
        int(data["bias"]),
        np.array(data["calibration"]["odds"], np.int64),
        np.array(data["calibration"]["shares"], np.float64),
        {str(level): float(share) for level, share in data["levels"].items()},
        dict(data["about"]),
    )


def _check(model: Model, name: str) -> None:
    """Raise `ModelError` unless the parts of a model fit together."""
    trees, depth = model.trees.shape if model.trees.ndim == 2 else (0, 0)
    sound = (
        model.leaves.shape == (trees, 1 << depth)
        and depth <= DEEPEST
        and model.questions.shape == model.borders.shape
        and np.isfinite(model.borders).all()
        and np.isfinite(model.shares).all()
        and model.trees.min(initial=0) >= 0
        and model.trees.max(initial=0) < len(model.questions)
        and model.questions.min(initial=0) >= 0
        and model.questions.max(initial=0) < len(model.features)
        and len(model.odds) == len(model.shares) > 0
        and {"conservative", "default", "aggressive", "flag"} <= model.levels.keys()
    )
    if not sound:
        raise ModelError(f"{name} is no whole model file (its parts do not fit together): train it anew")


@lru_cache(maxsize=4)
def load_model(path: str = "") -> Model:
    """Return the model of a file, or the one of the package; read once.

    Raises `ModelError` when it cannot be read.
    """
    if not path:
        return read_model(Path(__file__).with_name("model.json").read_text("utf-8"), "the model of the package")
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path}: cannot be read as a model: {error}; name another file, or leave out --model"
        ) from error
    return read_model(text, path)
