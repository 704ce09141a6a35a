"""The user's regular expressions, matched against paragraphs within a time limit."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from dedupe.errors import PatternTimeoutError
from dedupe.options import Options


class Patterns:
    """The compiled patterns of `keep_matching` and `remove_matching`."""

    def __init__(self, options: Options) -> None:
        self._keep = regex.compile(options.keep_matching) if options.keep_matching else None
        self._remove = regex.compile(options.remove_matching) if options.remove_matching else None
        self._timeout = options.pattern_timeout

    def __bool__(self) -> bool:
        return self._keep is not None or self._remove is not None

    def keeping(self, paragraphs: Sequence[str]) -> frozenset[int]:
        """Return the positions of paragraphs that must stay; raise `PatternTimeoutError` if that takes too long."""
        return self._search(self._keep, paragraphs)

    def removing(self, paragraphs: Sequence[str]) -> frozenset[int]:
        """Return the positions of paragraphs whose repeats must be removed; raise `PatternTimeoutError` likewise."""
        return self._search(self._remove, paragraphs)

    def _search(self, pattern: regex.Pattern[str] | None, paragraphs: Sequence[str]) -> frozenset[int]:
        """Return the positions of paragraphs in which a pattern is found."""
        if pattern is None:
            return frozenset()
        try:
            return frozenset(
                position
                for position, paragraph in enumerate(paragraphs)
                if pattern.search(paragraph, timeout=self._timeout)
            )
        except (TimeoutError, MemoryError, RecursionError):
            raise PatternTimeoutError(
                f"the pattern {pattern.pattern!r} did not finish within {self._timeout} s in one paragraph; "
                "write it without nested repetition, or raise pattern_timeout"
            ) from None
