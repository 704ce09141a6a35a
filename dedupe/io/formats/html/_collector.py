"""The collector of cycles, held while much is made of which nothing is garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Holders:
    """How many hold the collector, and whether it ran before the first of them."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.number = 0
        self.ran = False


_HOLDERS = _Holders()


@contextmanager
def held() -> Iterator[None]:
    """Hold the collector for a bounded piece of work; when the last one of those who hold it ends, it is as before.

    It would go through all nodes of a tree again and again while the tree grows: a fifth of the time. It is one for the
    whole process, so that what other threads leave behind meanwhile waits for the end of the work.
    """
    with _HOLDERS.lock:
        if not _HOLDERS.number:
            _HOLDERS.ran = gc.isenabled()
            gc.disable()
        _HOLDERS.number += 1
    try:
        yield
    finally:
        with _HOLDERS.lock:
            _HOLDERS.number -= 1
            if not _HOLDERS.number and _HOLDERS.ran:
                gc.enable()
