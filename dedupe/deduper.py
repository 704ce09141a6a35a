"""The `Deduper`: documents in, reports out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count, islice
from typing import TYPE_CHECKING

from dedupe._concurrency import shared
from dedupe._failures import failed, warn_of
from dedupe._payloads import LOST, ReportPayload, decode_report, encode_report
from dedupe.errors import OptionError
from dedupe.judge.judging import Judge
from dedupe.judge.reasons import report
from dedupe.model import Document, Report
from dedupe.options import Options, OptionValues, options_of

if TYPE_CHECKING:
    import datasketch
    from typing_extensions import Unpack

    from dedupe.across.index_session import IndexSession
    from dedupe.index import OpenIndex, Store

BATCH_CHARACTERS = 1 << 20
"""Characters of the documents that are read together: more only costs memory."""

BATCH_DOCUMENTS = 1 << 14
"""Documents, or chunks of files, of a batch at most: each takes two kilobytes besides its text."""

DocumentLike = str | tuple[str, str] | Document


def as_document(value: DocumentLike, position: int | None = None) -> Document:
    """Return a `Document` from a text, an (id, text) pair or a `Document`; raise `TypeError` for anything else.

    `position`: that among other documents, for the error.
    """
    if isinstance(value, str):
        return Document(value)
    if isinstance(value, tuple) and len(value) == 2:
        value = Document(value[1], "" if value[0] is None else str(value[0]))
    if isinstance(value, Document) and all(
        isinstance(one, str) for one in (value.text, value.id, value.date, value.url)
    ):
        return value
    raise TypeError(_why_no_document(value, "a document" if position is None else f"documents[{position}]"))


def _why_no_document(value: object, name: str) -> str:
    """Return a sentence on a value of another type."""
    text = value.text if isinstance(value, Document) else value
    if isinstance(text, (bytes, bytearray, memoryview)):
        return f"{name} is a str, not {type(text).__name__}; decode it first: data.decode('utf-8')"
    if not isinstance(value, Document):
        return f"{name} is a str, an (id, text) tuple or a dedupe.Document, not {type(value).__name__}"
    field = next(one for one in ("text", "id", "date", "url") if not isinstance(getattr(value, one), str))
    return f"the {field} of {name} is a str, not {type(getattr(value, field)).__name__}"


def as_documents(documents: Iterable[DocumentLike]) -> Iterator[Document]:
    """Return an iterator of documents; raise `TypeError` at once for a single document instead of many."""
    if isinstance(documents, (str, bytes, bytearray, memoryview, Document, Mapping)):
        kind = type(documents).__name__
        way = "its items()" if isinstance(documents, Mapping) else "a list of one for a single document"
        raise TypeError(f"documents are many documents, a list or another iterable, not one {kind}; give {way}")
    if not isinstance(documents, Iterable):
        raise TypeError(f"documents are a list or another iterable of documents, not {type(documents).__name__}")
    return map(as_document, documents, count())


def _open_index(index: OpenIndex | Store | datasketch.MinHashLSH, options: Options) -> OpenIndex:
    """Return an open index; for an LSH of datasketch, one in memory that takes its candidates from it."""
    from dedupe.index.open import open_index
    from dedupe.index.opened import OpenIndex
    from dedupe.matching.datasketch import is_lsh

    if isinstance(index, OpenIndex):
        return index
    if hasattr(index, "next_number"):
        return OpenIndex(index)
    if is_lsh(index):
        return open_index(index, options, store_text=True)
    raise TypeError(
        f"index must be an open index, as in dedupe.open_index(PLACE), or a datasketch.MinHashLSH, not {index!r:.60}"
    )


class Deduper:
    r"""Find duplicate paragraphs in documents. It has no state that a result depends on, but for the index.

    Args:
        options: how duplicates are found and judged; None for the default options.
        index: earlier documents to compare with, see `open_index`. An empty `datasketch.MinHashLSH` may be given
            instead: it then finds candidates among the documents that `add` and `remember` store. All candidates are
            verified by their words. With a list of open indexes, documents are compared with all of them, as if they
            were one, and stored in the first.
        index_optional: whether to go on without the index when it fails, which is logged as a warning. Otherwise that
            is an `InputError`.
        **values: options by their names, as in `level="aggressive"`, instead of `options` or in place of some of them.
            The names are level, min_confidence, model, keep, jaccard, containment, permutations, seed, cross_document,
            keep_copies, boilerplate_min_docs, boilerplate_min_share, boilerplate_min_global_share, syndicated_share,
            keep_matching, remove_matching, remove_quoted_history, ignore, pattern_timeout; `Options` describes them.

    Raises:
        OptionError: the index does not fit the options, is a list of none, or there is no such option.
        TypeError: `options` or `index` is of another type.

    Example:
        >>> import dedupe
        >>> text = "The bridge is closed until May, and the ferry leaves from the coal quay every hour instead.\n\n"
        >>> deduper = dedupe.Deduper(index=dedupe.open_index(":memory:"))
        >>> deduper.add([("first", text)])
        >>> report = deduper.check(("second", text + "Nobody was hurt.\n"))
        >>> [(finding.action, finding.original.document) for finding in report.findings]
        [('flag', 'first')]
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        index: OpenIndex | Store | datasketch.MinHashLSH | Sequence[OpenIndex | Store] | None = None,
        index_optional: bool = False,
        **values: Unpack[OptionValues],
    ) -> None:
        self.options = options_of(options, values, ("index", "index_optional"))
        self._judge = Judge(self.options)
        self._session: IndexSession | None = None
        if index is not None:
            from dedupe.across.index_session import IndexSession  # what only a deduper with an index needs

            each = index if isinstance(index, (list, tuple)) else (index,)
            stores = [_open_index(one, self.options) for one in each]
            if not stores:
                raise OptionError("index must be at least one open index, or None, not an empty list")
            self._session = IndexSession(stores, self.options, self.changes, index_optional)

    def __reduce__(self) -> tuple[type[Deduper], tuple[Options]]:
        if self._session is not None:
            raise TypeError("a Deduper with an index cannot be pickled or copied; open the index in each process")
        return type(self), (self.options,)

    def check(self, document: DocumentLike, *, remember: bool = False) -> Report:
        r"""Check one document.

        Args:
            document: a text, an (id, text) pair or a `Document`.
            remember: whether to store the document in the index after it was checked.

        Returns:
            The report: what would be removed and what is flagged, with the reasons. When the program fails on the
            document, `Report.problem` is a sentence about it and nothing is removed.

        Raises:
            TypeError: the document is bytes or of another type that is not a document.
            OptionError: `remember` without an index.
            InputError: the index cannot be read or written.

        Example:
            >>> import dedupe
            >>> report = dedupe.Deduper().check("The old bridge is closed to all traffic until May.\n\n" * 2)
            >>> [finding.lines for finding in report.findings]
            [(3, 3)]
        """
        if self._session is None and not remember:
            return self.check_batch([as_document(document)])[0]
        return next(self.check_many([document], remember=remember))

    def clean(self, text: str) -> str:
        r"""Remove duplicate paragraphs from a text.

        Args:
            text: a text.

        Returns:
            The text without its duplicate paragraphs. Every paragraph that remains keeps all its characters. The text
            is unchanged when the program fails on it, which is logged as a warning.

        Raises:
            TypeError: the text is bytes or of another type that is not a document.
            InputError: the index cannot be read.

        Example:
            >>> import dedupe
            >>> dedupe.Deduper().clean("The old bridge is closed to all traffic until May.\n" * 2)
            'The old bridge is closed to all traffic until May.\n'
        """
        if self._session is None:
            (report,) = self.check_batch([as_document(text)], reasons=False)
        else:
            report = self.check(text)
        warn_of(report)
        return report.text

    def add(self, documents: Iterable[DocumentLike]) -> None:
        """Store documents in the index as they are, without checking them.

        Args:
            documents: texts, (id, text) pairs or `Document` objects. A document replaces the one with its id in the
                index.

        Raises:
            OptionError: there is no index.
            TypeError: a single document instead of many, or something that is not a document.
            InputError: the index cannot be written.

        Example:
            >>> import dedupe
            >>> index = dedupe.open_index(":memory:")
            >>> dedupe.Deduper(index=index).add([("a", "The old bridge is closed to all traffic until May.")])
            >>> index.stats().documents
            1
        """
        self._writable_session().add(as_documents(documents))

    def check_many(
        self, documents: Iterable[DocumentLike], *, jobs: int = 1, remember: bool = False
    ) -> Iterator[Report]:
        r"""Check documents one by one, each on its own and against the index if there is one.

        Args:
            documents: texts, (id, text) pairs or `Document` objects, read lazily, about a million characters at a time.
            jobs: the number of processes that work at once. The results do not depend on it.
            remember: whether to store each document in the index after it was checked. Later ones are then compared
                with it, so that the results depend on the order. Otherwise all are compared with what the index held
                at the first.

        Returns:
            An iterator of one report for each document, in order. When the program fails on a document, its report has
            a `problem` and nothing else, and the others are as usual.

        Raises:
            TypeError: a single document instead of many, or something that is not a document, or `jobs` is no `int`.
            OptionError: `remember` without an index, or fewer jobs than 1.
            InputError: the index cannot be read or written.

        Example:
            >>> import dedupe
            >>> line = "The old bridge is closed to all traffic until May."
            >>> reports = dedupe.Deduper().check_many([("a", line), ("b", f"{line}\n\n{line}")])
            >>> {report.document.id: report.changed for report in reports}
            {'a': False, 'b': True}
        """
        stream = as_documents(documents)
        if type(jobs) is not int:
            raise TypeError(f"jobs must be a whole number, not {jobs!r:.60}")
        if jobs < 1:
            raise OptionError(f"jobs must be 1 or more, not {jobs}")
        return self._reports(stream, jobs, self._writable_session() if remember else self._session, remember)

    def _reports(
        self, stream: Iterator[Document], jobs: int, session: IndexSession | None, remember: bool
    ) -> Iterator[Report]:
        batches = iter(lambda: list(_batch(stream)), [])
        if jobs > 1:
            results = shared(partial(_check_batch, self.options), ((batch, batch) for batch in batches), jobs, _lost)
            reports = (
                decode_report(document, payloads.get(number))
                for batch, payloads in results
                for number, document in enumerate(batch)
            )
        else:
            reports = (report for batch in batches for report in self.check_batch(batch))
        yield from reports if session is None else session.compare(reports, remember)

    def _writable_session(self) -> IndexSession:
        if self._session is None:
            raise OptionError(
                "there is no index to write to; give one: Deduper(index=dedupe.open_index(PLACE, write=True))"
            )
        return self._session

    def changes(self, documents: Sequence[Document]) -> list[bool]:
        """Return for each document whether checking it alone would remove something from it, or fail.

        Args:
            documents: documents, of any number.

        Returns:
            One bool a document, in order.
        """
        batches = iter(partial(lambda stream: list(_batch(stream)), iter(documents)), [])
        return [report.changed or report.failed for batch in batches for report in self.check_batch(batch)]

    def check_batch(self, documents: Sequence[Document], *, reasons: bool = True) -> list[Report]:
        """Check documents that fit into memory together, without the index.

        Args:
            documents: documents, about as many as `check_many` takes at a time; memory grows with all of them.
            reasons: whether reports have findings, not only cuts; those of documents with a layout always have.

        Returns:
            One report a document, in order. When the program fails on a document, its report has a `problem`.
        """
        reports = [Report(document) for document in documents]
        try:
            for number, judged in self._judge.judge(documents):
                try:
                    reports[number] = report(documents[number], judged, reasons)
                except Exception as error:
                    reports[number] = failed(documents[number], error)
        except Exception as error:
            if len(documents) == 1:
                return [failed(documents[0], error)]
            return [self.check_batch([one], reasons=reasons)[0] for one in documents]  # the others keep their results
        return reports


def _check_batch(options: Options, batch: list[Document]) -> dict[int, ReportPayload]:
    """Check a batch in a worker process; return the payloads of the reports that are not empty, by number."""
    reports = enumerate(Deduper(options).check_batch(batch))
    return {number: payload for number, report in reports if (payload := encode_report(report)) is not None}


def _lost(batch: list[Document]) -> dict[int, ReportPayload]:
    """Return the payloads of a batch over which two worker processes ended."""
    return dict.fromkeys(range(len(batch)), LOST)


def _batch(documents: Iterator[Document]) -> Iterator[Document]:
    """Yield documents until they have the characters of a batch together."""
    characters = 0
    for document in islice(documents, BATCH_DOCUMENTS):
        yield document
        characters += len(document.text)
        if characters >= BATCH_CHARACTERS:
            return
