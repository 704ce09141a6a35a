"""Signals that end the command, made to end it in good order."""

from __future__ import annotations

import signal
from types import FrameType

ENDING = ("SIGTERM", "SIGHUP")
"""Signals that would end the process at once, temporary files and all; an interrupt is an exception already."""


class Ended(BaseException):
    """Say that a signal asked the command to end; `status` is what a shell expects then."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def end_in_order() -> None:
    """Raise `Ended` at a signal that ends, unless it is ignored (nohup)."""
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is left is to tidy up
    raise Ended(number)
