"""The text as a whole, or most of it, again as one paragraph."""

from __future__ import annotations

from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rows import PROSE

LEAST = 3
"""Paragraphs that were run together at least."""

WHOLE = 0.8
"""Share of a text that the one paragraph and those it was made of have together."""

LONGER = 1.2
"""How much longer the paragraphs together may be than the one made of them."""


def merged_parts(evidence: Evidence) -> list[tuple[int, int, int]]:
    """Return each row that is made of all others but a few, with the first and the last of these.

    A paragraph of the body that says what highlights say is smaller than the rest of the text.
    """
    found = []
    for place, alike in evidence.partners.items():
        if len(alike) < LEAST or evidence.rows[place].size < LEAST * PROSE or place in evidence.group:
            continue
        size = evidence.rows[place].size
        for side in ([one for one in alike if one < place], [one for one in alike if one > place]):
            if len(side) >= LEAST and (span := _span(evidence, place, min(side), max(side))) is not None:
                whole = sum(row.size for row in evidence.rows)
                parts = sum(row.size for row in evidence.rows[span[0] : span[1] + 1])
                if parts <= LONGER * size and size + parts >= WHOLE * whole:
                    found.append((place, *span))
                    break
    return found


def _span(evidence: Evidence, place: int, first: int, last: int) -> tuple[int, int] | None:
    """Return the rows from these ones on that the row begins and ends with; None when it has others at its ends."""
    rows, said = evidence.rows, evidence.rows[place].words
    while not _begins(said, rows[first].words):
        first -= 1
        if first < 0 or first == place:
            return None
    while not _begins(said[::-1], rows[last].words[::-1]):
        last += 1
        if last == len(rows) or last == place:
            return None
    return first, last


def _begins(said: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return bool(words) and said[: len(words)] == words
