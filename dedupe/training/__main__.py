"""Train a model from labelled texts, and write the model file and a report."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from dedupe._atomic import write_file
from dedupe.training._fit import Shape
from dedupe.training._labels import read_labels
from dedupe.training._report import table
from dedupe.training._train import train


def main() -> int:
    """Train with the options of the command line; return the exit status."""
    shape = Shape()
    parser = argparse.ArgumentParser(prog="python -m dedupe.training", description=__doc__)
    parser.add_argument("labels", type=Path, nargs="+", help="files of labelled texts, JSON lines, perhaps .xz")
    parser.add_argument("--texts", type=Path, nargs="*", default=[], help="texts of labels that have none, by id")
    parser.add_argument("-o", "--output", type=Path, default=Path("model.json"), help="default: %(default)s")
    parser.add_argument("--trees", type=int, default=shape.trees, help="of each fit; default: %(default)s")
    parser.add_argument("--depth", type=int, default=shape.depth, help="default: %(default)s")
    arguments = parser.parse_args()
    try:
        texts = read_labels(arguments.labels, arguments.texts)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    parts = train(
        texts, Shape(trees=arguments.trees, depth=arguments.depth), lambda message: print(message, flush=True)
    )
    write_file(arguments.output, json.dumps(parts).encode() + b"\n")
    print(table(parts["about"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
