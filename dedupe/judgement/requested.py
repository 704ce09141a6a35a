"""Rule: what the user asked to be removed wherever it repeats."""

from __future__ import annotations

from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import ALWAYS, Rule
from dedupe.judgement.verdicts import Verdicts


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove repeats in which the user's pattern is found; the first of copies that all have it stays."""
    wanted = set(verdicts.wanted)
    for place in verdicts.wanted:
        copies = [copy for copy in evidence.copies(place) if copy < place or copy not in wanted]
        for host in copies or evidence.alike(place):
            if verdicts.remove(place, host, RULE.name):
                break


RULE = Rule(
    "requested",
    "Repeats in which the pattern of `remove_matching` is found.",
    "repeats {lines}, and you asked for such lines to go{words}",
    ALWAYS,
    decide,
)
