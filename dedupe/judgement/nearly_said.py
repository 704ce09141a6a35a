"""Rule: of two paragraphs that differ in a few words of no weight, the one that says less."""

from __future__ import annotations

from dedupe.judgement.context import in_transcript
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import UNLESS_CONSERVATIVE, Rule
from dedupe.judgement.verdicts import Verdicts

LEAST = 60
"""Near repeats smaller than this are flagged."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove the copy that loses less if both lose little and no fact differs; the later when they lose alike."""
    for left, right in evidence.versions:
        if evidence.matches[left, right].jaccard < 0.5:
            continue
        if any(verdicts.decided(place) for place in (*evidence.copies(left), *evidence.copies(right))):
            continue
        row = evidence.rows[right]
        if not row.sentence or not row.reaches(LEAST) or row.question or row.listed or row.tabular:
            continue
        forth, back = evidence.pair(right, left), evidence.pair(left, right)
        if forth.facts or forth.gaps > 8 or back.facts:
            continue
        if forth.swapped:
            verdicts.flag(right, left, "variant", RULE.name, forth.changed)
            continue
        other = evidence.rows[left]
        if bool(row.label) != bool(other.label) or row.embedded or other.embedded or in_transcript(evidence, right):
            continue
        if other.sentence != row.sentence:
            continue  # one of them is a caption
        many = len(forth.lost) > verdicts.policy.allowed(len(row.words))
        if many and (back.lost or forth.lost[0] == 0):
            continue  # each says what the other does not, or the later one has something glued to its front
        if many or len(back.lost) + 2 < len(forth.lost):
            verdicts.remove(left, right, RULE.name)
        else:
            verdicts.remove(right, left, RULE.name)


RULE = Rule(
    "nearly-said",
    "A paragraph that another one says, but for few words of no weight; flagged where a word is replaced by another.",
    "says what {lines} says, but for a few words{words}",
    UNLESS_CONSERVATIVE,
    decide,
)
