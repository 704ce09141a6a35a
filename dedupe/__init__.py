r"""Find, explain and remove near-duplicate paragraphs in scraped articles.

>>> import dedupe
>>> text = "One thing is certain: this sentence was scraped twice by mistake.\n" * 2
>>> print(dedupe.clean(text), end="")
One thing is certain: this sentence was scraped twice by mistake.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedupe import corpus
    from dedupe.deduper import Deduper, DocumentLike
    from dedupe.errors import DedupeError, InputError, MissingExtraError, OptionError, PatternTimeoutError
    from dedupe.index.open import open_index
    from dedupe.lists.clusters import clusters, unique
    from dedupe.lists.index import Index
    from dedupe.lists.pairs import near_duplicate_blocks, near_duplicates
    from dedupe.lists.similarity import Similarity, similarity
    from dedupe.matching.datasketch import to_datasketch
    from dedupe.model import Document, Finding, Report, Span
    from dedupe.options import Options

__version__ = "0.2.0"

_MODULES = {
    "DedupeError": "dedupe.errors",
    "Deduper": "dedupe.deduper",
    "Document": "dedupe.model",
    "Finding": "dedupe.model",
    "Index": "dedupe.lists.index",
    "InputError": "dedupe.errors",
    "MissingExtraError": "dedupe.errors",
    "OptionError": "dedupe.errors",
    "Options": "dedupe.options",
    "PatternTimeoutError": "dedupe.errors",
    "Report": "dedupe.model",
    "Similarity": "dedupe.lists.similarity",
    "Span": "dedupe.model",
    "clusters": "dedupe.lists.clusters",
    "near_duplicate_blocks": "dedupe.lists.pairs",
    "near_duplicates": "dedupe.lists.pairs",
    "open_index": "dedupe.index.open",
    "similarity": "dedupe.lists.similarity",
    "to_datasketch": "dedupe.matching.datasketch",
    "unique": "dedupe.lists.clusters",
}
"""The module of each public name. Modules are loaded on first use: the help of the command needs no numpy."""


def __getattr__(name: str) -> Any:
    if name == "corpus":
        return import_module("dedupe.corpus")
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'dedupe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


@lru_cache(maxsize=1)
def _default() -> Deduper:
    from dedupe.deduper import Deduper

    return Deduper()


def check(text: DocumentLike) -> Report:
    r"""Check one text with the default options.

    Args:
        text: a text, an (id, text) pair or a `Document`.

    Returns:
        The report: what would be removed and what is flagged, with the reasons. `Report.text` is the cleaned text.
        When the program fails on the text, `Report.problem` is a sentence about it and nothing is removed.

    Raises:
        TypeError: the text is bytes or of another type that is not a document.

    Example:
        >>> import dedupe
        >>> report = dedupe.check("The old bridge is closed to all traffic until May.\n" * 2)
        >>> [(finding.action, finding.kind, finding.lines) for finding in report.findings]
        [('remove', 'exact', (2, 2))]
    """
    return _default().check(text)


def clean(text: str) -> str:
    r"""Remove duplicate paragraphs from one text with the default options.

    Args:
        text: a text.

    Returns:
        The text without its duplicate paragraphs. Every paragraph that remains keeps all its characters. The text is
        unchanged when the program fails on it, which is logged as a warning.

    Raises:
        TypeError: the text is bytes or of another type that is not a document.

    Example:
        >>> import dedupe
        >>> dedupe.clean("The old bridge is closed to all traffic until May.\n" * 2)
        'The old bridge is closed to all traffic until May.\n'
    """
    return _default().clean(text)


__all__ = [
    "DedupeError",
    "Deduper",
    "Document",
    "Finding",
    "Index",
    "InputError",
    "MissingExtraError",
    "OptionError",
    "Options",
    "PatternTimeoutError",
    "Report",
    "Similarity",
    "Span",
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
    "unique",
]
