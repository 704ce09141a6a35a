"""Rule: a teaser, pull quote, caption or embed of which every word stands in another paragraph."""

from __future__ import annotations

from dedupe.judgement.context import SHORT, is_template, touches_prose
from dedupe.judgement.evidence import Evidence, Pair
from dedupe.judgement.rows import PROSE
from dedupe.judgement.rule import Rule
from dedupe.judgement.verdicts import Verdicts

LEAST, LEAST_WORDS = 40, 6
"""Smaller guests may be headings made of a phrase of the text."""

LEAST_CLIPPED = 24
"""A line cut off by an ellipsis announces that the rest stands elsewhere."""

MAX_GAPS, MAX_GAPS_SHORT = 8, 4
"""Words the host may have in between what it shares with the guest."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove rows of which another row says all; of two that say all of each other, the later."""
    for left, right in sorted(evidence.matches):
        if is_template(evidence, left) or is_template(evidence, right):
            continue
        for guest, host in ((right, left), (left, right)):
            if _is_said(evidence, guest, host):
                for place in evidence.copies(guest):
                    if not verdicts.decided(place):
                        verdicts.remove(place, host, RULE.name)
                break


def _is_said(evidence: Evidence, guest: int, host: int) -> bool:
    row, other = evidence.rows[guest], evidence.rows[host]
    pair = evidence.pair(guest, host)
    if row.question or row.listed or row.tabular or pair.facts or pair.swapped:
        return False
    if row.size < (LEAST_CLIPPED if row.clipped else LEAST) or len(row.words) < (4 if row.clipped else LEAST_WORDS):
        return False
    if pair.gaps > (MAX_GAPS if len(row.words) >= 15 else MAX_GAPS_SHORT):
        return False
    if not row.sentence and _is_heading_of(evidence, guest, host, pair):
        return False
    # A paragraph of the body does not go because a caption, or a lone quote, says it too.
    return not (
        touches_prose(evidence, guest) == 2
        and not touches_prose(evidence, host)
        and row.prose
        and other.size < 1.5 * row.size
    )


def _is_heading_of(evidence: Evidence, guest: int, host: int, pair: Pair) -> bool:
    """Say whether a guest that is no sentence may be a heading or headline made of words of the text."""
    row = evidence.rows[guest]
    if guest < 2 or row.size < (SHORT - 10 if row.quoted else SHORT):
        return True
    capitals = [word[0].isupper() for word in row.text.split() if word[0].isalpha() and len(word) > 3]
    if capitals and sum(capitals) > 0.7 * len(capitals):
        return True
    return host > guest and host - guest <= 3 and row.size < 1.2 * PROSE


RULE = Rule(
    "said-in-another",
    "A teaser, pull quote, caption or embed: every word of it stands, in order, in another paragraph.",
    "stands in {lines}{words}",
    decide,
)
