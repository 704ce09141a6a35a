"""Check a corpus that fits in memory: each document alone, then paragraphs across documents.

The result depends on the set of documents, not on their order: of equal or similar paragraphs, the original is the one
in the first document by date, then id, then text. Only direct, verified matches count, and an original is never
removed, so that each removed paragraph has an original that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from dedupe._arrays import Ints
from dedupe._failures import failure, warn_of
from dedupe.across.case import AcrossPolicy, Case, CoveringDocument, DocumentDecision, LocalResult
from dedupe.across.documents import decide
from dedupe.across.groups import (
    ParagraphGroups,
    choose_originals,
    covering_documents,
    document_groups,
    kept_documents,
    page_counts,
)
from dedupe.across.pair import Comparison, judge_pair_safely
from dedupe.across.succession import NONE, Edges
from dedupe.across.whole import LEAST_PARAGRAPHS, extent
from dedupe.corpus._cleaning import clean_alone, without_failing
from dedupe.corpus._parts import Item
from dedupe.deduper import Deduper, DocumentLike, as_documents
from dedupe.errors import OptionError
from dedupe.judge.content import SHORT, ParagraphText
from dedupe.matching.lsh import packed_pairs, shared_keys, unpacked_pairs
from dedupe.matching.match import match
from dedupe.model import Document, Original, Paragraph, Report, Role
from dedupe.options import Options, OptionValues, options_of
from dedupe.text.paragraphs import one_paragraph_a_line
from dedupe.text.shingles import Shingles, chosen
from dedupe.text.words import offsets

if TYPE_CHECKING:
    from typing_extensions import Unpack


def check(
    documents: Iterable[DocumentLike],
    options: Options | None = None,
    *,
    jobs: int = 1,
    **values: Unpack[OptionValues],
) -> list[Report]:
    r"""Check documents as one set: each alone, then against the others.

    Duplicates of other documents are flagged, or removed with `Options(cross_document="remove")`. Of two documents, the
    original is in the one that is first by date, then id, then text.

    Args:
        documents: texts, (id, text) pairs or `Document` objects; all are held in memory.
        options: how duplicates are found and judged; None for the default options.
        jobs: the number of processes that check the documents alone. The results do not depend on it.
        **values: options by their names, instead of `options` or in place of some of them.

    Returns:
        One report a document, in the order given. When the program fails on a document, its report has a `problem`,
        and the others are not compared with it.

    Raises:
        OptionError: two documents have the same id, other than "", or there is no such option.
        TypeError: a single document instead of many, or something that is not a document or no `Options`.

    Example:
        >>> from dedupe import corpus
        >>> text = "The bridge is closed until May, and the ferry leaves from the coal quay every hour instead.\n\n"
        >>> reports = corpus.check([("a", text), ("b", text + "Nobody was hurt.\n")])
        >>> [(finding.action, finding.original.document) for finding in reports[1].findings]
        [('flag', 'a')]
    """
    options = options_of(options, values, ("jobs",))
    given = list(as_documents(documents))
    _refuse_equal_ids(given)
    order = sorted(range(len(given)), key=lambda number: _order_of(given[number]))
    deduper = Deduper(options)
    items = [Item(number, given[number].text) for number in order]

    def check_alone(some: Sequence[Item]) -> Iterator[Report]:
        return deduper.check_many([given[item.number] for item in some], jobs=jobs)

    chunk, found, problems = without_failing(items, lambda some: clean_alone(some, options, check_alone))
    reports = [Report(document) for document in given]
    sound = np.array([at for at in range(len(order)) if at not in problems], np.intp)
    for at, report in found.items():
        reports[order[at]] = report
    for at, problem in problems.items():
        reports[order[at]] = Report(given[order[at]], problem=problem)
    order = [order[at] for at in sound.tolist()]
    if not order:
        return reports
    chunk = chosen([(chunk, sound)]) if problems else chunk
    decisions = _DocumentSet([reports[number] for number in order], chunk, AcrossPolicy(options, deduper.changes))
    for at, decision in decisions.decide().items():
        if decision.problem:
            reports[order[at]] = Report(given[order[at]], problem=decision.problem)
        else:
            reports[order[at]] = replace(reports[order[at]], findings=decision.findings, cuts=decision.cuts)
    return reports


def clean(
    documents: Iterable[DocumentLike],
    options: Options | None = None,
    *,
    jobs: int = 1,
    **values: Unpack[OptionValues],
) -> list[str]:
    r"""Clean documents as one set.

    Duplicates of other documents are removed with `Options(cross_document="remove")` only.

    Args:
        documents: texts, (id, text) pairs or `Document` objects; all are held in memory.
        options: how duplicates are found and judged; None for the default options.
        jobs: the number of processes that check the documents alone. The results do not depend on it.
        **values: options by their names, instead of `options` or in place of some of them.

    Returns:
        The cleaned text of each document, in the order given. A text is unchanged when the program fails on it, which
        is logged as a warning.

    Raises:
        OptionError: two documents have the same id, other than "", or there is no such option.
        TypeError: a single document instead of many, or something that is not a document or no `Options`.

    Example:
        >>> from dedupe import corpus
        >>> line = "The old bridge is closed to all traffic until May.\n"
        >>> corpus.clean([("a", line * 2), ("b", "Boats leave from the coal quay instead.\n")])
        ['The old bridge is closed to all traffic until May.\n', 'Boats leave from the coal quay instead.\n']
    """
    reports = check(documents, options, jobs=jobs, **values)
    for report in reports:
        warn_of(report)
    return [report.text for report in reports]


def _order_of(document: Document) -> tuple[str, str, str]:
    """Return the key by which documents are sorted: originals come first."""
    return document.date, document.id, document.text


def _refuse_equal_ids(documents: Sequence[Document]) -> None:
    seen: set[str] = set()
    for document in documents:
        if document.id and document.id in seen:
            raise OptionError(f"two documents have the id {document.id!r}; ids must be unique in a corpus")
        seen.add(document.id)


class _DocumentSet:
    """Documents in order, each checked alone, and the paragraphs that remain of them, numbered across all documents.

    `copies`: the first document with the text of each, or `NONE`; int64, shape (documents,). `chunk`: the shingles of
    the paragraphs that are compared: those of copies are not. `owners`: the document of each paragraph.
    """

    def __init__(self, reports: Sequence[Report], chunk: Shingles, policy: AcrossPolicy) -> None:
        """Take the shingles of the texts as given."""
        self.options = policy.options
        self.policy = policy
        self.cases = [Case(one.document, LocalResult(one.cuts, one.findings)) for one in reports]
        self.firsts = chunk.documents
        self.owners = np.arange(len(reports)).repeat(np.diff(chunk.documents))
        removed: list[int] = []
        for document, case in enumerate(self.cases):
            if not case.local.cuts and case.document.layout is None:
                continue
            first = int(chunk.documents[document])
            try:
                removed += [first + case.paragraphs.number(start) for start in case.local.removed]
                len(case.paragraphs)
            except Exception as error:
                self.cases[document] = replace(case, local=LocalResult(problem=failure(error)))
                removed += range(first, int(chunk.documents[document + 1]))
        chunk = _without_paragraphs(chunk, np.array(removed, np.intp))
        self.copies = self._copied_documents(chunk, reports)
        self.chunk = _without_paragraphs(chunk, np.flatnonzero(self.copies[self.owners] != NONE))

    def _remaining(self, document: int) -> list[int]:
        """Return the starts of the remaining paragraphs of a document."""
        case = self.cases[document]
        removed = case.local.removed
        return [start for start in case.paragraphs if start not in removed]

    def _text(self, paragraph: int) -> ParagraphText:
        document = int(self.owners[paragraph])
        return self.cases[document].paragraphs.text_at(paragraph - int(self.firsts[document]))

    def _place(self, paragraph: int) -> Paragraph:
        document = int(self.owners[paragraph])
        return self.cases[document].paragraphs.place_at(paragraph - int(self.firsts[document]))

    def _copied_documents(self, chunk: Shingles, reports: Sequence[Report]) -> Ints:
        """Return the first document with the text of each, or `NONE`, if enough of its paragraphs are not short."""
        copies = np.full(len(reports), NONE, np.int64)
        begins = chunk.starts[chunk.documents]
        filled = np.flatnonzero(np.diff(begins))
        sums = np.zeros(len(reports), np.uint64)
        sums[filled] = np.add.reduceat(chunk.hashes, begins[filled], dtype=np.uint64)
        first_with_text: dict[str, int] = {}
        for document in np.sort(shared_keys(sums)).tolist():
            paragraphs = self.cases[document].paragraphs
            large = (start for start in self._remaining(document) if paragraphs[start].size >= SHORT)
            if sum(1 for _ in islice(large, LEAST_PARAGRAPHS)) == LEAST_PARAGRAPHS:
                first = first_with_text.setdefault(one_paragraph_a_line(reports[document].text), document)
                if first != document:
                    copies[document] = first
        return copies

    def decide(self) -> dict[int, DocumentDecision]:
        """Return the decisions on documents of which something is in another one, by number."""
        owners, ranks = self.owners, np.arange(len(self.cases))
        first_equal, edges, comparisons = self._similar()
        kept = kept_documents(self.copies)
        original_of, numbers = choose_originals(first_equal, edges, owners, ranks, self.copies, kept, self.options)
        site_numbers: dict[str, int] = {"": 0}
        sites = [site_numbers.setdefault(case.host, len(site_numbers)) for case in self.cases]
        hosts = np.array(sites, np.uint64)
        covering = self._covering_documents(original_of)
        groups = ParagraphGroups(original_of, numbers, *page_counts(first_equal, owners, hosts))
        duplicates = groups.duplicates(owners)
        documents = document_groups(original_of, owners, ranks, self.copies, covering, kept, hosts)
        cases = {number: case for number, case in enumerate(self.cases) if case.local.problem}
        for number in sorted({*duplicates, *np.flatnonzero(documents.covering != NONE).tolist()}):
            case, candidates = self.cases[number], []
            for paragraph in duplicates.get(number, ()):
                original = int(original_of[paragraph])
                comparison = comparisons.get((paragraph, original))
                start = case.paragraphs.start_at(paragraph - int(self.firsts[number]))
                candidates.append(groups.candidate(paragraph, start, self._original(original), comparison))
            whole = None
            if (other := int(documents.covering[number])) != NONE:
                whole = self._covering(other, int(documents.covering_copies[number]))
            cases[number] = replace(
                documents.case(number, case.document, case.local, candidates, whole, len(self.cases) - 1),
                paragraphs=case.paragraphs,
            )
        return dict(zip(cases, decide(list(cases.values()), self.policy), strict=True))

    def _covering_documents(self, original_of: Ints) -> Ints:
        """Return the document that has most originals of each one's paragraphs; short ones get no original here."""
        duplicates = np.flatnonzero(original_of != NONE)
        short = [text.size < SHORT for text in map(self._text, duplicates.tolist())]
        original_of[duplicates[short]] = NONE
        # A word is a letter and one more at least. Paragraphs of few words are measured where it matters.
        is_large = 2 * np.diff(self.chunk.starts) >= SHORT
        totals = np.bincount(self.owners[is_large], minlength=len(self.cases))
        counts = np.bincount(self.owners[original_of != NONE], minlength=len(self.cases))
        for document in np.flatnonzero((counts > 0) & (2 * counts >= totals)).tolist():
            paragraphs = self.cases[document].paragraphs
            totals[document] = sum(paragraphs[start].size >= SHORT for start in self._remaining(document))
        return covering_documents(original_of, self.owners, np.arange(len(self.cases)), totals)

    def _similar(self) -> tuple[Ints, Edges, dict[tuple[int, int], Comparison]]:
        """Return the first paragraph with the words of each, the pairs of similar ones, and how these compare."""
        found = match(
            self.chunk,
            np.zeros(len(self.owners), np.uint64),
            jaccard=self.options.jaccard,
            containment=None,
            permutations=self.options.permutations,
            seed=self.options.seed,
        )
        first_equal = np.arange(len(self.owners))
        first_equal[found.copies] = found.originals
        apart = self.owners[found.later] != self.owners[found.earlier]
        comparisons: dict[tuple[int, int], Comparison] = {}
        pairs = np.sort(packed_pairs(found.later[apart], found.earlier[apart]))
        for later, earlier in zip(*(column.tolist() for column in unpacked_pairs(pairs)), strict=True):
            texts = self._text(later), self._text(earlier)
            comparison = judge_pair_safely(*texts, self.policy.policy, self.options.jaccard)
            if comparison is not None:
                comparisons[later, earlier] = comparison
        columns = np.array(list(comparisons), np.int64).reshape(-1, 2).T
        lossless = np.array([not comparison.loss for comparison in comparisons.values()], bool)
        return first_equal, Edges(columns[0], columns[1], np.zeros(len(lossless), np.int64), lossless), comparisons

    def _original(self, paragraph: int) -> tuple[Original, str, Role]:
        """Return a paragraph as an original, with its text and role."""
        place, text = self._place(paragraph), self._text(paragraph)
        identity = self.cases[int(self.owners[paragraph])].document.id
        return Original(identity, place.span, place.lines, column=place.column), text.text, text.role

    def _covering(self, document: int, copy: int) -> CoveringDocument:
        """Return a document as one that may contain another one."""
        remaining, paragraphs = self._remaining(document), self.cases[document].paragraphs
        identity = self.cases[document].document.id
        places = [
            Original(identity, place.span, place.lines, column=place.column)
            for place in map(paragraphs.place, remaining)
        ]
        return CoveringDocument(extent(places), [paragraphs[start].text for start in remaining], copy=copy)


def _without_paragraphs(chunk: Shingles, removed: Ints) -> Shingles:
    """Return the shingles of a chunk in which these paragraphs have no words."""
    if not len(removed):
        return chunk
    lengths = np.diff(chunk.starts)
    stays = np.ones(len(lengths), bool)
    stays[removed] = False
    return Shingles(chunk.hashes[stays.repeat(lengths)], offsets(lengths * stays), chunk.documents)
