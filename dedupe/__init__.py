r"""Find, explain and remove near-duplicate paragraphs in scraped articles.

A text, checked and cleaned:

>>> import dedupe
>>> text = "One thing is certain: this sentence was scraped twice by mistake.\n" * 2
>>> print(dedupe.clean(text), end="")
One thing is certain: this sentence was scraped twice by mistake.
>>> report = dedupe.check(text)
>>> for finding in report.findings:
...     print(finding.action, finding.kind, finding.lines, finding.original.lines, finding.reason)
remove exact (2, 2) (1, 1) has the same words as line 1, directly beside it; the first stays

Options are given by name, and are the same everywhere:

>>> dedupe.check(text, level="conservative", keep="last").findings[0].lines
(1, 1)

Many documents, each with an id, compared with those that an index has:

>>> with dedupe.open_index(":memory:") as index:
...     deduper = dedupe.Deduper(index=index)
...     deduper.add([("monday", text)])
...     for report in deduper.check_many([("tuesday", dedupe.clean(text)), ("wednesday", "Something new.\n")]):
...         print(report.document.id, report.count("flag"), [one.original.document for one in report.findings])
tuesday 1 ['monday']
wednesday 0 []

The documents of a set, compared with one another: `dedupe.corpus.check(documents)`, `dedupe.corpus.clean(documents)`.

    check, clean            one text
    Deduper                 many documents, with an index or without; jobs=N works in several processes
    corpus.check, .clean    a set of documents; corpus.spark.clean takes a DataFrame of Spark
    open_index, OpenIndex   what remembers the paragraphs of earlier documents: memory, a file or Redis
    Options, OptionValues   all options, with their ranges
    Document, Layout        what is given: a text with id, date, address, and roles of its paragraphs
    Report, Finding         what comes back, and in them Original, Span, Block; Report.to_dict() is JSON
    DedupeError             the base of all errors; a wrong type is a TypeError
    near_duplicates, unique near-duplicates of any list of texts; clusters, similarity and Index beside them
    to_datasketch, to_lance signatures as objects of datasketch, or as an index of Lance has them
    dedupe.integrations     columns of data frames and data sets, chunks for retrieval, items of Scrapy
    dedupe.review.decisions what a person decided about findings; to be imported by its name

Everything here may be called from many threads, and every record can be pickled, compared and hashed. Python lists all
modules of the package below; what is neither in `dir(dedupe)` nor named above is internal, and changes without notice.
The manual: docs/library.md, docs/options.md, docs/stability.md.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from dedupe import corpus
    from dedupe.deduper import Deduper, DocumentLike
    from dedupe.errors import DedupeError, InputError, MissingExtraError, ModelError, OptionError, PatternTimeoutError
    from dedupe.index import OpenIndex, Stats, Store
    from dedupe.index.open import open_index
    from dedupe.lists.clusters import clusters, unique
    from dedupe.lists.index import Index
    from dedupe.lists.pairs import near_duplicate_blocks, near_duplicates
    from dedupe.lists.similarity import Similarity, similarity
    from dedupe.matching.datasketch import to_datasketch
    from dedupe.matching.lance import to_lance
    from dedupe.model import (
        Action,
        Block,
        Document,
        Finding,
        Kind,
        Layout,
        Original,
        Paragraph,
        Part,
        Report,
        Role,
        Span,
    )
    from dedupe.options import CrossDocument, Keep, Level, Options, OptionValues

__version__ = "0.2.0"

_MODULES = {
    name: module
    for module, names in (
        ("dedupe.deduper", "Deduper DocumentLike"),
        ("dedupe.errors", "DedupeError InputError MissingExtraError ModelError OptionError PatternTimeoutError"),
        ("dedupe.index", "OpenIndex Stats Store"),
        ("dedupe.index.open", "open_index"),
        ("dedupe.lists.clusters", "clusters unique"),
        ("dedupe.lists.index", "Index"),
        ("dedupe.lists.pairs", "near_duplicate_blocks near_duplicates"),
        ("dedupe.lists.similarity", "Similarity similarity"),
        ("dedupe.matching.datasketch", "to_datasketch"),
        ("dedupe.matching.lance", "to_lance"),
        ("dedupe.model", "Action Block Document Finding Kind Layout Original Paragraph Part Report Role Span"),
        ("dedupe.options", "CrossDocument Keep Level OptionValues Options"),
    )
    for name in names.split()
}
"""The module of each public name. Modules are loaded on first use: the help of the command needs no numpy."""


if not TYPE_CHECKING:  # to a type checker it would say that every name is there

    def __getattr__(name: str) -> Any:
        if name == "corpus":
            return import_module("dedupe.corpus")
        if name in _MODULES:
            return getattr(import_module(_MODULES[name]), name)
        raise AttributeError(f"module 'dedupe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


@lru_cache(maxsize=1)
def _default() -> Deduper:
    from dedupe.deduper import Deduper

    return Deduper()


def _deduper(options: Options | None, values: OptionValues) -> Deduper:
    """Return the default deduper, or one with these options: its parts are made when something repeats."""
    if options is None and not values:
        return _default()
    from dedupe.deduper import Deduper

    return Deduper(options, **values)


def check(text: DocumentLike, options: Options | None = None, **values: Unpack[OptionValues]) -> Report:
    r"""Check one text.

    Args:
        text: a text, an (id, text) pair or a `Document`.
        options: how duplicates are found and judged; None for the default options.
        **values: options by their names, as in `level="aggressive"`, instead of `options` or in place of some of them.
            The names are level, min_confidence, model, keep, jaccard, containment, permutations, seed, cross_document,
            keep_copies, boilerplate_min_docs, boilerplate_min_share, boilerplate_min_global_share, syndicated_share,
            keep_matching, remove_matching, remove_quoted_history, ignore, pattern_timeout; `Options` describes them.

    Returns:
        The report: what would be removed and what is flagged, with the reasons. `Report.text` is the cleaned text.
        When the program fails on the text, `Report.problem` is a sentence about it and nothing is removed.

    Raises:
        OptionError: there is no such option, or a value is not allowed.
        TypeError: the text is bytes or of another type that is not a document, or `options` is no `Options`.

    Example:
        >>> import dedupe
        >>> report = dedupe.check("The old bridge is closed to all traffic until May.\n" * 2)
        >>> [(finding.action, finding.kind, finding.lines) for finding in report.findings]
        [('remove', 'exact', (2, 2))]
    """
    return _deduper(options, values).check(text)


def clean(text: str, options: Options | None = None, **values: Unpack[OptionValues]) -> str:
    r"""Remove duplicate paragraphs from one text.

    Args:
        text: a text.
        options: how duplicates are found and judged; None for the default options.
        **values: options by their names, as in `level="aggressive"`, instead of `options` or in place of some of them.
            The names are level, min_confidence, model, keep, jaccard, containment, permutations, seed, cross_document,
            keep_copies, boilerplate_min_docs, boilerplate_min_share, boilerplate_min_global_share, syndicated_share,
            keep_matching, remove_matching, remove_quoted_history, ignore, pattern_timeout; `Options` describes them.

    Returns:
        The text without its duplicate paragraphs. Every paragraph that remains keeps all its characters. The text is
        unchanged when the program fails on it, which is logged as a warning.

    Raises:
        OptionError: there is no such option, or a value is not allowed.
        TypeError: the text is bytes or of another type that is not a document, or `options` is no `Options`.

    Example:
        >>> import dedupe
        >>> dedupe.clean("The old bridge is closed to all traffic until May.\n" * 2)
        'The old bridge is closed to all traffic until May.\n'
    """
    return _deduper(options, values).clean(text)


__all__ = [
    "Action",
    "Block",
    "CrossDocument",
    "DedupeError",
    "Deduper",
    "Document",
    "DocumentLike",
    "Finding",
    "Index",
    "InputError",
    "Keep",
    "Kind",
    "Layout",
    "Level",
    "MissingExtraError",
    "ModelError",
    "OpenIndex",
    "OptionError",
    "OptionValues",
    "Options",
    "Original",
    "Paragraph",
    "Part",
    "PatternTimeoutError",
    "Report",
    "Role",
    "Similarity",
    "Span",
    "Stats",
    "Store",
    "__version__",
    "check",
    "clean",
    "clusters",
    "corpus",
    "near_duplicate_blocks",
    "near_duplicates",
    "open_index",
    "similarity",
    "to_datasketch",
    "to_lance",
    "unique",
]
