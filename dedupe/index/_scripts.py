"""The scripts that Redis runs for an index, kept beside this file: each one happens as a whole, or not at all."""

from __future__ import annotations

from importlib.resources import files


def script(*names: str) -> str:
    """Return the Lua of files of these names, in order: what comes first defines what the next one calls."""
    return "".join((files(__name__.rpartition(".")[0]) / f"{name}.lua").read_text("utf-8") for name in names)
