"""Work that several processes share."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Kept = TypeVar("Kept")
Sent = TypeVar("Sent")
Result = TypeVar("Result")


def shared(
    work: Callable[[Sent], Result], over: Iterable[tuple[Kept, Sent]], jobs: int
) -> Iterator[tuple[Kept, Result]]:
    """Yield what is kept here of each piece with what came of what was sent, in order; lazily, a few are under way.

    For one job this process works itself. Workers end with this process, even when it is killed: they would go on
    beside the run that takes the work up again. Whoever stops asking does not wait for them.
    """
    if jobs == 1:
        for kept, sent in over:
            result = work(sent)
            del sent  # not to be held until the next is there
            yield kept, result
        return
    from concurrent.futures import ProcessPoolExecutor  # 15 ms that only jobs cost

    pool = ProcessPoolExecutor(jobs, initializer=_end_with_parent)
    try:
        under_way: deque[tuple[Kept, Future[Result]]] = deque()
        for kept, sent in over:
            under_way.append((kept, pool.submit(work, sent)))
            if len(under_way) > 2 * jobs:
                kept, future = under_way.popleft()
                yield kept, future.result()
        while under_way:
            kept, future = under_way.popleft()
            yield kept, future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _end_with_parent() -> None:
    """Let this process end when the one that started it has, and not by a Ctrl-C, which reaches both."""
    import signal
    from multiprocessing import connection, parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    parent = parent_process()

    def watch() -> None:
        if parent is not None and connection.wait([parent.sentinel]):
            os._exit(1)

    Thread(target=watch, daemon=True).start()
