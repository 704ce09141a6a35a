"""Choose the original of each paragraph, and a new one where an original is removed itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.across import RULES
from dedupe.across.case import Case
from dedupe.across.pair import compare, paragraph_text, reason
from dedupe.judge.guard import guard
from dedupe.judge.nearby import NEARBY_PARAGRAPHS
from dedupe.judge.policy import Policy
from dedupe.model import Finding, Original

NONE = -1
"""Stands for no paragraph or document in an array of numbers."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of similar paragraphs with different words: int64 numbers `later` and `earlier`, the first of their words.

    Sorted by later and then by the order of the earlier one's document. `comparison_offsets`: int64, where in a file
    their comparison is; `within_budget`: bool, whether the removal of the later one loses nothing.
    """

    later: Ints
    earlier: Ints
    comparison_offsets: Ints
    within_budget: Bools


def originals(edges: Edges, first_equal: np.ndarray, pinned: Bools, removing: bool) -> Ints:
    """Return the original of each paragraph, or `NONE`; int64, shape (paragraphs,).

    It is the first paragraph with the same words, if that stays; else the first that stays and covers it; else, for the
    first with its words, the first that is similar. When paragraphs are removed, only one without an original can be
    one, so that nothing is removed for the sake of a removed one: a chain ends at its first.

    `first_equal`: the first paragraph with the same words, `NONE` for one that is not compared; int, shape
    (paragraphs,). `pinned`: paragraphs that stay in any case; bool, shape (paragraphs,).
    """
    count = len(first_equal)
    stays = np.ones(count, bool)
    if removing:
        stays[edges.later[edges.within_budget]] = False
        stays |= pinned
    covering = np.full(count, NONE, np.int64)
    similar = np.full(count, NONE, np.int64)
    for found, within_budget in ((covering, True), (similar, False)):
        # Written from last to first, the first one remains.
        chosen = np.flatnonzero(stays[edges.earlier] & (edges.within_budget == within_budget))[::-1]
        found[edges.later[chosen]] = edges.earlier[chosen]
    compared = np.flatnonzero(first_equal != NONE)
    first = first_equal[compared].astype(np.int64)
    other = np.where(covering[first] != NONE, covering[first], similar[first])
    result = np.full(count, NONE, np.int64)
    result[compared] = np.where((first != compared) & (stays[first] | (covering[first] == NONE)), first, other)
    return result


def hand_on(
    case: Case, findings: Iterable[Finding], removed: Mapping[int, tuple[Original, str]], policy: Policy
) -> list[Finding] | None:
    """Return the local findings of a document with new originals, in other documents, for those that are removed.

    `removed`: the original of each removed paragraph, and its text, by its start. Return None if a duplicate has no new
    original: its words must stand there too, and words of it that stand near the old original must stay there.
    """
    moved: list[Finding] = []
    numbers = {start: number for number, start in enumerate(case.paragraphs)}
    for finding in findings:
        old = finding.original.span
        is_local = finding.action == "remove" and finding.rule not in RULES.values()
        if not is_local or not any(old.start <= start < old.end for start in removed):
            if (
                is_local
                and finding.changed_words
                and _needs(case, finding, {numbers[start] for start in removed}, policy)
            ):
                return None
            moved.append(finding)
            continue
        if old.start not in removed or case.paragraphs.place(old.start).stop != old.end:
            return None
        original, text = removed[old.start]
        comparison = compare(case.paragraphs[finding.span.start], paragraph_text(text), policy)
        if comparison.loss:
            return None
        moved.append(
            replace(
                finding,
                kind=comparison.kind,
                rule=RULES["pair"],
                original=original,
                jaccard=comparison.jaccard,
                containment=comparison.containment,
                changed_words=comparison.differing,
                block=None,
                reason=reason(original, comparison),
            )
        )
    return moved


def _needs(case: Case, finding: Finding, removed: Collection[int], policy: Policy) -> bool:
    """Say whether words of a duplicate stand only near its original, perhaps in removed paragraphs (numbers)."""
    span = finding.original.span
    originals = {
        number: text for number, (start, text) in enumerate(case.paragraphs.items()) if span.start <= start < span.end
    }
    if not originals or not any(
        min(originals) - NEARBY_PARAGRAPHS <= number <= max(originals) + NEARBY_PARAGRAPHS for number in removed
    ):
        return False
    duplicate = case.paragraphs[finding.span.start]
    return guard(duplicate, list(originals.values()), (), policy).loss is not None


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order of their spans."""
    return tuple(sorted(findings, key=lambda finding: (finding.span, finding.rule)))
