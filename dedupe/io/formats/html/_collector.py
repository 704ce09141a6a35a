"""A pause of the cyclic garbage collector while many objects are made that all stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Pauses:
    """How many pauses are open, and whether the collector was enabled before the first."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.number = 0
        self.was_enabled = False


_PAUSES = _Pauses()


@contextmanager
def paused() -> Iterator[None]:
    """Pause the garbage collector for a bounded piece of work; after the last of several pauses it is as before.

    It would visit all nodes of a growing tree again and again, a fifth of the time. The process has one collector, so
    the garbage of other threads waits, too.
    """
    with _PAUSES.lock:
        if not _PAUSES.number:
            _PAUSES.was_enabled = gc.isenabled()
            gc.disable()
        _PAUSES.number += 1
    try:
        yield
    finally:
        with _PAUSES.lock:
            _PAUSES.number -= 1
            if not _PAUSES.number and _PAUSES.was_enabled:
                gc.enable()
