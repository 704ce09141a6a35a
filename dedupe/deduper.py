"""The `Deduper`: documents in, reports out; the only reader of `Options` on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from dedupe.arrays import Ints
from dedupe.errors import OptionError
from dedupe.judgement import Policy, are_beneath_notice, judge
from dedupe.judgement.rows import Row, row_of
from dedupe.matching import Matches, match, promising
from dedupe.model import Block, Document, Finding, Match, Report, Span
from dedupe.options import Options
from dedupe.paragraphs import split
from dedupe.patterns import Patterns
from dedupe.processes import shared
from dedupe.settling import ROUNDS, Found, Settling
from dedupe.shingles import chosen, chunks, joined, shingles

if TYPE_CHECKING:
    from dedupe.remembering import Memory
    from dedupe.store import Store

BATCH = 1 << 19
"""Characters of documents that are matched together: more only costs memory."""

NOTHING = Found([], [])

NOWHERE: Mapping[str, Any] = {}

Given = str | tuple[str, str] | Document


def as_document(given: Given) -> Document:
    """Return a `Document` from a text, an (id, text) pair or a `Document`; raise `TypeError` for anything else."""
    if isinstance(given, Document):
        text = given.text
    elif isinstance(given, tuple) and len(given) == 2:
        given = Document(given[1], str(given[0]))
        text = given.text
    else:
        text = given if not isinstance(given, tuple) else None
        given = Document(text) if isinstance(text, str) else given
    if isinstance(text, (bytes, bytearray, memoryview)):
        raise TypeError("a document is a str, not bytes; decode it first: data.decode('utf-8')")
    if not isinstance(given, Document) or not isinstance(text, str):
        raise TypeError(f"a document is a str, an (id, text) pair or a dedupe.Document, not {type(given).__name__}")
    return given


class Deduper:
    """Finds what a document says more than once. It holds no state that a result depends on."""

    def __init__(
        self, options: Options | None = None, *, index: Store | None = None, index_optional: bool = False
    ) -> None:
        self.options = options or Options()
        self._policy = Policy(self.options.level, self.options.keep, frozenset(self.options.ignore))
        self._patterns = Patterns(self.options)
        self._memory: Memory | None = None
        if index is not None:
            from dedupe.remembering import Memory  # what only a deduper with an index needs

            self._memory = Memory(index, self.options, self.changes, index_optional)

    def check(self, document: Given, *, remember: bool = False) -> Report:
        """Return what would be removed from one document, and what is flagged, with the reasons."""
        return next(self.check_many([document], remember=remember))

    def clean(self, text: str) -> str:
        """Return the text with each paragraph said once."""
        return self.check(text).text

    def add(self, documents: Iterable[Given]) -> None:
        """Write documents to the index as they are; one that is there under its id takes the place of the old one."""
        self._remembering().add(map(as_document, documents))

    def check_many(self, documents: Iterable[Given], *, jobs: int = 1, remember: bool = False) -> Iterator[Report]:
        """Yield one report for each document, in order; lazily, a batch at a time, as if they came one by one.

        With `jobs`, so many processes work at once; the results are the same. With an index, each is compared with what
        the index held when the first was asked for, and nothing is written. With `remember` it is written to the index
        after it was checked, so what comes later is compared with it, and the answer depends on the order.
        """
        stream = map(as_document, documents)
        memory = self._remembering() if remember else self._memory
        batches = iter(lambda: list(_batch(stream)), [])
        if jobs > 1:
            answers = shared(partial(_work, self.options), ((batch, batch) for batch in batches), jobs)
            reports = (heard(one, found.get(at)) for batch, found in answers for at, one in enumerate(batch))
        else:
            reports = (report for batch in batches for report in self.check_batch(batch))
        yield from reports if memory is None else memory.compared(reports, remember)

    def _remembering(self) -> Memory:
        if self._memory is None:
            raise OptionError(
                "there is no index to write to; give one: Deduper(index=dedupe.open_index(PLACE, write=True))"
            )
        return self._memory

    def changes(self, documents: Sequence[Document]) -> list[bool]:
        """Say of each document whether something would be removed from it if it were judged for itself."""
        batches = iter(partial(lambda stream: list(_batch(stream)), iter(documents)), [])
        return [report.changed for batch in batches for report in self.check_batch(batch)]

    def check_batch(self, documents: Sequence[Document]) -> list[Report]:
        """Return the reports of documents that fit into memory together."""
        reports = [Report(document) for document in documents]
        for number, found in self._found([document.text for document in documents]).items():
            reports[number] = self._settled(documents[number], found)
        return reports

    def _found(self, texts: Sequence[str]) -> dict[int, Found]:
        """Return what matches inside each text, by the text's number; a text without a match is not there."""
        options = self.options
        parts, numbers = [], []
        done = 0
        for part in chunks(texts):
            found = shingles(part)
            passed = promising(found, min(options.jaccard, options.containment))
            if len(passed):
                parts.append(found if len(passed) == len(part) else chosen(found, passed))
                numbers += (passed + done).tolist()
            done += len(part)
        if not parts:
            return {}
        chunk = joined(parts)
        scopes = np.repeat(np.arange(len(numbers), dtype=np.uint64), np.diff(chunk.documents))
        matches = match(
            chunk,
            scopes,
            jaccard=options.jaccard,
            containment=options.containment,
            permutations=options.permutations,
            seed=options.seed,
        )
        return {numbers[at]: one for at, one in _by_document(matches, chunk.documents).items()}

    def _settled(self, document: Document, found: Found) -> Report:
        """Judge a document, and again as it would remain, until nothing changes."""
        if not found:
            return Report(document, bounded=found.bounded)
        paragraphs = split(document.text)
        if self._is_beneath_notice(found, partial(row_of, paragraphs)):
            return Report(document)
        settling = Settling(document, paragraphs, self._policy, found.bounded)
        evidence = settling.left()
        for last in [False] * (ROUNDS - 1) + [True]:
            evidence.add_copies(found.copies)
            for one in found.matches:
                evidence.add_match(one)
            texts = [row.text for row in evidence.rows] if self._patterns else []
            locked, wanted = self._patterns.keeping(texts), self._patterns.removing(texts)
            verdicts = list(judge(evidence, self._policy, locked, wanted))
            if settling.take(verdicts, last):
                break
            if found.bounded:  # with fewer rows other pairs may be seen
                found, evidence = self._found([settling.text]).get(0, NOTHING), settling.again()
                settled = not found
            else:
                gone = {evidence.numbers[one.place] for one in verdicts if one.action == "remove"}
                found, evidence = found.without(gone), settling.left()
                settled = self._is_beneath_notice(found, evidence.row)
            if settled:
                settling.take([], last)  # what was flagged beside rows that have gone repeats nothing any more
                break
        return settling.report()

    def _is_beneath_notice(self, found: Found, row: Callable[[int], Row]) -> bool:
        """Say whether no rule would speak about what matches, so that it need not be judged; rows by their numbers."""
        if found.bounded or self._patterns or not found.slight:
            return not found
        rows = {number: row(number) for one in found.matches for number in (one.left, one.right)}
        return are_beneath_notice((rows[one.left], rows[one.right]) for one in found.matches)


