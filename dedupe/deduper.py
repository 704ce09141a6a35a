"""The `Deduper`: documents in, reports out; the only reader of `Options` on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from dedupe.arrays import Ints
from dedupe.bounds import SMALL, unjudged, unreadable, unshingled
from dedupe.errors import OptionError
from dedupe.failures import failed, warn_of
from dedupe.judgement import Policy, are_beneath_notice, judge
from dedupe.judgement.rows import Row, row_of
from dedupe.matching import Matches, match, promising
from dedupe.model import Block, Document, Finding, Match, Report, Span
from dedupe.options import Level, Options
from dedupe.paragraphs import split
from dedupe.patterns import Patterns
from dedupe.processes import shared
from dedupe.settling import ROUNDS, Found, Settling
from dedupe.shingles import Shingles, chosen, chunks, joined, shingles

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


def as_documents(documents: Iterable[Given]) -> Iterator[Document]:
    """Return documents one by one; raise `TypeError` at once where one is given in the place of many."""
    if isinstance(documents, (str, bytes, bytearray, memoryview, Document, Mapping)):
        kind = type(documents).__name__
        way = "its items()" if isinstance(documents, Mapping) else "a list of one for a single document"
        raise TypeError(f"documents are many documents, a list or another iterable, not one {kind}; give {way}")
    if not isinstance(documents, Iterable):
        raise TypeError(f"documents are a list or another iterable of documents, not {type(documents).__name__}")
    return map(as_document, documents)


def checked_options(options: Options | None) -> Options:
    """Return the options, or the default ones; raise `TypeError` for anything else."""
    if options is None or isinstance(options, Options):
        return options or Options()
    if isinstance(options, str):
        way = f"Options(level={options!r})" if options in get_args(Level) else "Options(NAME=VALUE)"
    else:
        way = "Options(**options)" if isinstance(options, Mapping) else "Options()"
    raise TypeError(f"options must be a dedupe.Options, as in Deduper({way}), not {options!r:.60}")


class Deduper:
    """Finds what a document says more than once. It holds no state that a result depends on."""

    def __init__(
        self, options: Options | None = None, *, index: Store | None = None, index_optional: bool = False
    ) -> None:
        self.options = checked_options(options)
        if index is not None and not hasattr(index, "position"):
            raise TypeError(f"index must be an open index, as in dedupe.open_index(PLACE), not {index!r:.60}")
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
        """Return the text with each paragraph said once; that the program failed on it is logged, as a warning."""
        report = self.check(text)
        warn_of(report)
        return report.text

    def add(self, documents: Iterable[Given]) -> None:
        """Write documents to the index as they are; one that is there under its id takes the place of the old one."""
        self._remembering().add(as_documents(documents))

    def check_many(self, documents: Iterable[Given], *, jobs: int = 1, remember: bool = False) -> Iterator[Report]:
        """Yield one report for each document, in order; lazily, a batch at a time, as if they came one by one.

        Where the program fails on a document, its report has a `problem` and nothing else; the others are as ever.
        With `jobs`, so many processes work at once; the results are the same. With an index, each is compared with what
        the index held when the first was asked for, and nothing is written. With `remember` it is written to the index
        after it was checked, so what comes later is compared with it, and the answer depends on the order. Raises
        `TypeError` at once for one document in the place of many.
        """
        stream = as_documents(documents)
        if type(jobs) is not int:
            raise TypeError(f"jobs must be a whole number, not {jobs!r:.60}")
        return self._reports(stream, jobs, self._remembering() if remember else self._memory, remember)

    def _reports(
        self, stream: Iterator[Document], jobs: int, memory: Memory | None, remember: bool
    ) -> Iterator[Report]:
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
        """Say of each document whether something would be removed from it, or it would fail, if judged for itself."""
        batches = iter(partial(lambda stream: list(_batch(stream)), iter(documents)), [])
        return [report.changed or report.failed for batch in batches for report in self.check_batch(batch)]

    def check_batch(self, documents: Sequence[Document]) -> list[Report]:
        """Return the reports of documents that fit into memory together."""
        try:
            matches = self._found([document.text for document in documents])
        except Exception as error:
            if len(documents) == 1:
                return [failed(documents[0], error)]
            return [self.check_batch([document])[0] for document in documents]  # the others keep their results
        reports = [Report(document) for document in documents]
        for number, found in matches.items():
            try:
                reports[number] = self._settled(documents[number], found)
            except Exception as error:
                reports[number] = failed(documents[number], error)
        return reports

    def _found(self, texts: Sequence[str]) -> dict[int, Found]:
        """Return what matches inside each text, by the text's number; a text without a match is not there."""
        options = self.options
        problems = {number: why for number, text in enumerate(texts) if (why := unreadable(text))}
        readable = ["" if number in problems else text for number, text in enumerate(texts)] if problems else texts
        parts, numbers = [], []
        done = 0
        for part in chunks(readable):
            found = shingles(part)
            passed = promising(found, min(options.jaccard, options.containment))
            if (
                len(part[-1]) > SMALL and len(passed) and passed[-1] == len(part) - 1
            ):  # only the last of a part is large
                first = found.documents[-2]
                rows, words = len(found.starts) - 1 - first, len(found.hashes) - found.starts[first]
                if why := unshingled(part[-1], int(rows), int(words)):
                    problems[done + len(part) - 1] = why
                    passed = passed[:-1]
            if len(passed):
                parts.append(found if len(passed) == len(part) else chosen(found, passed))
                numbers += (passed + done).tolist()
            done += len(part)
        refused = {number: Found([], [], problem=why) for number, why in problems.items()}
        if not parts:
            return refused
        chunk = joined(parts)
        del parts  # of a large text as much as the whole
        scopes = np.repeat(np.arange(len(numbers), dtype=np.uint64), np.diff(chunk.documents))
        matches = match(
            chunk,
            scopes,
            jaccard=options.jaccard,
            containment=options.containment,
            permutations=options.permutations,
            seed=options.seed,
        )
        for at, number in enumerate(numbers):
            if len(texts[number]) > SMALL and (why := _excess(texts[number], chunk, matches, at)):
                refused[number] = Found([], [], problem=why)
                matches = matches.without(int(chunk.documents[at]), int(chunk.documents[at + 1]))
        return refused | {numbers[at]: one for at, one in _by_document(matches, chunk.documents).items()}

    def _settled(self, document: Document, found: Found) -> Report:
        """Judge a document, and again as it would remain, until nothing changes."""
        if not found:
            return Report(document, problem=found.problem, bounded=found.bounded)
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
            if settling.bounded:  # with fewer rows other pairs may be seen; from then on rows are numbered anew
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


