"""A progress bar for long work: on standard error, on a terminal, and for nobody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WORTH_SHOWING = 8 << 20
"""Bytes below which the work is done before a bar could be read."""


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that is told of every so many bytes done, and show them as long as the block runs."""
    if total < WORTH_SHOWING or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # 40 ms that only a terminal pays for
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)
