"""Corpora that fit in memory: every document for itself, then paragraphs across documents.

The result is a function of the set of documents, not of their order: of equal or nearly equal paragraphs the original
is the one in the least document by date, then id, then text. Only direct, verified matches count, and an original is
never removed, so nothing goes without an original that stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from dedupe.cleaning import cuts
from dedupe.deduper import Deduper, Given, as_documents, checked_options
from dedupe.errors import OptionError
from dedupe.failures import failed, warn_of
from dedupe.judge.guard import Account, guard
from dedupe.judgement import Policy
from dedupe.judgement.context import SHORT
from dedupe.judgement.rows import BACKSTAGE, STAYING, Row
from dedupe.matching import match
from dedupe.model import Document, Finding, Original, Paragraph, Report, Span
from dedupe.options import Options
from dedupe.paragraphs import Paragraphs, in_source, remaining, split
from dedupe.places import lines_named
from dedupe.shingles import chunks, joined, shingles
from dedupe.similarity import word_scores

RULE = "across-documents"
REASON = "repeats {lines} of {document}{words}"


def check(documents: Iterable[Given], options: Options | None = None, *, jobs: int = 1) -> list[Report]:
    """Return a report for each document of the set, in the order given.

    Repeats across documents are flagged, or removed with `Options(across="remove")`. A document on which the program
    fails has a report with a `problem`, and is no part of the set. Raises `OptionError` when two documents have one id.
    """
    options = checked_options(options)
    given = list(as_documents(documents))
    _refuse_equal_ids(given)
    deduper = Deduper(options)
    reports = list(deduper.check_many(given, jobs=jobs))
    order = sorted(range(len(given)), key=lambda at: (given[at].date, given[at].id, given[at].text))
    order = [at for at in order if not reports[at].failed]
    across = _Across([reports[at] for at in order], options)
    found = across.findings()
    cleaned = across.cleaned(found)
    left = [remaining(report.document, going) for report, going in zip(across.reports, cleaned, strict=True) if going]
    unsettled = any(report.changed or report.failed for report in deduper.check_many(left))
    if unsettled:
        # Without these paragraphs what is left would be judged anew; then nothing goes for another document.
        across = _Across([reports[at] for at in order], replace(options, across="flag"))
        found = across.findings()
        cleaned = across.cleaned(found)
    for number, (at, report, findings, going) in enumerate(zip(order, across.reports, found, cleaned, strict=True)):
        if number in across.failed:
            reports[at] = across.failed[number]
        elif findings:
            merged = tuple(sorted([*report.findings, *findings], key=lambda one: one.span))
            reports[at] = replace(report, findings=merged, cuts=tuple(going) if going else report.cuts)
    return reports


def clean(documents: Iterable[Given], options: Options | None = None, *, jobs: int = 1) -> list[str]:
    """Return the text of each document of the set, cleaned, in the order given."""
    reports = check(documents, options, jobs=jobs)
    for report in reports:
        warn_of(report)
    return [report.text for report in reports]


def _refuse_equal_ids(documents: Sequence[Document]) -> None:
    seen: set[str] = set()
    for document in documents:
        if document.id and document.id in seen:
            raise OptionError(f"two documents have the id {document.id!r}; ids must be unique in a corpus")
        seen.add(document.id)


class _Across:
    """Cleaned documents in their order, and the paragraphs they share."""

    def __init__(self, reports: Sequence[Report], options: Options) -> None:
        self.reports = list(reports)
        self.options = options
        self.policy = Policy(options.level, options.keep, frozenset(options.ignore))
        self.failed: dict[int, Report] = {}
        """The reports of documents on which this failed; they stay whole."""
        self._rows: dict[int, Paragraphs] = {}
        self._made_rows: dict[int, Row] = {}
        self.gone = [
            {finding.span.start for finding in report.findings if finding.action == "remove"} for report in reports
        ]

    def rows(self, document: int) -> Paragraphs:
        """Return the rows of a document; few documents share any."""
        if document not in self._rows:
            self._rows[document] = split(self.reports[document].document.text)
        return self._rows[document]

    def findings(self) -> list[list[Finding]]:
        """Return the findings across documents, document by document in their order."""
        whole = joined([shingles(chunk) for chunk in chunks(report.document.text for report in self.reports)])
        scope = np.zeros(len(whole.starts) - 1, np.uint64)
        found = match(
            whole,
            scope,
            jaccard=self.options.jaccard,
            containment=None,
            permutations=self.options.permutations,
            seed=self.options.seed,
        )
        earlier: defaultdict[int, set[int]] = defaultdict(set)
        for copy, first in zip(found.copies.tolist(), found.firsts.tolist(), strict=True):
            earlier[copy].add(first)
        for left, right in zip(found.left.tolist(), found.right.tolist(), strict=True):
            earlier[right].add(left)
        for copy, first in zip(found.copies.tolist(), found.firsts.tolist(), strict=True):
            earlier[copy] |= earlier.get(first, set())
        owners = np.searchsorted(whole.documents, np.arange(len(scope)), "right") - 1
        results: list[list[Finding]] = [[] for _ in self.reports]
        removed: set[int] = set()
        for row in sorted(earlier):
            document = int(owners[row])
            if document in self.failed:
                continue
            try:
                finding = self._finding(row, sorted(earlier[row]), document, owners, whole.documents, removed)
            except Exception as error:
                self.failed[document] = failed(self.reports[document].document, error)
                results[document] = []
                continue
            if finding is not None:
                results[document].append(finding)
                if finding.action == "remove":
                    removed.add(row)
        return results

    def _finding(
        self,
        row: int,
        earlier: Sequence[int],
        document: int,
        owners: np.ndarray,
        first_rows: np.ndarray,
        removed: set[int],
    ) -> Finding | None:
        """Return the finding for a row against the first earlier row that stays in another document, if any."""
        mine = self._row(row, document, first_rows)
        if mine is None or mine.size < SHORT or mine.role in STAYING:
            return None
        for other in earlier:
            owner = int(owners[other])
            if owner == document or other in removed:
                continue
            theirs = self._row(other, owner, first_rows)
            if theirs is None or (theirs.role in BACKSTAGE and mine.role not in BACKSTAGE):
                continue
            compared = guard(mine, [theirs], (), self.policy)
            if compared.loss or compared.kind in self.options.ignore:
                continue
            made = self._made(mine, theirs, document, owner, compared)
            movable = made.action == "flag" or self._hand_on(document, made, theirs)
            return made if movable else replace(made, action="flag")
        return None

    def _made(self, mine: Row, theirs: Row, document: int, owner: int, compared: Account) -> Finding:
        place, home = (self._place(at, self.rows(at)[row.number]) for at, row in ((document, mine), (owner, theirs)))
        lines = (home.first_line, home.last_line)
        said = compared.differing
        words = f" (differs: {', '.join(said)})" if said else ""
        shown = lines_named(lines, home.column)
        name = self.reports[owner].document.id
        return Finding(
            self.options.across,
            compared.kind,
            RULE,
            Span(place.start, place.stop),
            (place.first_line, place.last_line),
            Original(name, Span(home.start, home.stop), lines, column=home.column),
            word_scores(mine.words, theirs.words)[0],
            compared.share,
            said,
            None,
            REASON.format(lines=shown, document=name or "another document", words=words),
            place.column,
        )

    def _hand_on(self, document: int, going: Finding, home: Row) -> bool:
        """Give what a going row was the original of, in its own document, to the row that stays, if that can be."""
        report = self.reports[document]
        moved: dict[Finding, Finding] = {}
        for finding in report.findings:
            mine = finding.action == "remove" and finding.original.document == report.document.id
            if mine and finding.original.span.start <= going.span.start < finding.original.span.end:
                guest = self._text_row(document, finding.span)
                compared = guard(guest, [home], (), self.policy)
                if finding.original.span != going.span or compared.loss:
                    return False
                moved[finding] = replace(
                    finding,
                    kind=compared.kind,
                    original=going.original,
                    changed_words=compared.differing,
                    reason=going.reason,
                )
        self.reports[document] = replace(report, findings=tuple(moved.get(one, one) for one in report.findings))
        return True

    def _text_row(self, document: int, span: Span) -> Row:
        row = next(row for row in self.rows(document) if self._place(document, row).start == span.start)
        return Row(self.reports[document].document.text[row.start : row.stop].strip(), row.number)

    def _place(self, document: int, row: Paragraph) -> Paragraph:
        """Return where a row that is not blank stands in what the caller gave."""
        return in_source(self.reports[document].document, row)

    def _row(self, row: int, document: int, first_rows: np.ndarray) -> Row | None:
        """Return a row of a document, or None for one that its own document says twice and that goes."""
        paragraph = self.rows(document)[row - int(first_rows[document])]
        if self.gone[document] and self._place(document, paragraph).start in self.gone[document]:
            return None
        if row not in self._made_rows:
            whole = self.reports[document].document
            made = self._made_rows[row] = Row(whole.text[paragraph.start : paragraph.stop].strip(), paragraph.number)
            if whole.layout is not None:
                made.role = whole.layout.roles[paragraph.number // 2]
        return self._made_rows[row]

    def cleaned(self, found: Sequence[Sequence[Finding]]) -> list[list[Span] | None]:
        """Return what is to be cut out of each document's text, None where nothing goes for another document."""
        results: list[list[Span] | None] = []
        for number, (report, findings, gone) in enumerate(zip(self.reports, found, self.gone, strict=True)):
            going = gone | {finding.span.start for finding in findings if finding.action == "remove"}
            if not going > gone:
                results.append(None)
                continue
            text, rows = report.document.text, self.rows(number)
            numbers = {
                row.number
                for row in rows
                if text[row.start : row.stop].strip() and self._place(number, row).start in going
            }
            results.append(cuts(text, rows.bounds, numbers))
        return results
