"""The command `dedupe`: the only place that prints, exits and draws progress."""

from dedupe.cli.main import main

__all__ = ["main"]
