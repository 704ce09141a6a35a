"""Rule: a paragraph of prose said again, word for word."""

from __future__ import annotations

from dedupe.judgement.context import SHORT, are_of_others, frame, in_transcript, touches_prose
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rows import PROSE
from dedupe.judgement.rule import ALWAYS, Rule
from dedupe.judgement.verdicts import Verdicts


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove all but one copy of a paragraph: the first stays, unless only a later one stands inside the prose."""
    for members in evidence.groups:
        places = [place for place in members if not verdicts.decided(place)]
        if len(places) < 2 or not evidence.rows[members[0]].reaches(SHORT):
            continue
        if are_of_others(evidence, members) or frame(evidence, members):
            for place in places[1:]:
                verdicts.flag(place, places[0], "exact", "entry")
            continue
        stays = _home(evidence, places)
        for place in places:
            if place == stays:
                continue
            row = evidence.rows[place]
            if row.size < 1.5 * PROSE and (row.slashed or row.named):
                verdicts.spare([place])  # perhaps the credit of another picture
            elif in_transcript(evidence, place):
                verdicts.flag(place, stays, "exact", "entry")
            else:
                verdicts.remove(place, stays, RULE.name)


def _home(evidence: Evidence, places: list[int]) -> int:
    """Return which copy stays: the first, unless a later one stands inside the prose and the first does not; and of a
    quotation and the same words unquoted, the unquoted ones, from which the quotation was pulled.
    """
    rows = evidence.rows
    if not touches_prose(evidence, places[0]):
        return next((place for place in places[1:] if touches_prose(evidence, place) == 2), places[0])
    if places[0] == 0 and rows[0].quoted:  # a quotation set above the text
        return next((place for place in places[1:] if touches_prose(evidence, place)), places[0])
    if len({rows[place].sentence for place in places}) == 2:  # a caption or a pull quote often lacks the full stop
        places = [place for place in places if rows[place].sentence]
    if len({rows[place].quoted for place in places}) == 2:
        return next(place for place in places if not rows[place].quoted)
    return places[0]


RULE = Rule(
    "repeated-prose",
    "A paragraph of about twelve words or more that says exactly what another one says.",
    "says exactly what {lines} says",
    ALWAYS,
    decide,
)
