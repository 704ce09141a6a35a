"""The user's regular expressions: which paragraphs they speak of, within a time limit."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from dedupe.errors import PatternTimeoutError
from dedupe.options import Options


class Patterns:
    """The patterns of `keep_matching` and `remove_matching`, compiled once."""

    def __init__(self, options: Options) -> None:
        self._keep = regex.compile(options.keep_matching) if options.keep_matching else None
        self._remove = regex.compile(options.remove_matching) if options.remove_matching else None
        self._timeout = options.pattern_timeout

    def __bool__(self) -> bool:
        return self._keep is not None or self._remove is not None

    def keeping(self, rows: Sequence[str]) -> frozenset[int]:
        """Return the places of rows that must stay; raise `PatternTimeoutError` when the pattern takes too long."""
        return self._found(self._keep, rows)

    def removing(self, rows: Sequence[str]) -> frozenset[int]:
        """Return the places of rows whose repeats must go; raise `PatternTimeoutError` likewise."""
        return self._found(self._remove, rows)

    def _found(self, pattern: regex.Pattern[str] | None, rows: Sequence[str]) -> frozenset[int]:
        if pattern is None:
            return frozenset()
        try:
            return frozenset(place for place, row in enumerate(rows) if pattern.search(row, timeout=self._timeout))
        except (TimeoutError, MemoryError, RecursionError):
            raise PatternTimeoutError(
                f"the pattern {pattern.pattern!r} did not finish within {self._timeout} s in one paragraph; "
                "write it without nested repetition, or raise pattern_timeout"
            ) from None
