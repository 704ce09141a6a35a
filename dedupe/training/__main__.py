"""Train a model: labels -> features -> five parts by site -> calibration -> model file and report."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dedupe.arrays import Ints
from dedupe.judge.policy import Policy
from dedupe.options import Options
from dedupe.training.evaluation import Point, Removals, calibrate, curve, removals
from dedupe.training.examples import Examples, make_examples
from dedupe.training.fit import Shape, fit, log_odds
from dedupe.training.labels import PARTS, Labelled, read_labels

NEWS = ("article", "article-hard")
LEVELS = {"conservative": 0.99, "default": 0.97, "aggressive": 0.90}
"""The share of removals on news that is right on each level."""

FLAG = 0.5
"""The confidence below which nothing is said."""


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m dedupe.training", description=__doc__)
    parser.add_argument("labels", type=Path, nargs="+", help="files of labelled texts, JSON lines, perhaps .xz")
    parser.add_argument("-o", "--output", type=Path, default=Path("model.json"))
    parser.add_argument("--trees", type=int, default=Shape().trees)
    parser.add_argument("--depth", type=int, default=Shape().depth)
    parser.add_argument("--rate", type=float, default=Shape().rate)
    given = parser.parse_args()
    texts = read_labels(given.labels)
    examples = make_examples(texts, Options())
    shape = Shape(given.trees, given.depth, given.rate)
    print(f"{len(texts)} texts, {len(examples.text)} candidates, {examples.features.shape[1]} features", flush=True)
    odds = unseen_odds(texts, examples, shape)
    found = removals(texts, examples, odds, Policy())
    parts = fit(examples, np.ones(len(examples.text), bool), shape)
    at, shares = calibrate(found)
    parts |= {
        "calibration": {"odds": at.tolist(), "shares": shares.tolist()},
        "levels": levels(texts, found, at, shares),
        "about": {"texts": len(texts), "checksum": checksum(texts), "parts": PARTS},
    }
    given.output.write_text(json.dumps(parts) + "\n", "utf-8")
    print(report(texts, found, parts))


def unseen_odds(texts: Sequence[Labelled], examples: Examples, shape: Shape) -> Ints:
    """Return the log-odds of every candidate by a model that was fitted on the other parts only."""
    part = np.array([one.part for one in texts])[examples.text]
    odds = np.zeros(len(part), np.int64)
    for number in range(PARTS):
        mine = part == number
        odds[mine] = log_odds(fit(examples, ~mine, shape), examples, mine)
    return odds


def levels(texts: Sequence[Labelled], found: Removals, odds: Ints, shares: Any) -> dict[str, float]:
    """Return the least confidence of each level: the lowest at which so large a share of removals on news is right."""
    points = [curve(texts, found, NEWS, least) for least in odds.tolist()]
    chosen = {}
    for level, share in LEVELS.items():
        good = [at for at, point in enumerate(points) if all(later.precision >= share for later in points[at:])]
        chosen[level] = float(shares[good[0]] if good else 1.0)
    return {**chosen, "flag": FLAG}


def checksum(texts: Sequence[Labelled]) -> str:
    """Return what the training set is recognised by."""
    digest = hashlib.blake2b(digest_size=16)
    for one in sorted(texts, key=lambda one: (one.kind, one.id)):
        digest.update(json.dumps([one.kind, one.id, one.text, sorted(one.remove)]).encode())
    return digest.hexdigest()


def report(texts: Sequence[Labelled], found: Removals, parts: dict[str, Any]) -> str:
    """Return a table: every kind of text on every level."""
    odds, shares = np.array(parts["calibration"]["odds"]), np.array(parts["calibration"]["shares"])
    rows = []
    for level in LEVELS:
        least = int(odds[np.searchsorted(shares, parts["levels"][level])]) if parts["levels"][level] <= shares[-1] else 1 << 60
        for kind in sorted({one.kind for one in texts}):
            point: Point = curve(texts, found, (kind,), least)
            rows.append(
                f"{level:<13}{kind:<17}{point.texts:>6}{point.precision:>8.3f}{point.recall:>8.3f}{point.damaged:>6}"
            )
    return "\n".join([f"levels: {parts['levels']}", *rows])


main()
