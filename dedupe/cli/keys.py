"""Read an answer: a single key at a terminal, a line otherwise."""

from __future__ import annotations

import os
import sys

ENTER, END, ESCAPE = b"\r\n", b"\x04", 0x1B


def read_answer() -> str | None:
    """Return a key or a line, in lower case without white space; None at the end of the input."""
    if sys.stdin is None:
        return None
    if sys.stdin.isatty() and sys.stdout.isatty():
        try:
            import termios
        except ImportError:  # not on Windows, where answers are lines
            pass
        else:
            del termios
            return _key(sys.stdin.fileno())
    line = sys.stdin.readline()
    return line.strip().lower() if line else None


def _key(terminal: int) -> str | None:
    """Return the next key, skipping Enter, which people type after a letter, and show it."""
    import termios
    import tty

    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        key = os.read(terminal, 1)
        while key and key in ENTER:
            key = os.read(terminal, 1)
        if key and (key[0] == ESCAPE or key[0] > 127):  # the rest of an arrow, or of a letter of several bytes
            termios.tcflush(terminal, termios.TCIFLUSH)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    if not key or key == END:
        return None
    shown = key.decode("ascii", "replace").lower()
    print(shown if shown.isprintable() else "", flush=True)
    return shown
