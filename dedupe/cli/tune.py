"""`dedupe tune`: what each level and threshold would change on the given texts."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from dedupe._tally import counted
from dedupe.cli.console import Console, coloured
from dedupe.cli.flags import Settings
from dedupe.cli.review_session import ReviewSession, load_file
from dedupe.cli.run import CommandRun
from dedupe.cli.side_files import places_of, refuse_clashes
from dedupe.errors import InputError
from dedupe.model import Document, Finding, Report
from dedupe.reporters.full import section
from dedupe.reporters.style import paint
from dedupe.review.decisions import loads
from dedupe.review.tuning import PROPOSING, Key, Trial, suggestion, trials

BAR_CHARACTERS = 40
"""Characters of the longest bar."""

SEED = 1


def tune(paths: Sequence[str], settings: Settings, examples: int, sample: int, output_format: str) -> int:
    """Print what other settings would change, with examples, and the suggested settings."""
    refuse_clashes(paths, places_of(settings), settings.walk_options)
    console = Console()
    colour = coloured(sys.stdout)
    as_text = output_format == "text"
    decisions = load_file(settings.run_options.decisions, loads) if settings.run_options.decisions else None
    documents, read = _sampled(_documents(paths, settings, console), sample)
    if as_text:
        drawn = f" of {read:,}, drawn" if read > len(documents) else ""
        console.text(f"{counted(len(documents), 'document')}{drawn}\n\n")
    tried: list[Trial] = []
    for trial in trials(documents, settings.options, decisions, settings.run_options.jobs):
        if as_text:
            if not tried:
                console.text(_histogram(trial, colour) + _heading(trial, colour))
            console.text(_trial_line(trial, tried[0] if tried else trial))
        for number, problem in trial.problems.items():
            console.complain(str(InputError(f"{documents[number].id}, with {_trial_name(trial)}", problem)))
        sys.stdout.flush()
        tried.append(trial)
    options, why = suggestion(tried, documents, settings.run_options.jobs)
    # Without a minimum confidence that of the level holds.
    suggested = {name: value for name in ("level", "min_confidence", *PROPOSING) if (value := getattr(options, name))}
    if as_text:
        console.text(_borderline(tried, documents, examples, colour))
        console.text(f"{paint('Suggested', 'bold', colour)}: {why}\n\n[tool.dedupe]\n")
        for name, value in suggested.items():
            console.text(f"{name} = {json.dumps(value)}\n")
    else:
        found = {
            "schema": 1,
            "documents": len(documents),
            "documents_read": read,
            "trials": [_trial_object(trial, tried[0]) for trial in tried],
            "suggested": suggested,
            "reason": why,
        }
        console.text(json.dumps(found) + "\n")
    return console.end()


def _trial_object(trial: Trial, base: Trial) -> dict[str, Any]:
    """Return the object of a trial in the JSON output; the first one, the settings in force, changes no option."""
    score = trial.score
    return {
        "option": trial.name or None,
        "value": getattr(trial.options, trial.name) if trial.name else None,
        "removed": len(trial.removed),
        "flagged": len(trial.flagged),
        "more": len(trial.removed.keys() - base.removed.keys()),
        "fewer": len(base.removed.keys() - trial.removed.keys()),
        "precision": round(score.precision, 4) if score is not None else None,
        "recall": round(score.recall, 4) if score is not None else None,
        "f0_5": round(score.balance, 4) if score is not None else None,
    }


def _documents(paths: Sequence[str], settings: Settings, console: Console) -> Iterator[Document]:
    session = ReviewSession(replace(settings.run_options, decisions=""), console)
    for _, _, reports in CommandRun(paths, settings, console, session):
        for report in reports:
            if not report.failed:  # which was reported
                yield report.document


def _sampled(documents: Iterable[Document], sample: int) -> tuple[list[Document], int]:
    """Return a uniform sample of at most `sample` documents, and the number of all."""
    chance = random.Random(SEED)
    kept: list[Document] = []
    number = 0
    for number, document in enumerate(documents, 1):
        if len(kept) < sample:
            kept.append(document)
        elif (position := chance.randrange(number)) < sample:
            kept[position] = document
    return kept, number


def _histogram(trial: Trial, colour: bool) -> str:
    """Return the histogram of the containment of removed and of flagged paragraphs, in tenths."""
    rows = [paint("How much of a paragraph its original contains", "bold", colour), "share     removed  flagged"]
    counts = [[0, 0] for _ in range(11)]
    for side, found in enumerate((trial.removed, trial.flagged)):
        for finding in found.values():
            counts[int(finding.containment * 10)][side] += 1
    most = max(1, *(sum(pair) for pair in counts))
    for tenth, (removed, flagged) in enumerate(counts):
        bars = "#" * round(BAR_CHARACTERS * removed / most) + "?" * round(BAR_CHARACTERS * flagged / most)
        share = "whole" if tenth == 10 else f"{tenth / 10:.1f}-{tenth / 10 + 0.1:.1f}"
        rows.append(f"{share:<8} {removed:>8} {flagged:>8}  {bars}".rstrip())
    return "\n".join(rows) + "\n\n"


def _heading(trial: Trial, colour: bool) -> str:
    labelled = "  precision  recall   F0.5" if trial.score is not None else ""
    return (
        paint(f"{'setting':<22} {'removed':>8} {'flagged':>8} {'more':>6} {'fewer':>6}{labelled}", "bold", colour)
        + "\n"
    )


def _trial_name(trial: Trial) -> str:
    return f"{trial.name} {trial.value}" if trial.name else "in force"


def _trial_line(trial: Trial, base: Trial) -> str:
    name = _trial_name(trial)
    more, fewer = len(trial.removed.keys() - base.removed.keys()), len(base.removed.keys() - trial.removed.keys())
    row = f"{name:<22} {len(trial.removed):>8} {len(trial.flagged):>8} {more:>6} {fewer:>6}"
    if trial.score is not None:
        row += f"  {trial.score.precision:>9.3f}  {trial.score.recall:>6.3f}  {trial.score.balance:>5.3f}"
    return row + "\n"


def _borderline(tried: Sequence[Trial], documents: Sequence[Document], examples: int, colour: bool) -> str:
    """Return the least and most similar findings, and those that each trial adds or loses."""
    base = tried[0]
    changed = [(key, finding) for key, finding in base.flagged.items() if finding.kind != "exact"]
    parts = [
        ("Least similar of what is removed", _by_similarity(base.removed.items())),
        ("Most similar of what is flagged, without equal words", _by_similarity(changed)[::-1]),
    ]
    for trial in tried[1:]:
        for word, mine, theirs in (("More", trial, base), ("Fewer", base, trial)):
            only = [(key, mine.removed[key]) for key in mine.removed.keys() - theirs.removed.keys()]
            parts.append((f"{word} with {trial.name} {trial.value}", _by_similarity(only)))
    shown = ""
    for title, found in parts:
        if found and examples:
            shown += "\n" + paint(f"{title} ({len(found)})", "bold", colour) + "\n\n"
            for (number, _), finding in found[:examples]:
                shown += section(Report(documents[number]), finding, colour)
    return shown + "\n"


def _by_similarity(findings: Iterable[tuple[Key, Finding]]) -> list[tuple[Key, Finding]]:
    """Return findings by similarity, the least similar first."""
    return sorted(findings, key=lambda found: (found[1].containment, found[1].jaccard, found[0]))
