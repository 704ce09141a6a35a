"""Which paragraph is the original, and what becomes the original of a duplicate whose original goes itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.across import RULES
from dedupe.across.case import Case
from dedupe.across.pair import compared, paragraph, reason
from dedupe.judge.guard import NEARBY_PARAGRAPHS, guard
from dedupe.judge.policy import Policy
from dedupe.model import Finding, Original

NONE = -1


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of unlike paragraphs that are alike enough: int64 rows `later` and `earlier`, the least of their keys.

    Sorted by later and then by the order of the earlier one's document. `seen`: where in a file it stands how they
    compare; `within_budget`: bool, whether the earlier may stand for the later one.
    """

    later: Ints
    earlier: Ints
    seen: Ints
    within_budget: Bools


def originals(edges: Edges, least: np.ndarray, kept: Bools, removing: bool) -> Ints:
    """Return for each paragraph the one that may be its original, or `NONE`; int64, shape (rows,).

    That is the least with the same words, if it stays; else the least that stays and may stand for it; else, for the
    first with its words, the least that is nearly the same. Where paragraphs are removed only one that has no original
    itself can be one, so that nothing goes for the sake of what goes too: a chain ends at its first. `least`: the least
    row with the words of each, `NONE` for what is not compared. `kept`: rows that stay whatever they are like.
    """
    rows = len(least)
    stays = np.ones(rows, bool)
    if removing:
        stays[edges.later[edges.within_budget]] = False
        stays |= kept
    home = np.full(rows, NONE, np.int64)
    nearly = np.full(rows, NONE, np.int64)
    for found, within_budget in ((home, True), (nearly, False)):
        # Written from last to first, the least is what remains.
        chosen = np.flatnonzero(stays[edges.earlier] & (edges.within_budget == within_budget))[::-1]
        found[edges.later[chosen]] = edges.earlier[chosen]
    alive = np.flatnonzero(least != NONE)
    own = least[alive].astype(np.int64)
    other = np.where(home[own] != NONE, home[own], nearly[own])
    found = np.full(rows, NONE, np.int64)
    found[alive] = np.where((own != alive) & (stays[own] | (home[own] == NONE)), own, other)
    return found


def hand_on(
    case: Case, own: Iterable[Finding], going: Mapping[int, tuple[Original, str]], policy: Policy
) -> list[Finding] | None:
    """Give what paragraphs that go were the originals of, in their own document, to those that stay elsewhere.

    `going`: the original, and its text, of each that goes, by where it begins. Return None if a duplicate cannot be
    handed on: its words must stand in the new original too, and what is said near the old one must stay there.
    """
    moved: list[Finding] = []
    numbers = {start: number for number, start in enumerate(case.paragraphs)}
    for one in own:
        home = one.original.span
        mine = one.action == "remove" and one.rule not in RULES.values()
        if not mine or not any(home.start <= start < home.end for start in going):
            if mine and one.changed_words and _needs(case, one, {numbers[start] for start in going}, policy):
                return None
            moved.append(one)
            continue
        if home.start not in going or case.paragraphs[home.start][0].stop != home.end:
            return None
        original, text = going[home.start]
        found = compared(case.paragraphs[one.span.start][1], paragraph(text), policy)
        if found.loss:
            return None
        moved.append(
            replace(
                one,
                kind=found.kind,
                rule=RULES["pair"],
                original=original,
                jaccard=found.jaccard,
                containment=found.containment,
                changed_words=found.differing,
                block=None,
                reason=reason(original, found),
            )
        )
    return moved


def _needs(case: Case, finding: Finding, going: Collection[int], policy: Policy) -> bool:
    """Say whether words of a duplicate stand near its original alone, perhaps in paragraphs (numbers) that go."""
    span = finding.original.span
    each = enumerate(case.paragraphs.values())
    places = [(number, row) for number, (there, row) in each if span.start <= there.start < span.end]
    if not places:
        return False
    first, last = places[0][0] - NEARBY_PARAGRAPHS, places[-1][0] + NEARBY_PARAGRAPHS
    if not any(first <= number <= last for number in going):
        return False
    duplicate = case.paragraphs[finding.span.start][1]
    return guard(duplicate, [row for _, row in places], (), policy).loss is not None


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order of their places."""
    return tuple(sorted(findings, key=lambda one: (one.span, one.rule)))
