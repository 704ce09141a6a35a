"""The `Deduper`: documents in, reports out; the only reader of `Options` on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, get_args

from dedupe._concurrency import shared
from dedupe._failures import failed, warn_of
from dedupe.errors import OptionError
from dedupe.judge.judging import Judge
from dedupe.judge.reasons import report
from dedupe.model import Block, Document, Finding, Report, Span
from dedupe.options import Level, Options

if TYPE_CHECKING:
    import datasketch

    from dedupe.across.index_session import IndexSession
    from dedupe.index import Store

BATCH = 1 << 20
"""Characters of documents that are matched together: more only costs memory."""

MOST = 1 << 14
"""Documents, or stretches of files, of a batch, however short: each takes two kilobytes besides its text."""

NOWHERE: Mapping[str, Any] = {}

DocumentLike = str | tuple[str, str] | Document


def as_document(given: DocumentLike) -> Document:
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


def as_documents(documents: Iterable[DocumentLike]) -> Iterator[Document]:
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


def _opened(index: Store | datasketch.MinHashLSH, options: Options) -> Store:
    """Return an index that is open; what an LSH of datasketch proposes is kept and compared in memory."""
    if hasattr(index, "next_number"):
        return index
    from dedupe.index.open import open_index
    from dedupe.matching.datasketch import is_lsh

    if is_lsh(index):
        return open_index(index, options, store_text=True)
    raise TypeError(
        f"index must be an open index, as in dedupe.open_index(PLACE), or a datasketch.MinHashLSH, not {index!r:.60}"
    )


class Deduper:
    """Finds what a document says more than once. It holds no state that a result depends on.

    `index`: documents to compare with, see `open_index`; an empty `datasketch.MinHashLSH` may stand for one, to propose
    what `add` and `remember` put into it. Every proposal is verified.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        index: Store | datasketch.MinHashLSH | None = None,
        index_optional: bool = False,
    ) -> None:
        self.options = checked_options(options)
        self._judge = Judge(self.options)
        self._memory: IndexSession | None = None
        if index is not None:
            from dedupe.across.index_session import IndexSession  # what only a deduper with an index needs

            self._memory = IndexSession(_opened(index, self.options), self.options, self.changes, index_optional)

    def check(self, document: DocumentLike, *, remember: bool = False) -> Report:
        """Return what would be removed from one document, and what is flagged, with the reasons."""
        return next(self.check_many([document], remember=remember))

    def clean(self, text: str) -> str:
        """Return the text with each paragraph said once; that the program failed on it is logged, as a warning."""
        report = self.check(text)
        warn_of(report)
        return report.text

    def add(self, documents: Iterable[DocumentLike]) -> None:
        """Write documents to the index as they are; one that is there under its id takes the place of the old one."""
        self._remembering().add(as_documents(documents))

    def check_many(
        self, documents: Iterable[DocumentLike], *, jobs: int = 1, remember: bool = False
    ) -> Iterator[Report]:
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
        self, stream: Iterator[Document], jobs: int, memory: IndexSession | None, remember: bool
    ) -> Iterator[Report]:
        batches = iter(lambda: list(_batch(stream)), [])
        if jobs > 1:
            answers = shared(partial(_work, self.options), ((batch, batch) for batch in batches), jobs, _lost)
            reports = (decode_report(one, found.get(at)) for batch, found in answers for at, one in enumerate(batch))
        else:
            reports = (report for batch in batches for report in self.check_batch(batch))
        yield from reports if memory is None else memory.compare(reports, remember)

    def _remembering(self) -> IndexSession:
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
            judged = self._judge.judge(documents)
        except Exception as error:
            if len(documents) == 1:
                return [failed(documents[0], error)]
            return [self.check_batch([document])[0] for document in documents]  # the others keep their results
        reports = [Report(document) for document in documents]
        for number, one in judged.items():
            try:
                reports[number] = report(documents[number], one)
            except Exception as error:
                reports[number] = failed(documents[number], error)
        return reports


Said = tuple[tuple[Span, ...], tuple[Finding, ...], tuple[Block, ...], str, bool]
"""What a process sends of a report: all but the document, which the other one has."""


def encode_report(report: Report, reasons: bool = True) -> Said | None:
    """Return what a report says, with the reasons or without, None when that is nothing."""
    findings, blocks = (report.findings, report.blocks) if reasons else ((), ())
    if not (report.cuts or findings or report.bounded or report.problem):
        return None
    return report.cuts, findings, blocks, report.problem, report.bounded


LOST: Said = ((), (), (), "two processes ended while it was judged, so it is left as it was; ask for fewer jobs", False)
"""What is said of a document of a batch over which two worker processes have ended, perhaps for want of memory."""


def decode_report(document: Document, what: Said | None, place: Mapping[str, Any] = NOWHERE) -> Report:
    """Return the report of a document that says this."""
    cuts, findings, blocks, problem, bounded = what or ((), (), (), "", False)
    return Report(document, cuts, findings, blocks, place, problem, bounded)


def _work(options: Options, batch: list[Document]) -> dict[int, Said]:
    """Check a batch in a worker process, and send back only what was found: the texts are where it came from."""
    reports = enumerate(Deduper(options).check_batch(batch))
    return {number: what for number, report in reports if (what := encode_report(report)) is not None}


def _lost(batch: list[Document]) -> dict[int, Said]:
    """Return what is said of a batch over which processes have ended."""
    return dict.fromkeys(range(len(batch)), LOST)


def _batch(documents: Iterator[Document]) -> Iterator[Document]:
    """Yield documents until they have a batch of characters together."""
    length = 0
    for document in islice(documents, MOST):
        yield document
        length += len(document.text)
        if length >= BATCH:
            return
