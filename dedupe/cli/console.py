"""Talking to the terminal and to the shell: data, complaints, colour, exit status."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from dedupe.reporters.style import paint, safe, safe_lines

CLEAN, WOULD_REMOVE, TROUBLE, BROKEN_PIPE = 0, 1, 2, 141

FailOn = Literal["remove", "flag", "never"]


@dataclass
class Console:
    """Standard output for data, standard error for everything else."""

    troubled: bool = False
    quiet: bool = False

    def complain(self, sentence: str) -> None:
        """Print one sentence of trouble on standard error and remember it for the exit status."""
        self.troubled = True
        self._say(paint("error: ", "red", coloured(sys.stderr)) + safe(sentence))

    def note(self, sentence: str) -> None:
        """Print a sentence that is no trouble on standard error, unless that is to be quiet."""
        if not self.quiet:
            self._say(safe(sentence))

    def _say(self, line: str) -> None:
        with suppress(OSError):  # trouble with standard output is said when its turn comes
            sys.stdout.flush()
        print(line.encode("utf-8", "backslashreplace").decode("utf-8"), file=sys.stderr, flush=True)

    def data(self, data: bytes) -> None:
        """Write bytes to standard output as they are; a terminal gets them with control characters spelt out."""
        if sys.stdout.isatty():
            shown = safe_lines(data.decode("utf-8", "backslashreplace"))
            sys.stdout.buffer.write(shown.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        else:
            sys.stdout.buffer.write(data)

    def text(self, text: str) -> None:
        """Write text of ours, already made safe, to standard output."""
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def coloured(stream: object) -> bool:
    """Say whether to colour a stream: a terminal, unless NO_COLOR is set (https://no-color.org) or TERM is dumb."""
    terminal = getattr(stream, "isatty", lambda: False)()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def status(removes: int, flags: int, fail_on: FailOn, console: Console) -> int:
    """Return the exit status: trouble before findings."""
    if console.troubled:
        return TROUBLE
    found = removes if fail_on == "remove" else removes + flags if fail_on == "flag" else 0
    return WOULD_REMOVE if found else CLEAN
