"""Corpora that fit in memory: every document for itself, then paragraphs across documents.

The result is a function of the set of documents, not of their order: of equal or nearly equal paragraphs the original
is the one in the least document by date, then id, then text. Only direct, verified matches count, and an original is
never removed, so nothing goes without an original that stays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from dedupe._failures import failure, warn_of
from dedupe._places import host
from dedupe.across.boilerplate import boilerplate
from dedupe.across.case import AcrossPolicy, Case, CoveringDocument, CrossCandidate, DocumentDecision, LocalResult
from dedupe.across.documents import decide
from dedupe.across.pair import UNKNOWN, Comparison, judge_pair_safely
from dedupe.across.succession import NONE, Edges, originals
from dedupe.across.whole import LEAST_PARAGRAPHS, best_covering
from dedupe.deduper import Deduper, DocumentLike, as_documents, checked_options
from dedupe.errors import OptionError
from dedupe.judge.content import SHORT, ParagraphText
from dedupe.matching.match import match
from dedupe.model import Document, Original, Paragraph, Report, Span
from dedupe.options import Options
from dedupe.text.paragraphs import one_paragraph_a_line
from dedupe.text.shingles import chunks, joined, shingles


def check(documents: Iterable[DocumentLike], options: Options | None = None, *, jobs: int = 1) -> list[Report]:
    """Return a report for each document of the set, in the order given.

    Repeats across documents are flagged, or removed with `Options(cross_document="remove")`. A document on which the
    program fails has a report with a `problem`, and is no part of the set. Raises `OptionError` when two documents
    have one id.
    """
    options = checked_options(options)
    given = list(as_documents(documents))
    _refuse_equal_ids(given)
    deduper = Deduper(options)
    reports = list(deduper.check_many(given, jobs=jobs))
    order = sorted(range(len(given)), key=lambda at: (given[at].date, given[at].id, given[at].text))
    order = [at for at in order if not reports[at].failed]
    judging = AcrossPolicy.of(options, deduper.changes)
    decisions = _Set([reports[at] for at in order], options, judging).decisions()
    for at, decision in zip(order, decisions, strict=True):
        if decision.problem:
            reports[at] = Report(given[at], problem=decision.problem)
        else:
            reports[at] = replace(reports[at], findings=decision.findings, cuts=decision.cuts)
    return reports


def clean(documents: Iterable[DocumentLike], options: Options | None = None, *, jobs: int = 1) -> list[str]:
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


def _enough(rows: Iterable[ParagraphText]) -> bool:
    """Whether so many of the paragraphs are large that they may be known as a whole; the rest is not looked at."""
    return sum(1 for _ in islice((row for row in rows if row.size >= SHORT), LEAST_PARAGRAPHS)) == LEAST_PARAGRAPHS


class _Set:
    """Documents in their order, cleaned each for itself, and the paragraphs that stay in them, numbered through."""

    def __init__(self, reports: Sequence[Report], options: Options, judging: AcrossPolicy) -> None:
        self.options = options
        self.judging = judging
        self.hosts = [host(report.document.url) for report in reports]
        self.cases: list[Case] = []
        self.copies: dict[int, int] = {}
        texts: dict[str, int] = {}
        self.paragraphs: list[tuple[Paragraph, ParagraphText]] = []
        self.owners: list[int] = []
        for number, report in enumerate(reports):
            case = Case(report.document, LocalResult(report.cuts, report.findings), ())
            try:
                stay = [one for start, one in case.paragraphs.items() if start not in case.local.removed]
                enough = _enough(row for _, row in stay)
            except Exception as error:
                case, stay, enough = replace(case, local=LocalResult(problem=failure(error))), [], False
            self.cases.append(case)
            if enough:
                first = texts.setdefault(one_paragraph_a_line(report.text), number)
                if first != number:
                    self.copies[number] = first
            self.paragraphs += stay
            self.owners += [number] * len(stay)

    def decisions(self) -> list[DocumentDecision]:
        """Return what becomes of each document; of one that has the text of another the paragraphs go no further."""
        least, edges = self._alike()
        first = set(self.copies.values())
        kept = np.array([owner in first for owner in self.owners], bool)
        found = originals(edges, least, kept, self.judging.action == "remove").tolist()
        pages: defaultdict[int, set[int]] = defaultdict(set)
        rows: defaultdict[int, list[int]] = defaultdict(list)
        for row, owner in enumerate(self.owners):
            rows[owner].append(row)
            pages[int(least[row])].add(owner)
        sites = Counter(self.hosts)
        cases = []
        for number, case in enumerate(self.cases):
            site = self.hosts[number]
            candidates, homes = [], []
            for row in rows[number]:
                if found[row] == NONE or self.owners[found[row]] == number:
                    continue
                others = pages[int(least[row])] - {number}
                here = sum(self.hosts[one] == site for one in others)
                said = boilerplate(site, len(others), here, sites[site] - 1, self.options)
                candidates.append(self._candidate(row, found[row], said))
                if self.paragraphs[row][1].size >= SHORT:
                    homes.append(self.owners[found[row]])
            home = self.copies.get(number)
            if home is None and homes:
                large = sum(self.paragraphs[row][1].size >= SHORT for row in rows[number])
                home = best_covering((((f"{one:09}",), one) for one in homes), large)
            whole = None if home is None else self._whole(home, rows[home])
            cases.append(replace(case, candidates=candidates, covering=whole, pinned=number in first))
        return decide(cases, self.judging)

    def _alike(self) -> tuple[np.ndarray, Edges]:
        """Return the least paragraph with the words of each, and the pairs of others that are alike."""
        # A blank line between any two keeps them apart; one that is wrapped is on one line here.
        texts: list[list[str]] = [[] for _ in self.cases]
        for (_, row), owner in zip(self.paragraphs, self.owners, strict=True):
            texts[owner].append("" if owner in self.copies else " ".join(row.text.split()))
        chunk = joined([shingles(part) for part in chunks("\n\n".join(one) for one in texts)])
        found = match(
            chunk,
            np.zeros(len(chunk.starts) - 1, np.uint64),
            jaccard=self.options.jaccard,
            containment=None,
            permutations=self.options.permutations,
            seed=self.options.seed,
        )
        numbers = np.full(len(chunk.starts) - 1, NONE, np.int64)
        done = 0
        for number, one in enumerate(texts):
            first = int(chunk.documents[number])
            numbers[first : first + 2 * len(one) : 2][: len(one)] = np.arange(done, done + len(one))
            done += len(one)
        least = np.array([NONE if owner in self.copies else row for row, owner in enumerate(self.owners)], np.int64)
        least[numbers[found.copies]] = numbers[found.originals]
        kept = []
        for left, right in sorted(zip(numbers[found.later].tolist(), numbers[found.earlier].tolist(), strict=True)):
            if self.owners[left] == self.owners[right]:
                continue
            seen = self._judged(left, right)
            if seen is not None:
                kept.append((left, right, not seen.loss))
        later, earlier, within_budget = (np.array([one[at] for one in kept], np.int64) for at in range(3))
        return least, Edges(later, earlier, np.zeros(len(kept), np.int64), within_budget > 0)

    def _candidate(self, row: int, other: int, boilerplate: str) -> CrossCandidate:
        (place, mine), (home, original) = self.paragraphs[row], self.paragraphs[other]
        span, lines = Span(home.start, home.stop), (home.first_line, home.last_line)
        there = Original(self._name(self.owners[other]), span, lines, column=home.column)
        lines = (place.first_line, place.last_line)
        found = self._judged(row, other)
        span = Span(place.start, place.stop)
        return CrossCandidate(
            *(span, lines, mine.text, there, original.text, boilerplate, None if found is UNKNOWN else found),
            *(mine.role, original.role, place.column),
        )

    def _judged(self, row: int, other: int) -> Comparison | None:
        mine, original = self.paragraphs[row][1], self.paragraphs[other][1]
        return judge_pair_safely(mine, original, self.judging.policy, self.options.jaccard)

    def _name(self, document: int) -> str:
        return self.cases[document].document.id

    def _whole(self, document: int, rows: Sequence[int]) -> CoveringDocument:
        first, last = (self.paragraphs[rows[at]][0] for at in (0, -1))
        place = Span(first.start, last.stop), (first.first_line, last.last_line)
        return CoveringDocument(
            Original(self._name(document), *place, column=first.column), [self.paragraphs[row][1].text for row in rows]
        )
