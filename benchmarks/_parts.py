"""The parts of a program that have options of their own, each a module."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def run(parts: Mapping[str, str], otherwise: Callable[[], int | None]) -> None:
    """Run the module that the first argument names, with the arguments behind it, and exit; without one, `otherwise`.

    Modules are loaded only when they are named, since some need libraries of the extra `bench`.
    """
    program = otherwise
    if len(sys.argv) > 1 and sys.argv[1] in parts:
        name = sys.argv.pop(1)
        sys.argv[0] += f" {name}"  # in the usage
        program = import_module(f"benchmarks.{parts[name]}").main
    sys.exit(program())
