"""`dedupe review`: step through findings and decide about each."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from dedupe.cli.console import CLEAN, ERROR, Console, coloured
from dedupe.cli.flags import Settings
from dedupe.cli.review_session import ReviewSession, loaded
from dedupe.cli.run import CommandRun
from dedupe.cli.side_files import places_of, refuse_clashes
from dedupe.errors import OptionError
from dedupe.io.files import STDIN
from dedupe.io.replacing import replace_file
from dedupe.model import Finding, Report
from dedupe.reporters.full import section
from dedupe.reporters.style import paint, safe
from dedupe.review.decisions import Choice, Decision, Decisions, decision_on, loads

USUAL = "decisions.json"
"""The file of decisions where none is named."""

WIDTH = 700
"""Characters of a paragraph that are shown: one who decides wants to read all of it."""

ANSWERS: dict[str, Choice] = {"k": "keep", "keep": "keep", "r": "remove", "remove": "remove"}


def review(paths: Sequence[str], settings: Settings) -> int:
    """Ask about each finding that is not decided yet, write down every answer at once, return the exit status."""
    if STDIN in paths:
        raise OptionError("standard input is for the answers; name files to review")
    place = settings.run_options.decisions or USUAL
    refuse_clashes(paths, places_of(settings, writes_decisions=place), settings.walk_options)
    console = Console()
    decisions = loaded(place, loads) if os.path.exists(place) else Decisions(place)
    found = _undecided(paths, settings, console, decisions)
    colour = coloured(sys.stdout)
    made = 0
    for number, (report, finding) in enumerate(found, 1):
        console.text(section(report, finding, colour, WIDTH))
        answer = _answer(finding, f"{number} of {len(found)}", console, colour)
        if answer == "quit":
            break
        if answer != "skip":
            decisions.add(decision_on(report, finding.span, ANSWERS[answer]))
            replace_file(place, [decisions.dumps().encode("ascii")])
            made += 1
    if not found:
        console.text("nothing to decide\n")
    if made:
        shown = safe(place)
        console.text(f"{made} decided, in {shown}; obey them with: dedupe clean --decisions {shown}\n")
    sys.stdout.flush()
    return ERROR if console.failed else CLEAN


def _undecided(
    paths: Sequence[str], settings: Settings, console: Console, decisions: Decisions
) -> list[tuple[Report, Finding]]:
    """Return the findings that nobody has decided about, in order."""
    desk = ReviewSession(replace(settings.run_options, decisions=""), console)
    found = []
    for _, _, reports in CommandRun(paths, settings, console, desk):
        for report in reports:
            decided = {_named(one) for one in decisions.of(report.document)}
            for finding in report.findings:
                if _named(decision_on(report, finding.span, "keep")) not in decided:
                    found.append((report, finding))
    return found


def _named(decision: Decision) -> tuple[object, str]:
    return decision.span, decision.text


def _answer(finding: Finding, counted: str, console: Console, colour: bool) -> str:
    """Ask until there is an answer; the end of the input is "quit"."""
    now = "removed" if finding.action == "remove" else "kept"
    question = f"{counted}, {now} unless you decide: [k]eep, [r]emove, [s]kip, [q]uit? "
    while True:
        console.text(paint(question, "bold", colour))
        sys.stdout.flush()
        line = sys.stdin.readline() if sys.stdin is not None else ""
        word = line.strip().lower()
        if not line or word in ("q", "quit"):
            console.text("\n")
            return "quit"
        if word in ("s", "skip", ""):
            return "skip"
        if word in ANSWERS:
            return word
