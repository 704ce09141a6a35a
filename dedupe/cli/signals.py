"""End the command cleanly at a signal."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from dedupe._atomic import discard_unpublished

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that would end the process at once, temporary files and all."""


WHOLE = "no file that it writes is left half done, and the same command may be called again"


class Ended(BaseException):
    """Say that a signal ended the command; `status` is the exit status that a shell expects."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number
        self.how = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"


def end_in_order() -> None:
    """Raise `Ended` at a signal that ends, unless it is ignored (nohup)."""
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is left is to tidy up
    raise Ended(number)


def leave(ended: Ended) -> NoReturn:
    """End the process, and its workers, at once; all that was open has been tidied up on the way here.

    Python would wait for workers and for what they send, which would be endless where one was killed while it did.
    """
    if (multiprocessing := sys.modules.get("multiprocessing")) is not None:
        for child in multiprocessing.active_children():
            child.kill()
    discard_unpublished()
    with suppress(Exception):  # such as a terminal that is closed, which is what SIGHUP tells
        from dedupe.cli.console import Console  # not with the handler, which is set before anything is loaded

        if sys.stderr.isatty():
            print(file=sys.stderr)  # ends the line with ^C, or with a question
        Console().complain(f"{ended.how} before the end; {WHOLE}")
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, broken or not there
            stream.flush()
    os._exit(ended.status)
