"""The steps of training, from labelled texts to the parts of a model file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.policy import Policy
from dedupe.options import Options
from dedupe.training._calibration import rate
from dedupe.training._evaluation import removals
from dedupe.training._examples import Examples, make_examples
from dedupe.training._fit import Shape, fit, log_odds
from dedupe.training._labels import PARTS, Labelled
from dedupe.training._planting import planted
from dedupe.training._report import calibration_errors, figures, levels, reliability


def train(texts: Sequence[Labelled], shape: Shape, tell: Callable[[str], None]) -> dict[str, Any]:
    """Return the parts of a model file, with figures measured on parts of the sites a model was not fitted to."""
    labelled = len(texts)
    texts = [*texts, *planted(texts)]
    examples = make_examples(texts, Options())
    every = np.ones(len(examples.text), bool)
    tell(f"{len(texts)} texts, {len(examples.text)} candidates, {examples.features.shape[1]} features")
    part = np.array([one.part for one in texts])
    odds = unseen_odds(examples, part, shape, tell)
    calibration, found = rate(removals(texts, examples, odds, Policy()), examples, part)
    points = levels(texts, found)
    return fit(examples, every, shape) | {
        "calibration": calibration,
        "levels": points,
        "about": {
            "texts": labelled,
            "planted": len(texts) - labelled,
            "checksum": checksum(texts),
            "parts": PARTS,
            "figures": figures(texts, found, points),
            "reliability": reliability(texts, found),
            "errors": calibration_errors(texts, found),
        },
    }


def unseen_odds(examples: Examples, part: Ints, shape: Shape, tell: Callable[[str], None]) -> Ints:
    """Return the log-odds of every candidate by a model that is fitted to the other parts only."""
    odds = np.zeros(len(examples.text), np.int64)
    for number in range(PARTS):
        unseen: Bools = part[examples.text] == number
        odds[unseen] = log_odds(fit(examples, ~unseen, shape), examples, unseen)
        tell(f"part {number + 1} of {PARTS} is measured with a model of the others")
    return odds


def checksum(texts: Sequence[Labelled]) -> str:
    """Return a checksum of a training set that does not depend on its order."""
    digest = hashlib.blake2b(digest_size=16)
    rows = sorted(
        json.dumps([one.kind, one.id, one.text, sorted(one.remove), sorted(map(sorted, one.either)), sorted(one.open)])
        for one in texts
    )
    for row in rows:
        digest.update(row.encode())
    return digest.hexdigest()
