"""Rule: a paragraph printed twice in succession."""

from __future__ import annotations

import itertools

from dedupe.judgement.context import SHORT, in_verse, labels_many
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rows import PROSE
from dedupe.judgement.rule import ALWAYS, Rule
from dedupe.judgement.verdicts import Verdicts

LEAST = 12
"""Smaller repeats on the spot are answers, cheers, cells of a table."""

CHANT = PROSE
"""Sentences smaller than this that come three times in a row are meant: a chant, a chorus."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove rows that say exactly what the row before them says."""
    for members in evidence.groups:
        row = evidence.rows[members[0]]
        if (
            row.size < LEAST
            or row.tabular
            or (row.label and row.size < SHORT)
            or (row.sentence and row.size < 2 * LEAST)
        ):
            continue
        if row.size < SHORT and labels_many(evidence, members[0]):
            continue
        for one, other in itertools.pairwise(members):
            if other != one + 1 or in_verse(evidence, other) or verdicts.decided(other):
                continue
            if row.sentence and row.size < CHANT and len(members) > 2:
                verdicts.flag(other, one, "exact", "refrain")
            elif evidence.rows[one].quoted and not evidence.rows[other].quoted:
                verdicts.remove(one, other, RULE.name)  # the quotation was pulled from the text
            else:
                verdicts.remove(other, one, RULE.name)


RULE = Rule(
    "doubled-on-the-spot",
    "A paragraph that says exactly what the one before it says.",
    "says the same as {lines}, directly before it",
    ALWAYS,
    decide,
)
