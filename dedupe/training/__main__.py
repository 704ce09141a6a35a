"""Train a model from labelled texts, and write the model file and a report."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe._atomic import write_file
from dedupe.judge.policy import Policy
from dedupe.options import Options
from dedupe.training._evaluation import rate, removals
from dedupe.training._examples import Examples, make_examples
from dedupe.training._fit import Shape, fit, log_odds
from dedupe.training._labels import PARTS, Labelled, read_labels
from dedupe.training._planting import planted
from dedupe.training._report import curves, figures, levels, reliability, table


def train(texts: Sequence[Labelled], shape: Shape, tell: Callable[[str], None]) -> dict[str, Any]:
    """Return the parts of a model file, with figures measured on parts of the sites a model was not fitted to."""
    labelled = len(texts)
    texts = [*texts, *planted(texts)]
    examples = make_examples(texts, Options())
    every = np.ones(len(examples.text), bool)
    tell(f"{len(texts)} texts, {len(examples.text)} candidates, {examples.features.shape[1]} features")
    odds = unseen_odds(texts, examples, shape, tell)
    calibration, found = rate(removals(texts, examples, odds, Policy()), examples)
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
            "curves": curves(texts, found),
            "reliability": reliability(texts, found),
        },
    }


def unseen_odds(texts: Sequence[Labelled], examples: Examples, shape: Shape, tell: Callable[[str], None]) -> Ints:
    """Return the log-odds of every candidate by a model that is fitted to the other parts only."""
    part = np.array([one.part for one in texts])[examples.text]
    odds = np.zeros(len(part), np.int64)
    for number in range(PARTS):
        unseen: Bools = part == number
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


def main() -> int:
    """Train with the options of the command line; return the exit status."""
    shape = Shape()
    parser = argparse.ArgumentParser(prog="python -m dedupe.training", description=__doc__)
    parser.add_argument("labels", type=Path, nargs="+", help="files of labelled texts, JSON lines, perhaps .xz")
    parser.add_argument("--texts", type=Path, nargs="*", default=[], help="texts of labels that have none, by id")
    parser.add_argument("-o", "--output", type=Path, default=Path("model.json"), help="default: %(default)s")
    parser.add_argument("--trees", type=int, default=shape.trees, help="default: %(default)s")
    parser.add_argument("--depth", type=int, default=shape.depth, help="default: %(default)s")
    arguments = parser.parse_args()
    try:
        texts = read_labels(arguments.labels, arguments.texts)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    parts = train(texts, Shape(arguments.trees, arguments.depth), lambda message: print(message, flush=True))
    write_file(arguments.output, json.dumps(parts).encode() + b"\n")
    print(table(parts["about"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
