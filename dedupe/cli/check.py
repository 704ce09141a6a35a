"""`dedupe check`: report, change nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import floor

from dedupe._places import lines_named, lines_numbered
from dedupe._tally import counted
from dedupe.cli.console import Console, coloured, status
from dedupe.cli.flags import Settings
from dedupe.cli.run import CommandRun
from dedupe.cli.side_files import places_of, refuse_clashes
from dedupe.model import Report
from dedupe.reporters.style import paint, place_named
from dedupe.reporters.table import OUTPUTS
from dedupe.text.paragraphs import placed


def check(paths: Sequence[str], settings: Settings, output_format: str, fail_on: str, quiet: bool) -> int:
    """Print the findings of every document and return the exit status."""
    refuse_clashes(paths, places_of(settings), settings.walk_options)
    console = Console(quiet=quiet)
    staying_duplicates = StayingDuplicates(settings)
    colour = coloured(sys.stdout)
    render = OUTPUTS[output_format]
    counts = Counter[str]()

    def seen() -> Iterator[Report]:
        for _, _, reports in CommandRun(paths, settings, console):
            for report in reports:
                counts.update(documents=1, removes=report.count("remove"), flags=report.count("flag"))
                staying_duplicates.see(report)
                yield report

    for piece in render(seen(), colour=colour):
        console.text(piece)
    documents, removes, flags = counts["documents"], counts["removes"], counts["flags"]
    if output_format == "full" and documents and not quiet:
        console.text(paint(_counts(documents, removes, flags), "bold", colour) + _next_step(removes) + "\n")
        if not removes:
            console.text(staying_duplicates.sentence())
    elif output_format == "concise" and documents:  # there every line of the output is a finding
        console.note(_counts(documents, removes, flags) + _next_step(removes))
    sys.stdout.flush()
    return status(removes, flags, fail_on, console)


def _counts(documents: int, removes: int, flags: int) -> str:
    return f"{counted(documents, 'document')}: {removes:,} to remove, {flags:,} flagged"


def _next_step(removes: int) -> str:
    return "; remove them with: dedupe clean" if removes else ""


MAX_CHARACTERS = 100_000
"""Characters that are searched: the sentence is for whoever tries a few texts."""

ANY_CONFIDENCE = 1e-9
"""A minimum confidence that every candidate reaches."""

INTENTIONAL_BELOW = 0.3
"""Confidence below which equal words are probably intended: no threshold should be set so low."""

FEW_WORDS = 12
"""Words below which a paragraph may be repeated on purpose."""

FEW_WORDS_NOTE = " (few words are often repeated on purpose)"


class StayingDuplicates:
    """Find the first equal paragraphs of which none is removed, and explain why they stay."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Other documents, decisions and the like have reasons of their own.
        run_options = settings.run_options
        one_document = run_options.scope == "document" and not settings.index_options.index
        other_reasons = (
            run_options.decisions or run_options.baseline or settings.options.ignore or settings.options.keep_matching
        )
        self._wanted = one_document and not other_reasons
        self._characters = 0
        self._found: Report | None = None

    def see(self, report: Report) -> None:
        """Keep the first report of a document with equal paragraphs that stay."""
        if not self._wanted or self._found is not None or report.problem or self._characters > MAX_CHARACTERS:
            return
        self._characters += len(report.document.text)
        self._wanted = not report.changed
        if self._wanted and self._characters <= MAX_CHARACTERS and _has_equal(report):
            self._found = report

    def sentence(self) -> str:
        """Return a line on why the paragraphs stay; empty if there are none, or no setting removes them."""
        if not self._wanted or self._found is None:
            return ""
        from dedupe.deduper import Deduper  # loaded already
        from dedupe.judge.judging import Judge

        options = self._settings.options
        found = Deduper(replace(options, min_confidence=ANY_CONFIDENCE)).check(self._found.document)
        equal = [one for one in found.findings if one.kind == "exact" and one.action == "remove"]
        if not equal:
            return ""
        judge = Judge(options)
        surest = max(equal, key=lambda one: one.confidence)
        required, confidence = judge.least[0], surest.confidence
        if confidence < INTENTIONAL_BELOW:
            advice = "--remove-matching REGEX removes it all the same"
        elif not options.min_confidence and confidence >= judge.model.levels["aggressive"]:
            advice = "--level aggressive removes it"
        else:
            advice = f"--min-confidence {floor(100 * confidence) / 100} removes it"
        lines = lines_numbered(surest.lines, surest.column)
        words = len(self._found.excerpt(surest.span).split())
        return (
            f"{place_named(self._found)}:{lines} has the same {counted(words, 'word')} as "
            f"{lines_named(surest.original.lines)}, and both stay: confidence {confidence:.2f}, "
            f"a removal needs {required:.2f}{FEW_WORDS_NOTE if words < FEW_WORDS else ''}; {advice}\n"
        )


def _has_equal(report: Report) -> bool:
    """Return whether two paragraphs of a document have the same words."""
    text = report.document.text
    seen: set[str] = set()
    for paragraph, _ in placed(report.document):
        words = text[paragraph.start : paragraph.stop].split()
        content = " ".join(words).casefold()
        if any(map(str.isalnum, content)):
            if content in seen:
                return True
            seen.add(content)
    return False
