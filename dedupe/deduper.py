"""The `Deduper`: documents in, reports out; the only reader of `Options` on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from dedupe.errors import OptionError
from dedupe.judgement import Evidence, Policy, judge
from dedupe.matching import Matches, match
from dedupe.model import Document, Match, Report
from dedupe.options import Options
from dedupe.paragraphs import one_row_a_line, split
from dedupe.patterns import Patterns
from dedupe.settling import ROUNDS, Judged, Settling
from dedupe.shingles import CHUNK, shingles

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dedupe.remembering import Memory
    from dedupe.store import Store

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

            self._memory = Memory(index, self.options, self._patterns, self._changes, index_optional)

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
        reports = (
            in_processes(self.options, batches, jobs)
            if jobs > 1
            else (report for batch in batches for report in self.check_batch(batch))
        )
        yield from reports if memory is None else memory.compared(reports, remember)

    def _remembering(self) -> Memory:
        if self._memory is None:
            raise OptionError(
                "there is no index to write to; give one: Deduper(index=dedupe.open_index(PLACE, write=True))"
            )
        return self._memory

    def _changes(self, document: Document) -> bool:
        return self.check_batch([document])[0].changed

    def check_batch(self, documents: Sequence[Document]) -> list[Report]:
        """Return the reports of documents that fit into memory together."""
        reports = [Report(document) for document in documents]
        waiting = {number: Settling(document, self._policy) for number, document in enumerate(documents)}
        for last in [False] * (ROUNDS - 1) + [True]:
            judged = self._judge(list(waiting.values()))
            for (number, settling), verdicts in zip(list(waiting.items()), judged, strict=True):
                if settling.take(verdicts, last):
                    reports[number] = settling.report()
                    del waiting[number]
            if not waiting:
                break
        return reports

    def _judge(self, settlings: Sequence[Settling]) -> list[Judged | None]:
        """Judge each text once; None for a text without a match, which never becomes objects."""
        texts = [settling.text for settling in settlings]
        chunk = shingles([one_row_a_line(text) for text in texts])
        scopes = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(chunk.documents))
        options = self.options
        found = match(
            chunk,
            scopes,
            jaccard=options.jaccard,
            containment=options.containment,
            permutations=options.permutations,
            seed=options.seed,
        )
        judged: list[Judged | None] = [None] * len(texts)
        for number, (copies, matches) in _by_document(found, chunk.documents).items():
            text = texts[number]
            paragraphs = split(text)
            evidence = Evidence(text, paragraphs, settlings[number].roles)
            evidence.add_copies(copies)
            for one in matches:
                evidence.add_match(one)
            rows = [row.text for row in evidence.rows]
            locked, wanted = self._patterns.keeping(rows), self._patterns.removing(rows)
            judged[number] = Judged(paragraphs, evidence, list(judge(evidence, self._policy, locked, wanted)))
        return judged


def in_processes(options: Options, batches: Iterator[list[Document]], jobs: int) -> Iterator[Report]:
    """Yield the reports of the batches in order, `jobs` processes working; a few batches at most are under way.

    A worker sends back only what it found: the texts are here already.
    """
    from concurrent.futures import ProcessPoolExecutor  # 15 ms that only this function costs

    with ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(options,)) as pool:
        under_way: deque[tuple[list[Document], Future[dict[int, Report]]]] = deque()
        for batch in batches:
            under_way.append((batch, pool.submit(_work, batch)))
            if len(under_way) > 2 * jobs:
                yield from _received(*under_way.popleft())
        while under_way:
            yield from _received(*under_way.popleft())


def _received(batch: list[Document], future: Future[dict[int, Report]]) -> Iterator[Report]:
    found = future.result()
    for number, document in enumerate(batch):
        yield found.get(number) or Report(document)


_worker: list[Deduper] = []
"""The deduper of a worker process, made once at its start."""


def _start_worker(options: Options) -> None:
    _worker[:] = [Deduper(options)]


def _work(batch: list[Document]) -> dict[int, Report]:
    return {number: report for number, report in enumerate(_worker[0].check_batch(batch)) if report.findings}


def _batch(documents: Iterator[Document]) -> Iterator[Document]:
    """Yield documents until they have the kernels' chunk of characters together."""
    length = 0
    for document in islice(documents, CHUNK):
        yield document
        length += len(document.text)
        if length >= CHUNK:
            return


def _by_document(found: Matches, first_rows: np.ndarray) -> dict[int, tuple[list[list[int]], list[Match]]]:
    """Sort matches by document; rows become those of the document."""
    by_document: dict[int, tuple[list[list[int]], list[Match]]] = {}
    owners = np.searchsorted(first_rows, np.concatenate([found.copies, found.left]), "right") - 1
    groups: dict[int, list[int]] = {}
    for number, copy, first in zip(owners.tolist(), found.copies.tolist(), found.firsts.tolist(), strict=False):
        offset = int(first_rows[number])
        if first not in groups:
            groups[first] = [first - offset]
            by_document.setdefault(number, ([], []))[0].append(groups[first])
        groups[first].append(copy - offset)
    forth, back = found.containments
    columns = (found.left, found.right, found.jaccard, forth, back)
    for number, left, right, *scores in zip(
        owners[len(found.copies) :].tolist(), *(column.tolist() for column in columns), strict=True
    ):
        offset = int(first_rows[number])
        by_document.setdefault(number, ([], []))[1].append(Match(left - offset, right - offset, *scores))
    return by_document
