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
    from dedupe.matching.datasketch import to_datasketch
    from dedupe.matching.lance import to_lance
    from dedupe.model import Document, Finding, Report, Span
    from dedupe.options import Options

__version__ = "0.2.0"

_MODULES = {
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
    "Span": "dedupe.model",
    "open_index": "dedupe.index.open",
    "to_datasketch": "dedupe.matching.datasketch",
    "to_lance": "dedupe.matching.lance",
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
    "InputError",
    "MissingExtraError",
    "OptionError",
    "Options",
    "PatternTimeoutError",
    "Report",
    "Span",
    "__version__",
    "check",
    "clean",
    "corpus",
    "open_index",
    "to_datasketch",
    "to_lance",
]
