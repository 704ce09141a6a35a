"""Trials of levels and thresholds over the same documents: what each finds, and how it scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from dedupe._score import Score
from dedupe.deduper import Deduper
from dedupe.model import Document, Finding, Report, Span
from dedupe.options import Level, Options
from dedupe.review.decisions import OF_PAIRS, Decision, Decisions, fingerprint
from dedupe.text.paragraphs import lines

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Values tried for each threshold, besides the one in force."""

PROPOSING = ("jaccard", "containment")
"""The thresholds for candidates; level and confidence decide about these."""

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Values tried for the minimum confidence of a removal."""

SUFFICIENT_SHARE = 0.995
"""Share of what any tried threshold removes that the suggested ones must remove, without labelled examples."""

NEEDS_LABELS = (
    "whether another level or confidence is better, only your decisions can tell: make some with dedupe review, then "
    "give their file to tune with --decisions"
)

Key = tuple[int, Span]
"""A finding in a list of documents: the number of the document and the span of the paragraph."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The findings with one setting. `name` and `value` are the change; both are empty for the settings in force."""

    name: str
    value: str
    options: Options
    removed: dict[Key, Finding] = field(repr=False)
    flagged: dict[Key, Finding] = field(repr=False)
    score: Score | None = None
    problems: dict[int, str] = field(default_factory=dict, repr=False)
    """Problems by the number of the document; such a document has no findings."""


def settings(options: Options) -> list[tuple[str, str, Options]]:
    """Return the settings to try: those in force, every other level, every other value of each threshold."""
    tried = [("", "", options)]
    for level in get_args(Level):
        if level != options.level:
            tried.append(("level", level, replace(options, level=level)))
    for name, values in (("min_confidence", CONFIDENCES), *((name, THRESHOLDS) for name in PROPOSING)):
        for value in values:
            if value != getattr(options, name):
                tried.append((name, str(value), _replaced(options, name, value)))
    return tried


def _replaced(options: Options, name: str, value: Any) -> Options:
    return replace(options, **{name: value})


def trials(
    documents: Sequence[Document], options: Options, decisions: Decisions | None = None, jobs: int = 1
) -> Iterable[Trial]:
    """Yield a trial for each setting, that in force first; with decisions each has a score."""
    for name, value, tried in settings(options):
        yield _trial(name, value, tried, documents, decisions, jobs)


def _trial(
    name: str, value: str, options: Options, documents: Sequence[Document], decisions: Decisions | None, jobs: int
) -> Trial:
    removed: dict[Key, Finding] = {}
    flagged: dict[Key, Finding] = {}
    total = Score()
    problems: dict[int, str] = {}
    for number, report in enumerate(Deduper(options).check_many(documents, jobs=jobs)):
        if report.problem:
            problems[number] = report.problem
        for finding in report.findings:
            (removed if finding.action == "remove" else flagged)[number, finding.span] = finding
        if decisions is not None:
            total += score(report, decisions.of(report.document))
    return Trial(name, value, options, removed, flagged, total if decisions is not None else None, problems)


def score(report: Report, decisions: Iterable[Decision]) -> Score:
    """Return how the removals in one document agree with the decisions about it.

    Undecided and blank lines do not count. A pair with one side removed is one hit; with both, one wrong removal; with
    none, one miss if one has to be.
    """
    bounds = _line_bounds(report.document)
    labels: dict[str, set[int]] = {"keep": set(), "remove": set()}
    sides: dict[tuple[str, int], dict[int, set[int]]] = {}
    for one in decisions:
        if fingerprint(report.excerpt(one.span)) != one.text:
            continue  # the text has changed since
        covered = _lines_in(bounds, one.span)
        if one.choice in OF_PAIRS:
            sides.setdefault((one.choice, one.pair), {}).setdefault(one.side, set()).update(covered)
        else:
            labels[one.choice].update(covered)
    removed_lines = {line for one in report.findings if one.action == "remove" for line in _lines_in(bounds, one.span)}
    either = {line for pair in sides.values() for side in pair.values() for line in side}
    sides_removed = [
        (choice, sum(side <= removed_lines for side in pair.values())) for (choice, _), pair in sides.items()
    ]
    wanted_keys = labels["remove"] - either
    return Score(
        len(removed_lines & wanted_keys) + sum(count == 1 for _, count in sides_removed),
        len(wanted_keys - removed_lines) + sum(choice == "either" and count == 0 for choice, count in sides_removed),
        len(removed_lines & labels["keep"] - either) + sum(count > 1 for _, count in sides_removed),
    )


