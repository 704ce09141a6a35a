"""The judgement: from evidence to verdicts, by rules in a table, the first that speaks about a row deciding."""

from __future__ import annotations

from dedupe.judgement import (
    doubled_on_the_spot,
    doubled_part,
    highlights,
    inserted_line,
    legitimate,
    nearly_said,
    repeated_headline,
    repeated_prose,
    said_in_another,
)
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import Rule
from dedupe.judgement.verdicts import Verdict, Verdicts

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        highlights.RULE,
        doubled_part.RULE,
        doubled_on_the_spot.RULE,
        repeated_headline.RULE,
        legitimate.ENTRY,
        legitimate.REFRAIN,
        repeated_prose.RULE,
        inserted_line.RULE,
        said_in_another.RULE,
        nearly_said.RULE,
        legitimate.FACTS,
    )
}
"""Every rule by name, in the order in which they are asked."""


def judge(evidence: Evidence, locked: frozenset[int] = frozenset()) -> Verdicts:
    """Ask every rule in turn; `locked` rows are never removed."""
    verdicts = Verdicts(evidence, locked)
    for rule in RULES.values():
        rule.decide(evidence, verdicts)
    return verdicts


__all__ = ["RULES", "Evidence", "Rule", "Verdict", "Verdicts", "judge"]
