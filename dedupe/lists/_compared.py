"""From the texts of a list to the join of their sets of shingles."""

from __future__ import annotations

from collections.abc import Iterable

from dedupe.lists._arguments import Criteria, TextLike, checked
from dedupe.lists._elements import ListReader
from dedupe.lists._join import Join
from dedupe.lists._rows import rows_of
from dedupe.lists._sets import Occurrences, padded, shared_occurrences, spelled


def join_of(texts: Iterable[TextLike], how: Criteria) -> Join:
    """Return the join of texts; an iterable is read once, and its texts are not kept."""
    rows = rows_of(occurrences(texts, how), how.threshold, contained=how.contained)
    return Join(rows, how.threshold, contained=how.contained)


def occurrences(texts: Iterable[TextLike], how: Criteria, *, all_texts: bool = False) -> Occurrences:
    """Return the shingles that stand more than once, of texts that may reach the threshold, or of all."""
    whole = padded(ListReader(how.characters).read(checked(texts)), how.size)
    if how.characters:
        whole = spelled(whole)
    return shared_occurrences(whole, 0.0 if all_texts else how.threshold, contained=how.contained)
