"""`dedupe review`: step through findings and decide about each."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from dedupe.cli.console import Console, coloured
from dedupe.cli.flags import Settings
from dedupe.cli.review_session import ReviewSession, changed_flags, load_file
from dedupe.cli.run import CommandRun
from dedupe.cli.side_files import places_of, refuse_clashes
from dedupe.errors import OptionError
from dedupe.io.files import STDIN
from dedupe.io.replacing import replace_file
from dedupe.model import Finding, Report
from dedupe.reporters.full import section
from dedupe.reporters.style import paint, safe
from dedupe.review.decisions import Decision, DecisionKind, Decisions, decision_on, loads

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


DEFAULT_FILE = "decisions.json"
"""The file of decisions if none is named."""

SHOWN_CHARACTERS = 700
"""Characters shown of a paragraph: whoever decides wants to read all of it."""

CHOICES: dict[str, DecisionKind] = {"k": "keep", "r": "remove"}

KEYS = {
    "k": "keep the paragraph",
    "r": "remove it",
    "s": "skip: decide later",
    "b": "go back to the previous finding",
    "u": "undo the decision about this finding",
    "a": "decide about all remaining findings of this kind",
    "h": "show these keys",
    "q": "quit; decisions are saved already",
}

ANSWERS = {
    **{key: key for key in KEYS},
    "keep": "k",
    "remove": "r",
    **dict.fromkeys(("skip", "next", "n", ""), "s"),
    "back": "b",
    "undo": "u",
    "all": "a",
    "?": "h",
    "help": "h",
    "quit": "q",
}
"""Answers in words and their keys. An empty line skips."""


def review(paths: Sequence[str], settings: Settings) -> int:
    """Ask about each undecided finding, save every answer at once, and return the exit status."""
    if STDIN in paths:
        raise OptionError("standard input has the answers, so it cannot be reviewed; name files instead of -")
    place = settings.run_options.decisions or DEFAULT_FILE
    refuse_clashes(paths, places_of(settings, writes_decisions=place), settings.walk_options)
    console = Console()
    decisions = load_file(place, loads) if os.path.exists(place) else Decisions(place)
    found = _undecided(paths, settings, console, decisions)
    if not found:
        console.text("nothing to decide\n")
    made = _Questions(found, decisions, place, console).ask()
    if made:
        shown = safe(place)
        console.text(f"{made} decided, in {shown}; apply them with: dedupe clean --decisions {shown}\n")
    return console.end()


Found = tuple[Report, Finding]


class _Questions:
    """Ask about findings one by one, forwards and back."""

    def __init__(self, found: Sequence[Found], decisions: Decisions, place: str, console: Console) -> None:
        self.found = found
        self.decisions = decisions
        self.place = place
        self.console = console
        self.chosen: dict[int, DecisionKind] = {}
        self._colour = coloured(sys.stdout)

    def ask(self) -> int:
        """Ask until the last finding, or "q"; return the number of decisions."""
        at = 0
        while at < len(self.found):
            report, finding = self.found[at]
            self.console.text(section(report, finding, self._colour, SHOWN_CHARACTERS))
            key = self._answer(at)
            if key == "q":
                break
            if key in CHOICES:
                self._decide([at], CHOICES[key])
            elif key == "u":
                self._forget(at)
                continue
            elif key == "a" and not self._decide_all(at):
                continue
            at = max(0, at - 1) if key == "b" else self._next(at, key)
        return len(self.chosen)

    def _next(self, at: int, key: str) -> int:
        """Return the next finding to ask about; those decided together with others are skipped."""
        at += 1
        while key != "s" and at < len(self.found) and at in self.chosen:
            at += 1
        return at

    def _answer(self, at: int) -> str:
        """Ask about a finding until the answer is a key."""
        finding = self.found[at][1]
        now = "removed" if finding.action == "remove" else "kept"
        state = f"decided: {self.chosen[at]}" if at in self.chosen else f"{now} unless you decide"
        while True:
            key = self._key(
                f"{at + 1} of {len(self.found)}, {state}: [k]eep, [r]emove, [s]kip, [b]ack, [q]uit, [h]elp? "
            )
            if key != "h":
                return key
            for shown_key, meaning in KEYS.items():
                self.console.text(f"  {shown_key}  {meaning}\n")

    def _key(self, question: str) -> str:
        """Ask, and return the key of the answer: "q" at the end of the input, "h" for an unknown answer."""
        self.console.text(paint(question, "bold", self._colour))
        sys.stdout.flush()
        line = read_answer()
        if line is None or ANSWERS.get(line) == "q":
            self.console.text("\n")
            return "q"
        return ANSWERS.get(line, "h")

    def _decide_all(self, at: int) -> bool:
        """Ask for one choice for all remaining findings of a kind; return whether there was one."""
        kind = self.found[at][1].kind
        remaining = [
            number
            for number in range(at, len(self.found))
            if self.found[number][1].kind == kind and number not in self.chosen
        ]
        if at not in remaining:
            remaining.insert(0, at)
        key = self._key(f"all {len(remaining)} findings from here that are {kind}: [k]eep, [r]emove, [b]ack? ")
        if key in CHOICES:
            self._decide(remaining, CHOICES[key])
        return key in CHOICES

    def _decide(self, numbers: Sequence[int], choice: DecisionKind) -> None:
        for number in numbers:
            report, finding = self.found[number]
            self.decisions.add(decision_on(report, finding.span, choice))
            self.chosen[number] = choice
        self._write()

    def _forget(self, at: int) -> None:
        if self.chosen.pop(at, None) is not None:
            report, finding = self.found[at]
            self.decisions.discard(decision_on(report, finding.span, "keep"))
            self._write()

    def _write(self) -> None:
        replace_file(self.place, [self.decisions.dumps().encode("ascii")])


def _undecided(paths: Sequence[str], settings: Settings, console: Console, decisions: Decisions) -> list[Found]:
    """Return the undecided findings, in order."""
    session = ReviewSession(replace(settings.run_options, decisions=""), console, changed_flags(settings.settings))
    found = []
    for _, _, reports in CommandRun(paths, settings, console, session):
        for report in reports:
            decided = {_paragraph_key(decision) for decision in decisions.of(report.document)}
            for finding in report.findings:
                if _paragraph_key(decision_on(report, finding.span, "keep")) not in decided:
                    found.append((report, finding))
    return found


def _paragraph_key(decision: Decision) -> tuple[object, str]:
    return decision.span, decision.text