Said = tuple[tuple[Span, ...], tuple[Finding, ...], tuple[Block, ...], str, bool]
"""What a process sends of a report: all but the document, which the other one has."""


def said(report: Report, reasons: bool = True) -> Said | None:
    """Return what a report says, with the reasons or without, None when that is nothing."""
    findings, blocks = (report.findings, report.blocks) if reasons else ((), ())
    if not (report.cuts or findings or report.bounded or report.problem):
        return None
    return report.cuts, findings, blocks, report.problem, report.bounded


def heard(document: Document, what: Said | None, place: Mapping[str, Any] = NOWHERE) -> Report:
    """Return the report of a document that says this."""
    cuts, findings, blocks, problem, bounded = what or ((), (), (), "", False)
    return Report(document, cuts, findings, blocks, place, problem, bounded)


def _work(options: Options, batch: list[Document]) -> dict[int, Said]:
    """Check a batch in a worker process, and send back only what was found: the texts are where it came from."""
    reports = enumerate(Deduper(options).check_batch(batch))
    return {number: what for number, report in reports if (what := said(report)) is not None}


def _batch(documents: Iterator[Document]) -> Iterator[Document]:
    """Yield documents until they have a batch of characters together."""
    length = 0
    for document in islice(documents, BATCH // 8):
        yield document
        length += len(document.text)
        if length >= BATCH:
            return


def _by_document(found: Matches, first_rows: Ints) -> dict[int, Found]:
    """Sort matches by document, in the order of the documents; rows become those of the document."""
    crowded = set((np.searchsorted(first_rows, found.crowded, "right") - 1).tolist())
    by_document = {number: Found([], [], True) for number in sorted(crowded)}
    owners = np.searchsorted(first_rows, np.concatenate([found.copies, found.left]), "right") - 1
    offsets = first_rows[owners].tolist()
    groups: dict[int, list[int]] = {}
    for number, offset, copy, first in zip(
        owners.tolist(), offsets, found.copies.tolist(), found.firsts.tolist(), strict=False
    ):
        if first not in groups:
            groups[first] = [first - offset]
            if number not in by_document:
                by_document[number] = Found([], [])
            by_document[number].copies.append(groups[first])
        groups[first].append(copy - offset)
    if not len(found.left):
        return by_document
    forth, back = found.containments
    columns = (found.left, found.right, found.jaccard, forth, back)
    rest = slice(len(found.copies), None)
    for number, offset, left, right, *scores in zip(
        owners[rest].tolist(), offsets[rest], *(column.tolist() for column in columns), strict=True
    ):
        if number not in by_document:
            by_document[number] = Found([], [])
        by_document[number].matches.append(Match(left - offset, right - offset, *scores))
    return by_document