def _line_bounds(document: Document) -> list[tuple[int, int]]:
    """Return start and stop of each line that is not blank, or of each paragraph of a source with a layout."""
    if document.layout is not None:
        return [(one.start, one.stop) for one in document.layout.paragraphs]
    return [(start, stop) for start, stop, _ in lines(document.text) if document.text[start:stop].strip()]


def _lines_in(bounds: Sequence[tuple[int, int]], span: Span) -> set[int]:
    """Return the numbers, from 0, of the lines that a span touches."""
    return {number for number, (start, stop) in enumerate(bounds) if start < span.end and span.start < stop}


def suggestion(tried: Sequence[Trial], documents: Sequence[Document], jobs: int = 1) -> tuple[Options, str]:
    """Return the settings to use, and a sentence with the reason.

    With labelled examples: the settings that agree best with them, of equal ones those in force. Without: the
    thresholds in force if they remove nearly all that any tried threshold removes, else the strictest ones that do.
    Both thresholds are tried together, since a pair counts if it reaches either.
    """
    base = tried[0]
    if base.score is not None and base.score.hits + base.score.misses + base.score.wrong:
        best = max(tried, key=lambda one: (round(one.score.balance, 6) if one.score else 0.0, one is base))
        assert best.score is not None
        chosen = f"{best.name} = {best.value}" if best.name else "the settings in force"
        return best.options, f"{chosen}: F0.5 {best.score.balance:.3f} on the labelled lines, the best of all tried"
    wanted_keys = frozenset[Key]().union(*(one.removed for one in tried if one.name in ("", *PROPOSING)))
    share = sum(key in base.removed for key in wanted_keys) / max(1, len(wanted_keys))
    if not wanted_keys:
        return base.options, f"no threshold tried removes anything, so the settings in force stay; {NEEDS_LABELS}"
    if share >= SUFFICIENT_SHARE:
        return (
            base.options,
            f"the settings in force stay, since they remove {_percentage(share)} of what any threshold tried "
            f"removes; {NEEDS_LABELS}",
        )
    found = {name: _strictest(name, tried, wanted_keys) for name in PROPOSING}
    options = base.options
    for containment in sorted({*THRESHOLDS, base.options.containment}, reverse=True):
        if containment <= found["containment"]:
            options = replace(base.options, jaccard=found["jaccard"], containment=containment)
            if _removes_enough(_trial("", "", options, documents, None, jobs), wanted_keys):
                break
    lost = f"those in force remove only {_percentage(share)} of what any threshold tried removes"
    return options, f"lower thresholds, since {lost}; {NEEDS_LABELS}"


def _percentage(share: float) -> str:
    return "all" if share == 1 else f"{share:.1%}"


def _strictest(name: str, tried: Sequence[Trial], wanted_keys: Collection[Key]) -> float:
    """Return the highest value of a threshold that removes enough, else the lowest one tried."""
    trials_of_option = [one for one in tried if one.name in ("", name)]
    values: list[float] = [getattr(one.options, name) for one in trials_of_option if _removes_enough(one, wanted_keys)]
    return max(values, default=min(getattr(one.options, name) for one in trials_of_option))


def _removes_enough(trial: Trial, wanted_keys: Collection[Key]) -> bool:
    return sum(key in trial.removed for key in wanted_keys) >= SUFFICIENT_SHARE * len(wanted_keys)
