"""The model: symmetric trees, read from a data file, that say how likely an editor is to remove a duplicate."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._arrays import F32, I32, Floats, Ints, Places
from dedupe.errors import ModelError, cause
from dedupe.judge.features import MEANINGS

SCHEMA = 3
"""The version of the schema of a model file."""

UNIT = 1 << 12
"""Units of log-odds of 1: as whole numbers, they have the same sum in every order and on every machine."""

MAX_DEPTH = 8
"""Most questions of a tree: the number of a leaf is a byte."""

MAX_TREES = 1 << 16
"""Trees that are too many: the sum of their leaves, of 16 bits each, has 32."""

PACKED = {"questions": "<u2", "borders": "<f4", "trees": "<u2", "leaves": "<i2"}
"""The arrays of a file, which are Base64 of numbers of these types: a third of the size of decimal numbers."""

_BLOCK_CANDIDATES = 1 << 7
"""Candidates evaluated at once: few, so that the arrays for all trees stay in the cache."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What share of removals is right, by their log-odds.

    `odds`, `shares`: int64 and float64, ascending, shape (steps,): the share from each of these log-odds on.
    """

    odds: Ints
    shares: Floats

    def confidence(self, log_odds: Ints) -> Floats:
        """Return the share of removals with these log-odds that is right, 0 to 1."""
        found: Floats = self.shares[np.maximum(self.odds.searchsorted(log_odds, "right") - 1, 0)]
        return found

    @property
    def is_sound(self) -> bool:
        """Whether there is a step, with a finite share of each."""
        return len(self.odds) == len(self.shares) > 0 and bool(np.isfinite(self.shares).all())


@dataclass(frozen=True)
class Model:
    """Symmetric trees: all nodes of one depth ask the same question, so a tree is a table.

    `features`: names of the columns. `questions`: intp, shape (questions,), the column of each question. `borders`:
    float32, shape (questions,); a question is whether the column exceeds its border. `trees`: intp, shape (trees,
    depth), the questions of each. `leaves`: int32, shape (trees, 2 ** depth), log-odds by the answers, in units of
    `UNIT`. `bias`: added to their sum. `divider`: the feature, and its border, by which texts are of two kinds;
    `calibrations`: of texts up to the border, and beyond it. `levels`: the least confidence of a removal on each level,
    and of a flag. `about`: how the model was trained and measured.
    """

    features: tuple[str, ...]
    questions: Places
    borders: F32
    trees: Places
    leaves: I32
    bias: int
    divider: tuple[str, float]
    calibrations: tuple[Calibration, Calibration]
    levels: dict[str, float]
    about: dict[str, Any]

    @cached_property
    def columns(self) -> Places:
        """The position of each feature of the model among those of this version, intp, shape (features,)."""
        names = list(MEANINGS)
        return np.array([names.index(name) for name in self.features], np.intp)

    def log_odds(self, table: F32) -> Ints:
        """Return the log-odds of candidates in units of `UNIT`, int64, shape (candidates,).

        `table`: float32, shape (candidates, features), with all features of this version.
        """
        found = np.empty(len(table), np.int64)
        columns, first_leaf, levels, leaves = self._tables
        borders = self.borders[:, None]
        for at in range(0, len(table), _BLOCK_CANDIDATES):
            block = np.ascontiguousarray(table[at : at + _BLOCK_CANDIDATES].T)
            answers = (block.take(columns, axis=0) > borders).view(np.uint8)
            leaf = np.zeros((len(first_leaf), answers.shape[1]), np.uint8)
            for questions in levels:  # the deepest first, as binary digits
                leaf += leaf
                leaf += answers.take(questions, axis=0)
            sums = found[at : at + _BLOCK_CANDIDATES]
            np.add.reduce(leaves.take(first_leaf + leaf), axis=0, dtype=np.int32, out=sums)
        return found + self.bias

    @cached_property
    def _tables(self) -> tuple[Places, Any, Places, I32]:
        """The column of each question, the first leaf of each tree, the questions by depth, and all leaves."""
        trees, depth = self.trees.shape
        # Numbers with just enough bits for all leaves take half the time.
        first_leaf = (np.arange(trees)[:, None] << depth).astype(np.min_scalar_type(self.leaves.size))
        return self.columns[self.questions], first_leaf, np.ascontiguousarray(self.trees.T[::-1]), self.leaves.ravel()

    @cached_property
    def _divider_column(self) -> int:
        """The position of the feature by which texts are of two kinds."""
        return list(MEANINGS).index(self.divider[0])

    def confidence(self, log_odds: Ints, table: F32) -> Floats:
        """Return the share of such removals that is right, 0 to 1, float64, shape (candidates,).

        `table`: as of `log_odds`.
        """
        low, high = (one.confidence(log_odds) for one in self.calibrations)
        found: Floats = np.where(table[:, self._divider_column] > self.divider[1], high, low)
        return found


def read_model(text: str, name: str) -> Model:
    """Read a model from the text of a file.

    Raises `ModelError`, which names the file, if it is truncated, of another version, or uses unknown features.
    """
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ModelError(
                f"{name} is a model of schema {data['schema']}, and this version reads {SCHEMA}: train it anew"
            )
        model = model_of(data)
    except ModelError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError) as error:
        raise ModelError(f"{name} is no whole model file ({error!r}): train it anew, or leave --model out") from error
    unknown = sorted({*model.features, model.divider[0]} - MEANINGS.keys())
    if unknown:
        raise ModelError(
            f"{name} asks for features that this version does not have: {', '.join(unknown[:3])}; train it anew"
        )
    _check(model, name)
    return model


def model_of(data: dict[str, Any]) -> Model:
    """Return the model with these parts of a file, unchecked."""
    calibration = data["calibration"]
    low, high = (
        Calibration(np.array(one["odds"], np.int64), np.array(one["shares"], np.float64))
        for one in calibration["steps"]
    )
    depth = int(data["depth"])
    if depth > MAX_DEPTH:
        raise ValueError(f"trees of depth {depth}")
    questions, borders, trees, leaves = (
        np.frombuffer(base64.b64decode(data[name], validate=True), kind) for name, kind in PACKED.items()
    )
    return Model(
        tuple(data["features"]),
        questions.astype(np.intp),
        borders.astype(np.float32),
        trees.astype(np.intp).reshape(-1, depth),
        leaves.astype(np.int32).reshape(-1, 1 << depth),
        int(data["bias"]),
        (str(calibration["feature"]), float(calibration["border"])),
        (low, high),
        {str(level): float(share) for level, share in data["levels"].items()},
        dict(data["about"]),
    )


def _check(model: Model, name: str) -> None:
    """Raise `ModelError` unless the parts of a model fit together."""
    sound = (
        len(model.leaves) == len(model.trees) < MAX_TREES
        and abs(model.bias) < 1 << 31
        and model.questions.shape == model.borders.shape
        and np.isfinite(model.borders).all()
        and np.isfinite(model.divider[1])
        and all(one.is_sound for one in model.calibrations)
        and model.trees.max(initial=0) < len(model.questions)
        and model.questions.max(initial=0) < len(model.features)
        and {"conservative", "default", "aggressive", "flag"} <= model.levels.keys()
    )
    if not sound:
        raise ModelError(f"{name} is no whole model file (its parts do not fit together): train it anew")


@lru_cache(maxsize=4)
def load_model(path: str = "") -> Model:
    """Return the model of a file, or that of the package; each is read once.

    Raises `ModelError` if it cannot be read.
    """
    if not path:
        return read_model(Path(__file__).with_name("model.json").read_text("utf-8"), "the model of the package")
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        why = cause(error).split(";")[0] if isinstance(error, OSError) else str(error)
        raise ModelError(
            f"{path}: cannot be read as a model: {why}; name another file, or leave out --model"
        ) from error
    return read_model(text, path)
