"""Clean texts, and find chunks that are near-duplicates of others: what the adapters for retrieval share."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence

import regex

import dedupe

log = logging.getLogger(__name__)

SHOWN_WORDS = 5
"""Words that differ, of each of two chunks, that a reason names at most."""

THRESHOLD = 0.8
"""The least similarity of near-duplicates, unless another one is given: a chunk that is dropped is lost to readers."""

KEY = "near_duplicates"
"""The key of the metadata of a chunk that stays, for what is told of those dropped for it."""

MOST_ENTRIES = 20
"""Near-duplicates of one chunk that are told of, since stores bound the size of metadata."""

NUMBER = regex.compile(r"(?:\p{Sc}\s?)?+ [-+−<>±]?+ \p{Sc}?+ \d++(?:[.,:/]\d++)*+ (?:\s?[%‰°\p{Sc}])?+", regex.VERBOSE)
"""A number with its sign, and with its currency or percent on either side."""


def clean(texts: Sequence[str], deduper: dedupe.Deduper) -> Iterator[tuple[str, str]]:
    """Yield each text cleaned, and its findings as a JSON array."""
    for position, report in enumerate(deduper.check_many(texts)):
        if report.problem:
            log.warning("text %d: %s", position, report.problem)
        yield report.text, json.dumps(report.to_dict()["findings"])


def near_duplicates(texts: Sequence[str], ids: Sequence[str | None], threshold: float) -> tuple[list[int], list[str]]:
    """Return the positions of the texts that stay, and for each the near-duplicates left out for it, as a JSON array.

    Only texts with the same numbers are compared, so that no number, sign or currency is lost. Empty texts stay: images
    and the like have none. An array has an object for each of the first twenty, with its `position` and `id`, the
    similarity and the `reason`; it is "" where nothing is left out.
    """
    same_numbers: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, text in enumerate(texts):
        if text.strip():
            same_numbers[tuple("".join(number.split()) for number in NUMBER.findall(text))].append(position)
    left_out: dict[int, list[int]] = {}
    for positions in same_numbers.values():
        if len(positions) > 1:
            for first, *others in dedupe.clusters([texts[position] for position in positions], threshold):
                left_out[positions[first]] = [positions[other] for other in others]
    dropped = {other for others in left_out.values() for other in others}
    kept = [position for position in range(len(texts)) if position not in dropped]
    reasons = [
        json.dumps([_entry(texts, ids, position, other) for other in left_out[position][:MOST_ENTRIES]])
        if left_out.get(position)
        else ""
        for position in kept
    ]
    return kept, reasons


def _entry(texts: Sequence[str], ids: Sequence[str | None], first: int, other: int) -> dict[str, object]:
    """Return what is told of a text that is left out for an earlier one."""
    similarity = dedupe.similarity(texts[other], texts[first])
    reason = f"{similarity.a_in_b:.0%} of it is in the chunk that stays"
    for words, holder in ((similarity.only_in_a, "it"), (similarity.only_in_b, "the chunk that stays")):
        if words:
            shown = " ".join(words[:SHOWN_WORDS]) + (" ..." if len(words) > SHOWN_WORDS else "")
            reason += f"; only {holder} has: {shown}"
    return {
        "position": other,
        "id": ids[other],
        "jaccard": round(similarity.jaccard, 4),
        "containment": round(similarity.a_in_b, 4),
        "reason": reason,
    }
