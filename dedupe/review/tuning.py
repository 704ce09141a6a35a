"""What other settings would find: trials of levels and thresholds over the same documents, and how they score."""

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
"""Values tried for each threshold, the one in force beside them."""

PROPOSING = ("jaccard", "containment")
"""The thresholds of what is a candidate; the level and the confidence say what becomes of one."""

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Values tried for the least confidence of a removal."""

ENOUGH = 0.995
"""Share of what any threshold tried removes that those suggested without labelled examples must remove."""

UNLABELLED = (
    "whether another level or confidence is better, only labelled examples tell: dedupe review, then --decisions"
)

Key = tuple[int, Span]
"""A finding in a row of documents: the document's number and the paragraph's place."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one setting finds. `name` and `value` say what it changes; both are empty for the settings in force."""

    name: str
    value: str
    options: Options
    removed: dict[Key, Finding] = field(repr=False)
    flagged: dict[Key, Finding] = field(repr=False)
    score: Score | None = None
    problems: dict[int, str] = field(default_factory=dict, repr=False)
    """What went wrong with documents, by their numbers: nothing is found in these."""


def settings(options: Options) -> list[tuple[str, str, Options]]:
    """Return the settings to try: those in force, every other level, every other value of each threshold."""
    tried = [("", "", options)]
    for level in get_args(Level):
        if level != options.level:
            tried.append(("level", level, replace(options, level=level)))
    for name, values in (("min_confidence", CONFIDENCES), *((name, THRESHOLDS) for name in PROPOSING)):
        for value in values:
            if value != getattr(options, name):
                tried.append((name, str(value), _with(options, name, value)))
    return tried


def _with(options: Options, name: str, value: Any) -> Options:
    return replace(options, **{name: value})


def trials(
    documents: Sequence[Document], options: Options, decisions: Decisions | None = None, jobs: int = 1
) -> Iterable[Trial]:
    """Yield what each setting finds in the documents, those in force first; with decisions, how it scores."""
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

    Lines that nobody decided about, and blank ones, do not count. That one side of a pair goes is one hit, that both go
    is one wrong removal, that none goes is one miss where one has to.
    """
    rows = _rows(report.document)
    labels: dict[str, set[int]] = {"keep": set(), "remove": set()}
    sides: dict[tuple[str, int], dict[int, set[int]]] = {}
    for one in decisions:
        if fingerprint(report.excerpt(one.span)) != one.text:
            continue  # the text has changed since
        covered = _lines(rows, one.span)
        if one.choice in OF_PAIRS:
            sides.setdefault((one.choice, one.pair), {}).setdefault(one.side, set()).update(covered)
        else:
            labels[one.choice].update(covered)
    gone = {line for one in report.findings if one.action == "remove" for line in _lines(rows, one.span)}
    either = {line for pair in sides.values() for side in pair.values() for line in side}
    taken = [(choice, sum(side <= gone for side in pair.values())) for (choice, _), pair in sides.items()]
    wanted = labels["remove"] - either
    return Score(
        len(gone & wanted) + sum(count == 1 for _, count in taken),
        len(wanted - gone) + sum(choice == "either" and count == 0 for choice, count in taken),
        len(gone & labels["keep"] - either) + sum(count > 1 for _, count in taken),
    )


def _rows(document: Document) -> list[tuple[int, int]]:
    """Return start and stop of each line that is not blank; of each paragraph where the source is more than text."""
    if document.layout is not None:
        return [(one.start, one.stop) for one in document.layout.paragraphs]
    return [(start, stop) for start, stop, _ in lines(document.text) if document.text[start:stop].strip()]


def _lines(rows: Sequence[tuple[int, int]], span: Span) -> set[int]:
    """Return the numbers, from 0, of the rows that a span touches."""
    return {number for number, (start, stop) in enumerate(rows) if start < span.end and span.start < stop}


def suggestion(tried: Sequence[Trial], documents: Sequence[Document], jobs: int = 1) -> tuple[Options, str]:
    """Return the settings to write down, and a sentence that says why.

    With labelled examples: those that agree best with them, and of equal ones those in force. Without, the judgement is
    trusted, and the thresholds are to lose next to nothing of what any of them removes: those in force if they do not,
    else the strictest ones that do not, tried together, since what one lets through the other need not.
    """
    base = tried[0]
    if base.score is not None and base.score.hits + base.score.misses + base.score.wrong:
        best = max(tried, key=lambda one: (round(one.score.balance, 6) if one.score else 0.0, one is base))
        assert best.score is not None
        chosen = f"{best.name} = {best.value}" if best.name else "the settings in force"
        return best.options, f"{chosen}: F0.5 {best.score.balance:.3f} on the labelled lines, the best of all tried"
    wanted = frozenset[Key]().union(*(one.removed for one in tried if one.name in ("", *PROPOSING)))
    share = sum(key in base.removed for key in wanted) / max(1, len(wanted))
    if share >= ENOUGH or not wanted:
        return base.options, f"the settings in force remove {share:.2%} of what any threshold tried would; {UNLABELLED}"
    found = {name: _strictest(name, tried, wanted) for name in PROPOSING}
    options = base.options
    for containment in sorted({*THRESHOLDS, base.options.containment}, reverse=True):
        if containment <= found["containment"]:
            options = replace(base.options, jaccard=found["jaccard"], containment=containment)
            if _enough(_trial("", "", options, documents, None, jobs), wanted):
                break
    return options, f"those in force remove {share:.2%} of what any threshold tried would, these more; {UNLABELLED}"


def _strictest(name: str, tried: Sequence[Trial], wanted: Collection[Key]) -> float:
    """Return the highest value of a threshold with which enough is removed, else the lowest one tried."""
    row = [one for one in tried if one.name in ("", name)]
    values: list[float] = [getattr(one.options, name) for one in row if _enough(one, wanted)]
    return max(values, default=min(getattr(one.options, name) for one in row))


def _enough(trial: Trial, wanted: Collection[Key]) -> bool:
    return sum(key in trial.removed for key in wanted) >= ENOUGH * len(wanted)
