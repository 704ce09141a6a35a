"""Signals that end the command, made to end it in good order."""

from __future__ import annotations

import signal
import sys
from types import FrameType

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that would end the process at once, temporary files and all."""


class Ended(BaseException):
    """Say that a signal asked the command to end; `status` is what a shell expects then."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def end_in_order() -> None:
    """Raise `Ended` at a signal that ends, unless it is ignored (nohup)."""
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is left is to tidy up
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is not None and multiprocessing.parent_process() is None:
        for child in multiprocessing.active_children():  # waiting for them could be endless; they have nothing to tidy
            child.kill()
    raise Ended(number)
