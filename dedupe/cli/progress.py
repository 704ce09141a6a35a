"""Progress bars for long work: on standard error, on a terminal, and for nobody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WORTH_SHOWING = 8 << 20
"""Bytes below which the work is done before a bar could be read."""


@contextmanager
def progress(total: int, files: int) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told of bytes and files done, and show them as long as the block runs."""
    if total < WORTH_SHOWING or not sys.stderr.isatty():
        yield lambda _, __: None
        return
    from rich.console import Console  # 40 ms that only a terminal pays for
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    counted = TextColumn("{task.fields[done]}/{task.fields[files]} files")
    columns = (BarColumn(), counted, DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, files=files, done=0)
        finished = 0

        def advance(length: int, ended: int) -> None:
            nonlocal finished
            finished += ended
            bar.update(task, advance=length, done=finished)

        yield advance


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that is told of a stage, of its parts that are done and of all, and show a bar for each stage."""
    if not sys.stderr.isatty():
        yield lambda _, __, ___: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done)

        yield tell
