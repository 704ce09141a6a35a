"""Output to terminal and shell: data, errors, colour, exit status."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass

from dedupe.reporters.style import paint, safe, safe_lines

CLEAN, WOULD_REMOVE, ERROR, BROKEN_PIPE = 0, 1, 2, 141


@dataclass
class Console:
    """Standard output for data, standard error for everything else."""

    failed: bool = False
    quiet: bool = False

    def complain(self, sentence: str) -> None:
        """Print an error on standard error; the exit status becomes 2."""
        self.failed = True
        self._print(paint("error: ", "red", coloured(sys.stderr)) + safe(sentence))

    def warn(self, sentence: str) -> None:
        """Print a warning on standard error, unless quiet."""
        if not self.quiet:
            self._print(paint("warning: ", "yellow", coloured(sys.stderr)) + safe(sentence))

    def note(self, sentence: str) -> None:
        """Print what was done on standard error, unless quiet."""
        if not self.quiet:
            self._print(safe(sentence))

    def end(self) -> int:
        """Write out standard output; return the exit status: 2 after an error, else 0."""
        sys.stdout.flush()
        return ERROR if self.failed else CLEAN

    def _print(self, line: str) -> None:
        with suppress(OSError):  # an error of standard output is reported when its turn comes
            sys.stdout.flush()
        print(line.encode("utf-8", "backslashreplace").decode("utf-8"), file=sys.stderr, flush=True)

    def data(self, data: bytes) -> None:
        """Write bytes to standard output; on a terminal control characters are escaped."""
        if sys.stdout.isatty():
            shown = safe_lines(data.decode("utf-8", "backslashreplace"))
            sys.stdout.buffer.write(shown.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        else:
            sys.stdout.buffer.write(data)

    def text(self, text: str) -> None:
        """Write text that is safe already to standard output."""
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def coloured(stream: object) -> bool:
    """Return whether to colour a stream: a terminal, unless NO_COLOR is set (https://no-color.org) or TERM is dumb."""
    terminal = getattr(stream, "isatty", lambda: False)()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def status(removes: int, flags: int, fail_on: str, console: Console) -> int:
    """Return the exit status: 2 after an error, 1 for findings that fail, else 0."""
    if console.failed:
        return ERROR
    found = removes if fail_on == "remove" else removes + flags if fail_on == "flag" else 0
    return WOULD_REMOVE if found else CLEAN
