"""Check a corpus that fits in memory: each document alone, then paragraphs across documents.

The result depends on the set of documents, not on their order: of equal or similar paragraphs, the original is the one
in the first document by date, then id, then text. Only direct, verified matches count, and an original is never
removed, so that each removed paragraph has an original that stays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from dedupe._arrays import Ints
from dedupe._failures import failure, warn_of
from dedupe.across import FIRST_DUPLICATE
from dedupe.across.boilerplate import Pages
from dedupe.across.case import AcrossPolicy, Case, CoveringDocument, CrossCandidate, DocumentDecision, LocalResult
from dedupe.across.copies import paragraph_copies
from dedupe.across.documents import decide
from dedupe.across.pair import Comparison, judge_pair_safely
from dedupe.across.succession import NONE, Edges, originals
from dedupe.across.whole import LEAST_PARAGRAPHS, best_covering, extent
from dedupe.deduper import Deduper, DocumentLike, as_documents
from dedupe.errors import OptionError
from dedupe.judge.content import SHORT, ParagraphText
from dedupe.matching.match import match
from dedupe.model import Document, Original, Paragraph, Report
from dedupe.options import Options, OptionValues, options_of
from dedupe.text.paragraphs import one_paragraph_a_line
from dedupe.text.shingles import joined, shingles
from dedupe.text.words import chunks

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
    ordered_documents = list(as_documents(documents))
    _refuse_equal_ids(ordered_documents)
    deduper = Deduper(options)
    reports = list(deduper.check_many(ordered_documents, jobs=jobs))
    sound = (number for number, report in enumerate(reports) if not report.failed)
    order = sorted(sound, key=lambda number: _order_of(ordered_documents[number]))
    policy = AcrossPolicy(options, deduper.changes)
    decisions = _DocumentSet([reports[number] for number in order], policy).decisions()
    for number, decision in zip(order, decisions, strict=True):
        if decision.problem:
            reports[number] = Report(ordered_documents[number], problem=decision.problem)
        else:
            reports[number] = replace(reports[number], findings=decision.findings, cuts=decision.cuts)
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


def _has_enough_large(paragraphs: Iterable[ParagraphText]) -> bool:
    """Return whether enough paragraphs are large for the document to be compared as a whole."""
    large = (paragraph for paragraph in paragraphs if paragraph.size >= SHORT)
    return sum(1 for _ in islice(large, LEAST_PARAGRAPHS)) == LEAST_PARAGRAPHS


class _DocumentSet:
    """Documents in order, each checked alone, and their remaining paragraphs, numbered across all documents.

    `copies`: from each document with the text of an earlier one to that one. `owners`: the document of each paragraph.
    """

    def __init__(self, reports: Sequence[Report], policy: AcrossPolicy) -> None:
        self.options = policy.options
        self.policy = policy
        self.cases: list[Case] = []
        self.copies: dict[int, int] = {}
        first_with_text: dict[str, int] = {}
        self.paragraphs: list[tuple[Paragraph, ParagraphText]] = []
        self.owners: list[int] = []
        for document, report in enumerate(reports):
            case = Case(report.document, LocalResult(report.cuts, report.findings))
            try:
                remaining = [pair for start, pair in case.paragraphs.items() if start not in case.local.removed]
                may_be_copy = _has_enough_large(text for _, text in remaining)
            except Exception as error:
                case, remaining = replace(case, local=LocalResult(problem=failure(error))), []
                may_be_copy = False
            self.cases.append(case)
            if may_be_copy:
                first = first_with_text.setdefault(one_paragraph_a_line(report.text), document)
                if first != document:
                    self.copies[document] = first
            self.paragraphs += remaining
            self.owners += [document] * len(remaining)

    def decisions(self) -> list[DocumentDecision]:
        """Return the decision on each document; the paragraphs of a copy of another document are not compared."""
        first_equal, edges = self._similar()
        copied = set(self.copies.values())
        kept = np.array([owner in copied for owner in self.owners], bool)
        original_of = originals(edges, first_equal, kept, self.policy.removes).tolist()
        copy_of = self._copy_numbers(np.array(original_of, np.int64), first_equal, edges)
        document_copies = Counter[int]()
        documents_with: defaultdict[int, set[int]] = defaultdict(set)
        paragraphs_of: defaultdict[int, list[int]] = defaultdict(list)
        for paragraph, owner in enumerate(self.owners):
            paragraphs_of[owner].append(paragraph)
            documents_with[int(first_equal[paragraph])].add(owner)
        documents_of_host = Counter(case.host for case in self.cases)
        cases = []
        for document, case in enumerate(self.cases):
            candidates, covering = [], []
            for paragraph in paragraphs_of[document]:
                original = original_of[paragraph]
                if original == NONE or self.owners[original] == document:
                    continue
                others = documents_with[int(first_equal[paragraph])] - {document}
                on_host = sum(self.cases[other].host == case.host for other in others)
                pages = Pages(len(others), on_host)
                candidates.append(self._candidate(paragraph, original, pages, int(copy_of[paragraph])))
                if self.paragraphs[paragraph][1].size >= SHORT:
                    covering.append(self.owners[original])
            other = self.copies.get(document)
            if other is None and covering:
                large = sum(self.paragraphs[paragraph][1].size >= SHORT for paragraph in paragraphs_of[document])
                other = best_covering((((f"{number:09}",), number) for number in covering), large)
            whole = None
            if other is not None:
                document_copies[other] += 1
                whole = self._covering(paragraphs_of[other], 1 + document_copies[other])
            case = replace(case, host_size=documents_of_host[case.host] - 1, document_count=len(self.cases) - 1)
            cases.append(replace(case, candidates=candidates, covering=whole, pinned=document in copied))
        return decide(cases, self.policy)

    def _copy_numbers(self, original_of: Ints, first_equal: np.ndarray, edges: Edges) -> Ints:
        """Return the number of each paragraph among the copies of its original; int64."""
        if self.options.keep_copies == 1:
            return np.full(len(original_of), FIRST_DUPLICATE)
        owners, order = np.array(self.owners, np.int64), np.arange(len(self.cases))
        wholes = np.full(len(self.cases), NONE, np.int64)
        wholes[list(self.copies)] = list(self.copies.values())
        return paragraph_copies(original_of, first_equal, edges, owners, order, wholes)

    def _similar(self) -> tuple[np.ndarray, Edges]:
        """Return for each paragraph the first one with the same words (int64), and the pairs of similar ones."""
        # A blank line between any two keeps them apart; a wrapped paragraph is on one line here.
        texts: list[list[str]] = [[] for _ in self.cases]
        for (_, paragraph), owner in zip(self.paragraphs, self.owners, strict=True):
            texts[owner].append("" if owner in self.copies else " ".join(paragraph.text.split()))
        chunk = joined([shingles(part) for part in chunks("\n\n".join(lines) for lines in texts)])
        found = match(
            chunk,
            np.zeros(len(chunk.starts) - 1, np.uint64),
            jaccard=self.options.jaccard,
            containment=None,
            permutations=self.options.permutations,
            seed=self.options.seed,
        )
        numbers = np.full(len(chunk.starts) - 1, NONE, np.int64)  # of the paragraph on each line
        done = 0
        for document, lines in enumerate(texts):
            first_line, count = int(chunk.documents[document]), len(lines)
            numbers[first_line : first_line + 2 * count : 2][:count] = np.arange(done, done + count)
            done += count
        compared = [NONE if owner in self.copies else number for number, owner in enumerate(self.owners)]
        first_equal = np.array(compared, np.int64)
        first_equal[numbers[found.copies]] = numbers[found.originals]
        edges = []
        for later, earlier in sorted(zip(numbers[found.later].tolist(), numbers[found.earlier].tolist(), strict=True)):
            if self.owners[later] == self.owners[earlier]:
                continue
            comparison = self._compare(later, earlier)
            if comparison is not None:
                edges.append((later, earlier, not comparison.loss))
        columns = np.array(edges, np.int64).reshape(-1, 3).T
        return first_equal, Edges(columns[0], columns[1], np.zeros(len(edges), np.int64), columns[2] > 0)

    def _candidate(self, duplicate: int, original: int, pages: Pages, copy: int) -> CrossCandidate:
        """Return a paragraph, with its original, as a candidate."""
        (place, _), (_, text) = self.paragraphs[duplicate], self.paragraphs[original]
        comparison = self._compare(duplicate, original)
        return CrossCandidate(place.start, self._original(original), text.text, pages, comparison, text.role, copy)

    def _compare(self, paragraph: int, other: int) -> Comparison | None:
        text, other_text = self.paragraphs[paragraph][1], self.paragraphs[other][1]
        return judge_pair_safely(text, other_text, self.policy.policy, self.options.jaccard)

    def _original(self, paragraph: int) -> Original:
        """Return a paragraph as an original."""
        place, _ = self.paragraphs[paragraph]
        identity = self.cases[self.owners[paragraph]].document.id
        return Original(identity, place.span, place.lines, column=place.column)

    def _covering(self, paragraphs: Sequence[int], copy: int) -> CoveringDocument:
        """Return the document of these paragraphs as one that may contain another one."""
        texts = [self.paragraphs[paragraph][1].text for paragraph in paragraphs]
        return CoveringDocument(extent([self._original(paragraph) for paragraph in paragraphs]), texts, copy=copy)
