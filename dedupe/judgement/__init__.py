"""The judgement: from evidence to verdicts, by rules in a table, the first that speaks about a row deciding."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dedupe.judge.policy import Policy
from dedupe.judgement import (
    doubled_on_the_spot,
    doubled_part,
    highlights,
    inserted_line,
    legitimate,
    nearly_said,
    repeated_headline,
    repeated_prose,
    requested,
    said_in_another,
    split_otherwise,
)
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rows import Row
from dedupe.judgement.rule import Rule
from dedupe.judgement.verdicts import Verdict, Verdicts

DEFAULT = Policy()

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        requested.RULE,
        highlights.RULE,
        doubled_part.RULE,
        split_otherwise.RULE,
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

_ACTIONS = [{name: rule.actions[strictness] for name, rule in RULES.items()} for strictness in range(3)]
"""What each rule does, on each level."""


def judge(
    evidence: Evidence, policy: Policy = DEFAULT, locked: Collection[int] = (), wanted: Collection[int] = ()
) -> Verdicts:
    """Ask every rule in turn; `locked` rows are never removed, equal copies among the `wanted` rows always."""
    verdicts = Verdicts(evidence, policy, _ACTIONS[policy.strictness], locked, wanted)
    for rule in RULES.values():
        rule.decide(evidence, verdicts)
    verdicts.review()
    return verdicts


def are_beneath_notice(pairs: Iterable[tuple[Row, Row]]) -> bool:
    """Say whether no rule speaks about pairs of rows that are alike by less than half (Jaccard).

    Rules ask of such a pair that the one says all that the other does, but for words that were cut at its ends. This
    spares documents in which phrases stand twice, most of those with a match, all that judging takes.
    """
    may_be_said = said_in_another.may_be_said
    return not any(may_be_said(one, other) or may_be_said(other, one) for one, other in pairs)


__all__ = ["RULES", "Evidence", "Policy", "Rule", "Verdict", "Verdicts", "are_beneath_notice", "judge"]
