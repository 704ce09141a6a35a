"""Why equal paragraphs stay, told where nothing is to be removed and a reader would expect a removal."""

from __future__ import annotations

from dataclasses import replace
from math import floor

from dedupe._places import lines_named, lines_numbered
from dedupe.cli.flags import Settings
from dedupe.cli.summary import counted
from dedupe.model import Report
from dedupe.reporters.style import place_named
from dedupe.text.paragraphs import placed

ENOUGH = 100_000
"""Characters that are looked at: the sentence is for one who tries a few texts."""

SURE_OF_NOTHING = 1e-9
"""A least confidence at which every candidate is found."""

MEANT = 0.3
"""Confidence below which equal words are more likely meant than not: no threshold is to be set so low."""

FEW = 12
"""Words below which a paragraph may well be repeated on purpose."""

SHORT = " (few words are often repeated on purpose)"


class Staying:
    """Looks for the first paragraphs with equal words of which none is removed, and tells why they stay."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Other documents, decisions and the like have reasons of their own.
        run_options = settings.run_options
        alone = run_options.scope == "document" and not settings.index_options.index
        asked = (
            run_options.decisions or run_options.baseline or settings.options.ignore or settings.options.keep_matching
        )
        self._wanted = alone and not asked
        self._characters = 0
        self._found: Report | None = None

    def see(self, report: Report) -> None:
        """Keep the first report of a document in which equal paragraphs stay."""
        if not self._wanted or self._found is not None or report.problem or self._characters > ENOUGH:
            return
        self._characters += len(report.document.text)
        self._wanted = not report.changed
        if self._wanted and self._characters <= ENOUGH and _has_equal(report):
            self._found = report

    def sentence(self) -> str:
        """Return a line on why the paragraphs stay; empty where there are none, or nothing would remove them."""
        if not self._wanted or self._found is None:
            return ""
        from dedupe.deduper import Deduper  # loaded already
        from dedupe.judge.judging import Judge

        options = self._settings.options
        found = Deduper(replace(options, min_confidence=SURE_OF_NOTHING)).check(self._found.document)
        equal = [one for one in found.findings if one.kind == "exact" and one.action == "remove"]
        if not equal:
            return ""
        judge = Judge(options)
        surest = max(equal, key=lambda one: one.confidence)
        least, sure = judge.least[0], surest.confidence
        if sure < MEANT:
            way = "--remove-matching REGEX removes it all the same"
        elif not options.min_confidence and sure >= judge.model.levels["aggressive"]:
            way = "--level aggressive removes it"
        else:
            way = f"--min-confidence {floor(100 * sure) / 100} removes it"
        lines = lines_numbered(surest.lines, surest.column)
        words = len(self._found.excerpt(surest.span).split())
        return (
            f"{place_named(self._found)}:{lines} has the same {counted(words, 'word')} as "
            f"{lines_named(surest.original.lines)}, and both stay: confidence {sure:.2f}, a removal needs {least:.2f}"
            f"{SHORT if words < FEW else ''}; {way}\n"
        )


def _has_equal(report: Report) -> bool:
    """Tell whether two paragraphs of a document have the same words."""
    text = report.document.text
    seen: set[str] = set()
    for row, _ in placed(report.document):
        words = text[row.start : row.stop].split()
        content = " ".join(words).casefold()
        if any(map(str.isalnum, content)):
            if content in seen:
                return True
            seen.add(content)
    return False