def _excess(text: str, chunk: Shingles, matches: Matches, at: int) -> str:
    """Return why a document of a chunk, given by its text and number, is not judged; empty if it may be."""
    first, last = chunk.documents[at : at + 2].tolist()
    alike = np.zeros(last - first, bool)
    counts = []
    for rows in (matches.copies, matches.firsts, matches.left, matches.right):
        mine = rows[(rows >= first) & (rows < last)] - first
        counts.append(len(mine))
        if rows is not matches.copies:
            alike[mine] = True
    words = int(np.diff(chunk.starts[first : last + 1])[alike].sum())
    return unjudged(text, last - first, counts[0], int(alike.sum()), counts[2], words)


def _by_document(found: Matches, first_rows: Ints) -> dict[int, Found]:
    """Sort matches by document, in the order of the documents; rows become those of the document."""
    crowded = set((np.searchsorted(first_rows, found.crowded, "right") - 1).tolist())
    by_document = {number: Found([], [], True) for number in sorted(crowded)}
    order = np.argsort(found.firsts, kind="stable")
    firsts = found.firsts[order]
    begins = np.flatnonzero(np.diff(firsts, prepend=-1))
    owners = np.searchsorted(first_rows, firsts[begins], "right") - 1
    offsets = first_rows[owners]
    ends = np.append(begins, len(firsts))[1:]
    copies = (found.copies[order] - np.repeat(offsets, ends - begins)).tolist()
    heads = (firsts[begins] - offsets).tolist()
    for number, head, begin, end in zip(owners.tolist(), heads, begins.tolist(), ends.tolist(), strict=True):
        if number not in by_document:
            by_document[number] = Found([], [])
        by_document[number].copies.append([head, *copies[begin:end]])
    if not len(found.left):
        return by_document
    owners = np.searchsorted(first_rows, found.left, "right") - 1
    forth, back = found.containments
    columns = (owners, first_rows[owners], found.left, found.right, found.jaccard, forth, back)
    for number, offset, left, right, *scores in zip(*(column.tolist() for column in columns), strict=True):
        if number not in by_document:
            by_document[number] = Found([], [])
        by_document[number].matches.append(Match(left - offset, right - offset, *scores))
    return by_document
