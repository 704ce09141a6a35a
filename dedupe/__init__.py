r"""Near-duplicate paragraphs in scraped articles: found, explained and taken out, each said once.

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
    from dedupe.lists import Similarity, clusters, near_duplicates, similarity, unique
    from dedupe.matching.datasketch import to_datasketch
    from dedupe.model import Document, Finding, Report, Span
    from dedupe.options import Options

__version__ = "0.2.0"

_HOMES = {
    "DedupeError": "dedupe.errors",
    "Deduper": "dedupe.deduper",
    "Document": "dedupe.model",
    "Finding": "dedupe.model",
    "InputError": "dedupe.errors",
    "MissingExtraError": "dedupe.errors",
    "OptionError": "dedupe.errors",
    "Options": "dedupe.options",
    "PatternTimeoutError": "dedupe.errors",
    "Report": "dedupe.model",
    "Similarity": "dedupe.lists",
    "Span": "dedupe.model",
    "clusters": "dedupe.lists",
    "near_duplicates": "dedupe.lists",
    "open_index": "dedupe.index.open",
    "similarity": "dedupe.lists",
    "to_datasketch": "dedupe.matching.datasketch",
    "unique": "dedupe.lists",
}
"""Where the public names live. They are loaded when first asked for: the command's help needs no numpy."""


def __getattr__(name: str) -> Any:
    if name == "corpus":
        return import_module("dedupe.corpus")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'dedupe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


@lru_cache(maxsize=1)
def _default() -> Deduper:
    from dedupe.deduper import Deduper

    return Deduper()


def check(text: DocumentLike) -> Report:
    """Return what would be removed from a text, and what is flagged, with the reasons; `.text` is the cleaned text."""
    return _default().check(text)


def clean(text: str) -> str:
    """Return the text with each paragraph said once; what stays keeps every character."""
    return _default().clean(text)


__all__ = [
    "DedupeError",
    "Deduper",
    "Document",
    "Finding",
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
    "near_duplicates",
    "open_index",
    "similarity",
    "to_datasketch",
    "unique",
]
