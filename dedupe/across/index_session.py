"""Query and update an index with the reports of a deduper."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import islice
from typing import TypeVar

from dedupe._failures import failed, failure
from dedupe._places import host
from dedupe.across import RULES
from dedupe.across.boilerplate import Pages
from dedupe.across.case import AcrossPolicy, Case, CoveringDocument, CrossCandidate, LocalResult
from dedupe.across.documents import decide
from dedupe.across.pair import EQUAL, Comparison, judge_pair, paragraph_text
from dedupe.across.whole import best_covering, extent
from dedupe.errors import InputError, OptionError
from dedupe.index.batch import index_batch
from dedupe.index.lookup import IndexHit, IndexState, look_up_all
from dedupe.index.opened import OpenIndex
from dedupe.index.protocol import MAX_OCCURRENCES, IndexBatch, Occurrence, StoredDocument
from dedupe.index.spec import IndexSpec
from dedupe.judge.content import SHORT, STAYING, ParagraphText
from dedupe.judge.kinds import kind_of
from dedupe.model import Document, Original, Report, Span
from dedupe.options import Options
from dedupe.text.bounds import reading_problem

ADD_DOCUMENTS = 512
"""Documents that are written at once: as many are lost at most when the program is killed."""

RETRY_SECONDS = 30.0
"""Time after which an optional index that failed is tried again."""

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class IndexSession:
    """Indexes in use, of which the first is written to; when `optional` ones fail, warn, go on and try again later."""

    def __init__(
        self,
        stores: Sequence[OpenIndex],
        options: Options,
        would_change: Callable[[Sequence[Document]], Sequence[bool]],
        optional: bool = False,
    ) -> None:
        for store in stores:
            store.spec.accept(options, store.where)
        self.stores = stores
        self.store = stores[0]
        self.options = options
        self.optional = optional
        self._across = AcrossPolicy(options, would_change)
        self._retry_time = 0.0

    def add(self, documents: Iterable[Document]) -> None:
        """Write documents to the first index, batch by batch; raise `InputError` at the end for those that failed."""
        stream = iter(documents)
        problems: list[tuple[str, str]] = []
        while part := list(islice(stream, ADD_DOCUMENTS)):
            _refuse_nameless(part)
            batch, failures = batch_of(part, self.store.spec)
            problems += [(part[number].id, problem) for number, problem in failures.items()]
            self._attempt(lambda batch=batch: self.store.add(batch), None)  # type: ignore[misc]  # bound at once
        if problems:
            more = f"; {len(problems) - 1} more likewise" if len(problems) > 1 else ""
            raise InputError(problems[0][0], f"{problems[0][1]}{more}; all others are in the index")

    def compare(self, reports: Iterable[Report], remember: bool) -> Iterator[Report]:
        """Yield the reports with findings from the indexes; with `remember`, write each document to the first one.

        A document whose judgement failed is neither compared nor written.
        """
        states = None if remember else self._attempt(self._states, None)
        for report in reports:
            if remember:
                _refuse_nameless([report.document])
            yield self._attempt(lambda report=report: self._compare(report, remember, states), report)  # type: ignore[misc]  # bound at once

    def _states(self) -> list[IndexState]:
        """Return the indexes as they are now."""
        return [IndexState(store, store.next_number()) for store in self.stores]

    def _compare(self, report: Report, remember: bool, states: Sequence[IndexState] | None) -> Report:
        """Return a report with findings from the index, or with a problem if this fails."""
        if report.failed:
            return report
        try:
            removed = {finding.span.start for finding in report.findings if finding.action == "remove"}
            now = int(time.time())
            batch = index_batch([report.document], self.store.spec, added=now, removed=[removed], repeats=True)
            if states is not None:
                return self._judge(report, batch, states)
            with self.store.lock:  # of two equal documents in two threads, the second is to meet the first
                judged = self._judge(report, batch, self._states())
                if remember and not judged.failed:
                    self.store.add(_without_repeats(batch, judged))
                    if repeated := _repeated_documents(judged):
                        self.store.touch(repeated, now)
            return judged
        except Exception as error:
            return failed(report.document, error)

    def _judge(self, report: Report, batch: IndexBatch, states: Sequence[IndexState]) -> Report:
        """Return a report with findings from the documents of indexes in these states."""
        hits = look_up_all(states, batch, self.options.jaccard)
        if not any(hits):
            return report
        site = host(report.document.url)
        host_size = sum(store.pages([site]).get(site, 0) for store in self.stores) if site else 0
        count = sum(store.size() for store in self.stores) if self.options.boilerplate_min_global_share else 0
        case = Case(
            report.document,
            LocalResult(report.cuts, report.findings),
            host_size=host_size,
            document_count=count,
        )
        case = _with_candidates(case, batch.documents[0].occurrences, hits, self._across)
        (decision,) = decide([case], self._across)
        if decision.problem:
            return Report(report.document, problem=decision.problem)
        return replace(report, findings=decision.findings, cuts=decision.cuts)

    def _attempt(self, action: Callable[[], Result], otherwise: Result) -> Result:
        """Return the result of an action on the index, or `otherwise` when an optional index fails."""
        if self.optional and time.monotonic() < self._retry_time:
            return otherwise
        try:
            return action()
        except InputError as error:
            if not self.optional:
                raise
            log.warning("%s; going on without the index", error)
            self._retry_time = time.monotonic() + RETRY_SECONDS
            return otherwise


def batch_of(documents: Sequence[Document], spec: IndexSpec) -> tuple[IndexBatch, dict[int, str]]:
    """Return the batch of documents, and the problem of each that is not in it, by its number."""
    added = int(time.time())
    problems = {number: why for number, one in enumerate(documents) if (why := reading_problem(one.text))}

    def batch() -> IndexBatch:
        sound = [document for number, document in enumerate(documents) if number not in problems]
        return index_batch(sound, spec, added=added)

    try:
        return batch(), problems
    except Exception:
        for number, document in enumerate(documents):
            try:
                index_batch([document] if number not in problems else [], spec, added=added)
            except Exception as error:
                problems[number] = failure(error)
    return batch(), dict(sorted(problems.items()))


def _repeated_documents(report: Report) -> list[str]:
    """Return the ids of the documents of an index that have the originals of a report."""
    originals = (one.original.document for one in report.findings if one.rule in RULES.values())
    return sorted(set(originals))


def _without_repeats(batch: IndexBatch, report: Report) -> IndexBatch:
    """Return the batch of a document with each distinct paragraph once, preferably one that stays."""
    removed = [finding.span for finding in report.findings if finding.action == "remove"]
    (document,) = batch.documents
    occurrences = [
        replace(one, stays=not any(span.start <= one.start < span.end for span in removed))
        for one in document.occurrences
    ]
    first: dict[int, Occurrence] = {}
    for occurrence in sorted(occurrences, key=lambda one: not one.stays):
        first.setdefault(int(batch.keys[occurrence.paragraph, 0]), occurrence)
    chosen = tuple(sorted(first.values(), key=lambda one: one.paragraph))
    return replace(batch, documents=[replace(document, occurrences=chosen)])


@dataclass(frozen=True, slots=True)
class _Match:
    """An occurrence of a similar paragraph that stays in its document; `same`: all its shingles are equal."""

    document: StoredDocument
    occurrence: Occurrence
    text: str | None
    same: bool
    comparison: Comparison

    @property
    def rank(self) -> tuple[bool, bool, bool, str, str, int]:
        """The least is the original: with the same words, without a loss, with its text, the first by date and id."""
        document, loses = self.document, bool(self.comparison.loss)
        return not self.same, loses, self.text is None, document.date, document.id, self.occurrence.first_line

    @property
    def original(self) -> Original:
        """Its position in its document."""
        occurrence = self.occurrence
        span, lines = Span(occurrence.start, occurrence.end), (occurrence.first_line, occurrence.last_line)
        return Original(self.document.id, span, lines, iso_day(self.document.added))


def _with_candidates(
    case: Case,
    occurrences: Sequence[Occurrence],
    hits: Sequence[Sequence[IndexHit]],
    across: AcrossPolicy,
) -> Case:
    """Return a document with its candidates in an index."""
    matches: dict[int, list[_Match]] = {}
    candidates: list[CrossCandidate] = []
    originals: list[tuple[tuple[str, ...], str]] = []
    not_short = 0
    for occurrence in occurrences:
        paragraph = case.paragraphs[occurrence.start]
        not_short += paragraph.size >= SHORT
        found = hits[occurrence.paragraph]
        ranked = sorted((one for hit in found for one in _matches(paragraph, hit, across)), key=lambda one: one.rank)
        if not ranked or paragraph.role in STAYING:
            continue
        matches[occurrence.start] = ranked
        first = ranked[0]
        added = min(one.document.added for one in ranked)
        count = len({one.document.id for one in ranked})
        copy = 1 + len({one.document.id for one in ranked if not one.comparison.loss})
        original = replace(first.original, first_seen=iso_day(added), pages=count)
        documents = {document.id: document.host for hit in found if hit.same for document, _ in hit.occurrences}
        pages = _pages(documents, found, case.host, across.options)
        candidates.append(CrossCandidate(occurrence.start, original, first.text, pages, first.comparison, copy=copy))
        if paragraph.size >= SHORT:
            originals.append(((first.document.date, first.document.id), first.document.id))
    best = best_covering(originals, not_short)
    return replace(case, candidates=candidates, covering=None if best is None else _covering(best, matches))


def _pages(documents: Mapping[str, str], hits: Sequence[IndexHit], host: str, options: Options) -> Pages:
    """Return on how many pages a paragraph stands; those that are not read only count for a share of all documents.

    `documents`: the host of each document that was read.
    """
    on_host = sum(name == host for name in documents.values())
    if not options.boilerplate_min_global_share:
        return Pages(len(documents), on_host, len(documents) >= MAX_OCCURRENCES)
    return Pages(max([len(documents), *(hit.documents for hit in hits if hit.same)]), on_host)


def _matches(paragraph: ParagraphText, hit: IndexHit, across: AcrossPolicy) -> list[_Match]:
    """Return the occurrences of a hit that stay in their documents, if there is something to report of it."""
    comparison: Comparison | None
    if hit.text is None:
        comparison = _compare_shingles(paragraph, hit, across)
    elif hit.same and paragraph.size < SHORT:
        comparison = EQUAL if paragraph.equals(paragraph_text(hit.text)) else None
    else:
        comparison = judge_pair(paragraph, paragraph_text(hit.text), across.policy, across.options.jaccard)
    if comparison is None:
        return []
    return [_Match(*one, hit.text, hit.same, comparison) for one in hit.occurrences if one[1].stays]


def _compare_shingles(paragraph: ParagraphText, hit: IndexHit, across: AcrossPolicy) -> Comparison | None:
    """Return how a paragraph compares with one that is stored without its text, as far as shingles show it."""
    if hit.same:
        return EQUAL
    if paragraph.size < SHORT:
        return None
    # A word is in three shingles, and the ends may stand inside the other.
    loses = hit.missing_shingles > 3 * across.policy.allowed(len(paragraph.words)) + 2
    return Comparison(kind_of(equal=False, loses=loses, differs=True), hit.jaccard, hit.jaccard)


def _covering(name: str, matches: Mapping[int, Sequence[_Match]]) -> CoveringDocument:
    """Return what the matches of a document's paragraphs show of one document of the index."""
    best_last = ((start, one) for start, ranked in matches.items() for one in reversed(ranked))
    found = {start: one for start, one in best_last if one.document.id == name}
    texts = [one.text for one in found.values() if one.text is not None]
    by_hash = frozenset(start for start, one in found.items() if one.text is None and one.same)
    counts = Counter(identity for ranked in matches.values() for identity in {one.document.id for one in ranked})
    copy = 1 + sum(count >= len(found) for count in counts.values())
    return CoveringDocument(extent([one.original for one in found.values()]), texts, by_hash, copy)


def iso_day(seconds: int) -> str:
    """Return the UTC day of a time in seconds since 1970, as ISO 8601 writes it."""
    return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()


def _refuse_nameless(documents: Sequence[Document]) -> None:
    if not all(document.id for document in documents):
        raise OptionError("a document needs an id to be remembered: give (id, text) pairs or Document(text, id=...)")
