"""Progress bars on standard error, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WORTH_SHOWING = 8 << 20
"""Bytes below which no bar is shown: the work ends before it could be read."""


@contextmanager
def progress(total: int, files: int) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes bytes and files done, and show them while the block runs."""
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
    """Yield a function that takes a stage, its done parts and all parts, and show a bar for each stage."""
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
