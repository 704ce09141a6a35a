"""The command `dedupe`: the only place that prints, exits and draws progress."""

from dedupe.cli.entry import main

__all__ = ["main"]
