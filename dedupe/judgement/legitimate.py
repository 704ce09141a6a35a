"""Rules: repetition that is meant. They decide nothing but that no later rule may remove the rows."""

from __future__ import annotations

from dedupe.judgement.context import (
    SHORT,
    alone_under_headings,
    in_cycle,
    in_strophes,
    in_verse,
    is_announcement,
    is_sentence,
    is_spoken,
    labels_many,
)
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rows import PROSE
from dedupe.judgement.rule import IF_AGGRESSIVE, NEVER, Rule
from dedupe.judgement.verdicts import Verdicts


def _flag_copies(evidence: Evidence, verdicts: Verdicts, members: list[int], rule: str) -> None:
    for place in members[1:]:
        verdicts.flag(place, members[0], "exact", rule)


def decide_refrain(evidence: Evidence, verdicts: Verdicts) -> None:
    """Flag short sentences that come back, questions, and whatever is set as verse."""
    for members in evidence.groups:
        row = evidence.rows[members[0]]
        if len(row.words) < 3 or is_announcement(evidence, members):
            continue
        short = row.size < SHORT and is_sentence(evidence, members)
        returns = row.sentence and row.size < 1.5 * PROSE and len(members) > 2 and not in_cycle(evidence, members)
        if (
            row.question
            or short
            or (returns and row.size < PROSE)
            or any(in_verse(evidence, place) for place in members)
            or in_strophes(evidence, members)
        ):
            _flag_copies(evidence, verdicts, members, REFRAIN.name)


def decide_entry(evidence: Evidence, verdicts: Verdicts) -> None:
    """Spare what recurs because the text has a form: entries, labels, speakers, cells, items, one sentence a heading.

    Only what is large enough to be missed is flagged; nobody wants to be told of every label.
    """
    for members in evidence.groups:
        row = evidence.rows[members[0]]
        if not (
            row.tabular
            or (row.listed and row.size < 1.5 * PROSE)
            or any(evidence.rows[place].text.startswith(">") for place in members)
            or is_spoken(evidence, members[0])
            or labels_many(evidence, members[0])
            or (row.size < 1.5 * PROSE and in_cycle(evidence, members))
            or alone_under_headings(evidence, members)
        ):
            continue
        if row.reaches(SHORT):
            _flag_copies(evidence, verdicts, members, ENTRY.name)
        else:
            verdicts.spare(members)


def decide_facts(evidence: Evidence, verdicts: Verdicts) -> None:
    """Flag near copies that differ in a number, a name or a negation: one may correct the other."""
    for left, right in evidence.versions:
        row = evidence.rows[right]
        if evidence.matches[left, right].jaccard < 0.5 or len(row.words) < 8 or row.tabular or row.listed:
            continue
        few = max(2, 0.25 * len(row.words))
        if len(row.vocabulary - evidence.rows[left].vocabulary) > few:
            continue  # the quick way out, without aligning
        pair = evidence.pair(right, left)
        other = evidence.rows[left]
        if row.words == other.words or (pair.facts and len(pair.changed) <= few):
            verdicts.flag(right, left, "variant", FACTS.name, pair.changed)


REFRAIN = Rule(
    "refrain",
    "Short sentences, questions and verse that come back: meant, as far as one can tell.",
    "says the same as {lines}; short sentences, questions and verse may repeat on purpose",
    IF_AGGRESSIVE,
    decide_refrain,
)
ENTRY = Rule(
    "entry",
    "Labels, items, cells, lines of speakers, and sentences that stand alone under a heading of their own.",
    "says the same as {lines}; entries of a form, a list or a dialogue may repeat",
    NEVER,
    decide_entry,
)
FACTS = Rule(
    "facts",
    "Near copies that differ in a number, its sign or unit, a name or a negation.",
    "is nearly {lines}, but something of weight differs{words}",
    NEVER,
    decide_facts,
)
